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

/// Reads several tensors in one go: one copy from the device instead of one each.
///
/// # Errors
/// [`Error::Device`] if the device fails.
pub async fn read_all(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>> {
    let lengths: Vec<usize> = tensors.iter().map(|it| it.dims()[0]).collect();
    if lengths.iter().sum::<usize>() == 0 {
        return Ok(vec![Vec::new(); lengths.len()]);
    }
    let together = read(Tensor::cat(tensors, 0)).await?;
    let mut rest = together.as_slice();
    let parts = lengths.into_iter().map(|length| {
        let (part, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        part.to_vec()
    });
    Ok(parts.collect())
}
