//! The methods that RSC is compared with: what the edited arm minimises, and what is dropped at random.

use leptos::prelude::*;

use rsc_core::config::{ArmConfig, Objective, Paper, Regularizer};

use crate::settings::model::domains::training_domains;
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Choice, Number, Setting, Switch};
use crate::ui::text::text_of;

const OBJECTIVE: &str = "objective.kind";
const PARAMETER: &str = "objective.parameter";
const ANNEAL: &str = "objective.anneal_steps";
const REGULARIZER: &str = "regularizer.kind";
const RATE: &str = "regularizer.rate";
const BLOCK: &str = "regularizer.block";
// In the words of the engine's checks, which decide; `refuse` translates them.
const ANY: &str = "a value from 0 to 1000000"; // not shown

/// A setting of the edited arm that only a reset can change, with its way back to plain training.
fn arm_setting<T: PartialEq + Send + Sync + 'static>(
    settings: Settings,
    id: &'static str,
    field: &'static str,
    label: &'static str,
    get: fn(&ArmConfig) -> T,
    set: fn(&mut ArmConfig, T),
    usual: fn(&ArmConfig) -> T,
) -> Setting {
    let edited = Memo::new(move |_| settings.edited_arm().index);
    Setting {
        id,
        field,
        label,
        at_default: Signal::derive(move || {
            let arm = settings.edited_config();
            get(&arm) == usual(&arm)
        }),
        to_default: Callback::new(move |()| {
            settings.change_arm(field, |arm| {
                let usual = usual(arm);
                set(arm, usual);
            });
        }),
        pending: Signal::derive(move || {
            let index = edited.get();
            settings.pending(|config| config.arms.get(index).map(get))
        }),
    }
}

/// The numbers of the objective that an arm has, as DomainBed has them.
fn usual_objective(arm: &ArmConfig) -> Objective {
    Objective::from_name(arm.objective.name()).unwrap_or_default()
}

fn usual_regularizer(arm: &ArmConfig) -> Regularizer {
    Regularizer::from_name(arm.regularizer.name()).unwrap_or_default()
}

/// What a typed number does to the edited arm.
fn typed(
    settings: Settings,
    field: &'static str,
    set: fn(&mut ArmConfig, f64),
) -> Callback<String> {
    Callback::new(move |text: String| match number::real(field, &text, ANY) {
        Ok(value) => settings.change_arm(field, |arm| set(arm, value)),
        Err(error) => settings.refuse(field, &error),
    })
}

/// `group_dro` is `group-dro` in the keys of texts.
fn key(name: &str) -> String {
    name.replace('_', "-")
}

/// Objective and regulariser of the edited arm, folded away at first.
#[component]
pub(crate) fn OtherMethods() -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
        <details class="more" data-testid="other-methods">
            <summary>{text!("objective.title")}</summary>
            <p class="lead">
                {move || text!("objective.lead", name = settings.edited_arm().label())}
            </p>
            <div class="fields">
                <ObjectiveFields />
                <RegularizerFields />
            </div>
            <ByDomain />
        </details>
    }
}

