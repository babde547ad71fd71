//! The built-in icons, and the properties of the data set made from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::*;
use crate::config::RunConfig;
use crate::data::fingerprint::hash_bytes;
use crate::data::preset_data::PresetData;
use crate::image_pack::ImagePack;

const FILE: &[u8] = include_bytes!("../../../../www/site/emoji/emoji.pack");

static EMOJI: LazyLock<Emoji> = LazyLock::new(|| Emoji::built_in().expect("the icons are there"));

fn made(change: impl FnOnce(&mut DataConfig), seed: u64) -> Dataset {
    let mut config = RunConfig::for_preset(DataPreset::Emoji).data;
    // As small as can be: most tests look at no pixels.
    config.image_size = 16;
    change(&mut config);
    domains(&EMOJI, &config, seed).expect("the icons are there")
}

/// What an item shows, without its domain.
fn concept(item: &Item) -> &str {
    item.name.split(',').next().expect("there is a first part")
}

fn concepts(items: &[Item]) -> BTreeSet<&str> {
    items.iter().map(concept).collect()
}

fn per_class(items: &[Item]) -> Vec<usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item.label).or_insert(0) += 1;
    }
    counts.into_values().collect()
}

#[test]
fn the_pixels_are_those_that_browsers_decode() {
    // FNV-1a of the RGBA pixels of each domain, tile after tile, as libwebp decodes them.
    let hashes: Vec<_> = EMOJI.sheets.iter().map(|sheet| hash_bytes(sheet)).collect();
    assert_eq!(
        hashes,
        [
            0x51c7_cf0c_10f4_bb6e,
            0xb405_f263_8018_196a,
            0x3214_f779_b258_85f9,
            0x761f_c27b_0653_7d57,
            0x708e_d4c2_0dae_035d,
        ]
    );
}

#[test]
fn nothing_is_cut_by_default_and_the_line_drawings_are_held_out() {
    let data = made(|_| (), 0);
    assert_eq!(data.classes.len(), DataPreset::Emoji.classes());
    assert_eq!(data.classes[0], "animal");
    assert_eq!(data.training().len(), 4 * 365);
    for domain in &data.domains {
        assert_eq!(domain.held_out, domain.name == "line");
        assert_eq!(domain.test.len(), 91);
        assert_eq!(per_class(&domain.test), [16, 7, 9, 16, 16, 16, 11]);
        let trained = if domain.held_out { 0 } else { 365 };
        assert_eq!(domain.train.len(), trained);
    }
    let together = made(|config| config.together = true, 0);
    assert_eq!(together.training().len(), 5 * 365);
    assert!(together.domains.iter().all(|domain| !domain.held_out));
}

#[test]
fn what_is_tested_on_is_trained_on_in_no_domain() {
    for seed in 0..4 {
        let data = made(|config| config.held_out = Some("noto".into()), seed);
        let tested = concepts(&data.domains[0].test);
        let trained = concepts(&data.domains[0].train);
        assert_eq!((tested.len(), trained.len()), (91, 365));
        assert!(tested.is_disjoint(&trained));
        for domain in &data.domains {
            assert_eq!(domain.held_out, domain.name == "noto");
            assert_eq!(concepts(&domain.test), tested);
            if !domain.held_out {
                assert_eq!(concepts(&domain.train), trained);
            }
            let end = format!(", {}", domain.name);
            assert!(domain.test.iter().all(|item| item.name.ends_with(&end)));
        }
    }
}

#[test]
fn limits_and_sizes_are_heeded() {
    let data = made(
        |config| {
            config.train_images = 100;
            config.test_images = 8;
            config.image_size = SIDE as usize;
        },
        3,
    );
    assert_eq!(data.training().len(), 100);
    assert!(data.domains.iter().all(|domain| domain.test.len() == 8));
    let trained = concepts(&data.domains[0].train);
    assert!(
        data.domains[..4]
            .iter()
            .all(|it| concepts(&it.train) == trained)
    );
    // At its own size a picture is unchanged.
    let (test, _) = EMOJI.split(3);
    let own = EMOJI.tile(2, test[0].tile);
    let (own, _) = own.as_chunks::<4>();
    let shown = data.domains[2].test[0].pixels.as_chunks::<3>().0;
    assert!(
        own.iter()
            .zip(shown)
            .all(|(own, shown)| own[..3] == shown[..])
    );
}

#[test]
fn the_split_depends_on_the_seed_alone() {
    assert_eq!(made(|_| (), 5), made(|_| (), 5));
    let tested = |held_out: &str, seed| {
        let data = made(|config| config.held_out = Some(held_out.into()), seed);
        let names = data.domains[0].test.iter();
        names.map(|item| item.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(tested("line", 1), tested("twemoji", 1));
    assert_ne!(tested("line", 1), tested("line", 2));
}

#[test]
fn sheets_of_any_width_hold_the_same_tiles() {
    let columns = 24;
    let side = SIDE as usize;
    let count = EMOJI.index.per_domain();
    let wide = |domain: usize| {
        let mut sheet = vec![0; count.div_ceil(columns) * columns * TILE];
        for tile in 0..count {
            for (y, line) in EMOJI.tile(domain, tile).chunks(side * RGBA).enumerate() {
                let top = tile / columns * side + y;
                let start = (top * columns + tile % columns) * side * RGBA;
                sheet[start..start + line.len()].copy_from_slice(line);
            }
        }
        sheet
    };
    let sheets = (0..5).map(wide).collect();
    let other = Emoji::new(EMOJI.index.clone(), 24 * SIDE, sheets).expect("they fit");
    for (domain, tile) in [(0, 0), (1, 23), (2, 24), (4, 455)] {
        assert_eq!(other.tile(domain, tile), EMOJI.tile(domain, tile));
    }
}

#[test]
fn a_damaged_or_missing_file_is_named_with_the_remedy() {
    let small = ImagePack::read(FILE).expect("it is whole").index;
    let with = |change: fn(&mut PackIndex)| {
        let mut index = small.clone();
        change(&mut index);
        Emoji::new(index, SIDE, vec![Vec::new(); 5])
    };
    for (emoji, problem) in [
        (Emoji::from_file(&FILE[..FILE.len() / 2]), "cut off after"),
        (Emoji::from_file(&FILE[1..]), "index"),
        (with(|index| index.domains.swap(0, 1)), "domains"),
        (with(|index| index.classes.truncate(3)), "3 classes"),
        (
            with(|index| index.classes[2].concepts.truncate(1)),
            "`clothing`",
        ),
        (with(|_| ()), "0 bytes of `shaded`"),
        (Emoji::new(small.clone(), 95, vec![Vec::new(); 5]), "95 px"),
        (
            Emoji::new(small.clone(), u32::MAX, vec![Vec::new(); 5]),
            "px",
        ),
    ] {
        let error = emoji.expect_err("it is damaged").to_string();
        for part in ["emoji.pack", problem, "load them again"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let config = RunConfig::for_preset(DataPreset::Emoji).data;
    let none = PresetData::default();
    let error = Dataset::make(&config, &[], &none, 0).expect_err("nothing is loaded");
    assert!(error.to_string().contains("load them first"), "{error}");
}
