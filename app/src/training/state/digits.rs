//! The handwritten digits, fetched when a preset made from them is first chosen and handed to the
//! engine. From this site, as everything here.

use js_sys::ArrayBuffer;
use leptos::{prelude::*, task::spawn_local};

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::Command;

use crate::training::state::Training;
use crate::training::state::digit_sheet::fetch;
use crate::ui::notices::Kind;

/// Topic of messages about them.
const TOPIC: &str = "digits";

impl Training {
    /// Whether the engine has what `config` is made from. Where it has not, it is fetched and
    /// handed over, and the run is prepared again after that.
    pub(crate) fn has_digits_for(self, config: &RunConfig) -> bool {
        let DataSource::Preset { preset } = config.data.source else {
            return true;
        };
        if !preset.needs_digits() || self.digits.sent.get_value() {
            return true;
        }
        if self.digits.sheet.with_value(Option::is_some) {
            self.send_digits();
            return true;
        }
        let run = self.run.get_value();
        spawn_local(async move {
            match fetch().await {
                Ok(sheet) => {
                    self.notices.clear(TOPIC);
                    self.digits.sheet.set_value(Some(sheet));
                    // Whoever has chosen something else meanwhile is not called back.
                    if self.run.get_value() == run {
                        self.configure();
                    }
                }
                Err(problem) => self.notices.say_about(
                    TOPIC,
                    Kind::Error,
                    text!("data.digits.failed", problem = problem),
                ),
            }
        });
        false
    }

    /// Gives the engine the digits, fetched if they are not here yet.
    pub(crate) async fn provide_digits(self) -> Result<(), String> {
        if !self.digits.sent.get_value() {
            let (command, buffer) = self.digits_message().await?;
            self.engine.send_with(&command, &[buffer]);
            self.digits.sent.set_value(true);
        }
        Ok(())
    }

    fn send_digits(self) {
        let Some(sheet) = self.digits.sheet.get_value() else {
            return;
        };
        let (command, buffer) = sheet.message();
        self.engine.send_with(&command, &[buffer]);
        self.digits.sent.set_value(true);
    }

    /// The digits for an engine beside the session's own, fetched if they are not here yet.
    pub(crate) async fn digits_message(self) -> Result<(Command, ArrayBuffer), String> {
        if let Some(sheet) = self.digits.sheet.get_value() {
            return Ok(sheet.message());
        }
        let sheet = fetch().await?;
        let message = sheet.message();
        self.digits.sheet.set_value(Some(sheet));
        Ok(message)
    }
}
