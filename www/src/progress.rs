//! Progress of long stages in the terminal, and how long each one took.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// Runs stages and records their durations.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    stages: Vec<(String, Duration)>,
}

impl Progress {
    /// A stage whose programs write to the terminal themselves (Cargo, apt).
    pub(crate) fn stage_with_output<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        eprintln!("── {name}");
        self.timed(name, work)
    }

    /// A stage without output of its own: a spinner while it runs, one line when it succeeds.
    pub(crate) fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !std::io::stderr().is_terminal() {
            let result = self.timed(name, work)?;
            if let Some((_, took)) = self.stages.last() {
                eprintln!("   {name} ({})", human(*took));
            }
            return Ok(result);
        }
        let spinner = ProgressBar::new_spinner().with_message(name.to_owned());
        if let Ok(style) = ProgressStyle::with_template(" {spinner} {msg} {elapsed}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(120));
        let result = self.timed(name, work);
        spinner.finish_and_clear();
        if let (Ok(_), Some((_, took))) = (&result, self.stages.last()) {
            eprintln!("   {name} ({})", human(*took));
        }
        result
    }

    /// Prints the durations of all stages so far.
    pub(crate) fn print_durations(&self) {
        let total: Duration = self.stages.iter().map(|(_, took)| *took).sum();
        eprintln!("── time");
        for (name, took) in &self.stages {
            eprintln!("{:>9}  {name}", human(*took));
        }
        eprintln!("{:>9}  in all", human(total));
    }

    fn timed<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let result = work();
        self.stages.push((name.to_owned(), start.elapsed()));
        result
    }
}

/// A duration as people say it.
pub(crate) fn human(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(1_540)), "1.5 s");
        assert_eq!(human(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn failed_stages_are_timed_too() {
        let mut progress = Progress::default();
        let result: Result<()> = progress.stage_with_output("fails", || anyhow::bail!("no"));
        assert!(result.is_err());
        assert_eq!(progress.stages.len(), 1);
    }
}
