//! The program `rsc`, started as somebody starts it.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[cfg(unix)]
pub(crate) mod signal;

use std::process::{Command, Output};

/// Runs the program to its end.
pub(crate) fn rsc(arguments: &[&str]) -> Output {
    let program = Command::new(env!("CARGO_BIN_EXE_rsc"))
        .args(arguments)
        .output();
    program.unwrap()
}

/// Runs the program, which must succeed; what it says on stdout.
pub(crate) fn succeeds(arguments: &[&str]) -> String {
    let output = rsc(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rsc {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}
