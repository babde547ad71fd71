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
            <h3 id="share-link-title">{text!("share.link")}</h3>
            <p class="hint">
                {text!("share.link.about")}
            </p>
            <Show when=move || own.get()>
                <p class="callout warning" data-testid="own-not-in-link">
                    {text!("share.link.own")}
                </p>
            </Show>
            <CopyField
                id="share-link"
                label=text!("share.link.label")
                button=text!("share.link.copy")
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
            <summary>{text!("share.teacher")}</summary>
            <fieldset class="hide-list">
                <legend class="hint">
                    {text!("share.teacher.about")}
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
                label=text!("share.teacher.label")
                button=text!("share.teacher.copy")
                button_id="copy-teacher-link"
                value=link
            />
        </details>
    }
}
