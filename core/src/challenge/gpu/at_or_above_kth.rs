//! "At least as large as the k-th largest" of each row.

use burn::tensor::Tensor;

use super::MAX_ROW;
use crate::gpu::{ComputeShader, LANES, buffers, constants, empty, lanes, launch, primitive, wrap};

/// The shader for rows of `count` values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct AtOrAboveKth {
    count: usize,
    lanes: usize,
}

impl ComputeShader for AtOrAboveKth {
    fn wgsl(&self) -> String {
        buffers(&["values"], &["result"], true)
            + &constants(&[("COUNT", self.count), ("LANES", self.lanes)])
            + include_str!("at_or_above_kth.wgsl")
    }
}

/// As [`at_or_above_kth`](super::super::at_or_above_kth()); `None` for rows longer than [`MAX_ROW`] and
/// on other devices.
pub(in crate::challenge) fn at_or_above_kth(values: &Tensor<2>, k: usize) -> Option<Tensor<2>> {
    let [rows, count] = values.dims();
    if count > MAX_ROW {
        return None;
    }
    let values = primitive(values)?;
    let result = empty(&values, [rows, count]);
    let shader = AtOrAboveKth {
        count,
        lanes: lanes(),
    };
    // Several workgroups share a long row.
    let groups = [rows, count.div_ceil(LANES), 1];
    launch(shader, groups, &[&values, &result], &[k as u32]);
    Some(wrap(result))
}
