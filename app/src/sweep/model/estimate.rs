//! How many runs and steps a sweep is, and about how long it takes.

use std::collections::BTreeSet;

use rsc_core::config::{DataSource, RunConfig};
use rsc_core::protocol::DeviceKind;

use crate::sweep::model::Plan;
use crate::ui::model::format;

/// Classes of the visitor's images: the share of the linear layer is small, so that any number
/// will do.
const CLASSES: usize = 4;

/// Each worker of a sweep has an engine and the data in memory.
const MOST_WORKERS: usize = 8;

/// How many workers train so many runs or arms of such settings, which are independent of each other.
pub(crate) fn workers_for(
    config: &RunConfig,
    kind: DeviceKind,
    cores: usize,
    parts: usize,
) -> usize {
    // The features of a pretrained network are computed once for each image and worker.
    if kind == DeviceKind::Gpu || config.network.backbone.pretrained().is_some() {
        return 1;
    }
    cores.min(MOST_WORKERS).min(parts).max(1)
}

/// Steps of a run. `own` is the number of training images where they are the visitor's; `None`
/// where that is not known.
fn steps(config: &RunConfig, own: Option<usize>) -> Option<u64> {
    let images = match config.data.source {
        DataSource::Preset { .. } => config.data.train_images,
        DataSource::Own => own?,
    };
    let per_epoch = images.checked_div(config.training.batch_size)? as u64;
    Some(per_epoch * u64::from(config.training.epochs))
}

/// What a step costs beside another one: images times multiply-adds of all arms.
fn step_work(config: &RunConfig) -> f64 {
    let classes = match config.data.source {
        DataSource::Preset { preset } => preset.classes(),
        DataSource::Own => CLASSES,
    };
    let cost = config.network.cost(config.data.image_size, classes);
    let arms = config.arms.len() as f64;
    config.training.batch_size as f64 * cost.multiply_adds() as f64 * arms
}

/// What a run costs beside another one.
pub(crate) fn work(config: &RunConfig, own: Option<usize>) -> Option<f64> {
    Some(steps(config, own)? as f64 * step_work(config))
}

/// How fast steps were made lately, and of what kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pace {
    step_ms: f64,
    step_work: f64,
}

impl Pace {
    /// `None` before the first step.
    pub(crate) fn new(step_ms: f64, config: &RunConfig) -> Option<Self> {
        (step_ms.is_finite() && step_ms > 0.0).then(|| Self {
            step_ms,
            step_work: step_work(config),
        })
    }

    /// Time per step.
    pub(crate) fn step_ms(self) -> f64 {
        self.step_ms
    }
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SweepCost {
    /// Cells that are possible.
    pub(crate) cells: usize,
    /// Cells that are not.
    pub(crate) refused: usize,
    /// Runs in all.
    pub(crate) runs: usize,
    /// Steps in all, where known.
    pub(crate) steps: Option<u64>,
    /// Whether all runs have the same number of steps.
    pub(crate) even: bool,
    work: Option<f64>,
}

impl SweepCost {
    /// Adds up a plan; `own` as in [`steps`].
    pub(crate) fn of(plan: &Plan, own: Option<usize>) -> Self {
        let jobs = plan.jobs();
        let seeds = plan.seeds.len().max(1);
        // Every seed costs the same.
        let configs = jobs.iter().take(jobs.len() / seeds);
        let mut all_steps = Some(0);
        let mut all_work = Some(0.0);
        let mut first = None;
        let mut even = true;
        let mut known = BTreeSet::new();
        for &job in configs {
            let alone = plan
                .shared_arms(job)
                .is_some_and(|shared_arms| !known.insert(shared_arms));
            let config = if alone {
                plan.config_of_one(job)
            } else {
                plan.config(job)
            };
            let steps = steps(&config, own);
            even &= *first.get_or_insert(steps) == steps;
            all_steps = all_steps.zip(steps).map(|(sum, steps)| sum + steps);
            let work = work(&config, own);
            all_work = all_work.zip(work).map(|(sum, work)| sum + work);
        }
        let cells = jobs.len() / seeds;
        Self {
            cells,
            refused: plan.width() * plan.height() - cells,
            runs: jobs.len(),
            steps: all_steps.map(|steps| steps * seeds as u64),
            even,
            work: all_work.map(|work| work * seeds as f64),
        }
    }

