//! Loops over the values of planes, in the vector instructions of the machine.

use pulp::{Simd, WithSimd};

use super::simd::dispatch;

/// In how many parts a sum is made, which vector instructions add to at once.
const PARTS: usize = 16;

/// The sum of the values.
pub(super) fn total(values: &[f32]) -> f32 {
    let [total] = sums([values; 2], |value, _| [value]);
    total
}

/// The sums of `N` terms of each pair of values.
pub(super) fn sums<const N: usize>(
    pairs: [&[f32]; 2],
    term: impl Fn(f32, f32) -> [f32; N],
) -> [f32; N] {
    dispatch(Sums { pairs, term })
}

struct Sums<'a, F> {
    pairs: [&'a [f32]; 2],
    term: F,
}

impl<const N: usize, F: Fn(f32, f32) -> [f32; N]> WithSimd for Sums<'_, F> {
    type Output = [f32; N];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f32; N] {
        let [left, right] = self.pairs.map(<[f32]>::as_chunks::<PARTS>);
        let mut sums = [[0.0_f32; PARTS]; N];
        for (left, right) in left.0.iter().zip(right.0) {
            for part in 0..PARTS {
                let terms = (self.term)(left[part], right[part]);
                for (sums, term) in sums.iter_mut().zip(terms) {
                    sums[part] += term;
                }
            }
        }
        let mut all = sums.map(|parts| parts.iter().sum::<f32>());
        for (left, right) in left.1.iter().zip(right.1) {
            let terms = (self.term)(*left, *right);
            all.iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
        }
        all
    }
}

/// Sets each value to that of a pair.
pub(super) fn set(values: &mut [f32], pairs: [&[f32]; 2], value: impl Fn(f32, f32) -> f32) {
    dispatch(Set {
        values,
        pairs,
        value,
    });
}

struct Set<'a, F> {
    values: &'a mut [f32],
    pairs: [&'a [f32]; 2],
    value: F,
}

impl<F: Fn(f32, f32) -> f32> WithSimd for Set<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let pairs = self.pairs[0].iter().zip(self.pairs[1]);
        for (to, (left, right)) in self.values.iter_mut().zip(pairs) {
            *to = (self.value)(*left, *right);
        }
    }
}
