//! Limits of weaker GPUs, simulated on the one that is here.
//!
//! The device is asked for with these limits and without optional features, so whatever exceeds them is an
//! error. Burn asks the adapter, not the device, for some limits and for all features (subgroups, atomics
//! of floats), so the adapter is replaced by one that offers no more than the device has.

use crate::protocol::SimulatedLimits;

/// Names the limits to simulate, for native programs and tests.
const VARIABLE: &str = "RSC_GPU_LIMITS";

/// What the environment asks for.
///
/// # Errors
/// A name that is unknown, with those that are known.
pub(super) fn from_environment() -> Result<Option<SimulatedLimits>, String> {
    match std::env::var(VARIABLE) {
        Err(_) => Ok(None),
        Ok(name) => parsed(&name),
    }
}

fn parsed(name: &str) -> Result<Option<SimulatedLimits>, String> {
    if name.is_empty() {
        return Ok(None);
    }
    let names = SimulatedLimits::ALL.map(SimulatedLimits::name).join(" or ");
    let unknown = || {
        format!("the environment variable {VARIABLE} is `{name}`: set it to {names}, or unset it")
    };
    SimulatedLimits::named(name).map(Some).ok_or_else(unknown)
}

/// The limits themselves, none of them better than `offered`.
fn limits_of(simulated: SimulatedLimits, offered: &wgpu::Limits) -> wgpu::Limits {
    let defaults = wgpu::Limits::defaults();
    let limits = match simulated {
        SimulatedLimits::WebgpuDefaults => defaults,
        SimulatedLimits::Phone => wgpu::Limits {
            max_storage_buffer_binding_size: defaults.max_buffer_size,
            ..defaults
        },
    };
    limits.or_worse_values_from(offered)
}

/// An adapter in the place of `adapter` that offers these limits and no optional feature that can be missing.
///
/// # Errors
/// Where no adapter can be replaced.
pub(super) fn weakened(
    instance: &wgpu::Instance,
    adapter: wgpu::Adapter,
    simulated: SimulatedLimits,
) -> Result<wgpu::Adapter, String> {
    let limits = limits_of(simulated, &adapter.limits());
    replaced(instance, adapter, &limits).ok_or_else(|| {
        "limits of other GPUs can be simulated in a browser and with Vulkan on Linux: here, open the \
         GPU without them"
            .to_owned()
    })
}

/// Vulkan's description of the adapter with other limits.
#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "wgpu makes adapters with given limits of its own handles only"
)]
fn replaced(
    instance: &wgpu::Instance,
    adapter: wgpu::Adapter,
    limits: &wgpu::Limits,
) -> Option<wgpu::Adapter> {
    use wgpu::hal::{Instance as _, api::Vulkan};

    let about = adapter.get_info();
    // SAFETY: the handle is only looked at while `instance` lives, and without a surface there is none that
    // could be of another instance.
    let all = unsafe { instance.as_hal::<Vulkan>()?.enumerate_adapters(None) };
    let same = |info: &wgpu::AdapterInfo| {
        (&info.name, info.vendor, info.device) == (&about.name, about.vendor, about.device)
    };
    let mut exposed = all.into_iter().find(|it| same(&it.info))?;
    exposed.features = wgpu::Features::empty();
    exposed.capabilities.limits = limits.clone();
    // As WebGPU has them where there are no subgroups.
    exposed.info.subgroup_min_size = 4;
    exposed.info.subgroup_max_size = 128;
    // SAFETY: the adapter was enumerated by this instance.
    Some(unsafe { instance.create_adapter_from_hal::<Vulkan>(exposed) })
}

#[cfg(not(any(target_os = "linux", all(feature = "worker", target_family = "wasm"))))]
fn replaced(
    _instance: &wgpu::Instance,
    _adapter: wgpu::Adapter,
    _limits: &wgpu::Limits,
) -> Option<wgpu::Adapter> {
    None
}

/// The one feature without which CubeCL opens no device in a browser.
#[cfg(all(feature = "worker", target_family = "wasm"))]
const TIMESTAMPS: &str = "timestamp-query";

