//! Hyperparameters: the fields that samples differ in, over a grid or at random as in DomainBed
//! (Gulrajani and Lopez-Paz 2021, "In Search of Lost Domain Generalization", `hparams_registry.py`).

use anyhow::{Result, bail};
use rand::Rng;
use serde::Deserialize;
use serde_json::Value;

use super::{digest::stream, document::Document};

/// A field that samples differ in.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its path in the settings (`training.learning_rate`, `arm.challenge.p`).
    pub(crate) path: String,
    /// Where it stands in the protocol.
    pub(crate) place: Vec<String>,
    /// What it takes.
    pub(crate) values: Values,
}

/// What a field takes.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Each of them in turn.
    List(Vec<Value>),
    /// Random ones; in sample 0 the default if there is one, else what the settings say.
    Drawn {
        /// What they are drawn from.
        distribution: Distribution,
        /// The value of sample 0.
        default: Option<Value>,
    },
}

/// What values are drawn from, as DomainBed's registry does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distribution {
    /// `10^U(a, b)`.
    LogUniform10 { range: [f64; 2], integer: bool },
    /// `2^U(a, b)`.
    LogUniform2 { range: [f64; 2], integer: bool },
    /// `U(a, b)`.
    Uniform { range: [f64; 2], integer: bool },
    /// One of these, each as likely as the others.
    Choice(Vec<Value>),
}

/// A distribution as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    log_uniform10: Option<[f64; 2]>,
    log_uniform2: Option<[f64; 2]>,
    uniform: Option<[f64; 2]>,
    choice: Option<Vec<toml::Value>>,
    /// Round down to an integer, as DomainBed's `int(2**r.uniform(3, 5.5))`.
    #[serde(default)]
    integer: bool,
    default: Option<toml::Value>,
}

/// The keys that make a table a distribution.
const KINDS: [&str; 4] = ["log_uniform10", "log_uniform2", "uniform", "choice"];

impl Distribution {
    /// Draws a value.
    fn draw(&self, random: &mut impl Rng) -> Value {
        let mut within = |[low, high]: [f64; 2]| low + random.random::<f64>() * (high - low);
        let (number, integer) = match self {
            Self::LogUniform10 { range, integer } => (10_f64.powf(within(*range)), *integer),
            Self::LogUniform2 { range, integer } => (within(*range).exp2(), *integer),
            Self::Uniform { range, integer } => (within(*range), *integer),
            Self::Choice(values) => {
                let at = within([0.0, values.len() as f64]) as usize;
                return values[at.min(values.len() - 1)].clone();
            }
        };
        if integer {
            Value::from(number as i64)
        } else {
            // What follows the sixth digit means nothing, and fewer digits survive every reader of JSON.
            let short = format!("{number:.5e}").parse().unwrap_or(number);
            Value::from(short)
        }
    }
}

impl Field {
    /// The value in a sample; `None` for what the settings say. It depends on the protocol's seed, the
    /// method, the sample and the field's name, and on nothing else: other fields, methods and samples may
    /// come and go.
    pub(crate) fn drawn(&self, seed: u64, method: &str, sample: usize) -> Option<Value> {
        match &self.values {
            Values::List(values) => values.get(sample).cloned(),
            Values::Drawn { default, .. } if sample == 0 => default.clone(),
            Values::Drawn { distribution, .. } => {
                let (seed, sample) = (seed.to_string(), sample.to_string());
                let mut random = stream(&["hyperparameter", &seed, method, &sample, &self.path]);
                Some(distribution.draw(&mut random))
            }
        }
    }
}

/// The fields of a `grid` table that stands at `place`: each has a list of values.
pub(crate) fn grid(document: &Document, place: &[&str], table: &toml::Table) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    walk(place, "", table, &mut |at, path, value| {
        match value {
            toml::Value::Table(inner) => return Ok(Some(inner.clone())),
            toml::Value::Array(values) if !values.is_empty() => fields.push(Field {
                path: path.to_owned(),
                place: owned(at),
                values: Values::List(values.iter().map(json).collect::<Result<_>>()?),
            }),
            _ => return Err(document.problem(at, "expected a list of at least one value")),
        }
        Ok(None)
    })?;
    Ok(fields)
}

