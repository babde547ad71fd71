//! Jobs for clusters: each task makes one cell in the shared folder.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{args::ProtocolArgs, cells::Protocol};

/// What a task of a cluster runs.
struct Task {
    file: PathBuf,
    out: PathBuf,
    device: &'static str,
    last: usize,
    /// The protocol's name, as clusters allow it.
    name: String,
}

impl Task {
    fn new(arguments: &ProtocolArgs, protocol: &Protocol) -> Result<Self> {
        let absolute = |path: &Path| {
            std::path::absolute(path).with_context(|| format!("{}: no such path", path.display()))
        };
        let letters = protocol.name.to_lowercase();
        let words = letters.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let name = format!("rsc-{}", words.join("-"));
        Ok(Self {
            file: absolute(&arguments.file)?,
            out: absolute(&arguments.folder())?,
            device: arguments.device.name(),
            last: protocol.cells.len().saturating_sub(1),
            // Kubernetes' limit is 63 letters, with the pod's number.
            name: name
                .chars()
                .take(50)
                .collect::<String>()
                .trim_end_matches('-')
                .to_owned(),
        })
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A job array for Slurm.
///
/// # Errors
/// Where an option holds a line break, which would become an option of its own.
pub(crate) fn slurm(arguments: &ProtocolArgs, protocol: &Protocol) -> Result<String> {
    let task = Task::new(arguments, protocol)?;
    let program = std::env::current_exe().context("this program's own file cannot be found")?;
    let mut script = format!(
        "#!/bin/bash\n#SBATCH --job-name={}\n#SBATCH --array=0-{}\n#SBATCH --requeue\n",
        task.name, task.last
    );
    let options = [
        ("gpus", &arguments.gpus),
        ("time", &arguments.time),
        ("partition", &arguments.partition),
    ];
    for (option, value) in options {
        let Some(value) = value else { continue };
        if value.contains(char::is_whitespace) {
            bail!("--{option}: {value:?} has a space in it: name it as Slurm does");
        }
        script.push_str(&format!("#SBATCH --{option}={value}\n"));
    }
    script.push_str(&format!(
        "# A task for each cell. All of them share the folder of results, and a task that is started again goes\n\
         # on: cells that are there stay as they are. A cluster may allow fewer tasks in an array\n\
         # (scontrol show config | grep MaxArraySize): then give each array its first cell, such as\n\
         #   for first in $(seq 0 1000 {last}); do\n\
         #       sbatch --array=0-999 --export=ALL,RSC_FIRST=$first THIS-FILE\n\
         #   done\n\
         # Once they have ended:\n\
         #   rsc protocol {file} --out {out} --table\n\
         cell=$((${{RSC_FIRST:-0}} + ${{SLURM_ARRAY_TASK_ID:?}}))\n\
         [ \"$cell\" -le {last} ] || exit 0\n\
         exec {program} protocol {file} --out {out} --device {device} --cell \"$cell\"\n",
        last = task.last,
        file = quoted(&task.file.display().to_string()),
        out = quoted(&task.out.display().to_string()),
        program = quoted(&program.display().to_string()),
        device = task.device,
    ));
    Ok(script)
}

/// An Indexed Job for Kubernetes.
///
/// # Errors
/// Where the results lie outside of the volume that holds the file.
pub(crate) fn kubernetes(arguments: &ProtocolArgs, protocol: &Protocol) -> Result<String> {
    let task = Task::new(arguments, protocol)?;
    let mount = task.file.parent().unwrap_or(Path::new("/"));
    let inside = [
        Some(&task.out),
        protocol.folder.as_ref(),
        protocol.weights.as_ref(),
    ];
    for path in inside.into_iter().flatten() {
        let inner = path.strip_prefix(mount);
        // `..` may lead out of it again.
        if !inner.is_ok_and(|it| it.components().all(|part| part != Component::ParentDir)) {
            bail!(
                "--kubernetes: {} is not below {}, where the volume is mounted: move it there, or the file up",
                path.display(),
                mount.display()
            );
        }
    }
    // Text of JSON is text of YAML.
    let text = |value: &str| serde_json::Value::from(value).to_string();
    let path = |value: &Path| text(&value.display().to_string());
    let mut manifest = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\nspec:\n  completionMode: Indexed\n  \
         completions: {count}\n  parallelism: {parallelism}\n  backoffLimitPerIndex: 6\n  template:\n    spec:\n      \
         restartPolicy: Never\n      containers:\n        - name: rsc\n          image: {image}\n          \
         command: [\"rsc\", \"protocol\", {file}, \"--out\", {out}, \"--device\", \"{device}\", \"--cell\", \
         \"$(JOB_COMPLETION_INDEX)\"]\n          volumeMounts:\n            - name: shared\n              \
         mountPath: {mount}\n",
        name = text(&task.name),
        count = task.last + 1,
        parallelism = arguments.parallelism.max(1),
        image = text(&arguments.image),
        file = path(&task.file),
        out = path(&task.out),
        device = task.device,
        mount = path(mount),
    );
    if let Some(gpus) = &arguments.gpus {
        let gpus = text(gpus);
        manifest.push_str(&format!(
            "          resources:\n            limits:\n              nvidia.com/gpu: {gpus}\n"
        ));
    }
    manifest.push_str(&format!(
        "      volumes:\n        - name: shared\n          persistentVolumeClaim:\n            claimName: {}\n",
        text(&arguments.volume)
    ));
    Ok(manifest)
}
