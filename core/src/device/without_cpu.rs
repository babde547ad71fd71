//! Devices in a module without the CPU device: the GPU, or none. Whether it opens, worker.js asks before it
//! decides for this module.

use std::cell::RefCell;

use burn::tensor::Device;

use super::{gpu, opened::Opened};
use crate::{
    error::{Error, Result},
    protocol::SimulatedLimits,
};

thread_local! {
    /// What was opened last.
    static OPENED: RefCell<Option<Opened>> = const { RefCell::new(None) };
}

/// The GPU, which is kept, or why it cannot be had.
pub(super) async fn open_gpu(
    accept_software: bool,
    simulated: Option<SimulatedLimits>,
) -> std::result::Result<Opened, String> {
    let opened = gpu::open_gpu(accept_software, simulated).await?;
    OPENED.with_borrow_mut(|kept| *kept = Some(opened.clone()));
    Ok(opened)
}

/// Opens the GPU for the command that asks for it later; otherwise why it cannot be had.
pub(crate) async fn prepare() -> std::result::Result<(), String> {
    open_gpu(false, None).await.map(drop)
}

/// What has been opened before.
pub(super) fn opened() -> Option<Opened> {
    OPENED.with_borrow(Clone::clone)
}

/// A device for tensors that nothing is computed with.
///
/// # Errors
/// [`Error::Device`] where none has been opened.
pub(crate) fn any() -> Result<Device> {
    let opened = opened().ok_or_else(|| Error::Device("no device has been opened yet".into()))?;
    Ok(opened.device)
}

/// There is none.
pub(super) fn cpu(reason: &str) -> Result<Opened> {
    let problem = format!("this engine has no CPU device, and no other to open: {reason}");
    Err(Error::Device(problem))
}
