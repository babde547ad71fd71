//! Signals to a process.

use std::process::{Child, Command};

/// Sends one, such as `-KILL`.
pub(crate) fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success(), "{signal}");
}
