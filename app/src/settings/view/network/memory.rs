//! How much memory a run of these settings will take, before it starts.

use leptos::prelude::*;

use crate::settings::model::memory::{Counts, check, in_words, limit};
use crate::settings::state::Settings;
use crate::ui::browser;

/// What the run takes, and what would fit if it takes too much.
#[component]
pub(crate) fn MemoryNeeded(
    /// How many of the visitor's images there are.
    own_images: Signal<Counts>,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let counts = move || {
        let of_preset = settings.draft.with(Counts::of_preset);
        of_preset.unwrap_or_else(|| own_images.get())
    };
    let limit = limit(browser::device_memory());
    let cores = browser::cores();
    let words = Memo::new(move |_| {
        settings
            .draft
            .with(|draft| in_words(draft, counts(), cores))
    });
    let problem = Memo::new(move |_| {
        let checked = settings.draft.with(|draft| check(draft, counts(), limit));
        checked.err().map(|too_large| too_large.sentence())
    });
    view! {
        <p class="facts" data-testid="memory">{words}</p>
        <Show when=move || problem.with(Option::is_some)>
            <div class="callout warning" data-testid="memory-too-large">
                <p>{problem}</p>
            </div>
        </Show>
    }
}
