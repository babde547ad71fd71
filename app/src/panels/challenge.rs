//! How features are muted: which, along which axis, how many, for which images.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use rsc_core::config::{Axis, ChallengeConfig, MethodPreset, Selection, Signal as Of, Strategy};
use rsc_core::quantile::count_at_or_above;

use super::arms::Arms;
use super::formulas::Formulas;
use crate::controls::{Choice, Number, Setting, Slider, Toggle};
use crate::pure::{format, number};
use crate::session::Session;
use crate::term::Term;

const P: &str = "challenge.p";
const B: &str = "challenge.b";

/// The name that serde gives a choice.
pub(super) fn name_of<T: Serialize>(choice: T) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The choice that serde gives a name to.
pub(super) fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// A setting of the edited arm's challenge, with its way back to the default.
fn setting<T: PartialEq + 'static>(
    session: Session,
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
            get(&session.challenge()) == get(&session.default_challenge())
        }),
        to_default: Callback::new(move |()| {
            let default = untrack(|| get(&session.default_challenge()));
            session.change_challenge(field, |challenge| set(challenge, default));
        }),
        pending: Signal::from(false),
    }
}

/// What a select does: a name becomes a choice of the edited arm.
fn choose<T: DeserializeOwned + 'static>(
    session: Session,
    field: &'static str,
    set: fn(&mut ChallengeConfig, T),
) -> Callback<String> {
    Callback::new(move |name: String| {
        if let Some(choice) = named(&name) {
            session.change_challenge(field, |challenge| set(challenge, choice));
        }
    })
}

/// What a slider does.
fn slide(
    session: Session,
    field: &'static str,
    set: fn(&mut ChallengeConfig, f64),
) -> Callback<String> {
    Callback::new(
        move |text: String| match number::real(field, &text, "a value from 0 to 1") {
            Ok(value) => session.change_challenge(field, |challenge| {
                set(challenge, number::slider_fraction(value));
            }),
            Err(error) => session.refuse(field, &error),
        },
    )
}

