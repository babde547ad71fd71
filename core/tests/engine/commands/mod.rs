//! Commands in any order, at any moment, against a model of the session: every event is predicted,
//! one by one. So no event of a run comes after the next has started, every question about the current
//! run is answered once, what is refused changes nothing, and a run's losses are the same however it
//! was interrupted. `PROPTEST_CASES` sets how many sequences are tried.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod acts;
mod carry_out;
mod courses;
mod model;
mod trial;

use proptest::{prelude::*, test_runner::Config};

use acts::{Act, act};
use courses::{COURSES, KINDS, Kind};
use trial::trial;

/// Sequences tried where nothing else is said.
const SEQUENCES: u32 = 2000;

fn sequences() -> Config {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = SEQUENCES;
    }
    config
}

#[test]
fn the_courses_are_as_meant() {
    for (kind, course) in KINDS.iter().zip(COURSES.iter()) {
        let diverges = *kind == Kind::Diverging;
        assert_eq!(course.fails_at.is_some(), diverges, "{kind:?}");
        assert!(course.per_epoch >= 3, "{kind:?}: {}", course.per_epoch);
        println!(
            "{kind:?}: {} steps, fails at {:?}",
            course.total, course.fails_at
        );
    }
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn any_commands_in_any_order(acts in prop::collection::vec(act(), 1..40), open in prop::bool::weighted(0.9)) {
        let mut trial = trial();
        if open {
            trial.act(&Act::Open)?;
        }
        for act in &acts {
            trial.act(act)?;
        }
    }
}