#[component]
fn ObjectiveFields() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let objective = Memo::new(move |_| settings.edited_config().objective);
    let name = Memo::new(move |_| objective.get().name());
    let option = |it: Objective| {
        (
            it.name(),
            text_of(&format!("objective.name.{}", key(it.name()))),
        )
    };
    let setting = arm_setting(
        settings,
        "objective",
        OBJECTIVE,
        text!("objective.label"),
        |arm| arm.objective.name(),
        |arm, name| arm.objective = Objective::from_name(name).unwrap_or_default(),
        |_| Objective::Erm.name(),
    );
    let choose = Callback::new(move |name: String| {
        for field in [PARAMETER, ANNEAL] {
            settings.accept(field);
        }
        if let Some(objective) = Objective::from_name(&name) {
            settings.change_arm(OBJECTIVE, |arm| arm.objective = objective);
        }
    });
    view! {
        <Choice
            setting=setting
            hint=Signal::derive(move || {
                text_of(&format!("objective.hint.{}", key(name.get()))).to_owned()
            })
            options=Objective::ALL.map(option).to_vec()
            value=Signal::derive(move || name.get().to_owned())
            on_choice=choose
        />
        {move || {
            let now = untrack(|| objective.get());
            (name.get() == now.name()).then(|| numbers_of_objective(settings, now, objective))
        }}
        <p class="hint wide">
            <PaperLink paper=Signal::derive(move || objective.get().paper()) />
            <Show when=move || objective.get().compares_domains()>
                <span data-testid="objective-domains">
                    {move || {
                        let domains = settings.draft.with(training_domains);
                        if domains == Some(1) {
                            text!("objective.one-domain")
                        } else {
                            text!("objective.by-domain")
                        }
                    }}
                </span>
            </Show>
        </p>
    }
}

/// The weight, rate or threshold of an objective, and how long it is annealed.
fn numbers_of_objective(
    settings: Settings,
    now: Objective,
    objective: Memo<Objective>,
) -> impl IntoView {
    let parameter = now.parameter().map(|parameter| {
        let texts = format!("objective.{}", parameter.name);
        let setting = arm_setting(
            settings,
            "objective-parameter",
            PARAMETER,
            text_of(&format!("{texts}.label")),
            |arm| arm.objective.parameter().map(|it| it.value),
            |arm, value| {
                if let Some(value) = value {
                    arm.objective = arm.objective.with_parameter(value);
                }
            },
            |arm| usual_objective(arm).parameter().map(|it| it.value),
        );
        let value = move || objective.get().parameter().map(|it| it.value.to_string());
        view! {
            <Number
                setting=setting
                hint=text_of(&format!("{texts}.hint"))
                value=Signal::derive(move || value().unwrap_or_default())
                min="0"
                max="1000000"
                step="any"
                on_change=typed(settings, PARAMETER, |arm, value| {
                    arm.objective = arm.objective.with_parameter(value);
                })
            />
        }
    });
    let anneal = now.anneal_steps().map(|_| {
        let setting = arm_setting(
            settings,
            "objective-anneal",
            ANNEAL,
            text!("objective.anneal.label"),
            |arm| arm.objective.anneal_steps(),
            |arm, steps| arm.objective = arm.objective.with_anneal_steps(steps.unwrap_or(0)),
            |arm| usual_objective(arm).anneal_steps(),
        );
        let value = move || objective.get().anneal_steps().map(|it| it.to_string());
        view! {
            <Number
                setting=setting
                hint=text!("objective.anneal.hint")
                value=Signal::derive(move || value().unwrap_or_default())
                min="0"
                max="10000000"
                on_change=Callback::new(move |text: String| {
                    match number::whole(ANNEAL, &text, 0, 10_000_000) {
                        Ok(steps) => {
                            settings
                                .change_arm(
                                    ANNEAL,
                                    |arm| {
                                        arm.objective = arm
                                            .objective
                                            .with_anneal_steps(steps as u32);
                                    },
                                );
                        }
                        Err(error) => settings.refuse(ANNEAL, &error),
                    }
                })
            />
        }
    });
    (parameter, anneal)
}

