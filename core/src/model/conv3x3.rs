//! The kind of convolution that nearly all of a step goes into, and for which both devices have
//! their own implementation ([`super::cpu`], [`super::gpu`]).

use burn::nn::{PaddingConfig2d, conv::Conv2d};

/// Whether a convolution is 3×3 with stride 1, padding 1, no dilation and no groups.
pub(super) fn is_conv3x3(conv: &Conv2d) -> bool {
    conv.kernel_size == [3, 3]
        && conv.stride == [1, 1]
        && conv.dilation == [1, 1]
        && conv.groups == 1
        && matches!(conv.padding, PaddingConfig2d::Explicit(1, 1, 1, 1))
}
