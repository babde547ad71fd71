//! The types of numbers in weights files.

use half::{bf16, f16};

/// How the numbers of a type are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    F64,
    F32,
    F16,
    Bf16,
    /// Counters and indices: no weights, unless a weight's name says so.
    Integer,
    /// Weights in a form that cannot be trained on.
    Foreign,
}

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// PyTorch's name.
    pub(super) name: &'static str,
    /// Bytes of a number.
    pub(super) size: usize,
    class: Class,
}

/// Each type, with its name in safetensors and the class of its storage in PyTorch.
const KINDS: [(&str, &str, Kind); 20] = [
    ("F64", "DoubleStorage", kind("float64", 8, Class::F64)),
    ("F32", "FloatStorage", kind("float32", 4, Class::F32)),
    ("F16", "HalfStorage", kind("float16", 2, Class::F16)),
    ("BF16", "BFloat16Storage", kind("bfloat16", 2, Class::Bf16)),
    ("I64", "LongStorage", kind("int64", 8, Class::Integer)),
    ("I32", "IntStorage", kind("int32", 4, Class::Integer)),
    ("I16", "ShortStorage", kind("int16", 2, Class::Integer)),
    ("U64", "", kind("uint64", 8, Class::Integer)),
    ("U32", "", kind("uint32", 4, Class::Integer)),
    ("U16", "", kind("uint16", 2, Class::Integer)),
    ("BOOL", "BoolStorage", kind("bool", 1, Class::Integer)),
    ("I8", "CharStorage", kind("int8", 1, Class::Foreign)),
    ("U8", "ByteStorage", kind("uint8", 1, Class::Foreign)),
    ("", "QInt8Storage", kind("qint8", 1, Class::Foreign)),
    ("", "QUInt8Storage", kind("quint8", 1, Class::Foreign)),
    ("", "QInt32Storage", kind("qint32", 4, Class::Foreign)),
    (
        "C64",
        "ComplexFloatStorage",
        kind("complex64", 8, Class::Foreign),
    ),
    (
        "",
        "ComplexDoubleStorage",
        kind("complex128", 16, Class::Foreign),
    ),
    ("F8_E4M3", "", kind("float8_e4m3fn", 1, Class::Foreign)),
    ("F8_E5M2", "", kind("float8_e5m2", 1, Class::Foreign)),
];

const fn kind(name: &'static str, size: usize, class: Class) -> Kind {
    Kind { name, size, class }
}

impl Kind {
    /// The type that safetensors calls `name`.
    pub(super) fn of_safetensors(name: &str) -> Option<Self> {
        Self::find(|it| it.0 == name)
    }

    /// The type that a storage of PyTorch's class `name` holds.
    pub(super) fn of_storage(name: &str) -> Option<Self> {
        Self::find(|it| it.1 == name)
    }

    /// The type that PyTorch calls `torch.name`.
    pub(super) fn of_torch(name: &str) -> Option<Self> {
        Self::find(|it| it.2.name == name)
    }

    fn find(is: impl Fn(&(&str, &str, Self)) -> bool) -> Option<Self> {
        KINDS.iter().find(|it| is(it)).map(|it| it.2)
    }

    /// Whether a tensor of this type under this name is no weight: a counter such as BatchNorm's
    /// `num_batches_tracked`, an index or a mask.
    pub(super) fn is_skipped(self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        let weight = matches!(last, "weight" | "bias" | "running_mean" | "running_var");
        last == "num_batches_tracked" || (self.class == Class::Integer && !weight)
    }

    /// The numbers in these bytes, or `None` for a type that holds no floats.
    pub(super) fn floats(self, bytes: &[u8]) -> Option<Vec<f32>> {
        Some(match self.class {
            Class::F64 => map(bytes, |it| f64::from_le_bytes(it) as f32),
            Class::F32 => map(bytes, f32::from_le_bytes),
            Class::F16 => map(bytes, |it| f16::from_le_bytes(it).to_f32()),
            Class::Bf16 => map(bytes, |it| bf16::from_le_bytes(it).to_f32()),
            Class::Integer | Class::Foreign => return None,
        })
    }
}

fn map<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<N>();
    numbers.iter().map(|it| number(*it)).collect()
}
