//! Whether the tensors of a file are those of a network.

use super::{
    known::recognise,
    problem::{problem, shown},
    tensors::{Shapes, Tensors},
};
use crate::error::Result;

/// How many tensors of a kind a message names.
const NAMED: usize = 5;

/// The tensors of a file for a network that expects those of `expected`, and nothing else.
///
/// Those of the classifier (`is_classifier`) are returned as they are if the file has them, whatever
/// `expected` says of them. `num_batches_tracked` is left out. `file` and `network` are names for
/// messages, the network's with its article ("a ResNet-18").
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) that lists what is missing, what is too much and what has another
/// shape, and the network that the file seems to be of.
pub fn fit(file: &str, network: &str, expected: &Shapes, given: Tensors) -> Result<Tensors> {
    let (mut missing, mut extra, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for (name, shape) in expected {
        match given.get(name) {
            _ if is_classifier(name) => {}
            None => missing.push(format!("{} {shape:?}", shown(name))),
            Some((found, _)) if found != shape => {
                other.push(format!("{} is {found:?} instead of {shape:?}", shown(name)));
            }
            Some(_) => {}
        }
    }
    for name in given.keys() {
        if !expected.contains_key(name) && !is_classifier(name) && !is_counter(name) {
            extra.push(shown(name));
        }
    }
    if missing.is_empty() && extra.is_empty() && other.is_empty() {
        let wanted = given.into_iter().filter(|(name, _)| !is_counter(name));
        return Ok(wanted.collect());
    }
    let looks = recognise(&given).filter(|looks| looks != network);
    let parts = [
        listed(&missing, ["tensor is missing", "tensors are missing"]),
        listed(&extra, ["is extra", "are extra"]),
        listed(&other, ["has another shape", "have other shapes"]),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let seems = match &looks {
        Some(looks) => format!("looks like {looks}, and {network} is needed"),
        None => format!("does not fit {network}"),
    };
    let remedy = match &looks {
        Some(looks) => format!("bring weights of {network}, or choose {looks} if it is offered"),
        None => format!(
            "bring the `state_dict()` of {network}, with the names of its tensors unchanged"
        ),
    };
    Err(problem(
        file,
        &format!("{seems}: {}; {remedy}", parts.join("; ")),
    ))
}

/// Whether a tensor belongs to the layers that tell classes apart, which a backbone does without.
fn is_classifier(name: &str) -> bool {
    ["fc.", "_fc.", "classifier.", "head."]
        .iter()
        .any(|it| name.starts_with(it))
}

fn is_counter(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

/// `3 tensors are missing: a, b, c`, the first few by name.
fn listed(items: &[String], [one, several]: [&str; 2]) -> Option<String> {
    let verb = if items.len() == 1 { one } else { several };
    let named = items
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if items.len() > NAMED { ", …" } else { "" };
    (!items.is_empty()).then(|| format!("{} {verb}: {named}{more}", items.len()))
}
