//! Tensors and shapes by name.

use std::collections::BTreeMap;

/// Tensors by name: a shape, and its values row by row.
pub type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Names of tensors with their shapes, as a network expects them.
pub type Shapes = BTreeMap<String, Vec<usize>>;
