//! The states of the features that the first paint needs, made in the order in which they depend on each
//! other.

use leptos::prelude::*;

use crate::app::deferred_state::DeferredState;
use crate::engine::state::Engine;
use crate::images::state::Images;
use crate::masks::state::Masks;
use crate::runs::state::Runs;
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::ui::notices::Notices;

/// The state of each of these features. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct AppState {
    pub(crate) notices: Notices,
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) images: Images,
    pub(crate) training: Training,
    pub(crate) runs: Runs,
    pub(crate) masks: Masks,
    /// The others, once the deferred module has loaded.
    pub(crate) deferred: StoredValue<Option<DeferredState>>,
}

impl AppState {
    /// Nothing is trained yet, and no engine is started.
    pub(crate) fn new() -> Self {
        let notices = Notices::new();
        let (engine, settings, images) =
            (Engine::new(), Settings::new(notices), Images::new(notices));
        let training = Training::new(engine, settings, images, notices);
        let runs = Runs::new(training);
        let masks = Masks::new(training);
        Self {
            notices,
            engine,
            settings,
            images,
            training,
            runs,
            masks,
            deferred: StoredValue::new(None),
        }
    }

    /// Gives the states to the components.
    pub(crate) fn provide(self) {
        provide_context(self.notices);
        provide_context(self.engine);
        provide_context(self.settings);
        provide_context(self.images);
        provide_context(self.training);
        provide_context(self.runs);
        provide_context(self.masks);
    }
}
