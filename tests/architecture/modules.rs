//! The modules of a crate: which file each lies in, what it defines and what it refers to. Whatever
//! is compiled for tests alone is left out.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use syn::visit::Visit;

use crate::references::{Collected, Collector, Reference, is_for_tests};
use crate::sources::Files;

/// The path of a module; empty for the crate's root.
pub(crate) type ModulePath = Vec<String>;

/// One module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The file that it lies in.
    pub(crate) file: String,
    /// Names of its modules.
    pub(crate) children: BTreeSet<String>,
    /// What it refers to.
    pub(crate) references: Vec<Reference>,
}

/// All modules of a crate by their paths.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The modules.
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

/// The folder of a file.
fn parent(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The file that `#[path = "…"]` names, as seen from the file that it stands in.
fn path_attribute(file: &str, attributes: &[syn::Attribute]) -> Option<String> {
    let named = attributes.iter().find_map(|attribute| {
        let pair = attribute.meta.require_name_value().ok()?;
        match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) if pair.path.is_ident("path") => Some(text.value()),
            _ => None,
        }
    })?;
    let mut parts: Vec<&str> = parent(file).split('/').collect();
    for part in named.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

impl Tree {
    /// Follows the `mod` declarations from a root file on.
    ///
    /// # Errors
    /// A file that is not there or is not Rust.
    pub(crate) fn read(files: &Files, root: &str) -> Result<Self> {
        let mut tree = Self::default();
        tree.add_file(files, Vec::new(), root, parent(root))?;
        Ok(tree)
    }

    /// Adds the module that is a whole file. The files of its children lie in `folder`.
    fn add_file(
        &mut self,
        files: &Files,
        path: ModulePath,
        file: &str,
        folder: &str,
    ) -> Result<()> {
        let text = files.get(file).with_context(|| format!("no file {file}"))?;
        let parsed = syn::parse_file(text).with_context(|| format!("{file} is not Rust"))?;
        self.add_items(files, path, file, folder, &parsed.items)
    }

    fn add_items(
        &mut self,
        files: &Files,
        path: ModulePath,
        file: &str,
        folder: &str,
        items: &[syn::Item],
    ) -> Result<()> {
        let mut collector = Collector::default();
        let mut children = BTreeSet::new();
        for item in items {
            let syn::Item::Mod(module) = item else {
                collector.visit_item(item);
                continue;
            };
            if is_for_tests(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let child: ModulePath = path.iter().cloned().chain([name.clone()]).collect();
            let within = format!("{folder}/{name}");
            match &module.content {
                Some((_, items)) => self.add_items(files, child, file, &within, items)?,
                None => {
                    let named = path_attribute(file, &module.attrs);
                    let within = named.as_deref().map_or(&*within, parent);
                    let usual = [format!("{within}.rs"), format!("{within}/mod.rs")];
                    let mut candidates = named.clone().into_iter().chain(usual);
                    let found = candidates.find(|file| files.contains_key(file));
                    let found =
                        found.with_context(|| format!("{file}: no file of module {name}"))?;
                    self.add_file(files, child, &found, within)?;
                }
            }
            children.insert(name);
        }
        let Collected { references } = collector.collected;
        let module = Module {
            file: file.to_owned(),
            children,
            references,
        };
        self.modules.insert(path, module);
        Ok(())
    }

    /// The module that defines what a path names, as seen from `from`; `None` for what is not of
    /// this crate. Re-exports are followed.
    pub(crate) fn target(&self, from: &[String], path: &[String]) -> Option<ModulePath> {
        self.walk(from, path, 0)
    }

    fn walk(&self, from: &[String], path: &[String], depth: u32) -> Option<ModulePath> {
        let (mut here, mut rest) = self.start(from, path)?;
        while let Some((name, further)) = rest.split_first() {
            let module = self.modules.get(&here)?;
            if module.children.contains(name) {
                here.push(name.clone());
                rest = further;
                continue;
            }
            // Re-exports that lead in a ring would not compile; the bound is for broken sources.
            let exported = module
                .references
                .iter()
                .filter(|it| it.exported && depth < 16);
            for reference in exported {
                let (target, glob) = match reference.path.split_last() {
                    Some((last, parent)) if last == "*" => (parent, true),
                    _ => (&reference.path[..], false),
                };
                if !glob && reference.name.as_deref() != Some(name) {
                    continue;
                }
                let full: Vec<String> = if glob {
                    target.iter().chain(rest).cloned().collect()
                } else {
                    target.iter().chain(further).cloned().collect()
                };
                if let Some(found) = self.walk(&here, &full, depth + 1)
                    && (!glob || found.as_slice() != here)
                {
                    return Some(found);
                }
            }
            return Some(here);
        }
        Some(here)
    }

    /// The module in which a path begins, and what is left of the path.
    fn start<'a>(&self, from: &[String], path: &'a [String]) -> Option<(ModulePath, &'a [String])> {
        let (first, mut rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some((Vec::new(), rest)),
            "self" => Some((from.to_vec(), rest)),
            "super" => {
                let mut here = from.to_vec();
                here.pop()?;
                while let Some((next, further)) =
                    rest.split_first().filter(|(it, _)| *it == "super")
                {
                    debug_assert_eq!(next, "super");
                    here.pop()?;
                    rest = further;
                }
                Some((here, rest))
            }
            name if self.modules.get(from)?.children.contains(name) => Some((from.to_vec(), path)),
            _ => None,
        }
    }
}
