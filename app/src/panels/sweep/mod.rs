//! A sweep: many runs over a grid of settings, as a heat map that fills in while they train.

mod card;
mod files;
mod form;
mod heat_map;
mod progress;

use leptos::prelude::*;

use crate::pure::sweep::{Cell, Measure, Phase};
use crate::session::{Session, Sweeper};
use crate::term::Term;
use card::CellCard;
use files::SweepFiles;
use form::{Form, Inputs};
use heat_map::HeatMap;
use progress::SweepProgress;

/// What the parts of the panel share. It outlives a change of the page's language.
#[derive(Clone, Copy)]
pub(crate) struct View {
    sweeper: Sweeper,
    /// What stands in the form.
    inputs: Inputs,
    /// What the heat map shows.
    measure: RwSignal<Measure>,
    /// The cell whose card is open.
    chosen: RwSignal<Option<Cell>>,
    /// What the sweep is doing; `None` before the first.
    phase: Memo<Option<Phase>>,
}

impl View {
    /// Before the first sweep.
    pub(crate) fn new(session: Session) -> Self {
        let sweeper = Sweeper::new(session);
        let machine = sweeper.machine;
        Self {
            sweeper,
            inputs: Inputs::new(),
            measure: RwSignal::new(Measure::NewRsc),
            chosen: RwSignal::new(None),
            phase: Memo::new(move |_| machine.with(|it| Some(it.as_ref()?.phase.clone()))),
        }
    }

    /// The sweep.
    pub(crate) fn sweeper(self) -> Sweeper {
        self.sweeper
    }

    fn active(self) -> bool {
        self.phase
            .with(|phase| phase.as_ref().is_some_and(Phase::active))
    }
}

/// The panel.
#[component]
pub(crate) fn Sweep() -> impl IntoView {
    let view = expect_context::<View>();
    let machine = view.sweeper.machine;
    let begun = move || view.phase.with(Option::is_some);
    // So that a folded panel still says that something goes on.
    let at_work = move || {
        machine.with(|machine| {
            let machine = machine.as_ref().filter(|it| it.phase.active())?;
            let (done, all) = (machine.results.len(), machine.runs);
            let count = text!("sweep.count", done = done, all = all);
            Some(format!(" · {count}"))
        })
    };
    view! {
        <section class="panel sweep" id="sweep" aria-label=text!("sweep.name")>
            <details data-testid="sweep">
                <summary data-testid="sweep-summary">
                    {text!("sweep.title")} {at_work}
                </summary>
                <p class="lead">
                    <Term of="sweep">{text!("sweep.name")}</Term>
                    ": "
                    {text!("sweep.lead")}
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
