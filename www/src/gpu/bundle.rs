//! Makes a bundle: everything that a machine with a GPU, and without a network, needs to be checked.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::archive;
use super::layout::Layout;
use super::libraries::needed;
use crate::process;
use crate::progress::Progress;
use crate::site::{self, Profile};
use crate::tools;
use crate::workspace::Workspace;

/// Files of the peers' libraries, below `tests/peers/node_modules`.
const PEER_LIBRARIES: [&str; 8] = [
    "@tensorflow/tfjs/dist/tf.min.js",
    "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
    "@jax-js/jax/package.json",
    "@jax-js/jax/dist",
];
/// The programs of the peers.
const PEERS: [&str; 6] = [
    "step.html",
    "step.js",
    "step_networks.js",
    "step_tfjs.js",
    "step_jaxjs.js",
    "pytorch_step.py",
];
/// Folders in which distributions keep Chromium's own files.
const CHROMIUM_FOLDERS: [&str; 4] = [
    "/usr/lib/chromium",
    "/usr/lib64/chromium-browser",
    "/usr/lib/chromium-browser",
    "/opt/google/chrome",
];
/// Its files that no check needs: a sandbox that root cannot use, layers for debugging Vulkan.
const NOT_TAKEN: [&str; 4] = [
    "chrome-sandbox",
    "libVkLayer_khronos_validation.so",
    "libVkICD_mock_icd.so",
    "extensions",
];
/// The only language that is taken.
const LOCALE: &str = "en-US.pak";
/// Libraries that Chromium opens by name while it runs.
const OPENED_BY_NAME: [&str; 4] = [
    "libsoftokn3.so",
    "libfreebl3.so",
    "libfreeblpriv3.so",
    "libnssckbi.so",
];
/// A font for machines without any.
const FONTS: [&str; 3] = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
];
/// Folders of the site that no check opens: what the page fetches when it is chosen.
const NOT_CHECKED: [&str; 3] = ["digits/", "emoji/", "models/"];
/// What starts the checks.
const CHECK: &str = "check.sh";
/// This program, which makes them.
pub(super) const PROGRAM: &str = "lab";

/// Makes a bundle in a folder, which must be empty or missing.
pub(super) fn make(workspace: &Workspace, out: &Path, part_bytes: u64) -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "a bundle has this machine's Chromium and its libraries, and only Linux runs them elsewhere; make it on Linux"
    );
    fs::create_dir_all(out)
        .with_context(|| format!("cannot create the folder {}", out.display()))?;
    ensure!(
        fs::read_dir(out)?.next().is_none(),
        "{} is not empty; name another folder or empty it",
        out.display()
    );
    let mut progress = Progress::default();
    let chromium = chromium_folder(&tools::chromium(&mut progress)?)?;
    let toolchain = tools::wasm_toolchain(workspace, &mut progress)?;
    let mut site = site::build(workspace, &toolchain, Profile::Release, &mut progress)?;
    site.assets.retain(|asset| {
        !NOT_CHECKED
            .iter()
            .any(|folder| asset.name.starts_with(folder))
    });
    progress.stage_with_output("compile the native program", || {
        let mut build = process::cargo(workspace);
        build.args([
            "build",
            "--release",
            "--locked",
            "--package",
            "rsc-core",
            "--bin",
            "rsc",
        ]);
        process::run(&mut build)
    })?;

    let gathered = tempfile::tempdir_in(workspace.target()).context("cannot create a folder")?;
    let layout = Layout::new(gathered.path());
    progress.stage("gather the bundle", || {
        site::write(&site, &layout.site())?;
        copy_program(
            &workspace.target().join("release").join("rsc"),
            &layout.rsc(),
        )?;
        copy_peers(
            &workspace.root().join("tests").join("peers"),
            &layout.peers(),
        )?;
        copy_chromium(&chromium, &layout)?;
        let mut fonts = FONTS.iter().map(Path::new).filter(|font| font.is_file());
        fonts.try_for_each(|font| copy_into(font, &layout.fonts()))
    })?;
    let parts = progress.stage("compress it", || {
        archive::pack(gathered.path(), out, part_bytes)
    })?;
    let check = workspace.root().join("tests").join("gpu").join(CHECK);
    copy_into(&check, out)?;
    let packed_program = format!("{PROGRAM}.gz");
    progress.stage("pack this program", || {
        let this = std::env::current_exe().context("this program cannot be found")?;
        let stripped = gathered.path().join(PROGRAM);
        copy_program(&this, &stripped)?;
        gzip(&stripped, &out.join(&packed_program))
    })?;
    progress.print_durations();

    let bytes = |file: &Path| fs::metadata(file).map_or(0, |about| about.len());
    let packed: u64 = parts.iter().map(|part| bytes(part)).sum();
    let all = packed + bytes(&out.join(packed_program)) + bytes(&out.join(CHECK));
    println!(
        "Wrote {} ({} parts, {:.1} MB in all); on the machine with the GPU: {}/{CHECK}",
        out.display(),
        parts.len(),
        all as f64 / 1e6,
        out.display()
    );
    Ok(())
}

/// The folder with Chromium's files: the program in `PATH` may be a script.
fn chromium_folder(program: &Path) -> Result<PathBuf> {
    let real = fs::canonicalize(program)?;
    let folders = real
        .parent()
        .into_iter()
        .chain(CHROMIUM_FOLDERS.iter().map(Path::new));
    let mut known = folders.filter(|folder| program_in(folder).is_some());
    let folder = known.next().with_context(|| {
        format!(
            "the files of {} were not found; set CHROME to the program beside them",
            program.display()
        )
    })?;
    Ok(folder.to_path_buf())
}

