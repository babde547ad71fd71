//! The structure that ARCHITECTURE.md describes, held against the sources: which room may use which,
//! no circles, no browser in a `model`, files that can be read in one go, and documents whose paths exist.
//!
//! `RSC_ROOT=DIR cargo test -p rsc-tests --test architecture` checks another checkout.

mod check;
mod circles;
mod documents;
mod modules;
mod planted;
mod references;
mod size;
mod sources;
mod table;

use crate::check::{circles_of_files, offences};
use crate::modules::Tree;
use crate::sources::Sources;

#[test]
fn every_arrow_points_down() {
    let sources = Sources::of_the_repository();
    let tables = table::read(&sources.architecture).expect("the tables of ARCHITECTURE.md");
    assert!(
        tables.iter().any(|table| table.name == "app"),
        "ARCHITECTURE.md has a table of the page's rooms"
    );
    let mut found = Vec::new();
    for table in &tables {
        let tree = Tree::read(&sources.files, &table.root).expect("the sources can be parsed");
        assert!(
            tree.modules.len() > 1,
            "{}: {} declares no modules",
            table.name,
            table.root
        );
        found.extend(offences(table, &tree));
    }
    assert!(
        found.is_empty(),
        "{} offences against ARCHITECTURE.md:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// Test programs in folders of their own, which have no table: their files still go one way.
#[test]
fn test_programs_have_no_circles() {
    let sources = Sources::of_the_repository();
    let roots: Vec<&String> = sources
        .files
        .keys()
        .filter(|file| file.ends_with("/main.rs") && file.contains("tests/"))
        .collect();
    assert!(roots.len() >= 4, "{roots:?}");
    let mut found = Vec::new();
    for root in roots {
        let tree = Tree::read(&sources.files, root).expect("the sources can be parsed");
        found.extend(circles_of_files(&tree));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_can_be_read_in_one_go() {
    let sources = Sources::of_the_repository();
    let found = size::offences(&sources.files, size::LONG_FILES);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn documents_name_what_exists() {
    let found = documents::offences(&sources::root());
    assert!(found.is_empty(), "{}", found.join("\n"));
}
