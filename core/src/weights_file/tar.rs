//! The tar archive of PyTorch before 0.1.10, in which torchvision's first weights were published
//! (`resnet18-5c106cde.pth`, `resnet50-19c8e357.pth`).

use std::collections::BTreeMap;

use super::{
    bytes::{Bytes, index},
    kind::Kind,
    legacy::check_system,
    pickle::{self, Persistent, Pickle, Storage, Tensor, Value},
    problem::{Read, cut_off, damaged},
    select::Named,
    sniff, state_dict,
    storage::Storages,
};

/// An archive consists of blocks.
const BLOCK: usize = 512;

/// Most axes of a tensor.
const MOST_AXES: usize = 64;

/// The tensors of an archive.
pub(super) fn read(file: &[u8]) -> Read<Vec<Named>> {
    let entries = entries(file)?;
    let part = |name: &str| entries.get(name).copied().map(Bytes::new);
    let parts = part("storages").zip(part("tensors")).zip(part("pickle"));
    let Some(((mut storages, mut tensors), mut object)) = parts else {
        // One that is cut off ends before its pickle.
        return Err(match part("sys_info").or(part("storages")) {
            Some(_) => cut_off(),
            None => format!("is a tar archive without weights in it: {}", sniff::BRING),
        });
    };
    if let Some(mut system) = part("sys_info") {
        check_system(&pickle::read(&mut system, Persistent::Nothing)?)?;
    }
    let (storages, kinds) = read_storages(&mut storages)?;
    let tensors = read_tensors(&mut tensors, &storages, &kinds)?;
    let object = pickle::read(&mut object, Persistent::Tensors(&tensors))?;
    state_dict::tensors(&object, &storages)
}

/// The bytes of each entry by its name.
fn entries(file: &[u8]) -> Read<BTreeMap<&str, &[u8]>> {
    let mut bytes = Bytes::new(file);
    let mut entries = BTreeMap::new();
    while bytes.rest().first().is_some_and(|first| *first != 0) {
        let head = bytes.take(BLOCK)?;
        let until_zero =
            |field: &'_ [u8]| field.iter().position(|it| *it == 0).unwrap_or(field.len());
        let name = &head[..until_zero(&head[..100])];
        let name = std::str::from_utf8(name).map_err(|_| damaged("a name is no text"))?;
        let digits = std::str::from_utf8(&head[124..136]).unwrap_or_default();
        let digits = digits.trim_matches(['\0', ' ']);
        let length =
            u64::from_str_radix(digits, 8).map_err(|_| damaged("an entry has no length"))?;
        let length = index(length)?;
        let content = bytes.take(length)?;
        // The last block is filled up.
        let fill = length.next_multiple_of(BLOCK) - length;
        bytes.take(fill)?;
        let name = name.strip_prefix("./").unwrap_or(name);
        if entries.insert(name, content).is_some() {
            return Err(damaged("two of its entries have one name"));
        }
    }
    Ok(entries)
}

type Kinds = BTreeMap<String, Kind>;

/// How many, then for each storage `(key, device, class)`, its length and its bytes; then the views.
fn read_storages<'a>(bytes: &mut Bytes<'a>) -> Read<(Storages<'a>, Kinds)> {
    let (mut storages, mut kinds) = (Storages::new(), Kinds::new());
    for _ in 0..read_count(bytes)? {
        let about = pickle::read(bytes, Persistent::Nothing)?;
        let [key, _, class] = triple(&about)?;
        let key = key_of(key)?;
        let Value::Global(_, class) = class else {
            return Err(damaged("a storage without a class"));
        };
        let kind = Kind::of_storage(class).ok_or_else(|| damaged("an unknown kind of storage"))?;
        let length = length(bytes)?.checked_mul(kind.size).ok_or_else(cut_off)?;
        storages.insert(key.clone(), bytes.take(length)?);
        kinds.insert(key, kind);
    }
    let views = pickle::read(bytes, Persistent::Nothing)?;
    let Value::List(list) = views.root() else {
        return Err(damaged("it does not list its views"));
    };
    for view in list {
        let Value::Tuple(view) = views.get(*view) else {
            return Err(damaged("a view that is not described"));
        };
        let &[target, root, offset, count] = view.as_slice() else {
            return Err(damaged("a view that is not described"));
        };
        let root = key_of(views.get(root))?;
        let (Value::Int(offset), Value::Int(count), Some(kind)) = (
            views.get(offset),
            views.get(count),
            kinds.get(&root).copied(),
        ) else {
            return Err(damaged("a view that is not described"));
        };
        let place = |at: i64| usize::try_from(at).ok()?.checked_mul(kind.size);
        let range = place(*offset).zip(place(*count));
        let range = range.and_then(|(from, length)| Some(from..from.checked_add(length)?));
        let part = storages
            .get(&root)
            .zip(range)
            .and_then(|(it, range)| it.get(range));
        let part = part.ok_or_else(|| damaged("a view reaches out of its storage"))?;
        let target = key_of(views.get(target))?;
        storages.insert(target.clone(), part);
        kinds.insert(target, kind);
    }
    Ok((storages, kinds))
}

/// How many, then for each tensor `(key, storage, class)`, its axes, their sizes and steps, and where it
/// begins.
fn read_tensors(
    bytes: &mut Bytes<'_>,
    storages: &Storages<'_>,
    kinds: &Kinds,
) -> Read<BTreeMap<String, Tensor>> {
    let mut tensors = BTreeMap::new();
    for _ in 0..read_count(bytes)? {
        let about = pickle::read(bytes, Persistent::Nothing)?;
        let [key, storage, _] = triple(&about)?;
        let storage = key_of(storage)?;
        let found = kinds.get(&storage).zip(storages.get(&storage));
        let (kind, content) = found.ok_or_else(|| damaged("a tensor without a storage"))?;
        let axes = usize::try_from(bytes.i32()?).ok();
        let axes = axes.filter(|axes| *axes <= MOST_AXES);
        let axes = axes.ok_or_else(|| damaged("a tensor with too many axes"))?;
        bytes.take(4)?;
        let mut lengths = || -> Read<Vec<usize>> { (0..axes).map(|_| length(bytes)).collect() };
        let (shape, stride) = (lengths()?, lengths()?);
        let tensor = Tensor {
            storage: Storage {
                key: storage,
                kind: Some(*kind),
                count: content.len() / kind.size,
                offset: 0,
            },
            kind: *kind,
            offset: length(bytes)?,
            shape,
            stride,
        };
        tensors.insert(key_of(key)?, tensor);
    }
    Ok(tensors)
}

fn read_count(bytes: &mut Bytes<'_>) -> Read<i64> {
    match pickle::read(bytes, Persistent::Nothing)?.root() {
        Value::Int(count) => Ok(*count),
        _ => Err(damaged("it does not say how many tensors it has")),
    }
}

fn length(bytes: &mut Bytes<'_>) -> Read<usize> {
    usize::try_from(bytes.i64()?).map_err(|_| damaged("a negative length"))
}

fn triple<'p, 'a>(pickle: &'p Pickle<'a>) -> Read<[&'p Value<'a>; 3]> {
    match pickle.root() {
        Value::Tuple(items) if items.len() == 3 => Ok([0, 1, 2].map(|at| pickle.get(items[at]))),
        _ => Err(damaged("a part that is not described")),
    }
}

fn key_of(value: &Value<'_>) -> Read<String> {
    match value {
        Value::Text(key) => Ok((*key).to_owned()),
        Value::Int(key) => Ok(key.to_string()),
        _ => Err(damaged("a storage without a name")),
    }
}