/// The panel.
#[component]
pub(crate) fn Challenge() -> impl IntoView {
    let session = expect_context::<Session>();
    let challenge = Memo::new(move |_| session.challenge());
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
                "Challenge"
            </h2>
            <p class="lead">
                "What is " <Term of="muted">"muted"</Term> " in the "
                {move || {
                    let arm = session.edited_arm();
                    view! { <span class=arm.class()>{arm.label()}</span> }
                }}
                " " <Term of="arm">"arm"</Term> ". Every change here takes effect at the next step."
            </p>
            <Arms />
            <Methods challenge=challenge />
            <Degenerate challenge=challenge />
            <Choice
                setting=setting(session, "strategy", "challenge.strategy", "Strategy",
                    |c| c.strategy, |c, v| c.strategy = v)
                hint=Signal::derive(move || strategy_hint(challenge.get().strategy).to_owned())
                options=vec![
                    ("off", "Off (plain training)"),
                    ("random", "At random"),
                    ("top_activation", "Most active"),
                    ("top_gradient", "Most important (RSC)"),
                ]
                value=Signal::derive(move || name_of(challenge.get().strategy))
                on_choice=choose(session, "challenge.strategy", |c, v| c.strategy = v)
            />
            <Choice
                setting=setting(session, "axis", "challenge.axis", "Axis",
                    |c| c.axis, |c, v| c.axis = v)
                hint=Signal::derive(move || axis_hint(challenge.get().axis).to_owned())
                options=vec![
                    ("spatial", "Positions (spatial)"),
                    ("channel", "Channels"),
                    ("mixed", "Mixed: a coin for each batch"),
                ]
                value=Signal::derive(move || name_of(challenge.get().axis))
                on_choice=choose(session, "challenge.axis", |c, v| c.axis = v)
                disabled=off
            />
            <Slider
                setting=setting(session, "p", P, "p, share muted", |c| c.p, |c, v| c.p = v)
                hint="The share of positions or channels that goes quiet; 0 mutes nothing, 1 everything."
                value=Signal::derive(move || challenge.get().p)
                shown=Signal::derive(move || format::fraction(challenge.get().p))
                on_move=slide(session, P, |c, v| c.p = v)
                disabled=off
            />
            <MutedCount challenge=challenge />
            <Slider
                setting=setting(session, "b", B, "b, share challenged", |c| c.b, |c, v| c.b = v)
                hint=Signal::derive(move || b_hint(&challenge.get()).to_owned())
                value=Signal::derive(move || challenge.get().b)
                shown=Signal::derive(move || format::fraction(challenge.get().b))
                on_move=slide(session, B, |c, v| c.b = v)
                disabled=no_b
            />
            <Choice
                setting=setting(session, "importance", "challenge.importance", "Importance",
                    |c| c.importance, |c, v| c.importance = v)
                hint="How the gradient becomes one number per position or channel."
                options=vec![
                    ("gradient_mean", "Mean gradient"),
                    ("grad_cam", "Grad-CAM"),
                    ("gradient_times_activation", "Gradient × activation"),
                ]
                value=Signal::derive(move || name_of(challenge.get().importance))
                on_choice=choose(session, "challenge.importance", |c, v| c.importance = v)
                disabled=no_gradient
            />
            <Choice
                setting=setting(session, "signal", "challenge.signal", "Signal",
                    |c| c.signal, |c, v| c.signal = v)
                hint=Signal::derive(move || signal_hint(challenge.get().signal).to_owned())
                options=vec![
                    ("true_logit", "True class's logit"),
                    ("loss", "Loss"),
                    ("loss_decrease", "Loss decrease"),
                ]
                value=Signal::derive(move || name_of(challenge.get().signal))
                on_choice=choose(session, "challenge.signal", |c, v| c.signal = v)
                disabled=no_gradient
            />
            <Choice
                setting=setting(session, "selection", "challenge.selection", "Selection",
                    |c| c.selection, |c, v| c.selection = v)
                hint="Which images of a batch keep their mask: all, or those that it hurts most."
                options=vec![
                    ("all", "Every image"),
                    ("probability_drop", "Largest drop in probability"),
                ]
                value=Signal::derive(move || name_of(challenge.get().selection))
                on_choice=choose(session, "challenge.selection", |c, v| c.selection = v)
                disabled=off
            />
            <div class="toggles">
                <Toggle
                    id="curriculum"
                    label="Let b grow with the epochs, as the official code does: 0.3, and 0.2 more every 10 epochs."
                    value=Signal::derive(move || challenge.get().curriculum)
                    on_change=Callback::new(move |on| {
                        session.change_challenge(B, |c| c.curriculum = on);
                    })
                    disabled=everyone
                />
                <Toggle
                    id="minimum-drop"
                    label="Challenge only where the probability drops by more than 0.0001 (official code)."
                    value=Signal::derive(move || challenge.get().minimum_drop.is_some())
                    on_change=Callback::new(move |on: bool| {
                        session.change_challenge(B, |c| c.minimum_drop = on.then_some(1e-4));
                    })
                    disabled=everyone
                />
            </div>
            <Number
                setting=setting(session, "rounds", "challenge.rounds", "Rounds",
                    |c| c.rounds, |c, v| c.rounds = v)
                hint="How often the strongest of what is left is sought and muted anew, 1 to 8."
                value=Signal::derive(move || challenge.get().rounds.to_string())
                min="1"
                max="8"
                on_change=Callback::new(move |text: String| {
                    let field = "challenge.rounds";
                    match number::whole(field, &text, 1, 8) {
                        Ok(rounds) => session.change_challenge(field, |c| c.rounds = rounds as u32),
                        Err(error) => session.refuse(field, &error),
                    }
                })
            />
            <Formulas challenge=challenge />
        </section>
    }
}

