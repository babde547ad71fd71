//! Links: to these settings, and for teachers to these settings with parts of the page hidden.

use leptos::prelude::*;

use rsc_core::config::DataSource;

use crate::link::model::panel::Panel;
use crate::link::state::address;
use crate::settings::state::Settings;
use crate::share::view::copy::CopyField;

use crate::link::state::visibility::Visibility;

/// The link to what the controls say.
#[component]
pub(crate) fn ShareLink() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let link = Memo::new(move |_| settings.draft.with(|draft| address::of(draft, &[])));
    let own = Memo::new(move |_| {
        settings
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
pub(crate) fn TeacherLink() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let shown = expect_context::<Visibility>();
    let hidden = RwSignal::new(shown.hidden.get_untracked());
    let link = Memo::new(move |_| {
        settings
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
