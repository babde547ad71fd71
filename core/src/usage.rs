//! How many features a network uses, and how evenly: what the challenge is meant to change.
//!
//! A contribution is measured with tensors ([`contributions`], [`measure`]), read once, and turned
//! into a [`Usage`] in plain numbers, which is also what arms and moments of training are compared
//! by.

use burn::{module::Module, tensor::Tensor};

use crate::{
    challenge::{Along, gradient},
    config::Signal,
    model::{Mode, Network},
    protocol::FeatureUsage,
};

/// Contribution, within each sample, of each channel `mean_hw |Z_c · G_c|` or of each position
/// `mean_c |Z_hw · G_hw|`, not yet normalised.
///
/// # Shapes
/// - `z`, `g`: `[B, C, H, W]`
/// - output: `[B, C]` or `[B, H·W]`
pub fn contributions(z: Tensor<4>, g: Tensor<4>, along: Along) -> Tensor<2> {
    let [batch, channels, height, width] = z.dims();
    let positions = height * width;
    let product = (z * g).abs().reshape([batch, channels, positions]);
    match along {
        Along::Channel => product.mean_dim(2).reshape([batch, channels]),
        Along::Spatial => product.mean_dim(1).reshape([batch, positions]),
    }
}

/// [`contributions`] at a network's challenge point, with the gradient of the true class's logit.
///
/// # Shapes
/// - `images`: `[B, 3, S, S]`, outside any graph
/// - `one_hot`: `[B, K]`, outside any graph
/// - output: `[B, C]` or `[B, H·W]`
pub fn measure(
    network: &Network,
    images: Tensor<4>,
    one_hot: &Tensor<2>,
    along: Along,
) -> Tensor<2> {
    let z = network.frozen().body(images, Mode::Evaluate);
    let frozen = network.clone().no_grad();
    let head = |z: Tensor<4>| frozen.head(z, Mode::Evaluate);
    let (_, g) = gradient(&z, one_hot, head, Signal::TrueLogit);
    contributions(z, g, along)
}

/// Shares of the features in what the network computes: not negative, sum 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    shares: Vec<f64>,
}

impl Usage {
    /// Normalises contributions to sum 1. What is negative or not finite counts as 0; where nothing
    /// is left, no feature is used and all shares are 0.
    pub fn new(contributions: &[f32]) -> Self {
        let clean = contributions.iter().map(|&value| {
            if value.is_finite() {
                f64::from(value).max(0.0)
            } else {
                0.0
            }
        });
        let total: f64 = clean.clone().sum();
        let shares = clean
            .map(|value| if total > 0.0 { value / total } else { 0.0 })
            .collect();
        Self { shares }
    }

    /// Usage by a set of samples together, from their [`contributions`] (`n` to a row): of a channel
    /// `u_c = mean |Z_c · G_c|` over samples and positions, normalised.
    pub fn together(rows: &[f32], n: usize) -> Self {
        let mut sums = vec![0.0; n];
        for row in rows.chunks_exact(n.max(1)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        Self::new(&sums)
    }

    /// Share of each feature, in the network's order.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The usage curve: the shares, largest first.
    pub fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.shares.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        sorted
    }

    /// Effective number of features `exp(−Σ u ln u)`: `n` where all are used alike, 1 where one is
    /// used alone, 0 where none is.
    pub fn effective_number(&self) -> f64 {
        if self.unused() {
            return 0.0;
        }
        let used = self.shares.iter().filter(|&&share| share > 0.0);
        used.map(|share| -share * share.ln()).sum::<f64>().exp()
    }

    /// Gini coefficient `2 Σ_i i·u_(i) / n − (n + 1) / n`, with `u_(1) ≤ … ≤ u_(n)`: 0 where all
    /// are used alike, `1 − 1/n` where one is used alone.
    pub fn gini(&self) -> f64 {
        if self.unused() {
            return 0.0;
        }
        let n = self.shares.len() as f64;
        let ranked = self.sorted();
        let weighted: f64 = ranked
            .iter()
            .rev()
            .enumerate()
            .map(|(i, share)| (i + 1) as f64 * share)
            .sum();
        2.0 * weighted / n - (n + 1.0) / n
    }

