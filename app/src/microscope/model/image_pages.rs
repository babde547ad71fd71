//! Going through the images of a run: which there are, page by page.

use rsc_core::protocol::{ImageRef, RunInfo, Split};

/// Images on a page.
pub(crate) const PAGE: usize = 12;

/// How many images a split of a domain has.
pub(crate) fn count(info: &RunInfo, domain: usize, split: Split) -> usize {
    info.domains.get(domain).map_or(0, |domain| match split {
        Split::Train => domain.train,
        Split::Test => domain.test,
    })
}

/// The same image where the run has it; else the first of the held-out domain's test images.
pub(crate) fn image_in_run(info: &RunInfo, image: ImageRef) -> ImageRef {
    if image.index < count(info, image.domain, image.split) {
        return image;
    }
    let held_out = info.domains.iter().position(|domain| domain.held_out);
    ImageRef {
        domain: held_out.unwrap_or(0),
        split: Split::Test,
        index: 0,
    }
}

/// The first image of another domain, of the same split where it has that one.
pub(crate) fn first_of(info: &RunInfo, domain: usize, split: Split) -> ImageRef {
    let other = match split {
        Split::Train => Split::Test,
        Split::Test => Split::Train,
    };
    let split = if count(info, domain, split) > 0 {
        split
    } else {
        other
    };
    ImageRef {
        domain,
        split,
        index: 0,
    }
}

/// The page that an image is on.
pub(crate) fn page_of(index: usize) -> usize {
    index / PAGE
}

/// How many pages so many images make.
pub(crate) fn pages(count: usize) -> usize {
    count.div_ceil(PAGE)
}

/// The images of a page.
pub(crate) fn on_page(info: &RunInfo, domain: usize, split: Split, page: usize) -> Vec<ImageRef> {
    let all = count(info, domain, split);
    (page * PAGE..((page + 1) * PAGE).min(all))
        .map(|index| ImageRef {
            domain,
            split,
            index,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsc_core::protocol::DomainInfo;

    fn info() -> RunInfo {
        let domain = |held_out, train, test| DomainInfo {
            name: String::new(),
            held_out,
            train,
            test,
        };
        RunInfo {
            classes: Vec::new(),
            domains: vec![domain(false, 30, 5), domain(true, 0, 12)],
            arms: Vec::new(),
            image_size: 8,
            features: [1, 1, 1],
            parameters: 0,
            steps_per_epoch: 1,
            total_steps: 1,
        }
    }

    #[test]
    fn every_image_of_every_domain_and_split_is_on_one_page() {
        let info = info();
        for (domain, split, count) in [
            (0, Split::Train, 30),
            (0, Split::Test, 5),
            (1, Split::Train, 0),
            (1, Split::Test, 12),
        ] {
            let all: Vec<ImageRef> = (0..pages(count))
                .flat_map(|page| on_page(&info, domain, split, page))
                .collect();
            assert_eq!(all.len(), count);
            for (index, image) in all.iter().enumerate() {
                assert_eq!(
                    (image.index, image.domain, image.split),
                    (index, domain, split)
                );
                assert!(on_page(&info, domain, split, page_of(index)).contains(image));
            }
        }
        assert!(on_page(&info, 7, Split::Test, 0).is_empty());
    }

    #[test]
    fn what_a_run_does_not_have_gives_way_to_what_it_has() {
        let info = info();
        let image = |domain, split, index| ImageRef {
            domain,
            split,
            index,
        };
        let there = image(0, Split::Train, 29);
        assert_eq!(image_in_run(&info, there), there);
        let first = image(1, Split::Test, 0);
        for gone in [image(0, Split::Train, 30), image(5, Split::Test, 0)] {
            assert_eq!(image_in_run(&info, gone), first);
        }
        assert_eq!(first_of(&info, 1, Split::Train), first);
        assert_eq!(first_of(&info, 0, Split::Train), image(0, Split::Train, 0));
    }
}
