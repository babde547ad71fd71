//! The usage curve as an SVG path.

/// A line through `curve`, from left to right over the whole width, its values as parts of `most`.
pub(crate) fn path(curve: &[f32], most: f32, width: f64, height: f64) -> String {
    let steps = curve.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (rank, &share) in curve.iter().enumerate() {
        let x = rank as f64 / steps * width;
        let y = (1.0 - f64::from(share / most).clamp(0.0, 1.0)) * (height - 2.0) + 1.0;
        let verb = if rank == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{verb}{x:.1} {y:.1}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn the_curve_falls_from_the_left_to_the_right() {
        assert_eq!(
            path(&[0.5, 0.25, 0.0], 0.5, 100.0, 22.0),
            "M0.0 1.0L50.0 11.0L100.0 21.0"
        );
        assert_eq!(path(&[], 1.0, 10.0, 10.0), "");
        assert_eq!(path(&[1.0], 1.0, 10.0, 12.0), "M0.0 1.0");
    }
}
