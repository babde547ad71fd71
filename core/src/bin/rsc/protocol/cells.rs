//! A protocol as the list of its cells. A cell is one arm trained alone: a method with one held-out domain,
//! one seed and one sample of hyperparameters.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use rsc_core::config::{RunConfig, SettingsError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    digest::short,
    document::Document,
    file::{Method, ProtocolFile, Search, check_count},
    search::{Field, Values},
    settings::{lay, set},
};

/// Raised when the same settings come to mean other results.
const FORMAT: &[u8] = b"1";
/// The fraction of each training domain that is kept for validation, and of the held-out one for the oracle:
/// DomainBed's `holdout_fraction`.
pub(crate) const HOLDOUT_FRACTION: f64 = 0.2;

/// A protocol, expanded.
#[derive(Debug, Serialize)]
pub(crate) struct Protocol {
    /// Its name.
    pub(crate) name: String,
    /// A hash of all cells.
    pub(crate) hash: String,
    /// Version of the program that expanded it.
    pub(crate) version: &'static str,
    /// Names of the methods, in the order of the file.
    pub(crate) methods: Vec<String>,
    /// Samples of hyperparameters of each method.
    pub(crate) samples: Vec<usize>,
    /// The domains that are held out, one after another.
    pub(crate) held_out: Vec<String>,
    /// The seeds.
    pub(crate) seeds: Vec<u64>,
    /// Epochs between two evaluations.
    pub(crate) evaluate_every: u32,
    /// Folder of the images, unless they are built in.
    #[serde(skip)]
    pub(crate) folder: Option<PathBuf>,
    /// File of a pretrained network's weights, unless they come with the program.
    #[serde(skip)]
    pub(crate) weights: Option<PathBuf>,
    /// The cells: by seed, held-out domain, method and sample, in this order, so that whoever looks early sees
    /// all methods with the first seeds.
    pub(crate) cells: Vec<Cell>,
}

/// One arm to be trained alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// Its place among the cells, from 0.
    pub(crate) index: usize,
    /// A hash of everything that it is defined by.
    pub(crate) hash: String,
    /// Name of the method.
    pub(crate) method: String,
    /// The domain that is never trained on.
    pub(crate) held_out: String,
    /// Seed of the run.
    pub(crate) seed: u64,
    /// Which sample of hyperparameters, from 0.
    pub(crate) sample: usize,
    /// The values that distinguish the sample, by the path of their field.
    pub(crate) hyperparameters: BTreeMap<String, Value>,
    /// The settings of the run.
    pub(crate) config: RunConfig,
}

impl Cell {
    /// What it is, in a few words.
    pub(crate) fn title(&self) -> String {
        let mut title = format!(
            "{}, held out {}, seed {}, sample {}",
            self.method, self.held_out, self.seed, self.sample
        );
        for (path, value) in &self.hyperparameters {
            title.push_str(&format!(", {path} = {value}"));
        }
        title
    }
}

/// A sample of hyperparameters: fields and their values.
type Sample = Vec<(Field, Value)>;

impl Protocol {
    /// Reads a file and expands it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub(crate) fn read(document: &Document, path: &Path) -> Result<Self> {
        let file = ProtocolFile::read(document, path)?;
        check_fields(document, &file)?;
        let samples: Vec<Vec<Sample>> = file
            .methods
            .iter()
            .map(|method| samples(&file, method))
            .collect::<Result<_>>()?;
        let counts: Vec<usize> = samples.iter().map(Vec::len).collect();
        check_count(counts.iter().sum::<usize>() * file.held_out.len() * file.seeds.len())?;

