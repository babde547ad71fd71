//! The engine as the page sees it: its workers and devices, and what happens when one of them
//! fails.

mod deferred_module;
mod device_panel;
mod engine_choice;
mod engine_faults;
mod faults;
mod gpu_faults;
mod limits;
mod worker_pool;
