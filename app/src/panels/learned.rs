//! What came of it: accuracy by domain and arm, the difference in words, and what was to be
//! expected.

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};
use rsc_core::protocol::{EvaluationMetrics, RunState};

use super::confusion::ConfusionView;
use super::usage::UsageView;
use crate::pure::arms::Arm;
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
                "All arms share " <Term of="seed">"seed"</Term> ", first "
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

/// The last evaluation of every arm.
fn last(session: Session) -> Option<Vec<EvaluationMetrics>> {
    session
        .evaluations
        .with(|all| Some(all.last()?.arms.clone()))
}

/// How much better an arm is than the first, and where.
fn difference(first: &EvaluationMetrics, arm: &EvaluationMetrics) -> (f32, &'static str) {
    match (first.accuracy_new_domain, arm.accuracy_new_domain) {
        (Some(first), Some(arm)) => (arm - first, "on the new domain"),
        _ => (
            arm.accuracy_same_domain - first.accuracy_same_domain,
            "on images not trained on",
        ),
    }
}

/// The difference between the first two arms on the new domain, large; of further arms small.
#[component]
fn Verdict() -> impl IntoView {
    let session = expect_context::<Session>();
    let begun = move || session.progress.get().step > 0;
    let verdict = move || {
        let metrics = last(session)?;
        let arms = session.run_arms();
        let name = |arm: usize| arms.get(arm).map_or_else(String::new, Arm::label);
        let first = metrics.get(ERM)?;
        let (value, place) = difference(first, metrics.get(RSC)?);
        let done = session.state.get() == Some(RunState::Done);
        let lead = if value.abs() < 0.005 {
            format!("{} and {} are level {place}", name(ERM), name(RSC))
        } else {
            format!("{} against {}, {place}", name(RSC), name(ERM))
        };
        let further = metrics.iter().enumerate().skip(RSC + 1).map(|(i, arm)| {
            let class = arms.get(i).map_or("", Arm::class);
            let points = format::points(difference(first, arm).0);
            view! {
                <li>
                    <span class=class>{name(i)}</span>
                    {format!(" against {}: {points} points", name(ERM))}
                </li>
            }
        });
        let further: Vec<_> = further.collect();
        Some(view! {
            <p class="verdict">
                <b>{format::points(value)}</b>
                <span class="unit">"points"</span>
            </p>
            <p class="verdict-text">{lead} {if done { "." } else { ", so far." }}</p>
            {(!further.is_empty())
                .then(|| view! { <ul class="verdict-further" data-testid="further-arms">{further}</ul> })}
        })
    };
    view! {
        <Show
            when=begun
            fallback=|| {
                view! {
                    <p class="empty">
                        "Press Play. After each epoch all arms are tested on images they were not trained on, from the domains they know and from the one they don’t."
                    </p>
                }
            }
        >
            {verdict}
        </Show>
    }
}

/// Accuracy per domain and arm; of two arms also the difference in points.
#[component]
fn AccuracyTable() -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = move || {
        let metrics = last(session)?;
        let domains = session
            .info
            .with(|info| Some(info.as_ref()?.domains.clone()))?;
        let rows: Vec<Row> = domains
            .into_iter()
            .enumerate()
            .map(|(i, domain)| Row {
                domain: domain.name,
                held_out: domain.held_out,
                accuracies: metrics
                    .iter()
                    .map(|arm| arm.accuracy_per_domain.get(i).copied().unwrap_or(f32::NAN))
                    .collect(),
            })
            .collect();
        Some(table(&session.run_arms(), &rows))
    };
    view! { {rows} }
}

/// One line of the table.
struct Row {
    domain: String,
    held_out: bool,
    accuracies: Vec<f32>,
}

impl Row {
    /// The second arm's lead, where there are two.
    fn lead(&self) -> Option<f32> {
        match self.accuracies[..] {
            [first, second] => Some(second - first),
            _ => None,
        }
    }
}

fn table(arms: &[Arm], rows: &[Row]) -> impl IntoView + use<> {
    let lead = rows.first().is_some_and(|row| row.lead().is_some());
    let head = arms
        .iter()
        .map(|arm| {
            view! {
                <th scope="col">
                    <span class=arm.class()>{arm.label()}</span>
                </th>
            }
        })
        .collect_view();
    let body = rows
        .iter()
        .map(|row| {
            let name = if row.domain.is_empty() { "all images" } else { &row.domain };
            let accuracies = row.accuracies.iter();
            let accuracies = accuracies.map(|&value| view! { <td>{format::percent(value)}</td> });
            let lead = row
                .lead()
                .map(|lead| view! { <td class="difference">{format::points(lead)}</td> });
            view! {
                <tr class:new-domain=row.held_out>
                    <th scope="row">
                        {name.to_owned()} {row.held_out.then(|| view! { <small>"new domain"</small> })}
                    </th>
                    {accuracies.collect_view()}
                    {lead}
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-scroll">
            <table class="accuracy" class:many=!lead data-testid="accuracy-table">
                <thead>
                    <tr>
                        <th scope="col">"Tested on"</th>
                        {head}
                        {lead.then(|| view! { <th scope="col">"points"</th> })}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
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