#[component]
fn RegularizerFields() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let regularizer = Memo::new(move |_| settings.edited_config().regularizer);
    let name = Memo::new(move |_| regularizer.get().name());
    let option = |it: Regularizer| {
        let key = format!("objective.regularizer.name.{}", key(it.name()));
        (it.name(), text_of(&key))
    };
    let setting = arm_setting(
        settings,
        "regularizer",
        REGULARIZER,
        text!("objective.regularizer.label"),
        |arm| arm.regularizer.name(),
        |arm, name| arm.regularizer = Regularizer::from_name(name).unwrap_or_default(),
        |_| Regularizer::None.name(),
    );
    let choose = Callback::new(move |name: String| {
        for field in [RATE, BLOCK] {
            settings.accept(field);
        }
        if let Some(regularizer) = Regularizer::from_name(&name) {
            settings.change_arm(REGULARIZER, |arm| arm.regularizer = regularizer);
        }
    });
    view! {
        <Choice
            setting=setting
            hint=Signal::derive(move || {
                text_of(&format!("objective.regularizer.hint.{}", key(name.get()))).to_owned()
            })
            options=Regularizer::ALL.map(option).to_vec()
            value=Signal::derive(move || name.get().to_owned())
            on_choice=choose
        />
        {move || {
            let now = untrack(|| regularizer.get());
            (name.get() == now.name()).then(|| numbers_of_regularizer(settings, now, regularizer))
        }}
        <p class="hint wide">
            <PaperLink paper=Signal::derive(move || regularizer.get().paper()) />
        </p>
    }
}

/// The rate of a regulariser, and the side of its squares.
fn numbers_of_regularizer(
    settings: Settings,
    now: Regularizer,
    regularizer: Memo<Regularizer>,
) -> impl IntoView {
    let rate = now.rate().map(|_| {
        let setting = arm_setting(
            settings,
            "regularizer-rate",
            RATE,
            text!("objective.rate.label"),
            |arm| arm.regularizer.rate(),
            |arm, rate| arm.regularizer = arm.regularizer.with_rate(rate.unwrap_or(0.0)),
            |arm| usual_regularizer(arm).rate(),
        );
        let value = move || regularizer.get().rate().map(|it| it.to_string());
        view! {
            <Number
                setting=setting
                hint=text!("objective.rate.hint")
                value=Signal::derive(move || value().unwrap_or_default())
                min="0"
                max="1"
                step="any"
                on_change=typed(settings, RATE, |arm, rate| {
                    arm.regularizer = arm.regularizer.with_rate(rate);
                })
            />
        }
    });
    let block = now.block().map(|_| {
        let setting = arm_setting(
            settings,
            "regularizer-block",
            BLOCK,
            text!("objective.block.label"),
            |arm| arm.regularizer.block(),
            |arm, side| arm.regularizer = arm.regularizer.with_block(side.unwrap_or(1)),
            |arm| usual_regularizer(arm).block(),
        );
        let value = move || regularizer.get().block().map(|it| it.to_string());
        view! {
            <Number
                setting=setting
                hint=text!("objective.block.hint")
                value=Signal::derive(move || value().unwrap_or_default())
                min="1"
                max="112"
                on_change=Callback::new(move |text: String| {
                    match number::whole(BLOCK, &text, 1, 112) {
                        Ok(side) => {
                            settings
                                .change_arm(
                                    BLOCK,
                                    |arm| {
                                        arm.regularizer = arm.regularizer.with_block(side as usize);
                                    },
                                );
                        }
                        Err(error) => settings.refuse(BLOCK, &error),
                    }
                })
            />
        }
    });
    (rate, block)
}

/// How batches are drawn, which concerns all arms.
#[component]
fn ByDomain() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let field = "training.per_domain_batches";
    let setting = run_setting(
        settings,
        "by-domain",
        field,
        text!("objective.batches"),
        |c| c.training.per_domain_batches,
        |c, v| c.training.per_domain_batches = v,
    );
    view! {
        <Switch
            setting=setting
            label=text!("objective.batches")
            value=Signal::derive(move || settings.draft.with(|d| d.training.per_domain_batches))
            on_change=Callback::new(move |on| {
                settings.change(field, |c| c.training.per_domain_batches = on);
            })
        />
    }
}

/// Where a method was published.
#[component]
fn PaperLink(paper: Signal<Option<Paper>>) -> impl IntoView {
    move || {
        paper.get().map(|paper| {
            view! {
                <span>
                    {text!("objective.paper")}
                    <a href=paper.address rel="noreferrer">
                        {paper.authors}
                    </a>
                    ". "
                </span>
            }
        })
    }
}
