//! Files of PyTorch and safetensors, whole and damaged, and the names of published networks.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{known::recognise, lite0::lite0_name_from_timm, resnet::RESNET_DEPTHS, *};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/weights");
    fs::read(folder.join(name)).unwrap()
}

fn expected() -> Tensors {
    serde_json::from_slice(&fixture("expected.json")).unwrap()
}

/// What is said of a file, in one sentence that names it.
fn said(name: &str, file: &[u8]) -> String {
    let said = read(name, file).expect_err(name).to_string();
    assert!(said.starts_with(&format!("`{name}`")), "{said}");
    assert!(!said.contains('\n') && said.len() < 600, "{said}");
    said
}

fn refused(name: &str, words: &[&str]) {
    let said = said(name, &fixture(name));
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[test]
fn every_format_gives_the_same_tensors() {
    for name in [
        "zip.pth",
        "legacy.pth",
        "protocol4.pth",
        "tar.pth",
        "float16.pth",
        "bfloat16.pth",
        "float64.pth",
        "float16.safetensors",
        "bfloat16.safetensors",
        "float64.safetensors",
        "whole.safetensors",
        "nested.pth",
        "nested-legacy.pth",
        "data-parallel.pth",
        "parameters.pth",
        "views.pth",
    ] {
        let tensors = read(name, &fixture(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(tensors, expected(), "{name}");
    }
}

#[test]
fn code_is_refused_and_not_run() {
    refused("code.pth", &["`posix.system`", "none of it was run"]);
    refused("code-legacy.pth", &["`posix.system`", "none of it was run"]);
    refused("code.pkl", &["`torch.save` did not write"]);
    refused("torchscript.pt", &["TorchScript", "model.state_dict()"]);
    refused(
        "whole-model.pth",
        &["a whole model", "save `model.state_dict()`"],
    );
    refused(
        "whole-model-legacy.pth",
        &["a whole model", "save `model.state_dict()`"],
    );
}

#[test]
fn numbers_that_are_no_weights_are_refused_by_name() {
    refused("quantized.pth", &["`fc.weight`", "quantized"]);
    refused("int8.pth", &["`fc.weight`", "int8"]);
    refused("float8.pth", &["`fc.weight`", "float8_e4m3fn"]);
    refused("sparse.pth", &["`fc.weight`", "sparse"]);
    refused("nan.pth", &["`fc.weight`", "NaN"]);
    refused(
        "no-tensors.pth",
        &["`epoch`", "`arch`", "model.state_dict()"],
    );
}

#[test]
fn other_files_are_named() {
    refused("onnx.onnx", &["ONNX"]);
    for (name, file, word) in [
        ("empty.pth", &b""[..], "empty"),
        ("text.pth", b"to be or not", "a text"),
        ("page.pth", b"<!doctype html><title>404</title>", "HTML"),
        (
            "lfs.pth",
            b"version https://git-lfs.github.com/spec/v1\noid",
            "git lfs pull",
        ),
        ("image.pth", b"\x89PNG\r\n\x1a\n0000IHDR", "PNG"),
        ("keras.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
        ("noise.pth", &[0xfe; 40], "no weights file"),
        (
            "zip.zip",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "without weights",
        ),
        ("tar.tar", &tar_of_nothing(), "without weights"),
    ] {
        let said = said(name, file);
        assert!(said.contains(word), "{said}");
    }
}

fn tar_of_nothing() -> Vec<u8> {
    let mut file = vec![0; 1536];
    file[..5].copy_from_slice(b"a.txt");
    file[124..135].copy_from_slice(b"00000000000");
    file[257..262].copy_from_slice(b"ustar");
    file
}

#[test]
fn a_cut_off_file_is_refused_wherever_it_ends() {
    for name in [
        "zip.pth",
        "legacy.pth",
        "tar.pth",
        "whole.safetensors",
        "nested.pth",
    ] {
        let file = fixture(name);
        // The last blocks of a tar archive are filled up.
        let end = file.iter().rposition(|byte| *byte != 0).unwrap();
        for length in 1..=end {
            let said = said(name, &file[..length]);
            let early = length < 16 || (name == "tar.pth" && length < 262);
            assert!(early || said.contains("cut off"), "{length}: {said}");
        }
    }
}

#[test]
fn large_files_are_refused_before_they_are_read() {
    assert!(check_size("a.pth", MOST_WEIGHTS_BYTES).is_ok());
    let said = check_size("a.pth", 2 << 30).unwrap_err().to_string();
    assert!(
        said.contains("2048 MB") && said.contains("400 MB"),
        "{said}"
    );
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = header.len() as u64;
    [&length.to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn lying_safetensors_are_refused() {
    let one = |shape: &str, kind: &str, to: u64| {
        format!(r#"{{"w":{{"dtype":"{kind}","shape":{shape},"data_offsets":[0,{to}]}}}}"#)
    };
    let twice = r#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                    "w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let infinite = f32::INFINITY.to_le_bytes();
    for (header, data, word) in [
        (one("[2]", "F32", 8), vec![0; 7], "cut off"),
        (one("[2]", "F32", 8), vec![0; 9], "more in it"),
        (one("[3]", "F32", 8), vec![0; 8], "another shape"),
        (one("[1]", "F4_X", 1), vec![0; 1], "`F4_X`"),
        (one("[8]", "I8", 8), vec![0; 8], "`int8`"),
        (one("[1]", "F32", 4), infinite.to_vec(), "the value inf"),
        (
            one("[4611686018427387904,4]", "F32", 4),
            vec![0; 4],
            "larger than any memory",
        ),
        (one("[1]", "F32", u64::MAX), vec![0; 4], "cut off"),
        (one("[-1]", "F32", 4), vec![0; 4], "damaged"),
        (twice.into(), vec![0; 8], "`w` twice"),
        ("{}".into(), vec![], "holds no weights"),
        ("[".into(), vec![], "no weights file"),
        ("{[".into(), vec![], "damaged"),
    ] {
        let said = said("a.safetensors", &safetensors(&header, &data));
        assert!(said.contains(word), "{header}: {said}");
    }
}

/// A legacy file whose object is this pickle, with storages named so.
fn legacy(object: &[u8], storages: &[u8]) -> Vec<u8> {
    let head = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\
                 \x80\x02}X\r\0\0\0little_endian\x88s.";
    [&head[..], object, storages].concat()
}

#[test]
fn pickles_that_lie_are_refused() {
    let tensor = |shape: &[u8], stride: &[u8]| {
        let start = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage\
                      ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQK\0";
        [&start[..], shape, stride, b"\x89}tRs."].concat()
    };
    let one = b"\x80\x02]X\x01\0\0\x000a.\x01\0\0\0\0\0\0\0\0\0\x80\x3f";
    let sound = read("a", &legacy(&tensor(b"K\x01\x85", b"K\x01\x85"), one)).unwrap();
    assert_eq!(sound["w"], (vec![1], vec![1.0]));

    // A tensor of 2^30 times the same number.
    let many = legacy(&tensor(b"J\0\0\0\x40\x85", b"K\0\x85"), one);
    assert!(said("a", &many).contains("104 million weights"));
    let outside = legacy(&tensor(b"K\x02\x85", b"K\x01\x85"), one);
    assert!(said("a", &outside).contains("reaches out"));
    let uneven = legacy(&tensor(b"K\x01\x85", b"K\x01K\x01\x86"), one);
    assert!(said("a", &uneven).contains("do not fit its shape"));

    // Lists in lists that double, and a list that holds itself.
    let doubling = [&b"\x80\x02]"[..], &b"2\x86".repeat(1000), b"."].concat();
    assert!(said("a", &legacy(&doubling, b"")).contains("cut off"));
    let itself = b"\x80\x02}q\0X\n\0\0\0state_dicth\0s.";
    let names = b"\x80\x02].";
    assert!(said("a", &legacy(itself, names)).contains("holds no tensors"));
    // A call of a call of itself.
    let recursive =
        b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\nq\0h\0h\0]q\x01(h\0h\0h\x01e\x87R.";
    assert!(said("a", &legacy(recursive, names)).contains("damaged"));
    let endless = [&b"\x80\x02"[..], &b"N".repeat(5_000_000), b"."].concat();
    assert!(said("a", &legacy(&endless, names)).contains("more than weights"));
    let twice = [&tensor(b"K\x01\x85", b"K\x01\x85")[..]].concat();
    let twice = [&twice[..twice.len() - 1], b"X\x01\0\0\0w", &twice[9..]].concat();
    assert!(said("a", &legacy(&twice, one)).contains("`w` twice"));
}

#[test]
fn zip_archives_that_lie_are_refused() {
    let file = fixture("zip.pth");
    let at = |part: &[u8], file: &[u8]| file.windows(part.len()).position(|it| it == part).unwrap();
    let mut compressed = file.clone();
    let entry = at(b"PK\x01\x02", &file);
    compressed[entry + 10] = 8;
    assert!(said("a.pth", &compressed).contains("a compressed archive"));
    let mut spoilt = file.clone();
    let data = at(&(-4.0_f32).to_le_bytes(), &file);
    spoilt[data] ^= 1;
    assert!(said("a.pth", &spoilt).contains("checksum"));
    // As a whole, with a comment.
    let commented = |length: usize| {
        let mut file = file.clone();
        let count = (length as u16).to_le_bytes();
        let end = file.len();
        file[end - 2..].copy_from_slice(&count);
        file.extend(vec![b'x'; length]);
        file
    };
    assert_eq!(read("a.pth", &commented(65_535)).unwrap(), expected());
}

fn listed(name: &str) -> Shapes {
    let text = String::from_utf8(fixture(&format!("names/{name}.txt"))).unwrap();
    let line = |line: &str| {
        let (name, shape) = line.split_once(' ').unwrap();
        let shape = shape.split(',').map(|it| it.parse().unwrap());
        (name.to_owned(), shape.collect())
    };
    text.lines().map(line).collect()
}

fn zeros(shapes: &Shapes) -> Tensors {
    let entry = |(name, shape): (&String, &Vec<usize>)| {
        let count = if shape.len() > 1 {
            0
        } else {
            shape.iter().product()
        };
        (name.clone(), (shape.clone(), vec![0.0; count]))
    };
    shapes.iter().map(entry).collect()
}

#[test]
fn names_and_shapes_are_those_of_the_published_networks() {
    assert_eq!(
        resnet_names(18, 1000).unwrap(),
        listed("torchvision-resnet18")
    );
    assert_eq!(
        resnet_names(50, 1000).unwrap(),
        listed("torchvision-resnet50")
    );
    assert!(resnet_names(20, 1000).is_none());
    assert_eq!(lite0_names(1000), listed("lite0"));
}

#[test]
fn names_of_timm_become_those_of_the_shipped_file() {
    let renamed: Shapes = listed("timm-lite0")
        .into_iter()
        .map(|(name, shape)| (lite0_name_from_timm(&name).unwrap(), shape))
        .collect();
    assert_eq!(renamed, listed("lite0"));
    for other in [
        "blocks.7.0.conv_pw.weight",
        "blocks.0.1.bn1.bias",
        "blocks.0.0.bn3.bias",
        "fc.bias",
        "blocks",
        "",
    ] {
        assert_eq!(lite0_name_from_timm(other), None, "{other}");
    }
    let tensors = lite0_from_timm(zeros(&listed("timm-lite0")));
    assert_eq!(tensors, zeros(&listed("lite0")));
    assert_eq!(lite0_from_timm(tensors.clone()), tensors);
}

fn unfit(given: &Shapes, depth: usize) -> String {
    let expected = resnet_names(depth, 1000).unwrap();
    let network = format!("a ResNet-{depth}");
    let error = fit("w.pth", &network, &expected, zeros(given)).unwrap_err();
    error.to_string()
}

#[test]
fn weights_of_the_network_fit() {
    let names = resnet_names(18, 1000).unwrap();
    let mut given = zeros(&names);
    given.insert("bn1.num_batches_tracked".into(), (vec![], vec![3.0]));
    let fitted = fit("w.pth", "a ResNet-18", &names, given.clone()).unwrap();
    assert_eq!(fitted, zeros(&names));
    // The classifier is not needed, and may be for other classes.
    given.insert("fc.weight".into(), (vec![7, 512], vec![]));
    given.remove("fc.bias");
    let fitted = fit("w.pth", "a ResNet-18", &names, given).unwrap();
    assert_eq!(fitted["fc.weight"].0, [7, 512]);
    assert!(!fitted.contains_key("fc.bias"));
}

#[test]
fn weights_of_another_network_are_named() {
    let said = unfit(&resnet_names(50, 1000).unwrap(), 18);
    for words in [
        "looks like a ResNet-50, and a ResNet-18 is needed",
        "have other shapes",
        "bring weights of a ResNet-18",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let said = unfit(&listed("lite0"), 18);
    assert!(
        said.contains("an EfficientNet-Lite0") && said.contains("100 tensors are missing"),
        "{said}"
    );
    assert!(said.len() < 1500, "{said}");
    let said = unfit(&listed("timm-lite0"), 50);
    assert!(said.contains("EfficientNet-Lite"), "{said}");

    let mut given = resnet_names(18, 1000).unwrap();
    given.remove("layer1.0.conv1.weight");
    given.insert("extra".into(), vec![1]);
    let said = unfit(&given, 18);
    assert!(
        said.contains(
            "1 tensor is missing: `layer1.0.conv1.weight` [64, 64, 3, 3]; 1 is extra: `extra`"
        ),
        "{said}"
    );
    assert!(!said.contains("looks like"), "{said}");
}

#[test]
fn networks_are_recognised() {
    for depth in RESNET_DEPTHS {
        let names = resnet_names(depth, 2).unwrap();
        assert_eq!(recognise(&zeros(&names)), Some(format!("a ResNet-{depth}")));
    }
    assert_eq!(recognise(&BTreeMap::new()), None);
}
