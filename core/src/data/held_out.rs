//! Which domain is held out of training.

use crate::config::DataConfig;
use crate::error::{Error, Result};

/// The index of the held-out domain: the one that `config` names, or the last of several unless
/// [`DataConfig::together`] is set.
///
/// # Errors
/// [`Error::Data`] if there is no such domain, or no other one.
pub(super) fn held_out_index(domains: &[&str], config: &DataConfig) -> Result<Option<usize>> {
    let Some(wanted) = config.held_out.as_deref() else {
        let last = domains.len() > 1 && !config.together;
        return Ok(last.then(|| domains.len() - 1));
    };
    match domains.iter().position(|&domain| domain == wanted) {
        Some(_) if domains.len() == 1 => Err(Error::Data(format!(
            "`{wanted}` is the only domain and is held out, so nothing is left to train on: add \
             images of a second domain, or hold none out"
        ))),
        Some(index) => Ok(Some(index)),
        None => Err(Error::Data(format!(
            "the domain to hold out, `{wanted}`, is not among the domains: {}",
            quoted(domains.iter().copied())
        ))),
    }
}

/// `` `a`, `b` `` for messages.
pub(super) fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
