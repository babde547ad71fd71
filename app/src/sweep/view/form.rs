//! What is to be swept, how much that is, and the buttons.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::engine::state::EngineStatus;
use crate::settings::state::Settings;
use crate::sweep::model::{
    Factor, Input, MOST_SEEDS, MOST_VALUES, Pace, Phase, Plan, Problem, SweepCost, duration,
    workers_for,
};
use crate::sweep::state::panel::{Inputs, SweepPanelState};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::model::format;
use crate::ui::notices::{Kind, Notices};

/// Topic of messages about the form.
const TOPIC: &str = "sweep form"; // not shown

/// What the form says, or what is wrong with it in the page's language.
#[derive(Clone, Copy)]
struct FormInputs {
    first: RwSignal<Factor>,
    first_values: RwSignal<String>,
    second: RwSignal<Option<Factor>>,
    second_values: RwSignal<String>,
    seeds: RwSignal<String>,
    plan: Memo<Result<Plan, Problem>>,
}

impl FormInputs {
    fn new(inputs: Inputs, training: Training) -> Self {
        let Inputs {
            first,
            first_values,
            second,
            second_values,
            seeds,
        } = inputs;
        let plan = Memo::new(move |_| {
            let second_values = second_values.get();
            Plan::read(
                training.settings.draft.get(),
                (first.get(), &first_values.get()),
                second.get().map(|factor| (factor, second_values.as_str())),
                &seeds.get(),
            )
        });
        Self {
            first,
            first_values,
            second,
            second_values,
            seeds,
            plan,
        }
    }

    /// What is wrong with an input.
    fn problem(self, input: Input) -> Option<String> {
        self.plan.with(|plan| match plan {
            Err(problem) if problem.input == input => Some(problem.message.clone()),
            _ => None,
        })
    }
}

/// The form.
#[component]
pub(crate) fn Form(view: SweepPanelState) -> impl IntoView {
    let training = expect_context::<Training>();
    let inputs = FormInputs::new(view.inputs, training);
    view! {
        <fieldset class="sweep-form" disabled=move || view.active()>
            <legend class="visually-hidden">{text!("sweep.form")}</legend>
            <FirstFactor inputs=inputs />
            <SecondFactor inputs=inputs />
            <div class="field">
                <div class="field-head">
                    <label for="sweep-seeds">{text!("sweep.seeds")}</label>
                </div>
                <Values
                    id="sweep-seeds"
                    value=inputs.seeds
                    problem=Signal::derive(move || inputs.problem(Input::Seeds))
                />
                <p class="hint">{text!("sweep.seeds.hint", most = MOST_SEEDS)}</p>
            </div>
        </fieldset>
        <p class="hint" id="sweep-values-hint">
            {text!("sweep.values.hint", most = MOST_VALUES)}
        </p>
        <Amount view=view inputs=inputs />
        <Buttons view=view inputs=inputs />
    }
}

/// Why a factor changes nothing with the settings as they are.
fn idle(settings: Settings, factor: Option<Factor>) -> Option<&'static str> {
    factor.and_then(|factor| settings.draft.with(|draft| factor.idle(draft)))
}

/// The factor of the columns, and its values.
#[component]
fn FirstFactor(inputs: FormInputs) -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
            <div class="field">
                <div class="field-head">
                    <label for="sweep-first">{text!("sweep.first")}</label>
                </div>
                <select
                    id="sweep-first"
                    data-testid="sweep-first"
                    on:change=move |event| {
                        if let Some(factor) = Factor::from_name(&event_target_value(&event)) {
                            inputs.first.set(factor);
                            inputs.first_values.set(factor.values().to_owned());
                        }
                    }
                >
                    {options(Signal::derive(move || Some(inputs.first.get())))}
                </select>
                <Values
                    id="sweep-first-values"
                    label=text!("sweep.first-values")
                    value=inputs.first_values
                    problem=Signal::derive(move || inputs.problem(Input::First))
                />
                <p class="sweep-idle">{move || idle(settings, Some(inputs.first.get()))}</p>
            </div>
    }
}

