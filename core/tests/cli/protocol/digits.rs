//! Rotated and Coloured MNIST: the digits that come with the program, and those of a folder.

use std::{fs, path::Path, process::Command};

use image::{GrayImage, Luma};

use super::{Place, records};

/// A folder with 12 digits of each class: a bright square, whose place tells the class, on a noisy ground.
fn write_digits(folder: &Path) {
    for class in 0..10_u32 {
        let folder = folder.join(class.to_string());
        fs::create_dir_all(&folder).unwrap();
        for number in 0..12 {
            let (left, top) = (4 * (class % 5) + 3, 8 * (class / 5) + 6);
            let image = GrayImage::from_fn(28, 28, |x, y| {
                let inside = (left..left + 5).contains(&x) && (top..top + 5).contains(&y);
                let noise = (7 * x + 5 * y + 11 * number) % 31;
                Luma([if inside { 220 } else { noise as u8 }])
            });
            image.save(folder.join(format!("{number}.png"))).unwrap();
        }
    }
}

#[test]
fn the_digits_that_come_with_the_program_make_a_protocol() {
    for (preset, held_out, images) in [
        // Of 2,000 digits a sixth and a third; at most 60 are tested on.
        ("rotated-digits", "30°", [48, 12]),
        ("coloured-digits", "-90 %", [48, 12]),
    ] {
        let place = Place::with(&format!(
            "name = \"Digits\"\nseeds = 1\n\n[data]\npreset = \"{preset}\"\nheld_out = \"{held_out}\"\n\
             train_images = 100\ntest_images = 60\n\n\
             [settings]\nnetwork.backbone = {{ kind = \"small_cnn\", channels = [4, 4] }}\n\
             training = {{ epochs = 2, batch_size = 20, per_domain_batches = true }}\n\n\
             [[methods]]\nname = \"erm\"\n\n[[methods]]\nname = \"rsc\"\npreset = \"domainbed\"\n"
        ));
        let said = place.succeeds(&[]);
        assert!(said.contains(held_out), "{said}");
        let records = records(&place.out());
        assert_eq!(records.len(), 2);
        for record in records {
            let last = record["evaluations"].as_array().unwrap().last().unwrap();
            let parts = ["held_out_in", "held_out_out"].map(|part| &last[part]["images"]);
            assert_eq!(parts, images, "{preset}");
            assert_eq!(record["config"]["data"]["image_size"], 28);
        }
    }
}

#[test]
fn the_protocols_of_mnist_take_a_folder_that_images_writes() {
    let protocols = concat!(env!("CARGO_MANIFEST_DIR"), "/../images/protocols");
    let scratch = tempfile::tempdir().unwrap();
    let digits = scratch.path().join("digits");
    write_digits(&digits);
    for (preset, name, cells, training) in [
        ("rotated-digits", "rotated-mnist", 6 * 3 * 10, 60),
        ("coloured-digits", "coloured-mnist", 3 * 5 * 10, 64),
    ] {
        let images = Command::new(env!("CARGO_BIN_EXE_rsc"))
            .args([
                "images",
                "--preset",
                preset,
                "--image-size",
                "28",
                "--digits",
            ])
            .arg(&digits)
            .arg("--out")
            .arg(scratch.path().join("out").join(name))
            .status();
        assert!(images.unwrap().success());
        let place = scratch.path().join("images/protocols");
        fs::create_dir_all(&place).unwrap();
        let file = place.join(format!("{name}.toml"));
        let text = fs::read_to_string(Path::new(protocols).join(format!("{name}.toml"))).unwrap();
        fs::write(&file, text).unwrap();
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rsc"));
            command.arg("protocol").arg(&file).args(arguments);
            let output = command
                .env("RSC_CACHE_DIR", scratch.path().join("cache"))
                .output();
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(run(&["--list"]).lines().count(), cells);
        run(&["--cell", "1"]);
        let record = &records(&place.join(name))[0];
        assert_eq!(record["method"], "rsc-channels");
        let seen = record["training_images"].as_u64().unwrap();
        // Of each domain and class a fifth is kept for validation, and of two digits one.
        assert!((training - 20..=training + 20).contains(&seen), "{seen}");
    }
}
