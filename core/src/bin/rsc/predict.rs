//! `rsc predict`: the class of images, and the probability of each class, as CSV or JSON lines.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use pollster::block_on;
use rsc_core::data::Item;
use serde::Serialize;

use crate::{
    files::{GrowingFile, check_new},
    pictures::{AT_ONCE, Reader, list},
    terminal,
    trained::{NetworkArgs, Networks},
};

/// Options of `rsc predict`.
#[derive(Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// How predictions are written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// File for the predictions, instead of the terminal.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file.
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// Image files, and folders of them in any layout.
    #[arg(required = true, value_name = "IMAGES")]
    images: Vec<PathBuf>,
}

/// How predictions are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Comma-separated values: path, predicted class, and of each class its probability (`p_CLASS`).
    Csv,
    /// A JSON object in each line.
    Jsonl,
}

/// Runs `rsc predict`.
pub(crate) fn run(arguments: &PredictArgs) -> Result<()> {
    if let Some(out) = &arguments.out {
        check_new("--out", out, arguments.overwrite)?;
    }
    let networks = Networks::open(&arguments.network.run)?;
    let (arm, seed) = arguments.network.arm_and_seed(&networks.run)?;
    let network = networks.load(arm, seed)?;
    let pictures = list(&arguments.images)?;
    note!("{}", networks.title(arm, seed));

    let classes = networks.run.classes();
    let mut rows = Rows::begin(arguments, classes)?;
    let mut reader = Reader::new(&networks.run.config.data);
    for batch in pictures.chunks(AT_ONCE) {
        let read = reader.read(batch);
        let items: Vec<&Item> = read.iter().map(|(_, item)| item).collect();
        let answers = block_on(network.answers(arm, &items))?;
        let answers = answers.classes.iter().zip(&answers.probabilities);
        for ((picture, _), (&class, probabilities)) in read.iter().zip(answers) {
            let path = picture.path.display().to_string();
            rows.write(&path, class, probabilities, classes)
                .context("the predictions cannot be written")?;
        }
    }
    rows.finish()?;
    reader.check(pictures.len())
}

/// Where predictions go.
enum Output {
    Terminal(terminal::Output),
    File(GrowingFile),
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Terminal(terminal) => terminal.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Terminal(terminal) => terminal.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    predicted: &'a str,
    probabilities: BTreeMap<&'a str, f32>,
}

/// The predictions as they are written.
enum Rows {
    Csv(Box<csv::Writer<Output>>),
    Jsonl(Output),
}

impl Rows {
    fn begin(arguments: &PredictArgs, classes: &[String]) -> Result<Self> {
        let output = match &arguments.out {
            Some(path) => Output::File(GrowingFile::create(path)?),
            None => Output::Terminal(terminal::Output::new()),
        };
        Ok(match arguments.format {
            Format::Jsonl => Self::Jsonl(output),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(output);
                let head = ["path".to_owned(), "predicted".to_owned()];
                let of_classes = classes.iter().map(|class| format!("p_{class}"));
                writer.write_record(head.into_iter().chain(of_classes))?;
                Self::Csv(Box::new(writer))
            }
        })
    }

    fn write(
        &mut self,
        path: &str,
        class: usize,
        probabilities: &[f32],
        classes: &[String],
    ) -> Result<()> {
        let predicted = classes.get(class).map_or("", String::as_str);
        match self {
            Self::Csv(writer) => {
                let start = [path.to_owned(), predicted.to_owned()].into_iter();
                writer.write_record(start.chain(probabilities.iter().map(f32::to_string)))?;
            }
            Self::Jsonl(output) => {
                let by_class = classes
                    .iter()
                    .map(String::as_str)
                    .zip(probabilities.iter().copied());
                let line = Line {
                    path,
                    predicted,
                    probabilities: by_class.collect(),
                };
                writeln!(output, "{}", serde_json::to_string(&line)?)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        let unwritten = "the predictions cannot be written";
        let output = match self {
            Self::Jsonl(output) => output,
            Self::Csv(writer) => {
                let inner = writer.into_inner();
                inner.map_err(|error| anyhow::anyhow!("{unwritten}: {}", error.error()))?
            }
        };
        match output {
            Output::Terminal(mut terminal) => terminal.flush().context(unwritten),
            Output::File(file) => file.finish(),
        }
    }
}
