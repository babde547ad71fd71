//! Access to the tensors of the CPU backend (Flex): their values, and their nodes in the autodiff
//! graph.

use burn::{
    backend::{
        Autodiff, AutodiffBackend, Backend, BackendTypes, DispatchKindConversion, DispatchTensor,
        Flex, TensorMetadata, flex::FlexTensor,
    },
    tensor::{BackendPrimitive, Float, Tensor, TensorData},
};

/// A tensor with its node in the autodiff graph.
pub(super) type Tracked = <Autodiff<Flex> as BackendTypes>::FloatTensorPrimitive;

/// The backend tensor behind a tensor; `None` if it is of another backend.
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

/// As [`primitive`], with autodiff; a tensor without it becomes a constant of the graph.
pub(super) fn tracked<const D: usize>(tensor: &Tensor<D>) -> Option<Tracked> {
    primitive::<D, Autodiff<Flex>>(tensor).or_else(|| {
        let plain = primitive::<D, Flex>(tensor)?;
        Some(<Autodiff<Flex> as AutodiffBackend>::from_inner(plain))
    })
}

/// Wraps a backend tensor.
pub(super) fn wrap<const D: usize, B>(primitive: B::FloatTensorPrimitive) -> Tensor<D>
where
    B: Backend,
    DispatchTensor: DispatchKindConversion<B>,
{
    Tensor::from_primitive::<B>(primitive)
}

/// The backend tensor of a graph's node.
pub(super) fn inner(tensor: &Tracked) -> FlexTensor {
    <Autodiff<Flex> as AutodiffBackend>::inner(tensor.clone())
}

/// Calls `read` with the values of a tensor in row-major order.
pub(super) fn with_values<R>(tensor: &FlexTensor, read: impl FnOnce(&[f32]) -> R) -> R {
    let contiguous = tensor.to_contiguous();
    match contiguous.as_slice::<f32>() {
        Some(values) => read(values),
        None => read(
            &contiguous
                .clone()
                .into_data()
                .iter::<f32>()
                .collect::<Vec<_>>(),
        ),
    }
}

/// The tensor with a storage that holds its values in row-major order and nothing else.
pub(super) fn own_values(tensor: FlexTensor) -> FlexTensor {
    let count = tensor.shape().num_elements();
    if tensor.is_contiguous() && tensor.storage::<f32>().len() == count {
        return tensor;
    }
    let shape = tensor.shape();
    let values = with_values(&tensor, <[f32]>::to_vec);
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// A tensor of these values.
pub(super) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The shape of a tensor of four dimensions.
pub(super) fn dims(tensor: &FlexTensor) -> [usize; 4] {
    let shape = tensor.shape();
    [shape[0], shape[1], shape[2], shape[3]]
}

/// `map` of each image index below `images`, in order; natively in parallel.
pub(super) fn map_images<R: Send>(images: usize, map: impl Fn(usize) -> R + Send + Sync) -> Vec<R> {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        (0..images).into_par_iter().map(map).collect()
    }
    #[cfg(target_family = "wasm")]
    {
        (0..images).map(map).collect()
    }
}

/// Two lists that one task after another uses.
#[derive(Default)]
pub(super) struct Scratch(pub(super) Vec<f32>, pub(super) Vec<f32>);

/// Makes a list consist of so many zeros. (`Vec::resize` sets one value at a time where a compiler
/// optimises for size.)
pub(super) fn zeroed(list: &mut Vec<f32>, count: usize) {
    if list.len() == count {
        list.fill(0.0);
    } else {
        *list = vec![0.0; count];
    }
}

/// Calls `each` with the index of a chunk of either list, whose chunks are as many, and the two chunks;
/// natively in parallel.
pub(super) fn for_each_two_chunks(
    (some, some_size): (&mut [f32], usize),
    (others, others_size): (&mut [f32], usize),
    each: impl Fn(&mut Scratch, usize, &mut [f32], &mut [f32]) + Send + Sync,
) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        some.par_chunks_mut(some_size)
            .zip(others.par_chunks_mut(others_size))
            .enumerate()
            .for_each_init(Scratch::default, |scratch, (i, (some, other))| {
                each(scratch, i, some, other);
            });
    }
    #[cfg(target_family = "wasm")]
    {
        let mut scratch = Scratch::default();
        let chunks = some
            .chunks_mut(some_size)
            .zip(others.chunks_mut(others_size));
        for (i, (some, other)) in chunks.enumerate() {
            each(&mut scratch, i, some, other);
        }
    }
}

/// Calls `each` with the index of a chunk of `size` values (the last may be shorter) and the chunk;
/// natively in parallel.
pub(super) fn for_each_chunk(
    all: &mut [f32],
    size: usize,
    each: impl Fn(&mut Scratch, usize, &mut [f32]) + Send + Sync,
) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        all.par_chunks_mut(size).enumerate().for_each_init(
            Scratch::default,
            |scratch, (i, chunk)| {
                each(scratch, i, chunk);
            },
        );
    }
    #[cfg(target_family = "wasm")]
    {
        let mut scratch = Scratch::default();
        for (i, chunk) in all.chunks_mut(size).enumerate() {
            each(&mut scratch, i, chunk);
        }
    }
}
