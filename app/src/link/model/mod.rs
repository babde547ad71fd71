//! A run's settings as a short, readable text for the address: `v=1&data=tint-cue&p=0.5&seed=3`.
//!
//! The base is what the data preset is shown with; a link names what differs from it, in a fixed
//! order. Reading goes setting by setting: what a link says wrongly is left at the base and
//! reported, everything else is taken.
//!
//! [`write()`] mirrors [`read()`]: it applies each text it writes to a copy of the base, so that
//! what follows is compared with what a reader will have by then (`momentum` has a base only after
//! `opt=sgd`).

pub(crate) mod embed;
pub(crate) mod fields;
pub(crate) mod panel;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;

use rsc_core::config::{ArmConfig, DataPreset, DataSource, RunConfig};

use crate::link::model::fields::{ARM, RUN};
use crate::link::model::panel::Panel;
use crate::settings::model::refusal::translated;

/// Version of the link's grammar and of the base it starts from.
const VERSION: &str = "1";
/// The arm whose challenge needs no name before its keys: the page's RSC.
const PLAIN: usize = 1;
/// Longest text quoted from a link in a message.
const QUOTED: usize = 48;

/// What a link says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    /// The settings; always valid.
    pub(crate) config: RunConfig,
    /// Panels to hide.
    pub(crate) hidden: Vec<Panel>,
    /// What was not taken.
    pub(crate) ignored: Vec<Ignored>,
}

/// A part of a link that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// The part.
    pub(crate) what: String,
    /// What was expected instead.
    pub(crate) why: String,
}

impl Ignored {
    fn new(what: &str, why: impl Into<String>) -> Self {
        let mut short: String = what.chars().take(QUOTED).collect();
        if short.len() < what.len() {
            short.push('…');
        }
        Self {
            what: short,
            why: why.into(),
        }
    }
}

/// What an arm starts from, once it stands at its place.
fn base_arm(base: &RunConfig, arm: usize, name: &str) -> ArmConfig {
    let challenge = base.arms.get(arm).or(base.arms.get(PLAIN));
    let challenge = challenge.map(|arm| arm.challenge.clone());
    ArmConfig::challenged(name, challenge.unwrap_or_default())
}

fn source_name(source: &DataSource) -> &'static str {
    match source {
        DataSource::Preset { preset } => preset.name(),
        DataSource::Own => "own",
    }
}

fn source_called(name: &str) -> Option<DataSource> {
    match name {
        "own" => Some(DataSource::Own),
        _ => DataPreset::from_name(name).map(|preset| DataSource::Preset { preset }),
    }
}

/// `p` for the page's RSC, `erm.p` for others.
fn challenge_key(config: &RunConfig, arm: usize, key: &str) -> String {
    match config.arms.get(arm) {
        Some(named) if arm != PLAIN => format!("{}.{key}", named.name),
        _ => key.to_owned(),
    }
}

/// Puts arms with these names in place of the ones there.
fn set_arms(config: &mut RunConfig, names: &str) {
    let base = RunConfig::for_source(&config.data.source);
    config.arms = names
        .split(',')
        .enumerate()
        .map(|(i, name)| base_arm(&base, i, name))
        .collect();
}

fn arm_names(config: &RunConfig) -> String {
    let names: Vec<&str> = config.arms.iter().map(|arm| arm.name.as_str()).collect();
    names.join(",")
}

/// The part of an address after `#`.
pub(crate) fn write(config: &RunConfig, hidden: &[Panel]) -> String {
    let mut pairs = vec![
        (String::from("v"), VERSION.to_owned()),
        (
            String::from("data"),
            source_name(&config.data.source).to_owned(),
        ),
    ];
    let mut known = RunConfig::for_source(&config.data.source);
    for field in RUN {
        if let Some(value) = (field.get)(config)
            && (field.get)(&known).as_ref() != Some(&value)
        {
            // A value of ours is always taken back.
            let _ = (field.set)(&mut known, &value);
            pairs.push((field.key.to_owned(), value));
        }
    }
    let names = arm_names(config);
    if names != arm_names(&known) {
        set_arms(&mut known, &names);
        pairs.push((String::from("arms"), names));
    }
    for (i, (arm, known)) in config.arms.iter().zip(&known.arms).enumerate() {
        for field in ARM {
            let value = (field.get)(arm);
            if value != (field.get)(known) {
                pairs.push((challenge_key(config, i, field.key), value));
            }
        }
    }
    if !hidden.is_empty() {
        pairs.push((String::from("hide"), panel::listed(hidden)));
    }
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(key, value)| format!("{}={}", text::escape(&key), text::escape(&value)))
        .collect();
    pairs.join("&")
}

/// Whether the part of an address after `#` is meant as settings, not as a place on the page.
pub(crate) fn is_link(hash: &str) -> bool {
    hash.contains('=')
}

