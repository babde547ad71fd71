//! Planted offences: each rule finds what it is for, and says where.

use crate::check::offences;
use crate::modules::Tree;
use crate::sources::Files;
use crate::{size, table};

const TABLE: &str = "\
Some text.

```rooms page src/main.rs features
app            puts the rooms together
masks · runs   features
ui             what all draw with
```
";

/// A page with three rooms that keep all rules; `changes` replace or add files.
fn found(changes: &[(&str, &str)]) -> Vec<String> {
    let kept = [
        ("src/main.rs", "mod app;\nmod masks;\nmod runs;\nmod ui;\n"),
        (
            "src/app.rs",
            "use crate::masks::view::Panel;\nuse crate::runs::list;\n",
        ),
        (
            "src/masks/mod.rs",
            "pub mod model;\npub mod state;\npub mod view;\n",
        ),
        (
            "src/masks/model.rs",
            "use crate::ui::format;\npub struct Mask;\n",
        ),
        ("src/masks/state.rs", "use crate::masks::model::Mask;\n"),
        (
            "src/masks/view.rs",
            "use crate::masks::state;\npub struct Panel;\n",
        ),
        (
            "src/runs/mod.rs",
            "pub mod list;\npub mod view;\npub use list::List;\n",
        ),
        ("src/runs/list.rs", "pub struct List;\n"),
        ("src/runs/view.rs", "use crate::runs::List;\n"),
        ("src/ui.rs", "pub fn format() {}\n"),
    ];
    let files: Files = kept
        .iter()
        .chain(changes)
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let tables = table::read(TABLE).expect("a table");
    let tree = Tree::read(&files, &tables[0].root).expect("sources");
    offences(&tables[0], &tree)
}

/// The only offence.
fn only(changes: &[(&str, &str)]) -> String {
    let all = found(changes);
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

#[test]
fn a_page_that_keeps_the_rules_is_clean() {
    assert_eq!(found(&[]), Vec::<String>::new());
}

#[test]
fn an_arrow_upwards() {
    let said = only(&[(
        "src/ui.rs",
        "pub fn format() {}\nfn up() { crate::runs::list::all() }\n",
    )]);
    assert!(
        said.starts_with("src/ui.rs:2: room `ui` uses `crate::runs::list::all` of room `runs`"),
        "{said}"
    );
}

#[test]
fn an_arrow_to_a_room_beside() {
    let said = only(&[(
        "src/runs/list.rs",
        "\nuse crate::masks::model::{\n    Mask,\n};\npub struct List;\n",
    )]);
    assert!(
        said.starts_with("src/runs/list.rs:3: room `runs` uses `crate::masks::model::Mask`"),
        "{said}"
    );
}

#[test]
fn a_circle_of_rooms() {
    let all = found(&[(
        "src/ui.rs",
        "use crate::masks::model::Mask;\npub fn format() {}\n",
    )]);
    assert_eq!(all.len(), 3, "{all:#?}");
    assert_eq!(
        all[0],
        "circle of files: src/masks/model.rs → src/ui.rs (src/masks/model.rs:1), src/ui.rs → src/masks/model.rs (src/ui.rs:1)"
    );
    assert_eq!(
        all[1],
        "circle of rooms: masks → ui (src/masks/model.rs:1), ui → masks (src/ui.rs:1)"
    );
}

#[test]
fn a_circle_of_files_in_one_room() {
    let said = only(&[
        (
            "src/runs/mod.rs",
            "pub mod list;\npub mod view;\npub use list::List;\npub struct Run;\n",
        ),
        ("src/runs/list.rs", "use super::Run;\npub struct List;\n"),
    ]);
    assert_eq!(
        said,
        "circle of files: src/runs/list.rs → src/runs/mod.rs (src/runs/list.rs:1), \
         src/runs/mod.rs → src/runs/list.rs (src/runs/mod.rs:3)"
    );
}

#[test]
fn a_model_that_uses_leptos() {
    let said = only(&[(
        "src/masks/model.rs",
        "pub struct Mask;\nuse leptos::prelude::*;\n",
    )]);
    assert!(
        said.starts_with("src/masks/model.rs:2: a `model` uses `leptos::prelude::*`"),
        "{said}"
    );
    let said = only(&[(
        "src/masks/model.rs",
        "pub struct Mask;\nfn f() { g!(web_sys::window()) }\n",
    )]);
    assert!(
        said.starts_with("src/masks/model.rs:2: a `model` uses `web_sys::window`"),
        "{said}"
    );
}

#[test]
fn a_model_that_uses_its_state() {
    let said = only(&[
        (
            "src/masks/model.rs",
            "use crate::masks::state;\npub struct Mask;\n",
        ),
        ("src/masks/state.rs", ""),
    ]);
    assert!(
        said.starts_with("src/masks/model.rs:1: `model` of room `masks` uses its `state`"),
        "{said}"
    );
}

#[test]
fn a_view_of_another_room() {
    let high = TABLE.replace(
        "masks · runs   features",
        "masks          a feature\nruns           a feature",
    );
    assert_ne!(high, TABLE);
    let files = [
        ("src/main.rs", "mod app;\nmod masks;\nmod runs;\nmod ui;\n"),
        ("src/app.rs", ""),
        ("src/ui.rs", ""),
        ("src/masks.rs", "use crate::runs::view::Row;\n"),
        ("src/runs.rs", "pub mod view { pub struct Row; }\n"),
    ];
    let files: Files = files
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let table = table::read(&high).expect("a table").remove(0);
    let all = offences(&table, &Tree::read(&files, &table.root).expect("sources"));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(
        all[0].starts_with(
            "src/masks.rs:1: room `masks` uses `crate::runs::view::Row`, a view of room `runs`"
        ),
        "{all:#?}"
    );
}

#[test]
fn rooms_that_one_side_lacks() {
    let said = only(&[
        (
            "src/main.rs",
            "mod app;\nmod masks;\nmod new;\nmod runs;\nmod ui;\n",
        ),
        ("src/new.rs", ""),
    ]);
    assert!(
        said.starts_with("src/new.rs:1: room `new` is in no line of the table"),
        "{said}"
    );
    let said = only(&[
        ("src/main.rs", "mod app;\nmod masks;\nmod ui;\n"),
        ("src/app.rs", "use crate::masks::view::Panel;\n"),
    ]);
    assert!(
        said.starts_with("ARCHITECTURE.md: the table of rooms `page` names `runs`"),
        "{said}"
    );
}

#[test]
fn what_tests_use_does_not_count() {
    let tests = "pub fn format() {}\n#[cfg(test)]\nmod tests { use crate::runs::list; }\n#[cfg(test)]\nfn t() { crate::runs::list::all() }\n";
    assert_eq!(found(&[("src/ui.rs", tests)]), Vec::<String>::new());
}

#[test]
fn long_files_and_exceptions_that_are_not_needed() {
    let files: Files = [
        (String::from("long.rs"), "\n".repeat(401)),
        (String::from("short.rs"), String::new()),
    ]
    .into();
    let found = size::offences(&files, &[("short.rs", "none"), ("gone.rs", "none")]);
    assert_eq!(
        found,
        [
            "long.rs:400: 401 lines, more than 400: split it by concept",
            "short.rs: no longer needs its exception in tests/architecture/size.rs",
            "gone.rs: an exception for a file that is gone",
        ]
    );
}
