//! Which samples of a batch are challenged, and the masks in force.

use burn::tensor::Tensor;

use crate::{
    gpu::{ComputeShader, buffers, constants, dims, empty, lanes, launch, primitive, wrap},
    quantile::count_at_or_above,
};

/// The shader; one workgroup a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct SelectSamples {
    count: usize,
    /// Whether there is a smallest drop that counts.
    has_minimum: bool,
    lanes: usize,
}

impl ComputeShader for SelectSamples {
    fn wgsl(&self) -> String {
        let constants = constants(&[
            ("COUNT", self.count),
            ("HAS_MINIMUM", usize::from(self.has_minimum)),
            ("LANES", self.lanes),
        ]);
        buffers(&["drop", "mask"], &["selected", "mask_in_force"], true)
            + &constants
            + include_str!("select_samples.wgsl")
    }
}

/// As [`select`] and [`keep_selected`] together: the samples challenged, `[B]`, and the mask in force,
/// `[B, n]`; `None` on other devices.
///
/// [`select`]: super::super::select
/// [`keep_selected`]: super::super::keep_selected
pub(in crate::challenge) fn select_samples(
    drop: &Tensor<1>,
    mask: &Tensor<2>,
    b: f64,
    minimum: Option<f64>,
) -> Option<(Tensor<1>, Tensor<2>)> {
    let (drop, mask) = (primitive(drop)?, primitive(mask)?);
    let [samples, count] = dims(&mask);
    let (k, least) = match minimum {
        None => (count_at_or_above(samples, b), 0.0),
        Some(minimum) => {
            let k = (b * samples as f64).round_ties_even();
            (k as usize, minimum as f32)
        }
    };
    let selected = empty(&mask, [samples]);
    let mask_in_force = empty(&mask, [samples, count]);
    let shader = SelectSamples {
        count,
        has_minimum: minimum.is_some(),
        lanes: lanes(),
    };
    let params = [samples as u32, k as u32, least.to_bits()];
    let tensors = [&drop, &mask, &selected, &mask_in_force];
    launch(shader, [samples, 1, 1], &tensors, &params);
    Some((wrap(selected), wrap(mask_in_force)))
}
