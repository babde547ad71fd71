//! Whether images can be trained on, and if not, what is missing.

use crate::images::model::{ImageClass, UserImage};

/// What keeps the images from being trained on, in one sentence.
pub(crate) fn problem(classes: &[ImageClass], held_out: Option<&str>) -> Option<String> {
    let filled: Vec<&ImageClass> = classes.iter().filter(|c| !c.images.is_empty()).collect();
    if let Some(class) = filled.iter().find(|class| class.name.trim().is_empty()) {
        return Some(plural!("board.nameless", class.images.len()));
    }
    for (i, class) in filled.iter().enumerate() {
        let same = |other: &&ImageClass| other.name.trim() == class.name.trim();
        if filled[..i].iter().any(same) {
            return Some(text!("board.twins", name = class.name.trim()));
        }
    }
    let count = |class: &ImageClass| outside(class, held_out).count();
    if filled.len() < 2 {
        let problem = match filled.len() {
            0 => text!("board.no-class"),
            _ => text!("board.one-class"),
        };
        return Some(problem.to_owned());
    }
    let marked = |class: &&&ImageClass| {
        count(class) > 0 && outside(class, held_out).all(UserImage::test_only)
    };
    if let Some(class) = filled.iter().find(marked) {
        let name = class.name.trim();
        return Some(match held_out {
            Some(domain) => text!("board.marked-outside", name = name, domain = domain),
            None => text!("board.marked", name = name),
        });
    }
    let short = filled.iter().find(|class| count(class) < 2)?;
    Some(match held_out {
        Some(domain) => plural!(
            "board.short-outside",
            count(short),
            name = short.name.trim(),
            domain = domain,
        ),
        None => plural!("board.short", short.images.len(), name = short.name.trim()),
    })
}

/// The images of a class that are not held out.
fn outside<'a>(
    class: &'a ImageClass,
    held_out: Option<&str>,
) -> impl Iterator<Item = &'a UserImage> {
    let images = class.images.iter();
    images.filter(move |image| held_out != Some(image.domain_name()))
}

#[cfg(test)]
mod tests {
    use rsc_core::image_layout::Part;

    use super::*;

    fn class(name: &str, domains: &[&str]) -> ImageClass {
        crate::images::model::class(0, name, 0, domains)
    }

    fn said(classes: &[ImageClass], held_out: Option<&str>, part: &str) -> bool {
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
    fn a_class_needs_an_image_to_train_on() {
        let mut classes = [class("cat", &["a", "a", "b"]), class("dog", &["a", "a"])];
        classes[0].images[0].part = Part::Test;
        assert_eq!(problem(&classes, None), None);
        classes[0].images[1].part = Part::Test;
        assert_eq!(problem(&classes, None), None, "one is left");
        assert!(said(&classes, Some("b"), "outside the held-out domain “b”"));
        classes[0].images[2].part = Part::Test;
        assert!(said(&classes, None, "“cat” are for testing only"));
        // One to train on and one to test on are enough.
        let mut least = [class("cat", &["", ""]), class("dog", &["", ""])];
        least[0].images[1].part = Part::Test;
        assert_eq!(problem(&least, None), None);
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
