//! Weights as a safetensors file, with PyTorch's layouts and dotted names.

use std::{borrow::Cow, collections::HashMap};

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::Tensor,
};
use safetensors::{Dtype, View};

use super::pytorch_names::{is_transposed, pytorch_name};
use crate::{
    error::{Error, Result},
    read::read_all,
};

/// A tensor's name, its shape, and its values row by row.
pub type NamedTensor = (String, Vec<usize>, Vec<f32>);

/// A parameter still on the device, flattened.
struct Unread {
    name: String,
    shape: Vec<usize>,
    values: Tensor<1>,
}

/// Collects every float parameter under its path.
struct Collector {
    path: Vec<String>,
    found: Vec<Unread>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val().without_autodiff();
        let name = pytorch_name(&self.path);
        let tensor = if is_transposed(&name, D) {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        let shape = tensor.dims().to_vec();
        let count: usize = shape.iter().product();
        self.found.push(Unread {
            name,
            shape,
            values: tensor.reshape([count]),
        });
    }
}

/// Every weight and running statistic, by name: shape and values, read without blocking and in one
/// go.
///
/// # Errors
/// [`Error::Device`] if the device fails while reading.
pub async fn weights(network: &impl Module) -> Result<Vec<NamedTensor>> {
    let (named, tensors) = unread_weights(network);
    let values = read_all(tensors).await?;
    let named = named.into_iter().zip(values);
    Ok(named
        .map(|((name, shape), values)| (name, shape, values))
        .collect())
}

/// Names and shapes of [`weights`], and their flattened values, still on the device.
pub(crate) fn unread_weights(network: &impl Module) -> (Vec<(String, Vec<usize>)>, Vec<Tensor<1>>) {
    let mut collector = Collector {
        path: Vec::new(),
        found: Vec::new(),
    };
    network.visit(&mut collector);
    let named = collector.found.into_iter();
    named
        .map(
            |Unread {
                 name,
                 shape,
                 values,
             }| ((name, shape), values),
        )
        .unzip()
}

/// A safetensors file of [`weights`].
///
/// # Errors
/// [`Error::Device`] if the device fails while reading, [`Error::Data`] if the file cannot be made.
pub async fn to_safetensors(network: &impl Module) -> Result<Vec<u8>> {
    safetensors_file(&weights(network).await?, None)
}

/// A safetensors file of named tensors, with one entry of metadata if there is any.
///
/// # Errors
/// [`Error::Data`] if the file cannot be made.
pub(crate) fn safetensors_file(
    tensors: &[NamedTensor],
    metadata: Option<(String, String)>,
) -> Result<Vec<u8>> {
    let borrowed = tensors.iter();
    let borrowed = borrowed.map(|(name, shape, values)| (name.as_str(), &shape[..], &values[..]));
    file_of_borrowed(borrowed, metadata)
}

/// A tensor whose bytes are made when the file has come to it: those of all tensors at once would take as
/// much memory again as the file.
struct Floats<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl View for Floats<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let bytes = self.values.iter().flat_map(|it| it.to_le_bytes());
        Cow::Owned(bytes.collect())
    }

    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

/// [`safetensors_file`] of tensors that lie elsewhere: name, shape, values.
///
/// # Errors
/// [`Error::Data`] if the file cannot be made.
pub(super) fn file_of_borrowed<'a>(
    tensors: impl IntoIterator<Item = (&'a str, &'a [usize], &'a [f32])>,
    metadata: Option<(String, String)>,
) -> Result<Vec<u8>> {
    let tensors = tensors.into_iter();
    let views = tensors.map(|(name, shape, values)| (name, Floats { shape, values }));
    let metadata = metadata.map(|entry| HashMap::from([entry]));
    safetensors::serialize(views, metadata)
        .map_err(|error| Error::Data(format!("the weights cannot be written: {error}")))
}
