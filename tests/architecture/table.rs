//! The tables of rooms in ARCHITECTURE.md. Each is a fenced block that begins with
//! ` ```rooms NAME ROOT [features]`; each of its lines is a floor, the top one first:
//! names with ` · ` between them, two spaces or more, a description.

use anyhow::{Context, Result, ensure};

/// Which rooms a crate has, and which may use which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// What it is called.
    pub(crate) name: String,
    /// The crate's root file, as a path within the checkout.
    pub(crate) root: String,
    /// Whether rooms are divided into `model`, `state`, `widgets` and `view`.
    pub(crate) features: bool,
    /// The floors, top first. A room may use the rooms of the floors below its own.
    pub(crate) floors: Vec<Vec<String>>,
}

impl Table {
    /// The floor of a room, counted from the top.
    pub(crate) fn floor(&self, room: &str) -> Option<usize> {
        let here = |floor: &Vec<String>| floor.iter().any(|name| name == room);
        self.floors.iter().position(here)
    }
}

/// Reads all tables of a text.
///
/// # Errors
/// A table without a name, a root or a floor, and a room that stands in it twice.
pub(crate) fn read(text: &str) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix("```rooms ") else {
            continue;
        };
        let mut words = head.split_whitespace();
        let mut table = Table {
            name: words.next().context("a table of rooms has no name")?.into(),
            root: words
                .next()
                .context("a table of rooms has no root file")?
                .into(),
            features: words.next() == Some("features"),
            floors: Vec::new(),
        };
        for line in lines.by_ref().take_while(|line| *line != "```") {
            let names = line.split("  ").next().unwrap_or_default();
            let names: Vec<String> = names.split(" · ").map(|it| it.trim().to_owned()).collect();
            for name in &names {
                let twice = table.floor(name).is_some();
                ensure!(!twice, "{}: room `{name}` stands there twice", table.name);
            }
            table.floors.push(names);
        }
        ensure!(!table.floors.is_empty(), "{}: no floors", table.name);
        tables.push(table);
    }
    Ok(tables)
}
