//! Links and settings of an earlier version of the page: `tests/fixtures/earlier-version`.

use super::super::*;
use crate::settings::model::import::config_json;

const LINKS: &str = include_str!("../../../../../tests/fixtures/earlier-version/links.jsonl");
const CONFIG: &str = include_str!("../../../../../tests/fixtures/earlier-version/config.json");

#[test]
fn links_of_an_earlier_version_stand_for_the_same_settings() {
    let mut count = 0;
    for line in LINKS.lines() {
        let (link, wanted): (String, RunConfig) =
            serde_json::from_str(line).expect("a link and its settings");
        let found = read(&link);
        assert_eq!(found.ignored, Vec::new(), "{link}");
        assert_eq!(found.config, wanted, "{link}");
        count += 1;
    }
    assert!(count >= 50, "{count} links only");
}

#[test]
fn settings_of_an_earlier_version_are_imported() {
    let config = config_json(CONFIG).expect("they are in range");
    assert_eq!(config.training.epochs, 20);
    assert_eq!(config.data.held_out.as_deref(), Some("sketch"));
    assert_eq!(config.arms[1].challenge.p, 0.25);
}
