//! What is wrong is named with file, line and remedy, before anything is trained.

use std::{fs, path::Path};

use image::{Rgb, RgbImage};

use super::{Place, TINY, record_paths};

/// A change of the protocol, and what the refusal says besides the file.
fn refuses(from: &str, to: &str, words: &[&str]) {
    assert!(TINY.contains(from), "{from}");
    let place = Place::with(&TINY.replacen(from, to, 1));
    let said = place.fails(&[]);
    let file = place.file();
    let file = file.to_str().unwrap();
    for word in words.iter().copied().chain([file]) {
        assert!(said.contains(word), "`{word}` in: {said}");
    }
    assert!(!place.out().exists(), "{said}");
}

#[test]
fn fields_that_are_not_there_are_named_with_their_line() {
    refuses("seeds =", "seed =", &["line 2", "`seed`", "seeds"]);
    refuses(
        "image_size",
        "image_sise",
        &["line 7", "`data.image_sise`", "unknown field"],
    );
    refuses(
        "epochs",
        "epoch",
        &["line 15", "`settings.training.epoch`", "unknown field"],
    );
    refuses(
        "b = 0.5",
        "c = 0.5",
        &["line 24", "`methods[1].challenge.c`", "unknown field"],
    );
    let method = "challenge = { b = 0.5 }";
    refuses(
        method,
        "chalenge = { b = 0.5 }",
        &["line 24", "`methods[1].chalenge`"],
    );
    refuses(
        method,
        "settings.network.haed = 3",
        &["line 24", "`methods[1].settings.network.haed`"],
    );
    refuses("name = \"Tiny\"", "name = ", &["line 1"]);
}

#[test]
fn values_that_are_not_possible_are_named_with_their_range() {
    refuses(
        "epochs = 8",
        "epochs = 0",
        &["line 15", "`settings.training.epochs`", "1"],
    );
    refuses(
        "b = 0.5",
        "b = 1.5",
        &["line 24", "`methods[1].challenge.b`", "from 0 to 1"],
    );
    refuses(
        "epochs = 8",
        "epochs = \"8\"",
        &["line 15", "`settings.training.epochs`"],
    );
    refuses(
        "\"small_cnn\"",
        "\"large_cnn\"",
        &[
            "line 12",
            "`settings.network.backbone",
            "`large_cnn`",
            "`small_cnn`",
        ],
    );
    refuses("\"Tiny\"", "\"Ti\\nny\"", &["line 1", "`name`", "one line"]);
    refuses("[3, 5]", "[3, 3]", &["line 2", "`seeds`", "different"]);
    refuses("[3, 5]", "0", &["line 2", "`seeds`"]);
    refuses(
        "name = \"rsc\"",
        "name = \"erm\"",
        &["line 23", "`methods[1].name`"],
    );
    refuses(
        "\"styles\"",
        "\"style\"",
        &["line 5", "`style`", "styles", "emoji"],
    );
    refuses(
        "batch_size = 16",
        "seed = 16",
        &["line 16", "`settings.training.seed`", "seeds ="],
    );
    refuses(
        "challenge = {",
        "preset = \"own\" #",
        &["line 24", "`own`", "domainbed"],
    );
}

#[test]
fn a_domain_that_is_not_there_is_named_with_those_that_are() {
    refuses(
        "\"outline\"]",
        "\"outlines\"]",
        &[
            "line 6",
            "`data.held_out`",
            "`outlines`",
            "`filled`",
            "`outline`",
            "`textured`",
        ],
    );
    refuses("\"outline\"]", "\"sketch\"]", &["`sketch` is named twice"]);
}

#[test]
fn hyperparameters_that_no_cell_can_have_are_refused() {
    let end = "challenge = { b = 0.5 }\n";
    let with = |more: &str| format!("{end}{more}");
    let cases: [(&str, &[&str]); 8] = [
        (
            "[grid]\n\"training.lr\" = [1]\n",
            &["line 26", "unknown field"],
        ),
        (
            "[grid]\n\"training.learning_rate\" = [-1]\n",
            &["line 26", "value -1"],
        ),
        (
            "[grid]\n\"training.learning_rate\" = 1\n",
            &["line 26", "a list"],
        ),
        (
            "[grid]\n\"learning_rate\" = [1]\n",
            &["line 26", "arm.challenge.p"],
        ),
        ("[grid]\n\"training.seed\" = [1]\n", &["line 26", "seeds"]),
        (
            "[grid]\n\"arm.objective.weight\" = [1]\n",
            &["line 26", "no method"],
        ),
        (
            "[random]\n\"training.epochs\" = { uniform = [1, 2] }\n",
            &["`random.count`"],
        ),
        (
            "[random]\ncount = 2\n\"training.epochs\" = { uniforn = [1, 2] }\n",
            &["line 27", "log_uniform10"],
        ),
    ];
    for (more, words) in cases {
        refuses(end, &with(more), words);
    }
}

