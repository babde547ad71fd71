//! The states of deferred features that the events of the engine concern.

use crate::device::state::Device;
use crate::microscope::state::Microscope;
use crate::predict::state::Predict;
use crate::share::state::WeightExports;

/// Made once the deferred module has loaded. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct DeferredState {
    pub(crate) microscope: Microscope,
    pub(crate) device: Device,
    pub(crate) predict: Predict,
    pub(crate) exports: WeightExports,
}
