//! The zip archive of PyTorch 1.6 and later.

use super::{
    bytes::Bytes,
    pickle::{self, Persistent},
    problem::{Read, SAVE_AGAIN, shown},
    select::Named,
    sniff, state_dict,
    storage::{Storages, big_endian},
    zip::{self, Entries},
};

/// The tensors of a zip archive: `data.pkl` describes them, their bytes are in `data/`.
pub(super) fn read(file: &[u8]) -> Read<Vec<Named>> {
    let entries = zip::entries(file)?;
    let roots = entries.keys().filter_map(|it| it.strip_suffix("data.pkl"));
    let roots = roots.filter(|root| root.is_empty() || root.ends_with('/'));
    let Some(root) = roots.min_by_key(|root| root.len()) else {
        return Err(other_archive(&entries));
    };
    let entry = |name: &str| entries.get(format!("{root}{name}").as_str());
    let below = |name: &str| entry(name).copied().flatten();
    let code = format!("{root}code/");
    if entry("constants.pkl").is_some() || entries.keys().any(|it| it.starts_with(&code)) {
        return Err(format!(
            "is a TorchScript program, which is code and not only weights: {SAVE_AGAIN}"
        ));
    }
    let Some(description) = below("data.pkl") else {
        return Err(compressed());
    };
    if below("byteorder").is_some_and(|order| order.trim_ascii() != b"little") {
        return Err(big_endian());
    }
    let data = format!("{root}data/");
    let mut storages = Storages::new();
    for (name, bytes) in &entries {
        if let Some(key) = name.strip_prefix(data.as_str()) {
            storages.insert(key.to_owned(), bytes.ok_or_else(compressed)?);
        }
    }
    let pickle = pickle::read(&mut Bytes::new(description), Persistent::Storages)?;
    state_dict::tensors(&pickle, &storages)
}

/// Says that a part of the archive is not stored as it is.
fn compressed() -> String {
    format!("is a compressed archive, and `torch.save` writes none: {SAVE_AGAIN}")
}

fn other_archive(entries: &Entries<'_>) -> String {
    let file = entries.keys().find(|name| {
        let ends = |end| name.to_ascii_lowercase().ends_with(end);
        ends(".safetensors") || ends(".pth") || ends(".pt")
    });
    match file {
        Some(inner) => format!(
            "is an archive that holds {}: unpack it and bring that file",
            shown(inner)
        ),
        None => format!("is a zip archive without weights in it: {}", sniff::BRING),
    }
}
