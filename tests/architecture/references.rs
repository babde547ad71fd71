//! What a piece of source refers to: every path of a `use`, of an expression, a type or a pattern, and
//! those within macros.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, UseTree};

/// A path in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its parts; the last one is `*` for all of a module.
    pub(crate) path: Vec<String>,
    /// Under which name it is known from here on, if it is a `use`.
    pub(crate) name: Option<String>,
    /// Whether others see it here: a `pub use`.
    pub(crate) exported: bool,
    /// The line that it stands in.
    pub(crate) line: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// All paths.
    pub(crate) references: Vec<Reference>,
}

/// Collects the paths of items, but for those that only tests have.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    /// What was found so far.
    pub(crate) collected: Collected,
}

/// Whether an item is compiled for tests alone.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let cfg = attribute.path().is_ident("cfg");
        let list = attribute.meta.require_list().ok().filter(|_| cfg);
        list.is_some_and(|list| list.tokens.to_string() == "test")
    })
}

fn attributes(item: &syn::Item) -> &[Attribute] {
    match item {
        syn::Item::Const(it) => &it.attrs,
        syn::Item::Enum(it) => &it.attrs,
        syn::Item::Fn(it) => &it.attrs,
        syn::Item::Impl(it) => &it.attrs,
        syn::Item::Macro(it) => &it.attrs,
        syn::Item::Mod(it) => &it.attrs,
        syn::Item::Static(it) => &it.attrs,
        syn::Item::Struct(it) => &it.attrs,
        syn::Item::Trait(it) => &it.attrs,
        syn::Item::Type(it) => &it.attrs,
        syn::Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

impl Collector {
    fn add(&mut self, path: Vec<String>, line: usize) {
        self.collected.references.push(Reference {
            path,
            name: None,
            exported: false,
            line,
        });
    }

    fn add_use(&mut self, tree: &UseTree, before: &[String], exported: bool) {
        let with = |name: &syn::Ident| -> Vec<String> {
            before.iter().cloned().chain([name.to_string()]).collect()
        };
        let (mut path, name, line) = match tree {
            UseTree::Path(path) => return self.add_use(&path.tree, &with(&path.ident), exported),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before, exported);
                }
                return;
            }
            UseTree::Name(name) => {
                let line = name.ident.span().start().line;
                (with(&name.ident), name.ident.to_string(), line)
            }
            UseTree::Rename(rename) => {
                let line = rename.ident.span().start().line;
                (with(&rename.ident), rename.rename.to_string(), line)
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                let path = before.iter().cloned().chain([String::from("*")]);
                (path.collect(), String::from("*"), line)
            }
        };
        let mut name = name;
        if name == "self" && path.len() > 1 {
            path.pop();
            name = path.last().cloned().unwrap_or_default();
        }
        self.collected.references.push(Reference {
            path,
            name: Some(name),
            exported,
            line,
        });
    }

    /// The paths among a macro's tokens: names with `::` between them.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.finish(&mut path, line);
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.finish(&mut path, line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.finish(&mut path, line);
    }

    fn finish(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.add(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        self.add_use(&item.tree, &[], exported);
    }

    /// The path of `pub(in crate::room)` says who may see an item, not what it uses.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let parts = path.segments.iter().map(|it| it.ident.to_string());
            let line = path.segments[0].ident.span().start().line;
            self.add(parts.collect(), line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        self.add_tokens(it.tokens.clone());
        visit::visit_macro(self, it);
    }
}
