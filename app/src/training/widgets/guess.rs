//! A guess before the run ends: which arm will be better in the new domain. Afterwards it is compared.

use leptos::prelude::*;

use rsc_core::protocol::RunState;

use crate::settings::model::arms::Arm;
use crate::training::model::outcome::{Best, best};
use crate::training::state::Training;

/// The images that decide: those of the new domain, or of all domains where none is held out.
pub(crate) fn deciding_images(training: Training) -> String {
    let run = training.outlook();
    let domain = run.and_then(|run| Some(run.held_out()?.name.clone()));
    match domain.filter(|name| !name.is_empty()) {
        Some(domain) => text!("training.story.domain", domain = domain),
        None => text!("training.story.new-images").to_owned(),
    }
}

/// The last accuracy of each arm on those images.
pub(crate) fn accuracies(training: Training) -> Vec<Option<f32>> {
    training.evaluations.with(|all| {
        let arms = all.last().map(|record| record.arms.as_slice());
        let arms = arms.unwrap_or_default().iter();
        arms.map(|arm| Some(arm.accuracy_new_domain.unwrap_or(arm.accuracy_same_domain)))
            .collect()
    })
}

/// The buttons of a guess, until the run is done; then whether it was right.
#[component]
pub(crate) fn Guess(
    /// How the `data-testid`s of its buttons begin.
    prefix: &'static str,
) -> impl IntoView {
    let training = expect_context::<Training>();
    let several = Memo::new(move |_| training.run_arms().len() > 1);
    let done = Memo::new(move |_| training.state.get() == Some(RunState::Done));
    let images = move || deciding_images(training);
    view! {
        <Show when=move || several.get() && !done.get()>
            <div class="guess" role="group" aria-label=move || {
                text!("training.story.question", images = images())
            }>
                <span>{move || text!("training.story.question", images = images())}</span>
                <div class="segments">
                    <For each=move || training.run_arms() key=Clone::clone let(arm)>
                        <Answer of=Best::Arm(arm.index) class=arm.class() id=format!("{prefix}-{}", arm.name) label=arm.label() />
                    </For>
                    <Answer
                        of=Best::Level
                        class=""
                        id=format!("{prefix}-level")
                        label=text!("training.story.level").to_owned()
                    />
                </div>
            </div>
        </Show>
        <Show when=move || done.get()>
            <p class="guess-outcome" data-testid=format!("{prefix}-outcome")>
                {move || outcome(training)}
            </p>
        </Show>
    }
}

/// One answer.
#[component]
fn Answer(of: Best, class: &'static str, id: String, label: String) -> impl IntoView {
    let training = expect_context::<Training>();
    view! {
        <button
            class=class
            data-testid=id
            aria-pressed=move || (training.guess.get() == Some(of)).to_string()
            on:click=move |_| training.guess.set(Some(of))
        >
            {label}
        </button>
    }
}

/// Whether the guess was right; `None` without one.
fn outcome(training: Training) -> Option<String> {
    let guess = training.guess.get()?;
    let (found, _) = best(&accuracies(training))?;
    if guess == found {
        return Some(text!("training.story.guess-right").to_owned());
    }
    let arms = training.run_arms();
    let guessed = match guess {
        Best::Arm(index) => arms.get(index).map(Arm::label)?,
        Best::Level => text!("training.story.level").to_owned(),
    };
    Some(text!("training.story.guess-wrong", guess = guessed))
}
