//! What the unit tests of the engine share: the GPU device, small tensors, weights from a formula.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

mod formula;

use std::{fmt::Display, sync::LazyLock};

use burn::tensor::{Device, Tensor, TensorData};

pub(crate) use formula::{formula_resnet, formula_values};

use crate::{device::open, protocol::DevicePreference};

/// The GPU device, the same one for all tests, as each would compile all programs anew.
static GPU: LazyLock<Result<Device, String>> = LazyLock::new(|| {
    let opened = pollster::block_on(open(DevicePreference::Webgpu));
    let opened = opened.map_err(|error| error.to_string());
    opened.map(|opened| opened.device)
});

/// The GPU device, if one can be opened.
pub(crate) fn gpu() -> Option<Device> {
    gpu_if_any(GPU.as_ref()).cloned()
}

/// What was opened; there must be a GPU where `RSC_REQUIRE_GPU` is set.
pub(crate) fn gpu_if_any<T>(opened: Result<T, impl Display>) -> Option<T> {
    match opened {
        Ok(opened) => Some(opened),
        Err(error) => {
            let required = std::env::var_os("RSC_REQUIRE_GPU").is_some();
            assert!(
                !required,
                "RSC_REQUIRE_GPU is set, and no GPU opens: {error}"
            );
            println!("skipped: {error}");
            None
        }
    }
}

/// A tensor of these values.
pub(crate) fn tensor<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The values of a tensor.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// `sin(scale · i)`: values without a pattern that a wrong index would repeat.
pub(crate) fn wave(scale: f32, count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * scale).sin()).collect()
}

/// Asserts that values agree within `tolerance`, relative to the largest magnitude (at least 1).
pub(crate) fn assert_close(ours: &[f32], theirs: &[f32], tolerance: f32, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(1.0_f32, |most, it| most.max(it.abs()));
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let off = (a - b).abs() / largest;
        assert!(off < tolerance, "{what} {i}: {a} and {b}");
    }
}
