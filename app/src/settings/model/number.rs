//! Parses typed numbers; errors are worded like those of the engine.

use rsc_core::ConfigError;

/// A whole number from `low` to `high`.
///
/// # Errors
/// Anything else, with the range.
pub(crate) fn whole(field: &str, text: &str, low: u64, high: u64) -> Result<u64, ConfigError> {
    let refuse = || {
        let shown = if text.trim().is_empty() {
            text!("settings.empty")
        } else {
            text
        };
        let expected = text!("settings.expected.whole", low = low, high = high);
        ConfigError::new(field, shown, expected)
    };
    let value: f64 = text.trim().parse().map_err(|_| refuse())?;
    if value.fract() == 0.0 && value >= low as f64 && value <= high as f64 {
        Ok(value as u64)
    } else {
        Err(refuse())
    }
}

/// Any number; the engine's own check decides about its range, named in `expected`.
///
/// # Errors
/// Text that is no number.
pub(crate) fn real(field: &str, text: &str, expected: &str) -> Result<f64, ConfigError> {
    text.trim().parse().map_err(|_| {
        let shown = if text.trim().is_empty() {
            text!("settings.empty")
        } else {
            text
        };
        ConfigError::new(field, shown, expected)
    })
}

/// A slider's value: three decimals are finer than its pixels, and thirds, the published defaults,
/// are exact (`p = 1/3` mutes one position more than `p = 0.33` in a 7 × 7 map).
pub(crate) fn slider_fraction(value: f64) -> f64 {
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        if (value - third).abs() < 1e-3 {
            return third;
        }
    }
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        assert_eq!(whole("training.epochs", "20", 1, 1000), Ok(20));
        for text in ["", "x", "1.5", "0", "1001", "-3", "NaN"] {
            let error = whole("training.epochs", text, 1, 1000).map_err(|e| e.to_string());
            assert!(
                matches!(&error, Err(m) if m.contains("training.epochs") && m.contains("1 to 1000")),
                "{text}: {error:?}"
            );
        }
    }

    #[test]
    fn real_numbers() {
        assert_eq!(real("f", " 1e-3 ", "a number"), Ok(1e-3));
        assert!(real("f", "fast", "a number").is_err());
    }

    #[test]
    fn thirds_are_exact() {
        assert_eq!(slider_fraction(0.3333), 1.0 / 3.0);
        assert_eq!(slider_fraction(0.33), 0.33);
        assert_eq!(slider_fraction(0.667), 2.0 / 3.0);
        assert_eq!(slider_fraction(0.123_456), 0.123);
    }
}
