//! The held-out domain in two parts, as in DomainBed: accuracies are reported on the `in` part, the oracle
//! selects by the `out` part.

use anyhow::{Result, bail};
use rand::seq::SliceRandom;

use super::{cells::HOLDOUT_FRACTION, digest::stream};

/// For each image of a held-out domain, whether it belongs to the `out` part: a fifth of them, rounded down,
/// by a permutation that depends on the seed and on the domain's name.
///
/// # Errors
/// Where there are too few images for two parts.
pub(crate) fn out_part(images: usize, seed: u64, domain: &str) -> Result<Vec<bool>> {
    let count = (images as f64 * HOLDOUT_FRACTION) as usize;
    if count == 0 {
        bail!(
            "the held-out domain `{domain}` has {images} images, which cannot be divided into four fifths \
             and one: at least 5 are needed"
        );
    }
    let mut order: Vec<usize> = (0..images).collect();
    order.shuffle(&mut stream(&["held-out split", &seed.to_string(), domain]));
    let mut out = vec![false; images];
    for &index in &order[..count] {
        out[index] = true;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_is_set_apart_by_seed_and_domain() {
        let out = out_part(101, 3, "sketch").unwrap();
        assert_eq!(out.iter().filter(|&&it| it).count(), 20);
        assert_eq!(out, out_part(101, 3, "sketch").unwrap());
        assert_ne!(out, out_part(101, 4, "sketch").unwrap());
        assert_ne!(out, out_part(101, 3, "photo").unwrap());
        assert!(out_part(5, 0, "a").is_ok());
        let refused = out_part(4, 0, "a").unwrap_err().to_string();
        assert!(
            refused.contains("`a`") && refused.contains("at least 5"),
            "{refused}"
        );
    }
}
