//! The rules: arrows between rooms point down, a room's floors likewise, a `model` knows no browser,
//! and nothing goes round in a circle.

use std::collections::BTreeSet;

use crate::circles::{Arrow, circles};
use crate::modules::{ModulePath, Tree};
use crate::table::Table;

/// The parts of a feature, the lowest first.
const PARTS: [&str; 4] = ["model", "state", "widgets", "view"];
/// What a `model` must not name.
const BROWSER: [&str; 7] = [
    "leptos",
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "idb",
    "leptos_chartistry",
];

fn room(module: &[String]) -> Option<&str> {
    module.first().map(String::as_str)
}

/// Which part of its feature a module belongs to, counted from the lowest.
fn part(module: &[String]) -> Option<usize> {
    let name = module.get(1)?;
    PARTS.iter().position(|part| part == name)
}

/// Every offence, as a sentence with file and line.
pub(crate) fn offences(table: &Table, tree: &Tree) -> Vec<String> {
    let mut found = rooms_and_table(table, tree);
    let mut rooms = Vec::new();
    for (from, module) in &tree.modules {
        for reference in &module.references {
            let place = format!("{}:{}", module.file, reference.line);
            let path = reference.path.join("::");
            let first = reference.path.first().map_or("", String::as_str);
            if table.features && part(from) == Some(0) && BROWSER.contains(&first) {
                found.push(format!(
                    "{place}: a `model` uses `{path}`; it must run without a browser: move this to `state` or `view`"
                ));
            }
            let Some(to) = tree.target(from, &reference.path) else {
                continue;
            };
            let (Some(here), Some(there)) = (room(from), room(&to)) else {
                continue;
            };
            if here != there {
                rooms.push(Arrow::new(here, there, &place));
            }
            found.extend(arrow(table, from, &to, &place, &path));
        }
    }
    found.extend(
        circles(&rooms)
            .into_iter()
            .map(|it| format!("circle of rooms: {it}")),
    );
    found.extend(circles_of_files(tree));
    let once: BTreeSet<String> = found.into_iter().collect();
    once.into_iter().collect()
}

/// Circles of files of a crate, with or without a table.
pub(crate) fn circles_of_files(tree: &Tree) -> Vec<String> {
    let mut arrows = Vec::new();
    for (from, module) in &tree.modules {
        for reference in &module.references {
            let Some(to) = tree.target(from, &reference.path) else {
                continue;
            };
            let target = &tree.modules[&to].file;
            if target != &module.file {
                let place = format!("{}:{}", module.file, reference.line);
                arrows.push(Arrow::new(&module.file, target, &place));
            }
        }
    }
    let circles = circles(&arrows).into_iter();
    circles.map(|it| format!("circle of files: {it}")).collect()
}

/// Rooms that the table lacks, and those that only the table has.
fn rooms_and_table(table: &Table, tree: &Tree) -> Vec<String> {
    let Table { name, root, .. } = table;
    let mut found = Vec::new();
    let there = &tree.modules[&ModulePath::new()].children;
    for room in there.iter().filter(|room| table.floor(room).is_none()) {
        let file = &tree.modules[&vec![room.clone()]].file;
        found.push(format!(
            "{file}:1: room `{room}` is in no line of the table of rooms `{name}` (ARCHITECTURE.md): give it a floor"
        ));
    }
    for room in table
        .floors
        .iter()
        .flatten()
        .filter(|room| !there.contains(*room))
    {
        found.push(format!(
            "ARCHITECTURE.md: the table of rooms `{name}` names `{room}`, which {root} does not have: take it out"
        ));
    }
    found
}

/// What is wrong with an arrow, if something is.
fn arrow(table: &Table, from: &[String], to: &[String], place: &str, path: &str) -> Option<String> {
    let (here, there) = (room(from)?, room(to)?);
    if here == there {
        let (low, high) = (part(from)?, part(to)?);
        return (table.features && high > low).then(|| {
            format!(
                "{place}: `{}` of room `{here}` uses its `{}` ({path}); the order is {}",
                PARTS[low],
                PARTS[high],
                PARTS.join(" ← ")
            )
        });
    }
    let (floor, below) = (table.floor(here)?, table.floor(there)?);
    if below <= floor {
        return Some(format!(
            "{place}: room `{here}` uses `{path}` of room `{there}`, which is not below it in the table of rooms `{}`: \
             move what both need to a lower room, or let a room above pass it in",
            table.name
        ));
    }
    let foreign_view = part(to) == PARTS.iter().position(|part| *part == "view");
    (table.features && foreign_view && floor > 0).then(|| {
        format!(
            "{place}: room `{here}` uses `{path}`, a view of room `{there}`: only the top room puts views together; \
             share it as a widget, or take it as a child"
        )
    })
}
