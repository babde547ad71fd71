//! The bar that stays in view: play, step, reset, how far the run is, and on which device.

pub(crate) mod facts;
pub(crate) mod numbers;
pub(crate) mod preset_pictures;
pub(crate) mod story;
pub(crate) mod waiting;

use leptos::prelude::*;

use rsc_core::protocol::{DeviceKind, RunState};

use crate::engine::model::device_labels;
use crate::engine::state::Engine;
use crate::engine::state::EngineStatus;
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::training::view::preset_pictures::progress_text;
use crate::ui::icon::Icon;
use crate::ui::language_menu::LanguageMenu;
use crate::ui::model::format;

use crate::ui::text::text_of;
use crate::ui::theme::ThemeToggle;

/// The bar.
#[component]
pub(crate) fn PlayBar(
    /// Further buttons at its right end.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="transport" role="region" aria-label=text!("transport.run")>
            <a class="brand" href="#top" aria-label=text!("transport.to-top")>
                <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
                    <rect class="mark-kept" x="3" y="3" width="11" height="11" rx="2.5" />
                    <rect class="mark-kept faint" x="18" y="3" width="11" height="11" rx="2.5" />
                    <rect class="mark-kept faint" x="3" y="18" width="11" height="11" rx="2.5" />
                    <rect class="mark-muted" x="19" y="19" width="9" height="9" rx="2" />
                </svg>
                <span>{text!("transport.brand")}</span>
            </a>
            <div class="dock">
                <RunButtons />
                <RunProgress />
            </div>
            <div class="right">
                <DeviceBadge />
                {children()}
                <LanguageMenu />
                <ThemeToggle />
            </div>
        </div>
    }
}

/// Play, step and reset.
#[component]
pub(crate) fn RunButtons() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let state = training.state;
    let is_training = move || state.get() == Some(RunState::Training);
    let play_label = move || match state.get() {
        Some(RunState::Training) => text!("transport.pause"),
        Some(RunState::Done) => text!("transport.train-again"),
        _ => text!("transport.play"),
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
    let can_reset = move || !matches!(engine.status.get(), EngineStatus::Loading { .. });
    view! {
        <div class="buttons">
            <button
                class="primary"
                data-testid="play"
                aria-pressed=move || is_training().to_string()
                disabled=move || !can_play()
                on:click=move |_| training.toggle_play()
            >
                <Icon of=Signal::derive(move || {
                    if is_training() { icondata_lu::LuPause } else { icondata_lu::LuPlay }
                }) />
                {play_label}
            </button>
            <button
                data-testid="step"
                disabled=move || !can_step()
                on:click=move |_| training.step_once()
            >
                <Icon of=icondata_lu::LuStepForward />
                <span class="transport-word">{text!("transport.step")}</span>
            </button>
            <button
                data-testid="reset"
                class:attention=move || settings.anything_pending()
                disabled=move || !can_reset()
                on:click=move |_| training.reset()
            >
                <Icon of=icondata_lu::LuRotateCcw />
                <span class="transport-word">{text!("transport.reset")}</span>
            </button>
        </div>
    }
}

/// Status, steps, pace, and time left or how far the pictures of a preset are loaded.
#[component]
pub(crate) fn RunProgress() -> impl IntoView {
    let training = expect_context::<Training>();
    let total = move || {
        training
            .info
            .with(|info| info.as_ref().map_or(0, |i| i.total_steps))
    };
    let progress = training.progress;
    let loading = training.files.loading;
    let activity = training.activity;
    let share = move || {
        if let Some(activity) = activity.get() {
            return activity.share;
        }
        let total = total();
        if let Some(loading) = loading.get() {
            loading.share
        } else if total == 0 {
            0.0
        } else {
            progress.get().step as f64 / total as f64
        }
    };
    let left = move || {
        if let Some(loading) = loading.get() {
            return Some(progress_text(loading));
        }
        if let Some(activity) = activity.get() {
            return activity.left;
        }
        let TrainingProgress { step, step_ms } = progressed(training);
        format::time_left(step, total(), step_ms)
    };
    let pace = move || format::milliseconds(progress.get().step_ms);
    view! {
        <div class="progress">
            <div class="progress-text">
                <span
                    class="status"
                    data-testid="status"
                    data-status=move || training.status()
                    role="status"
                >
                    {move || text_of(&format!("session.status.{}", training.status()))}
                </span>
                <span class="steps">
                    {text!("transport.at-step")} <b data-testid="step-count">{move || progress.get().step}</b>
                    {move || match total() {
                        0 => String::new(),
                        total => text!("transport.of-steps", total = format::thousands(total as usize)),
                    }}
                </span>
                <span class="pace">
                    <b data-testid="step-ms">{pace}</b> {text!("transport.ms")}
                    <span class="per-step">{text!("transport.per-step")}</span>
                </span>
                <span class="preparing" data-testid="preparing">
                    {move || activity.with(|it| it.as_ref().map(|it| it.text.clone()))}
                </span>
                <span class="left" data-testid="progress-left">{left}</span>
            </div>
            <div
                class="bar"
                role="progressbar"
                aria-label=text!("transport.progress")
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", share() * 100.0)
            >
                <div style:width=move || format!("{:.2}%", share() * 100.0)></div>
            </div>
        </div>
    }
}

struct TrainingProgress {
    step: u64,
    step_ms: f64,
}

fn progressed(training: Training) -> TrainingProgress {
    let progress = training.progress.get();
    TrainingProgress {
        step: progress.step,
        step_ms: progress.step_ms,
    }
}

/// Which device computes, and why; before that, how far the engine's download is.
#[component]
fn DeviceBadge() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let ready = move || match engine.status.get() {
        EngineStatus::Ready { device, version } => Some((device, version)),
        _ => None,
    };
    let badge = move || {
        ready().map(|(device, version)| {
            let kind = match device.kind {
                DeviceKind::Cpu => "CPU",
                DeviceKind::Gpu => "GPU",
            };
            let mut more = text!(
                "transport.device",
                reason = device_labels::reason(&device.reason),
                version = version
            );
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
                        <span class="device-reason">{device_labels::reason(&device.reason)}</span>
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
pub(crate) fn EngineProgress() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let loading = Memo::new(move |_| match engine.status.get() {
        EngineStatus::Loading { received, total } => Some((received, total)),
        _ => None,
    });
    let text = move || match loading.get() {
        Some((received, total)) if total > 0 && received >= total => {
            text!("transport.compiling").to_owned()
        }
        Some((received, total)) if total > 0 => text!(
            "transport.loading.of",
            received = format::megabytes(received),
            total = format::megabytes(total)
        ),
        Some((received, _)) if received > 0 => {
            text!(
                "transport.loading.so-far",
                received = format::megabytes(received)
            )
        }
        _ => text!("transport.loading").to_owned(),
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
                <progress max="1" prop:value=share value=share aria-label=text!("transport.loading.label")></progress>
            </div>
        </Show>
    }
}
