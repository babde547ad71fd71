//! Long tests, which an ordinary run makes short. `RSC_SOAK_MINUTES` says how long they are (`cargo
//! lab test --soak`).

mod checks;
mod duration;
mod measurements;
mod memory;
mod random_visit;
mod visitor;