    /// Share of the most used `⌈fraction·n⌉` features: with 0.1, of the top 10 %.
    pub fn top_share(&self, fraction: f64) -> f64 {
        let count = (fraction.clamp(0.0, 1.0) * self.shares.len() as f64).ceil() as usize;
        self.sorted().iter().take(count).sum()
    }

    /// The numbers that leave the engine.
    pub fn summary(&self) -> FeatureUsage {
        FeatureUsage {
            effective_number: self.effective_number() as f32,
            gini: self.gini() as f32,
            top_tenth: self.top_share(0.1) as f32,
            curve: self
                .sorted()
                .into_iter()
                .map(|share| share as f32)
                .collect(),
        }
    }

    fn unused(&self) -> bool {
        self.shares.iter().all(|&share| share <= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::read::read;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn contributions_are_mean_absolute_products() -> crate::Result<()> {
        let device = Device::flex();
        // Two samples, two channels, two positions.
        let z: Tensor<4> = Tensor::<1>::from_floats([1., 2., 3., 4., 0., 1., 1., 0.], &device)
            .reshape([2, 2, 1, 2]);
        let g: Tensor<4> = Tensor::<1>::from_floats([1., -1., 2., 0., 5., -3., 1., 1.], &device)
            .reshape([2, 2, 1, 2]);
        // |Z·G|: sample 0 is [1 2 | 6 0], sample 1 is [0 3 | 1 0].
        let channels = contributions(z.clone(), g.clone(), Along::Channel).reshape([4]);
        let channels = pollster::block_on(read(channels))?;
        assert_eq!(channels, [1.5, 3.0, 1.5, 0.5]);
        let positions = contributions(z, g, Along::Spatial).reshape([4]);
        assert_eq!(pollster::block_on(read(positions))?, [3.5, 1.0, 0.5, 1.5]);
        assert_eq!(Usage::together(&channels, 2), Usage::new(&[3.0, 3.5]));
        Ok(())
    }

    #[test]
    fn numbers_by_hand() {
        let usage = Usage::new(&[1.0, 5.0, 2.0, 0.0]);
        assert_eq!(usage.shares(), [0.125, 0.625, 0.25, 0.0]);
        assert_eq!(usage.sorted(), [0.625, 0.25, 0.125, 0.0]);
        // H = 1/8 ln 8 + 5/8 ln 1.6 + 1/4 ln 4 = 0.900256…
        assert!((usage.effective_number() - 2.460_233).abs() < 1e-5);
        // 2 (1·0 + 2·0.125 + 3·0.25 + 4·0.625) / 4 − 5/4
        assert!(close(usage.gini(), 0.5));
        assert!(close(usage.top_share(0.1), 0.625));
        assert!(close(usage.top_share(0.5), 0.875));
    }

    #[test]
    fn even_and_single_usage_are_the_extremes() {
        let even = Usage::new(&[3.0; 10]);
        assert!(close(even.effective_number(), 10.0));
        assert!(close(even.gini(), 0.0));
        assert!(close(even.top_share(0.1), 0.1));
        let single = Usage::new(&[0.0, 7.0, 0.0, 0.0]);
        assert!(close(single.effective_number(), 1.0));
        assert!(close(single.gini(), 0.75));
        assert!(close(single.top_share(0.1), 1.0));
    }

    #[test]
    fn nothing_used_is_no_number_lost() {
        for contributions in [vec![], vec![0.0; 4], vec![f32::NAN, -1.0, f32::INFINITY]] {
            let usage = Usage::new(&contributions);
            assert!(close(usage.effective_number(), 0.0));
            assert!(close(usage.gini(), 0.0));
            assert!(close(usage.top_share(0.1), 0.0));
        }
        assert_eq!(Usage::new(&[f32::NAN, 2.0]).shares(), [0.0, 1.0]);
    }
}
