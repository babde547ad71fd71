//! Accuracy by domain and arm, the difference in words, and the result to expect.

pub(crate) mod confusion;
pub(crate) mod usage;
pub(crate) mod usage_chart;

use leptos::prelude::*;

use rsc_core::config::{DataPreset, DataSource};
use rsc_core::protocol::{EvaluationMetrics, RunState};

use crate::learned::view::confusion::ConfusionView;
use crate::learned::view::usage::UsageView;
use crate::settings::model::arms::Arm;
use crate::settings::model::arms::{ERM, RSC};
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::training::widgets::untested::UntestedClasses;
use crate::ui::model::format;

use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn LearnedPanel() -> impl IntoView {
    let training = expect_context::<Training>();
    view! {
        <section class="panel learned" aria-labelledby="learned-title" data-testid="learned">
            <h2 id="learned-title">
                <span class="number">"4"</span>
                {text!("learned.title")}
            </h2>
            <Verdict />
            <AccuracyTable />
            <UntestedClasses />
            <UsageView />
            <ConfusionView />
            <Expected />
            <p class="hint">
                {text!("learned.share")} <Term of="seed">{text!("learned.share.seed")}</Term>
                {text!("learned.share.first")}
                <Term of="weights">{text!("learned.share.weights")}</Term> {text!("learned.share.and")}
                <Term of="batch">{text!("learned.share.batches")}</Term>
                {text!("learned.share.one-draw")}
            </p>
            <p>
                <a href="#masks">{text!("learned.to-masks")}</a>
            </p>
            <p class="visually-hidden" aria-live="polite">
                {move || (training.state.get() == Some(RunState::Done)).then(|| text!("learned.done"))}
            </p>
        </section>
    }
}

/// The last evaluation of every arm.
fn last(training: Training) -> Option<Vec<EvaluationMetrics>> {
    training
        .evaluations
        .with(|all| Some(all.last()?.arms.clone()))
}

/// How much better an arm is than the first, and on which domain.
fn difference(first: &EvaluationMetrics, arm: &EvaluationMetrics) -> (f32, &'static str) {
    match (first.accuracy_new_domain, arm.accuracy_new_domain) {
        (Some(first), Some(arm)) => (arm - first, "new"),
        _ => (
            arm.accuracy_same_domain - first.accuracy_same_domain,
            "same",
        ),
    }
}

/// The difference between the first two arms on the new domain, large; of further arms small.
#[component]
fn Verdict() -> impl IntoView {
    let training = expect_context::<Training>();
    let begun = move || training.progress.get().step > 0;
    let verdict = move || {
        let metrics = last(training)?;
        let arms = training.run_arms();
        let name = |arm: usize| arms.get(arm).map_or_else(String::new, Arm::label);
        let first = metrics.get(ERM)?;
        let (value, place) = difference(first, metrics.get(RSC)?);
        let done = training.state.get() == Some(RunState::Done);
        let lead = if value.abs() < 0.005 {
            "level"
        } else {
            "apart"
        };
        let end = if done { "done" } else { "so-far" };
        let said = text_with!(
            &format!("learned.{lead}.{place}.{end}"),
            first = name(ERM),
            second = name(RSC)
        );
        let further = metrics.iter().enumerate().skip(RSC + 1).map(|(i, arm)| {
            let class = arms.get(i).map_or("", Arm::class);
            let points = format::points(difference(first, arm).0);
            view! {
                <li>
                    <span class=class>{name(i)}</span>
                    {text!("learned.further", first = name(ERM), points = points)}
                </li>
            }
        });
        let further: Vec<_> = further.collect();
        Some(view! {
            <p class="verdict">
                <b>{format::points(value)}</b>
                <span class="unit">{text!("learned.points")}</span>
            </p>
            <p class="verdict-text">{said}</p>
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
                        {text!("learned.empty")}
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
    let training = expect_context::<Training>();
    let rows = move || {
        let metrics = last(training)?;
        let domains = training
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
        Some(table(&training.run_arms(), &rows))
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
            let name = if row.domain.is_empty() { text!("learned.all-images") } else { &row.domain };
            let accuracies = row.accuracies.iter();
            let accuracies = accuracies.map(|&value| view! { <td>{format::percent(value)}</td> });
            let lead = row
                .lead()
                .map(|lead| view! { <td class="difference">{format::points(lead)}</td> });
            view! {
                <tr class:new-domain=row.held_out>
                    <th scope="row">
                        {name.to_owned()} {row.held_out.then(|| view! { <small>{text!("learned.new-domain")}</small> })}
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
                        <th scope="col">{text!("learned.tested-on")}</th>
                        {head}
                        {lead.then(|| view! { <th scope="col">{text!("learned.points.head")}</th> })}
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
    let settings = expect_context::<Settings>();
    let source = move || {
        settings
            .applied
            .with(|applied| applied.as_ref().map(|config| config.data.source.clone()))
    };
    let text = move || match source()? {
        DataSource::Preset {
            preset: DataPreset::CornerCue,
        } => Some(text!("learned.expected.corner-cue")),
        DataSource::Preset {
            preset: DataPreset::TintCue,
        } => Some(text!("learned.expected.tint-cue")),
        DataSource::Preset {
            preset: DataPreset::Styles,
        } => Some(text!("learned.expected.styles")),
        DataSource::Preset {
            preset: DataPreset::RotatedDigits,
        } => Some(text!("learned.expected.rotated-digits")),
        DataSource::Preset {
            preset: DataPreset::ColouredDigits,
        } => Some(text!("learned.expected.coloured-digits")),
        DataSource::Preset {
            preset: DataPreset::Emoji,
        } => Some(text!("learned.expected.emoji")),
        DataSource::Own => None,
    };
    let shown = move || {
        text().map(|text| {
            view! {
                <details class="expected" open>
                    <summary>{text!("learned.expected")}</summary>
                    <p>{text}</p>
                </details>
            }
        })
    };
    view! { {shown} }
}
