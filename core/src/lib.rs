//! The engine of RSC Lab: small convolutional networks trained with Representation Self-Challenging.
//!
//! Three uses, by feature: without any, only the plain types that the page needs ([`config`],
//! [`protocol`], [`worker_pool`], [`quantile`], [`error`], [`limits`], [`image_file`],
//! [`image_layout`], [`image_pack`], the report of [`mod@bench`]); with `engine`, the Burn networks, the challenge, the trainer and the session; with `worker` or `cli`, the wasm bindings or
//! the program `rsc` on top.
#![recursion_limit = "256"]

pub mod bench;
pub mod config;
pub mod error;
pub mod image_file;
pub mod image_layout;
pub mod image_pack;
pub mod limits;
pub mod protocol;
pub mod quantile;
pub mod worker_pool;

#[cfg(feature = "engine")]
pub mod challenge;
#[cfg(feature = "engine")]
pub mod data;
#[cfg(feature = "engine")]
pub mod device;
#[cfg(feature = "cli")]
pub mod figure;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(all(feature = "engine", not(feature = "gpu")))]
mod without_gpu;
#[cfg(all(feature = "engine", not(feature = "gpu")))]
use without_gpu as gpu;
#[cfg(feature = "engine")]
mod hash;
#[cfg(feature = "engine")]
mod host;
#[cfg(feature = "engine")]
pub mod methods;
#[cfg(feature = "engine")]
pub mod model;
#[cfg(feature = "engine")]
pub mod read;
#[cfg(feature = "engine")]
pub mod session;
#[cfg(feature = "engine")]
pub mod suite;
#[cfg(all(test, feature = "engine"))]
mod testing;
#[cfg(feature = "engine")]
pub mod trainer;
#[cfg(feature = "engine")]
pub mod usage;
#[cfg(feature = "engine")]
pub mod weights_file;
#[cfg(all(feature = "worker", target_family = "wasm"))]
mod worker;

pub use error::{ConfigError, Error, Result};
