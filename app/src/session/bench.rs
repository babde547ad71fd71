//! What the benchmark asks of the page's own run beyond what a visitor can.

use leptos::prelude::*;

use rsc_core::protocol::DevicePreference;

use super::Session;

impl Session {
    /// Starts the engine anew, on this device; a run is prepared on it as soon as it is ready.
    pub(crate) fn move_to(self, device: DevicePreference) {
        self.device.set_value(device);
        self.pulse.set_value(None);
        self.link.set_value(None);
        self.state.set(None);
        self.open_engine();
    }
}
