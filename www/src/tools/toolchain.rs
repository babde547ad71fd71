//! A Rust toolchain that builds for `wasm32-unknown-unknown`.
//!
//! Usually `rustup target add` is enough. Where its download is blocked, Debian packages a compiler with the
//! standard library's source, from which Cargo builds that library itself (`-Zbuild-std`). This compiler is
//! used for the wasm builds alone, which have their own target folders.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::apt;
use crate::process;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest compiler the workspace builds with (`rust-version` in Cargo.toml).
const OLDEST: (u32, u32) = (1, 95);

/// How long rustup may take. It downloads some 20 MB; a blocked network fails within seconds.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// How to call Cargo for the wasm target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The compiler that built this program has the target.
    Current,
    /// Debian's compiler, which builds the standard library first.
    Debian(Debian),
}

/// The files of Debian's `rustc-web`, `cargo-web`, `rust-web-src` and `lld`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Debian {
    cargo: PathBuf,
    rustc: PathBuf,
    rustdoc: PathBuf,
    linker: PathBuf,
}

impl Toolchain {
    /// `cargo <subcommand>` for the wasm target, with this target folder if the subcommand takes one; the caller
    /// adds what to build.
    pub(crate) fn cargo(
        &self,
        workspace: &Workspace,
        subcommand: &str,
        target: Option<&Path>,
    ) -> Command {
        let mut command = match self {
            Self::Current => {
                let mut command = process::cargo(workspace);
                command.arg(subcommand);
                command
            }
            Self::Debian(debian) => {
                let mut command = Command::new(&debian.cargo);
                command.current_dir(workspace.root());
                process::remove_cargo_run_variables(&mut command, workspace);
                command
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("CARGO")
                    .env("RUSTC", &debian.rustc)
                    .env("RUSTDOC", &debian.rustdoc)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &debian.linker)
                    .arg(subcommand);
                if target.is_some() {
                    command.arg("-Zbuild-std=std,panic_abort");
                }
                command
            }
        };
        // Clippy's driver, with which `.ci/run` compiles the tests, optimises less than the compiler does.
        command.env_remove("RUSTC_WORKSPACE_WRAPPER");
        // Wasm and native builds have the same dependencies: one lock file, which no build may change.
        command.args(["--locked", "--target", TARGET]);
        if let Some(target) = target {
            command.arg("--target-dir").arg(target);
        }
        command
    }
}

/// Finds or installs a toolchain, in the order of [`choose`].
pub(crate) fn provide(workspace: &Workspace, progress: &mut Progress) -> Result<Toolchain> {
    choose(&mut ThisMachine {
        workspace,
        progress,
    })
}

/// What [`choose`] asks and does; tests replace it by a fake.
trait Machine {
    fn current_has_target(&self) -> bool;
    fn debian(&self) -> Option<Debian>;
    fn rustup_add_target(&mut self) -> bool;
    fn can_install(&self) -> bool;
    fn install_debian(&mut self) -> Result<()>;
}

/// Prefers what is installed, then what changes the machine least.
fn choose(machine: &mut impl Machine) -> Result<Toolchain> {
    if machine.current_has_target() {
        return Ok(Toolchain::Current);
    }
    if let Some(debian) = machine.debian() {
        return Ok(Toolchain::Debian(debian));
    }
    if machine.rustup_add_target() && machine.current_has_target() {
        return Ok(Toolchain::Current);
    }
    if machine.can_install() {
        machine.install_debian()?;
        return machine.debian().map(Toolchain::Debian).with_context(|| {
            format!(
                "Debian's rustc-web, cargo-web, rust-web-src and lld are installed, but they are \
                 older than Rust {}.{} or not where they were expected under /usr; {REMEDY}",
                OLDEST.0, OLDEST.1
            )
        });
    }
    bail!("the Rust compiler here has no {TARGET} target; {REMEDY}")
}

