//! How many channels each arm uses, and how evenly: at the first evaluation and now, as a curve
//! over the ranks, and each of the three measures along training.

use leptos::prelude::*;

use rsc_core::protocol::FeatureUsage;

use crate::learned::view::usage_chart::UsageChart;
use crate::runs::model::usage::{Measure, path};
use crate::settings::model::arms::stroke;
use crate::training::state::Training;

use crate::ui::term::Term;

/// Size of the drawing.
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 90.0;

/// Usage of every arm at the first and at the last evaluation.
fn of_arms(training: Training) -> Vec<(usize, FeatureUsage, FeatureUsage)> {
    training.evaluations.with(|all| {
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return Vec::new();
        };
        let pairs = first.arms.iter().zip(&last.arms).enumerate();
        pairs
            .map(|(arm, (first, last))| (arm, first.usage.clone(), last.usage.clone()))
            .collect()
    })
}

/// Its name at the head of a column.
fn head(measure: Measure) -> &'static str {
    match measure {
        Measure::EffectiveNumber => text!("usage.channels"),
        Measure::Gini => text!("usage.gini"),
        Measure::TopTenth => text!("usage.top"),
    }
}

/// The title of its chart.
fn along(measure: Measure) -> &'static str {
    match measure {
        Measure::EffectiveNumber => text!("usage.along"),
        Measure::Gini => text!("usage.along-gini"),
        Measure::TopTenth => text!("usage.along-top"),
    }
}

/// A view to unfold.
#[component]
pub(crate) fn UsageView() -> impl IntoView {
    let training = expect_context::<Training>();
    // Three charts that nobody sees would be drawn anew after every epoch.
    let open = RwSignal::new(false);
    let some = move || training.evaluations.with(|all| !all.is_empty());
    view! {
        <Show when=some>
            <details
                class="expected usage"
                data-testid="usage"
                on:toggle=move |event| {
                    open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
                }
            >
                <summary>{text!("usage.title")}</summary>
                <div data-figure=text!("usage.figure")>
                <Table />
                <Ranks />
                </div>
                <p class="hint">
                    <Term of="feature-usage">{text!("usage.title")}</Term>
                    ": "
                    {text!("usage.hint")}
                </p>
                <Show when=move || open.get()>
                    {Measure::ALL.map(|measure| {
                        view! {
                            <h3>{along(measure)}</h3>
                            <UsageChart measure=measure />
                        }
                    })}
                </Show>
            </details>
        </Show>
    }
}

/// The three measures of every arm, at the first evaluation and now.
#[component]
fn Table() -> impl IntoView {
    let training = expect_context::<Training>();
    let rows = move || {
        let arms = training.run_arms();
        of_arms(training)
            .into_iter()
            .map(|(arm, first, last)| {
                let (class, name) = arms
                    .get(arm)
                    .map_or_else(Default::default, |arm| (arm.class(), arm.label()));
                let id = |what: &str| format!("usage-{what}-{arm}");
                let cells = Measure::ALL.map(|measure| {
                    let value = |usage| measure.text(measure.of(usage));
                    view! {
                        <td>
                            <small>{format!("{} →", value(&first))}</small>
                            " "
                            <b data-testid=id(measure.term())>{value(&last)}</b>
                        </td>
                    }
                });
                view! {
                    <tr>
                        <th scope="row">
                            <span class=class>{name}</span>
                        </th>
                        {cells}
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
                <table class="accuracy">
                    <thead>
                        <tr>
                            <th scope="col">{text!("usage.first-now")}</th>
                            {Measure::ALL.map(|measure| {
                                view! {
                                    <th scope="col">
                                        <Term of=measure.term()>{head(measure)}</Term>
                                    </th>
                                }
                            })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
    }
}

/// The share of each channel, the largest first.
#[component]
fn Ranks() -> impl IntoView {
    let training = expect_context::<Training>();
    let curves = move || {
        let arms = of_arms(training);
        let most = arms
            .iter()
            .flat_map(|(_, first, last)| [first, last])
            .filter_map(|usage| usage.curve.first().copied())
            .fold(f32::MIN_POSITIVE, f32::max);
        arms.into_iter()
            .map(|(arm, first, last)| {
                let line = |curve: &[f32]| path(curve, most, WIDTH, HEIGHT);
                let colour = stroke(arm);
                view! {
                    <path class="usage-line first" style:stroke=colour.clone() d=line(&first.curve)></path>
                    <path class="usage-line" style:stroke=colour d=line(&last.curve)></path>
                }
            })
            .collect_view()
    };
    view! {
                <svg
                    class="usage-curve"
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    role="img"
                    aria-label=text!("usage.curve")
                >
                    {curves}
                </svg>
    }
}
