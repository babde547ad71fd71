//! Generated inputs: random bytes, and modifications of given ones.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Random bytes, modified seeds, and seeds that are JSON with replaced values.
pub(super) fn inputs(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<Value> = seeds
        .iter()
        .filter_map(|seed| serde_json::from_slice(seed).ok())
        .collect();
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    let edited =
        (prop::sample::select(seeds), edits()).prop_map(|(seed, edits)| apply_edits(seed, &edits));
    if texts.is_empty() {
        prop_oneof![1 => noise, 6 => edited].boxed()
    } else {
        let replaced =
            (prop::sample::select(texts), replacements()).prop_map(|(text, replacements)| {
                replace_values(text, &replacements).to_string().into_bytes()
            });
        prop_oneof![1 => noise, 4 => edited, 6 => replaced].boxed()
    }
}

/// A change to bytes, at a place given as a fraction of their length.
#[derive(Debug, Clone)]
enum Edit {
    Flip(f64, u8),
    Set(f64, u8),
    Cut(f64),
    Drop(f64, usize),
    Insert(f64, Vec<u8>),
    Repeat(f64, usize),
}

/// Half of the places are near the front, where headers are.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || prop_oneof![0.0_f64..1.0, (0.0_f64..1.0).prop_map(|at| at.powi(4))];
    let edit = prop_oneof![
        4 => (at(), 1_u8..).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        2 => (at(), prop::sample::select(vec![0_u8, 1, 0x7F, 0x80, 0xFF]))
            .prop_map(|(at, byte)| Edit::Set(at, byte)),
        1 => at().prop_map(Edit::Cut),
        1 => (at(), 1_usize..40).prop_map(|(at, count)| Edit::Drop(at, count)),
        1 => (at(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => (at(), 1_usize..60).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ];
    prop::collection::vec(edit, 1..6)
}

fn apply_edits(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len();
        let place = |at: f64| ((at * length as f64) as usize).min(length);
        match edit {
            Edit::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(place(*at)) {
                    *byte ^= bits;
                }
            }
            Edit::Set(at, value) => {
                if let Some(byte) = bytes.get_mut(place(*at)) {
                    *byte = *value;
                }
            }
            Edit::Cut(at) => bytes.truncate(place(*at)),
            Edit::Drop(at, count) => {
                let from = place(*at);
                bytes.drain(from..(from + count).min(length));
            }
            Edit::Insert(at, more) => {
                let at = place(*at);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Repeat(at, count) => {
                let from = place(*at);
                let part = bytes[from..(from + count).min(length)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}

/// What replaces a value in a JSON text.
#[derive(Debug, Clone)]
enum Replacement {
    With(Value),
    Remove,
    /// With a list of so many copies of it.
    Repeat(usize),
}

/// Replacements, each with the index of its value; indices wrap around.
fn replacements() -> impl Strategy<Value = Vec<(usize, Replacement)>> {
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(255),
        json!(65_536),
        json!(u32::MAX),
        json!(1_u64 << 32),
        json!((1_u64 << 53) + 1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.5),
        json!(-0.0),
        json!(1e-308),
        json!(1e308),
        json!(-1e308),
        json!(""),
        json!("x"),
        json!("../../\u{202e}\u{1f600}\0"),
        json!("long".repeat(3000)),
        json!([]),
        json!({}),
        json!([[[[[[[[[[]]]]]]]]]]),
    ];
    let one = prop_oneof![
        8 => prop::sample::select(values.to_vec()).prop_map(Replacement::With),
        1 => Just(Replacement::Remove),
        1 => (0_usize..300).prop_map(Replacement::Repeat),
    ];
    prop::collection::vec((any::<usize>(), one), 1..4)
}

/// Applies replacements to a JSON text.
fn replace_values(mut text: Value, replacements: &[(usize, Replacement)]) -> Value {
    for (which, replacement) in replacements {
        let mut places = Vec::new();
        pointers(&text, "", &mut places);
        let place = &places[which % places.len()];
        let Some(there) = text.pointer_mut(place) else {
            continue;
        };
        match replacement {
            Replacement::With(value) => *there = value.clone(),
            Replacement::Repeat(count) => *there = vec![there.clone(); *count].into(),
            Replacement::Remove => {
                let Some((above, name)) = place.rsplit_once('/') else {
                    continue;
                };
                let name = name.to_owned();
                match text.pointer_mut(above) {
                    Some(Value::Object(fields)) => {
                        fields.remove(&name);
                    }
                    Some(Value::Array(entries)) => {
                        let at = name.parse().unwrap_or(0).min(entries.len() - 1);
                        entries.remove(at);
                    }
                    _ => {}
                }
            }
        }
    }
    text
}

/// Appends the JSON pointers of a value and of all within it.
fn pointers(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, field)| pointers(field, &format!("{at}/{name}"), places)),
        Value::Array(entries) => (0..)
            .zip(entries)
            .for_each(|(i, entry): (usize, _)| pointers(entry, &format!("{at}/{i}"), places)),
        _ => {}
    }
}
