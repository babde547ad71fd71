//! The program `rsc`, as somebody runs it.
#![cfg(feature = "cli")]

mod common;
mod folders;
mod program;
mod protocol;
mod trained;
