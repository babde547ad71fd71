//! Settings that were changed during a run, which its settings alone do not reproduce.

use serde::{Deserialize, Serialize};

use crate::runs::model::Difference;

/// Steps between two changes of a setting that still count as one movement of a slider.
const ONE_MOVEMENT: u64 = 20;

/// One setting, changed in mid-run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// After this step.
    pub(crate) step: u64,
    /// Up to this step, where a slider was moved on and on; else the same.
    pub(crate) until: u64,
    /// What, from the value before the movement to the one after it.
    pub(crate) difference: Difference,
}

impl Change {
    /// `p, share muted: ⅓ → 0.5 after step 40`.
    pub(crate) fn description(&self) -> String {
        let Difference {
            label,
            before,
            after,
            ..
        } = &self.difference;
        if self.step == self.until {
            text!(
                "runs.change.after",
                label = label,
                before = before,
                after = after,
                step = self.step
            )
        } else {
            text!(
                "runs.change.slowly",
                label = label,
                before = before,
                after = after,
                first = self.step,
                last = self.until
            )
        }
    }
}

/// Adds what was changed after `step`.
pub(crate) fn note(changes: &mut Vec<Change>, step: u64, differences: Vec<Difference>) {
    for difference in differences {
        let last = changes
            .iter_mut()
            .rev()
            .find(|change| change.difference.field == difference.field);
        match last {
            Some(last) if step.saturating_sub(last.until) <= ONE_MOVEMENT => {
                last.until = step;
                last.difference.after = difference.after;
            }
            _ => changes.push(Change {
                step,
                until: step,
                difference,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(before: &str, after: &str) -> Vec<Difference> {
        vec![Difference {
            field: "arms[1].challenge.p".into(),
            label: "p".into(),
            before: before.into(),
            after: after.into(),
        }]
    }

    #[test]
    fn a_moved_slider_is_one_change() {
        let mut changes = Vec::new();
        note(&mut changes, 40, p("⅓", "0.4"));
        note(&mut changes, 43, p("0.4", "0.45"));
        note(&mut changes, 47, p("0.45", "0.5"));
        note(&mut changes, 300, p("0.5", "0.9"));
        let words: Vec<String> = changes.iter().map(Change::description).collect();
        assert_eq!(
            words,
            [
                "p: ⅓ → 0.5 little by little in steps 40 to 47",
                "p: 0.5 → 0.9 after step 300"
            ]
        );
    }

    #[test]
    fn other_settings_are_changes_of_their_own() {
        let mut changes = Vec::new();
        note(&mut changes, 5, p("⅓", "0.4"));
        let mut rate = p("0.001", "0.01");
        rate[0].field = "training.learning_rate".into();
        note(&mut changes, 5, rate);
        assert_eq!(changes.len(), 2);
        note(&mut changes, 6, Vec::new());
        assert_eq!(changes.len(), 2);
    }
}
