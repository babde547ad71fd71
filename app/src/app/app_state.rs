//! The states of all features, made in the order in which they depend on each other.

use leptos::prelude::*;

use crate::device::state::Device;
use crate::engine::state::Engine;
use crate::images::state::Images;
use crate::learned::state::Learned;
use crate::masks::state::Masks;
use crate::microscope::state::Microscope;
use crate::runs::state::Runs;
use crate::settings::state::Settings;
use crate::share::state::WeightExports;
use crate::sweep::state::Sweeper;
use crate::training::state::Training;
use crate::ui::notices::Notices;

/// The state of each feature. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct AppState {
    pub(crate) notices: Notices,
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) images: Images,
    pub(crate) training: Training,
    pub(crate) runs: Runs,
    pub(crate) microscope: Microscope,
    pub(crate) masks: Masks,
    pub(crate) device: Device,
    pub(crate) learned: Learned,
    pub(crate) exports: WeightExports,
    pub(crate) sweeper: Sweeper,
}

impl AppState {
    /// Nothing is trained yet, and no engine is started.
    pub(crate) fn new() -> Self {
        let notices = Notices::new();
        let (engine, settings, images) =
            (Engine::new(), Settings::new(notices), Images::new(notices));
        let training = Training::new(engine, settings, images, notices);
        let runs = Runs::new(training);
        let microscope = Microscope::new(training);
        let masks = Masks::new(training);
        Self {
            notices,
            engine,
            settings,
            images,
            training,
            runs,
            microscope,
            masks,
            device: Device::new(training),
            learned: Learned::new(training, masks),
            exports: WeightExports::new(training),
            sweeper: Sweeper::new(runs),
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
        provide_context(self.microscope);
        provide_context(self.masks);
        provide_context(self.device);
        provide_context(self.learned);
        provide_context(self.exports);
        provide_context(self.sweeper);
    }

    /// Looks at the chosen images again about every second while training.
    pub(crate) fn look_regularly(self) {
        self.masks.inspect_regularly(move || {
            self.training.look_again.notify(&());
            self.microscope.ask_for_batch();
        });
    }
}
