//! The lines of a chart: which value each draws and how it looks. The charts' library orders lines
//! by name; so does this, since the page's dashes and an exported picture's legend go by that order.

use crate::runs::model::chart_overlay::{DASHES, LETTERS};
use crate::settings::model::arms::{Arm, MOST_ARMS};
use crate::ui::model::colour;

/// A line without dashes.
const WHOLE: &str = "none";
/// Dashes of the current run's accuracy on the same domain.
const SAME_DOMAIN: &str = "5 4";

/// Dashes of the arms' own lines where nothing else needs dashes: not by colour alone.
const ARM_DASHES: [&str; MOST_ARMS] = [WHOLE, WHOLE, "9 3", "2 3"];

/// What stands at each point of a line, while there are few of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A square on its corner.
    Diamond,
}

/// The marks of the arms.
const MARKS: [Mark; MOST_ARMS] = [Mark::Disc, Mark::Square, Mark::Triangle, Mark::Diamond];

/// A run shown beside the current one, as far as its lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherRun {
    /// Which of the letters and dashes it has.
    pub(crate) slot: usize,
    /// Its name.
    pub(crate) name: String,
    /// Its arms.
    pub(crate) arms: Vec<Arm>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stroke {
    /// What it is called.
    pub(crate) name: String,
    /// Which value of a point it draws.
    pub(crate) value: usize,
    /// Its colour.
    pub(crate) colour: [u8; 3],
    /// Its width.
    pub(crate) width: f64,
    /// Its dashes.
    pub(crate) dash: &'static str,
    /// Its marks.
    pub(crate) mark: Option<Mark>,
}

fn colour(arm: &Arm) -> [u8; 3] {
    colour::ARMS[arm.index % MOST_ARMS]
}

/// A line for each of these arms, whose values stand in their order.
pub(crate) fn each(arms: &[Arm]) -> Vec<Stroke> {
    let line = |arm: &Arm| Stroke {
        name: arm.label(),
        value: arm.index,
        colour: colour(arm),
        width: 1.6,
        dash: ARM_DASHES[arm.index % MOST_ARMS],
        mark: None,
    };
    arms.iter().map(line).collect()
}

/// A line with marks for each of these arms: for values that come once in an epoch.
pub(crate) fn marked(arms: &[Arm]) -> Vec<Stroke> {
    let mark = |arm: &Arm| Some(MARKS[arm.index % MOST_ARMS]);
    let lines = each(arms).into_iter().zip(arms);
    lines
        .map(|(line, arm)| Stroke {
            mark: mark(arm),
            ..line
        })
        .collect()
}

/// Two lines for each of these arms: its accuracy on the new and on the same domain.
pub(crate) fn accuracies(arms: &[Arm]) -> Vec<Stroke> {
    let both = |arm: &Arm| {
        let arm_name = arm.label();
        [
            (text!("charts.on-new", arm = arm_name), 2.2, WHOLE),
            (text!("charts.on-same", arm = arm_name), 1.2, SAME_DOMAIN),
        ]
        .into_iter()
        .enumerate()
        .map(|(i, (name, width, dash))| Stroke {
            name,
            value: 2 * arm.index + i,
            colour: colour(arm),
            width,
            dash,
            mark: (i == 0).then_some(MARKS[arm.index % MOST_ARMS]),
        })
        .collect::<Vec<_>>()
    };
    arms.iter().flat_map(both).collect()
}

/// The current run's lines and those of the runs beside it, in the order of the library. A point
/// holds `own_values` of the current run, then one for each arm that a run can have.
pub(crate) fn all(own: &[Stroke], own_values: usize, beside: &[OtherRun]) -> Vec<Stroke> {
    let others = beside.iter().enumerate().flat_map(|(i, run)| {
        run.arms.iter().map(move |arm| Stroke {
            name: format!("{} · {}, {}", LETTERS[run.slot], run.name, arm.label()),
            value: own_values + i * MOST_ARMS + arm.index,
            colour: colour(arm),
            width: 1.3,
            dash: DASHES[run.slot],
            mark: None,
        })
    });
    let mut lines: Vec<Stroke> = own.iter().cloned().chain(others).collect();
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_in_the_order_of_their_names() {
        let arms = Arm::all(["erm", "rsc", "b-arm"]);
        let beside = OtherRun {
            slot: 1,
            name: String::from("run 4"),
            arms: Arm::all(["erm", "rsc"]),
        };
        let lines = all(&each(&arms), MOST_ARMS, &[beside]);
        let said: Vec<(&str, usize, &str)> = lines
            .iter()
            .map(|line| (line.name.as_str(), line.value, line.dash))
            .collect();
        assert_eq!(
            said,
            [
                ("ERM", 0, WHOLE),
                ("RSC", 1, WHOLE),
                ("b · run 4, ERM", 4, DASHES[1]),
                ("b · run 4, RSC", 5, DASHES[1]),
                // An arm's name may come after the letters of other runs: it keeps its own dashes.
                ("b-arm", 2, ARM_DASHES[2]),
            ]
        );
    }

    #[test]
    fn no_two_arms_have_the_same_mark_or_look() {
        let arms = Arm::all(["erm", "rsc", "x", "y"]);
        let marks: Vec<Option<Mark>> = marked(&arms).iter().map(|line| line.mark).collect();
        for (i, mark) in marks.iter().enumerate() {
            assert!(mark.is_some() && !marks[..i].contains(mark), "arm {i}");
        }
        let lines = accuracies(&arms);
        assert!(lines.iter().step_by(2).map(|line| line.mark).eq(marks));
        assert!(
            lines
                .iter()
                .skip(1)
                .step_by(2)
                .all(|line| line.mark.is_none())
        );
    }

    #[test]
    fn accuracies_are_told_apart_by_domain() {
        let lines = all(&accuracies(&Arm::all(["erm", "x"])), 2 * MOST_ARMS, &[]);
        let said: Vec<(&str, usize, &str)> = lines
            .iter()
            .map(|line| (line.name.as_str(), line.value, line.dash))
            .collect();
        assert_eq!(
            said,
            [
                ("ERM, new domain", 0, WHOLE),
                ("ERM, same domain", 1, SAME_DOMAIN),
                ("x, new domain", 2, WHOLE),
                ("x, same domain", 3, SAME_DOMAIN),
            ]
        );
    }
}
