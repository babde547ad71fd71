//! The stack machine of Python's pickles (protocols 2 to 5), as far as `torch.save` needs it.
//!
//! Values lie in one list and refer to each other by index, so a pickle that repeats a value copies
//! nothing, and one that contains itself does no harm. No code is run: what a call would make is known
//! for tensors and a few plain types ([`super::rebuild`]), any other call is noted as foreign.

use std::collections::{BTreeMap, HashMap};

use super::{
    bytes::{Bytes, index},
    kind::Kind,
    problem::{Read, SAVE_AGAIN, damaged, shown},
};

/// Index of a value.
pub(super) type Id = usize;

/// Most operations of a pickle. Those of a network with thousands of tensors have some 100,000.
const MOST_STEPS: usize = 4_000_000;

/// The bytes of one or several tensors.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    /// Its name in the archive.
    pub(super) key: String,
    /// What it holds, unless the tensor says so.
    pub(super) kind: Option<Kind>,
    /// How many numbers, or bytes if it has no kind.
    pub(super) count: usize,
    /// From which number on this is a view of the storage.
    pub(super) offset: usize,
}

/// A tensor as a pickle describes it.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    pub(super) storage: Storage,
    pub(super) kind: Kind,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) stride: Vec<usize>,
}

/// What a pickle holds.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    /// None, a float, bytes: nothing that tells of tensors.
    Other,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    /// Also a set.
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A class or a function, by its module and name.
    Global(&'a str, &'a str),
    Storage(Storage),
    Tensor(Box<Tensor>),
    /// A tensor that is described in a way that is not read.
    Unread(String),
    /// An object of a class.
    Object,
}

/// What persistent identifiers stand for.
pub(super) enum Persistent<'t> {
    /// There should be none.
    Nothing,
    Storages,
    /// The tensors of a tar archive.
    Tensors(&'t BTreeMap<String, Tensor>),
}

/// A pickle that was read.
pub(super) struct Pickle<'a> {
    pub(super) values: Vec<Value<'a>>,
    pub(super) root: Id,
    /// Number and size of the elements of each storage that was named.
    pub(super) storages: BTreeMap<String, (usize, usize)>,
}

impl<'a> Pickle<'a> {
    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        &self.values[id]
    }

    pub(super) fn root(&self) -> &Value<'a> {
        self.get(self.root)
    }
}

/// Reads one pickle from the front of `bytes`.
pub(super) fn read<'a>(bytes: &mut Bytes<'a>, persistent: Persistent<'_>) -> Read<Pickle<'a>> {
    let mut machine = Machine {
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        storages: BTreeMap::new(),
        foreign: None,
        is_module: false,
        persistent,
    };
    for _ in 0..MOST_STEPS {
        let op = bytes.u8()?;
        if op == b'.' {
            return machine.finish();
        }
        machine.step(op, bytes)?;
    }
    Err(format!(
        "describes more than weights, in over {MOST_STEPS} steps: {SAVE_AGAIN}"
    ))
}

/// The state while a pickle is read. Methods of other files of this module add calls.
pub(super) struct Machine<'a, 't> {
    pub(super) values: Vec<Value<'a>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    pub(super) storages: BTreeMap<String, (usize, usize)>,
    /// The first call of something that is not known to be harmless.
    pub(super) foreign: Option<String>,
    /// Whether a `torch.nn.Module` was among the objects.
    is_module: bool,
    pub(super) persistent: Persistent<'t>,
}

