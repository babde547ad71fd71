//! How curves are stored. JSON has no `NaN`, which stands for "no value" in a curve, and the values
//! were single precision to begin with.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::training::model::curves::CURVES;
use crate::training::model::trace::Point;

type Stored = (f64, [Option<f32>; CURVES]);

/// Writes a curve.
pub(crate) fn serialize<S: Serializer>(
    points: &[Point<CURVES>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let stored: Vec<Stored> = points
        .iter()
        .map(|point| (point.x, point.y.map(|y| finite(y as f32))))
        .collect();
    stored.serialize(serializer)
}

/// Reads a curve.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Point<CURVES>>, D::Error> {
    let stored = Vec::<Stored>::deserialize(deserializer)?;
    Ok(stored
        .into_iter()
        .map(|(x, y)| Point {
            x,
            y: y.map(|value| value.map_or(f64::NAN, f64::from)),
        })
        .collect())
}

/// A value that JSON can hold.
pub(crate) fn finite(value: f32) -> Option<f32> {
    value.is_finite().then_some(value)
}
