//! How large a run is: as it is, or as its settings say before it is prepared.

use rsc_core::config::{DataConfig, DataPreset, DataSource, RunConfig};
use rsc_core::protocol::{DomainInfo, RunInfo};

/// How large a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// Its domains, with the images of each.
    pub(crate) domains: Vec<DomainInfo>,
    /// How many classes its images have.
    pub(crate) classes: usize,
    /// Side of its images in pixels.
    pub(crate) image_size: usize,
    /// Steps in the whole run.
    pub(crate) total_steps: u64,
}

impl From<&RunInfo> for Outlook {
    fn from(info: &RunInfo) -> Self {
        Self {
            domains: info.domains.clone(),
            classes: info.classes.len(),
            image_size: info.image_size,
            total_steps: info.total_steps,
        }
    }
}

impl Outlook {
    /// What the settings of drawn images say; `None` where there are as many as a file or the visitor has.
    pub(crate) fn of_settings(config: &RunConfig) -> Option<Self> {
        let DataSource::Preset { preset } = config.data.source else {
            return None;
        };
        if preset.file().is_some() {
            return None;
        }
        let domains = domains(preset, &config.data);
        let (train, trained_on) = (config.data.train_images, trained_on(&domains));
        let batch = config.training.batch_size.min(train);
        let batch = if config.draws_per_domain() {
            batch / trained_on * trained_on
        } else {
            batch
        };
        let steps = train.checked_div(batch).unwrap_or_default() as u64;
        Some(Self {
            domains,
            classes: preset.classes(),
            image_size: config.data.image_size,
            total_steps: steps * u64::from(config.training.epochs),
        })
    }

    /// The held-out domain, if there is one.
    pub(crate) fn held_out(&self) -> Option<&DomainInfo> {
        self.domains.iter().find(|domain| domain.held_out)
    }
}

/// How many domains are trained on, and at least 1.
fn trained_on(domains: &[DomainInfo]) -> usize {
    let all = domains.iter().filter(|domain| !domain.held_out);
    all.count().max(1)
}

/// The domains of a preset. The images that are trained on are shared out, what is left to the first.
fn domains(preset: DataPreset, data: &DataConfig) -> Vec<DomainInfo> {
    let names = preset.domains();
    let last = names.last().copied().filter(|_| !data.together);
    let held_out = data.held_out.as_deref().or(last);
    let mut domains: Vec<DomainInfo> = names
        .iter()
        .map(|&name| DomainInfo {
            name: name.to_owned(),
            held_out: held_out == Some(name),
            train: 0,
            test: data.test_images,
        })
        .collect();
    let count = trained_on(&domains);
    let in_training = domains.iter_mut().filter(|domain| !domain.held_out);
    for (index, domain) in in_training.enumerate() {
        domain.train = data.train_images / count + usize::from(index < data.train_images % count);
    }
    domains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_of_the_page_is_known_before_it_is_prepared() {
        let cue = Outlook::of_settings(&RunConfig::for_preset(DataPreset::CornerCue));
        let cue = cue.expect("a preset");
        assert_eq!((cue.classes, cue.image_size, cue.total_steps), (4, 32, 640));
        let counts = cue
            .domains
            .iter()
            .map(|it| (it.train, it.test, it.held_out));
        let expected = [(1024, 512, false), (0, 512, true)];
        assert_eq!(counts.collect::<Vec<_>>(), expected);
        assert_eq!(cue.held_out().expect("one").name, "random cue");
    }

    #[test]
    fn what_does_not_divide_goes_to_the_first_domains() {
        let mut config = RunConfig::for_preset(DataPreset::Styles);
        let trained = |config: &RunConfig| {
            let of = Outlook::of_settings(config).expect("a preset").domains;
            of.iter().map(|it| it.train).collect::<Vec<_>>()
        };
        assert_eq!(trained(&config), [342, 341, 341, 0]);
        config.data.held_out = Some(String::from("filled"));
        assert_eq!(trained(&config), [0, 342, 341, 341]);
        config.data.held_out = None;
        config.data.together = true;
        assert_eq!(trained(&config), [256; 4]);
        config.data.source = DataSource::Own;
        assert_eq!(Outlook::of_settings(&config), None);
        let digits = RunConfig::for_preset(DataPreset::RotatedDigits);
        assert_eq!(Outlook::of_settings(&digits), None);
    }

    #[test]
    fn a_batch_has_as_many_images_of_each_domain_where_they_are_drawn_so() {
        let mut config = RunConfig::for_preset(DataPreset::Styles);
        config.training.batch_size = 32;
        config.training.epochs = 2;
        let steps =
            |config: &RunConfig| Outlook::of_settings(config).expect("a preset").total_steps;
        assert_eq!(steps(&config), 64);
        config.training.per_domain_batches = true;
        // 30 of 1024 images.
        assert_eq!(steps(&config), 68);
    }
}
