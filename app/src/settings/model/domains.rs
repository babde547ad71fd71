//! How many domains a run trains on.

use rsc_core::config::{DataSource, RunConfig};

/// How many training domains the built-in images of these settings have; `None` for the visitor's own,
/// which the settings do not know.
pub(crate) fn training_domains(config: &RunConfig) -> Option<usize> {
    let DataSource::Preset { preset } = config.data.source else {
        return None;
    };
    let all = preset.domains().len();
    Some(if config.data.together { all } else { all - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::config::DataPreset;

    #[test]
    fn a_domain_is_held_out_unless_all_are_trained_on() {
        let mut config = RunConfig::for_preset(DataPreset::Styles);
        assert_eq!(training_domains(&config), Some(3));
        config.data.together = true;
        assert_eq!(training_domains(&config), Some(4));
        config.data.source = DataSource::Own;
        assert_eq!(training_domains(&config), None);
        let cue = RunConfig::for_preset(DataPreset::CornerCue);
        assert_eq!(training_domains(&cue), Some(1));
    }
}
