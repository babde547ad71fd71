//! Safetensors files that lie about themselves, and weights that do not fit the network.

use burn::tensor::Device;
use pollster::block_on;
use rsc_core::model::{Network, from_safetensors, with_weights};
use serde_json::{Value, json};

use super::small;

/// A safetensors file by hand.
fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = header.len() as u64;
    [&length.to_le_bytes(), header.as_bytes(), data].concat()
}

fn header(name: &str, dtype: &str, shape: Value, offsets: [u64; 2]) -> String {
    json!({ name: { "dtype": dtype, "shape": shape, "data_offsets": offsets } }).to_string()
}

/// A file with one tensor `w`, whose data are `bytes` zeros.
fn one_tensor(dtype: &str, shape: Value, offsets: [u64; 2], bytes: usize) -> Vec<u8> {
    safetensors(&header("w", dtype, shape, offsets), &vec![0; bytes])
}

/// A file with the tensors `a`, of the first four bytes, and `b`.
fn two_tensors(second: [u64; 2], bytes: usize) -> Vec<u8> {
    let entry =
        |offsets: [u64; 2]| json!({ "dtype": "F32", "shape": [1], "data_offsets": offsets });
    let header = json!({ "a": entry([0, 4]), "b": entry(second) }).to_string();
    safetensors(&header, &vec![0; bytes])
}

fn sound() -> String {
    header("w", "F32", json!([2, 3]), [0, 24])
}

/// A sound file that claims another length of its header.
fn with_header_length(length: u64) -> Vec<u8> {
    let mut file = safetensors(&sound(), &[0; 24]);
    file[..8].copy_from_slice(&length.to_le_bytes());
    file
}

fn problem(file: &[u8]) -> Option<String> {
    from_safetensors(file).err().map(|it| it.to_string())
}

fn assert_no_safetensors(what: &str, file: &[u8]) {
    let problem = problem(file);
    let expected = "no whole safetensors file";
    assert!(
        problem.as_ref().is_some_and(|it| it.contains(expected)),
        "{what}: {problem:?}"
    );
}

#[test]
fn lying_headers_are_refused() {
    let read = from_safetensors(&safetensors(&sound(), &[0; 24])).unwrap();
    assert_eq!(read["w"], (vec![2, 3], vec![0.0; 6]));
    for (what, file) in [
        ("nothing", Vec::new()),
        ("half a length", vec![7; 5]),
        ("a header of 2^64 bytes", with_header_length(u64::MAX)),
        ("a header beyond the file", with_header_length(10_000)),
        ("no header", safetensors("", &[0; 24])),
        ("a header that is no JSON", safetensors("{", &[0; 24])),
        ("a header of another shape", safetensors("[1]", &[])),
    ] {
        assert_no_safetensors(what, &file);
    }
}

#[test]
fn lying_tensors_are_refused() {
    let shaped = |shape, bytes| one_tensor("F32", shape, [0, 24], bytes);
    let placed = |offsets| one_tensor("F32", json!([2, 3]), offsets, 24);
    let far = 1 << 40;
    for (what, file) in [
        ("less data than said", shaped(json!([2, 3]), 20)),
        ("more data than said", shaped(json!([2, 3]), 28)),
        ("a shape larger than its data", shaped(json!([2, 4]), 24)),
        ("a shape smaller than its data", shaped(json!([2, 2]), 24)),
        (
            "a shape beyond all numbers",
            shaped(json!([u64::MAX, 2]), 24),
        ),
        ("a negative shape", shaped(json!([-2, -3]), 24)),
        ("an end before the beginning", placed([24, 0])),
        ("a place beyond the file", placed([far, far + 24])),
        (
            "an unknown type",
            one_tensor("F31", json!([2, 3]), [0, 24], 24),
        ),
        ("overlapping tensors", two_tensors([0, 4], 4)),
        ("a gap between tensors", two_tensors([8, 12], 12)),
    ] {
        assert_no_safetensors(what, &file);
    }
}

#[test]
fn tensors_of_another_type_are_refused_by_name() {
    for (dtype, bytes) in [
        ("F16", 12),
        ("BF16", 12),
        ("F64", 48),
        ("I32", 24),
        ("U8", 6),
        ("BOOL", 6),
    ] {
        let problem = problem(&one_tensor(dtype, json!([2, 3]), [0, bytes as u64], bytes));
        assert!(
            problem
                .as_ref()
                .is_some_and(|it| it.contains(dtype) && it.contains("F32")),
            "{dtype}: {problem:?}"
        );
    }
}

#[test]
fn weights_of_another_network_are_refused() {
    let config = small();
    let fresh = || Network::init(&config.network, 16, 4, 0, &Device::flex());
    let own = || {
        let file = block_on(rsc_core::model::to_safetensors(&fresh())).unwrap();
        from_safetensors(&file).unwrap()
    };
    assert!(with_weights(fresh(), own()).is_ok());
    let name = own().keys().next().unwrap().clone();
    let refused = |tensors| match with_weights(fresh(), tensors) {
        Ok(_) => String::from("taken"),
        Err(error) => error.to_string(),
    };

    let mut missing = own();
    missing.remove(&name);
    assert!(refused(missing).contains(&format!("`{name}` is missing")));
    let mut more = own();
    more.insert(String::from("extra"), (vec![1], vec![0.0]));
    assert!(refused(more).contains("`extra` is not part of this network"));
    for wrong in [vec![], vec![1], vec![3, 2, 9], vec![0]] {
        let mut shaped = own();
        let values = vec![0.0; wrong.iter().product()];
        shaped.insert(name.clone(), (wrong, values));
        let said = refused(shaped);
        assert!(said.contains(&name) && said.contains("shape"), "{said}");
    }
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut spoilt = own();
        spoilt.get_mut(&name).unwrap().1[0] = wrong;
        let said = refused(spoilt);
        assert!(
            said.contains(&name) && said.contains("not finite"),
            "{said}"
        );
    }
}
