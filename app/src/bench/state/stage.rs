//! What is being measured.

/// What is being done on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waiting for the engine.
    Loading,
    /// So many turns of so many.
    Steps(u32, u32),
    /// So many moves of so many.
    Overlays(u32, u32),
    /// The page trains.
    Training,
}
