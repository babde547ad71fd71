//! The device in detail: which one and why, its limits, how fast it is and where a step's time
//! goes.

use std::time::Duration;

use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*};

use rsc_core::protocol::{DeviceKind, RunState, SimulatedLimits};

use crate::device::state::Device;
use crate::engine::model::device_labels;
use crate::engine::state::Engine;
use crate::engine::state::EngineStatus;
use crate::training::state::Training;
use crate::ui::model::format;

use crate::ui::text::text_of;

/// How often the memory is asked for while somebody looks.
const LOOK: Duration = Duration::from_secs(2);

/// The panel, folded at first.
#[component]
pub(crate) fn DevicePanel() -> impl IntoView {
    let device = expect_context::<Device>();
    let training = expect_context::<Training>();
    let looking = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(handle) = looking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    on_cleanup(stop);
    let look = move |open: bool| {
        stop();
        if open {
            device.ask_for_memory();
            let again = set_interval_with_handle(move || device.ask_for_memory(), LOOK);
            looking.set_value(again.ok());
        }
    };
    let idle = move || {
        device.profile.busy.get() || matches!(training.state.get(), None | Some(RunState::Failed))
    };
    view! {
        <section class="panel device-panel" id="device" aria-labelledby="device-title">
            <details
                data-testid="device-details"
                on:toggle=move |event| {
                    look(event_target::<web_sys::Element>(&event).has_attribute("open"));
                }
            >
                <summary>
                    <h2 id="device-title">{text!("device.title")}</h2>
                </summary>
                <Facts />
                <p class="facts" data-testid="device-pace">{move || pace(training)}</p>
                <p class="facts" data-testid="device-memory">{move || memory(device)}</p>
                <button
                    data-testid="measure-step"
                    disabled=idle
                    on:click=move |_| device.measure_step()
                >
                    {move || {
                        if device.profile.busy.get() {
                            text!("device.measuring")
                        } else {
                            text!("device.measure")
                        }
                    }}
                </button>
                <Split />
                <CheckDevice />
                <p>
                    <a href="?bench" data-testid="bench-open">
                        {text!("bench.open")}
                    </a>
                </p>
            </details>
        </section>
    }
}

/// What the device is, and its limits.
#[component]
fn Facts() -> impl IntoView {
    let engine = expect_context::<Engine>();
    move || {
        let EngineStatus::Ready { device, version } = engine.status.get() else {
            return view! { <p class="empty">{text!("device.loading")}</p> }.into_any();
        };
        let kind = match (device.kind, device.software) {
            (DeviceKind::Cpu, _) => text!("device.kind.cpu"),
            (DeviceKind::Gpu, true) => text!("device.kind.software"),
            (DeviceKind::Gpu, false) => text!("device.kind.gpu"),
        };
        let simulated = device.simulated.map(|limits| match limits {
            SimulatedLimits::WebgpuDefaults => text!("device.simulated.webgpu-defaults"),
            SimulatedLimits::Phone => text!("device.simulated.phone"),
        });
        let limits = device
            .limits
            .iter()
            .map(|(name, value)| {
                view! {
                    <div>
                        <dt>{name.clone()}</dt>
                        <dd>{format::thousands(*value as usize)}</dd>
                    </div>
                }
            })
            .collect_view();
        view! {
            <p>
                {text!(
                    "device.about",
                    name = device.name,
                    kind = kind,
                    reason = device_labels::reason(&device.reason),
                    version = version
                )}
            </p>
            {simulated.map(|said| view! { <p data-testid="device-simulated">{said}</p> })}
            <dl class="facts-list">{limits}</dl>
        }
        .into_any()
    }
}

fn pace(training: Training) -> Option<String> {
    let ms = training.progress.get().step_ms;
    (ms > 0.0).then(|| {
        text!(
            "device.pace",
            ms = format::milliseconds(ms),
            rate = format::local(format!("{:.1}", 1e3 / ms))
        )
    })
}

/// Memory of the wasm module and of the GPU, as far as known.
fn memory(device: Device) -> Option<String> {
    let memory = device.profile.memory.get()?;
    let module = memory
        .module
        .map(|bytes| text!("device.memory", size = format::megabytes(bytes)));
    let device = memory.device.map(|device| {
        text!(
            "device.gpu-memory",
            used = format::megabytes(device.in_use),
            reserved = format::megabytes(device.reserved)
        )
    });
    let parts: Vec<String> = [module, device].into_iter().flatten().collect();
    Some(parts.join(" "))
}

/// Whether the device computes what it should: a button, and what was found.
#[component]
fn CheckDevice() -> impl IntoView {
    let device = expect_context::<Device>();
    let engine = expect_context::<Engine>();
    let checks = device.checks;
    let idle = move || {
        checks.busy.with(Option::is_some)
            || !matches!(engine.status.get(), EngineStatus::Ready { .. })
    };
    let label = move || match checks.busy.get() {
        None => text!("device.check").to_owned(),
        Some((done, total)) => text!("device.checking", done = done, total = total),
    };
    let found = move || {
        let seen = checks.seen.get()?;
        let passed = seen.iter().filter(|check| check.problem.is_none()).count();
        let all = seen.len();
        let verdict = if passed == all {
            text!("device.checked", all = all)
        } else {
            text!("device.checked-wrong", passed = passed, all = all)
        };
        let rows = seen
            .into_iter()
            .map(|check| {
                let name = text_of(&format!("device.check.{}", check.name));
                let outcome = match check.problem {
                    None => text!(
                        "device.check-passed",
                        share = format!("{:.0}", 100.0 * check.difference)
                    ),
                    Some(problem) => problem,
                };
                view! {
                    <div>
                        <dt>{name}</dt>
                        <dd>{outcome}</dd>
                    </div>
                }
            })
            .collect_view();
        Some(view! {
            <p data-testid="device-verdict">{verdict}</p>
            <dl class="facts-list">{rows}</dl>
        })
    };
    view! {
        <button
            data-testid="check-device"
            disabled=idle
            on:click=move |_| device.check_device()
        >
            {label}
        </button>
        <div aria-live="polite">{found}</div>
    }
}

/// The parts of a step as bars.
#[component]
fn Split() -> impl IntoView {
    let device = expect_context::<Device>();
    let table = move || {
        let profiled = device.profile.seen.get()?;
        let split = profiled.split;
        let parts = [
            (text!("device.part.batch"), split.batch_ms),
            (text!("device.part.body"), split.body_ms),
            (text!("device.part.challenge"), split.challenge_ms),
            (text!("device.part.head"), split.head_ms),
            (text!("device.part.backward"), split.backward_ms),
            (text!("device.part.update"), split.update_ms),
        ];
        let total: f64 = parts.iter().map(|(_, ms)| ms).sum();
        let rows = parts
            .into_iter()
            .map(|(name, ms)| {
                let share = if total > 0.0 { 100.0 * ms / total } else { 0.0 };
                view! {
                    <tr>
                        <th scope="row">{name}</th>
                        <td>{format::local(format!("{ms:.2}\u{a0}ms"))}</td>
                        <td class="split-bar" aria-hidden="true">
                            <span style:width=format!("{share:.1}%")></span>
                        </td>
                        <td>{format!("{share:.0}\u{a0}%")}</td>
                    </tr>
                }
            })
            .collect_view();
        Some(view! {
            <table class="split" data-testid="step-split">
                <tbody>{rows}</tbody>
            </table>
            <p class="hint">
                {text!("device.split.hint")}
            </p>
        })
    };
    view! { {table} }
}
