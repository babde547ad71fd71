//! How features are muted: which, along which axis, how many, for which images.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use rsc_core::config::{Axis, ChallengeConfig, MethodPreset, Selection, Signal as Of, Strategy};
use rsc_core::quantile::count_at_or_above;

use crate::settings::model::choice_name::{name_of, named};
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::view::arms::Arms;
use crate::settings::widgets::{Choice, Number, Setting, Slider, Switch};
use crate::ui::model::format;
use crate::ui::term::Term;
use crate::ui::text::text_of;

// In the words of the engine's checks; `refuse` translates them.
const FRACTION: &str = "a value from 0 to 1"; // not shown
const P: &str = "challenge.p";
const B: &str = "challenge.b";
const CURRICULUM: &str = "challenge.curriculum";
const MINIMUM_DROP: &str = "challenge.minimum_drop";

/// A setting of the edited arm's challenge, with its way back to the default.
fn setting<T: PartialEq + 'static>(
    settings: Settings,
    id: &'static str,
    field: &'static str,
    label: &'static str,
    get: fn(&ChallengeConfig) -> T,
    set: fn(&mut ChallengeConfig, T),
) -> Setting {
    Setting {
        id,
        field,
        label,
        at_default: Signal::derive(move || {
            get(&settings.challenge()) == get(&settings.default_challenge())
        }),
        to_default: Callback::new(move |()| {
            let default = untrack(|| get(&settings.default_challenge()));
            settings.change_challenge(field, |challenge| set(challenge, default));
        }),
        pending: Signal::from(false),
    }
}

/// What a select does: a name becomes a choice of the edited arm.
fn choose<T: DeserializeOwned + 'static>(
    settings: Settings,
    field: &'static str,
    set: fn(&mut ChallengeConfig, T),
) -> Callback<String> {
    Callback::new(move |name: String| {
        if let Some(choice) = named(&name) {
            settings.change_challenge(field, |challenge| set(challenge, choice));
        }
    })
}

/// What a slider does.
fn slide(
    settings: Settings,
    field: &'static str,
    set: fn(&mut ChallengeConfig, f64),
) -> Callback<String> {
    Callback::new(
        move |text: String| match number::real(field, &text, FRACTION) {
            // not shown
            Ok(value) => settings.change_challenge(field, |challenge| {
                set(challenge, number::slider_fraction(value));
            }),
            Err(error) => settings.refuse(field, &error),
        },
    )
}

/// What a run and the masks show of the challenge that is set.
#[derive(Clone, Copy)]
pub(crate) struct Observed {
    /// Muted and all features of the first image that is shown.
    pub(crate) muted: Signal<Option<(usize, usize)>>,
    /// `[channels, height, width]` of the run's feature map.
    pub(crate) features: Signal<Option<[usize; 3]>>,
    /// Samples of the last batch whose importance was constant.
    pub(crate) degenerate_in_batch: Signal<u32>,
    /// Whether the importance of an image that is shown is constant.
    pub(crate) degenerate_in_view: Signal<bool>,
}

