//! Loads the weights of a safetensors file into a network, by the names that
//! [`super::to_safetensors`] gives.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Tensor, TensorData},
};
use safetensors::{Dtype, SafeTensors};

use super::pytorch_names::{is_transposed, pytorch_name};
use crate::{
    error::{Error, Result},
    weights_file::Tensors,
};

/// Replaces each parameter's value by the given one of the same name, and notes the first that does
/// not fit.
struct Loader {
    path: Vec<String>,
    given: Tensors,
    problem: Option<String>,
}

impl Loader {
    fn note(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

impl ModuleMapper for Loader {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let name = pytorch_name(&self.path);
        let transposed = is_transposed(&name, D);
        let mut expected = tensor.dims();
        if transposed {
            expected.reverse();
        }
        let tensor = match self.given.remove(&name) {
            None => {
                self.note(format!("`{name}` is missing"));
                tensor
            }
            Some((shape, _)) if shape != expected => {
                self.note(format!(
                    "`{name}` has the shape {shape:?}: this network needs {expected:?}"
                ));
                tensor
            }
            Some((_, values)) if values.iter().any(|value| !value.is_finite()) => {
                self.note(format!("`{name}` has values that are not finite"));
                tensor
            }
            Some((_, values)) => {
                let values = match expected[..] {
                    [rows, columns] if transposed => transpose(&values, rows, columns),
                    _ => values,
                };
                let data = TensorData::new(values, tensor.dims());
                let tracked = tensor.is_require_grad();
                Tensor::<D>::from_data(data, &tensor.device()).set_require_grad(tracked)
            }
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// The transpose of a matrix of `rows` × `columns`. Not left to the device: products with a transposed
/// view round differently from those with the contiguous matrix that training had.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let row = |column| (0..rows).map(move |row| values[row * columns + column]);
    (0..columns).flat_map(row).collect()
}

/// A network with the values of `given` in place of its own: every parameter and running statistic
/// must be there, in its shape, and nothing else.
///
/// Running statistics are shared between clones of a network, so `network` must be a fresh one.
///
/// # Errors
/// [`Error::Data`] naming the first parameter that is missing, of another shape, not finite, or
/// unknown.
pub fn with_weights<M: Module>(module: M, given: Tensors) -> Result<M> {
    let mut loader = Loader {
        path: Vec::new(),
        given,
        problem: None,
    };
    let module = module.map(&mut loader);
    let left = loader.given.into_keys().next();
    let left = left.map(|name| format!("`{name}` is not part of this network"));
    match loader.problem.or(left) {
        Some(problem) => Err(Error::Data(format!("the weights do not fit: {problem}"))),
        None => Ok(module),
    }
}

/// The tensors of a safetensors file by name.
///
/// # Errors
/// [`Error::Data`] if it is no such file or has other numbers than 32-bit floats.
pub fn from_safetensors(file: &[u8]) -> Result<Tensors> {
    let read = SafeTensors::deserialize(file)
        .map_err(|error| Error::Data(format!("this is no whole safetensors file: {error}")))?;
    let mut found = Tensors::new();
    for (name, view) in read.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::Data(format!(
                "`{name}` holds {:?}: 32-bit floats (F32) are needed",
                view.dtype()
            )));
        }
        let values = view.data().chunks_exact(4);
        let values = values.map(|it| f32::from_le_bytes([it[0], it[1], it[2], it[3]]));
        found.insert(name, (view.shape().to_vec(), values.collect()));
    }
    Ok(found)
}
