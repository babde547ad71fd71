//! The tiles into which an image is divided, and the WGSL that loads what one of a 3×3 convolution needs.

use std::fmt::Write;

/// Whether tiles of an image end with it, so that none reaches beyond its last row or column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Filled {
    pub(super) rows: bool,
    pub(super) columns: bool,
}

impl Filled {
    /// Of tiles of so many rows and columns in an image of this height and width.
    pub(super) fn new([height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Self {
        Self {
            rows: height.is_multiple_of(rows),
            columns: width.is_multiple_of(columns),
        }
    }
}

/// The size of the parts when `count` is split evenly into as few parts of at most `most` as possible.
pub(super) fn even_split(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// The WGSL condition that the line `ahead` of `first` lies inside an image of `length` lines, the name of a
/// variable; `None` if it always does. `tile` is how many lines an invocation covers from `first` on, and `filled`
/// says whether tiles end with the image.
pub(super) fn bounds_check(
    [first, length]: [&str; 2],
    ahead: isize,
    tile: usize,
    filled: bool,
) -> Option<String> {
    if ahead < 0 {
        return Some(format!("{first} > 0u"));
    }
    // Every tile starts inside; if tiles divide the image evenly, they also end inside.
    let ahead = ahead.unsigned_abs();
    let always = ahead == 0 || (filled && ahead < tile);
    (!always).then(|| format!("{first} + {ahead}u < {length}"))
}

/// Loads the input window of a tile of `rows × columns` at `top`, `left`, with a border of one on each
/// side, from `x` around the index `at`, into variables `{name}{row}_{column}`; zero outside the image,
/// whose size the variables `height` and `width` have.
pub(super) fn load_window(
    text: &mut String,
    [name, at]: [&str; 2],
    [rows, columns]: [usize; 2],
    filled: Filled,
) {
    for row in 0..rows + 2 {
        // An index before the first wraps around to a huge number, which `min` clamps.
        let line = match row {
            0 => format!("{at} - width"),
            1 => at.to_owned(),
            _ => format!("{at} + {}u * width", row - 1),
        };
        let _ = writeln!(text, "    let {name}{row} = {line};");
        for column in 0..columns + 2 {
            let checks = [
                bounds_check(["top", "height"], row as isize - 1, rows, filled.rows),
                bounds_check(
                    ["left", "width"],
                    column as isize - 1,
                    columns,
                    filled.columns,
                ),
            ];
            let checks: Vec<String> = checks.into_iter().flatten().collect();
            let place = match column {
                0 => format!("{name}{row} - 1u"),
                1 => format!("{name}{row}"),
                _ => format!("{name}{row} + {}u", column - 1),
            };
            let value = format!("x[min({place}, last)]");
            let value = match checks.is_empty() {
                true => value,
                false => format!("select(0.0, {value}, {})", checks.join(" && ")),
            };
            let _ = writeln!(text, "    let {name}{row}_{column} = {value};");
        }
    }
}