/// The panel.
#[component]
pub(crate) fn Challenge(
    /// What the run and the masks show of it.
    observed: Observed,
    /// What stands at its end.
    children: Children,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let challenge = Memo::new(move |_| settings.challenge());
    let off = Signal::derive(move || challenge.get().strategy == Strategy::Off);
    let no_gradient = Signal::derive(move || challenge.get().strategy != Strategy::TopGradient);
    let no_b = Signal::derive(move || {
        let challenge = challenge.get();
        challenge.strategy == Strategy::Off
            || challenge.selection == Selection::All
            || challenge.curriculum
    });
    let everyone = Signal::derive(move || {
        let challenge = challenge.get();
        challenge.strategy == Strategy::Off || challenge.selection == Selection::All
    });

    view! {
        <section
            class="panel challenge"
            aria-labelledby="challenge-title"
            data-testid="challenge-panel"
        >
            <h2 id="challenge-title">
                <span class="number">"2"</span>
                {text!("challenge.title")}
            </h2>
            <p class="lead">
                {text!("challenge.lead.what")}
                <Term of="muted">{text!("challenge.lead.muted")}</Term>
                {text!("challenge.lead.where")}
                {move || {
                    let arm = settings.edited_arm();
                    let label = text!("challenge.lead.before-arm", name = arm.label());
                    view! { <span class=arm.class()>{label}</span> }
                }}
                <Term of="arm">{text!("challenge.lead.arm")}</Term>
                {text!("challenge.lead.when")}
            </p>
            <Arms />
            <Methods challenge=challenge />
            <Degenerate challenge=challenge observed=observed />
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
            <Slider
                setting=setting(settings, "p", P, text!("challenge.p.label"), |c| c.p, |c, v| c.p = v)
                hint=text!("challenge.p.hint")
                value=Signal::derive(move || challenge.get().p)
                shown=Signal::derive(move || format::fraction(challenge.get().p))
                on_move=slide(settings, P, |c, v| c.p = v)
                disabled=off
            />
            <MutedCount challenge=challenge observed=observed />
            <Slider
                setting=setting(settings, "b", B, text!("challenge.b.label"), |c| c.b, |c, v| c.b = v)
                hint=Signal::derive(move || b_hint(&challenge.get()).to_owned())
                value=Signal::derive(move || challenge.get().b)
                shown=Signal::derive(move || format::fraction(challenge.get().b))
                on_move=slide(settings, B, |c, v| c.b = v)
                disabled=no_b
            />
            <Choice
                setting=setting(settings, "importance", "challenge.importance", text!("challenge.importance.label"),
                    |c| c.importance, |c, v| c.importance = v)
                hint=text!("challenge.importance.hint")
                options=vec![
                    ("gradient_mean", text!("challenge.importance.gradient-mean")),
                    ("grad_cam", text!("challenge.importance.grad-cam")),
                    ("gradient_times_activation", text!("challenge.importance.gradient-times-activation")),
                ]
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
            <Number
                setting=setting(settings, "rounds", "challenge.rounds", text!("challenge.rounds.label"),
                    |c| c.rounds, |c, v| c.rounds = v)
                hint=text!("challenge.rounds.hint")
                value=Signal::derive(move || challenge.get().rounds.to_string())
                min="1"
                max="8"
                on_change=Callback::new(move |text: String| {
                    let field = "challenge.rounds";
                    match number::whole(field, &text, 1, 8) {
                        Ok(rounds) => settings.change_challenge(field, |c| c.rounds = rounds as u32),
                        Err(error) => settings.refuse(field, &error),
                    }
                })
            />
            {children()}
        </section>
    }
}

/// The published ways to do it, as buttons.
#[component]
fn Methods(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let methods = [
        MethodPreset::Paper,
        MethodPreset::Official,
        MethodPreset::DomainBed,
        MethodPreset::Replication,
        MethodPreset::Erm,
    ];
    view! {
        <div class="methods" role="group" aria-label=text!("challenge.methods")>
            <span class="methods-label">{text!("challenge.as-in")}</span>
            {methods
                .into_iter()
                .map(|method| {
                    let id = method.name();
                    view! {
                        <button
                            class="chip"
                            data-testid=format!("method-{id}")
                            title=text_of(&format!("challenge.method.{id}.about"))
                            aria-pressed=move || {
                                (challenge.get() == method.challenge()).to_string()
                            }
                            on:click=move |_| {
                                settings.change_challenge("challenge", |c| *c = method.challenge());
                            }
                        >
                            {text_of(&format!("challenge.method.{id}.title"))}
                        </button>
                    }
                })
                .collect_view()}
        </div>
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

/// What happened where there was no strongest feature, and what to choose instead.
#[component]
fn Degenerate(challenge: Memo<ChallengeConfig>, observed: Observed) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let in_training = move || observed.degenerate_in_batch.get();
    let in_view = move || observed.degenerate_in_view.get();
    let active = move || challenge.get().strategy == Strategy::TopGradient;
    let any = Memo::new(move |_| active() && (in_training() > 0 || in_view()));
    let use_grad_cam = move |_| {
        settings.change_challenge("challenge.importance", |c| {
            c.importance = ChallengeConfig::default().importance;
        });
    };
    view! {
        <Show when=move || any.get()>
            <div class="callout warning" role="status" data-testid="degenerate">
                <p>
                    <b>{text!("challenge.degenerate.title")}</b>
                    {move || match in_training() {
                        0 => text!("challenge.degenerate.in-view").to_owned(),
                        n => text!("challenge.degenerate.in-training", n = n),
                    }}
                    {text!("challenge.degenerate.why")}
                </p>
                <p>
                    {text!("challenge.degenerate.remedy")}
                </p>
                <button on:click=use_grad_cam>{text!("challenge.degenerate.use-grad-cam")}</button>
            </div>
        </Show>
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

fn b_hint(challenge: &ChallengeConfig) -> &'static str {
    if challenge.selection == Selection::All {
        text!("challenge.b.no-meaning")
    } else if challenge.curriculum {
        text!("challenge.b.follows")
    } else {
        text!("challenge.b.hint")
    }
}
