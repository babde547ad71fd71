//! Safetensors: the length of a header, a header in JSON, the numbers.
//!
//! The header is not read by the crate `safetensors`, which overlooks a name that stands in it twice and
//! does not say which tensor is of an unknown type.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    bytes::{Bytes, index},
    kind::Kind,
    problem::{Read, damaged, shown},
    select::{Budget, Named, unsupported},
    storage::count,
};

/// What the header says of a tensor.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// All that it says, in its order.
struct Header(Vec<(String, Entry)>);

/// The tensors of a file.
pub(super) fn read(file: &[u8]) -> Read<Vec<Named>> {
    let mut bytes = Bytes::new(file);
    let length = index(bytes.u64()?)?;
    let header = bytes.take(length)?;
    let header: Header = serde_json::from_slice(header).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        damaged(&format!("its header is no table of tensors, see {at}"))
    })?;
    let mut entries = header.0;
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut budget = Budget::default();
    let mut tensors = Vec::new();
    let mut at = 0;
    for (name, entry) in entries {
        let [from, to] = entry.data_offsets;
        if from != at || to < from {
            return Err(damaged("its tensors do not lie one after the other"));
        }
        at = to;
        let data = bytes.take(index(to - from)?)?;
        let kind = Kind::of_safetensors(&entry.dtype);
        let kind = kind.ok_or_else(|| unsupported(&name, &entry.dtype))?;
        let shape: Vec<usize> = entry.shape.into_iter().map(index).collect::<Read<_>>()?;
        let numbers = count(&shape)?;
        if numbers.checked_mul(kind.size) != Some(data.len()) {
            return Err(damaged(&format!(
                "{} has another shape than its bytes",
                shown(&name)
            )));
        }
        if kind.is_skipped(&name) {
            continue;
        }
        budget.take(numbers)?;
        tensors.push(Named::new(&name, &shape, kind, kind.floats(data))?);
    }
    if bytes.rest().is_empty() {
        Ok(tensors)
    } else {
        Err(damaged("there is more in it than its header says"))
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("tensors by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                map.next_value::<IgnoredAny>()?;
            } else {
                let entry = map.next_value()?;
                entries.push((name, entry));
            }
        }
        Ok(Header(entries))
    }
}