impl<'a> Machine<'a, '_> {
    fn finish(mut self) -> Read<Pickle<'a>> {
        let root = self.pop()?;
        if self.is_module {
            return Err(format!(
                "holds a whole model, which is code and not only weights: {SAVE_AGAIN}"
            ));
        }
        if let Some(name) = self.foreign {
            return Err(format!(
                "asks to call {}, which is code and no weights, and none of it was run: if you trust \
                 the file, {SAVE_AGAIN}",
                shown(&name)
            ));
        }
        Ok(Pickle {
            values: self.values,
            root,
            storages: self.storages,
        })
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Read<Id> {
        let least = self.marks.last().copied().unwrap_or(0);
        match self.stack.pop() {
            Some(id) if self.stack.len() >= least => Ok(id),
            _ => Err(damaged("its pickle takes a value that is not there")),
        }
    }

    fn pop_to_mark(&mut self) -> Read<Vec<Id>> {
        let mark = self.marks.pop();
        match mark {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => Err(damaged("its pickle lacks a mark")),
        }
    }

    fn top(&self) -> Read<Id> {
        let top = self.stack.last().copied();
        top.ok_or_else(|| damaged("its pickle takes a value that is not there"))
    }

    fn step(&mut self, op: u8, bytes: &mut Bytes<'a>) -> Read<()> {
        if let Some(value) = scalar(op, bytes)? {
            self.push(value);
            return Ok(());
        }
        match op {
            // The protocol's version, and the length of a frame.
            0x80 => bytes.take(1).map(|_| ()),
            0x95 => bytes.take(8).map(|_| ()),
            b'(' | b'0' | b'1' | b'2' | b'h' | b'j' | b'q' | b'r' | 0x94 => {
                self.stack_op(op, bytes)
            }
            b')' | b']' | b'}' | 0x8f | b't' | b'l' | b'd' | 0x85..=0x87 | 0x91 => self.make(op),
            b'a' | b'e' | 0x90 | b's' | b'u' => self.add(op),
            b'c' | 0x93 | b'Q' | b'R' | 0x81 | 0x92 | b'b' => self.object_op(op, bytes),
            _ => Err(damaged(&format!(
                "its pickle has the unknown operation {op:#04x}"
            ))),
        }
    }

    /// Operations on the stack and the memo.
    fn stack_op(&mut self, op: u8, bytes: &mut Bytes<'a>) -> Read<()> {
        match op {
            b'(' => self.marks.push(self.stack.len()),
            b'0' if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'h' | b'j' => {
                let at = number(op == b'j', bytes)?;
                let id = self.memo.get(&at).copied();
                let missing = || damaged("its pickle recalls a value that it never noted");
                self.stack.push(id.ok_or_else(missing)?);
            }
            b'q' | b'r' => {
                let at = number(op == b'r', bytes)?;
                self.memo.insert(at, self.top()?);
            }
            _ => {
                let at = self.memo.len() as u32;
                self.memo.insert(at, self.top()?);
            }
        }
        Ok(())
    }

    /// New containers.
    fn make(&mut self, op: u8) -> Read<()> {
        let value = match op {
            b')' => Value::Tuple(Vec::new()),
            b']' | 0x8f => Value::List(Vec::new()),
            b'}' => Value::Dict(Vec::new()),
            b't' => Value::Tuple(self.pop_to_mark()?),
            b'l' | 0x91 => Value::List(self.pop_to_mark()?),
            b'd' => Value::Dict(pairs(&self.pop_to_mark()?)?),
            _ => {
                let count = usize::from(op - 0x84);
                let mut items = Vec::with_capacity(count);
                for _ in 0..count {
                    items.push(self.pop()?);
                }
                items.reverse();
                Value::Tuple(items)
            }
        };
        self.push(value);
        Ok(())
    }

    /// Items for the container below them.
    fn add(&mut self, op: u8) -> Read<()> {
        let items = match op {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_to_mark()?,
        };
        let top = self.top()?;
        match (&mut self.values[top], op) {
            (Value::List(list), b'a' | b'e' | 0x90) => list.extend(items),
            (Value::Dict(dict), b's' | b'u') => dict.extend(pairs(&items)?),
            // The items of an object that is like a list or a dictionary.
            (Value::Object, _) => {}
            _ => return Err(damaged("its pickle adds to a value that holds none")),
        }
        Ok(())
    }

    /// Classes, calls and states of objects.
    fn object_op(&mut self, op: u8, bytes: &mut Bytes<'a>) -> Read<()> {
        match op {
            b'c' => {
                let (module, name) = (text(bytes.line()?)?, text(bytes.line()?)?);
                self.push(Value::Global(module, name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) =
                    (&self.values[module], &self.values[name])
                else {
                    return Err(damaged("its pickle names a class by no text"));
                };
                let global = Value::Global(module, name);
                self.push(global);
            }
            b'Q' => {
                let id = self.pop()?;
                let value = self.persistent(id)?;
                self.push(value);
            }
            b'R' | 0x81 => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let value = self.call(callable, arguments)?;
                self.push(value);
            }
            0x92 => {
                let (_, arguments, callable) = (self.pop()?, self.pop()?, self.pop()?);
                let value = self.call(callable, arguments)?;
                self.push(value);
            }
            _ => {
                let state = self.pop()?;
                let of = self.top()?;
                self.is_module |= matches!(self.values[of], Value::Object) && self.is_module(state);
            }
        }
        Ok(())
    }

    /// Whether an object with this state is a `torch.nn.Module`.
    fn is_module(&self, state: Id) -> bool {
        let Value::Dict(entries) = &self.values[state] else {
            return false;
        };
        let has = |wanted: &str| {
            let key =
                |(key, _): &(Id, Id)| matches!(self.values[*key], Value::Text(it) if it == wanted);
            entries.iter().any(key)
        };
        has("_parameters") && has("_modules")
    }
}

