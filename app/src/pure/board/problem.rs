//! Whether images can be trained on, and if not, what is missing.

use super::OwnClass;
use crate::pure::format;

/// What keeps the images from being trained on, in one sentence.
pub(crate) fn problem(classes: &[OwnClass], held_out: Option<&str>) -> Option<String> {
    let filled: Vec<&OwnClass> = classes.iter().filter(|c| !c.images.is_empty()).collect();
    if let Some(class) = filled.iter().find(|class| class.name.trim().is_empty()) {
        return Some(format!(
            "A class with {} has no name. Give it one first.",
            format::count(class.images.len(), "image", "images")
        ));
    }
    for (i, class) in filled.iter().enumerate() {
        let same = |other: &&OwnClass| other.name.trim() == class.name.trim();
        if filled[..i].iter().any(same) {
            return Some(format!(
                "Two classes are called “{}”. Rename one of them first.",
                class.name.trim()
            ));
        }
    }
    let trained = |class: &OwnClass| {
        let known = class
            .images
            .iter()
            .filter(|image| held_out != Some(image.domain_name()));
        known.count()
    };
    if filled.len() < 2 {
        return Some(format!(
            "Training needs at least 2 classes with 2 images each; there {} so far. Add images to another class.",
            match filled.len() {
                0 => "are no images",
                _ => "is 1 class with images",
            }
        ));
    }
    let short = filled.iter().find(|class| trained(class) < 2)?;
    Some(match held_out {
        Some(domain) => format!(
            "Class “{}” has {} outside the held-out domain “{domain}”; training needs at least 2.",
            short.name.trim(),
            format::count(trained(short), "image", "images"),
        ),
        None => format!(
            "Class “{}” has {}; training needs at least 2 in each class.",
            short.name.trim(),
            format::count(short.images.len(), "image", "images"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, domains: &[&str]) -> OwnClass {
        super::super::class(0, name, 0, domains)
    }

    fn said(classes: &[OwnClass], held_out: Option<&str>, part: &str) -> bool {
        problem(classes, held_out).is_some_and(|text| text.contains(part))
    }

    #[test]
    fn two_classes_of_two_images_are_enough() {
        let classes = [class("cat", &["", ""]), class("dog", &["", ""])];
        assert_eq!(problem(&classes, None), None);
        let with_empty = [classes[0].clone(), class("new", &[]), classes[1].clone()];
        assert_eq!(problem(&with_empty, None), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(said(&[class("cat", &["", ""])], None, "2 classes"));
        assert!(said(&[], None, "no images"));
        let short = [class("cat", &["", ""]), class("dog", &[""])];
        assert!(said(&short, None, "“dog” has 1 image"));
        let twins = [class("cat", &["", ""]), class("cat ", &["", ""])];
        assert!(said(&twins, None, "Two classes"));
        let nameless = [class("cat", &["", ""]), class(" ", &["", ""])];
        assert!(said(&nameless, None, "no name"));
        let held = [class("cat", &["a", "a"]), class("dog", &["a", "b", "b"])];
        assert!(said(&held, Some("b"), "“dog” has 1 image outside"));
        assert_eq!(problem(&held, None), None);
    }
}
