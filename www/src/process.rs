//! Runs other programs: Cargo without the environment of the outer Cargo, errors with the command line.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// How many lines of a program's errors are kept.
const LINES_SHOWN: usize = 6;

/// Runs a program whose output goes to the terminal. An exit status other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{line}`; is the program installed?"))?;
    check(status, &line)
}

/// As [`run`], beside something else that writes to the terminal: the output appears as a whole when the program has
/// ended.
pub(crate) fn run_and_then_print(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let ended = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{line}`; is the program installed?"))?;
    for output in [&ended.stderr, &ended.stdout] {
        eprint!("{}", String::from_utf8_lossy(output));
    }
    check(ended.status, &line)
}

/// An exit status other than 0 is an error.
fn check(status: ExitStatus, line: &str) -> Result<()> {
    if !status.success() {
        bail!("`{line}` failed ({status}); its own message is above");
    }
    Ok(())
}

/// A program's output without surrounding spaces, or `None` if it is missing or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How a program ended.
pub(crate) struct Ended {
    /// With the status 0.
    pub(crate) success: bool,
    /// What it printed.
    pub(crate) output: String,
    /// The last lines of its errors.
    pub(crate) errors: String,
}

/// Runs a program to its end, or until a moment at which it is killed.
pub(crate) fn ended_before(command: &mut Command, until: Instant) -> Result<Ended> {
    let line = command_line(command);
    // Files: a pipe that nobody empties would hold it up.
    let printed = [tempfile::tempfile()?, tempfile::tempfile()?];
    let [output, errors] = &printed;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(errors.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            None => {
                // Killing fails only if the process has just ended.
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let mut texts = [String::new(), String::new()];
    for (mut file, text) in printed.into_iter().zip(&mut texts) {
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        *text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let [output, errors] = texts;
    let lines: Vec<&str> = errors.lines().collect();
    let errors = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
    let Some(status) = status else {
        bail!("`{line}` did not end in time {errors}");
    };
    Ok(Ended {
        success: status.success(),
        output,
        errors,
    })
}

/// Whether a program succeeds within `limit`; after that it is killed.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else {
        return false;
    };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(100)),
            Ok(None) | Err(_) => {
                // Killing fails only if the process has just ended.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// The first of `names` that is a program in one of the folders of `path` (a `PATH` value).
pub(crate) fn find_in_path(names: &[&str], path: &OsStr) -> Option<PathBuf> {
    names
        .iter()
        .find_map(|name| which::which_in(name, Some(path), ".").ok())
}

/// The Cargo that started this program, without the variables that it set for this program.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace.root());
    remove_cargo_run_variables(&mut command, workspace);
    command
}

/// Removes the variables that `cargo run` set for this program. The crate's variables would describe the
/// wrong crate, and the library path would offer one compiler's libraries to another.
pub(crate) fn remove_cargo_run_variables(command: &mut Command, workspace: &Workspace) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
        let Some(value) = std::env::var_os(name) else {
            continue;
        };
        match without_cargo_folders(&value, workspace.target(), toolchain_folder().as_deref()) {
            Some(rest) => command.env(name, rest),
            None => command.env_remove(name),
        };
    }
}

fn set_by_cargo_run(name: &str) -> bool {
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
        || name == "CARGO_PRIMARY_PACKAGE"
}

/// The folder of the outer Cargo's toolchain: `CARGO` is `<it>/bin/cargo`.
fn toolchain_folder() -> Option<PathBuf> {
    let cargo = PathBuf::from(std::env::var_os("CARGO")?);
    Some(cargo.parent()?.parent()?.to_path_buf())
}

fn without_cargo_folders(
    value: &OsStr,
    target: &Path,
    toolchain: Option<&Path>,
) -> Option<OsString> {
    let kept: Vec<PathBuf> = std::env::split_paths(value)
        .filter(|folder| !folder.as_os_str().is_empty())
        .filter(|folder| !folder.starts_with(target))
        .filter(|folder| !toolchain.is_some_and(|toolchain| folder.starts_with(toolchain)))
        .collect();
    if kept.is_empty() {
        None
    } else {
        std::env::join_paths(kept).ok()
    }
}

/// The command as it would be typed.
pub(crate) fn command_line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_path_keeps_only_what_the_user_set() {
        let target = Path::new("/repo/target");
        let toolchain = Some(Path::new("/home/me/.rustup/toolchains/stable"));
        let value = std::env::join_paths([
            "/repo/target/debug/deps",
            "/opt/cuda/lib64",
            "/home/me/.rustup/toolchains/stable/lib",
        ])
        .expect("paths without separators join");
        assert_eq!(
            without_cargo_folders(&value, target, toolchain),
            Some(OsString::from("/opt/cuda/lib64"))
        );
        assert_eq!(
            without_cargo_folders(OsStr::new("/repo/target/debug"), target, toolchain),
            None
        );
    }

    #[test]
    fn crate_variables_are_removed_and_settings_kept() {
        assert!(set_by_cargo_run("CARGO_PKG_VERSION"));
        assert!(set_by_cargo_run("CARGO_MANIFEST_DIR"));
        assert!(!set_by_cargo_run("CARGO_HOME"));
        assert!(!set_by_cargo_run("CARGO_TERM_COLOR"));
        assert!(!set_by_cargo_run("CARGO_TARGET_DIR"));
    }

    #[test]
    fn errors_name_the_command() {
        let error = run(Command::new("rsc-no-such-program").arg("--flag"))
            .expect_err("there is no such program");
        assert!(format!("{error:#}").contains("rsc-no-such-program --flag"));
    }

    #[cfg(unix)]
    #[test]
    fn slow_programs_are_stopped() {
        let start = Instant::now();
        assert!(!succeeds_within(
            Command::new("sleep").arg("30"),
            Duration::from_millis(200)
        ));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(succeeds_within(
            &mut Command::new("true"),
            Duration::from_secs(10)
        ));
    }

    #[cfg(unix)]
    #[test]
    fn output_and_errors_are_kept_and_slow_programs_named() {
        let until = Instant::now() + Duration::from_secs(20);
        let script = "echo out; for k in 1 2 3 4 5 6 7 8; do echo line $k >&2; done; exit 3";
        let ended = ended_before(Command::new("sh").args(["-c", script]), until);
        let ended = ended.expect("it starts");
        assert_eq!((ended.success, ended.output.trim()), (false, "out"));
        assert!(ended.errors.starts_with("line 3") && ended.errors.ends_with("line 8"));
        let soon = Instant::now() + Duration::from_millis(200);
        let error = ended_before(Command::new("sleep").arg("30"), soon).err();
        let error = error.expect("it is killed").to_string();
        assert!(error.contains("sleep 30"), "{error}");
        assert!(Instant::now() < until);
    }

    #[cfg(unix)]
    #[test]
    fn earlier_names_win_over_earlier_folders() {
        use std::os::unix::fs::OpenOptionsExt;

        let one = tempfile::tempdir().expect("a temporary folder");
        let two = tempfile::tempdir().expect("a temporary folder");
        for program in [one.path().join("second"), two.path().join("first")] {
            let mut options = std::fs::File::options();
            options.write(true).create_new(true).mode(0o755);
            options.open(program).expect("writes");
        }
        let path = std::env::join_paths([one.path(), two.path()]).expect("joins");
        let found = find_in_path(&["first", "second"], &path).expect("finds one");
        assert_eq!(found, two.path().join("first"));
        assert_eq!(find_in_path(&["third"], &path), None);
    }
}
