//! The checkpoint of a run, merged from those of its workers.

use rsc_core::{
    protocol::Command,
    worker_pool::{merged_checkpoint, workers_of_checkpoint},
};

use super::config::{RUN, settings};
use super::simulation::prepared;

#[test]
fn spoilt_parts_are_refused() {
    let mut simulation = prepared(settings(2), 1);
    simulation.send(Command::Checkpoint {
        request: 1,
        run: RUN,
    });
    simulation.run_until_idle();
    let (_, file) = simulation.checkpoint(1);
    assert_eq!(merged_checkpoint(&[&file]), Ok(file.clone()));
    assert!(
        merged_checkpoint(&[&file, &file]).is_err(),
        "every arm twice"
    );
    assert!(merged_checkpoint(&[&file[..file.len() - 4]]).is_err());
    assert!(merged_checkpoint(&[b"nothing"]).is_err());
    assert_eq!(workers_of_checkpoint(&file[1..]), None);
}
