//! The predictions of each arm for each test image as bytes, so that a resumed run has its confusion
//! matrices between two evaluations.

/// Version of the bytes.
const FORMAT: u8 = 1;

/// Format, number of arms, then the classes of each arm's images, all arms alike; two bytes each,
/// little-endian.
pub(crate) fn to_bytes(arms: &[Vec<u16>]) -> Vec<u8> {
    let mut bytes = vec![FORMAT, arms.len() as u8];
    for classes in arms {
        bytes.extend(classes.iter().flat_map(|class| class.to_le_bytes()));
    }
    bytes
}

/// Reads what [`to_bytes`] wrote; nothing where it is something else.
pub(crate) fn from_bytes(bytes: &[u8]) -> Vec<Vec<u16>> {
    let Some((&[FORMAT, arms], rest)) = bytes.split_first_chunk() else {
        return Vec::new();
    };
    let arms = usize::from(arms);
    let (classes, odd) = rest.as_chunks::<2>();
    if arms == 0 || !odd.is_empty() || !classes.len().is_multiple_of(arms) {
        return Vec::new();
    }
    let each = classes.len() / arms;
    (0..arms)
        .map(|arm| {
            let own = &classes[arm * each..(arm + 1) * each];
            own.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for arms in [
            vec![],
            vec![vec![]],
            vec![vec![0, 1, 999], vec![2, 0, 65_535]],
        ] {
            assert_eq!(from_bytes(&to_bytes(&arms)), arms);
        }
    }

    #[test]
    fn what_is_something_else_is_nothing() {
        let whole = to_bytes(&[vec![1, 2, 3], vec![4, 5, 6]]);
        for bytes in [
            &[][..],
            &[1],
            &[2, 2],
            &whole[..9],
            &whole[..12],
            &whole[1..],
        ] {
            assert_eq!(from_bytes(bytes), Vec::<Vec<u16>>::new(), "{bytes:?}");
        }
    }
}