/// Chromium's program in a folder with its files.
fn program_in(folder: &Path) -> Option<PathBuf> {
    let program = ["chromium", "chromium-browser", "chrome"]
        .iter()
        .map(|name| folder.join(name))
        .find(|program| program.is_file());
    program.filter(|_| folder.join("icudtl.dat").is_file())
}

fn copy_chromium(folder: &Path, layout: &Layout) -> Result<()> {
    let into = layout.chromium();
    let program = program_in(folder).context("Chromium's files have gone")?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_header = path.extension().is_some_and(|ending| ending == "TOC");
        if path.is_file() && path != program && !is_header && !NOT_TAKEN.contains(&name.as_ref()) {
            copy_into(&path, &into)?;
        }
    }
    fs::copy(&program, layout.chromium_program())
        .with_context(|| format!("cannot copy {}", program.display()))?;
    copy_into(&folder.join("locales").join(LOCALE), &into.join("locales"))?;

    let own = ["libEGL.so", "libGLESv2.so", "libvk_swiftshader.so"];
    let mut programs: Vec<PathBuf> = own
        .iter()
        .map(|name| folder.join(name))
        .filter(|library| library.is_file())
        .chain([program])
        .collect();
    let first = needed(&programs)?;
    let beside = first.get("libnss3.so").and_then(|nss| nss.parent());
    for name in OPENED_BY_NAME {
        let library = beside
            .map(|folder| folder.join(name))
            .filter(|it| it.is_file());
        if let Some(library) = library {
            copy_into(&library, &layout.libraries())?;
            programs.push(library);
        }
    }
    for (name, library) in needed(&programs)? {
        // Chromium's own libraries lie beside it.
        if !library.starts_with(folder) {
            copy_as(&library, &layout.libraries().join(name))?;
        }
    }
    let loader = into.join("libvulkan.so.1");
    ensure!(
        loader.is_file(),
        "{} has no libvulkan.so.1, which opens drivers for Vulkan; take Debian's Chromium",
        folder.display()
    );
    copy_into(&loader, &layout.vulkan())
}

fn copy_peers(from: &Path, into: &Path) -> Result<()> {
    for name in PEERS {
        copy_into(&from.join(name), into)?;
    }
    let modules = from.join("node_modules");
    for name in PEER_LIBRARIES {
        let source = modules.join(name);
        if source.is_file() {
            copy_as(&source, &into.join("node_modules").join(name))?;
        } else if source.is_dir() {
            for (inner, _) in crate::files::read_tree(&source)? {
                if inner.ends_with(".js") {
                    let target = into.join("node_modules").join(name).join(&inner);
                    copy_as(&source.join(&inner), &target)?;
                }
            }
        } else {
            eprintln!(
                "   {} is missing, so its library is not measured (tests/peers/README.md)",
                source.display()
            );
        }
    }
    Ok(())
}

/// Copies a program, without symbols where `strip` is there.
fn copy_program(from: &Path, to: &Path) -> Result<()> {
    copy_as(from, to)?;
    if process::output_of(Command::new("strip").arg(to)).is_none() {
        eprintln!("   {} keeps its symbols: there is no `strip`", to.display());
    }
    Ok(())
}

/// Packs the program that unpacks everything else, for `gunzip`, which every machine has.
fn gzip(from: &Path, to: &Path) -> Result<()> {
    let packed = || -> std::io::Result<()> {
        let mut packer = GzEncoder::new(File::create_new(to)?, Compression::best());
        std::io::copy(&mut File::open(from)?, &mut packer)?;
        packer.finish().map(|_| ())
    };
    packed().with_context(|| format!("cannot pack {} into {}", from.display(), to.display()))
}

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let name = file
        .file_name()
        .with_context(|| format!("{} is no file", file.display()))?;
    copy_as(file, &folder.join(name))
}

fn copy_as(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    fs::copy(from, to)
        .map(|_| ())
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chromium_is_found_beside_its_files_only() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let program = scratch.path().join("chrome");
        fs::write(&program, "").expect("writes");
        assert_eq!(program_in(scratch.path()), None);
        fs::write(scratch.path().join("icudtl.dat"), "").expect("writes");
        assert_eq!(program_in(scratch.path()), Some(program.clone()));
        let real = fs::canonicalize(scratch.path()).expect("it is there");
        assert_eq!(chromium_folder(&program).expect("found"), real);
    }

    #[test]
    fn the_peers_programs_and_the_script_are_there() {
        let workspace = Workspace::find().expect("this is a workspace");
        let tests = workspace.root().join("tests");
        for name in PEERS {
            assert!(tests.join("peers").join(name).is_file(), "{name}");
        }
        let script = fs::read_to_string(tests.join("gpu").join(CHECK)).expect("reads");
        assert!(
            script.contains(&format!("/{PROGRAM}\" check-gpu")),
            "{script}"
        );
        let scratch = tempfile::tempdir().expect("a temporary folder");
        copy_peers(&tests.join("peers"), scratch.path()).expect("copies");
        assert!(scratch.path().join("step.html").is_file());
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let workspace = Workspace::find().expect("this is a workspace");
        let scratch = tempfile::tempdir().expect("a temporary folder");
        fs::write(scratch.path().join("thesis.txt"), "years").expect("writes");
        let error = make(&workspace, scratch.path(), 1).expect_err("it is not empty");
        assert!(!cfg!(target_os = "linux") || error.to_string().contains("not empty"));
        assert!(scratch.path().join("thesis.txt").is_file());
    }
}
