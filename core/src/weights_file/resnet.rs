//! The ResNets (He et al. 2016) that there are, to tell one from another.

/// The depths of which there are pretrained weights.
pub(super) const RESNET_DEPTHS: [usize; 5] = [18, 34, 50, 101, 152];

/// Blocks of each of the four stages, and whether they are bottlenecks.
pub(super) fn stages(depth: usize) -> Option<([usize; 4], bool)> {
    Some(match depth {
        18 => ([2, 2, 2, 2], false),
        34 => ([3, 4, 6, 3], false),
        50 => ([3, 4, 6, 3], true),
        101 => ([3, 4, 23, 3], true),
        152 => ([3, 8, 36, 3], true),
        _ => return None,
    })
}
