//! Exports of pretrained networks: whole, under published names, and the same network in PyTorch
//! (`tests/fixtures/pytorch-pretrained`, whose README says how to make it anew).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use burn::tensor::{Device, Tensor};
use pollster::block_on;
use safetensors::SafeTensors;
use serde::Deserialize;

use super::pretrained::{NETWORK, backbone_weights, dataset, run, settings};
use crate::{
    config::*,
    data::Item,
    hash::Fnv,
    model::{BackboneWeights, Extractor, Mode, Network, Tensors, with_weights},
    testing::{assert_close, formula_resnet, values},
    trainer::{Pretrained, Run, batch::images_on},
    weights_file,
};

/// Logits of a network on what a backbone's first stages make of images.
fn logits(
    backbone: &BackboneWeights,
    network: &Network,
    frozen: FrozenPart,
    images: Tensor<4>,
) -> Vec<f32> {
    let extractor = Extractor::new(backbone, frozen, &Device::flex()).unwrap();
    let body = network.body(extractor.features(images), Mode::Evaluate);
    values(network.head(body, Mode::Evaluate))
}

fn trained_logits(run: &Run, images: Tensor<4>) -> Vec<f32> {
    let backbone = run.pretrained().unwrap().weights();
    let frozen = run.config().network.frozen_part();
    logits(backbone, &run.arms()[0].network.frozen(), frozen, images)
}

/// The network of an exported file, read as a backbone with a head on it.
fn exported_logits(file: &[u8], config: &RunConfig, images: Tensor<4>) -> Vec<f32> {
    let tensors = weights_file::read("model.safetensors", file).unwrap();
    let mut stages = tensors.clone();
    if !config.network.head.keeps_features() {
        // What the head replaces is not in the file, and not in the network either.
        let names = weights_file::lite0_names(4).into_iter();
        for (name, shape) in names.filter(|(name, _)| is_of_features(name)) {
            let zeros = vec![0.0; shape.iter().product()];
            assert!(stages.insert(name, (shape, zeros)).is_none());
        }
    }
    let whole = BackboneWeights::from_tensors(NETWORK, "export", stages).unwrap();
    let head = tensors.into_iter().filter_map(|(name, value)| {
        let own = match name.as_str() {
            "fc.weight" | "_fc.weight" => "linear.weight".into(),
            "fc.bias" | "_fc.bias" => "linear.bias".into(),
            _ => format!("blocks.0.{}", name.strip_prefix("head.")?),
        };
        Some((own, value))
    });
    let head: Tensors = head.collect();
    let mut network = config.network.clone();
    network.backbone = Backbone::Pretrained {
        network: NETWORK,
        trains: Trains::Head,
        batch_statistics: false,
    };
    network.challenge_after = None;
    let fresh = Network::init(&network, config.data.image_size, 4, 0, &Device::flex());
    let trained = with_weights(fresh, head).unwrap();
    logits(&whole, &trained, network.frozen_part(), images)
}

/// Whether a published name is that of the convolution that makes the features.
fn is_of_features(name: &str) -> bool {
    name.starts_with("_conv_head.") || name.starts_with("_bn1.")
}

#[test]
fn an_export_is_the_whole_network_as_it_was_trained() {
    for (trains, head, linear) in [
        (Trains::Head, Head::ConvGapLinear { channels: 6 }, "fc"),
        (Trains::LastStage, Head::FlattenLinear, "fc"),
        (Trains::All, Head::GapLinear, "_fc"),
    ] {
        let config = settings(trains, |c| {
            c.network.head = head;
            c.network.backbone = Backbone::Pretrained {
                network: NETWORK,
                trains,
                batch_statistics: true,
            };
        });
        let data = dataset(&config);
        let items: Vec<&Item> = data.training().into_iter().take(3).collect();
        let images = images_on(&items, 64, NETWORK.pixel_scale(), &Device::flex());
        let mut run = run(config.clone());
        let before = trained_logits(&run, images.clone());
        (0..2).for_each(|_| run.advance());
        let trained = trained_logits(&run, images.clone());
        assert_ne!(before, trained);
        let file = block_on(run.export(0)).unwrap();
        assert_close(
            &exported_logits(&file, &config, images),
            &trained,
            1e-4,
            "logits",
        );

        let read = SafeTensors::deserialize(&file).unwrap();
        let mut names = read.names();
        names.sort_unstable();
        let mut wanted: Vec<String> = weights_file::lite0_names(4).into_keys().collect();
        wanted.retain(|name| !name.starts_with("_fc."));
        wanted.extend(["weight", "bias"].map(|value| format!("{linear}.{value}")));
        if let Head::ConvGapLinear { .. } = head {
            wanted.extend(["head.conv.weight".into(), "head.conv.bias".into()]);
            wanted.retain(|name| !is_of_features(name));
        }
        wanted.sort_unstable();
        assert_eq!(names, wanted);
    }
}

