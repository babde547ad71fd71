//! Arms of several runs side by side: their accuracies over seeds, and the differences between them.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use rsc_core::protocol::EvaluationMetrics;
use serde::Serialize;

use crate::{
    output::SeedResult,
    statistics::{Paired, Spread, holm, paired},
    trained::TrainedRun,
};

/// Which evaluation of a seed counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// The last one.
    Last,
    /// The one that training-domain validation selects.
    SelectedByValidation,
}

/// Which test images count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Images {
    /// Those of the training domains.
    SameDomain,
    /// Those of the held-out domain.
    NewDomain,
}

/// An accuracy that arms are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Measure {
    pub(crate) evaluation: Choice,
    pub(crate) accuracy: Images,
}

impl Measure {
    /// All of them, in the order of the report.
    pub(crate) const ALL: [Self; 4] = [
        Self::new(Choice::Last, Images::SameDomain),
        Self::new(Choice::Last, Images::NewDomain),
        Self::new(Choice::SelectedByValidation, Images::SameDomain),
        Self::new(Choice::SelectedByValidation, Images::NewDomain),
    ];

    const fn new(evaluation: Choice, accuracy: Images) -> Self {
        Self {
            evaluation,
            accuracy,
        }
    }

    /// In words.
    pub(crate) fn title(self) -> String {
        let accuracy = match self.accuracy {
            Images::SameDomain => "same domain",
            Images::NewDomain => "new domain",
        };
        let evaluation = match self.evaluation {
            Choice::Last => "last evaluation",
            Choice::SelectedByValidation => "selected by validation",
        };
        format!("{accuracy}, {evaluation}")
    }

    fn of(self, result: &SeedResult, arm: usize) -> Option<f64> {
        let arms: &[EvaluationMetrics] = match self.evaluation {
            Choice::Last => &result.last.arms,
            Choice::SelectedByValidation => &result.best,
        };
        let metrics = arms.get(arm)?;
        let accuracy = match self.accuracy {
            Images::SameDomain => Some(metrics.accuracy_same_domain),
            Images::NewDomain => metrics.accuracy_new_domain,
        };
        accuracy.map(f64::from)
    }
}

/// An arm of a run: `DIR/arm`.
pub(crate) struct NamedArm<'a> {
    pub(crate) name: String,
    arm: &'a str,
    index: usize,
    results: &'a [SeedResult],
}

impl NamedArm<'_> {
    /// Its accuracies by seed.
    fn values(&self, measure: Measure) -> BTreeMap<u64, f64> {
        let of_seed = |it: &SeedResult| Some((it.seed, measure.of(it, self.index)?));
        self.results.iter().filter_map(of_seed).collect()
    }
}

/// All arms of all runs.
pub(crate) fn arms(runs: &[TrainedRun]) -> Vec<NamedArm<'_>> {
    let arms = runs.iter().flat_map(|run| {
        let folder = run.folder.display().to_string();
        let arms = run.config.arms.iter().enumerate();
        arms.map(move |(index, arm)| NamedArm {
            name: format!("{}/{}", folder.trim_end_matches('/'), arm.name),
            arm: &arm.name,
            index,
            results: &run.notes.finished,
        })
    });
    arms.collect()
}

/// The accuracies of an arm over its seeds.
#[derive(Debug, Serialize)]
pub(crate) struct ArmSpread {
    pub(crate) arm: String,
    pub(crate) seeds: Vec<u64>,
    #[serde(flatten)]
    pub(crate) spread: Spread,
}

/// The difference between two arms over the seeds that both have.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) arm: String,
    /// The arm whose accuracies are taken off.
    pub(crate) minus: String,
    /// The seeds that both have.
    pub(crate) seeds: Vec<u64>,
    /// None where they have no seed in common.
    #[serde(flatten)]
    pub(crate) paired: Option<Paired>,
    /// p adjusted for the number of comparisons by Holm 1979.
    pub(crate) p_holm: Option<f64>,
}

/// Arms by one measure.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    #[serde(flatten)]
    pub(crate) measure: Measure,
    pub(crate) arms: Vec<ArmSpread>,
    /// The number of tests that p is adjusted for.
    pub(crate) comparisons: usize,
    pub(crate) differences: Vec<Difference>,
}

