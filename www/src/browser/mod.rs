//! A headless Chromium with an empty profile: opened at an address, or driven.

mod driven;
mod opened;

pub(crate) use self::driven::Driven;
pub(crate) use self::opened::{Adapter, Browser};
