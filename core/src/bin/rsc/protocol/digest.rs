//! SHA-256 of settings and images, and random streams by name.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// SHA-256 of some parts, each with its length before it.
fn of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The first eight bytes of the SHA-256 of some parts, in hexadecimal: 16 characters.
pub(crate) fn short(parts: &[&[u8]]) -> String {
    let whole = of(parts);
    whole[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A random stream of its own for each list of names.
pub(crate) fn stream(names: &[&str]) -> ChaCha8Rng {
    let parts: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
    ChaCha8Rng::from_seed(of(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_eq!(short(&[b"ab", b"c"]).len(), 16);
        assert_ne!(short(&[b"ab", b"c"]), short(&[b"a", b"bc"]));
        assert_eq!(short(&[b"ab"]), short(&[b"ab"]));
    }
}
