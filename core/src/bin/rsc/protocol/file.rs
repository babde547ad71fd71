//! The file of a protocol as it is written: TOML.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rsc_core::config::{ArmConfig, ChallengeConfig, DataPreset, DataSource, MethodPreset};
use serde::Deserialize;
use serde_json::Value;

use super::{
    document::Document,
    domains,
    search::{self, Field, json},
    settings::lay,
};

/// The top level of the file. What lies deeper is read field by field, since it is laid over the defaults.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    seeds: toml::Value,
    data: toml::Table,
    methods: Vec<toml::Table>,
    #[serde(default)]
    settings: toml::Table,
    grid: Option<toml::Table>,
    random: Option<toml::Table>,
    #[serde(default = "every_epoch")]
    evaluate_every: u32,
    weights: Option<PathBuf>,
}

fn every_epoch() -> u32 {
    1
}

/// A protocol as its file says it, before it is expanded.
#[derive(Debug)]
pub(crate) struct ProtocolFile {
    /// Its name.
    pub(crate) name: String,
    /// Where the images come from.
    pub(crate) source: DataSource,
    /// Folder of the images, unless they are built in.
    pub(crate) folder: Option<PathBuf>,
    /// Fields of the settings' `data`.
    pub(crate) data: Value,
    /// The domains that are held out, one after another.
    pub(crate) held_out: Vec<String>,
    /// The settings of all cells.
    pub(crate) settings: Value,
    /// What is compared.
    pub(crate) methods: Vec<Method>,
    /// The seeds.
    pub(crate) seeds: Vec<u64>,
    /// How samples of hyperparameters are made.
    pub(crate) search: Search,
    /// The fields that all methods have.
    pub(crate) fields: Vec<Field>,
    /// Epochs between two evaluations.
    pub(crate) evaluate_every: u32,
    /// File of a pretrained network's weights, unless they come with the program.
    pub(crate) weights: Option<PathBuf>,
}

/// How samples of hyperparameters are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// One sample: the settings.
    None,
    /// Every combination of the fields' values.
    Grid,
    /// So many samples, the first with the defaults.
    Random { count: usize, seed: u64 },
}

/// One of the methods.
#[derive(Debug)]
pub(crate) struct Method {
    /// Its name, which is that of its arm.
    pub(crate) name: String,
    /// An [`ArmConfig`] as JSON.
    pub(crate) arm: Value,
    /// The fields of the arm that it sets: `challenge`, `objective` and so on.
    pub(crate) has: Vec<String>,
    /// Settings laid over those of all cells.
    pub(crate) settings: Value,
    /// Fields that only this method has.
    pub(crate) fields: Vec<Field>,
}

impl ProtocolFile {
    /// Reads a protocol. Folders in it are relative to its own.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub(crate) fn read(document: &Document, path: &Path) -> Result<Self> {
        let written: Written = document.parse()?;
        if written.name.trim().is_empty() || written.name.contains(char::is_control) {
            return Err(document.problem(&["name"], "expected a name in one line, not empty"));
        }
        if written.evaluate_every == 0 {
            return Err(document.problem(&["evaluate_every"], "expected epochs, at least 1"));
        }
        let beside = |it: &Path| path.parent().unwrap_or(Path::new("")).join(it);
        let absolute = |it: &Path| std::path::absolute(beside(it));
        let (search, fields) = search(document, &written)?;
        let mut data = written.data;
        let (source, folder) = source(document, &mut data)?;
        let folder = folder.as_deref().map(absolute).transpose()?;
        let held_out = data.remove("held_out");
        for name in ["source", "together"] {
            if data.contains_key(name) {
                let problem = "a protocol holds one domain out at a time: set `preset` or `folder`, and \
                               `held_out`";
                return Err(document.problem(&["data", name], problem));
            }
        }
        let all = domains::all(&source, folder.as_deref())
            .map_err(|error| document.problem(&["data"], &format!("{error:#}")))?;
        Ok(Self {
            name: written.name,
            held_out: domains::held_out(document, held_out.as_ref(), &all)?,
            source,
            folder,
            data: json(&toml::Value::Table(data))?,
            settings: settings(document, &["settings"], written.settings)?,
            methods: methods(document, written.methods, search)?,
            seeds: seeds(document, &written.seeds)?,
            search,
            fields,
            evaluate_every: written.evaluate_every,
            weights: written.weights.as_deref().map(absolute).transpose()?,
        })
    }
}

