//! Launches this crate's own WGSL compute shaders and gives access to the GPU backend's tensors.
//!
//! The shaders lie in the `gpu` folders of `challenge`, `model` and `trainer`, beside the plain
//! tensor operations that they replace. The text of a shader is generated for the shapes at hand;
//! Burn's runtime caches the compiled shader under its description. Shaders run only where that
//! runtime compiles WGSL; everywhere else callers fall back on Burn's operations.

use std::{
    fmt::Debug,
    hash::Hash,
    sync::atomic::{AtomicBool, Ordering},
};

use burn::{
    backend::{Autodiff, AutodiffBackend, BackendTypes, TensorMetadata},
    tensor::{DType, Device, Shape, Tensor},
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

/// A tensor of the GPU backend with its node in the autodiff graph.
pub(crate) type Tracked = <Autodiff<CubeBackend> as BackendTypes>::FloatTensorPrimitive;

/// Workgroup size of shaders without barriers.
pub(crate) const LANES: usize = 64;

/// WebGPU's default limit `maxComputeWorkgroupsPerDimension`.
const MAX_WORKGROUPS: usize = 65_535;

/// Access mode of input bindings. Natively Burn suballocates tensors from one buffer, and a buffer may
/// not be bound both as `read` and as `read_write`.
const READ: &str = if cfg!(target_family = "wasm") {
    "read"
} else {
    "read_write"
};

/// A compute shader, described by everything that its text depends on.
pub(crate) trait ComputeShader: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The WGSL, with the entry point `main`. It must check its own bounds: Burn's bounds checks are off.
    fn wgsl(&self) -> String;
}

/// Wraps a [`ComputeShader`] as a kernel of Burn's runtime.
struct WgslKernel<S>(S);

