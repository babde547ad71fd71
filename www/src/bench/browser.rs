//! A headless Chromium that opens one address, with a profile of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// What WebGPU computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adapter {
    /// The machine's GPU.
    Hardware,
    /// Chromium's own emulation.
    Software,
}

/// For every visit. As root and in containers Chromium has neither its sandbox nor much shared
/// memory; the page it opens is our own. Nobody listens at the proxy, so that what the browser
/// wants from elsewhere stays here; browsers never ask a proxy for this machine's own addresses.
const ALWAYS: &[&str] = &[
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
];

/// Lines of the browser's own words that an error shows.
const LAST_WORDS: usize = 5;

/// Everything but the address.
fn arguments(profile: &Path, adapter: Option<Adapter>) -> Vec<String> {
    let gpu: &[&str] = match adapter {
        None => &[],
        // Chromium on Linux offers WebGPU only through Vulkan, and only when told to. Telling the
        // rest of the browser to use Vulkan too stops it on machines without a GPU.
        Some(Adapter::Hardware) if cfg!(target_os = "linux") => &[
            "--enable-unsafe-webgpu",
            "--ignore-gpu-blocklist",
            "--enable-features=Vulkan",
        ],
        Some(Adapter::Hardware) => &["--enable-unsafe-webgpu", "--ignore-gpu-blocklist"],
        Some(Adapter::Software) => &["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
    };
    let own = format!("--user-data-dir={}", profile.display());
    let fixed = ALWAYS
        .iter()
        .chain(gpu)
        .map(|&argument| argument.to_owned());
    fixed.chain([own]).collect()
}

/// A running browser. Dropping it ends it.
pub(super) struct Browser {
    child: Child,
    log: PathBuf,
    /// Deleted after the browser has ended.
    _profile: TempDir,
}

impl Browser {
    /// Opens an address.
    pub(super) fn open(chrome: &Path, address: &str, adapter: Option<Adapter>) -> Result<Self> {
        let profile = tempfile::tempdir().context("cannot create a folder for the browser")?;
        let log = profile.path().join("rsc-lab-words.txt");
        let words =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = Command::new(chrome)
            .args(arguments(profile.path(), adapter))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(words)
            .spawn()
            .with_context(|| format!("cannot start {}", chrome.display()))?;
        Ok(Self {
            child,
            log,
            _profile: profile,
        })
    }

    /// How the browser ended and its last words, if it has ended.
    pub(super) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        let words = fs::read(&self.log).unwrap_or_default();
        Some(format!(
            "{status}\n{}",
            last_words(&String::from_utf8_lossy(&words))
        ))
    }
}

fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, which is all right.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_webgpu_asks_for_webgpu() {
        let arguments = |adapter| arguments(Path::new("/profile"), adapter).join(" ");
        let cpu = arguments(None);
        assert!(cpu.starts_with("--headless=new") && cpu.ends_with("--user-data-dir=/profile"));
        assert!(!cpu.contains("webgpu"), "{cpu}");
        let software = arguments(Some(Adapter::Software));
        assert!(
            software.contains("--use-webgpu-adapter=swiftshader"),
            "{software}"
        );
        let hardware = arguments(Some(Adapter::Hardware));
        assert!(
            hardware.contains("--enable-unsafe-webgpu") && !hardware.contains("swiftshader"),
            "{hardware}"
        );
    }

    #[test]
    fn last_words_are_few() {
        assert_eq!(last_words(""), "");
        assert_eq!(last_words("1\n2\n3\n4\n5\n6\n7\n"), "3\n4\n5\n6\n7");
    }

    #[cfg(unix)]
    #[test]
    fn an_end_is_noticed_and_nothing_is_left() {
        use std::time::{Duration, Instant};

        // `false` takes any arguments.
        let mut browser =
            Browser::open(Path::new("/bin/false"), "about:blank", None).expect("it starts");
        let profile = browser._profile.path().to_path_buf();
        let started = Instant::now();
        let end = loop {
            if let Some(end) = browser.ended() {
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
