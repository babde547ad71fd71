//! The engine's checks of a device, the same everywhere: tests run them natively on the processor and
//! on a GPU, and visitors in their own browser, to see whether their device computes what the
//! published codes and other devices do.

mod deviation;
pub mod losses;
pub mod parity;
mod resume;

use burn::tensor::Device;

pub use self::deviation::Deviation;
use crate::{error::Result, protocol::Check};

/// Cases of [`parity`] that travel with the engine: one along channels by DomainBed, one along
/// positions by the replication (whose ties must be seen as ties).
const CASES: [(&str, &str); 2] = [
    (
        "domainbed",
        include_str!("../../../tests/fixtures/parity/domainbed_p33_b33_0.json"),
    ),
    (
        "replication",
        include_str!("../../../tests/fixtures/parity/seed_spatial_gap_linear_p30_0.json"),
    ),
];

/// Makes every check, one after another. `progress` is called with how many steps are done, and of
/// how many.
///
/// # Errors
/// [`crate::Error::Device`] if the device fails; what it computes wrongly is in the answer.
pub async fn check(device: &Device, mut progress: impl FnMut(u32, u32)) -> Result<Vec<Check>> {
    let courses = losses::courses();
    let steps: usize = courses.iter().map(|course| course.losses.len()).sum();
    let total = steps + CASES.len() + resume::STEPS;
    let mut done = 0;
    let mut step = || {
        done += 1;
        progress(done, total as u32);
    };
    let mut checks = Vec::new();
    for (name, case) in CASES {
        checks.push(checked(name, parity::check(case, device).await?));
        step();
    }
    for course in &courses {
        let found = losses::check(course, device, &mut step).await?;
        checks.push(checked(&course.name(), found));
    }
    let found = resume::check(device, &mut step).await?;
    checks.push(checked("resume", found));
    Ok(checks)
}

fn checked(name: &str, found: Deviation) -> Check {
    Check {
        name: name.to_owned(),
        difference: found.as_ref().copied().unwrap_or(f64::from(f32::MAX)),
        problem: found.err(),
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use crate::{
        device::open,
        protocol::{DevicePreference, SimulatedLimits},
        testing::gpu_if_any,
    };

    #[test]
    fn a_gpu_with_the_limits_of_a_weaker_one_computes_what_it_should() {
        for limits in SimulatedLimits::ALL {
            let opened = block_on(open(DevicePreference::Simulated(limits)));
            let Some(opened) = gpu_if_any(opened) else {
                return;
            };
            let checks = block_on(super::check(&opened.device, |_, _| ())).expect("it computes");
            assert_eq!(checks.len(), 5);
            for check in checks {
                assert_eq!(check.problem, None, "{}, {}", check.name, limits.name());
            }
            assert!(opened.faults.take().is_empty());
        }
    }
}
