//! How often the arms are asked about the camera's picture: as often as helps, and no more than the
//! engine can answer beside its training.

/// Shortest time from one picture to the next, in milliseconds.
const SHORTEST: f64 = 100.0;
/// Longest such time, however long an answer takes that has come.
const LONGEST: f64 = 2000.0;

/// Time from the moment a picture was sent to the next one, where its answers took `took`
/// milliseconds. While a run trains, the training has at least as much of the time.
pub(crate) fn interval(took: f64, training: bool) -> f64 {
    let wanted = if training { 2.0 * took } else { took };
    // The other way round, a clock that jumps would stop the camera.
    wanted.max(SHORTEST).min(LONGEST.max(took))
}

/// Pictures in a second, of late.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rate {
    interval: Option<f64>,
    last: Option<f64>,
}

impl Rate {
    /// Notes an answer at this time in milliseconds, and says how many there are in a second.
    pub(crate) fn note(&mut self, now: f64) -> Option<f64> {
        if let Some(last) = self.last {
            let passed = (now - last).max(1.0);
            let before = self.interval.unwrap_or(passed);
            self.interval = Some(before + 0.2 * (passed - before));
        }
        self.last = Some(now);
        self.interval.map(|interval| 1000.0 / interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_second_at_most_and_half_the_time_is_left_to_training() {
        assert_eq!(interval(5.0, false), 100.0);
        assert_eq!(interval(250.0, false), 250.0);
        assert_eq!(interval(5.0, true), 100.0);
        assert_eq!(interval(120.0, true), 240.0);
        assert_eq!(interval(1500.0, true), 2000.0);
        assert_eq!(interval(9000.0, true), 9000.0);
        assert_eq!(interval(f64::NAN, true), 100.0);
    }

    #[test]
    fn the_rate_follows_the_answers() {
        let mut rate = Rate::default();
        assert_eq!(rate.note(1000.0), None);
        for i in 1..50 {
            rate.note(1000.0 + 125.0 * f64::from(i));
        }
        let said = rate.note(1000.0 + 125.0 * 50.0).unwrap_or_default();
        assert!((said - 8.0).abs() < 1e-6, "{said}");
    }
}