#[test]
fn results_of_another_protocol_are_left_alone() {
    let place = Place::with(TINY);
    place.succeeds(&["--cell", "0"]);
    let before = fs::read(record_paths(&place.out()).remove(0)).unwrap();
    fs::write(place.file(), TINY.replace("epochs = 8", "epochs = 9")).unwrap();
    for arguments in [&[][..], &["--table"], &["--cell", "1"], &["--list"]] {
        let said = place.fails(arguments);
        for word in ["--out", "another protocol", "`Tiny`"] {
            assert!(said.contains(word), "{said}");
        }
    }
    let paths = record_paths(&place.out());
    assert_eq!(paths.len(), 1);
    assert_eq!(fs::read(&paths[0]).unwrap(), before);
    // A name or a comment makes no other protocol.
    fs::write(
        place.file(),
        TINY.replace("\"Tiny\"", "\"Small\" # the same"),
    )
    .unwrap();
    place.succeeds(&["--table"]);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let place = Place::with(TINY);
    let said = place.fails(&["--cell", "8"]);
    assert!(said.contains("0 to 7"), "{said}");
    let both = place.run(&["--table", "--list"]);
    assert!(!both.status.success());
    let missing = Place::with(TINY);
    fs::remove_file(missing.file()).unwrap();
    let said = missing.fails(&[]);
    assert!(
        said.contains("tiny.toml") && said.contains("cannot be read"),
        "{said}"
    );
}

/// Two classes in two domains, six images each.
fn write_images(folder: &Path) {
    for (domain, class, red) in [
        ("photo", "cat", 220),
        ("photo", "dog", 20),
        ("sketch", "cat", 200),
        ("sketch", "dog", 40),
    ] {
        let place = folder.join(domain).join(class);
        fs::create_dir_all(&place).unwrap();
        for number in 0..6_u8 {
            let image = RgbImage::from_fn(16, 16, |x, y| {
                Rgb([red + number, 16 * x as u8, 16 * y as u8])
            });
            image.save(place.join(format!("{number}.png"))).unwrap();
        }
    }
}

#[test]
fn images_that_have_changed_since_are_named() {
    let protocol = "name = \"Own\"\nseeds = 1\n[data]\nfolder = \"images\"\nimage_size = 16\n\
                    [settings]\nnetwork.backbone = { kind = \"small_cnn\", channels = [2] }\n\
                    training = { epochs = 1, batch_size = 4 }\n[[methods]]\nname = \"erm\"\n";
    let place = Place::with(protocol);
    let said = place.fails(&[]);
    assert!(said.contains("images") && said.contains("line 3"), "{said}");
    write_images(&place.path("images"));
    let said = place.succeeds(&["--list"]);
    assert!(said.contains("photo") && said.contains("sketch"), "{said}");
    place.succeeds(&["--cell", "0"]);

    let gone = place.path("images/photo/cat/3.png");
    let content = fs::read(&gone).unwrap();
    fs::remove_file(&gone).unwrap();
    for arguments in [&["--cell", "1"][..], &[], &["--jobs", "2"]] {
        let said = place.fails(arguments);
        assert!(said.contains("`photo/cat/3.png` is gone"), "{said}");
    }
    assert_eq!(record_paths(&place.out()).len(), 1);
    fs::write(&gone, content).unwrap();
    let said = place.succeeds(&[]);
    assert!(said.contains("2 cells, 1 of them missing"), "{said}");
}

#[test]
fn a_folder_with_files_of_somebody_else_is_left_alone() {
    for name in ["table.csv", "protocol.toml", "images.json"] {
        let place = Place::with(TINY);
        fs::create_dir(place.out()).unwrap();
        let own = place.out().join(name);
        fs::write(&own, "mine").unwrap();
        let said = place.fails(&[]);
        assert!(said.contains(name) && said.contains("--out"), "{said}");
        assert_eq!(fs::read_to_string(own).unwrap(), "mine");
        assert_eq!(fs::read_dir(place.out()).unwrap().count(), 1);
    }
}
