//! Programs written by hand for the GPU device, beside the plain operations that they stand in for:
//! how one is started, and the tensors of that device's backend from inside.
//!
//! A program is WGSL, made for the shapes at hand and kept by Burn's runtime under its description.
//! It runs only where that runtime compiles WGSL; everywhere else callers use Burn's operations.

use std::{
    fmt::Debug,
    hash::Hash,
    sync::atomic::{AtomicBool, Ordering},
};

use burn::{
    backend::{
        Autodiff, AutodiffBackend, BackendTypes, TensorMetadata,
        autodiff::checkpoint::strategy::NoCheckpointing,
    },
    tensor::{DType, Shape, Tensor},
};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{
        UIntKind,
        metadata::Info,
        settings::{Dim3, ExecutionMode},
    },
    prelude::{
        AddressType, CubeCount, ElemType, KernelDefinition, KernelId, KernelMetadata,
        KernelSettings, Scope,
    },
    server::{KernelArguments, MetadataBindingInfo},
};

/// A tensor with its place in the graph.
pub(crate) type Tracked = <Autodiff<CubeBackend> as BackendTypes>::FloatTensorPrimitive;

/// Burn keeps what a step back needs; nothing is worked out twice.
pub(crate) type Strategy = NoCheckpointing;

/// Invocations in a workgroup of programs whose invocations do not wait for each other.
pub(crate) const LANES: usize = 64;

/// The most workgroups along one dimension that WebGPU promises.
const MOST_GROUPS: usize = 65_535;

/// How a program is told of what it only reads. Natively Burn lays tensors side by side in one
/// buffer, which then must be bound in one way for reading and writing.
const READ: &str = if cfg!(target_family = "wasm") {
    "read"
} else {
    "read_write"
};

/// A program, described by all that its text depends on.
pub(crate) trait Program: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The text, with the entry point `main`. It must stay inside its buffers by itself.
    fn wgsl(&self) -> String;
}

/// A program as Burn's runtime takes it.
struct Written<P>(P);

impl<P: Program> KernelMetadata for Written<P> {
    fn id(&self) -> KernelId {
        // Otherwise loops get a counter that ends them.
        KernelId::new::<Self>()
            .info(self.0.clone())
            .mode(ExecutionMode::Unchecked)
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl<P: Program> CubeKernel for Written<P> {
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(
            Dim3::new_single(),
            ExecutionMode::Unchecked,
            AddressType::U32,
        );
        KernelDefinition {
            body: Scope::root(settings.clone()),
            settings,
            info: Info::default(),
        }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: self.0.wgsl(),
            entrypoint_name: "main".to_owned(),
            lang: "wgsl",
        })
    }
}

/// The declarations of a program's buffers, in the order of [`launch`]: `inputs`, `outputs` and, if it
/// takes any, `words`. Floats, unless a name says otherwise (`"chosen: u32"`).
pub(crate) fn buffers(inputs: &[&str], outputs: &[&str], words: bool) -> String {
    let read = inputs.iter().map(|name| (*name, READ));
    let written = outputs.iter().map(|name| (*name, "read_write"));
    let words = words.then_some(("words: u32", "read"));
    let all = read.chain(written).chain(words);
    let line = |(place, (name, access)): (usize, (&str, &str))| {
        let (name, kind) = name.split_once(": ").unwrap_or((name, "f32"));
        format!("@group(0) @binding({place}) var<storage, {access}> {name}: array<{kind}>;\n")
    };
    all.enumerate().map(line).collect()
}

/// Whether the GPU that was opened last is a program on the processor.
static SOFTWARE: AtomicBool = AtomicBool::new(false);

/// Says which kind of GPU was opened.
pub(crate) fn opened(software: bool) {
    SOFTWARE.store(software, Ordering::Relaxed);
}

/// Whether the GPU is a program on the processor: one access to memory then costs as much as dozens
/// of multiplications, few invocations suffice, and registers are memory anyway.
pub(crate) fn software() -> bool {
    SOFTWARE.load(Ordering::Relaxed)
}

/// Invocations in a workgroup of programs whose invocations wait for each other. Where the GPU is a
/// program, it is waiting that takes time.
pub(crate) fn lanes() -> usize {
    if software() { 8 } else { LANES }
}

/// `value / divisor` for whole numbers; as a shift where that is the same, since not every compiler sees
/// it.
pub(crate) fn quotient(value: &str, divisor: usize) -> String {
    match divisor.is_power_of_two() {
        true => format!("({value} >> {}u)", divisor.ilog2()),
        false => format!("({value} / {divisor}u)"),
    }
}

/// `value % divisor` likewise.
pub(crate) fn remainder(value: &str, divisor: usize) -> String {
    match divisor.is_power_of_two() {
        true => format!("({value} & {}u)", divisor - 1),
        false => format!("({value} % {divisor}u)"),
    }
}

/// Declarations of constants.
pub(crate) fn constants(values: &[(&str, usize)]) -> String {
    let line = |(name, value): &(&str, usize)| format!("const {name} = {value}u;\n");
    values.iter().map(line).collect()
}

/// Starts a program. `tensors` are all of its buffers, each from [`plain`], [`whole`] or [`empty`].
pub(crate) fn launch(
    program: impl Program,
    groups: [usize; 3],
    tensors: &[&CubeTensor],
    words: &[u32],
) {
    let Some(first) = tensors.first() else {
        return;
    };
    let mut arguments = KernelArguments::new();
    for tensor in tensors {
        arguments = arguments.with_buffer(tensor.handle.clone().binding());
    }
    if !words.is_empty() {
        let pairs = words.chunks(2).map(|pair| {
            let high = pair.get(1).copied().unwrap_or_default();
            u64::from(high) << 32 | u64::from(pair[0])
        });
        arguments.info = MetadataBindingInfo::custom(pairs.collect());
    }
    let [x, y, z] = groups.map(|count| count as u32);
    let count = CubeCount::Static(x, y, z);
    first
        .client
        .launch(Box::new(Written(program)), count, arguments);
}