const REMEDY: &str = "install it with `rustup target add wasm32-unknown-unknown`. Without rustup's \
    downloads, Debian 12 and later have the packages rustc-web, cargo-web, rust-web-src and lld-NN \
    (NN: the LLVM version that `rustc -vV` names); as root, this program installs them itself";

struct ThisMachine<'a> {
    workspace: &'a Workspace,
    progress: &'a mut Progress,
}

impl Machine for ThisMachine<'_> {
    fn current_has_target(&self) -> bool {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command
            .current_dir(self.workspace.root())
            .args(["--print", "sysroot"]);
        process::output_of(&mut command)
            .is_some_and(|sysroot| has_target(Path::new(&sysroot), &Path::is_dir))
    }

    fn debian(&self) -> Option<Debian> {
        find_debian(
            &|rustc| process::output_of(Command::new(rustc).arg("-vV")),
            &Path::exists,
        )
    }

    fn rustup_add_target(&mut self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let Some(rustup) = process::find_in_path(&["rustup"], &path) else {
            return false;
        };
        let mut command = Command::new(rustup);
        command
            .current_dir(self.workspace.root())
            .args(["target", "add", TARGET]);
        let added = self
            .progress
            .stage_with_output("rustup target add wasm32-unknown-unknown", || {
                Ok(process::succeeds_within(&mut command, RUSTUP_LIMIT))
            });
        let added = added.unwrap_or(false);
        if !added {
            eprintln!("   rustup could not fetch the target; looking further.");
        }
        added
    }

    fn can_install(&self) -> bool {
        apt::usable()
    }

    fn install_debian(&mut self) -> Result<()> {
        self.progress
            .stage_with_output("install a wasm toolchain (Debian's)", || {
                apt::install(&["rustc-web", "cargo-web", "rust-web-src"])?;
                let about = process::output_of(Command::new(DEBIAN_RUSTC).arg("-vV"))
                    .with_context(|| {
                        format!("{DEBIAN_RUSTC} does not run after its installation")
                    })?;
                let llvm = Version::read(&about)
                    .with_context(|| format!("`{DEBIAN_RUSTC} -vV` names no LLVM version"))?
                    .llvm;
                apt::install(&[&format!("lld-{llvm}")])
            })
    }
}

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// Whether a sysroot holds the target's libraries.
fn has_target(sysroot: &Path, is_dir: &dyn Fn(&Path) -> bool) -> bool {
    is_dir(&sysroot.join("lib").join("rustlib").join(TARGET).join("lib"))
}

/// Debian's four packages, if all are there and new enough.
fn find_debian(
    about: &dyn Fn(&str) -> Option<String>,
    exists: &dyn Fn(&Path) -> bool,
) -> Option<Debian> {
    let parts = [
        "/usr/bin/cargo",
        "/usr/bin/rustdoc",
        "/usr/lib/rustlib/src/rust/library/Cargo.lock",
    ];
    if !parts.iter().all(|part| exists(Path::new(part))) {
        return None;
    }
    let version = Version::read(&about(DEBIAN_RUSTC)?)?;
    if version.rust < OLDEST {
        return None;
    }
    let linker = [
        format!("/usr/bin/wasm-ld-{}", version.llvm),
        format!("/usr/lib/llvm-{}/bin/wasm-ld", version.llvm),
    ];
    let linker = linker
        .into_iter()
        .map(PathBuf::from)
        .find(|file| exists(file))?;
    Some(Debian {
        cargo: PathBuf::from(parts[0]),
        rustc: PathBuf::from(DEBIAN_RUSTC),
        rustdoc: PathBuf::from(parts[1]),
        linker,
    })
}

/// What is read from `rustc -vV`.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    rust: (u32, u32),
    llvm: u32,
}

