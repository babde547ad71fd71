//! How many channels each arm uses, and how evenly: at the first evaluation and now, as a curve
//! over the ranks, and their effective number along training.

use leptos::prelude::*;

use rsc_core::protocol::FeatureUsage;

use super::charts::UsageChart;
use crate::pure::arms::stroke;
use crate::pure::usage::path;
use crate::session::Session;

/// Size of the drawing.
const WIDTH: f64 = 260.0;
const HEIGHT: f64 = 90.0;

/// Usage of every arm at the first and at the last evaluation.
fn of_arms(session: Session) -> Vec<(usize, FeatureUsage, FeatureUsage)> {
    session.evaluations.with(|all| {
        let (Some(first), Some(last)) = (all.first(), all.last()) else {
            return Vec::new();
        };
        let pairs = first.arms.iter().zip(&last.arms).enumerate();
        pairs
            .map(|(arm, (first, last))| (arm, first.usage.clone(), last.usage.clone()))
            .collect()
    })
}

/// A view to unfold.
#[component]
pub(super) fn UsageView() -> impl IntoView {
    let session = expect_context::<Session>();
    let some = move || session.evaluations.with(|all| !all.is_empty());
    let rows = move || {
        let arms = session.run_arms();
        of_arms(session)
            .into_iter()
            .map(|(arm, first, last)| {
                let (class, name) = arms
                    .get(arm)
                    .map_or_else(Default::default, |arm| (arm.class(), arm.label()));
                let id = move |what: &str| format!("usage-{what}-{arm}");
                let percent = |share: f32| format!("{:.0}\u{a0}%", 100.0 * share);
                view! {
                    <tr>
                        <th scope="row">
                            <span class=class>{name}</span>
                        </th>
                        <td>
                            <small>{format!("{:.1} →", first.effective_number)}</small>
                            <b data-testid=id("effective")>{format!("{:.1}", last.effective_number)}</b>
                        </td>
                        <td>
                            <small>{format!("{:.2} →", first.gini)}</small> <b>{format!("{:.2}", last.gini)}</b>
                        </td>
                        <td>
                            <small>{format!("{} →", percent(first.top_tenth))}</small>
                            <b>{percent(last.top_tenth)}</b>
                        </td>
                    </tr>
                }
            })
            .collect_view()
    };
    let curves = move || {
        let arms = of_arms(session);
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
        <Show when=some>
            <details class="expected usage" data-testid="usage">
                <summary>{text!("usage.title")}</summary>
                <table class="accuracy">
                    <thead>
                        <tr>
                            <th scope="col">{text!("usage.first-now")}</th>
                            <th scope="col" title=text!("usage.channels.hint")>
                                {text!("usage.channels")}
                            </th>
                            <th scope="col" title=text!("usage.gini.hint")>
                                {text!("usage.gini")}
                            </th>
                            <th scope="col" title=text!("usage.top.hint")>
                                {text!("usage.top")}
                            </th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <svg
                    class="usage-curve"
                    viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                    role="img"
                    aria-label=text!("usage.curve")
                >
                    {curves}
                </svg>
                <p class="hint">
                    {text!("usage.hint")}
                </p>
                <h3>{text!("usage.along")}</h3>
                <UsageChart />
            </details>
        </Show>
    }
}
