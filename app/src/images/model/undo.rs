//! Steps back on the board. A step keeps the board as it was before it, so taking it back is exact;
//! what came in since then is put where it belongs, never dropped.

use crate::images::model::ImageClass;
use crate::settings::model::hold_out::HoldOut;

/// Most steps that can be taken back.
const MOST: usize = 50;

/// The board at some moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Snapshot {
    /// The columns. Their pixels are shared, so a snapshot weighs little.
    pub(crate) classes: Vec<ImageClass>,
    /// What is held out.
    pub(crate) choice: HoldOut,
}

/// Something done that can be taken back.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    what: String,
    before: Snapshot,
    /// Steps of the same subject in a row are one: each letter of a name is not worth a step.
    subject: Option<u32>,
    /// Highest id given when it was made; a class that is newer was made afterwards.
    newest: u32,
    /// What was held out once it was done, which it may have changed on the way.
    after: HoldOut,
}

/// What was done, the last on top.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Undo(Vec<Step>);

impl Undo {
    /// Notes that `what` is about to be done; `newest` is the highest id given by the time it is
    /// done, the ids of classes that it makes included.
    pub(crate) fn note(&mut self, what: String, before: Snapshot, newest: u32) {
        self.push(what, before, None, newest);
    }

    /// As [`Self::note`], for one letter more or less in the name of `class`.
    pub(crate) fn note_rename(&mut self, class: u32, before: Snapshot, newest: u32) {
        if self.0.last().is_none_or(|top| top.subject != Some(class)) {
            let what = text!("board.class-renamed").to_owned();
            self.push(what, before, Some(class), newest);
        }
    }