/// The factor of the rows, if there is one, and its values.
#[component]
fn SecondFactor(inputs: FormInputs) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let no_second = Signal::derive(move || inputs.second.get().is_none());
    view! {
            <div class="field">
                <div class="field-head">
                    <label for="sweep-second">{text!("sweep.second")}</label>
                </div>
                <select
                    id="sweep-second"
                    data-testid="sweep-second"
                    aria-invalid=move || inputs.problem(Input::Second).map(|_| "true")
                    on:change=move |event| {
                        let factor = Factor::from_name(&event_target_value(&event));
                        inputs.second.set(factor);
                        inputs.second_values.set(factor.map_or("", Factor::values).to_owned());
                    }
                >
                    <option value="none" prop:selected=no_second>
                        {text!("sweep.second.none")}
                    </option>
                    {options(inputs.second.into())}
                </select>
                <Values
                    id="sweep-second-values"
                    label=text!("sweep.second-values")
                    value=inputs.second_values
                    disabled=no_second
                    problem=Signal::derive(move || {
                        inputs.problem(Input::Second).or_else(|| inputs.problem(Input::SecondValues))
                    })
                />
                <p class="sweep-idle">{move || idle(settings, inputs.second.get())}</p>
            </div>
    }
}

/// The settings on offer.
fn options(chosen: Signal<Option<Factor>>) -> impl IntoView {
    Factor::ALL
        .into_iter()
        .map(|factor| {
            view! {
                <option value=factor.name() prop:selected=move || chosen.get() == Some(factor)>
                    {factor.label()}
                </option>
            }
        })
        .collect_view()
}

/// Values as text, and what is wrong with them.
#[component]
fn Values(
    /// `data-testid` and `id`.
    id: &'static str,
    /// Its name, where it has no label of its own.
    #[prop(optional)]
    label: Option<&'static str>,
    value: RwSignal<String>,
    problem: Signal<Option<String>>,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <input
            type="text"
            id=id
            data-testid=id
            aria-label=label
            aria-describedby=format!("{id}-problem sweep-values-hint")
            aria-invalid=move || problem.with(Option::is_some).then_some("true")
            autocomplete="off"
            spellcheck="false"
            disabled=disabled
            prop:value=value
            on:change=move |event| value.set(event_target_value(&event))
        />
        <p class="refusal" role="alert" id=format!("{id}-problem")>
            {move || problem.get()}
        </p>
    }
}

/// How many runs that is, and about how long they take.
#[component]
fn Amount(view: SweepPanelState, inputs: FormInputs) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let load = Memo::new(move |_| {
        let own = view.sweeper.own_images();
        inputs.plan.with(|plan| {
            plan.as_ref()
                .ok()
                .map(|plan| (SweepCost::of(plan, own), plan.seeds.len()))
        })
    });
    // What a reset forgets is still the best guess.
    let pace = Memo::new(move |before: Option<&Option<Pace>>| {
        let step_ms = training.progress.get().step_ms;
        let now = settings.applied.with(|applied| {
            applied
                .as_ref()
                .and_then(|config| Pace::new(step_ms, config))
        });
        now.or_else(|| before.copied().flatten())
    });
    let runs = move || {
        let Some((load, seeds)) = load.get() else {
            return String::new();
        };
        let grid = format!(
            "{} × {}",
            plural!("sweep.cells", load.cells),
            plural!("sweep.seeds-of", seeds),
        );
        let runs = plural!("sweep.runs", load.runs);
        let mut inputs = match load.steps {
            Some(steps) if load.even => {
                let steps = plural!("sweep.steps", steps as usize / load.runs.max(1));
                text!("sweep.amount.each", grid = grid, runs = runs, steps = steps)
            }
            Some(steps) => {
                let steps = plural!("sweep.steps", steps as usize);
                text!("sweep.amount.all", grid = grid, runs = runs, steps = steps)
            }
            None => text!("sweep.amount", grid = grid, runs = runs),
        };
        if load.refused > 0 {
            inputs.push(' ');
            inputs.push_str(&plural!("sweep.refused", load.refused));
        }
        inputs
    };
    // How many workers the sweep has for one of the run on the page.
    let more_workers = move |runs: usize| {
        let kind = training.engine.status.with(|status| match status {
            EngineStatus::Ready { device, .. } => Some(device.kind),
            _ => None,
        })?;
        let workers =
            |config: &RunConfig, parts| workers_for(config, kind, browser::cores(), parts) as f64;
        let page = settings.applied.with(|applied| {
            applied
                .as_ref()
                .map(|config| workers(config, config.arms.len()))
        })?;
        let plan = inputs
            .plan
            .with(|plan| plan.as_ref().ok().map(|it| workers(&it.base, runs)))?;
        Some(plan / page)
    };
    let time = move || {
        let (load, _) = load.get()?;
        let seconds = pace.get().and_then(|pace| {
            let workers = more_workers(load.runs).unwrap_or(1.0);
            Some((load.seconds(pace)? / workers, pace))
        });
        Some(match seconds {
            Some((seconds, pace)) => text!(
                "sweep.estimate",
                time = duration(seconds),
                ms = format::milliseconds(pace.step_ms()),
            ),
            None => text!("sweep.no-estimate").to_owned(),
        })
    };
    let shares = move || {
        let shares = inputs
            .plan
            .with(|plan| plan.as_ref().is_ok_and(Plan::shares));
        shares.then(|| text!("sweep.shares"))
    };
    view! {
        <div class="sweep-amount" data-testid="sweep-amount">
            <p>
                <b data-testid="sweep-runs">{runs}</b>
            </p>
            <p class="hint" data-testid="sweep-shares">{shares}</p>
            <p class="hint" data-testid="sweep-estimate">{time}</p>
            <p class="refusal" role="alert">{move || inputs.problem(Input::Grid)}</p>
        </div>
    }
}

