//! The tensors of the CPU device's backend from inside, for the operations that this crate does
//! itself there: their numbers, and their nodes in the graph that leads back.

use burn::{
    backend::{
        Autodiff, AutodiffBackend, Backend, BackendTypes, DispatchKindConversion, DispatchTensor,
        Flex, TensorMetadata, autodiff::checkpoint::strategy::NoCheckpointing, flex::FlexTensor,
    },
    tensor::{BackendPrimitive, Float, Tensor, TensorData},
};

/// A tensor with its place in the graph.
pub(super) type Tracked = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// What lies behind a tensor, if it is of this backend.
pub(super) fn primitive<const D: usize, B>(
    tensor: &Tensor<D>,
) -> Option<<Float as BackendPrimitive<B>>::Primitive>
where
    B: Backend,
    Float: BackendPrimitive<B>,
    DispatchTensor: DispatchKindConversion<B>,
{
    tensor.clone().try_into_primitive::<B>().ok()
}

/// As [`primitive`] with autodiff; a tensor without it is a constant.
pub(super) fn tracked<const D: usize>(tensor: &Tensor<D>) -> Option<Tracked> {
    primitive::<D, Autodiff<Flex>>(tensor).or_else(|| {
        let plain = primitive::<D, Flex>(tensor)?;
        Some(<Autodiff<Flex> as AutodiffBackend>::from_inner(plain))
    })
}

/// The tensor around what lies behind it.
pub(super) fn wrap<B>(primitive: B::FloatTensorPrimitive) -> Tensor<4>
where
    B: Backend,
    DispatchTensor: DispatchKindConversion<B>,
{
    Tensor::from_primitive::<B>(primitive)
}

/// Burn keeps what a step back needs; nothing is worked out twice.
pub(super) type Strategy = NoCheckpointing;

/// A tensor without its place in the graph.
pub(super) fn inner(tensor: &Tracked) -> FlexTensor {
    <Autodiff<Flex> as AutodiffBackend>::inner(tensor.clone())
}

/// The numbers of a tensor in row-major order.
pub(super) fn with_numbers<R>(tensor: &FlexTensor, read: impl FnOnce(&[f32]) -> R) -> R {
    let whole = tensor.to_contiguous();
    match whole.as_slice::<f32>() {
        Some(numbers) => read(numbers),
        None => read(&whole.clone().into_data().iter::<f32>().collect::<Vec<_>>()),
    }
}

/// A tensor of these numbers.
pub(super) fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, shape))
}

/// The lengths of four dimensions.
pub(super) fn dims(tensor: &FlexTensor) -> [usize; 4] {
    let shape = tensor.shape();
    [shape[0], shape[1], shape[2], shape[3]]
}

/// What `of` makes of each of the first `images`, in their order.
pub(super) fn for_each_image<R: Send>(
    images: usize,
    of: impl Fn(usize) -> R + Send + Sync,
) -> Vec<R> {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        (0..images).into_par_iter().map(of).collect()
    }
    #[cfg(target_family = "wasm")]
    {
        (0..images).map(of).collect()
    }
}
