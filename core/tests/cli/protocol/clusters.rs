//! Jobs for clusters.

use std::{fs, process::Command};

use super::{Place, TINY, record_paths};

#[test]
fn a_job_array_makes_a_cell_in_each_task() {
    let place = Place::with(TINY);
    let to = place.path("slurm.sh");
    let arguments = [
        "--slurm",
        "--gpus",
        "1",
        "--time",
        "2:00:00",
        "--partition",
        "short",
    ];
    let printed = place.succeeds(&arguments);
    place.succeeds(&[&arguments[..], &["--to", to.to_str().unwrap()]].concat());
    let script = fs::read_to_string(&to).unwrap();
    assert_eq!(script, printed);
    for line in [
        "#!/bin/bash",
        "#SBATCH --job-name=rsc-tiny",
        "#SBATCH --array=0-7",
        "#SBATCH --requeue",
        "#SBATCH --gpus=1",
        "#SBATCH --time=2:00:00",
        "#SBATCH --partition=short",
    ] {
        assert!(script.lines().any(|it| it == line), "{line} in {script}");
    }
    assert!(!place.out().exists(), "nothing is begun by writing a job");

    // As Slurm runs it.
    if cfg!(unix) {
        let task = |first: &str, index: &str| {
            let mut bash = Command::new("bash");
            bash.arg(&to)
                .env("RSC_FIRST", first)
                .env("SLURM_ARRAY_TASK_ID", index);
            bash.status().unwrap().success()
        };
        assert!(task("4", "2"));
        // The last of several arrays may have tasks without a cell.
        assert!(task("4", "4"));
        let made = record_paths(&place.out());
        assert_eq!(made.len(), 1);
        assert!(made[0].to_str().unwrap().contains("00006-"));
    }
    let said = place.fails(&["--slurm", "--time", "1\n#SBATCH --wrap=x"]);
    assert!(said.contains("--time"), "{said}");
}

#[test]
fn an_indexed_job_makes_a_cell_in_each_pod() {
    let place = Place::with(TINY);
    let manifest = place.succeeds(&["--kubernetes", "--gpus", "1", "--image", "lab/rsc:1"]);
    for line in [
        "kind: Job",
        "  name: \"rsc-tiny\"",
        "  completionMode: Indexed",
        "  completions: 8",
        "          image: \"lab/rsc:1\"",
        "              nvidia.com/gpu: \"1\"",
    ] {
        assert!(
            manifest.lines().any(|it| it == line),
            "{line} in {manifest}"
        );
    }
    assert!(
        manifest.contains("\"--cell\", \"$(JOB_COMPLETION_INDEX)\""),
        "{manifest}"
    );
    let elsewhere = tempfile::tempdir().unwrap();
    for out in [elsewhere.path().join("results"), place.path("../results")] {
        let said = place.fails(&["--kubernetes", "--out", out.to_str().unwrap()]);
        assert!(
            said.contains("results") && said.contains("volume"),
            "{said}"
        );
    }
}