/// Workgroups for a program that walks over `count` values in steps of all its invocations.
pub(crate) fn walk(count: usize) -> [usize; 3] {
    [count.div_ceil(LANES).clamp(1, MOST_GROUPS), 1, 1]
}

/// What lies behind a tensor of the GPU device without autodiff, its values in order; `None` for any
/// other device.
pub(crate) fn plain<const D: usize>(tensor: &Tensor<D>) -> Option<CubeTensor> {
    let inside = tensor.clone().try_into_primitive::<CubeBackend>().ok()?;
    runs(&inside).then(|| whole(inside))
}

/// As [`plain`], with autodiff; a tensor without it is a constant.
pub(crate) fn tracked<const D: usize>(tensor: &Tensor<D>) -> Option<Tracked> {
    let inside = match tensor.clone().try_into_primitive::<Autodiff<CubeBackend>>() {
        Ok(inside) => inside,
        Err(_) => <Autodiff<CubeBackend> as AutodiffBackend>::from_inner(plain(tensor)?),
    };
    let raw = <Autodiff<CubeBackend> as AutodiffBackend>::inner(inside.clone());
    runs(&raw).then_some(inside)
}

/// A tensor without its place in the graph, its values in order.
pub(crate) fn inner(tensor: &Tracked) -> CubeTensor {
    whole(<Autodiff<CubeBackend> as AutodiffBackend>::inner(
        tensor.clone(),
    ))
}

/// Whether programs can run where this tensor lies.
fn runs(tensor: &CubeTensor) -> bool {
    tensor.client.name() == "wgpu<wgsl>" && tensor.dtype() == DType::F32
}

/// The tensor with its values in order, copied only if they are not.
pub(crate) fn whole(tensor: CubeTensor) -> CubeTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        into_contiguous(tensor)
    }
}

/// Lengths of the dimensions.
pub(crate) fn dims<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    let shape = tensor.shape();
    std::array::from_fn(|at| shape[at])
}

/// A tensor beside `other`, its values not yet written.
pub(crate) fn empty<const D: usize>(other: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    fresh(other, shape, DType::F32)
}

/// As [`empty`], of whole numbers.
pub(crate) fn empty_numbers<const D: usize>(other: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    fresh(other, shape, DType::U32)
}

fn fresh<const D: usize>(other: &CubeTensor, shape: [usize; D], kind: DType) -> CubeTensor {
    let bytes = shape.iter().product::<usize>() * kind.size();
    let handle = other.client.empty(bytes);
    let (client, device) = (other.client.clone(), other.device.clone());
    CubeTensor::new_contiguous(client, device, Shape::from(shape), handle, kind)
}

/// Several tensors in one buffer: what a program that would otherwise write more buffers than WebGPU
/// promises writes to.
pub(crate) struct Sheet {
    /// All of it.
    pub(crate) whole: CubeTensor,
    starts: Vec<usize>,
}

/// Floats between two places where a binding may begin, on every device.
const ALIGNED: usize = 64;

impl Sheet {
    /// Room for parts of so many floats.
    pub(crate) fn new(other: &CubeTensor, lengths: &[usize]) -> Self {
        let mut starts = Vec::with_capacity(lengths.len());
        let mut end = 0;
        for length in lengths {
            starts.push(end);
            end += aligned(*length);
        }
        Self {
            whole: empty(other, [end.max(ALIGNED)]),
            starts,
        }
    }

    /// Where each part starts.
    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// One part as a tensor.
    pub(crate) fn part<const D: usize>(&self, index: usize, shape: [usize; D]) -> CubeTensor {
        view(&self.whole, self.starts[index], shape)
    }
}

/// So many floats and what is left free after them.
pub(crate) fn aligned(length: usize) -> usize {
    length.next_multiple_of(ALIGNED)
}

/// A piece of a flat tensor, from a multiple of 64 floats on.
pub(crate) fn view<const D: usize>(
    flat: &CubeTensor,
    from: usize,
    shape: [usize; D],
) -> CubeTensor {
    let [all] = dims::<1>(flat);
    let size = flat.dtype.size();
    let rest = all - from - shape.iter().product::<usize>();
    let handle = flat
        .handle
        .clone()
        .offset_start((from * size) as u64)
        .offset_end((rest * size) as u64);
    let (client, device) = (flat.client.clone(), flat.device.clone());
    CubeTensor::new_contiguous(client, device, Shape::from(shape), handle, flat.dtype)
}

/// The tensor around what lies behind it.
pub(crate) fn wrap<const D: usize>(inside: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<CubeBackend>(inside)
}

/// The tensor around what lies behind it, with its place in the graph.
pub(crate) fn wrap_tracked<const D: usize>(inside: Tracked) -> Tensor<D> {
    Tensor::from_primitive::<Autodiff<CubeBackend>>(inside)
}

/// The GPU device of tests.
#[cfg(test)]
pub(crate) mod for_tests {
    use burn::tensor::Device;

    use crate::{device::open, protocol::DevicePreference};

    /// The device, if one can be opened; there must be one where `RSC_REQUIRE_GPU` is set.
    pub(crate) fn gpu() -> Option<Device> {
        match pollster::block_on(open(DevicePreference::Webgpu)) {
            Ok(opened) => Some(opened.device),
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
}
