//! The device in detail: which one and why, its limits, how fast it is and where a step's time
//! goes.

use leptos::prelude::*;

use rsc_core::protocol::{DeviceKind, RunState};

use crate::pure::format;
use crate::session::{Engine, Session};

/// The panel, folded at first.
#[component]
pub(crate) fn Device() -> impl IntoView {
    let session = expect_context::<Session>();
    let facts = move || {
        let Engine::Ready { device, version } = session.engine.get() else {
            return view! { <p class="empty">"The engine is on its way."</p> }.into_any();
        };
        let kind = match (device.kind, device.software) {
            (DeviceKind::Cpu, _) => "processor",
            (DeviceKind::Gpu, true) => "GPU emulated by software",
            (DeviceKind::Gpu, false) => "GPU",
        };
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
            <p>{format!("{} ({kind}). {} Engine {version}.", device.name, device.reason)}</p>
            <dl class="facts-list">{limits}</dl>
        }
        .into_any()
    };
    let pace = move || {
        let ms = session.progress.get().step_ms;
        (ms > 0.0).then(|| {
            format!(
                "{} ms per step with all arms, {:.1} steps per second.",
                format::milliseconds(ms),
                1e3 / ms
            )
        })
    };
    let idle = move || {
        session.profile.busy.get() || matches!(session.state.get(), None | Some(RunState::Failed))
    };
    view! {
        <section class="panel device-panel" id="device" aria-labelledby="device-title">
            <details data-testid="device-details">
                <summary>
                    <h2 id="device-title">"Device and speed"</h2>
                </summary>
                {facts}
                <p class="facts" data-testid="device-pace">{pace}</p>
                <button
                    data-testid="measure-step"
                    disabled=idle
                    on:click=move |_| session.measure_step()
                >
                    {move || if session.profile.busy.get() { "Measuring…" } else { "Measure where a step’s time goes" }}
                </button>
                <Split />
            </details>
        </section>
    }
}

/// The parts of a step as bars.
#[component]
fn Split() -> impl IntoView {
    let session = expect_context::<Session>();
    let table = move || {
        let profiled = session.profile.seen.get()?;
        let split = profiled.split;
        let parts = [
            ("images to the device", split.batch_ms),
            ("body, forward", split.body_ms),
            ("challenge", split.challenge_ms),
            ("head, forward", split.head_ms),
            ("backward", split.backward_ms),
            ("update", split.update_ms),
        ];
        let total: f64 = parts.iter().map(|(_, ms)| ms).sum();
        let rows = parts
            .into_iter()
            .map(|(name, ms)| {
                let share = if total > 0.0 { 100.0 * ms / total } else { 0.0 };
                view! {
                    <tr>
                        <th scope="row">{name}</th>
                        <td>{format!("{ms:.2}\u{a0}ms")}</td>
                        <td class="split-bar" aria-hidden="true">
                            <span style:width=format!("{share:.1}%")></span>
                        </td>
                        <td>{format!("{share:.0}\u{a0}%")}</td>
                    </tr>
                }
            })
            .collect_view();
        let memory = profiled
            .memory
            .map(|bytes| format!(" The engine’s memory is {}.", format::megabytes(bytes)));
        Some(view! {
            <table class="split" data-testid="step-split">
                <tbody>{rows}</tbody>
            </table>
            <p class="hint">
                "Medians of one arm’s step, each part waited for, so that the whole step is faster than their sum."
                {memory}
            </p>
        })
    };
    view! { {table} }
}
