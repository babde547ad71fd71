//! All keys of the page, from the table that the keyboard listens by.

use leptos::prelude::*;

use crate::ui::dialog::{Dialogs, Sheet};
use crate::ui::model::shortcuts::{PLACES, Place, SHORTCUTS, Shortcut};

/// A shortcut's keys, with “or” between them.
fn caps(shortcut: &Shortcut) -> impl IntoView + use<> {
    let keys = shortcut.keys.iter().enumerate();
    keys.map(|(i, key)| {
        view! {
            {(i > 0).then(|| text!("shortcuts.or"))}
            <kbd>{key.label()}</kbd>
        }
    })
    .collect_view()
}

/// The keys of one part of the page.
fn of_place(place: &Place) -> impl IntoView + use<> {
    let lines = place.lines().map(|(keys, does)| {
        let caps = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> });
        view! {
            <tr>
                <th scope="row">{caps.collect_view()}</th>
                <td>{does}</td>
            </tr>
        }
    });
    view! {
        <h3>{place.title()}</h3>
        <table class="key-table">
            <tbody>{lines.collect_view()}</tbody>
        </table>
    }
}

/// The dialog.
#[component]
pub(crate) fn KeySheet() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    view! {
        <Sheet open=dialogs.keys id="keys" title=text!("shortcuts.title")>
            <table class="key-table">
                <tbody>
                    {SHORTCUTS
                        .iter()
                        .map(|shortcut| {
                            view! {
                                <tr>
                                    <th scope="row">{caps(shortcut)}</th>
                                    <td>{shortcut.long()}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
            <p class="hint">
                {text!("shortcuts.focus")}
                <kbd>{text!("shortcuts.esc")}</kbd> {text!("shortcuts.closes")}
            </p>
            {PLACES.iter().map(of_place).collect_view()}
        </Sheet>
    }
}

/// The keys in one line, and the way to all of them.
#[component]
pub(crate) fn KeyLine() -> impl IntoView {
    let dialogs = expect_context::<Dialogs>();
    let listed = SHORTCUTS
        .iter()
        .enumerate()
        .map(|(i, shortcut)| {
            view! {
                {(i > 0).then_some(" · ")}
                {caps(shortcut)}
                " "
                {shortcut.short()}
            }
        })
        .collect_view();
    view! {
        <p class="keys">{listed}</p>
        <button
            class="quiet"
            data-testid="show-keys"
            aria-haspopup="dialog"
            on:click=move |_| dialogs.keys.set(true)
        >
            {text!("shortcuts.title")}
        </button>
    }
}