/// The published ways to do it, as buttons.
#[component]
fn Methods(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let session = expect_context::<Session>();
    let methods = [
        (
            MethodPreset::Paper,
            "Paper",
            "Algorithm 1: true logit, p = b = ⅓, positions or channels by a coin",
        ),
        (
            MethodPreset::Official,
            "Official code",
            "As the paper; b grows with the epochs, drops above 0.0001 only",
        ),
        (
            MethodPreset::DomainBed,
            "DomainBed",
            "Channels, mean gradient, p = b = ⅓",
        ),
        (
            MethodPreset::Replication,
            "Replication",
            "Gradient of the loss, every image, p = 0.3: shows two traps",
        ),
        (MethodPreset::Erm, "ERM", "Plain training: nothing is muted"),
    ];
    view! {
        <div class="methods" role="group" aria-label="Published methods">
            <span class="methods-label">"As in"</span>
            {methods
                .into_iter()
                .map(|(method, title, about)| {
                    view! {
                        <button
                            class="chip"
                            data-testid=format!("method-{}", method.name())
                            title=about
                            aria-pressed=move || {
                                (challenge.get() == method.challenge()).to_string()
                            }
                            on:click=move |_| {
                                session.change_challenge("challenge", |c| *c = method.challenge());
                            }
                        >
                            {title}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// How many features that share comes to.
#[component]
fn MutedCount(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let session = expect_context::<Session>();
    let counted = move || session.lens.muted_count();
    let features = move || {
        session
            .info
            .with(|info| info.as_ref().map(|info| info.features))
    };
    let what = move || match (challenge.get().axis, features()) {
        (Axis::Spatial, Some([_, h, w])) => format!("positions muted ({h} × {w} map)"),
        (Axis::Channel, _) => String::from("channels muted"),
        (Axis::Mixed, Some([c, h, w])) => {
            let p = challenge.get().p;
            format!(
                "muted; {} positions or {} channels",
                format::of(count_at_or_above(h * w, p), h * w),
                format::of(count_at_or_above(c, p), c),
            )
        }
        (_, None) => String::from("muted"),
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
fn Degenerate(challenge: Memo<ChallengeConfig>) -> impl IntoView {
    let session = expect_context::<Session>();
    let in_training = move || {
        let arm = session.edited_in_run();
        session.latest.with(|arms| {
            let metrics = arm.and_then(|arm| arms.get(arm));
            metrics.map_or(0, |metrics| metrics.degenerate)
        })
    };
    let in_view = move || {
        session.lens.seen.with(|seen| {
            seen.as_ref()
                .is_some_and(|seen| seen.images.iter().any(|image| image.result.degenerate))
        })
    };
    let active = move || challenge.get().strategy == Strategy::TopGradient;
    let any = Memo::new(move |_| active() && (in_training() > 0 || in_view()));
    let use_grad_cam = move |_| {
        session.change_challenge("challenge.importance", |c| {
            c.importance = ChallengeConfig::default().importance;
        });
    };
    view! {
        <Show when=move || any.get()>
            <div class="callout warning" role="status" data-testid="degenerate">
                <p>
                    <b>"Everything is muted. "</b>
                    {move || match in_training() {
                        0 => String::from("On these images the importance is the same everywhere"),
                        n => format!("On {n} of the last step's images the importance was the same everywhere"),
                    }}
                    ", so there is no strongest feature, and the literal rule (keep what is strictly below the threshold) keeps nothing. It happens where a head that averages over positions follows the challenge point: its gradient is the same at every position."
                </p>
                <p>
                    "Choose Grad-CAM or gradient × activation, the channel axis, or, under Network, a head that flattens or an earlier challenge point."
                </p>
                <button on:click=use_grad_cam>"Use Grad-CAM"</button>
            </div>
        </Show>
    }
}

fn strategy_hint(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Off => "Nothing is muted: this arm trains plainly, as ERM does.",
        Strategy::Random => "A control: as many features as RSC would mute, but drawn at random.",
        Strategy::TopActivation => "A control: mutes where activations are large, useful or not.",
        Strategy::TopGradient => {
            "Mutes what the prediction leans on most, measured by the gradient."
        }
    }
}

fn axis_hint(axis: Axis) -> &'static str {
    match axis {
        Axis::Spatial => "Places in the image go quiet, all channels at once.",
        Axis::Channel => "Kinds of feature go quiet, everywhere in the image.",
        Axis::Mixed => "A seeded coin decides for each batch, as in the official code.",
    }
}

fn signal_hint(signal: Of) -> &'static str {
    match signal {
        Of::TrueLogit => {
            "The gradient of the right answer's score: large where a feature supports it."
        }
        Of::Loss => {
            "Careful: the loss grows with features that speak against the right answer, so this mutes the least supportive ones. A toy trained so stayed at chance."
        }
        Of::LossDecrease => {
            "The gradient of minus the loss: large where a feature supports the right answer."
        }
    }
}

fn b_hint(challenge: &ChallengeConfig) -> &'static str {
    if challenge.selection == Selection::All {
        "Without meaning while the selection is “every image”."
    } else if challenge.curriculum {
        "Follows the official curriculum at present; see below."
    } else {
        "The share of each batch that keeps its mask; the others are trained on whole."
    }
}