#[test]
fn frozen_tensors_are_those_that_were_given_and_metadata_says_what_they_want() {
    let config = settings(Trains::Head, |_| ());
    let run = run(config);
    let file = block_on(run.export(0)).unwrap();
    let tensors = weights_file::read("model.safetensors", &file).unwrap();
    let again = BackboneWeights::from_tensors(NETWORK, "export", tensors).unwrap();
    assert_eq!(again.fingerprint(), backbone_weights().fingerprint());

    let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
    let text = &metadata.metadata().as_ref().unwrap()["rsc_lab"];
    let about: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(about["network"], "efficientnet_lite0");
    assert_eq!(about["image_size"], 64);
    assert_eq!(
        about["pixel_mean"],
        serde_json::json!([127.0, 127.0, 127.0])
    );
    assert_eq!(about["pixel_std"], serde_json::json!([128.0, 128.0, 128.0]));
    assert_eq!(about["classes"].as_array().unwrap().len(), 4);
}

/// Settings that PyTorch has run.
#[derive(Deserialize)]
struct Case {
    image_size: usize,
    network: NetworkConfig,
}

fn fixtures() -> PathBuf {
    repository("tests/fixtures/pytorch-pretrained")
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn given_weights(network: PretrainedNetwork) -> Arc<BackboneWeights> {
    let tensors = match network {
        PretrainedNetwork::EfficientNetLite0 => {
            let path = repository("www/site/models/efficientnet-lite0.safetensors");
            weights_file::read("efficientnet-lite0", &fs::read(path).unwrap()).unwrap()
        }
        PretrainedNetwork::ResNet18 => formula_resnet(18, 10),
        PretrainedNetwork::ResNet50 => formula_resnet(50, 10),
    };
    Arc::new(BackboneWeights::from_tensors(network, "export", tensors).unwrap())
}

/// A run of a case, not trained: so its weights are the same everywhere, to the last bit.
fn run_of(case: &Case) -> Run {
    let config = super::small(|config| {
        config.data.image_size = case.image_size;
        config.data.train_images = 8;
        config.data.test_images = 8;
        config.training.batch_size = 4;
        config.network = case.network.clone();
    });
    let weights = given_weights(case.network.backbone.pretrained().unwrap());
    let device = Device::flex();
    let pretrained =
        Pretrained::new(&weights, &case.network, case.image_size, &device, None).unwrap();
    let data = dataset(&config);
    Run::with_pretrained(config, &[1], data, Some(&pretrained), &device).unwrap()
}

fn picture(case: &Case) -> Tensor<4> {
    let path = fixtures().join(format!("chelsea-{}.png", case.image_size));
    let item = Item {
        name: String::new(),
        label: 0,
        pixels: image::open(path).unwrap().into_rgb8().into_raw().into(),
    };
    let scale = case.network.backbone.pixel_scale();
    images_on(&[&item], case.image_size, scale, &Device::flex())
}

/// A hash of a file, as `export.txt` has it.
fn fingerprint(file: &[u8]) -> String {
    let mut hash = Fnv::new();
    hash.words(file);
    format!("{} bytes, {:016x}\n", file.len(), hash.finish())
}

/// With `RSC_WRITE_FIXTURES` it writes the exported files, which are too large to be kept, for PyTorch to
/// read.
#[test]
fn pytorch_gives_the_same_logits_for_an_export() {
    let writes = std::env::var_os("RSC_WRITE_FIXTURES").is_some();
    let folders = fs::read_dir(fixtures()).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let mut count = 0;
    for folder in folders.filter(|path| path.join("case.json").is_file()) {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let case: Case = serde_json::from_str(&text("case.json")).unwrap();
        let run = run_of(&case);
        let file = block_on(run.export(1)).unwrap();
        if writes {
            fs::write(folder.join("export.txt"), fingerprint(&file)).unwrap();
            fs::write(folder.join("model.rsc.safetensors"), file).unwrap();
            continue;
        }
        let name = folder.display().to_string();
        assert_eq!(fingerprint(&file), text("export.txt"), "{name}");
        drop(file);
        let theirs: Vec<f32> = serde_json::from_str(&text("logits.json")).unwrap();
        let ours = trained_logits(&run, picture(&case));
        let largest = theirs.iter().fold(0.0_f32, |most, it| most.max(it.abs()));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let off = (ours - theirs).abs() / largest;
            println!("{name}: {ours} and {theirs}, {off:.1e}");
            assert!(off <= 1e-3, "{name}: {ours} and {theirs}");
        }
        // Logits that are all alike would show nothing.
        assert!(theirs.iter().any(|it| (it - theirs[0]).abs() > 1e-2));
        count += 1;
    }
    assert!(writes || count >= 4, "{count} cases");
}