impl<S: ComputeShader> KernelMetadata for WgslKernel<S> {
    fn id(&self) -> KernelId {
        // The checked mode adds a counter to every loop.
        KernelId::new::<Self>()
            .info(self.0.clone())
            .mode(ExecutionMode::Unchecked)
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl<S: ComputeShader> CubeKernel for WgslKernel<S> {
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

/// WGSL declarations of a shader's storage buffers, in the order of [`launch`]: `inputs`, `outputs` and,
/// where it has any, the `u32` scalars `params`. Buffers hold `f32` unless a name gives another type
/// (`"chosen: u32"`).
pub(crate) fn buffers(inputs: &[&str], outputs: &[&str], params: bool) -> String {
    let read = inputs.iter().map(|name| (*name, READ));
    let written = outputs.iter().map(|name| (*name, "read_write"));
    let params = params.then_some(("params: u32", "read"));
    let all = read.chain(written).chain(params);
    let line = |(place, (name, access)): (usize, (&str, &str))| {
        let (name, kind) = name.split_once(": ").unwrap_or((name, "f32"));
        format!("@group(0) @binding({place}) var<storage, {access}> {name}: array<{kind}>;\n")
    };
    all.enumerate().map(line).collect()
}

/// Whether the adapter that was opened last is a software adapter.
static SOFTWARE: AtomicBool = AtomicBool::new(false);

/// Records which kind of adapter was opened.
pub(crate) fn opened(software: bool) {
    SOFTWARE.store(software, Ordering::Relaxed);
}

/// Whether the adapter is a software adapter (the GPU is emulated on the CPU). One memory access then
/// costs as much as dozens of multiplications, few invocations suffice, and registers are memory.
pub(crate) fn is_software_adapter() -> bool {
    SOFTWARE.load(Ordering::Relaxed)
}

/// Workgroup size of shaders with barriers, which are slow on a software adapter.
pub(crate) fn lanes() -> usize {
    if is_software_adapter() { 8 } else { LANES }
}

/// WGSL for `value / divisor` of unsigned integers; a shift for powers of two, which not every shader
/// compiler finds by itself.
pub(crate) fn quotient(value: &str, divisor: usize) -> String {
    match divisor.is_power_of_two() {
        true => format!("({value} >> {}u)", divisor.ilog2()),
        false => format!("({value} / {divisor}u)"),
    }
}

/// WGSL for `value % divisor`, as [`quotient`].
pub(crate) fn remainder(value: &str, divisor: usize) -> String {
    match divisor.is_power_of_two() {
        true => format!("({value} & {}u)", divisor - 1),
        false => format!("({value} % {divisor}u)"),
    }
}

/// WGSL declarations of `u32` constants.
pub(crate) fn constants(values: &[(&str, usize)]) -> String {
    let line = |(name, value): &(&str, usize)| format!("const {name} = {value}u;\n");
    values.iter().map(line).collect()
}

/// Launches a shader on `groups` workgroups. `tensors` are all of its buffers, each from [`primitive`],
/// [`contiguous`] or [`empty`].
pub(crate) fn launch(
    shader: impl ComputeShader,
    groups: [usize; 3],
    tensors: &[&CubeTensor],
    params: &[u32],
) {
    let Some(first) = tensors.first() else {
        return;
    };
    let mut arguments = KernelArguments::new();
    for tensor in tensors {
        arguments = arguments.with_buffer(tensor.handle.clone().binding());
    }
    if !params.is_empty() {
        let pairs = params.chunks(2).map(|pair| {
            let high = pair.get(1).copied().unwrap_or_default();
            u64::from(high) << 32 | u64::from(pair[0])
        });
        arguments.info = MetadataBindingInfo::custom(pairs.collect());
    }
    let [x, y, z] = groups.map(|count| count as u32);
    let count = CubeCount::Static(x, y, z);
    first
        .client
        .launch(Box::new(WgslKernel(shader)), count, arguments);
}

/// Workgroups for a grid-stride loop over `count` values with [`LANES`] invocations each.
pub(crate) fn grid_stride_groups(count: usize) -> [usize; 3] {
    [count.div_ceil(LANES).clamp(1, MAX_WORKGROUPS), 1, 1]
}

/// The contiguous backend tensor behind a GPU tensor without autodiff; `None` on any other device.
pub(crate) fn primitive<const D: usize>(tensor: &Tensor<D>) -> Option<CubeTensor> {
    let inside = tensor.clone().try_into_primitive::<CubeBackend>().ok()?;
    supports_wgsl(&inside).then(|| contiguous(inside))
}

/// The most bytes that a tensor can have on this device; `None` where it is not a GPU.
pub(crate) fn largest_tensor(device: &Device) -> Option<u64> {
    let device = device.clone().without_autodiff();
    let probe = primitive(&Tensor::<1>::zeros([1], &device))?;
    Some(probe.client.properties().memory.max_page_size)
}

/// As [`primitive`], with autodiff; a tensor without it becomes a constant of the graph.
pub(crate) fn tracked<const D: usize>(tensor: &Tensor<D>) -> Option<Tracked> {
    let inside = match tensor.clone().try_into_primitive::<Autodiff<CubeBackend>>() {
        Ok(inside) => inside,
        Err(_) => <Autodiff<CubeBackend> as AutodiffBackend>::from_inner(primitive(tensor)?),
    };
    let raw = <Autodiff<CubeBackend> as AutodiffBackend>::inner(inside.clone());
    supports_wgsl(&raw).then_some(inside)
}

/// The contiguous backend tensor of a graph's node.
pub(crate) fn inner(tensor: &Tracked) -> CubeTensor {
    contiguous(<Autodiff<CubeBackend> as AutodiffBackend>::inner(
        tensor.clone(),
    ))
}

/// Whether the tensor's device compiles WGSL, and the tensor holds `f32`.
fn supports_wgsl(tensor: &CubeTensor) -> bool {
    tensor.client.name() == "wgpu<wgsl>" && tensor.dtype() == DType::F32
}

/// The tensor in row-major order; copied only if it is not contiguous.
pub(crate) fn contiguous(tensor: CubeTensor) -> CubeTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        into_contiguous(tensor)
    }
}

/// The tensor's shape.
pub(crate) fn dims<const D: usize>(tensor: &CubeTensor) -> [usize; D] {
    let shape = tensor.shape();
    std::array::from_fn(|at| shape[at])
}

/// An uninitialised `f32` tensor on the device of `other`.
pub(crate) fn empty<const D: usize>(other: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    allocate(other, shape, DType::F32)
}

/// As [`empty`], of `u32`.
pub(crate) fn empty_u32<const D: usize>(other: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    allocate(other, shape, DType::U32)
}

fn allocate<const D: usize>(other: &CubeTensor, shape: [usize; D], kind: DType) -> CubeTensor {
    let bytes = shape.iter().product::<usize>() * kind.size();
    let handle = other.client.empty(bytes);
    let (client, device) = (other.client.clone(), other.device.clone());
    CubeTensor::new_contiguous(client, device, Shape::from(shape), handle, kind)
}

/// Several tensors in one buffer: the output of shaders that would otherwise exceed WebGPU's default
/// limit of storage buffers (`maxStorageBuffersPerShaderStage`).
pub(crate) struct PackedBuffer {
    /// The whole buffer.
    pub(crate) buffer: CubeTensor,
    offsets: Vec<usize>,
}

/// Alignment of a binding's offset in floats, on every device.
const ALIGNED: usize = 64;

impl PackedBuffer {
    /// Room for parts of these lengths in floats.
    pub(crate) fn new(other: &CubeTensor, lengths: &[usize]) -> Self {
        let mut offsets = Vec::with_capacity(lengths.len());
        let mut end = 0;
        for length in lengths {
            offsets.push(end);
            end += aligned(*length);
        }
        Self {
            buffer: empty(other, [end.max(ALIGNED)]),
            offsets,
        }
    }

    /// The offset of each part in floats.
    pub(crate) fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// One part as a tensor.
    pub(crate) fn part<const D: usize>(&self, index: usize, shape: [usize; D]) -> CubeTensor {
        view(&self.buffer, self.offsets[index], shape)
    }
}

/// `length` floats rounded up to the alignment of a binding.
pub(crate) fn aligned(length: usize) -> usize {
    length.next_multiple_of(ALIGNED)
}

/// A view into a flat tensor, from the offset `from`, a multiple of 64 floats.
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

/// Wraps a backend tensor.
pub(crate) fn wrap<const D: usize>(inside: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<CubeBackend>(inside)
}

/// Wraps a backend tensor with its node in the autodiff graph.
pub(crate) fn wrap_tracked<const D: usize>(inside: Tracked) -> Tensor<D> {
    Tensor::from_primitive::<Autodiff<CubeBackend>>(inside)
}
