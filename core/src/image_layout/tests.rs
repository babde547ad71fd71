//! Which folders are taken for what.

use super::*;

fn folders(paths: &[&str]) -> Vec<Vec<String>> {
    let names = |path: &&str| {
        let parts = path.split('/').filter(|name| !name.is_empty());
        parts.map(str::to_owned).collect()
    };
    paths.iter().map(names).collect()
}

fn arranged(paths: &[&str]) -> Layout {
    arrange(&folders(paths), SplitFolders::Splits).unwrap_or_default()
}

fn place(domain: &str, class: &str, part: Part) -> Result<Place, Misplaced> {
    Ok(Place {
        domain: domain.into(),
        class: class.into(),
        part,
    })
}

#[test]
fn classes_and_domains() {
    let layout = arranged(&["dog", "cat"]);
    assert_eq!(
        layout.places,
        [place("", "dog", Part::Any), place("", "cat", Part::Any)]
    );
    let layout = arranged(&["photo/dog", "sketch/cat"]);
    assert_eq!(layout.places[1], place("sketch", "cat", Part::Any));
    assert_eq!(layout.remarks, []);
}

#[test]
fn a_layer_with_one_name_is_passed_over() {
    let layout = arranged(&["amazon/images/mug", "dslr/images/pen"]);
    assert_eq!(layout.places[0], place("amazon", "mug", Part::Any));
    assert_eq!(layout.remarks, [Remark::PassedOver("images".into())]);
    let layout = arranged(&["office/amazon/images/mug", "office/dslr/images/pen"]);
    assert_eq!(layout.places[1], place("dslr", "pen", Part::Any));
    assert_eq!(layout.remarks.len(), 2);
}

#[test]
fn splits_are_no_domains_unless_wanted() {
    let paths = ["train/dog", "val/dog", "test/cat"];
    let layout = arranged(&paths);
    assert_eq!(layout.places[0], place("", "dog", Part::Train));
    assert_eq!(layout.places[2], place("", "cat", Part::Test));
    let names = ["test", "train", "val"].map(String::from);
    assert_eq!(layout.remarks, [Remark::TakenAsSplits(names.into())]);
    let domains = arrange(&folders(&paths), SplitFolders::Domains);
    let domains = domains.unwrap_or_default();
    assert_eq!(domains.places[1], place("val", "dog", Part::Any));
    let nested = arranged(&["photo/Train/dog", "sketch/test/dog"]);
    assert_eq!(nested.places[0], place("photo", "dog", Part::Train));
    let below = arranged(&["dog/train", "dog/test", "cat/train", "cat/test"]);
    assert_eq!(below.places[1], place("", "dog", Part::Test));
    // Classes may be called anything.
    let classes = arranged(&["photo/train", "photo/test"]);
    assert_eq!(classes.places[0], place("photo", "train", Part::Any));
    let alone = arranged(&["train", "test"]);
    assert_eq!(alone.places[0], place("", "train", Part::Any));
}

#[test]
fn strays_are_left_out_by_majority() {
    let layout = arranged(&["photo/dog", "photo/cat", "photo", ""]);
    assert_eq!(layout.places[2], Err(Misplaced::AboveClasses));
    assert_eq!(layout.places[3], Err(Misplaced::InNoFolder));
    let mut many = vec!["photo/dog"; 30];
    many.push("photo/dog/thumbs");
    assert_eq!(arranged(&many).places[30], Err(Misplaced::BelowClasses));
    let some = arrange(&folders(&["dog", "cat", "cat/old"]), SplitFolders::Splits);
    assert_eq!(some, Err(LayoutError::DifferentDepths(0, 2)));
    let even = arrange(&folders(&["dog", "photo/dog"]), SplitFolders::Splits);
    assert_eq!(even, Err(LayoutError::DifferentDepths(0, 1)));
    let deep = arrange(&folders(&["a/b/c", "d/e/f"]), SplitFolders::Splits);
    assert_eq!(deep, Err(LayoutError::TooDeep(0)));
}

#[test]
fn spellings_of_a_class_in_different_domains_are_one() {
    let layout = arranged(&["photo/Dog", "photo/Dog", "sketch/dog", "sketch/cat"]);
    assert_eq!(layout.places[2], place("sketch", "Dog", Part::Any));
    let names = ["Dog", "dog"].map(String::from);
    assert_eq!(layout.remarks, [Remark::OneClass(names.into())]);
    // Where one domain has both, somebody means two classes.
    let apart = arranged(&["photo/Polish", "photo/polish", "sketch/polish"]);
    assert_eq!(apart.places[0], place("photo", "Polish", Part::Any));
    assert_eq!(apart.remarks, []);
    // Or where somebody says so.
    let paths = folders(&["photo/Dog", "sketch/dog"]);
    let apart = arrange_with(&paths, SplitFolders::Splits, Spellings::Apart);
    let apart = apart.unwrap_or_default();
    assert_eq!(apart.places[1], place("sketch", "dog", Part::Any));
    assert_eq!(apart.remarks, []);
}

#[test]
fn a_class_is_found_by_its_name_in_any_letters() {
    let classes = ["Dog", "polish", "Polish"].map(String::from);
    assert_eq!(class_called(&classes, "dog"), Some((0, "Dog")));
    assert_eq!(class_called(&classes, "Polish"), Some((2, "Polish")));
    assert_eq!(class_called(&classes, "POLISH"), None);
    assert_eq!(class_called(&classes, "cat"), None);
}