    /// Seconds at this pace; larger batches and images take longer in proportion.
    pub(crate) fn seconds(self, pace: Pace) -> Option<f64> {
        let per_work = pace.step_ms / 1000.0 / pace.step_work;
        Some(self.work? * per_work).filter(|seconds| seconds.is_finite())
    }
}

/// A time in words, as rough as it is known.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 1.5 {
        text!("sweep.time.second").to_owned()
    } else if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else if seconds < 5400.0 {
        format!("{:.0} min", seconds / 60.0)
    } else if seconds < 48.0 * 3600.0 {
        format::local(format!("{:.1} h", seconds / 3600.0))
    } else {
        text!(
            "sweep.time.days",
            days = format!("{:.0}", seconds / 86400.0)
        )
    }
}

#[cfg(test)]
mod tests {
    use rsc_core::config::{Backbone, PretrainedNetwork, Trains};

    use super::super::plan::tests::plan;
    use super::*;
    use crate::sweep::model::Factor;

    #[test]
    fn runs_steps_and_seconds() {
        let plan = plan("0.2, 0.4, 2", Some("0.5, 1"), "0, 1, 2");
        let load = SweepCost::of(&plan, None);
        assert_eq!((load.cells, load.refused, load.runs), (4, 2, 12));
        // 1024 images in batches of 32, 20 epochs.
        assert_eq!(load.steps, Some(12 * 640));
        assert!(load.even);
        let pace = Pace::new(50.0, &RunConfig::default());
        let seconds = pace.and_then(|pace| load.seconds(pace));
        // With each seed the first cell trains both arms, the three others the challenged one.
        let expected = 3.0 * (1.0 + 3.0 * 0.5) * 640.0 * 0.05;
        assert!(seconds.is_some_and(|s| (s - expected).abs() < 1e-6));
        assert_eq!(Pace::new(0.0, &RunConfig::default()), None);
    }

    #[test]
    fn the_processor_has_a_worker_for_each_core() {
        let mut config = RunConfig::default();
        let workers = |kind, cores, parts| workers_for(&config, kind, cores, parts);
        assert_eq!(workers(DeviceKind::Cpu, 4, 25), 4);
        assert_eq!(workers(DeviceKind::Cpu, 4, 2), 2);
        assert_eq!(workers(DeviceKind::Cpu, 64, 100), MOST_WORKERS);
        assert_eq!(workers(DeviceKind::Cpu, 1, 0), 1);
        assert_eq!(workers(DeviceKind::Gpu, 8, 25), 1);
        config.network.backbone = Backbone::Pretrained {
            network: PretrainedNetwork::ResNet18,
            trains: Trains::Head,
            batch_statistics: false,
        };
        assert_eq!(workers_for(&config, DeviceKind::Cpu, 4, 25), 1);
    }

    #[test]
    fn larger_batches_take_longer_but_are_fewer() {
        let read = |text: &str| {
            let base = RunConfig::default();
            let plan = Plan::read(base, (Factor::BatchSize, text), None, "0");
            plan.map(|plan| SweepCost::of(&plan, None))
        };
        let steps = |text| read(text).map(|load| load.steps);
        assert_eq!(steps("32"), Ok(Some(640)));
        assert_eq!(steps("64"), Ok(Some(320)));
        let work = |text| read(text).map(|load| load.work);
        assert_eq!(work("32"), work("64"));
        assert_eq!(read("32, 64").map(|load| load.even), Ok(false));
    }

    #[test]
    fn images_of_ones_own_are_counted_elsewhere() {
        let mut plan = plan("0.5", None, "0");
        plan.base.data.source = DataSource::Own;
        assert_eq!(SweepCost::of(&plan, None).steps, None);
        assert_eq!(SweepCost::of(&plan, Some(64)).steps, Some(40));
    }

    #[test]
    fn durations() {
        assert_eq!(duration(0.3), "a second");
        assert_eq!(duration(42.4), "42 s");
        assert_eq!(duration(23.0 * 60.0), "23 min");
        assert_eq!(duration(2.5 * 3600.0), "2.5 h");
        assert_eq!(duration(72.0 * 3600.0), "3 days");
    }
}