/// The fields of a `random` table that stands at `place`: each has a distribution.
pub(crate) fn random(
    document: &Document,
    place: &[&str],
    table: &toml::Table,
) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    walk(place, "", table, &mut |at, path, value| {
        let expected = "expected a distribution: one of { log_uniform10 = [a, b] }, \
                        { log_uniform2 = [a, b] }, { uniform = [a, b] } and { choice = [...] }, \
                        with `default` and `integer` if wanted";
        let toml::Value::Table(inner) = value else {
            return Err(document.problem(at, expected));
        };
        if !inner.keys().any(|key| KINDS.contains(&key.as_str())) {
            if inner.values().all(toml::Value::is_table) {
                return Ok(Some(inner.clone()));
            }
            return Err(document.problem(at, expected));
        }
        let written: Written = value
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| document.problem(at, error.message()))?;
        let default = written.default.as_ref().map(json).transpose()?;
        let distribution =
            distribution(written).map_err(|problem| document.problem(at, &problem.to_string()))?;
        fields.push(Field {
            path: path.to_owned(),
            place: owned(at),
            values: Values::Drawn {
                distribution,
                default,
            },
        });
        Ok(None)
    })?;
    Ok(fields)
}

fn distribution(written: Written) -> Result<Distribution> {
    let integer = written.integer;
    let mut found = Vec::new();
    let ranges = [written.log_uniform10, written.log_uniform2, written.uniform];
    for (kind, range) in ranges.into_iter().enumerate() {
        let Some(range) = range else { continue };
        let [low, high] = range;
        // Written so that NaN is refused.
        if !(low <= high && low.is_finite() && high.is_finite()) {
            bail!("expected two numbers, the smaller one first");
        }
        found.push(match kind {
            0 => Distribution::LogUniform10 { range, integer },
            1 => Distribution::LogUniform2 { range, integer },
            _ => Distribution::Uniform { range, integer },
        });
    }
    if let Some(values) = &written.choice {
        if values.is_empty() {
            bail!("expected at least one value to choose from");
        }
        found.push(Distribution::Choice(
            values.iter().map(json).collect::<Result<_>>()?,
        ));
    }
    match <[Distribution; 1]>::try_from(found) {
        Ok([one]) => Ok(one),
        Err(_) => bail!("expected one distribution, not several"),
    }
}

/// Calls `leaf` with the place, the path and the value of each entry; where it returns a table, its entries
/// are visited in turn.
fn walk(
    place: &[&str],
    path: &str,
    table: &toml::Table,
    leaf: &mut impl FnMut(&[&str], &str, &toml::Value) -> Result<Option<toml::Table>>,
) -> Result<()> {
    for (key, value) in table {
        let at: Vec<&str> = place.iter().copied().chain([key.as_str()]).collect();
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        if let Some(inner) = leaf(&at, &path, value)? {
            walk(&at, &path, &inner, leaf)?;
        }
    }
    Ok(())
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|step| (*step).to_owned()).collect()
}

/// A value of TOML as JSON.
pub(crate) fn json(value: &toml::Value) -> Result<Value> {
    Ok(serde_json::to_value(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(distribution: Distribution) -> Field {
        Field {
            path: "training.batch_size".into(),
            place: Vec::new(),
            values: Values::Drawn {
                distribution,
                default: Some(Value::from(32)),
            },
        }
    }

    #[test]
    fn draws_lie_in_their_range_and_depend_on_names_alone() {
        let range = [3.0, 5.5];
        let sizes = field(Distribution::LogUniform2 {
            range,
            integer: true,
        });
        assert_eq!(sizes.drawn(0, "erm", 0), Some(Value::from(32)));
        let drawn = |seed, method| -> Vec<i64> {
            let draws = (1..200).filter_map(|sample| sizes.drawn(seed, method, sample)?.as_i64());
            draws.collect()
        };
        let first = drawn(0, "erm");
        assert_eq!(first.len(), 199);
        // int(2**5.5) is 45.
        assert!(
            first.iter().all(|size| (8..=45).contains(size)),
            "{first:?}"
        );
        assert!(first.contains(&8) || first.contains(&9));
        assert_eq!(first, drawn(0, "erm"));
        assert_ne!(first, drawn(1, "erm"));
        assert_ne!(first, drawn(0, "rsc"));

        let rates = field(Distribution::LogUniform10 {
            range: [-5.0, -3.5],
            integer: false,
        });
        let draws = (1..200).filter_map(|sample| rates.drawn(0, "erm", sample)?.as_f64());
        let logs: Vec<f64> = draws.map(f64::log10).collect();
        assert!(logs.iter().all(|log| (-5.0..=-3.5).contains(log)));
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        // The standard error is 1.5 / √(12·199) = 0.03.
        assert!((mean + 4.25).abs() < 0.12, "{mean}");

        let choice = field(Distribution::Choice(vec![
            Value::from(0.1),
            Value::from(0.5),
        ]));
        let draws = (1..200).filter_map(|sample| choice.drawn(0, "erm", sample)?.as_f64());
        let halves = draws.filter(|&value| value == 0.5).count();
        assert!((70..130).contains(&halves), "{halves}");
    }
}
