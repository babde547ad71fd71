//! A zip archive whose entries are stored as they are, which is what `torch.save` writes. Compressed
//! entries are not unpacked, so no archive can be larger within than without.

use std::collections::BTreeMap;

use super::{
    bytes::{Bytes, index},
    problem::{Read, cut_off, damaged},
};

/// The end of the list of entries: its mark, and its length without a comment.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
/// Longest comment at the end of an archive.
const MOST_COMMENT: usize = u16::MAX as usize;
/// Where the end of an archive of more than 4 GB, or written as if it were, is to be found.
const LOCATOR: (&[u8], usize) = (b"PK\x06\x07", 20);
const END_64: &[u8] = b"PK\x06\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// A length that stands in the extra field instead.
const ELSEWHERE: u32 = u32::MAX;

/// The entries of an archive by their names; of a compressed one, nothing.
pub(super) type Entries<'a> = BTreeMap<&'a str, Option<&'a [u8]>>;

/// The bytes of each entry by its name, compared with their checksums.
pub(super) fn entries(file: &[u8]) -> Read<Entries<'_>> {
    let end = end(file).ok_or_else(cut_off)?;
    let (count, start) = directory(file, end)?;
    let mut list = Bytes::new(file.get(start..end).ok_or_else(cut_off)?);
    let mut entries = BTreeMap::new();
    let mut total = 0_usize;
    for _ in 0..count {
        let entry = Entry::read(&mut list)?;
        let bytes = if entry.stored {
            Some(entry.bytes(file)?)
        } else {
            None
        };
        if let Some(bytes) = bytes {
            // Entries that lie over each other would be looked through again and again.
            total = total.saturating_add(bytes.len());
            if total > file.len() {
                return Err(damaged("parts of it overlap"));
            }
            if entry.checksum != 0 && crc32fast::hash(bytes) != entry.checksum {
                return Err(damaged("a checksum differs"));
            }
        }
        if entries.insert(entry.name, bytes).is_some() {
            return Err(damaged("two of its entries have one name"));
        }
    }
    Ok(entries)
}

/// Where the end record lies.
fn end(file: &[u8]) -> Option<usize> {
    let last = file.len().checked_sub(END.1)?;
    let first = last.saturating_sub(MOST_COMMENT);
    (first..=last).rev().find(|at| {
        let comment = file.get(at + 20..at + 22);
        let ends = |it: &[u8]| at + END.1 + usize::from(it[0]) + 256 * usize::from(it[1]);
        file[*at..].starts_with(END.0) && comment.is_some_and(|it| ends(it) == file.len())
    })
}

/// How many entries there are, and where their list begins.
fn directory(file: &[u8], end: usize) -> Read<(u64, usize)> {
    let locator = end.checked_sub(LOCATOR.1).and_then(|at| file.get(at..end));
    if let Some(locator) = locator
        && locator.starts_with(LOCATOR.0)
    {
        let mut locator = Bytes::new(locator);
        locator.take(8)?;
        let record = file.get(index(locator.u64()?)?..).ok_or_else(cut_off)?;
        if !record.starts_with(END_64) {
            return Err(damaged("its list of entries is not where it should be"));
        }
        let mut record = Bytes::new(record);
        record.take(32)?;
        let count = record.u64()?;
        record.u64()?;
        return Ok((count, index(record.u64()?)?));
    }
    let mut record = Bytes::new(file.get(end..).ok_or_else(cut_off)?);
    record.take(10)?;
    let count = record.u16()?;
    record.u32()?;
    Ok((count.into(), index(record.u32()?.into())?))
}

/// What the list says of an entry.
struct Entry<'a> {
    name: &'a str,
    length: u64,
    offset: u64,
    checksum: u32,
    stored: bool,
}

impl<'a> Entry<'a> {
    fn read(list: &mut Bytes<'a>) -> Read<Self> {
        if list.take(4)? != ENTRY {
            return Err(damaged("its list of entries is wrong"));
        }
        list.take(4)?;
        let flags = list.u16()?;
        let method = list.u16()?;
        list.take(4)?;
        let checksum = list.u32()?;
        let (packed, length) = (list.u32()?, list.u32()?);
        let [name, extra, comment] = [list.u16()?, list.u16()?, list.u16()?];
        list.take(8)?;
        let offset = list.u32()?;
        let name = list.take(name.into())?;
        let extra = list.take(extra.into())?;
        list.take(comment.into())?;
        if flags & 1 != 0 {
            return Err("is an encrypted archive: unpack it and bring what is in it".into());
        }
        let stored = method == 0;
        let mut long = Bytes::new(long_lengths(extra)?);
        let mut wide = |length: u32| match length {
            ELSEWHERE => long.u64(),
            _ => Ok(length.into()),
        };
        let (length, packed, offset) = (wide(length)?, wide(packed)?, wide(offset)?);
        if stored && packed != length {
            return Err(damaged("an entry has two lengths"));
        }
        Ok(Self {
            name: std::str::from_utf8(name).map_err(|_| damaged("a name is no text"))?,
            length,
            offset,
            checksum,
            stored,
        })
    }

    fn bytes(&self, file: &'a [u8]) -> Read<&'a [u8]> {
        let mut local = Bytes::new(file.get(index(self.offset)?..).ok_or_else(cut_off)?);
        if local.take(4)? != LOCAL {
            return Err(damaged("an entry is not where it should be"));
        }
        local.take(22)?;
        let (name, extra) = (local.u16()?, local.u16()?);
        local.take(usize::from(name) + usize::from(extra))?;
        local.take(index(self.length)?)
    }
}

/// The field with the lengths that need 64 bits, or nothing.
fn long_lengths(extra: &[u8]) -> Read<&[u8]> {
    let mut extra = Bytes::new(extra);
    while extra.rest().len() >= 4 {
        let (id, length) = (extra.u16()?, extra.u16()?);
        let field = extra.take(length.into())?;
        if id == 1 {
            return Ok(field);
        }
    }
    Ok(&[])
}
