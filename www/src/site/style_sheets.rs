//! What holds of the style sheets: they follow the direction of the language.

use crate::files::read_tree;
use crate::workspace::Workspace;

/// Properties of the left or the right side. Each has one for the side where lines begin or end.
const PHYSICAL: &[&str] = &[
    "left",
    "right",
    "margin-left",
    "margin-right",
    "padding-left",
    "padding-right",
    "border-left",
    "border-right",
];

/// Rules in which the sides are meant: a chart's axis begins at the left in every language.
const MEANT: &[&str] = &[".cross-hair"];

/// The declarations of a style sheet that fix a side, each with its rule.
fn fixed_sides(sheet: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rule in sheet.split('}') {
        let Some((selector, body)) = rule.rsplit_once('{') else {
            continue;
        };
        if MEANT.iter().any(|meant| selector.contains(meant)) {
            continue;
        }
        for declaration in body.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let aligned = name == "text-align" && ["left", "right"].contains(&value);
            let sides: Vec<&str> = value.split(' ').collect();
            let uneven = ["margin", "padding"].contains(&name)
                && !value.contains('(')
                && sides.len() == 4
                && sides[1] != sides[3];
            if PHYSICAL.contains(&name) || aligned || uneven {
                let selector = selector
                    .rsplit(['{', '\n'])
                    .next()
                    .unwrap_or_default()
                    .trim();
                found.push(format!("{selector} {{ {name}: {value} }}"));
            }
        }
    }
    found
}

#[test]
fn no_style_sheet_fixes_a_side() {
    let workspace = Workspace::find().expect("this is a workspace");
    let files = read_tree(&workspace.site_sources()).expect("the static files are there");
    let mut seen = 0;
    for (name, bytes) in files {
        if !name.ends_with(".css") {
            continue;
        }
        seen += 1;
        let sheet = String::from_utf8(bytes).expect("it is text");
        let fixed = fixed_sides(&sheet);
        assert!(
            fixed.is_empty(),
            "www/site/{name} fixes left or right; write start or end (margin-inline-start, \
             inset-inline-end, text-align: start): {fixed:#?}"
        );
    }
    assert!(seen > 10, "{seen} style sheets");
}

#[test]
fn fixed_sides_are_found() {
    let sheet = ".a { margin-left: 1px; color: red; }\n\
                 .cross-hair span { left: 5px; }\n\
                 @media (min-width: 1px) { .b { text-align: right; } .c { padding: 1px 2px 3px 4px; } }\n\
                 .d { inset-inline-start: 0; padding: 1px 2px; text-align: center; }";
    let found = fixed_sides(sheet);
    let expected = [
        ".a { margin-left: 1px }",
        ".b { text-align: right }",
        ".c { padding: 1px 2px 3px 4px }",
    ];
    assert_eq!(found, expected);
}
