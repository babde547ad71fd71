//! How right and how sure answers are: accuracies with intervals, confusion, calibration, loss.

use rsc_core::{data::Item, trainer::Answers};
use serde::Serialize;

use crate::statistics::wilson_95;

/// Bins of the calibration error, as many as in Guo et al. 2017.
pub(crate) const BINS: usize = 15;

/// How many of some images are classified rightly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Score {
    /// Number of images.
    pub(crate) n: usize,
    /// Images classified rightly.
    pub(crate) correct: usize,
    /// `correct / n` as 32-bit float, as evaluations in training have it; none without images.
    pub(crate) accuracy: Option<f32>,
    /// 95 % interval of the accuracy: Wilson's score interval.
    pub(crate) interval_95: Option<[f64; 2]>,
}

impl Score {
    fn of(correct: usize, n: usize) -> Self {
        Self {
            n,
            correct,
            accuracy: (n > 0).then(|| (correct as f64 / n as f64) as f32),
            interval_95: wilson_95(correct, n),
        }
    }
}

/// The images of a domain or a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Part {
    /// Name of the domain or the class.
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) score: Score,
    /// Mean cross-entropy; none of a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cross_entropy: Option<f32>,
}

/// Domains that are judged together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Section {
    /// What they have in common: `same domain`, `new domain`, `images`.
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) score: Score,
    /// Mean cross-entropy; none without images.
    pub(crate) cross_entropy: Option<f32>,
    /// [`calibration_error`].
    pub(crate) calibration_error: Option<f64>,
    pub(crate) domains: Vec<Part>,
    pub(crate) classes: Vec<Part>,
    /// Counts of images by true class (rows) and predicted class (columns).
    pub(crate) confusion: Vec<Vec<usize>>,
}

/// A domain with its images and the answers to them.
pub(crate) struct Answered<'a> {
    pub(crate) domain: &'a str,
    pub(crate) items: &'a [Item],
    pub(crate) answers: Answers,
}

impl Answered<'_> {
    fn correct(&self) -> usize {
        let pairs = self.items.iter().zip(&self.answers.classes);
        pairs.filter(|(item, class)| item.label == **class).count()
    }
}

