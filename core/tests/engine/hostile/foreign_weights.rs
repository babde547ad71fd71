//! Weights files of other programs, spoilt in thousands of ways: each is read, or refused in one
//! sentence that names it, and none asks for more memory than a file may have.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rsc_core::{limits::MOST_WEIGHTS_BYTES, weights_file};

/// Spoilt files of each.
const CASES: u64 = 2000;

/// Longest time that one takes; each has a few kilobytes.
const LONGEST: Duration = Duration::from_secs(2);

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/weights");
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let weights = entries.filter(|path| {
        let kind = path.extension().and_then(|it| it.to_str());
        matches!(kind, Some("pth" | "pt" | "safetensors"))
    });
    let mut files: Vec<PathBuf> = weights.collect();
    files.sort();
    assert!(files.len() > 20);
    files
}

/// Operations of pickles.
const OPERATIONS: &[u8] = b".()02Rbcehjqrstu]}\x81\x85\x86\x87\x93\x94Q";

/// SplitMix64: the same files at every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let it = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((it ^ (it >> 31)) % most.max(1) as u64) as usize
    }

    fn spoil(&mut self, file: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(file.len());
        match self.below(8) {
            0 => file[at] ^= 1 << self.below(8),
            1 => file[at] = self.below(256) as u8,
            2 => file[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
            // Lengths of 32 and 64 bits.
            3 => {
                let end = file.len().min(at + [4, 8][self.below(2)]);
                file[at..end].fill([0, 0xff, 0x7f][self.below(3)]);
            }
            4 => drop(file.drain(at..file.len().min(at + 1 + self.below(16)))),
            5 => {
                let part = file[at..file.len().min(at + self.below(64))].to_vec();
                file.splice(at..at, part);
            }
            // A part of another file, or an operation of a pickle.
            6 => {
                let from = self.below(other.len());
                let part = &other[from..other.len().min(from + self.below(64))];
                let end = file.len().min(at + part.len());
                file.splice(at..end, part.iter().copied());
            }
            _ => file[at] = OPERATIONS[self.below(OPERATIONS.len())],
        }
    }
}

/// Whether a file was taken; fails if what was taken or said is not fit for use.
fn taken(name: &str, file: &[u8]) -> bool {
    let started = Instant::now();
    let read = weights_file::read(name, file);
    assert!(
        started.elapsed() < LONGEST,
        "{name}: {:?}",
        started.elapsed()
    );
    match read {
        Ok(tensors) => {
            let mut bytes = 0;
            for (name, (shape, values)) in &tensors {
                assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
                assert!(values.iter().all(|it| it.is_finite()), "{name}");
                bytes += 4 * values.len() as u64;
            }
            assert!(bytes <= MOST_WEIGHTS_BYTES);
            true
        }
        Err(error) => {
            let said = error.to_string();
            assert!(said.starts_with(&format!("`{name}` ")), "{said}");
            assert!(
                said.len() < 1000 && !said.contains(char::is_control),
                "{said}"
            );
            false
        }
    }
}

#[test]
fn spoilt_files_are_read_or_refused() {
    let files: Vec<(String, Vec<u8>)> = fixtures()
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let (mut made, mut read) = (0, 0);
    for (number, (name, whole)) in files.iter().enumerate() {
        let mut random = Random(number as u64);
        for _ in 0..CASES {
            let mut file = whole.clone();
            for _ in 0..=random.below(4) {
                let other = &files[random.below(files.len())].1;
                random.spoil(&mut file, other);
                if file.is_empty() {
                    break;
                }
            }
            made += 1;
            read += u64::from(taken(name, &file));
        }
    }
    println!("{read} of {made} spoilt files were read");
    // The mutations are small enough that some leave a file sound, and large enough that most do not.
    assert!(read > made / 50 && read < made / 2, "{read} of {made}");
}

/// A zip archive is protected by its checksums, so its pickle is spoilt by itself, in a legacy file.
#[test]
fn spoilt_pickles_of_legacy_files_are_read_or_refused() {
    let file = fixtures()
        .into_iter()
        .find(|it| it.ends_with("legacy.pth"))
        .unwrap();
    let whole = fs::read(file).unwrap();
    let mut random = Random(99);
    for _ in 0..10 * CASES {
        let mut file = whole.clone();
        // In the first part, which describes the tensors.
        let mut tail = file.split_off(1200.min(file.len()));
        for _ in 0..=random.below(3) {
            random.spoil(&mut file, &whole);
            if file.is_empty() {
                break;
            }
        }
        file.append(&mut tail);
        taken("legacy.pth", &file);
    }
}

/// Archives whose checksums are left out (`0`), so that damage reaches what is behind them.
#[test]
fn spoilt_archives_without_checksums_are_read_or_refused() {
    for path in fixtures() {
        let mut whole = fs::read(&path).unwrap();
        if !whole.starts_with(b"PK") {
            continue;
        }
        let entries: Vec<usize> = (0..whole.len())
            .filter(|at| whole[*at..].starts_with(b"PK\x01\x02"))
            .collect();
        for at in entries {
            whole[at + 16..at + 20].fill(0);
        }
        let mut random = Random(7);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for _ in 0..CASES {
            let mut file = whole.clone();
            for _ in 0..=random.below(3) {
                let place = random.below(700.min(file.len()));
                match random.below(3) {
                    0 => file[place] ^= 1 << random.below(8),
                    1 => file[place] = random.below(256) as u8,
                    _ => file[place] = OPERATIONS[random.below(OPERATIONS.len())],
                }
            }
            taken(&name, &file);
        }
    }
}
