//! The start of the deferred module: the states of its features are made, and what is stored is restored.

use leptos::prelude::*;

use crate::app::app_state::AppState;
use crate::app::deferred_state::DeferredState;
use crate::bench::state::Bench;
use crate::device::state::Device;
use crate::learned::state::Learned;
use crate::link::model::embed::{Asked, Embed};
use crate::link::state::address;
use crate::link::state::visibility::Visibility;
use crate::microscope::state::Microscope;
use crate::offline::state::Offline;
use crate::predict::state::Predict;
use crate::runs::state::Resume;
use crate::share::state::WeightExports;
use crate::storage::state::Storage;
use crate::sweep::state::Sweeper;
use crate::sweep::state::panel::SweepPanelState;
use crate::ui::notices::Kind;
use crate::ui::views::Views;

/// Makes the states, gives them to the components below the present owner, and restores what is stored,
/// where the page was opened with this link.
pub(crate) fn start(states: AppState, link: String, visibility: Visibility) {
    let training = states.training;
    training.require();
    let sweeper = Sweeper::new(states.runs);
    let deferred = DeferredState {
        microscope: Microscope::new(training),
        device: Device::new(training),
        predict: Predict::new(training),
        exports: WeightExports::new(training),
    };
    states.deferred.set_value(Some(deferred));
    provide_context(deferred.microscope);
    provide_context(deferred.device);
    provide_context(deferred.predict);
    provide_context(deferred.exports);
    provide_context(Learned::new(
        training,
        states.masks,
        expect_context::<Views>(),
    ));
    provide_context(sweeper);
    provide_context(SweepPanelState::new(sweeper));

    let bench = Bench::new(training);
    provide_context(bench);
    let asked = address::asked();
    if let Asked::Unknown(value) = &asked {
        let text = text!("frame.embed-unknown", value = value, names = Embed::names());
        states.notices.say(Kind::Warning, text);
    }
    let keeps = !bench.asked() && !matches!(asked, Asked::Part(_));
    let storage = if keeps {
        let storage = Storage::opening(states.runs, sweeper);
        storage.open(link, visibility);
        storage
    } else {
        // Measured is what the page begins with, and a frame shows what its link says: what was stored
        // stays as it is.
        Storage::idle(states.runs, sweeper)
    };
    provide_context(storage);
    let offline = Offline::new(training);
    provide_context(offline);
    // What a measurement or a frame would have kept is kept by the page itself.
    if keeps {
        offline.begin();
    }
    provide_context(Resume(Callback::new(move |id| storage.resume(id))));
    look_regularly(states, deferred.microscope);
    if bench.begins_at_once() {
        bench.begin();
    }
}

/// Looks at the chosen images again about every second while training.
fn look_regularly(states: AppState, microscope: Microscope) {
    states.masks.inspect_regularly(move || {
        states.training.look_again.notify(&());
        microscope.ask_for_batch();
    });
}