impl Section {
    /// Judges the answers to the images of some domains.
    pub(crate) fn of(name: &str, classes: &[String], domains: &[Answered<'_>]) -> Self {
        let mean = |loss: f64, n: usize| (n > 0).then(|| (loss / n as f64) as f32);
        let parts = domains.iter().map(|it| Part {
            name: it.domain.to_owned(),
            score: Score::of(it.correct(), it.items.len()),
            cross_entropy: mean(it.answers.loss, it.items.len()),
        });
        let mut confusion = vec![vec![0; classes.len()]; classes.len()];
        let mut judged = Vec::new();
        for it in domains {
            let answers = it.answers.classes.iter().zip(&it.answers.probabilities);
            for (item, (&class, probabilities)) in it.items.iter().zip(answers) {
                confusion[item.label][class] += 1;
                judged.push((probabilities[class], class == item.label));
            }
        }
        let of_classes = classes.iter().enumerate().map(|(label, class)| Part {
            name: class.clone(),
            score: Score::of(confusion[label][label], confusion[label].iter().sum()),
            cross_entropy: None,
        });
        let n = judged.len();
        let loss = domains.iter().map(|it| it.answers.loss).sum();
        Self {
            name: name.to_owned(),
            score: Score::of(domains.iter().map(Answered::correct).sum(), n),
            cross_entropy: mean(loss, n),
            calibration_error: calibration_error(&judged),
            domains: parts.collect(),
            classes: of_classes.collect(),
            confusion,
        }
    }
}

/// The expected calibration error of answers, each with the probability of the class that it gives and
/// whether that is right (Guo et al. 2017, "On calibration of modern neural networks", equation 3). With
/// `B_m` the answers whose probability lies in `((m − 1)/M, m/M]`, of `M` = [`BINS`]:
/// `Σ_m |B_m|/n · |acc(B_m) − conf(B_m)|`, where `acc` is the fraction that is right and `conf` the mean
/// probability. `None` without answers.
pub(crate) fn calibration_error(answers: &[(f32, bool)]) -> Option<f64> {
    let mut bins = [(0.0, 0.0); BINS];
    for &(probability, right) in answers {
        let probability = f64::from(probability);
        let bin = (probability * BINS as f64).ceil() as usize;
        let (sum, correct) = &mut bins[bin.clamp(1, BINS) - 1];
        *sum += probability;
        *correct += f64::from(u8::from(right));
    }
    // |B_m| · |acc − conf| is the difference of the sums.
    let error: f64 = bins
        .iter()
        .map(|(sum, correct)| (correct - sum).abs())
        .sum();
    (!answers.is_empty()).then(|| error / answers.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_is_that_of_a_hand_computed_case() {
        // In the bin of 14/15 to 1, two answers of 0.95 of which one is right: 2/5 · |0.5 − 0.95| = 0.18.
        // In that of 8/15 to 9/15, 0.55 and 0.58, both right: 2/5 · |1 − 0.565| = 0.174.
        // In that of 4/15 to 5/15, 0.3, wrong: 1/5 · |0 − 0.3| = 0.06.
        let answers = [
            (0.95, true),
            (0.55, true),
            (0.95, false),
            (0.58, true),
            (0.3, false),
        ];
        let error = calibration_error(&answers).unwrap();
        assert!((error - 0.414).abs() < 1e-7, "{error}");

        assert_eq!(calibration_error(&[(1.0, true); 3]), Some(0.0));
        assert_eq!(calibration_error(&[(1.0, false)]), Some(1.0));
        assert_eq!(calibration_error(&[(0.0, true)]), Some(1.0));
        // Both in the bin of 7/15 to 8/15: |1 − (0.5 + edge)| / 2.
        let edge = (8.0 / 15.0_f64) as f32 - 1e-6;
        let error = calibration_error(&[(0.5, true), (edge, false)]).unwrap();
        assert!((error - (1.0 - 0.5 - f64::from(edge)).abs() / 2.0).abs() < 1e-9);
        assert_eq!(calibration_error(&[]), None);
    }

    #[test]
    fn a_section_counts_domains_and_classes() {
        let item = |label| Item {
            name: String::new(),
            label,
            pixels: Vec::new().into(),
        };
        let answers = |classes: &[usize], loss| Answers {
            probabilities: classes
                .iter()
                .map(|&class| {
                    if class == 0 {
                        vec![0.75, 0.25]
                    } else {
                        vec![0.25, 0.75]
                    }
                })
                .collect(),
            classes: classes.to_vec(),
            loss,
        };
        let items = [[item(0), item(0)], [item(1), item(0)]];
        let domains = [
            Answered {
                domain: "photo",
                items: &items[0],
                answers: answers(&[0, 1], 1.0),
            },
            Answered {
                domain: "sketch",
                items: &items[1],
                answers: answers(&[1, 0], 0.5),
            },
        ];
        let classes = ["cat".to_owned(), "dog".to_owned()];
        let section = Section::of("all", &classes, &domains);
        assert_eq!((section.score.correct, section.score.n), (3, 4));
        assert_eq!(section.score.accuracy, Some(0.75));
        assert_eq!(section.cross_entropy, Some(0.375));
        // All at 0.75 of which three of four are right.
        assert_eq!(section.calibration_error, Some(0.0));
        assert_eq!(section.confusion, [[2, 1], [0, 1]]);
        assert_eq!(section.domains[0].score.accuracy, Some(0.5));
        assert_eq!(section.domains[1].cross_entropy, Some(0.25));
        assert_eq!(section.classes[0].score.n, 3);
        assert_eq!(section.classes[1].score.accuracy, Some(1.0));
        let none = Section::of("none", &classes, &[]);
        assert_eq!((none.score.accuracy, none.calibration_error), (None, None));
    }
}
