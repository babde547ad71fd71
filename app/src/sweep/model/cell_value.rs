//! What a cell of the heat map shows.

/// Mean and deviation of a few values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// How many.
    pub(crate) count: usize,
    /// Their mean.
    pub(crate) mean: f64,
    /// Their sample standard deviation, over `n − 1`; none of a single value.
    pub(crate) deviation: Option<f64>,
}

impl Spread {
    /// `None` without a value.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self {
            count,
            mean,
            deviation: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
        })
    }
}

/// What a cell of the heat map shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CellValue {
    /// These settings are not possible, and why.
    Refused(String),
    /// Nothing is known yet.
    Waiting,
    /// Its first run trains.
    Running,
    /// Every run so far failed, and how.
    Failed(String),
    /// It was measured, but no domain is held out.
    Nothing,
    /// The mean over the seeds so far.
    Value(Spread),
}
