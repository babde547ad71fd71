//! Links: to these settings, and for teachers to these settings with parts of the page hidden.

use leptos::prelude::*;

use rsc_core::config::DataSource;

use super::copy::CopyField;
use crate::address;
use crate::pure::panel::Panel;
use crate::session::Session;
use crate::shown::Shown;

/// The link to what the controls say.
#[component]
pub(super) fn ShareLink() -> impl IntoView {
    let session = expect_context::<Session>();
    let link = Memo::new(move |_| session.draft.with(|draft| address::of(draft, &[])));
    let own = Memo::new(move |_| {
        session
            .draft
            .with(|draft| draft.data.source == DataSource::Own)
    });
    view! {
        <section class="share-part" aria-labelledby="share-link-title">
            <h3 id="share-link-title">"A link to these settings"</h3>
            <p class="hint">
                "Whoever opens it finds the controls as they are here. It names only what differs from the defaults, and holds no images, weights or results."
            </p>
            <Show when=move || own.get()>
                <p class="callout warning" data-testid="own-not-in-link">
                    "Your own images cannot travel in a link. Pass them on as a folder; whoever opens the link adds them under “Your images”."
                </p>
            </Show>
            <CopyField
                id="share-link"
                label="Link"
                button="Copy link"
                button_id="copy-link"
                value=link
            />
        </section>
    }
}

/// The link that also hides panels.
#[component]
pub(super) fn TeacherLink() -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = expect_context::<Shown>();
    let hidden = RwSignal::new(shown.hidden.get_untracked());
    let link = Memo::new(move |_| {
        session
            .draft
            .with(|draft| hidden.with(|hidden| address::of(draft, hidden)))
    });
    let tick = move |panel: Panel, hide: bool| {
        hidden.update(|hidden| {
            hidden.retain(|&other| other != panel);
            if hide {
                hidden.push(panel);
            }
        });
    };
    view! {
        <details class="share-part" data-testid="teacher">
            <summary>"For teachers: a link that hides parts of the page"</summary>
            <fieldset class="hide-list">
                <legend class="hint">
                    "Tick what the link hides. A button at the foot of the page shows it all the same."
                </legend>
                {Panel::ALL
                    .into_iter()
                    .map(|panel| {
                        view! {
                            <label class="toggle">
                                <input
                                    type="checkbox"
                                    data-testid=format!("hide-{}", panel.name())
                                    prop:checked=move || hidden.with(|h| h.contains(&panel))
                                    on:change=move |event| tick(panel, event_target_checked(&event))
                                />
                                <span>{panel.title()}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </fieldset>
            <CopyField
                id="teacher-link"
                label="Link for a class"
                button="Copy class link"
                button_id="copy-teacher-link"
                value=link
            />
        </details>
    }
}
