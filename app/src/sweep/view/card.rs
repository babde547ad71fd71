//! One cell of the heat map: its runs, seed by seed, and its settings for use.

use leptos::prelude::*;

use crate::sweep::model::{Job, Machine, Measure, Outcome, Spread};
use crate::sweep::state::panel::SweepPanelState;

/// Values of each measure, or what went wrong.
type Row = Result<Vec<Option<f64>>, String>;

/// What the card says.
#[derive(Debug, Clone, PartialEq)]
struct Facts {
    title: String,
    /// Why there is nothing to say, where the settings are not possible.
    refusal: Option<String>,
    /// By seed.
    rows: Vec<(Job, u64, Row)>,
    spreads: Vec<Option<Spread>>,
}

fn facts(view: SweepPanelState, machine: &Machine) -> Option<Facts> {
    let cell = view.chosen.get()?;
    let seed = |job: Job| machine.plan.seeds.get(job.seed).copied();
    let rows = machine.results.of(cell).filter_map(|(job, outcome)| {
        let values = match outcome {
            Outcome::Measured(record) => {
                Ok(Measure::ALL.map(|measure| measure.of(record)).to_vec())
            }
            Outcome::Failed(why) => Err(why.clone()),
        };
        Some((job, seed(job)?, values))
    });
    Some(Facts {
        title: machine.plan.title(cell),
        refusal: machine.refusal(cell).map(str::to_owned),
        rows: rows.collect(),
        spreads: Measure::ALL
            .map(|measure| Spread::of(&machine.results.values(cell, measure)))
            .to_vec(),
    })
}

/// The card of the chosen cell.
#[component]
pub(crate) fn CellCard(view: SweepPanelState) -> impl IntoView {
    let machine = view.sweeper.machine;
    let known = Memo::new(move |_| machine.with(|it| facts(view, it.as_ref()?)));
    let there = move || known.with(Option::is_some);
    let title = move || known.with(|known| known.as_ref().map(|it| it.title.clone()));
    let refusal = move || known.with(|known| known.as_ref().and_then(|it| it.refusal.clone()));
    let possible = move || refusal().is_none();
    let impossible = move || refusal().map(|why| text!("sweep.card.refused", why = why));
    view! {
        <div id="sweep-card" aria-live="polite">
            <Show when=there>
                <div
                    class="callout sweep-card"
                    role="group"
                    aria-labelledby="sweep-card-title"
                    data-testid="sweep-card"
                >
                    <h3 id="sweep-card-title" data-testid="sweep-card-title">{title}</h3>
                    <Show
                        when=possible
                        fallback=move || view! { <p>{impossible}</p> }
                    >
                        // It scrolls on phones, by keyboard too.
                        <div
                            class="sweep-scroll"
                            role="group"
                            aria-labelledby="sweep-card-title"
                            tabindex="0"
                        >
                            {move || known.get().map(|it| seeds(view, &it))}
                        </div>
                        <p class="hint">{text!("sweep.card.open-hint")}</p>
                    </Show>
                    <div class="sweep-buttons">
                        <Show when=possible>
                            <button
                                data-testid="sweep-use"
                                on:click=move |_| {
                                    if let Some(cell) = view.chosen.get_untracked() {
                                        view.sweeper.use_settings(cell);
                                    }
                                }
                            >
                                {text!("sweep.card.use")}
                            </button>
                        </Show>
                        <button
                            class="quiet"
                            data-testid="sweep-card-close"
                            on:click=move |_| view.chosen.set(None)
                        >
                            {text!("sweep.card.close")}
                        </button>
                    </div>
                </div>
            </Show>
        </div>
    }
}

/// Opens a run and shows where it is.
fn open(view: SweepPanelState, job: Job) {
    let Some(id) = view.sweeper.open_run(job) else {
        return;
    };
    // Its row is not there before the next frame.
    request_animation_frame(move || {
        let row = document().query_selector(&format!("[data-testid=run-{id}]"));
        if let Ok(Some(row)) = row {
            row.scroll_into_view();
        }
    });
}

fn seeds(view: SweepPanelState, facts: &Facts) -> AnyView {
    if facts.rows.is_empty() {
        return view! { <p>{text!("sweep.card.none-yet")}</p> }.into_any();
    }
    let heads = Measure::ALL.map(|measure| {
        view! { <th scope="col" title=measure.label()>{measure.short()}</th> }
    });
    let rows = facts
        .rows
        .iter()
        .map(|(job, seed, values)| {
            view! {
                <tr>
                    <th scope="row">{text!("sweep.card.seed", seed = seed)}</th>
                    {match values {
                        Ok(values) => finished(view, *job, *seed, values),
                        Err(why) => {
                            let columns = (Measure::ALL.len() + 1).to_string();
                            view! { <td colspan=columns>{text!("sweep.failed", why = why)}</td> }
                                .into_any()
                        }
                    }}
                </tr>
            }
        })
        .collect_view();
    let means = Measure::ALL
        .into_iter()
        .zip(&facts.spreads)
        .map(|(measure, spread)| view! { <td>{mean(measure, *spread)}</td> })
        .collect_view();
    view! {
        <table class="sweep-seeds">
            <thead>
                <tr>
                    <td></td>
                    {heads.into_iter().collect_view()}
                    <td></td>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr data-testid="sweep-card-mean">
                    <th scope="row">{text!("sweep.card.mean")}</th>
                    {means}
                    <td></td>
                </tr>
            </tfoot>
        </table>
    }
    .into_any()
}

/// Without a value, a dash.
fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| String::from("–"))
}

/// The measures of a run that is finished, and a button that opens it.
fn finished(view: SweepPanelState, job: Job, seed: u64, values: &[Option<f64>]) -> AnyView {
    let numbers = Measure::ALL
        .into_iter()
        .zip(values)
        .map(
            |(measure, value)| view! { <td>{or_dash(value.map(|value| measure.text(value)))}</td> },
        )
        .collect_view();
    view! {
        {numbers}
        <td>
            <button
                class="chip"
                data-testid=format!("sweep-open-{seed}")
                aria-label=text!("sweep.card.open-run", seed = seed)
                on:click=move |_| open(view, job)
            >
                {text!("sweep.card.open")}
            </button>
        </td>
    }
    .into_any()
}

/// Mean ± standard deviation over the seeds.
fn mean(measure: Measure, spread: Option<Spread>) -> String {
    or_dash(spread.map(|spread| {
        let deviation = or_dash(spread.deviation.map(|it| measure.deviation(it)));
        format!("{} ± {deviation}", measure.text(spread.mean))
    }))
}
