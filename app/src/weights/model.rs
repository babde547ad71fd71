//! Where the weights of a network stand, and which files can be some.

use rsc_core::config::PretrainedNetwork;

use crate::ui::model::format;

/// Largest file that is read, in bytes.
pub(crate) const MOST_BYTES: u64 = 400_000_000;
/// What files of weights are called.
pub(crate) const EXTENSIONS: [&str; 3] = [".safetensors", ".pth", ".pt"];

/// Where the weights stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The visitor has to bring them.
    NeedsFile,
    /// On their way.
    Loading {
        /// Bytes so far.
        received: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The engine reads them.
    Checking,
    /// The engine has them.
    Read {
        /// Number of their values.
        values: u64,
    },
    /// They could not be fetched or read from disk.
    Failed(String),
    /// The engine cannot use the file.
    Refused(String),
}

/// Where the weights of a network stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// Which network.
    pub(crate) network: PretrainedNetwork,
    /// Where they stand.
    pub(crate) stage: Stage,
}

/// Why weights could not be given to the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Something else is wanted meanwhile.
    Stale,
    /// The visitor has to bring them.
    NeedsFile,
    /// They could not be fetched or read.
    Failed(String),
    /// The engine cannot use them.
    Refused(String),
}

impl Problem {
    /// The stage that it is shown as; `None` where nobody waits for it any more.
    pub(crate) fn stage(&self) -> Option<Stage> {
        match self {
            Self::Stale => None,
            Self::NeedsFile => Some(Stage::NeedsFile),
            Self::Failed(problem) => Some(Stage::Failed(problem.clone())),
            Self::Refused(problem) => Some(Stage::Refused(problem.clone())),
        }
    }

    /// In a sentence, for a run that cannot go on without them.
    pub(crate) fn sentence(&self, network: PretrainedNetwork) -> String {
        let title = network.title();
        match self {
            Self::Stale | Self::NeedsFile => text!("weights.needed", network = title),
            Self::Failed(problem) => text!("weights.failed", network = title, problem = problem),
            Self::Refused(problem) => problem.clone(),
        }
    }
}

/// Whether a file can be one of weights, before it is read.
///
/// # Errors
/// What speaks against it.
pub(crate) fn check_file(name: &str, bytes: u64) -> Result<(), String> {
    let lower = name.to_lowercase();
    if !EXTENSIONS.iter().any(|end| lower.ends_with(end)) {
        return Err(text!("weights.other-kind", name = name));
    }
    if bytes > MOST_BYTES {
        return Err(text!(
            "weights.too-large",
            name = name,
            size = format::megabytes(bytes),
            most = format::megabytes(MOST_BYTES)
        ));
    }
    if bytes == 0 {
        return Err(text!("weights.empty", name = name));
    }
    Ok(())
}

/// `4.1 of 9.4 MB`.
pub(crate) fn progress(received: u64, total: u64) -> String {
    let whole = format::megabytes(total);
    let part = format::local(format!("{:.1}", received as f64 / 1e6));
    text!("weights.progress", part = part, whole = whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_judged_by_name_and_size() {
        for name in ["resnet18.pth", "a.PT", "model.safetensors"] {
            assert_eq!(check_file(name, 44_000_000), Ok(()), "{name}");
        }
        for (name, bytes) in [
            ("cat.jpg", 1000),
            ("resnet18.pth", MOST_BYTES + 1),
            ("resnet18.pth", 0),
        ] {
            let problem = check_file(name, bytes).expect_err("it is refused");
            assert!(problem.contains(name), "{problem}");
        }
    }

    #[test]
    fn progress_has_the_size() {
        assert_eq!(progress(4_112_000, 9_410_464), "4.1 of 9.4 MB");
    }

    #[test]
    fn what_nobody_waits_for_is_not_shown() {
        assert_eq!(Problem::Stale.stage(), None);
        let refused = Problem::Refused(String::from("no"));
        assert_eq!(refused.stage(), Some(Stage::Refused(String::from("no"))));
        let sentence = Problem::NeedsFile.sentence(PretrainedNetwork::ResNet18);
        assert!(sentence.contains("ResNet-18"), "{sentence}");
    }
}
