//! Which dictionary of a checkpoint holds the weights, and its tensors.

use super::{
    pickle::{Id, Pickle, Value},
    problem::{Read, SAVE_AGAIN, damaged, shown},
    select::{Budget, Named},
    storage::{Storages, count},
};

/// Under which keys checkpoints hold the weights, the likeliest first.
const KEYS: [&str; 4] = ["state_dict", "model_state_dict", "model", "module"];

/// How deep such keys may lie.
const DEPTH: usize = 3;

/// The tensors of the state dictionary of a pickle.
pub(super) fn tensors(pickle: &Pickle<'_>, storages: &Storages<'_>) -> Read<Vec<Named>> {
    let found = find(pickle, pickle.root, DEPTH);
    let entries = found.ok_or_else(|| without_weights(pickle))?;
    let mut budget = Budget::default();
    let mut tensors = Vec::new();
    for (key, value) in entries {
        let Value::Text(name) = pickle.get(*key) else {
            continue;
        };
        let tensor = match pickle.get(*value) {
            Value::Tensor(tensor) => tensor,
            Value::Unread(what) => {
                return Err(format!(
                    "holds {} as a tensor that is {what}: save the weights as 16- or 32-bit floats",
                    shown(name)
                ));
            }
            _ => continue,
        };
        if tensor.kind.is_skipped(name) {
            continue;
        }
        budget.take(count(&tensor.shape)?)?;
        let values = tensor.values(storages)?;
        tensors.push(Named::new(name, &tensor.shape, tensor.kind, values)?);
    }
    Ok(tensors)
}

/// The dictionary that holds the weights: this one, or one below a usual key.
fn find<'p>(pickle: &'p Pickle<'_>, id: Id, depth: usize) -> Option<&'p [(Id, Id)]> {
    let Value::Dict(entries) = pickle.get(id) else {
        return None;
    };
    let is_tensor =
        |(_, value): &(Id, Id)| matches!(pickle.get(*value), Value::Tensor(_) | Value::Unread(_));
    if entries.iter().any(is_tensor) {
        return Some(entries);
    }
    let below = depth.checked_sub(1)?;
    KEYS.iter().find_map(|wanted| {
        let is = |key: Id| matches!(pickle.get(key), Value::Text(key) if key == wanted);
        let mut at = entries.iter().filter(|(key, _)| is(*key));
        at.find_map(|(_, value)| find(pickle, *value, below))
    })
}

fn without_weights(pickle: &Pickle<'_>) -> String {
    let Value::Dict(entries) = pickle.root() else {
        return match pickle.root() {
            Value::Tensor(_) => format!("holds a single tensor and not a network's: {SAVE_AGAIN}"),
            _ => format!("holds no dictionary of tensors: {SAVE_AGAIN}"),
        };
    };
    let keys = entries
        .iter()
        .filter_map(|(key, _)| match pickle.get(*key) {
            Value::Text(key) => Some(shown(key)),
            _ => None,
        });
    let keys: Vec<String> = keys.take(5).collect();
    if keys.is_empty() {
        return damaged("it holds no tensors");
    }
    format!(
        "holds no tensors under {}, nor under `state_dict`, `model_state_dict` or `model`: {SAVE_AGAIN}",
        keys.join(", ")
    )
}
