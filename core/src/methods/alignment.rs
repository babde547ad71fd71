//! Distances between the domains' features: CORAL and MMD.

use burn::tensor::Tensor;

/// The scales of [`mmd`]'s Gaussian kernels.
const KERNELS: [f64; 7] = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0];

/// CORAL (Sun and Saenko 2016) with means, as DomainBed has it:
/// `mean (μ_x − μ_y)² + mean (C_x − C_y)²`, with covariances `C` over `n − 1`.
///
/// # Shapes
/// - `x`, `y`: `[n, F]`, `n ≥ 2`
/// - output: `[1]`
pub fn coral(x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    let moments = |features: Tensor<2>| {
        let count = features.dims()[0] as f64;
        let mean = features.clone().mean_dim(0);
        let centred = features - mean.clone();
        (
            mean,
            centred.clone().transpose().matmul(centred) / (count - 1.0),
        )
    };
    let ((mean_x, covariance_x), (mean_y, covariance_y)) = (moments(x), moments(y));
    (mean_x - mean_y).square().mean() + (covariance_x - covariance_y).square().mean()
}

/// The squared maximum mean discrepancy (Gretton et al. 2012) with a sum of Gaussian kernels
/// `k(x, y) = Σ_g exp(−g ‖x − y‖²)`, `g = 0.001, 0.01, …, 1000`: `K_xx + K_yy − 2 K_xy`, each the mean over all
/// pairs. Squared distances are at least `1e-30`, as in DomainBed.
///
/// # Shapes
/// - `x`, `y`: `[n, F]`
/// - output: `[1]`
pub fn mmd(x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    let same_x = kernel(x.clone(), x.clone()).mean();
    let same_y = kernel(y.clone(), y.clone()).mean();
    same_x + same_y - kernel(x, y).mean() * 2.0
}

/// The kernel of every pair, `[n, m]`.
fn kernel(x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
    let norms = |it: &Tensor<2>| it.clone().square().sum_dim(1);
    let (norm_x, norm_y) = (norms(&x), norms(&y).transpose());
    let squared = (norm_x + norm_y - x.matmul(y.transpose()) * 2.0).clamp_min(1e-30);
    let kernels = KERNELS.map(|scale| (squared.clone() * -scale).exp());
    let sum = kernels.into_iter().reduce(|sum, kernel| sum + kernel);
    sum.unwrap_or(squared)
}

/// The mean of a distance over all pairs of domains; `None` for a single domain.
///
/// # Shapes
/// - `features`: `[D·n, F]`, domain after domain
/// - output: `[1]`
pub fn pairwise(
    features: &Tensor<2>,
    domains: usize,
    distance: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>,
) -> Option<Tensor<1>> {
    let each = features.dims()[0] / domains;
    let of = |domain: usize| features.clone().narrow(0, domain * each, each);
    let pairs = (0..domains).flat_map(|i| (i + 1..domains).map(move |j| (i, j)));
    let count = (domains * (domains - 1) / 2) as f64;
    let distances = pairs.map(|(i, j)| distance(of(i), of(j)));
    let sum = distances.reduce(|sum, it| sum + it)?;
    Some(sum / count)
}
