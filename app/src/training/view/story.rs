//! The run in words: what will happen, what happens, and what has happened, from the numbers.

use leptos::prelude::*;

use rsc_core::protocol::RunState;

use crate::settings::model::arms::Arm;
use crate::training::model::outcome::{Best, best};
use crate::training::state::Training;
use crate::training::widgets::guess::{Guess, accuracies, deciding_images};
use crate::ui::model::format;

/// The sentences, a guess, and the button for another seed.
#[component]
pub(crate) fn Story() -> impl IntoView {
    let training = expect_context::<Training>();
    let done = Memo::new(move |_| training.state.get() == Some(RunState::Done));
    view! {
        <div class="story" data-testid="story">
            <p data-testid="story-text" aria-live="polite">{move || sentence(training)}</p>
            <Guess prefix="guess" />
            <Show when=move || done.get()>
                <p class="hint">{text!("training.story.one-draw")}</p>
                <button
                    data-testid="another-seed"
                    on:click=move |_| training.train_with_another_seed()
                >
                    {text!("training.story.again")}
                </button>
            </Show>
        </div>
    }
}

/// What the run is about to do, does, or did.
fn sentence(training: Training) -> Option<String> {
    match training.state.get() {
        // Between two runs nothing is known of the next one.
        None if training.info.with(Option::is_some) || training.blocked.with(Option::is_some) => {
            None
        }
        None | Some(RunState::Ready) => before(training),
        Some(RunState::Training | RunState::Paused) => during(training),
        Some(RunState::Done) => after(training),
        Some(RunState::Failed) => None,
    }
}

fn before(training: Training) -> Option<String> {
    let steps = training.outlook()?.total_steps;
    let steps = format::thousands(usize::try_from(steps).ok()?);
    let arms: Vec<String> = training.run_arms().iter().map(Arm::label).collect();
    let images = deciding_images(training);
    Some(match arms.as_slice() {
        [] => return None,
        [arm] => text!(
            "training.story.before-one",
            arm = arm,
            steps = steps,
            images = images
        ),
        arms => text!(
            "training.story.before",
            arms = together(arms),
            steps = steps,
            images = images
        ),
    })
}

/// Names in one phrase: `ERM, RSC and third`.
fn together(names: &[String]) -> String {
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => {
            text!("training.story.pair", first = first.join(", "), last = last)
        }
        _ => names.join(", "),
    }
}

fn during(training: Training) -> Option<String> {
    let (steps, total) = training.info.with(|info| {
        let info = info.as_ref()?;
        Some((info.steps_per_epoch.max(1), info.total_steps))
    })?;
    let step = training.progress.with(|progress| progress.step);
    let (epoch, epochs) = ((step / steps + 1).min(total / steps), total / steps);
    let accuracies = listed(training);
    Some(if accuracies.is_empty() {
        text!("training.story.first-epoch", epoch = epoch, epochs = epochs)
    } else {
        text!(
            "training.story.during",
            epoch = epoch,
            epochs = epochs,
            images = deciding_images(training),
            accuracies = accuracies
        )
    })
}

fn after(training: Training) -> Option<String> {
    let steps = training.progress.with(|progress| progress.step);
    let steps = format::thousands(usize::try_from(steps).ok()?);
    let (images, listed) = (deciding_images(training), listed(training));
    let arms = training.run_arms();
    Some(match best(&accuracies(training)) {
        Some((Best::Arm(index), ahead)) => text!(
            "training.story.ahead",
            steps = steps,
            images = images,
            arm = arms.get(index).map(Arm::label)?,
            points = format!("{:.0}", ahead * 100.0),
            accuracies = listed
        ),
        Some((Best::Level, _)) => {
            text!(
                "training.story.level-end",
                steps = steps,
                images = images,
                accuracies = listed
            )
        }
        None => text!(
            "training.story.end",
            steps = steps,
            images = images,
            accuracies = listed
        ),
    })
}

/// Each arm's last accuracy: `ERM 46 %, RSC 94 %`; empty before the first evaluation.
fn listed(training: Training) -> String {
    let arms = training.run_arms();
    let accuracies = accuracies(training);
    let known = arms.iter().zip(accuracies).filter_map(|(arm, accuracy)| {
        // A number stays on one line with its unit.
        let percent = format::percent(accuracy?).replace(' ', "\u{a0}");
        Some(format!("{} {percent}", arm.label()))
    });
    known.collect::<Vec<_>>().join(", ")
}
