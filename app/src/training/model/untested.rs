//! Classes that an accuracy says nothing about, since none of their images is tested on.

use rsc_core::protocol::RunInfo;

/// The classes of a run without a test image in the held-out domains, or in all others; none where there are no
/// such domains. `labels` are the classes of all test images, domain after domain.
pub(crate) fn untested(info: &RunInfo, labels: &[u16], held_out: bool) -> Vec<String> {
    let mut tested = vec![false; info.classes.len()];
    let (mut start, mut there) = (0, false);
    for domain in &info.domains {
        let end = start + domain.test;
        if domain.held_out == held_out {
            // Without labels there is nothing to say.
            let Some(of_domain) = labels.get(start..end) else {
                return Vec::new();
            };
            there |= !of_domain.is_empty();
            for &label in of_domain {
                if let Some(tested) = tested.get_mut(usize::from(label)) {
                    *tested = true;
                }
            }
        }
        start = end;
    }
    if !there {
        return Vec::new();
    }
    let classes = info.classes.iter().zip(tested);
    let missing = classes.filter(|(_, tested)| !tested);
    missing.map(|(class, _)| class.clone()).collect()
}

#[cfg(test)]
mod tests {
    use rsc_core::protocol::DomainInfo;

    use super::*;

    #[test]
    fn classes_without_test_images_are_found() {
        let domain = |name: &str, held_out, test| DomainInfo {
            name: name.to_owned(),
            held_out,
            train: 9,
            test,
        };
        let info = RunInfo {
            classes: ["cat", "cow", "dog"].map(String::from).into(),
            domains: vec![domain("photo", false, 3), domain("sketch", true, 2)],
            arms: Vec::new(),
            image_size: 16,
            features: [1, 1, 1],
            parameters: 1,
            steps_per_epoch: 1,
            total_steps: 1,
        };
        let labels = [0, 1, 2, 0, 0];
        assert_eq!(untested(&info, &labels, true), ["cow", "dog"]);
        assert_eq!(untested(&info, &labels, false), [""; 0]);
        assert_eq!(untested(&info, &[], true), [""; 0]);
        let mut alone = info.clone();
        alone.domains.pop();
        assert_eq!(untested(&alone, &labels, true), [""; 0]);
    }
}
