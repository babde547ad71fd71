//! Which features are muted: the axis and the share, and the strategy.

use leptos::prelude::*;

use rsc_core::config::{Axis, ChallengeConfig, Strategy};
use rsc_core::quantile::count_at_or_above;

use super::field::{choose, setting, slide};
use super::observed::Observed;
use crate::settings::model::choice_name::name_of;
use crate::settings::state::Settings;
use crate::settings::widgets::{Choice, Slider};
use crate::ui::model::format;

const P: &str = "challenge.p";

/// By what the muted features are chosen.
#[component]
pub(super) fn MutedBy(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
        <Choice
            setting=setting(settings, "strategy", "challenge.strategy", text!("challenge.strategy.label"),
                |c| c.strategy, |c, v| c.strategy = v)
            hint=Signal::derive(move || strategy_hint(challenge.get().strategy).to_owned())
            options=vec![
                ("off", text!("challenge.strategy.off")),
                ("random", text!("challenge.strategy.random")),
                ("top_activation", text!("challenge.strategy.top-activation")),
                ("top_gradient", text!("challenge.strategy.top-gradient")),
            ]
            value=Signal::derive(move || name_of(challenge.get().strategy))
            on_choice=choose(settings, "challenge.strategy", |c, v| c.strategy = v)
        />
    }
}

/// The axis, p, and how many features p comes to.
#[component]
pub(super) fn Features(challenge: Memo<ChallengeConfig>, observed: Observed) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let off = Signal::derive(move || challenge.get().strategy == Strategy::Off);
    view! {
        <Choice
            setting=setting(settings, "axis", "challenge.axis", text!("challenge.axis.label"),
                |c| c.axis, |c, v| c.axis = v)
            hint=Signal::derive(move || axis_hint(challenge.get().axis).to_owned())
            options=vec![
                ("spatial", text!("challenge.axis.spatial")),
                ("channel", text!("challenge.axis.channel")),
                ("mixed", text!("challenge.axis.mixed")),
            ]
            value=Signal::derive(move || name_of(challenge.get().axis))
            on_choice=choose(settings, "challenge.axis", |c, v| c.axis = v)
            disabled=off
        />
        <div class="p-dock">
            <MutedShare />
        </div>
        <MutedCount challenge=challenge observed=observed />
    }
}

/// p, the share of features that are muted.
#[component]
pub(crate) fn MutedShare() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let challenge = Memo::new(move |_| settings.challenge());
    let off = Signal::derive(move || challenge.get().strategy == Strategy::Off);
    view! {
        <Slider
            setting=setting(settings, "p", P, text!("challenge.p.label"), |c| c.p, |c, v| c.p = v)
            hint=text!("challenge.p.hint")
            value=Signal::derive(move || challenge.get().p)
            shown=Signal::derive(move || format::fraction(challenge.get().p))
            on_move=slide(settings, P, |c, v| c.p = v)
            disabled=off
        />
    }
}

/// How many features that share comes to.
#[component]
fn MutedCount(challenge: Memo<ChallengeConfig>, observed: Observed) -> impl IntoView {
    let counted = move || observed.muted.get();
    let features = move || observed.features.get();
    let what = move || match (challenge.get().axis, features()) {
        (Axis::Spatial, Some([_, h, w])) => text!("challenge.muted.positions", h = h, w = w),
        (Axis::Channel, _) => text!("challenge.muted.channels").to_owned(),
        (Axis::Mixed, Some([c, h, w])) => {
            let p = challenge.get().p;
            text!(
                "challenge.muted.mixed",
                positions = format::of(count_at_or_above(h * w, p), h * w),
                channels = format::of(count_at_or_above(c, p), c),
            )
        }
        (_, None) => text!("challenge.muted.only").to_owned(),
    };
    view! {
        <p class="muted-line">
            <span class="swatch muted" aria-hidden="true"></span>
            <b data-testid="muted-count">
                {move || counted().map_or_else(|| String::from("–"), |(m, n)| format::of(m, n))}
            </b>
            " "
            {what}
        </p>
    }
}

fn strategy_hint(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Off => text!("challenge.strategy.off-hint"),
        Strategy::Random => text!("challenge.strategy.random-hint"),
        Strategy::TopActivation => text!("challenge.strategy.top-activation-hint"),
        Strategy::TopGradient => {
            text!("challenge.strategy.top-gradient-hint")
        }
    }
}

fn axis_hint(axis: Axis) -> &'static str {
    match axis {
        Axis::Spatial => text!("challenge.axis.spatial-hint"),
        Axis::Channel => text!("challenge.axis.channel-hint"),
        Axis::Mixed => text!("challenge.axis.mixed-hint"),
    }
}
