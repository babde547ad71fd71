//! What is kept of the page, for its foot, and the button that keeps all.

use leptos::prelude::*;

use crate::offline::model::Report;
use crate::offline::state::Offline;
use crate::ui::model::format;

/// A sentence, the button, and how far its work is.
#[component]
pub(crate) fn OfflineStatus() -> impl IntoView {
    let offline = expect_context::<Offline>();
    let report = offline.report;
    let sentence = move || report.with(|report| report.as_ref().map(Report::sentence));
    let share = move || report.with(|report| report.as_ref().and_then(Report::share));
    let missing = Memo::new(move |_| report.with(|it| it.as_ref().and_then(Report::missing)));
    // The button stays where it cannot help, with the reason beside it.
    let impossible =
        Memo::new(move |_| report.with(|report| matches!(report, Some(Report::Impossible { .. }))));
    let label = move || match missing.get() {
        Some(bytes) => text!("offline.keep-all", size = format::megabytes(bytes)),
        None => text!("offline.keep").to_owned(),
    };
    view! {
        <p
            class="offline"
            data-testid="offline"
            data-state=move || report.with(|report| report.as_ref().map(Report::name))
        >
            <span id="offline-sentence" role="status" data-testid="offline-sentence">
                {sentence}
            </span>
            " "
            <Show when=move || share().is_some()>
                <progress
                    max="1"
                    prop:value=share
                    aria-label=text!("offline.progress")
                ></progress>
            </Show>
            <Show when=move || missing.get().is_some() || impossible.get()>
                <button
                    class="quiet small"
                    data-testid="offline-keep"
                    disabled=move || impossible.get()
                    aria-describedby="offline-sentence"
                    on:click=move |_| offline.keep_all()
                >
                    {label}
                </button>
            </Show>
        </p>
    }
}
