//! Several sessions as one engine, against one session that trains all arms: the same numbers bit
//! for bit, whatever is asked when and in whichever order the workers answer.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

mod config;
mod course;
mod equivalence;
mod failures;
mod merge;
mod runs;
mod simulation;