    fn push(&mut self, what: String, before: Snapshot, subject: Option<u32>, newest: u32) {
        self.0.push(Step {
            what,
            after: before.choice.clone(),
            before,
            subject,
            newest,
        });
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// Notes what the last step has made of the choice of what is held out.
    pub(crate) fn note_choice_after(&mut self, choice: HoldOut) {
        if let Some(step) = self.0.last_mut() {
            step.after = choice;
        }
    }

    /// What was done last.
    pub(crate) fn last(&self) -> Option<&str> {
        self.0.last().map(|step| step.what.as_str())
    }

    /// Takes the last step back: the board as it was, with what came in since. What is held out
    /// follows only where the step itself had changed it: what was chosen since stays.
    pub(crate) fn take_back(&mut self, now: &[ImageClass], choice: &HoldOut) -> Option<Snapshot> {
        let Step {
            before,
            newest,
            after,
            ..
        } = self.0.pop()?;
        Some(Snapshot {
            classes: restored(before.classes, now, newest),
            choice: if *choice == after {
                before.choice
            } else {
                choice.clone()
            },
        })
    }
}

fn restored(before: Vec<ImageClass>, now: &[ImageClass], newest: u32) -> Vec<ImageClass> {
    let known: std::collections::BTreeSet<u32> = before
        .iter()
        .flat_map(|class| class.images.iter().map(|image| image.id))
        .collect();
    let mut after = before;
    for class in now {
        let new = || {
            let images = class.images.iter();
            images.filter(|image| !known.contains(&image.id)).cloned()
        };
        if let Some(old) = after.iter_mut().find(|old| old.id == class.id) {
            old.images.extend(new());
        } else if class.id > newest || new().next().is_some() {
            after.push(ImageClass {
                id: class.id,
                name: class.name.clone(),
                images: new().collect(),
            });
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::images::model::{class, moves};

    fn board() -> Vec<ImageClass> {
        vec![
            class(1, "cat", 10, &["a", "b"]),
            class(2, "dog", 20, &["a", "a"]),
        ]
    }

    fn snapshot(classes: &[ImageClass]) -> Snapshot {
        Snapshot {
            classes: classes.to_vec(),
            choice: holding("b"),
        }
    }

    fn holding(domain: &str) -> HoldOut {
        HoldOut {
            held_out: Some(domain.to_owned()),
            together: false,
        }
    }

    #[test]
    fn deleting_is_taken_back_exactly() {
        let mut undo = Undo::default();
        let mut now = board();
        undo.note(String::from("1 image deleted."), snapshot(&now), 30);
        moves::delete(&mut now, &BTreeSet::from([10]));
        undo.note(String::from("Class deleted."), snapshot(&now), 30);
        now.remove(1);
        assert_eq!(undo.last(), Some("Class deleted."));
        let same = holding("b");
        let back = undo.take_back(&now, &same);
        now = back.map(|s| s.classes).unwrap_or_default();
        assert_eq!(now.len(), 2);
        assert_eq!(undo.take_back(&now, &same), Some(snapshot(&board())));
        assert_eq!(undo.take_back(&now, &same), None);
    }

    #[test]
    fn what_came_in_since_stays() {
        let mut undo = Undo::default();
        let mut now = board();
        undo.note(String::from("Merged."), snapshot(&now), 30);
        moves::merge(&mut now, 1, 2);
        now[0].images.extend(class(0, "", 31, &["c"]).images);
        now.push(class(40, "bird", 41, &["a"]));
        now.push(class(42, "made by hand, still empty", 0, &[]));
        let after = undo.take_back(&now, &holding("b"));
        let after = after.map(|s| s.classes).unwrap_or_default();
        let ids: Vec<(u32, Vec<u32>)> = after
            .iter()
            .map(|class| (class.id, class.images.iter().map(|i| i.id).collect()))
            .collect();
        assert_eq!(
            ids,
            [
                (1, vec![10, 11]),
                (2, vec![20, 21, 31]),
                (40, vec![41]),
                (42, vec![])
            ]
        );
    }

    #[test]
    fn a_class_made_by_the_step_itself_goes_with_it() {
        let mut undo = Undo::default();
        let mut now = board();
        let before = snapshot(&now);
        now.push(class(31, "class 3", 0, &[]));
        moves::to_class(&mut now, &BTreeSet::from([10]), 31);
        undo.note(String::from("Moved."), before.clone(), 31);
        assert_eq!(undo.take_back(&now, &holding("b")), Some(before));
    }

    #[test]
    fn letters_of_one_name_are_one_step() {
        let mut undo = Undo::default();
        for _ in 0..3 {
            undo.note_rename(1, snapshot(&board()), 30);
        }
        undo.note_rename(2, snapshot(&board()), 30);
        let mut back = || undo.take_back(&board(), &HoldOut::default()).is_some();
        assert_eq!([back(), back(), back()], [true, true, false]);
    }

    #[test]
    fn what_is_held_out_follows_only_the_step_that_changed_it() {
        let now = board();
        let back = |after: Option<HoldOut>, chosen: &HoldOut| {
            let mut undo = Undo::default();
            undo.note(String::from("Renamed."), snapshot(&now), 30);
            if let Some(after) = after {
                undo.note_choice_after(after);
            }
            undo.take_back(&now, chosen).map(|it| it.choice)
        };
        // A step that left it alone does not touch it; what was chosen later stays.
        assert_eq!(back(None, &holding("b")), Some(holding("b")));
        assert_eq!(back(None, &holding("a")), Some(holding("a")));
        let together = HoldOut {
            held_out: None,
            together: true,
        };
        assert_eq!(back(None, &together), Some(together.clone()));
        // A domain was renamed, and with it the choice.
        let renamed = Some(holding("bee"));
        assert_eq!(back(renamed.clone(), &holding("bee")), Some(holding("b")));
        assert_eq!(back(renamed, &together), Some(together));
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut undo = Undo::default();
        for i in 0..60 {
            undo.note(i.to_string(), Snapshot::default(), 0);
        }
        assert_eq!(undo.0.len(), MOST);
        assert_eq!(undo.last(), Some("59"));
    }
}
