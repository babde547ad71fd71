//! How many images a device computes at once.

use burn::tensor::Device;

use crate::{config::LargestMap, gpu::largest_tensor};

/// Images in an evaluation batch, where the device's tensors can be so large.
pub(super) const EVALUATED: usize = 128;

/// How many images are computed at once, at most `wanted`, so that a feature map of this size fits into a
/// tensor of the device.
pub(super) fn at_once(device: &Device, map: LargestMap, wanted: usize) -> usize {
    fitting(largest_tensor(device), map, wanted)
}

fn fitting(limit: Option<u64>, map: LargestMap, wanted: usize) -> usize {
    let fit = limit.map(|limit| (limit / map.bytes.max(1)).max(1) as usize);
    fit.map_or(wanted, |fit| fit.min(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_fit_into_the_devices_tensors() {
        let map = LargestMap {
            block: 2,
            bytes: 4 * 96 * 112 * 112,
        };
        assert_eq!(fitting(None, map, 128), 128);
        assert_eq!(fitting(Some(1 << 31), map, 128), 128);
        assert_eq!(fitting(Some(128 << 20), map, 128), 27);
        // One image at least: whoever trains on it was told before.
        assert_eq!(fitting(Some(1), map, 128), 1);
    }
}