/// What a link says; the `#` before it may be there or not.
pub(crate) fn read(hash: &str) -> Read {
    let mut pairs = Pairs::split(hash.trim_start_matches('#'));
    pairs.check_version();
    let source = match pairs.take("data") {
        Some(name) => source_called(&name).or_else(|| {
            let names: Vec<&str> = DataPreset::ALL.iter().map(|p| p.name()).collect();
            let expected = text!("link.expected.data", names = names.join(", "));
            pairs.ignore("data", &name, expected);
            None
        }),
        None => None,
    };
    let mut config = match source {
        Some(source) => RunConfig::for_source(&source),
        None => RunConfig::default(),
    };
    for field in RUN {
        pairs.apply(&mut config, field.key, field.set);
    }
    pairs.apply(&mut config, "arms", |config, names| {
        set_arms(config, names);
        Ok(())
    });
    for arm in 0..config.arms.len() {
        for field in ARM {
            let key = challenge_key(&config, arm, field.key);
            pairs.apply(&mut config, &key, |config, value| {
                match config.arms.get_mut(arm) {
                    Some(arm) => (field.set)(arm, value),
                    None => Err(text!("link.no-arm").to_owned()),
                }
            });
        }
    }
    let hidden = pairs.hidden();
    Read {
        config,
        hidden,
        ignored: pairs.finish(),
    }
}

/// The parts of a link that are still to be read, and those that were not taken.
struct Pairs {
    open: Vec<(String, String)>,
    ignored: Vec<Ignored>,
}

impl Pairs {
    fn split(hash: &str) -> Self {
        let mut pairs = Self {
            open: Vec::new(),
            ignored: Vec::new(),
        };
        for part in hash.split('&').filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                let part = text::unescape(part);
                pairs
                    .ignored
                    .push(Ignored::new(&part, text!("link.no-value")));
                continue;
            };
            let (key, value) = (text::unescape(key), text::unescape(value));
            if pairs.open.iter().any(|(other, _)| *other == key) {
                pairs.ignore(&key, &value, text!("link.twice"));
            } else {
                pairs.open.push((key, value));
            }
        }
        pairs
    }

    fn ignore(&mut self, key: &str, value: &str, why: impl Into<String>) {
        self.ignored
            .push(Ignored::new(&format!("{key}={value}"), why));
    }

    fn take(&mut self, key: &str) -> Option<String> {
        let at = self.open.iter().position(|(other, _)| other == key)?;
        Some(self.open.remove(at).1)
    }

    /// A newer page may mean something else by a key; what this one knows is still of use.
    fn check_version(&mut self) {
        if let Some(version) = self.take("v").filter(|version| version != VERSION) {
            let why = text!("link.version", version = VERSION);
            self.ignore("v", &version, why);
        }
    }

    /// Sets one setting, unless its text or the engine's own check says no.
    fn apply(
        &mut self,
        config: &mut RunConfig,
        key: &str,
        set: impl Fn(&mut RunConfig, &str) -> Result<(), String>,
    ) {
        let Some(value) = self.take(key) else {
            return;
        };
        let mut changed = config.clone();
        let checked = set(&mut changed, &value).and_then(|()| {
            let problem = |error: rsc_core::ConfigError| {
                text!(
                    "link.expected.engine",
                    expected = translated(&error.expected)
                )
            };
            changed.validate().map_err(problem)
        });
        match checked {
            Ok(()) => *config = changed,
            Err(why) => self.ignore(key, &value, why),
        }
    }

    fn hidden(&mut self) -> Vec<Panel> {
        let Some(names) = self.take("hide") else {
            return Vec::new();
        };
        let mut hidden = Vec::new();
        for name in names.split(',').filter(|name| !name.is_empty()) {
            match Panel::from_name(name) {
                Some(panel) if hidden.contains(&panel) => {}
                Some(panel) => hidden.push(panel),
                None => self.ignore("hide", name, text!("link.no-panel")),
            }
        }
        hidden
    }

    fn finish(mut self) -> Vec<Ignored> {
        for (key, value) in std::mem::take(&mut self.open) {
            self.ignore(&key, &value, text!("link.no-setting"));
        }
        self.ignored
    }
}

/// What was not taken, in one sentence; `None` where everything was.
pub(crate) fn ignored_message(ignored: &[Ignored]) -> Option<String> {
    const SHOWN: usize = 3;
    if ignored.is_empty() {
        return None;
    }
    let parts: Vec<String> = ignored
        .iter()
        .take(SHOWN)
        .map(|part| text!("link.part", what = part.what, why = part.why))
        .collect();
    let parts = parts.join(", ");
    Some(match ignored.len().saturating_sub(SHOWN) {
        0 => text!("link.ignored", parts = parts),
        more => plural!("link.ignored-more", more, parts = parts),
    })
}