        let mut cells = Vec::new();
        for &seed in &file.seeds {
            for held_out in &file.held_out {
                for (at, method) in file.methods.iter().enumerate() {
                    for (sample, values) in samples[at].iter().enumerate() {
                        let config = config(document, &file, at, held_out, seed, values)?;
                        let hyperparameters = values
                            .iter()
                            .map(|(field, value)| (field.path.clone(), value.clone()))
                            .collect();
                        cells.push(Cell {
                            index: cells.len(),
                            hash: hash(&config, file.evaluate_every)?,
                            method: method.name.clone(),
                            held_out: held_out.clone(),
                            seed,
                            sample,
                            hyperparameters,
                            config,
                        });
                    }
                }
            }
        }
        let hashes: Vec<&[u8]> = cells.iter().map(|cell| cell.hash.as_bytes()).collect();
        Ok(Self {
            hash: short(&hashes),
            version: env!("CARGO_PKG_VERSION"),
            methods: file.methods.iter().map(|it| it.name.clone()).collect(),
            samples: counts,
            name: file.name,
            held_out: file.held_out,
            seeds: file.seeds,
            evaluate_every: file.evaluate_every,
            folder: file.folder,
            weights: file.weights,
            cells,
        })
    }

    /// The cell of an index.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn cell(&self, index: usize) -> Result<&Cell> {
        self.cells.get(index).ok_or_else(|| {
            let last = self.cells.len().saturating_sub(1);
            anyhow!("--cell: there is no cell {index} in this protocol: use one of 0 to {last}")
        })
    }
}

fn hash(config: &RunConfig, evaluate_every: u32) -> Result<String> {
    let settings = serde_json::to_value(config)?.to_string();
    let every = evaluate_every.to_string();
    Ok(short(&[FORMAT, settings.as_bytes(), every.as_bytes()]))
}

/// Whether a field concerns a method. One of an arm (`arm.challenge.p`, `arm.objective.weight`) does only where
/// the method sets that part of its arm, and the part has the field: so plain training is not trained again for
/// every p of RSC.
fn concerns(field: &Field, method: &Method) -> bool {
    let Some(rest) = field.path.strip_prefix("arm.") else {
        return true;
    };
    let mut steps = rest.split('.').peekable();
    let is_set = |part: &&str| method.has.iter().any(|it| it == part);
    let found = steps.clone().try_fold(&method.arm, |at, step| at.get(step));
    steps.peek().is_some_and(is_set) && found.is_some()
}

/// Refuses fields that no cell can have.
fn check_fields(document: &Document, file: &ProtocolFile) -> Result<()> {
    let own = file.methods.iter().flat_map(|method| &method.fields);
    for field in file.fields.iter().chain(own) {
        let place: Vec<&str> = field.place.iter().map(String::as_str).collect();
        let refuse = |problem: &str| Err(document.problem(&place, problem));
        let first = field.path.split('.').next().unwrap_or_default();
        if !["training", "network", "data", "arm"].contains(&first) || !field.path.contains('.') {
            return refuse(
                "expected a field of `training`, `network`, `data` or `arm`, such as \
                           \"training.learning_rate\" or \"arm.challenge.p\"",
            );
        }
        match field.path.as_str() {
            "training.seed" => {
                return refuse("seeds stand in `seeds = [...]` at the top of the file");
            }
            "data.held_out" => return refuse("held-out domains stand in `held_out` of `[data]`"),
            "data.source" | "data.together" | "arm.name" => {
                return refuse("this field is the same in all cells of a method");
            }
            _ => {}
        }
    }
    for field in &file.fields {
        if !file.methods.iter().any(|method| concerns(field, method)) {
            let place: Vec<&str> = field.place.iter().map(String::as_str).collect();
            let problem = "no method sets this part of its arm, or it has no such field, so there is nothing to \
                           vary";
            return Err(document.problem(&place, problem));
        }
    }
    Ok(())
}

