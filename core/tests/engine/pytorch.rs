//! Exported weights mean the same in PyTorch: `tests/fixtures/pytorch` holds networks trained here,
//! and the logits that PyTorch gives with their weights, in the program that the page offers.
//!
//! `tests/fixtures/pytorch/README.md` says how to make them anew.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read at once and may panic"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rsc_core::{
    config::{
        Activation, Backbone, DataPreset, Head, NetworkConfig, Normalization, RunConfig,
        StageConfig,
    },
    data::Dataset,
    model::{Mode, Network, from_safetensors, to_safetensors, with_weights},
    trainer::Run,
};
use safetensors::{Dtype, tensor::TensorView};

/// Side of the images in pixels.
const SIDE: usize = 16;
/// Classes of the corner cue.
const CLASSES: usize = 4;
/// Images in a case.
const IMAGES: usize = 3;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pytorch")
}

fn cases() -> Vec<(String, NetworkConfig)> {
    let mut cases: Vec<(String, NetworkConfig)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(path.join("network.json")).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

fn fresh(network: &NetworkConfig) -> Network {
    Network::init(network, SIDE, CLASSES, 0, &Device::flex())
}

#[test]
fn pytorch_gives_the_same_logits() {
    let cases = cases();
    assert!(cases.len() >= 5, "{} cases", cases.len());
    for (name, config) in cases {
        let folder = folder().join(&name);
        let file = fs::read(folder.join("model.rsc.safetensors")).unwrap();
        let network = with_weights(fresh(&config), from_safetensors(&file).unwrap()).unwrap();
        // What is read is what was written.
        let again = block_on(to_safetensors(&network.frozen())).unwrap();
        assert_eq!(
            from_safetensors(&again).unwrap(),
            from_safetensors(&file).unwrap()
        );

        let numbers = fs::read(folder.join("logits.safetensors")).unwrap();
        let mut numbers = from_safetensors(&numbers).unwrap();
        let (shape, images) = numbers.remove("images").unwrap();
        let (_, theirs) = numbers.remove("logits").unwrap();
        assert_eq!(shape, [IMAGES, 3, SIDE, SIDE]);
        let images = TensorData::new(images, shape);
        let images = Tensor::<4>::from_data(images, &Device::flex());
        let network = network.frozen();
        let logits = network.head(network.body(images, Mode::Evaluate), Mode::Evaluate);
        let ours: Vec<f32> = logits.into_data().try_into_vec().unwrap();
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!((ours - theirs).abs() <= 1e-4, "{name}: {ours} and {theirs}");
        }
        // Logits that are all alike would show nothing.
        assert!(theirs.iter().any(|it| (it - theirs[0]).abs() > 1e-2));
    }
}

#[test]
fn weights_of_another_network_are_refused() {
    let file = fs::read(folder().join("cnn-plain/model.rsc.safetensors")).unwrap();
    let given = || from_safetensors(&file).unwrap();
    let other = |channels: Vec<usize>, normalization| NetworkConfig {
        backbone: Backbone::SmallCnn { channels },
        normalization,
        ..NetworkConfig::default()
    };
    for (config, problem) in [
        (other(vec![4, 5], Normalization::None), "has the shape"),
        (other(vec![4, 6], Normalization::Batch), "is missing"),
        (other(vec![4], Normalization::None), "has the shape"),
    ] {
        let error = with_weights(fresh(&config), given()).err().unwrap();
        assert!(error.to_string().contains(problem), "{error}");
    }
    let mut more = given();
    more.insert("blocks.7.conv.bias".into(), (vec![1], vec![0.0]));
    let config = other(vec![4, 6], Normalization::None);
    let error = with_weights(fresh(&config), more).err().unwrap();
    assert!(error.to_string().contains("not part of this network"));
    let mut wild = given();
    wild.insert(
        "linear.bias".into(),
        (vec![CLASSES], vec![f32::NAN; CLASSES]),
    );
    let error = with_weights(fresh(&config), wild).err().unwrap();
    assert!(error.to_string().contains("not finite"), "{error}");
    assert!(from_safetensors(&file[..file.len() / 2]).is_err());
    assert!(from_safetensors(b"no weights").is_err());
}

/// Trains each network a little and writes its weights and some images, for PyTorch to answer.
#[test]
#[ignore = "writes the fixtures anew"]
fn write_weights() {
    // `cargo lab test` runs ignored tests too, and leaves the repository as it is.
    if std::env::var_os("RSC_WRITE_FIXTURES").is_none() {
        return;
    }
    let cnn = |activation, normalization, head| NetworkConfig {
        backbone: Backbone::SmallCnn {
            channels: vec![4, 6],
        },
        activation,
        normalization,
        head,
        challenge_after: Option::None,
    };
    let stage = |channels, blocks, stride| StageConfig {
        channels,
        blocks,
        stride,
    };
    let resnet = |activation, normalization, head| NetworkConfig {
        backbone: Backbone::ResNet {
            stem: 4,
            stages: vec![stage(4, 1, 1), stage(6, 2, 2)],
        },
        ..cnn(activation, normalization, head)
    };
    use {
        Activation::{Gelu, Relu},
        Head::{FlattenLinear, GapLinear},
        Normalization::{Batch, Group, None},
    };
    for (name, network) in [
        ("cnn-plain", cnn(Relu, None, GapLinear)),
        ("cnn-batch-gelu-flat", cnn(Gelu, Batch, FlattenLinear)),
        ("cnn-group", cnn(Relu, Group { groups: 2 }, GapLinear)),
        ("resnet-batch", resnet(Relu, Batch, GapLinear)),
        ("resnet-plain-gelu", resnet(Gelu, None, GapLinear)),
        (
            "resnet-group-flat",
            resnet(Relu, Group { groups: 2 }, FlattenLinear),
        ),
    ] {
        let folder = folder().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut config = RunConfig::for_preset(DataPreset::CornerCue);
        config.data.image_size = SIDE;
        config.data.train_images = 48;
        config.data.test_images = 16;
        config.training.batch_size = 16;
        config.training.learning_rate = 0.01;
        config.network = network.clone();
        let data = Dataset::generate(DataPreset::CornerCue, &config.data, 0).unwrap();
        let mut run = Run::new(config, Arc::new(data), &Device::flex()).unwrap();
        (0..20).for_each(|_| run.advance());
        let json = serde_json::to_string_pretty(&network).unwrap();
        fs::write(folder.join("network.json"), json + "\n").unwrap();
        let weights = block_on(run.export(1)).unwrap();
        fs::write(folder.join("model.rsc.safetensors"), weights).unwrap();

        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let images: Vec<u8> = (0..IMAGES * 3 * SIDE * SIDE)
            .flat_map(|_| rng.random_range(-1.0_f32..1.0).to_le_bytes())
            .collect();
        let view = TensorView::new(Dtype::F32, vec![IMAGES, 3, SIDE, SIDE], &images).unwrap();
        let file = safetensors::serialize([("images", view)], Option::None).unwrap();
        fs::write(folder.join("images.safetensors"), file).unwrap();
    }
}
