//! Checkpoints of parts of a run put together into that of the whole. Both are safetensors files:
//! the length of a JSON text, that text with every tensor's place, then the tensors' bytes. The
//! page does this, so the library that the engine reads and writes them with would make it larger;
//! tests hold the result against what the engine itself writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::NetworkConfig;

/// Under this name is what a checkpoint has beside tensors.
pub(crate) const CHECKPOINT: &str = "rsc_checkpoint";
/// The text is filled up with blanks to a multiple of so many bytes.
const ALIGNMENT: usize = 8;

/// The text at the front.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Head {
    #[serde(rename = "__metadata__", default)]
    metadata: BTreeMap<String, String>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Place>,
}

/// What a tensor is and where its bytes are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [usize; 2],
}

/// A file's head, and its tensors' bytes.
fn split(file: &[u8]) -> Option<(Head, &[u8])> {
    let (length, rest) = file.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (text, data) = rest.split_at_checked(length)?;
    Some((serde_json::from_slice(text).ok()?, data))
}

/// How many workers the run of a checkpoint has use for: one for each arm, one alone where only a head is
/// trained; `None` where it is no checkpoint.
pub fn workers_of_checkpoint(file: &[u8]) -> Option<usize> {
    let (head, _) = split(file)?;
    let about: Value = serde_json::from_str(head.metadata.get(CHECKPOINT)?).ok()?;
    let config = about.get("config")?;
    let network = NetworkConfig::deserialize(config.get("network")?);
    let arms = config.get("arms")?.as_array()?.len();
    Some(match network {
        Ok(network) if network.trains_head_alone() => 1,
        _ => arms,
    })
}

/// The checkpoint of a run from those of its parts, made after the same step.
///
/// # Errors
/// What does not fit.
pub fn merged_checkpoint<F: AsRef<[u8]>>(parts: &[F]) -> Result<Vec<u8>, &'static str> {
    let mut whole = Head::default();
    let mut bytes: BTreeMap<String, &[u8]> = BTreeMap::new();
    for (number, part) in parts.iter().enumerate() {
        let (head, data) = split(part.as_ref()).ok_or("a part of its file is damaged")?;
        if number == 0 {
            whole.metadata = head.metadata;
        } else if whole.metadata != head.metadata {
            return Err("its arms are not at the same step");
        }
        for (name, place) in head.tensors {
            let [from, to] = place.data_offsets;
            let values = data.get(from..to).ok_or("a part of its file is damaged")?;
            bytes.insert(name.clone(), values);
            if whole.tensors.insert(name, place).is_some() {
                return Err("an arm is there twice");
            }
        }
    }
    let mut end = 0;
    for (name, place) in &mut whole.tensors {
        let length = bytes.get(name).map_or(0, |values| values.len());
        place.data_offsets = [end, end + length];
        end += length;
    }
    let text = serde_json::to_string(&whole);
    let mut text = text.map_err(|_| "its file cannot be written")?.into_bytes();
    text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
    let mut file = Vec::with_capacity(ALIGNMENT + text.len() + end);
    file.extend((text.len() as u64).to_le_bytes());
    file.extend(text);
    for values in bytes.values() {
        file.extend_from_slice(values);
    }
    Ok(file)
}