/// Start, pause, stop, go on.
#[component]
fn Buttons(view: SweepPanelState, inputs: FormInputs) -> impl IntoView {
    let notices = expect_context::<Notices>();
    let sweeper = view.sweeper;
    let is = move |wanted: fn(&Phase) -> bool| {
        view.phase.with(|phase| phase.as_ref().is_some_and(wanted))
    };
    let paused = move || is(|phase| *phase == Phase::Paused);
    let holdable = move || is(|phase| matches!(phase, Phase::Running | Phase::Paused));
    let begun = move || view.phase.with(Option::is_some) && !view.active();
    let unfinished = Memo::new(move |_| {
        sweeper.machine.with(|machine| {
            machine
                .as_ref()
                .is_some_and(|it| !it.phase.active() && it.unfinished())
        })
    });
    let start = move |_| match inputs.plan.get_untracked() {
        Ok(plan) => {
            notices.clear(TOPIC);
            view.chosen.set(None);
            sweeper.start(plan);
        }
        Err(problem) => {
            let message = problem.message;
            let problem = match problem.input {
                Input::First => text!("sweep.problem.first-values", problem = message),
                Input::Second => text!("sweep.problem.second", problem = message),
                Input::SecondValues => text!("sweep.problem.second-values", problem = message),
                Input::Seeds => text!("sweep.problem.seeds", problem = message),
                Input::Grid => message,
            };
            notices.say_about(
                TOPIC,
                Kind::Warning,
                text!("sweep.not-started", problem = problem),
            );
        }
    };
    view! {
        <div class="sweep-buttons">
            <button
                class="primary"
                data-testid="sweep-start"
                disabled=move || view.active()
                on:click=start
            >
                {move || if begun() { text!("sweep.start-anew") } else { text!("sweep.start") }}
            </button>
            <button
                data-testid="sweep-continue"
                class:absent=move || !unfinished.get()
                on:click=move |_| sweeper.resume_missing_runs()
            >
                {text!("sweep.go-on")}
            </button>
            <button
                data-testid="sweep-pause"
                disabled=move || !holdable()
                on:click=move |_| sweeper.toggle()
            >
                {move || if paused() { text!("sweep.resume") } else { text!("sweep.pause") }}
            </button>
            <button
                data-testid="sweep-stop"
                disabled=move || !view.active()
                on:click=move |_| sweeper.stop()
            >
                {text!("sweep.stop")}
            </button>
            <Show when=begun>
                <span class="hint">{text!("sweep.start-anew.hint")}</span>
            </Show>
        </div>
    }
}
