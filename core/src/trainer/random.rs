//! Random streams by seed, purpose and index, so that pausing, resuming or adding a draw in one
//! place changes nothing elsewhere.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Order of the training images, by epoch.
    Order = 1,
    /// The coin of a mixed axis, by step.
    Coin = 2,
    /// The strategy `random`, by step.
    Mask = 3,
    /// Augmentation of the training images, by step.
    Augment = 4,
    /// Order of one domain's training images, by domain and pass over them.
    DomainOrder = 5,
    /// Pairs and shares of Mixup, by step.
    Mixup = 6,
    /// What a regulariser drops, by step.
    Drop = 7,
}

/// The stream of `purpose` and `index` under `seed`.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 48) ^ index);
    rng
}
