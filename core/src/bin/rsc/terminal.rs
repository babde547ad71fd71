//! What is said on the terminal. A reader who has gone away (`rsc … | head`) is no fault of what is being done:
//! it goes on, and nothing more is said.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Stdout, Write};
use std::process::exit;

/// A line on the terminal.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::terminal::line(std::io::stdout(), format_args!($($words)*))
    };
}

/// A line about what is going on, or what is wrong, beside the output.
macro_rules! note {
    ($($words:tt)*) => {
        $crate::terminal::line(std::io::stderr(), format_args!($($words)*))
    };
}

/// Writes a line.
pub(crate) fn line(mut to: impl Write, words: Arguments<'_>) {
    settle(writeln!(to, "{words}"));
}

/// Writes a text as it is.
pub(crate) fn show(text: &str) {
    let mut to = io::stdout();
    settle(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
}

fn settle(written: io::Result<()>) {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // There may be nothing left to say it on.
            let _ = writeln!(io::stderr(), "Error: the output cannot be written: {error}");
            exit(1);
        }
        _ => {}
    }
}

/// The terminal for output that is all there is to a command: the program ends, without a fault, where nobody
/// reads it any more.
pub(crate) struct Output(Stdout);

impl Output {
    /// That of the program.
    pub(crate) fn new() -> Self {
        Self(io::stdout())
    }
}

fn or_end<T>(written: io::Result<T>) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        written => written,
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_end(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        or_end(self.0.flush())
    }
}
