//! The menu of languages, in the bar that stays in view.

use leptos::{html, prelude::*};

use crate::ui::browser;
use crate::ui::text::{CurrentLanguage, Language};

const ID: &str = "language";

/// The menu. Choosing builds the whole page anew in the other language, this menu too.
#[component]
pub(crate) fn LanguageMenu() -> impl IntoView {
    let current = expect_context::<CurrentLanguage>();
    let select = NodeRef::<html::Select>::new();
    let choose = move |event| {
        let Some(language) = Language::of(&event_target_value(&event)) else {
            return;
        };
        current.change(language, move || {
            // A language that could not be had must not look chosen.
            if let Some(Some(select)) = select.try_get_untracked() {
                select.set_value(current.now.get_untracked().code());
            }
            // The menu that had the focus is gone with the old words.
            request_animation_frame(|| browser::focus(ID));
        });
    };
    let options = Language::all().map(|language| {
        view! {
            <option
                value=language.code()
                lang=language.code()
                prop:selected=move || current.now.get() == language
            >
                {language.about().name.as_str()}
            </option>
        }
    });
    view! {
        <label class="language" title=text!("page.language")>
            <span aria-hidden="true">{move || current.now.get().code().to_uppercase()}</span>
            <select
                node_ref=select
                id=ID
                data-testid=ID
                aria-label=text!("page.language")
                on:change=choose
            >
                {options.collect_view()}
            </select>
        </label>
    }
}
