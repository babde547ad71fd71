//! A short run on two devices, compared.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Losses of the first steps on two devices may differ by so much: rounding.
const EARLY_TOLERANCE: f64 = 1e-3;
/// So many are the first ones.
const EARLY: usize = 10;
/// The losses of later steps on average: rounding grows.
const TOLERANCE: f64 = 2e-2;
/// Accuracies after the last step.
const ACCURACY_TOLERANCE: f64 = 5e-2;

/// What a run wrote of its steps and of its last evaluation.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Course {
    /// The losses of each step, of all arms.
    losses: Vec<Vec<f64>>,
    /// Accuracies, in and out of the training domains, of all arms.
    accuracies: Vec<f64>,
}

impl Course {
    /// Reads `metrics.jsonl`.
    pub(super) fn read(text: &str) -> Self {
        let mut course = Self::default();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let arms = line["arms"].as_object().cloned().unwrap_or_default();
            let of = |key: &str| -> Vec<f64> {
                arms.values().filter_map(|arm| arm[key].as_f64()).collect()
            };
            match line["kind"].as_str() {
                Some("step") => course.losses.push(of("loss")),
                Some("evaluation") => {
                    course.accuracies = of("accuracy_same_domain");
                    course.accuracies.extend(of("accuracy_new_domain"));
                }
                _ => {}
            }
        }
        course
    }
}

/// The largest differences of two courses, with what is tolerated.
pub(super) fn compare(gpu: &Course, cpu: &Course) -> Result<Value> {
    ensure!(
        !gpu.losses.is_empty() && gpu.losses.len() == cpu.losses.len(),
        "{} steps on the GPU, {} on the processor",
        gpu.losses.len(),
        cpu.losses.len()
    );
    let largest = |one: &[f64], other: &[f64]| {
        let differences = one.iter().zip(other).map(|(a, b)| (a - b).abs());
        // NaN must not be lost.
        let worst = |largest: f64, it: f64| {
            if it.is_nan() {
                f64::INFINITY
            } else {
                largest.max(it)
            }
        };
        differences.fold(0.0, worst)
    };
    let each: Vec<f64> = gpu
        .losses
        .iter()
        .zip(&cpu.losses)
        .map(|(gpu, cpu)| largest(gpu, cpu))
        .collect();
    let early = largest(&each[..EARLY.min(each.len())], &[0.0; EARLY]);
    let mean = each.iter().sum::<f64>() / each.len() as f64;
    let accuracy = largest(&gpu.accuracies, &cpu.accuracies);
    let found = json!({
        "steps": each.len(),
        "largest_difference_of_first_losses": early,
        "tolerated_of_first_losses": EARLY_TOLERANCE,
        "mean_difference_of_losses": mean,
        "tolerated_of_losses": TOLERANCE,
        "largest_difference_of_accuracies": accuracy,
        "tolerated_of_accuracies": ACCURACY_TOLERANCE,
    });
    let close = early <= EARLY_TOLERANCE && mean <= TOLERANCE && accuracy <= ACCURACY_TOLERANCE;
    ensure!(
        close && gpu.accuracies.len() == cpu.accuracies.len(),
        "the GPU trains otherwise than the processor: {found}"
    );
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = r#"{"kind":"step","seed":0,"step":1,"arms":{"erm":{"loss":1.5},"rsc":{"loss":1.25}}}
{"kind":"step","seed":0,"step":2,"arms":{"erm":{"loss":1.0},"rsc":{"loss":1.0}}}
{"kind":"evaluation","step":2,"arms":{"erm":{"accuracy_same_domain":0.5,"accuracy_new_domain":0.25},"rsc":{"accuracy_same_domain":0.75,"accuracy_new_domain":null}}}
"#;

    #[test]
    fn metrics_are_read_and_compared() {
        let cpu = Course::read(METRICS);
        assert_eq!(cpu.losses, [[1.5, 1.25], [1.0, 1.0]]);
        assert_eq!(cpu.accuracies, [0.5, 0.75, 0.25]);
        let same = compare(&Course::read(METRICS), &cpu).expect("they are equal");
        assert_eq!(same["largest_difference_of_first_losses"], 0.0);
        for other in [
            METRICS.replace("1.25", "1.26"),
            METRICS.replace("0.75", "0.9"),
            METRICS.replace("\"loss\":1.5", "\"loss\":null"),
            String::new(),
        ] {
            let gpu = Course::read(&other);
            let far = compare(&gpu, &cpu);
            assert!(far.is_err() || gpu.losses[0].len() < 2, "{other}");
        }
        let mut odd = Course::read(METRICS);
        odd.losses[0][0] = f64::NAN;
        assert!(compare(&odd, &cpu).is_err());
    }
}
