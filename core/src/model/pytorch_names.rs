//! PyTorch's name for each parameter, and its layout.

/// The dotted name of the parameter at `path` of a [`super::Network`] as PyTorch would have it: no
/// variants of enums, `weight` and `bias` for a normalisation's scale and shift.
pub(super) fn pytorch_name(path: &[String]) -> String {
    let parts = path.iter().map(String::as_str);
    parts
        .filter(|part| {
            !matches!(
                *part,
                "Conv" | "Basic" | "Batch" | "Group" | "Stage" | "Inverted" | "Residual"
            )
        })
        .map(|part| match part {
            "gamma" => "weight",
            "beta" => "bias",
            other => other,
        })
        .collect::<Vec<_>>()
        .join(".")
}

/// Whether Burn's layout of this parameter is the transpose of PyTorch's: linear weights are `[in, out]` there and
/// `[out, in]` in PyTorch.
pub(super) fn is_transposed(name: &str, rank: usize) -> bool {
    rank == 2 && name.ends_with("linear.weight")
}
