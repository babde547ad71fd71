//! The heat map: a table with a button in each cell, coloured by its mean.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::sweep::model::{Cell, CellValue, Measure, Plan, format_value, ink, position, scale};
use crate::sweep::state::panel::SweepPanelState;
use crate::ui::model::colour;
use crate::ui::model::colour::heat;

/// All cells as they stand, and the ends of the colour scale.
#[derive(Clone, Copy)]
struct HeatMapContent {
    cells: Memo<BTreeMap<Cell, CellValue>>,
    ends: Memo<Option<(f64, f64)>>,
}

/// Choice of what is shown, the table, and its legend.
#[component]
pub(crate) fn HeatMap(view: SweepPanelState) -> impl IntoView {
    let machine = view.sweeper.machine;
    let measure = view.measure;
    // A table is built once for each plan, so that the focus stays in it while it fills.
    let plan = Memo::new(move |_| machine.with(|it| Some(it.as_ref()?.plan.clone())));
    let cells = Memo::new(move |_| {
        let measure = measure.get();
        machine.with(|machine| {
            let machine = machine.as_ref();
            let all = machine.into_iter().flat_map(|machine| {
                let cells = machine.plan.cells();
                cells.map(move |cell| (cell, machine.cell_value(cell, measure)))
            });
            all.collect::<BTreeMap<_, _>>()
        })
    });
    let ends = Memo::new(move |_| cells.with(|cells| scale(cells.values())));
    let filled = HeatMapContent { cells, ends };
    let choices = Measure::ALL
        .into_iter()
        .map(|one| {
            view! {
                <option value=one.name() prop:selected=move || measure.get() == one>
                    {one.label()}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="sweep-shown">
            <label class="inline-choice">
                <span>{text!("sweep.shown")}</span>
                <select
                    data-testid="sweep-measure"
                    on:change=move |event| {
                        if let Some(chosen) = Measure::from_name(&event_target_value(&event)) {
                            measure.set(chosen);
                        }
                    }
                >
                    {choices}
                </select>
            </label>
        </div>
        <div class="sweep-scroll" data-figure=move || measure.get().label()>
            {move || plan.get().map(|plan| table(view, &plan, filled))}
        </div>
        <Legend view=view ends=ends />
    }
}

fn table(view: SweepPanelState, plan: &Plan, filled: HeatMapContent) -> AnyView {
    let width = plan.width();
    let columns = &plan.columns;
    let heads = columns
        .values
        .iter()
        .map(|&value| view! { <th scope="col">{format_value(value)}</th> })
        .collect_view();
    let rows = (0..plan.height())
        .map(|row| {
            let value = plan.rows.as_ref().and_then(|rows| rows.values.get(row));
            let head = value.map_or_else(
                || text!("sweep.mean").to_owned(),
                |&value| format_value(value),
            );
            let cells = (0..width)
                .map(|column| {
                    let cell = Cell { row, column };
                    let (title, seeds) = (plan.title(cell), plan.seeds.len());
                    view! { <td>{button(view, cell, title, seeds, filled)}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{head}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let (across, down) = (
        columns.factor.short(),
        plan.rows.as_ref().map(|rows| rows.factor.short()),
    );
    view! {
        <table class="sweep-map" data-testid="sweep-map">
            <caption class="visually-hidden">{move || view.measure.get().label()}</caption>
            <thead>
                <tr>
                    <td></td>
                    <th scope="colgroup" class="sweep-across" colspan=width.to_string()>
                        {across}
                    </th>
                </tr>
                <tr>
                    <td class="sweep-down">{down}</td>
                    {heads}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// What stands in a cell: a text, a smaller one, and both in a sentence.
fn texts(shown: &CellValue, measure: Measure, seeds: usize) -> (String, String, String) {
    let few = |sign: &str, small: &str, sentence: &str| {
        let texts = [sign, small, sentence].map(str::to_owned);
        <(String, String, String)>::from(texts)
    };
    match shown {
        CellValue::Refused(why) => few(
            "–",
            text!("sweep.cell.refused"),
            &text!("sweep.cell.not-possible", why = why),
        ),
        CellValue::Waiting => few("", "", text!("sweep.cell.no-result")),
        CellValue::Running => few("…", "", text!("sweep.cell.training")),
        CellValue::Failed(why) => few(
            "✕",
            text!("sweep.cell.failed"),
            &text!("sweep.failed", why = why),
        ),
        CellValue::Nothing => few(
            "–",
            text!("sweep.cell.no-value"),
            text!("sweep.cell.no-domain"),
        ),
        CellValue::Value(spread) => {
            let mean = measure.text(spread.mean);
            let deviation = spread.deviation.map_or_else(String::new, |deviation| {
                format!(" ± {}", measure.deviation(deviation))
            });
            let sentence = plural!(
                "sweep.cell.mean",
                seeds,
                mean = format!("{mean}{deviation}"),
                unit = measure.unit(),
                count = spread.count,
            );
            (mean, format!("n = {}", spread.count), sentence)
        }
    }
}

fn state(shown: &CellValue) -> &'static str {
    match shown {
        CellValue::Refused(_) => "refused",
        CellValue::Waiting => "waiting",
        CellValue::Running => "running",
        CellValue::Failed(_) => "failed",
        CellValue::Nothing => "nothing",
        CellValue::Value(_) => "value",
    }
}

fn button(
    view: SweepPanelState,
    cell: Cell,
    title: String,
    seeds: usize,
    filled: HeatMapContent,
) -> impl IntoView {
    let shown = Memo::new(move |_| {
        filled
            .cells
            .with(|cells| cells.get(&cell).cloned().unwrap_or(CellValue::Waiting))
    });
    let said = Memo::new(move |_| shown.with(|it| texts(it, view.measure.get(), seeds)));
    let background = Memo::new(move |_| {
        let ends = filled.ends.get()?;
        shown.with(|shown| match shown {
            CellValue::Value(spread) => Some(heat(position(spread.mean, ends))),
            _ => None,
        })
    });
    let open = move || view.chosen.get() == Some(cell);
    let name = title.clone();
    // The name holds what stands in the cell, for those who speak to their browser; the title
    // describes it in a sentence.
    let name = move || said.with(|said| format!("{name}: {} {}", said.0, said.1));
    let about = Memo::new(move |_| said.with(|said| format!("{title}: {}", said.2)));
    view! {
        <button
            class="sweep-cell"
            data-testid=format!("sweep-cell-{}-{}", cell.column, cell.row)
            data-state=move || shown.with(state)
            title=about
            aria-label=name
            aria-expanded=move || open().to_string()
            aria-controls="sweep-card"
            style:--cell=move || background.get().map_or_else(String::new, colour::css)
            style:--ink=move || background.get().map_or("", ink)
            on:click=move |_| view.chosen.set((!open()).then_some(cell))
        >
            <b>{move || said.with(|said| said.0.clone())}</b>
            " "
            <small>{move || said.with(|said| said.1.clone())}</small>
        </button>
    }
}

/// What the colours mean.
#[component]
fn Legend(view: SweepPanelState, ends: Memo<Option<(f64, f64)>>) -> impl IntoView {
    let measure = view.measure;
    let end = move |high: bool| {
        ends.get().map_or_else(
            || String::from("–"),
            |ends| measure.get().text(if high { ends.1 } else { ends.0 }),
        )
    };
    view! {
        <p class="legend sweep-legend" data-testid="sweep-legend">
            <span>
                {move || end(false)} <span class="ramp" style:background=colour::ramp()></span>
                {move || end(true)} " " {move || measure.get().unit()}
            </span>
            <span>{text!("sweep.legend")}</span>
        </p>
    }
}
