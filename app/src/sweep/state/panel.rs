//! What the parts of the sweep's panel share: the form, the measure that is shown, the open cell. It
//! outlives a change of the page's language.

use leptos::prelude::*;

use crate::sweep::model::{Cell, Factor, Measure, Phase};
use crate::sweep::state::Sweeper;

/// What stands in the form.
#[derive(Clone, Copy)]
pub(crate) struct Inputs {
    pub(crate) first: RwSignal<Factor>,
    pub(crate) first_values: RwSignal<String>,
    pub(crate) second: RwSignal<Option<Factor>>,
    pub(crate) second_values: RwSignal<String>,
    pub(crate) seeds: RwSignal<String>,
}

impl Inputs {
    pub(crate) fn new() -> Self {
        Self {
            first: RwSignal::new(Factor::P),
            first_values: RwSignal::new(Factor::P.values().to_owned()),
            second: RwSignal::new(Some(Factor::B)),
            second_values: RwSignal::new(Factor::B.values().to_owned()),
            seeds: RwSignal::new(String::from("0, 1, 2")),
        }
    }
}

/// What the parts of the panel share.
#[derive(Clone, Copy)]
pub(crate) struct SweepPanelState {
    pub(crate) sweeper: Sweeper,
    /// What stands in the form.
    pub(crate) inputs: Inputs,
    /// What the heat map shows.
    pub(crate) measure: RwSignal<Measure>,
    /// The cell whose card is open.
    pub(crate) chosen: RwSignal<Option<Cell>>,
    /// What the sweep is doing; `None` before the first.
    pub(crate) phase: Memo<Option<Phase>>,
}

impl SweepPanelState {
    /// Before the first sweep.
    pub(crate) fn new(sweeper: Sweeper) -> Self {
        let machine = sweeper.machine;
        Self {
            sweeper,
            inputs: Inputs::new(),
            measure: RwSignal::new(Measure::NewRsc),
            chosen: RwSignal::new(None),
            phase: Memo::new(move |_| machine.with(|it| Some(it.as_ref()?.phase.clone()))),
        }
    }

    /// Whether it trains or is paused.
    pub(crate) fn active(self) -> bool {
        self.phase
            .with(|phase| phase.as_ref().is_some_and(Phase::active))
    }
}