/// Takes the source of the images out of `data`.
fn source(document: &Document, data: &mut toml::Table) -> Result<(DataSource, Option<PathBuf>)> {
    let mut text = |name: &str| match data.remove(name) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(document.problem(&["data", name], "expected a text in quotes")),
    };
    match (text("preset")?, text("folder")?) {
        (Some(name), None) => match DataPreset::from_name(&name) {
            Some(preset) => Ok((DataSource::Preset { preset }, None)),
            None => {
                let names = DataPreset::ALL.map(DataPreset::name).join(", ");
                let problem = format!("there is no preset `{name}`: use one of {names}");
                Err(document.problem(&["data", "preset"], &problem))
            }
        },
        (None, Some(folder)) => Ok((DataSource::Own, Some(folder.into()))),
        _ => {
            let problem = "expected one of `preset = \"NAME\"` and `folder = \"DIR\"`";
            Err(document.problem(&["data"], problem))
        }
    }
}

/// A part of the settings; what has a place of its own in a protocol is refused.
fn settings(document: &Document, place: &[&str], table: toml::Table) -> Result<Value> {
    let refused = |steps: &[&str], remedy: &str| {
        let path: Vec<&str> = place.iter().chain(steps).copied().collect();
        document.problem(&path, remedy)
    };
    if table.contains_key("arms") {
        return Err(refused(
            &["arms"],
            "arms are the `[[methods]]` of a protocol",
        ));
    }
    if table.contains_key("data") {
        return Err(refused(
            &["data"],
            "put what concerns images under `[data]`",
        ));
    }
    let training = table.get("training").and_then(toml::Value::as_table);
    if training.is_some_and(|it| it.contains_key("seed")) {
        let remedy = "put seeds into `seeds = [...]` at the top of the file";
        return Err(refused(&["training", "seed"], remedy));
    }
    json(&toml::Value::Table(table))
}

fn methods(document: &Document, written: Vec<toml::Table>, search: Search) -> Result<Vec<Method>> {
    if written.is_empty() {
        return Err(document.problem(&["methods"], "expected at least one `[[methods]]`"));
    }
    let mut methods: Vec<Method> = Vec::with_capacity(written.len());
    for (index, table) in written.into_iter().enumerate() {
        let index = index.to_string();
        let method = method(document, &["methods", &index], table, search)?;
        if methods.iter().any(|other| other.name == method.name) {
            let problem = "expected a name that no other method has";
            return Err(document.problem(&["methods", &index, "name"], problem));
        }
        methods.push(method);
    }
    Ok(methods)
}

