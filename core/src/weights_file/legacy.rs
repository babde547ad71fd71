//! PyTorch's stream of pickles (0.1.10 to 1.5, and `_use_new_zipfile_serialization=False`): a magic
//! number, the protocol, the system, the object, the names of the storages, then their bytes.

use super::{
    bytes::{Bytes, index},
    pickle::{self, Persistent, Pickle, Value},
    problem::{Read, SAVE_AGAIN, cut_off, damaged},
    select::Named,
    state_dict,
    storage::{Storages, big_endian},
};

/// The protocol of every such file.
const PROTOCOL: i64 = 1001;

/// The tensors of a stream.
pub(super) fn read(file: &[u8]) -> Read<Vec<Named>> {
    let mut bytes = Bytes::new(file);
    pickle::read(&mut bytes, Persistent::Nothing)?;
    let protocol = pickle::read(&mut bytes, Persistent::Nothing)?;
    if !matches!(protocol.root(), Value::Int(PROTOCOL)) {
        return Err(format!("has an unknown protocol: {SAVE_AGAIN}"));
    }
    check_system(&pickle::read(&mut bytes, Persistent::Nothing)?)?;
    let object = pickle::read(&mut bytes, Persistent::Storages)?;
    let names = pickle::read(&mut bytes, Persistent::Nothing)?;
    let Value::List(names_of) = names.root() else {
        return Err(damaged("it does not list its storages"));
    };
    let mut storages = Storages::new();
    for name in names_of {
        let Value::Text(name) = names.get(*name) else {
            return Err(damaged("a storage without a name"));
        };
        let Some((count, size)) = object.storages.get(*name).copied() else {
            return Err(damaged("it lists a storage that no tensor uses"));
        };
        if index(bytes.u64()?)? != count {
            return Err(damaged("a storage of another length"));
        }
        let length = count.checked_mul(size).ok_or_else(cut_off)?;
        if storages
            .insert((*name).to_owned(), bytes.take(length)?)
            .is_some()
        {
            return Err(damaged("it lists a storage twice"));
        }
    }
    state_dict::tensors(&object, &storages)
}

/// Refuses what a big-endian machine wrote.
pub(super) fn check_system(system: &Pickle<'_>) -> Read<()> {
    let Value::Dict(entries) = system.root() else {
        return Err(damaged("it does not say which machine wrote it"));
    };
    let little = entries.iter().find_map(|(key, value)| {
        let is = matches!(system.get(*key), Value::Text("little_endian"));
        is.then(|| system.get(*value))
    });
    match little {
        Some(Value::Bool(true)) => Ok(()),
        Some(Value::Bool(false)) => Err(big_endian()),
        _ => Err(damaged("it does not say which machine wrote it")),
    }
}
