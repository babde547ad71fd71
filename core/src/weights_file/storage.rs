//! How a tensor is taken out of the bytes of its storage.

use std::collections::BTreeMap;

use super::{
    kind::Kind,
    pickle::{Storage, Tensor},
    problem::{Read, SAVE_AGAIN, cut_off, damaged},
};

/// The bytes of the storages by their names.
pub(super) type Storages<'a> = BTreeMap<String, &'a [u8]>;

/// Says that the file's numbers are in the wrong order.
pub(super) fn big_endian() -> String {
    format!("was written on a big-endian machine: {SAVE_AGAIN} on a little-endian one")
}

/// How many numbers a shape has.
pub(super) fn count(shape: &[usize]) -> Read<usize> {
    let count = shape
        .iter()
        .try_fold(1_usize, |all, it| all.checked_mul(*it));
    count.ok_or_else(|| damaged("a tensor larger than any memory"))
}

impl Storage {
    /// The bytes of a tensor of this storage, from its first number to its last.
    fn part<'a>(
        &self,
        storages: &Storages<'a>,
        kind: Kind,
        from: usize,
        numbers: usize,
    ) -> Read<&'a [u8]> {
        let outside = || damaged("a tensor reaches out of its storage");
        if self.kind.is_some_and(|own| own != kind) {
            return Err(damaged("a tensor and its storage are of two types"));
        }
        let bytes = storages.get(&self.key).ok_or_else(cut_off)?;
        let claimed = self
            .count
            .checked_mul(self.kind.map_or(1, |kind| kind.size));
        if claimed.is_none_or(|claimed| claimed > bytes.len()) {
            return Err(cut_off());
        }
        let start = from
            .checked_add(self.offset)
            .and_then(|it| it.checked_mul(kind.size));
        let length = numbers.checked_mul(kind.size);
        let (start, length) = start.zip(length).ok_or_else(outside)?;
        let end = start.checked_add(length).ok_or_else(outside)?;
        bytes.get(start..end).ok_or_else(outside)
    }
}

impl Tensor {
    /// The values row by row, or `None` if they are no floats. The caller has limited their number.
    pub(super) fn values(&self, storages: &Storages<'_>) -> Read<Option<Vec<f32>>> {
        let wrong = || damaged("a tensor whose steps do not fit its shape");
        if self.stride.len() != self.shape.len() {
            return Err(wrong());
        }
        if count(&self.shape)? == 0 {
            return Ok(self.kind.floats(&[]));
        }
        let axes = self.shape.iter().zip(&self.stride);
        let last = axes.clone().try_fold(0_usize, |at, (size, step)| {
            at.checked_add((size - 1).checked_mul(*step)?)
        });
        let reach = last.and_then(|it| it.checked_add(1)).ok_or_else(wrong)?;
        let bytes = self.storage.part(storages, self.kind, self.offset, reach)?;
        let mut dense = 1;
        let in_rows = axes.clone().rev().all(|(size, step)| {
            let fits = *size == 1 || *step == dense;
            dense *= size;
            fits
        });
        if in_rows {
            return Ok(self.kind.floats(bytes));
        }
        Ok(self.kind.floats(&self.gathered(bytes)))
    }

    /// The bytes of the numbers in the order of the shape. `bytes` reach to the last one.
    fn gathered(&self, bytes: &[u8]) -> Vec<u8> {
        let size = self.kind.size;
        let all: usize = self.shape.iter().product();
        let mut gathered = Vec::with_capacity(all * size);
        for number in 0..all {
            let mut left = number;
            let mut at = 0;
            for (size, step) in self.shape.iter().zip(&self.stride).rev() {
                at += left % size * step;
                left /= size;
            }
            gathered.extend_from_slice(&bytes[at * size..][..size]);
        }
        gathered
    }
}
