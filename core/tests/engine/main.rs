//! The engine from outside. All of it is one program: each program that is linked with Burn is more than
//! 100 MB.
#![cfg(feature = "engine")]

mod commands;
mod gpu;
mod hostile;
mod lite0;
mod methods;
mod parity;
mod pytorch;
mod suite;
mod training;
mod worker_pool;
