//! From the tensors of a file to those that a network is given.

use super::{
    kind::Kind,
    problem::{Read, SAVE_AGAIN, damaged, shown},
    sniff,
    tensors::Tensors,
};
use crate::limits::MOST_WEIGHTS_BYTES;

/// Most floats of all tensors together.
const MOST_FLOATS: usize = MOST_WEIGHTS_BYTES as usize / 4;

/// What a wrapper puts before every name: `DataParallel`, `torch.compile`, Lightning.
const PREFIXES: [&str; 4] = ["module.", "_orig_mod.", "model.", "state_dict."];

/// How many floats may still be read.
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MOST_FLOATS }
    }
}

impl Budget {
    /// Takes the floats of one tensor, before they are allocated.
    pub(super) fn take(&mut self, floats: usize) -> Read<()> {
        let left = self.left.checked_sub(floats);
        self.left = left.ok_or_else(|| {
            format!(
                "has more than {} million weights: a smaller network is needed",
                MOST_FLOATS / 1_000_000
            )
        })?;
        Ok(())
    }
}

/// A tensor of a file.
pub(super) struct Named {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Named {
    /// A tensor, unless its values are no floats or not finite.
    pub(super) fn new(
        name: &str,
        shape: &[usize],
        kind: Kind,
        values: Option<Vec<f32>>,
    ) -> Read<Self> {
        let Some(values) = values else {
            return Err(unsupported(name, kind.name));
        };
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(format!(
                "holds the value {value} in {}, and no network works with it: bring weights from \
                 before the training went wrong",
                shown(name)
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values,
        })
    }
}

/// Says that a tensor's type is not read.
pub(super) fn unsupported(name: &str, kind: &str) -> String {
    format!(
        "holds {} as {} numbers, and only floats of 16, 32 or 64 bits are read: save the weights as \
         such, without quantisation",
        shown(name),
        shown(kind)
    )
}

/// The tensors by name, without what a wrapper puts before each.
pub(super) fn checked(mut tensors: Vec<Named>) -> Read<Tensors> {
    if tensors.is_empty() {
        return Err(format!("holds no weights: {}", sniff::BRING));
    }
    while let Some(prefix) = PREFIXES
        .iter()
        .find(|prefix| tensors.iter().all(|it| it.name.starts_with(**prefix)))
    {
        for tensor in &mut tensors {
            tensor.name.drain(..prefix.len());
        }
    }
    let mut found = Tensors::new();
    for Named {
        name,
        shape,
        values,
    } in tensors
    {
        if found.contains_key(&name) {
            return Err(damaged(&format!(
                "it holds {} twice; {SAVE_AGAIN}",
                shown(&name)
            )));
        }
        found.insert(name, (shape, values));
    }
    Ok(found)
}