/// The samples of a method.
fn samples(file: &ProtocolFile, method: &Method) -> Result<Vec<Sample>> {
    let common = file.fields.iter().filter(|field| concerns(field, method));
    // A field of the method's own takes the place of that of all methods.
    let common = common.filter(|field| method.fields.iter().all(|own| own.path != field.path));
    let fields: Vec<&Field> = common.chain(&method.fields).collect();
    if let (Search::Random { count, seed }, false) = (file.search, fields.is_empty()) {
        let sample = |index| {
            let drawn = fields.iter().filter_map(|field| {
                let value = field.drawn(seed, &method.name, index)?;
                Some(((*field).clone(), value))
            });
            drawn.collect()
        };
        check_count(count)?;
        return Ok((0..count).map(sample).collect());
    }
    let mut samples: Vec<Sample> = vec![Vec::new()];
    for field in fields {
        let Values::List(values) = &field.values else {
            continue;
        };
        check_count(samples.len().saturating_mul(values.len()))?;
        let with = |sample: &Sample, value: &Value| {
            let mut sample = sample.clone();
            sample.push((field.clone(), value.clone()));
            sample
        };
        samples = samples
            .iter()
            .flat_map(|sample| values.iter().map(move |value| with(sample, value)))
            .collect();
    }
    Ok(samples)
}

/// The settings of a cell.
fn config(
    document: &Document,
    file: &ProtocolFile,
    at: usize,
    held_out: &str,
    seed: u64,
    sample: &Sample,
) -> Result<RunConfig> {
    let method = &file.methods[at];
    let mut defaults = RunConfig::for_source(&file.source);
    defaults.data.validation_fraction = HOLDOUT_FRACTION;
    defaults.data.held_out = Some(held_out.to_owned());
    let mut settings = serde_json::to_value(defaults)?;
    lay(&mut settings["data"], &file.data);
    lay(&mut settings, &file.settings);
    lay(&mut settings, &method.settings);
    settings["training"]["seed"] = seed.into();
    let mut arm = method.arm.clone();
    for (field, value) in sample {
        let steps: Vec<&str> = field.path.split('.').collect();
        let done = match steps.split_first() {
            Some((&"arm", rest)) => set(&mut arm, rest, value),
            _ => set(&mut settings, &steps, value),
        };
        if !done {
            let place: Vec<&str> = field.place.iter().map(String::as_str).collect();
            return Err(document.problem(&place, "there is no such field"));
        }
    }
    settings["arms"] = Value::Array(vec![arm]);
    RunConfig::from_json(&settings.to_string())
        .map_err(|error| refused(document, at, sample, &error))
}

/// What is wrong with the settings of a cell, at the place that they come from.
fn refused(
    document: &Document,
    at: usize,
    sample: &Sample,
    error: &SettingsError,
) -> anyhow::Error {
    let (field, problem) = match error {
        SettingsError::Shape {
            field: Some(field),
            problem,
            // The place that JSON has is none of the user's file.
        } => (
            field.as_str(),
            problem
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned(),
        ),
        SettingsError::Range(problem) => (
            problem.field.as_str(),
            format!(
                "{} is not possible: expected {}",
                problem.value, problem.expected
            ),
        ),
        SettingsError::Shape { field: None, .. } | SettingsError::NotJson(_) => {
            return document.problem(&["settings"], &error.to_string());
        }
    };
    let field = field
        .replace("arms[0]", "arm")
        .replace('[', ".")
        .replace(']', "");
    let drawn = sample.iter().find(|(it, _)| field.starts_with(&it.path));
    if let Some((drawn, value)) = drawn {
        let place: Vec<&str> = drawn.place.iter().map(String::as_str).collect();
        return document.problem(&place, &format!("with the value {value}: {problem}"));
    }
    let steps: Vec<&str> = field.split('.').collect();
    let at = at.to_string();
    let method = ["methods", at.as_str()];
    let mut places: Vec<Vec<&str>> = Vec::new();
    match steps.split_first() {
        Some((&"arm", rest)) => places.push([&method[..], rest].concat()),
        Some((&"data", _)) => places.push(steps.clone()),
        _ => {}
    }
    places.push([&method[..], &["settings"], &steps].concat());
    places.push([&["settings"][..], &steps].concat());
    let written = places.iter().find(|place| document.line(place).is_some());
    document.problem(written.unwrap_or(&places[0]), &problem)
}
