//! Which samples of a batch are challenged, and how often.

use leptos::prelude::*;

use rsc_core::config::{ChallengeConfig, Selection, Strategy};

use super::field::{choose, setting, slide};
use crate::settings::model::choice_name::name_of;
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::widgets::{Choice, Number, Slider, Switch};
use crate::ui::model::format;

const B: &str = "challenge.b";
const CURRICULUM: &str = "challenge.curriculum";
const MINIMUM_DROP: &str = "challenge.minimum_drop";
const ROUNDS: &str = "challenge.rounds";

/// Whether every sample is challenged, or none.
fn without_selection(challenge: &ChallengeConfig) -> bool {
    challenge.strategy == Strategy::Off || challenge.selection == Selection::All
}

/// b: the share of a batch that is challenged.
#[component]
pub(super) fn BatchFraction(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let no_b = Signal::derive(move || {
        let challenge = challenge.get();
        without_selection(&challenge) || challenge.curriculum
    });
    view! {
        <Slider
            setting=setting(settings, "b", B, text!("challenge.b.label"), |c| c.b, |c, v| c.b = v)
            hint=Signal::derive(move || b_hint(&challenge.get()).to_owned())
            value=Signal::derive(move || challenge.get().b)
            shown=Signal::derive(move || format::fraction(challenge.get().b))
            on_move=slide(settings, B, |c, v| c.b = v)
            disabled=no_b
        />
    }
}

/// Which samples, and what narrows them down.
#[component]
pub(super) fn SampleSelection(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let off = Signal::derive(move || challenge.get().strategy == Strategy::Off);
    let everyone = Signal::derive(move || without_selection(&challenge.get()));
    view! {
        <Choice
            setting=setting(settings, "selection", "challenge.selection", text!("challenge.selection.label"),
                |c| c.selection, |c, v| c.selection = v)
            hint=text!("challenge.selection.hint")
            options=vec![
                ("all", text!("challenge.selection.all")),
                ("probability_drop", text!("challenge.selection.probability-drop")),
            ]
            value=Signal::derive(move || name_of(challenge.get().selection))
            on_choice=choose(settings, "challenge.selection", |c, v| c.selection = v)
            disabled=off
        />
        <div class="toggles">
            <Switch
                setting=setting(settings, "curriculum", CURRICULUM, text!("challenge.curriculum.label"),
                    |c| c.curriculum, |c, v| c.curriculum = v)
                label=text!("challenge.curriculum")
                value=Signal::derive(move || challenge.get().curriculum)
                on_change=Callback::new(move |on| {
                    settings.change_challenge(CURRICULUM, |c| c.curriculum = on);
                })
                disabled=everyone
            />
            <Switch
                setting=setting(settings, "minimum-drop", MINIMUM_DROP, text!("challenge.minimum-drop.label"),
                    |c| c.minimum_drop, |c, v| c.minimum_drop = v)
                label=text!("challenge.minimum-drop")
                value=Signal::derive(move || challenge.get().minimum_drop.is_some())
                on_change=Callback::new(move |on: bool| {
                    settings.change_challenge(MINIMUM_DROP, |c| c.minimum_drop = on.then_some(1e-4));
                })
                disabled=everyone
            />
        </div>
    }
}

/// How many times a step challenges its batch.
#[component]
pub(super) fn Rounds(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
        <Number
            setting=setting(settings, "rounds", ROUNDS, text!("challenge.rounds.label"),
                |c| c.rounds, |c, v| c.rounds = v)
            hint=text!("challenge.rounds.hint")
            value=Signal::derive(move || challenge.get().rounds.to_string())
            min="1"
            max="8"
            on_change=Callback::new(move |text: String| {
                match number::whole(ROUNDS, &text, 1, 8) {
                    Ok(rounds) => settings.change_challenge(ROUNDS, |c| c.rounds = rounds as u32),
                    Err(error) => settings.refuse(ROUNDS, &error),
                }
            })
        />
    }
}

fn b_hint(challenge: &ChallengeConfig) -> &'static str {
    if challenge.selection == Selection::All {
        text!("challenge.b.no-meaning")
    } else if challenge.curriculum {
        text!("challenge.b.follows")
    } else {
        text!("challenge.b.hint")
    }
}
