//! Why a GPU cannot be had.

/// Why a software adapter is not taken unasked.
pub(super) fn only_software(name: &str) -> String {
    format!(
        "the only WebGPU adapter is a software one ({name}), which is slower than the CPU itself"
    )
}

/// Why there is no GPU.
pub(super) fn no_adapter() -> String {
    if cfg!(target_family = "wasm") {
        "this browser offers no WebGPU adapter".into()
    } else {
        "there is no Vulkan, Metal or DirectX 12 adapter".into()
    }
}
