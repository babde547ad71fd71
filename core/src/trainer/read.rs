//! The one place where numbers leave the device: asynchronously.

use burn::tensor::Tensor;

use crate::error::{Error, Result};

/// Reads a tensor without blocking.
///
/// # Errors
/// [`Error::Device`] if the device fails.
pub async fn read(tensor: Tensor<1>) -> Result<Vec<f32>> {
    let failed = |problem: String| {
        Error::Device(format!(
            "the device failed while its results were read: {problem}"
        ))
    };
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| failed(error.to_string()))?;
    data.try_into_vec::<f32>()
        .map_err(|error| failed(format!("{error:?}")))
}
