//! How the gradient of the feature map becomes an importance.

use leptos::prelude::*;

use rsc_core::config::{ChallengeConfig, Importance, Signal as Of, Strategy};

use super::field::{choose, setting};
use crate::settings::model::choice_name::name_of;
use crate::settings::state::Settings;
use crate::settings::widgets::Choice;
use crate::ui::text::text_of;

/// The importance, and the value whose gradient is taken.
#[component]
pub(super) fn Gradient(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let no_gradient = Signal::derive(move || challenge.get().strategy != Strategy::TopGradient);
    view! {
        <Choice
            setting=setting(settings, "importance", "challenge.importance", text!("challenge.importance.label"),
                |c| c.importance, |c, v| c.importance = v)
            hint=text!("challenge.importance.hint")
            options=Importance::ALL.map(option).to_vec()
            value=Signal::derive(move || name_of(challenge.get().importance))
            on_choice=choose(settings, "challenge.importance", |c, v| c.importance = v)
            disabled=no_gradient
        />
        <Choice
            setting=setting(settings, "signal", "challenge.signal", text!("challenge.signal.label"),
                |c| c.signal, |c, v| c.signal = v)
            hint=Signal::derive(move || signal_hint(challenge.get().signal).to_owned())
            options=vec![
                ("true_logit", text!("challenge.signal.true-logit")),
                ("loss", text!("challenge.signal.loss")),
                ("loss_decrease", text!("challenge.signal.loss-decrease")),
            ]
            value=Signal::derive(move || name_of(challenge.get().signal))
            on_choice=choose(settings, "challenge.signal", |c, v| c.signal = v)
            disabled=no_gradient
        />
    }
}

/// Name and label of an importance.
fn option(rule: Importance) -> (&'static str, &'static str) {
    let key = rule.name().replace('_', "-");
    (rule.name(), text_of(&format!("challenge.importance.{key}")))
}

fn signal_hint(signal: Of) -> &'static str {
    match signal {
        Of::TrueLogit => {
            text!("challenge.signal.true-logit-hint")
        }
        Of::Loss => {
            text!("challenge.signal.loss-hint")
        }
        Of::LossDecrease => {
            text!("challenge.signal.loss-decrease-hint")
        }
    }
}
