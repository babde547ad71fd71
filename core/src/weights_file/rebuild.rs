//! Calls in a pickle: those that describe a tensor, and those that are known to be harmless.

use super::{
    kind::Kind,
    pickle::{Id, Machine, Persistent, Storage, Tensor, Value},
    problem::{Read, damaged, shown},
};

/// Modules and classes whose objects are plain data, which checkpoints hold beside their weights.
const INERT: [(&str, &str); 23] = [
    ("__builtin__", "set"),
    ("__builtin__", "frozenset"),
    ("__builtin__", "complex"),
    ("__builtin__", "slice"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "complex"),
    ("builtins", "slice"),
    ("builtins", "bytearray"),
    ("_codecs", "encode"),
    ("argparse", "Namespace"),
    ("collections", "defaultdict"),
    ("collections", "Counter"),
    ("collections", "deque"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy", "dtype"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("torch", "device"),
    ("torch.serialization", "_get_layout"),
];

/// Calls that make a tensor of another one, their first argument.
const WRAPPERS: [&str; 2] = ["_rebuild_parameter", "_rebuild_parameter_with_state"];

impl<'a> Machine<'a, '_> {
    /// What a call makes.
    pub(super) fn call(&mut self, callable: Id, arguments: Id) -> Read<Value<'a>> {
        let &Value::Global(module, name) = &self.values[callable] else {
            return Err(damaged("its pickle calls what is no function"));
        };
        match (module, name) {
            ("collections", "OrderedDict") => self.ordered_dict(arguments),
            ("torch", "Size") => Ok(Value::Other),
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => {
                let tensor = self.tensor(name, arguments)?;
                Ok(tensor.map_or_else(Value::Unread, |it| Value::Tensor(Box::new(it))))
            }
            ("torch._utils", _) if WRAPPERS.contains(&name) => {
                let first = self.items(arguments)?.first().copied();
                let first = first.ok_or_else(|| damaged("a parameter without a tensor"))?;
                match &self.values[first] {
                    tensor @ (Value::Tensor(_) | Value::Unread(_)) => Ok(tensor.clone()),
                    _ => Err(damaged("a parameter that is no tensor")),
                }
            }
            ("torch._tensor", "_rebuild_from_type_v2") => match *self.items(arguments)? {
                // A function that is this one again could go on for ever.
                [function, _, arguments, ..] if !self.is_wrapper(function) => {
                    self.call(function, arguments)
                }
                _ => Err(damaged("a tensor of a class without its arguments")),
            },
            ("torch._utils" | "torch", _) if name.starts_with("_rebuild_") => {
                let what = name.trim_start_matches("_rebuild_");
                Ok(Value::Unread(match what {
                    "qtensor" => "quantized".into(),
                    "sparse_tensor" | "sparse_csr_tensor" => "sparse".into(),
                    _ => format!("of the kind {}", shown(what)),
                }))
            }
            _ => {
                if !INERT.contains(&(module, name)) {
                    self.foreign
                        .get_or_insert_with(|| format!("{module}.{name}"));
                }
                Ok(Value::Object)
            }
        }
    }

    fn is_wrapper(&self, function: Id) -> bool {
        matches!(self.values[function], Value::Global("torch._tensor", _))
    }

    /// The items of a tuple or a list.
    fn items(&self, id: Id) -> Read<&[Id]> {
        match &self.values[id] {
            Value::Tuple(items) | Value::List(items) => Ok(items),
            _ => Err(damaged("its pickle has no list where one belongs")),
        }
    }

    /// A dictionary, of nothing or of pairs.
    fn ordered_dict(&self, arguments: Id) -> Read<Value<'a>> {
        let mut entries = Vec::new();
        if let Some(first) = self.items(arguments)?.first() {
            for pair in self.items(*first)? {
                let [key, value] = *self.items(*pair)? else {
                    return Err(damaged("its pickle has a key without a value"));
                };
                entries.push((key, value));
            }
        }
        Ok(Value::Dict(entries))
    }

    /// `(storage, offset, shape, stride, …)`, or why the tensor is not read.
    fn tensor(&self, function: &str, arguments: Id) -> Read<Result<Tensor, String>> {
        let items = self.items(arguments)?;
        let [storage, offset, shape, stride, ..] = *items else {
            return Err(damaged("a tensor without a shape"));
        };
        let storage = match &self.values[storage] {
            Value::Storage(storage) => storage.clone(),
            Value::Unread(what) => return Ok(Err(what.clone())),
            _ => return Err(damaged("a tensor without a storage")),
        };
        let kind = if function == "_rebuild_tensor_v3" {
            let named = items.get(6).map(|id| &self.values[*id]);
            let Some(Value::Global("torch", name)) = named else {
                return Err(damaged("a tensor without a type"));
            };
            match Kind::of_torch(name) {
                Some(kind) => kind,
                None => return Ok(Err(format!("of the type {}", shown(name)))),
            }
        } else {
            let untyped = || damaged("a tensor without a type");
            storage.kind.ok_or_else(untyped)?
        };
        let lengths = |id| -> Read<Vec<usize>> {
            self.items(id)?.iter().map(|id| self.length(*id)).collect()
        };
        Ok(Ok(Tensor {
            kind,
            offset: self.length(offset)?,
            shape: lengths(shape)?,
            stride: lengths(stride)?,
            storage,
        }))
    }

    fn length(&self, id: Id) -> Read<usize> {
        match self.values[id] {
            Value::Int(length) => usize::try_from(length).ok(),
            _ => None,
        }
        .ok_or_else(|| damaged("a tensor whose size is no number"))
    }

    /// What a persistent identifier stands for.
    pub(super) fn persistent(&mut self, id: Id) -> Read<Value<'a>> {
        match self.persistent {
            Persistent::Nothing => Err(damaged("its pickle names a storage too early")),
            Persistent::Storages => self.storage(id),
            Persistent::Tensors(tensors) => {
                let tensor = tensors.get(&self.key(id)?);
                let tensor =
                    tensor.ok_or_else(|| damaged("its pickle names a tensor not there"))?;
                Ok(Value::Tensor(Box::new(tensor.clone())))
            }
        }
    }

    /// A name, which may be a number.
    fn key(&self, id: Id) -> Read<String> {
        match &self.values[id] {
            Value::Text(key) => Ok((*key).to_owned()),
            Value::Int(key) => Ok(key.to_string()),
            _ => Err(damaged("a storage without a name")),
        }
    }

    /// `('storage', class, key, device, count)`, in old files with a view `(key, offset, count)`.
    fn storage(&mut self, id: Id) -> Read<Value<'a>> {
        let items = self.items(id)?;
        // A class of a whole model, in old files with its source.
        if let [tag, class, ..] = *items
            && matches!(self.values[tag], Value::Text("module"))
            && matches!(self.values[class], Value::Global(..))
        {
            return Ok(self.values[class].clone());
        }
        let [tag, class, key, _, count, ..] = *items else {
            return Err(damaged("a storage that is not described"));
        };
        let (Value::Text("storage"), Value::Global(_, class)) =
            (&self.values[tag], &self.values[class])
        else {
            return Err(damaged("a storage that is not described"));
        };
        let key = self.key(key)?;
        let count = self.length(count)?;
        let kind = Kind::of_storage(class);
        if kind.is_none() && *class != "UntypedStorage" {
            return Ok(Value::Unread(format!(
                "in a storage of the kind {}",
                shown(class)
            )));
        }
        let offset = match items.get(5).map(|id| &self.values[*id]) {
            Some(Value::Tuple(view)) => match **view {
                [_, offset, _] => self.length(offset)?,
                _ => return Err(damaged("a view that is not described")),
            },
            _ => 0,
        };
        let claim = (count, kind.map_or(1, |kind| kind.size));
        if *self.storages.entry(key.clone()).or_insert(claim) != claim {
            return Err(damaged("one storage with two sizes"));
        }
        Ok(Value::Storage(Storage {
            key,
            kind,
            count,
            offset,
        }))
    }
}
