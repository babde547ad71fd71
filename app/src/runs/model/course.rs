//! The evaluations of a suspended run, and the step at which it was suspended.

use rsc_core::protocol::EvaluationRecord;
use serde::{Deserialize, Serialize};

use crate::settings::model::arms::MOST_ARMS;

/// The part of a run that is neither weights nor steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Course {
    /// After this step.
    pub(crate) step: u64,
    /// The evaluations, oldest first.
    pub(crate) evaluations: Vec<EvaluationRecord>,
}

impl Course {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, as a clause.
    pub(crate) fn read(text: &[u8]) -> Result<Self, String> {
        let mut read: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let arms = read.evaluations.first().map_or(1, |first| first.arms.len());
        let alike = |it: &EvaluationRecord| it.arms.len() == arms;
        if !(1..=MOST_ARMS).contains(&arms) || !read.evaluations.iter().all(alike) {
            return Err(text!("kept.course-arms").to_owned());
        }
        // Nobody evaluates after the step that the run has come to.
        let step = read.step;
        read.evaluations.retain(|it| it.step <= step);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::protocol::EvaluationMetrics;

    fn evaluation(step: u64, arms: usize) -> EvaluationRecord {
        let metrics = EvaluationMetrics {
            accuracy_same_domain: 0.5,
            accuracy_new_domain: None,
            loss_same_domain: 1.0,
            loss_new_domain: None,
            accuracy_per_domain: vec![0.5],
            usage: Default::default(),
        };
        EvaluationRecord {
            step,
            epoch: 0,
            arms: vec![metrics; arms],
        }
    }

    fn read(step: u64, evaluations: Vec<EvaluationRecord>) -> Result<Course, String> {
        let course = Course { step, evaluations };
        Course::read(&serde_json::to_vec(&course).unwrap_or_default())
    }

    #[test]
    fn a_course_fits_one_run() {
        let two = || vec![evaluation(32, 2), evaluation(64, 2)];
        assert!(read(64, two()).is_ok_and(|course| course.evaluations == two()));
        assert!(read(40, two()).is_ok_and(|course| course.evaluations.len() == 1));
        assert!(read(0, Vec::new()).is_ok());
        assert!(read(64, vec![evaluation(32, 2), evaluation(64, 3)]).is_err());
        assert!(read(64, vec![evaluation(32, 0)]).is_err());
        assert!(read(64, vec![evaluation(32, 5)]).is_err());
        for text in ["", "[]", "{}", r#"{"step": -1, "evaluations": []}"#] {
            assert!(Course::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
