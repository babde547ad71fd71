//! What came of it: accuracy by domain and arm, the difference in words, and what was to be
//! expected.

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};
use rsc_core::protocol::{EvaluationMetrics, RunState};

use super::confusion::ConfusionView;
use super::usage::UsageView;
use crate::pure::format;
use crate::session::{ERM, RSC, Session};
use crate::term::Term;

/// The panel.
#[component]
pub(crate) fn Learned() -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <section class="panel learned" aria-labelledby="learned-title" data-testid="learned">
            <h2 id="learned-title">
                <span class="number">"4"</span>
                "What it learned"
            </h2>
            <Verdict />
            <AccuracyTable />
            <UsageView />
            <ConfusionView />
            <Expected />
            <p class="hint">
                "Both arms share " <Term of="seed">"seed"</Term> ", first "
                <Term of="weights">"weights"</Term> " and " <Term of="batch">"batches"</Term>
                "; one run is still one draw. Try other seeds before believing a difference."
            </p>
            <p>
                <a href="#masks">"See what each arm leans on ↓"</a>
            </p>
            <p class="visually-hidden" aria-live="polite">
                {move || (session.state.get() == Some(RunState::Done)).then_some("The run is done.")}
            </p>
        </section>
    }
}

/// The last evaluation of both arms.
fn last(session: Session) -> Option<(EvaluationMetrics, EvaluationMetrics)> {
    session.evaluations.with(|all| {
        let arms = &all.last()?.arms;
        Some((arms.get(ERM)?.clone(), arms.get(RSC)?.clone()))
    })
}

/// The difference on the new domain, large.
#[component]
fn Verdict() -> impl IntoView {
    let session = expect_context::<Session>();
    let begun = move || session.progress.get().step > 0;
    let verdict = move || {
        let (erm, rsc) = last(session)?;
        let (erm_new, rsc_new) = (erm.accuracy_new_domain, rsc.accuracy_new_domain);
        let (value, place) = match (erm_new, rsc_new) {
            (Some(erm), Some(rsc)) => (rsc - erm, "on the new domain"),
            _ => (
                rsc.accuracy_same_domain - erm.accuracy_same_domain,
                "on images not trained on",
            ),
        };
        let done = session.state.get() == Some(RunState::Done);
        let lead = if value.abs() < 0.005 {
            format!("ERM and RSC are level {place}")
        } else {
            format!("RSC against ERM, {place}")
        };
        Some(view! {
            <p class="verdict">
                <b>{format::points(value)}</b>
                <span class="unit">"points"</span>
            </p>
            <p class="verdict-text">{lead} {if done { "." } else { ", so far." }}</p>
        })
    };
    view! {
        <Show
            when=begun
            fallback=|| {
                view! {
                    <p class="empty">
                        "Press Play. After each epoch both arms are tested on images they were not trained on, from the domains they know and from the one they don’t."
                    </p>
                }
            }
        >
            {verdict}
        </Show>
    }
}

/// Accuracy per domain and arm, and the difference in points.
#[component]
fn AccuracyTable() -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = move || {
        let (erm, rsc) = last(session)?;
        let domains = session
            .info
            .with(|info| Some(info.as_ref()?.domains.clone()))?;
        let rows: Vec<Row> = domains
            .into_iter()
            .enumerate()
            .map(|(i, domain)| {
                let of = |metrics: &EvaluationMetrics| {
                    let accuracy = metrics.accuracy_per_domain.get(i).copied();
                    accuracy.unwrap_or(f32::NAN)
                };
                Row {
                    domain: domain.name,
                    held_out: domain.held_out,
                    erm: of(&erm),
                    rsc: of(&rsc),
                }
            })
            .collect();
        Some(table(&rows))
    };
    view! { {rows} }
}

/// One line of the table.
struct Row {
    domain: String,
    held_out: bool,
    erm: f32,
    rsc: f32,
}

fn table(rows: &[Row]) -> impl IntoView + use<> {
    let body = rows
        .iter()
        .map(|row| {
            let name = if row.domain.is_empty() { "all images" } else { &row.domain };
            view! {
                <tr class:new-domain=row.held_out>
                    <th scope="row">
                        {name.to_owned()} {row.held_out.then(|| view! { <small>"new domain"</small> })}
                    </th>
                    <td>{format::percent(row.erm)}</td>
                    <td>{format::percent(row.rsc)}</td>
                    <td class="difference">{format::points(row.rsc - row.erm)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="accuracy" data-testid="accuracy-table">
            <thead>
                <tr>
                    <th scope="col">"Tested on"</th>
                    <th scope="col">
                        <span class="arm erm">"ERM"</span>
                    </th>
                    <th scope="col">
                        <span class="arm rsc">"RSC"</span>
                    </th>
                    <th scope="col">"points"</th>
                </tr>
            </thead>
            <tbody>{body}</tbody>
        </table>
    }
}

/// What a trial of ours measured with these images, for comparison.
#[component]
fn Expected() -> impl IntoView {
    let session = expect_context::<Session>();
    let source = move || {
        session
            .applied
            .with(|applied| applied.as_ref().map(|config| config.data.source.clone()))
    };
    let text = move || match source()? {
        DataSource::Preset {
            preset: DataPreset::CornerCue,
        } => Some(
            "On the new domain, over three seeds and 20 epochs: ERM 58.8 ± 12.2 %, RSC on positions with p = ⅓ and b = ½ 93.8 ± 2.2 %. Both get 100 % where the patch tells the truth. In the first epochs neither has learned much: give it time.",
        ),
        DataSource::Preset {
            preset: DataPreset::TintCue,
        } => Some(
            "On the new domain after 20 epochs, over three seeds: ERM 25.6 %, RSC 25.6 %, where guessing gives 25 %. DomainBed saw the same on Coloured MNIST: 10.0 % each. A cue that is everywhere cannot be muted away.",
        ),
        DataSource::Preset {
            preset: DataPreset::Styles,
        } => Some(
            "The sources disagree about data of this kind. On PACS the paper reports 79.9 → 85.2 % with RSC (ResNet-18); DomainBed, with equal tuning for both, finds 85.5 % for ERM and 85.2 % for RSC.",
        ),
        DataSource::Preset {
            preset: DataPreset::RotatedDigits,
        } => Some(
            "On all of MNIST, averaged over the angle left out, DomainBed reports 98.0 % for ERM and 97.6 % for RSC: turning is no shortcut that muting could take away. These are 2,000 of its 70,000 digits, so expect less of both.",
        ),
        DataSource::Preset {
            preset: DataPreset::ColouredDigits,
        } => Some(
            "DomainBed reports 10.0 % for ERM and 10.0 % for RSC where the colour agrees with the label by 10 %: both follow the colour. Averaged over the three domains: 51.5 and 51.7 %. Shape alone can give at most 75 %, since a quarter of the labels is wrong on purpose.",
        ),
        DataSource::Own => None,
    };
    let shown = move || {
        text().map(|text| {
            view! {
                <details class="expected" open>
                    <summary>"What to expect"</summary>
                    <p>{text}</p>
                </details>
            }
        })
    };
    view! { {shown} }
}
