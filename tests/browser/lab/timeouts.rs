//! How long tests wait. Two browsers share the machine, and each emulates a GPU on the CPU.

use std::time::Duration;

/// Limit for the page to load its engine and become ready.
pub(crate) const LOAD: Duration = Duration::from_secs(180);
/// Limit for the effect of a control. The engine may be in the middle of a step.
pub(crate) const SOON: Duration = Duration::from_secs(60);
/// Limit for what is drawn from an answer of the engine, on an emulated GPU too.
pub(crate) const DRAWN: Duration = Duration::from_secs(90);

/// Time between two looks at the page.
pub(super) const POLL: Duration = Duration::from_millis(50);
