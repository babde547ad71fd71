//! Ctrl-C: asked for once, it ends the work at the next good moment; twice, at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, Result};

/// What a program that was interrupted ends with, by the custom of shells.
pub(crate) const INTERRUPTED: i32 = 130;

/// Whether Ctrl-C was pressed.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self> {
        let pressed = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&pressed);
        ctrlc::set_handler(move || {
            if set.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
        })
        .context("Ctrl-C cannot be listened to")?;
        Ok(Self(pressed))
    }

    /// As if it was pressed, where another process passes it on.
    pub(crate) fn press(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was pressed.
    pub(crate) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
