//! The network that the controls describe, what it costs, and how it is changed.

use leptos::prelude::*;

use rsc_core::config::{NetworkConfig, NetworkCost, RunConfig};

use crate::settings::model::memory::Counts;
use crate::settings::model::network as logic;
use crate::settings::model::network::kind::fit;
use crate::settings::state::Settings;

/// Changes the network, and what depends on the change with it.
pub(crate) fn change(settings: Settings, field: &str, edit: impl FnOnce(&mut NetworkConfig)) {
    settings.change(field, |draft| {
        edit(&mut draft.network);
        logic::fit_to_backbone(&mut draft.network);
    });
}

/// Changes the kind of network, or what of it trains, and what does not go with that.
pub(crate) fn change_kind(settings: Settings, field: &str, edit: impl FnOnce(&mut RunConfig)) {
    settings.change(field, |draft| {
        edit(draft);
        fit(draft);
    });
}

/// What the controls describe.
#[derive(Clone, Copy)]
pub(crate) struct DraftNetwork {
    /// The network.
    pub(crate) network: Memo<NetworkConfig>,
    /// Side of its images.
    pub(crate) image_size: Memo<usize>,
    /// What it costs, for as many classes as the chosen data have.
    pub(crate) cost: Memo<NetworkCost>,
}

impl DraftNetwork {
    pub(crate) fn new(settings: Settings, of_images: Signal<Counts>) -> Self {
        let network = Memo::new(move |_| settings.draft.with(|draft| draft.network.clone()));
        let image_size = Memo::new(move |_| settings.draft.with(|draft| draft.data.image_size));
        let classes = Memo::new(move |_| classes(settings, of_images));
        Self {
            network,
            image_size,
            cost: Memo::new(move |_| {
                network.with(|network| network.cost(image_size.get(), classes.get()))
            }),
        }
    }
}

/// Classes of the chosen data.
fn classes(settings: Settings, of_images: Signal<Counts>) -> usize {
    let of_preset = settings.draft.with(Counts::of_preset);
    of_preset.unwrap_or_else(|| of_images.get()).classes
}
