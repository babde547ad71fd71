//! Weights as a safetensors file, with PyTorch's layouts and dotted names.

use burn::{
    module::{Module, ModuleVisitor, Param},
    tensor::Tensor,
};
use safetensors::{Dtype, tensor::TensorView};

use super::Network;
use crate::error::{Error, Result};

/// A named tensor, flattened, and its shape.
struct Named {
    name: String,
    shape: Vec<usize>,
    values: Tensor<1>,
}

/// Collects every float parameter under its path.
struct Collector {
    path: Vec<String>,
    found: Vec<Named>,
}

impl Collector {
    /// The dotted name as PyTorch would have it: no variants of enums, `weight` and `bias` for a
    /// normalisation's scale and shift.
    fn name(&self) -> String {
        let parts = self.path.iter().map(String::as_str);
        parts
            .filter(|part| !matches!(*part, "Conv" | "Basic" | "Batch" | "Group"))
            .map(|part| match part {
                "gamma" => "weight",
                "beta" => "bias",
                other => other,
            })
            .collect::<Vec<_>>()
            .join(".")
    }
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
        let name = self.name();
        // Burn keeps linear weights as [in, out]; PyTorch as [out, in].
        let transposed = D == 2 && name.ends_with("linear.weight");
        let tensor = if transposed {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        let shape = tensor.dims().to_vec();
        let count: usize = shape.iter().product();
        self.found.push(Named {
            name,
            shape,
            values: tensor.reshape([count]),
        });
    }
}

/// Every weight and running statistic, by name: shape and values, read without blocking.
///
/// # Errors
/// [`Error::Device`] if the device fails while reading.
pub async fn weights(network: &Network) -> Result<Vec<(String, Vec<usize>, Vec<f32>)>> {
    let mut collector = Collector {
        path: Vec::new(),
        found: Vec::new(),
    };
    network.visit(&mut collector);
    let mut read = Vec::with_capacity(collector.found.len());
    for named in collector.found {
        let values = crate::trainer::read(named.values).await?;
        read.push((named.name, named.shape, values));
    }
    Ok(read)
}

/// A safetensors file of [`weights`].
///
/// # Errors
/// [`Error::Device`] if the device fails while reading, [`Error::Data`] if the file cannot be made.
pub async fn to_safetensors(network: &Network) -> Result<Vec<u8>> {
    let weights = weights(network).await?;
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = weights
        .into_iter()
        .map(|(name, shape, values)| {
            let bytes = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            (name, shape, bytes)
        })
        .collect();
    let problem = |error: safetensors::SafeTensorError| {
        Error::Data(format!("the weights cannot be written: {error}"))
    };
    let mut views = Vec::with_capacity(bytes.len());
    for (name, shape, data) in &bytes {
        let view = TensorView::new(Dtype::F32, shape.clone(), data).map_err(problem)?;
        views.push((name.as_str(), view));
    }
    safetensors::serialize(views, None).map_err(problem)
}
