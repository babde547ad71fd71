//! The bar that stays in view: play, step, reset, how far the run is, and on which device.

use leptos::prelude::*;

use rsc_core::protocol::{DeviceKind, RunState};

use super::language::LanguageMenu;
use super::share::ShareButton;
use crate::pure::format;
use crate::session::{Engine, Session};
use crate::theme::ThemeToggle;

/// The bar.
#[component]
pub(crate) fn Transport() -> impl IntoView {
    let session = expect_context::<Session>();
    let state = session.state;
    let training = move || state.get() == Some(RunState::Training);
    let play_label = move || match state.get() {
        Some(RunState::Training) => "Pause",
        Some(RunState::Done) => "Train again",
        _ => "Play",
    };
    let can_play = move || {
        matches!(
            state.get(),
            Some(RunState::Ready | RunState::Training | RunState::Paused | RunState::Done)
        )
    };
    let can_step = move || {
        matches!(
            state.get(),
            Some(RunState::Ready | RunState::Training | RunState::Paused)
        )
    };
    let can_reset = move || !matches!(session.engine.get(), Engine::Loading { .. });

    view! {
        <div class="transport" role="region" aria-label="Run">
            <a class="brand" href="#top" aria-label="RSC Lab, to the top">
                <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
                    <rect class="mark-kept" x="3" y="3" width="11" height="11" rx="2.5" />
                    <rect class="mark-kept faint" x="18" y="3" width="11" height="11" rx="2.5" />
                    <rect class="mark-kept faint" x="3" y="18" width="11" height="11" rx="2.5" />
                    <rect class="mark-muted" x="19" y="19" width="9" height="9" rx="2" />
                </svg>
                <span>"RSC Lab"</span>
            </a>
            <div class="buttons">
                <button
                    class="primary"
                    data-testid="play"
                    aria-pressed=move || training().to_string()
                    disabled=move || !can_play()
                    on:click=move |_| session.toggle_play()
                >
                    <span class="glyph" aria-hidden="true">
                        {move || if training() { "❚❚" } else { "▶" }}
                    </span>
                    {play_label}
                </button>
                <button
                    data-testid="step"
                    disabled=move || !can_step()
                    on:click=move |_| session.step_once()
                >
                    "Step"
                </button>
                <button
                    data-testid="reset"
                    class:attention=move || session.anything_pending()
                    disabled=move || !can_reset()
                    on:click=move |_| session.reset()
                >
                    "Reset"
                </button>
            </div>
            <RunProgress />
            <div class="right">
                <DeviceBadge />
                <ShareButton />
                <LanguageMenu />
                <ThemeToggle />
            </div>
        </div>
    }
}

/// Status, steps, pace and time left.
#[component]
fn RunProgress() -> impl IntoView {
    let session = expect_context::<Session>();
    let total = move || {
        session
            .info
            .with(|info| info.as_ref().map_or(0, |i| i.total_steps))
    };
    let progress = session.progress;
    let share = move || {
        let total = total();
        if total == 0 {
            0.0
        } else {
            progress.get().step as f64 / total as f64
        }
    };
    let left = move || {
        let Progressed { step, step_ms } = progressed(session);
        format::time_left(step, total(), step_ms)
    };
    let pace = move || format::milliseconds(progress.get().step_ms);
    view! {
        <div class="progress">
            <div class="progress-text">
                <span
                    class="status"
                    data-testid="status"
                    data-status=move || session.status()
                    role="status"
                >
                    {move || session.status()}
                </span>
                <span class="steps">
                    "step " <b data-testid="step-count">{move || progress.get().step}</b>
                    {move || match total() {
                        0 => String::new(),
                        total => format!(" of {}", format::thousands(total as usize)),
                    }}
                </span>
                <span class="pace">
                    <b data-testid="step-ms">{pace}</b> " ms" <span class="per-step">" per step"</span>
                </span>
                <span class="left">{left}</span>
            </div>
            <div
                class="bar"
                role="progressbar"
                aria-label="Progress of the run"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", share() * 100.0)
            >
                <div style:width=move || format!("{:.2}%", share() * 100.0)></div>
            </div>
        </div>
    }
}

struct Progressed {
    step: u64,
    step_ms: f64,
}

fn progressed(session: Session) -> Progressed {
    let progress = session.progress.get();
    Progressed {
        step: progress.step,
        step_ms: progress.step_ms,
    }
}

/// Which device computes, and why; before that, how far the engine's download is.
#[component]
fn DeviceBadge() -> impl IntoView {
    let session = expect_context::<Session>();
    let ready = move || match session.engine.get() {
        Engine::Ready { device, version } => Some((device, version)),
        _ => None,
    };
    let badge = move || {
        ready().map(|(device, version)| {
            let kind = match device.kind {
                DeviceKind::Cpu => "CPU",
                DeviceKind::Gpu => "GPU",
            };
            let mut more = format!("{} Engine {version}.", device.reason);
            for (name, value) in &device.limits {
                more.push_str(&format!("\n{name}: {}", format::thousands(*value as usize)));
            }
            view! {
                <details class="device">
                    <summary data-testid="device-badge" title=more.clone()>
                        <span class="dot" class:software=device.software aria-hidden="true"></span>
                        <span class="device-name">
                            {if device.name.starts_with(kind) {
                                device.name.clone()
                            } else {
                                format!("{kind}: {}", device.name)
                            }}
                        </span>
                        <span class="device-reason">{device.reason.clone()}</span>
                    </summary>
                    <p class="device-more">{more.clone()}</p>
                </details>
            }
        })
    };
    view! {
        {badge}
        <EngineProgress />
    }
}

/// The engine on its way.
#[component]
fn EngineProgress() -> impl IntoView {
    let session = expect_context::<Session>();
    let loading = Memo::new(move |_| match session.engine.get() {
        Engine::Loading { received, total } => Some((received, total)),
        _ => None,
    });
    let text = move || match loading.get() {
        Some((received, total)) if total > 0 && received >= total => {
            String::from("Compiling the engine…")
        }
        Some((received, total)) if total > 0 => format!(
            "Loading the engine: {} of {}",
            format::megabytes(received),
            format::megabytes(total)
        ),
        Some((received, _)) if received > 0 => {
            format!("Loading the engine: {}", format::megabytes(received))
        }
        _ => String::from("Loading the engine…"),
    };
    let share = move || match loading.get() {
        Some((received, total)) if total > 0 && received < total => {
            Some(received as f64 / total as f64)
        }
        _ => None,
    };
    view! {
        <Show when=move || loading.get().is_some()>
            <div class="engine" data-testid="engine-progress">
                <span>{text}</span>
                <progress max="1" prop:value=share value=share aria-label="Loading the engine"></progress>
            </div>
        </Show>
    }
}
