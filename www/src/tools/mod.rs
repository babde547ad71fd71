//! Programs that Cargo does not provide: the wasm toolchain, browsers, a Vulkan driver. Each is searched
//! for, then installed where this program runs as root on Debian. Elsewhere the error says what to install.

mod apt;
mod chromium;
mod firefox;
mod toolchain;
mod vulkan;

pub(crate) use self::chromium::provide as chromium;
pub(crate) use self::firefox::provide as firefox;
pub(crate) use self::toolchain::{TARGET as WASM_TARGET, Toolchain, provide as wasm_toolchain};
pub(crate) use self::vulkan::provide as vulkan_driver;