fn method(
    document: &Document,
    place: &[&str],
    mut table: toml::Table,
    search: Search,
) -> Result<Method> {
    let problem = |field: &str, problem: &str| {
        let path: Vec<&str> = place.iter().copied().chain([field]).collect();
        document.problem(&path, problem)
    };
    let mut inner = |field: &'static str| match table.remove(field) {
        None => Ok(None),
        Some(toml::Value::Table(inner)) => Ok(Some(inner)),
        Some(_) => Err(problem(field, "expected a table")),
    };
    let (over, grid, random) = (inner("settings")?, inner("grid")?, inner("random")?);
    let preset = match table.remove("preset") {
        None => None,
        Some(toml::Value::String(name)) => match MethodPreset::from_name(&name) {
            Some(preset) => Some(preset),
            None => {
                let names = MethodPreset::ALL.map(MethodPreset::name).join(", ");
                let said = format!("there is no method `{name}`: use one of {names}");
                return Err(problem("preset", &said));
            }
        },
        Some(_) => return Err(problem("preset", "expected a text in quotes")),
    };
    let Some(toml::Value::String(name)) = table.get("name").cloned() else {
        return Err(problem("name", "expected a name: `name = \"rsc\"`"));
    };

    let mut has: Vec<String> = table.keys().cloned().collect();
    let mut arm = serde_json::to_value(ArmConfig::erm())?;
    let base = match preset {
        Some(preset) => {
            if preset != MethodPreset::Erm {
                has.push("challenge".into());
            }
            preset.challenge()
        }
        None if table.contains_key("challenge") => ChallengeConfig::default(),
        None => MethodPreset::Erm.challenge(),
    };
    arm["challenge"] = serde_json::to_value(base)?;
    lay(&mut arm, &json(&toml::Value::Table(table))?);

    let at = |field: &'static str| [place, &[field]].concat();
    let fields = match (search, grid, random) {
        (_, None, None) => Vec::new(),
        (Search::None | Search::Grid, Some(grid), None) => {
            search::grid(document, &at("grid"), &grid)?
        }
        (Search::Random { .. }, None, Some(random)) => {
            search::random(document, &at("random"), &random)?
        }
        (Search::Random { .. }, Some(_), _) => {
            return Err(problem(
                "grid",
                "the protocol draws at random: use `random` here too",
            ));
        }
        (_, _, Some(_)) => {
            let remedy =
                "say how many samples are drawn: `[random]` with `count = 20` at the top level";
            return Err(problem("random", remedy));
        }
    };
    let over = over.unwrap_or_default();
    Ok(Method {
        name,
        arm,
        has,
        settings: settings(document, &at("settings"), over)?,
        fields,
    })
}

fn seeds(document: &Document, written: &toml::Value) -> Result<Vec<u64>> {
    let expected = "expected a list of different whole numbers such as [0, 1, 2], or how many";
    let problem = || document.problem(&["seeds"], expected);
    let number = |value: &toml::Value| {
        let number = value.as_integer().and_then(|it| u64::try_from(it).ok());
        number.ok_or_else(problem)
    };
    let seeds: Vec<u64> = match written {
        toml::Value::Array(list) => list.iter().map(number).collect::<Result<_>>()?,
        value => (0..number(value)?.min(100_000)).collect(),
    };
    let mut sorted = seeds.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if seeds.is_empty() || sorted.len() < seeds.len() {
        return Err(problem());
    }
    Ok(seeds)
}

/// The search and the fields that all methods have.
fn search(document: &Document, written: &Written) -> Result<(Search, Vec<Field>)> {
    match (&written.grid, &written.random) {
        (None, None) => Ok((Search::None, Vec::new())),
        (Some(_), Some(_)) => Err(document.problem(
            &["random"],
            "expected one of `[grid]` and `[random]`, not both",
        )),
        (Some(table), None) => Ok((Search::Grid, search::grid(document, &["grid"], table)?)),
        (None, Some(table)) => {
            let mut table = table.clone();
            let mut number = |name: &str, default: Option<i64>| {
                let value = table.remove(name);
                let value = value.map_or(default, |it| it.as_integer());
                let value = value.filter(|&it| it >= 0);
                let expected = "expected a whole number, not negative";
                value.ok_or_else(|| document.problem(&["random", name], expected))
            };
            let search = Search::Random {
                count: usize::try_from(number("count", None)?)?,
                seed: u64::try_from(number("seed", Some(0))?)?,
            };
            if matches!(search, Search::Random { count: 0, .. }) {
                return Err(document.problem(&["random", "count"], "expected at least 1 sample"));
            }
            Ok((search, search::random(document, &["random"], &table)?))
        }
    }
}

/// Refuses a number of cells that nobody can mean.
pub(crate) fn check_count(count: usize) -> Result<()> {
    const MOST: usize = 100_000;
    if count > MOST {
        bail!(
            "this protocol has {count} cells: at most {MOST} are possible, so take fewer samples or seeds"
        );
    }
    Ok(())
}
