//! The programs that a build or a test needs and Cargo does not bring: found where they are,
//! installed where that is ours to do, and named exactly where it is not.

mod apt;
mod chromium;
mod firefox;
mod toolchain;
mod vulkan;

pub(crate) use self::chromium::provide as chromium;
pub(crate) use self::firefox::provide as firefox;
pub(crate) use self::toolchain::{TARGET as WASM_TARGET, Toolchain, provide as wasm_toolchain};
pub(crate) use self::vulkan::provide as vulkan;