/// Compares arms by a measure: all pairs of them, or all others with the `baseline`. `None` where no arm has
/// it.
pub(crate) fn compare(
    arms: &[NamedArm<'_>],
    measure: Measure,
    baseline: Option<usize>,
) -> Option<Comparison> {
    let values: Vec<_> = arms.iter().map(|arm| arm.values(measure)).collect();
    let spreads = arms.iter().zip(&values).filter_map(|(arm, values)| {
        Some(ArmSpread {
            arm: arm.name.clone(),
            seeds: values.keys().copied().collect(),
            spread: Spread::of(values.values().copied().collect())?,
        })
    });
    let spreads: Vec<ArmSpread> = spreads.collect();
    if spreads.is_empty() {
        return None;
    }
    let all = 0..arms.len();
    let pairs: Vec<(usize, usize)> = match baseline {
        Some(baseline) => all
            .filter(|&arm| arm != baseline)
            .map(|arm| (arm, baseline))
            .collect(),
        // The first is what the later ones are held against.
        None => all
            .flat_map(|arm| (0..arm).map(move |minus| (arm, minus)))
            .collect(),
    };
    let has = |arm: usize| !values[arm].is_empty();
    let pairs = pairs.into_iter().filter(|&(a, b)| has(a) && has(b));
    let mut differences: Vec<Difference> = pairs
        .map(|(arm, minus)| {
            let shared = values[arm]
                .keys()
                .filter(|it| values[minus].contains_key(it));
            let seeds: Vec<u64> = shared.copied().collect();
            let [a, b] = [arm, minus].map(|it| seeds.iter().map(|seed| values[it][seed]).collect());
            let (a, b): (Vec<f64>, Vec<f64>) = (a, b);
            Difference {
                arm: arms[arm].name.clone(),
                minus: arms[minus].name.clone(),
                paired: paired(&a, &b),
                seeds,
                p_holm: None,
            }
        })
        .collect();
    let p = |it: &Difference| it.paired.and_then(|paired| paired.p);
    let tested: Vec<f64> = differences.iter().filter_map(p).collect();
    let adjusted = holm(&tested);
    let with_p = differences.iter_mut().filter(|it| p(it).is_some());
    for (difference, adjusted) in with_p.zip(adjusted) {
        difference.p_holm = Some(adjusted);
    }
    Some(Comparison {
        measure,
        arms: spreads,
        comparisons: tested.len(),
        differences,
    })
}

/// The arm that `--baseline` names: by its full name, or by its own where only one run has it.
pub(crate) fn baseline(arms: &[NamedArm<'_>], name: &str) -> Result<usize> {
    let with = |has: &dyn Fn(&NamedArm<'_>) -> bool| -> Vec<usize> {
        (0..arms.len()).filter(|&i| has(&arms[i])).collect()
    };
    let full = with(&|it| it.name == name);
    let found = if full.is_empty() {
        with(&|it| it.arm == name)
    } else {
        full
    };
    let listed = |of: &[usize]| -> String {
        let names: Vec<_> = of.iter().map(|&i| arms[i].name.as_str()).collect();
        names.join(", ")
    };
    match found[..] {
        [one] => Ok(one),
        [] => {
            let all: Vec<usize> = (0..arms.len()).collect();
            bail!(
                "--baseline: there is no arm `{name}`: there are {}",
                listed(&all)
            )
        }
        _ => bail!(
            "--baseline: several runs have an arm `{name}`: name one of {}",
            listed(&found)
        ),
    }
}

/// In what the data of two runs differ, if they do.
pub(crate) fn difference_of_data(a: &TrainedRun, b: &TrainedRun) -> Option<String> {
    let (ours, theirs) = (&a.notes.images, &b.notes.images);
    let held_out = |run: &TrainedRun| {
        let domains = run.notes.images.domains.iter();
        let held_out: Vec<_> = domains
            .filter(|it| it.held_out)
            .map(|it| it.name.clone())
            .collect();
        match held_out.is_empty() {
            true => "none".to_owned(),
            false => held_out.join(", "),
        }
    };
    let names = |run: &TrainedRun| {
        let domains = run.notes.images.domains.iter();
        domains
            .map(|it| it.name.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let differs = |what: &str, ours: String, theirs: String| {
        (ours != theirs).then(|| format!("{what}: {ours} in the first and {theirs} in the second"))
    };
    let images = || {
        let shared = a.notes.finished.iter().map(|it| it.seed);
        let other = shared.filter_map(|seed| {
            let (ours, theirs) = (a.notes.fingerprint(seed)?, b.notes.fingerprint(seed)?);
            (ours != theirs).then(|| {
                format!("the fingerprints of their images with seed {seed}: {ours} and {theirs}")
            })
        });
        other.into_iter().next()
    };
    differs(
        "classes",
        ours.classes.join(", "),
        theirs.classes.join(", "),
    )
    .or_else(|| differs("the held-out domain", held_out(a), held_out(b)))
    .or_else(|| differs("domains", names(a), names(b)))
    .or_else(images)
}
