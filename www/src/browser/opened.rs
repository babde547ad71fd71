//! Starts a headless Chromium with an empty profile, and ends it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

#[cfg(unix)]
use crate::process;

/// The adapter behind WebGPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    /// The machine's GPU.
    Hardware,
    /// The same, with the rest of the browser on it too (Vulkan); it does not start without a GPU.
    Vulkan,
    /// SwiftShader, which emulates one on the CPU.
    Software,
}

/// Flags of every start. Chromium's sandbox does not work as root, and containers have little shared
/// memory; the page is this project's own. No server runs at the proxy's address, so requests to other
/// hosts fail; Chromium uses no proxy for loopback addresses.
const COMMON_FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--password-store=basic",
    "--use-mock-keychain",
    "--window-size=1440,900",
    "--proxy-server=http://127.0.0.1:9",
    // The address bar's suggestions are pages of their own, which would load beside the one that is measured.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
];

/// How many lines of the browser's log an error shows.
const LOG_LINES_SHOWN: usize = 5;

/// All flags; the address follows them.
pub(super) fn flags(profile: &Path, adapter: Option<Adapter>) -> Vec<String> {
    let gpu: &[&str] = match adapter {
        None => &[],
        // Chromium on Linux offers WebGPU only through Vulkan, behind this feature. `--use-vulkan` for
        // the rest of the browser would stop it on machines without a GPU.
        Some(Adapter::Hardware) if cfg!(target_os = "linux") => &[
            "--enable-unsafe-webgpu",
            "--ignore-gpu-blocklist",
            "--enable-features=Vulkan",
        ],
        Some(Adapter::Hardware) => &["--enable-unsafe-webgpu", "--ignore-gpu-blocklist"],
        Some(Adapter::Vulkan) => &[
            "--enable-unsafe-webgpu",
            "--ignore-gpu-blocklist",
            "--enable-features=Vulkan",
            "--use-angle=vulkan",
            // Nothing is shown on a screen.
            "--disable-vulkan-surface",
        ],
        Some(Adapter::Software) => &[
            "--enable-unsafe-webgpu",
            "--use-webgpu-adapter=swiftshader",
            "--enable-unsafe-swiftshader",
        ],
    };
    let profile = format!("--user-data-dir={}", profile.display());
    let fixed = COMMON_FLAGS.iter().chain(gpu).map(|&flag| flag.to_owned());
    fixed.chain([profile]).collect()
}

/// A running browser. Dropping it kills the process.
pub(crate) struct Browser {
    pub(super) child: Child,
    log: PathBuf,
    /// Deleted after the browser has ended.
    _profile: TempDir,
}

impl Browser {
    /// Starts `chrome` at an address.
    pub(crate) fn open(chrome: &Path, address: &str, adapter: Option<Adapter>) -> Result<Self> {
        Self::start(|profile| {
            let mut command = Command::new(chrome);
            command
                .args(flags(profile, adapter))
                .arg(address)
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            command
        })
    }

    /// Starts what `command` makes of an empty profile.
    pub(super) fn start(command: impl FnOnce(&Path) -> Command) -> Result<Self> {
        let profile = tempfile::tempdir().context("cannot create a folder for the browser")?;
        let log = profile.path().join("rsc-lab-stderr.txt");
        let stderr =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = command(profile.path());
        // A group of its own, which can be ended as a whole.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let program = command.get_program().to_owned();
        let child = command
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Self {
            child,
            log,
            _profile: profile,
        })
    }

    /// The exit status and the end of the log, if the browser has exited.
    pub(crate) fn exit_message(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        let log = fs::read(&self.log).unwrap_or_default();
        Some(format!(
            "{status}\n{}",
            last_lines(&String::from_utf8_lossy(&log))
        ))
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A process that computes for a GPU goes on for long after its browser has ended. Killing fails only if
        // the browser has exited already.
        #[cfg(unix)]
        let _ = process::output_of(
            Command::new("sh").args(["-c", &format!("kill -s KILL -- -{}", self.child.id())]),
        );
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_webgpu_asks_for_webgpu() {
        let flags = |adapter| flags(Path::new("/profile"), adapter).join(" ");
        let cpu = flags(None);
        assert!(cpu.starts_with("--headless=new") && cpu.ends_with("--user-data-dir=/profile"));
        assert!(!cpu.contains("webgpu"), "{cpu}");
        let software = flags(Some(Adapter::Software));
        assert!(
            software.contains("--use-webgpu-adapter=swiftshader"),
            "{software}"
        );
        let hardware = flags(Some(Adapter::Hardware));
        assert!(
            hardware.contains("--enable-unsafe-webgpu") && !hardware.contains("swiftshader"),
            "{hardware}"
        );
    }

    #[test]
    fn an_error_shows_the_end_of_the_log() {
        assert_eq!(last_lines(""), "");
        assert_eq!(last_lines("1\n2\n3\n4\n5\n6\n7\n"), "3\n4\n5\n6\n7");
    }

    #[cfg(unix)]
    #[test]
    fn an_exit_is_noticed_and_nothing_is_left() {
        use std::time::{Duration, Instant};

        // `false` takes any arguments.
        let mut browser =
            Browser::open(Path::new("/bin/false"), "about:blank", None).expect("it starts");
        let profile = browser._profile.path().to_path_buf();
        let started = Instant::now();
        let end = loop {
            if let Some(end) = browser.exit_message() {
                break end;
            }
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(end.contains('1'), "{end}");
        drop(browser);
        assert!(!profile.exists());
        assert!(Browser::open(Path::new("/no/such/browser"), "about:blank", None).is_err());
    }
}