/// From now on every adapter in this worker has these limits and no features but [`TIMESTAMPS`]: both are read
/// from the prototype of the browser's adapters.
#[cfg(all(feature = "worker", target_family = "wasm"))]
fn replaced(
    _instance: &wgpu::Instance,
    adapter: wgpu::Adapter,
    limits: &wgpu::Limits,
) -> Option<wgpu::Adapter> {
    use js_sys::{Object, Reflect, Set};
    use wasm_bindgen::{JsCast, JsValue};

    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let class = get(&js_sys::global(), "GPUAdapter")?;
    let prototype: Object = get(&class, "prototype")?.unchecked_into();
    let shown = Object::new();
    for (name, value) in browser_names(limits) {
        Reflect::set(&shown, &name.into(), &JsValue::from_f64(value as f64)).ok()?;
    }
    let features = Set::new(&JsValue::UNDEFINED);
    features.add(&TIMESTAMPS.into());
    for (name, value) in [
        ("limits", JsValue::from(shown)),
        ("features", features.into()),
    ] {
        let descriptor = Object::new();
        Reflect::set(&descriptor, &"value".into(), &value).ok()?;
        Reflect::set(&descriptor, &"configurable".into(), &JsValue::TRUE).ok()?;
        Reflect::define_property(&prototype, &name.into(), &descriptor).ok()?;
    }
    Some(adapter)
}

/// The limits under WebGPU's names; those of textures and vertices, which nothing here uses, are left out.
#[cfg(any(test, all(feature = "worker", target_family = "wasm")))]
fn browser_names(limits: &wgpu::Limits) -> [(&'static str, u64); 17] {
    macro_rules! named {
        ($($theirs:literal $ours:ident),* $(,)?) => { [$(($theirs, limits.$ours as u64)),*] };
    }
    named![
        "maxBindGroups" max_bind_groups,
        "maxBindingsPerBindGroup" max_bindings_per_bind_group,
        "maxDynamicUniformBuffersPerPipelineLayout" max_dynamic_uniform_buffers_per_pipeline_layout,
        "maxDynamicStorageBuffersPerPipelineLayout" max_dynamic_storage_buffers_per_pipeline_layout,
        "maxStorageBuffersPerShaderStage" max_storage_buffers_per_shader_stage,
        "maxUniformBuffersPerShaderStage" max_uniform_buffers_per_shader_stage,
        "maxUniformBufferBindingSize" max_uniform_buffer_binding_size,
        "maxStorageBufferBindingSize" max_storage_buffer_binding_size,
        "maxBufferSize" max_buffer_size,
        "minUniformBufferOffsetAlignment" min_uniform_buffer_offset_alignment,
        "minStorageBufferOffsetAlignment" min_storage_buffer_offset_alignment,
        "maxComputeWorkgroupStorageSize" max_compute_workgroup_storage_size,
        "maxComputeInvocationsPerWorkgroup" max_compute_invocations_per_workgroup,
        "maxComputeWorkgroupSizeX" max_compute_workgroup_size_x,
        "maxComputeWorkgroupSizeY" max_compute_workgroup_size_y,
        "maxComputeWorkgroupSizeZ" max_compute_workgroup_size_z,
        "maxComputeWorkgroupsPerDimension" max_compute_workgroups_per_dimension,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_webgpu() {
        let offered = wgpu::Limits::unlimited();
        let limits = limits_of(SimulatedLimits::WebgpuDefaults, &offered);
        let named = browser_names(&limits);
        let of = |name: &str| named.iter().find(|it| it.0 == name).map(|it| it.1);
        assert_eq!(of("maxStorageBuffersPerShaderStage"), Some(8));
        assert_eq!(of("maxComputeWorkgroupStorageSize"), Some(16 << 10));
        assert_eq!(of("maxComputeInvocationsPerWorkgroup"), Some(256));
        assert_eq!(of("maxStorageBufferBindingSize"), Some(128 << 20));
        assert_eq!(of("maxBufferSize"), Some(256 << 20));
        let phone = limits_of(SimulatedLimits::Phone, &offered);
        assert_eq!(phone.max_storage_buffer_binding_size, 256 << 20);
        assert_eq!(phone.max_buffer_size, 256 << 20);
    }

    #[test]
    fn no_limit_is_better_than_the_adapters() {
        let offered = wgpu::Limits {
            max_storage_buffer_binding_size: 1 << 20,
            min_storage_buffer_offset_alignment: 512,
            ..wgpu::Limits::unlimited()
        };
        let limits = limits_of(SimulatedLimits::Phone, &offered);
        assert_eq!(limits.max_storage_buffer_binding_size, 1 << 20);
        assert_eq!(limits.min_storage_buffer_offset_alignment, 512);
    }

    #[test]
    fn limits_have_names() {
        assert_eq!(parsed(""), Ok(None));
        for limits in SimulatedLimits::ALL {
            assert_eq!(parsed(limits.name()), Ok(Some(limits)));
        }
        let problem = parsed("tablet").expect_err("unknown");
        for part in ["RSC_GPU_LIMITS", "`tablet`", "webgpu-defaults or phone"] {
            assert!(problem.contains(part), "{problem}");
        }
    }
}