impl Version {
    fn read(about: &str) -> Option<Self> {
        let value = |name: &str| about.lines().find_map(|line| line.strip_prefix(name));
        let mut release = value("release: ")?.split('.');
        let rust = (release.next()?.parse().ok()?, release.next()?.parse().ok()?);
        let llvm = value("LLVM version: ")?.split('.').next()?.parse().ok()?;
        Some(Self { rust, llvm })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &str = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\n\
        binary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.96.0\nLLVM version: 22.1.8\n";

    fn debian() -> Debian {
        find_debian(&|_| Some(ABOUT.to_owned()), &|_| true).expect("every file is there")
    }

    /// Records what was done to it.
    #[derive(Default)]
    struct FakeMachine {
        target: bool,
        debian: bool,
        rustup_works: bool,
        root: bool,
        done: Vec<&'static str>,
    }

    impl Machine for FakeMachine {
        fn current_has_target(&self) -> bool {
            self.target
        }
        fn debian(&self) -> Option<Debian> {
            self.debian.then(debian)
        }
        fn rustup_add_target(&mut self) -> bool {
            self.done.push("rustup");
            self.target |= self.rustup_works;
            self.rustup_works
        }
        fn can_install(&self) -> bool {
            self.root
        }
        fn install_debian(&mut self) -> Result<()> {
            self.done.push("apt");
            self.debian = true;
            Ok(())
        }
    }

    #[test]
    fn what_is_there_needs_no_installation() {
        let mut machine = FakeMachine {
            target: true,
            debian: true,
            ..FakeMachine::default()
        };
        assert_eq!(choose(&mut machine).expect("has it"), Toolchain::Current);
        let mut machine = FakeMachine {
            debian: true,
            root: true,
            ..FakeMachine::default()
        };
        assert_eq!(
            choose(&mut machine).expect("has it"),
            Toolchain::Debian(debian())
        );
        assert!(machine.done.is_empty());
    }

    #[test]
    fn rustup_comes_before_apt() {
        let mut machine = FakeMachine {
            rustup_works: true,
            root: true,
            ..FakeMachine::default()
        };
        assert_eq!(
            choose(&mut machine).expect("rustup works"),
            Toolchain::Current
        );
        assert_eq!(machine.done, ["rustup"]);
        let mut machine = FakeMachine {
            root: true,
            ..FakeMachine::default()
        };
        assert_eq!(
            choose(&mut machine).expect("apt works"),
            Toolchain::Debian(debian())
        );
        assert_eq!(machine.done, ["rustup", "apt"]);
    }

    #[test]
    fn without_rights_the_error_says_what_to_install() {
        let error = choose(&mut FakeMachine::default()).expect_err("nothing works");
        let text = error.to_string();
        assert!(
            text.contains("rustup target add wasm32-unknown-unknown"),
            "{text}"
        );
        assert!(text.contains("rustc-web"), "{text}");
    }

    #[test]
    fn the_linker_is_of_the_compilers_llvm() {
        assert_eq!(debian().linker, Path::new("/usr/bin/wasm-ld-22"));
        let only_llvm = |file: &Path| file != Path::new("/usr/bin/wasm-ld-22");
        let found = find_debian(&|_| Some(ABOUT.to_owned()), &only_llvm).expect("the other one");
        assert_eq!(found.linker, Path::new("/usr/lib/llvm-22/bin/wasm-ld"));
    }

    #[test]
    fn an_incomplete_or_old_debian_does_not_count() {
        let no_source = |file: &Path| !file.ends_with("library/Cargo.lock");
        assert_eq!(find_debian(&|_| Some(ABOUT.to_owned()), &no_source), None);
        let old = ABOUT.replace("release: 1.96.0", "release: 1.63.0");
        assert_eq!(find_debian(&|_| Some(old.clone()), &|_| true), None);
        assert_eq!(find_debian(&|_| None, &|_| true), None);
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(
            Version::read(ABOUT),
            Some(Version {
                rust: (1, 96),
                llvm: 22
            })
        );
        assert_eq!(Version::read("rustc 1.0"), None);
    }

    #[test]
    fn a_sysroot_without_the_folder_has_no_target() {
        let wanted = Path::new("/s/lib/rustlib/wasm32-unknown-unknown/lib");
        assert!(has_target(Path::new("/s"), &|folder| folder == wanted));
        assert!(!has_target(Path::new("/s"), &|_| false));
    }
}
