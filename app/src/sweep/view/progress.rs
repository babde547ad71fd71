//! How far a sweep is.

use leptos::prelude::*;

use crate::sweep::model::Phase;
use crate::sweep::state::panel::SweepPanelState;
use crate::ui::browser;

fn phase_label(phase: &Phase) -> String {
    match phase {
        Phase::Opening => text!("sweep.phase.opening").to_owned(),
        Phase::Running => text!("sweep.phase.running").to_owned(),
        Phase::Paused => text!("sweep.phase.paused").to_owned(),
        Phase::Done => text!("sweep.phase.done").to_owned(),
        Phase::Stopped => text!("sweep.phase.stopped").to_owned(),
        Phase::Broken(why) => text!("sweep.phase.broken", why = why),
    }
}

/// The state as the style sheet and the tests know it.
fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Opening => "loading",
        Phase::Running => "training",
        Phase::Paused => "paused",
        Phase::Done => "done",
        Phase::Stopped => "stopped",
        Phase::Broken(_) => "failed",
    }
}

/// State, current run, time left, and a bar.
#[component]
pub(crate) fn SweepProgress(view: SweepPanelState) -> impl IntoView {
    let machine = view.sweeper.machine;
    let phase = view.phase;
    let counted = move || {
        machine.with(|machine| {
            let machine = machine.as_ref()?;
            let (done, all) = (machine.results.len(), machine.runs);
            Some(text!("sweep.count", done = done, all = all))
        })
    };
    let at = move || {
        machine.with(|machine| {
            let machine = machine.as_ref()?;
            let runs = machine.at().filter_map(|job| {
                let seed = machine.plan.seeds.get(job.seed)?;
                let cell = machine.plan.title(job.cell);
                Some(text!("sweep.at", cell = cell, seed = seed))
            });
            Some(runs.collect::<Vec<_>>().join(" · "))
        })
    };
    let left = move || {
        machine.with(|machine| {
            let machine = machine.as_ref().filter(|it| it.phase.active())?;
            machine.left(browser::now())
        })
    };
    let share = move || machine.with(|it| it.as_ref().map_or(0.0, |it| it.progress()));
    view! {
        <div class="sweep-progress">
            <div class="progress-text">
                <span
                    class="status"
                    role="status"
                    data-testid="sweep-status"
                    data-status=move || phase.with(|phase| phase.as_ref().map(name))
                >
                    {move || phase.with(|phase| phase.as_ref().map(phase_label))}
                </span>
                <b data-testid="sweep-count">{counted}</b>
                <span data-testid="sweep-at">{at}</span>
                <span class="left" data-testid="sweep-left">{left}</span>
            </div>
            <div
                class="bar"
                role="progressbar"
                aria-label=text!("sweep.progress")
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", 100.0 * share())
            >
                <div style:width=move || format!("{:.1}%", 100.0 * share())></div>
            </div>
        </div>
    }
}