/// A value that takes nothing from the stack, if `op` makes one.
fn scalar<'a>(op: u8, bytes: &mut Bytes<'a>) -> Read<Option<Value<'a>>> {
    let text_of = |length: u64, bytes: &mut Bytes<'a>| -> Read<Value<'a>> {
        Ok(Value::Text(text(bytes.take(index(length)?)?)?))
    };
    Ok(Some(match op {
        b'N' => Value::Other,
        0x88 => Value::Bool(true),
        0x89 => Value::Bool(false),
        b'J' => Value::Int(bytes.i32()?.into()),
        b'K' => Value::Int(bytes.u8()?.into()),
        b'M' => Value::Int(bytes.u16()?.into()),
        b'G' => skipped(8, bytes)?,
        0x8a => long(u64::from(bytes.u8()?), bytes)?,
        0x8b => long(u64::from(bytes.u32()?), bytes)?,
        0x8c => text_of(bytes.u8()?.into(), bytes)?,
        b'X' => text_of(bytes.u32()?.into(), bytes)?,
        0x8d => text_of(bytes.u64()?, bytes)?,
        // Python 2 has the same type for texts and for bytes.
        b'U' => string(bytes.u8()?.into(), bytes)?,
        b'T' => string(bytes.u32()?.into(), bytes)?,
        b'C' => skipped(bytes.u8()?.into(), bytes)?,
        b'B' => skipped(bytes.u32()?.into(), bytes)?,
        0x8e | 0x96 => skipped(bytes.u64()?, bytes)?,
        _ => return Ok(None),
    }))
}

fn skipped<'a>(length: u64, bytes: &mut Bytes<'a>) -> Read<Value<'a>> {
    bytes.take(index(length)?).map(|_| Value::Other)
}

fn string<'a>(length: u64, bytes: &mut Bytes<'a>) -> Read<Value<'a>> {
    let taken = bytes.take(index(length)?)?;
    Ok(std::str::from_utf8(taken).map_or(Value::Other, Value::Text))
}

/// A whole number of any length; one that does not fit is none that counts here.
fn long<'a>(length: u64, bytes: &mut Bytes<'a>) -> Read<Value<'a>> {
    let taken = bytes.take(index(length)?)?;
    let negative = taken.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut number = [if negative { 0xff } else { 0 }; 8];
    let Some(place) = number.get_mut(..taken.len()) else {
        return Ok(Value::Other);
    };
    place.copy_from_slice(taken);
    Ok(Value::Int(i64::from_le_bytes(number)))
}

fn number(long: bool, bytes: &mut Bytes<'_>) -> Read<u32> {
    if long {
        bytes.u32()
    } else {
        bytes.u8().map(u32::from)
    }
}

fn text(bytes: &[u8]) -> Read<&str> {
    std::str::from_utf8(bytes).map_err(|_| damaged("its pickle has a text that is not UTF-8"))
}

fn pairs(items: &[Id]) -> Read<Vec<(Id, Id)>> {
    let (pairs, []) = items.as_chunks::<2>() else {
        return Err(damaged("its pickle has a key without a value"));
    };
    Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
}
