//! A sweep: many runs over a grid of settings, as a heat map that fills in while they train.

mod card;
mod files;
mod form;
mod heat_map;
mod progress;

use leptos::prelude::*;

use crate::pure::sweep::{Cell, Measure, Phase};
use crate::session::{Session, Sweeper};
use card::CellCard;
use files::SweepFiles;
use form::Form;
use heat_map::HeatMap;
use progress::SweepProgress;

/// What the parts of the panel share.
#[derive(Clone, Copy)]
struct View {
    sweeper: Sweeper,
    /// What the heat map shows.
    measure: RwSignal<Measure>,
    /// The cell whose card is open.
    chosen: RwSignal<Option<Cell>>,
    /// What the sweep is doing; `None` before the first.
    phase: Memo<Option<Phase>>,
}

impl View {
    fn active(self) -> bool {
        self.phase
            .with(|phase| phase.as_ref().is_some_and(Phase::active))
    }
}

/// The panel.
#[component]
pub(crate) fn Sweep() -> impl IntoView {
    let sweeper = Sweeper::new(expect_context::<Session>());
    let machine = sweeper.machine;
    let view = View {
        sweeper,
        measure: RwSignal::new(Measure::NewRsc),
        chosen: RwSignal::new(None),
        phase: Memo::new(move |_| machine.with(|it| Some(it.as_ref()?.phase.clone()))),
    };
    let begun = move || view.phase.with(Option::is_some);
    // So that a folded panel still says that something goes on.
    let at_work = move || {
        machine.with(|machine| {
            let machine = machine.as_ref().filter(|it| it.phase.active())?;
            Some(format!(
                " · {} of {} runs",
                machine.results.len(),
                machine.runs
            ))
        })
    };
    view! {
        <section class="panel sweep" id="sweep" aria-label="Sweep">
            <details data-testid="sweep">
                <summary data-testid="sweep-summary">
                    "Sweep: many runs over a grid of settings, as a heat map" {at_work}
                </summary>
                <p class="lead">
                    "Choose one or two settings and their values. Every combination is trained with every seed, in an engine of its own beside the run above, and each cell shows the mean over the seeds. All other settings are taken as the controls say when the sweep starts."
                </p>
                <Form view=view />
                <Show when=begun>
                    <SweepProgress view=view />
                    <HeatMap view=view />
                    <CellCard view=view />
                    <SweepFiles view=view />
                </Show>
            </details>
        </section>
    }
}
