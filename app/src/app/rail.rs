//! The rail: a link to each view, and the button of the lesson.

use leptos::prelude::*;

use crate::lesson::model::{CHAPTERS, Sheet};
use crate::lesson::state::{Lesson, OPENER};
use crate::ui::browser;
use crate::ui::icon::Icon;
use crate::ui::model::format;
use crate::ui::views::{View, Views};

/// The drawing beside a view's name.
fn icon(view: View) -> icondata_core::Icon {
    match view {
        View::Lab => icondata_lu::LuFlaskConical,
        View::Microscope => icondata_lu::LuMicroscope,
        View::Learned => icondata_lu::LuTarget,
        View::Runs => icondata_lu::LuHistory,
        View::Images => icondata_lu::LuImages,
        View::Network => icondata_lu::LuNetwork,
        View::Words => icondata_lu::LuBookOpen,
    }
}

/// The rail.
#[component]
pub(crate) fn Rail() -> impl IntoView {
    view! {
        <nav class="rail" aria-label=text!("frame.views")>
            {View::ALL.map(|view| view! { <ViewLink of=view /> }).into_iter().collect_view()}
            <LessonButton />
        </nav>
    }
}

/// A link to a view, with its own address.
#[component]
fn ViewLink(of: View) -> impl IntoView {
    let views = expect_context::<Views>();
    let address = move || {
        // The rest of the address may have changed with the view.
        views.shown();
        let search = of.query(&browser::search());
        if search.is_empty() {
            String::from("?")
        } else {
            search
        }
    };
    view! {
        <a
            class="rail-link"
            href=address
            data-testid=format!("to-view-{}", of.name())
            data-to-view=of.name()
            aria-current=move || (views.shown() == of).then_some("page")
            on:click=move |event| {
                let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
                if !elsewhere {
                    event.prevent_default();
                    views.open(of);
                }
            }
        >
            <Icon of=icon(of) />
            <span>{of.title()}</span>
        </a>
    }
}

/// Opens and closes the lesson, which stands beside any view.
#[component]
fn LessonButton() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let open = move || lesson.sheet() != Sheet::Closed;
    let label = move || match lesson.done() {
        0 => String::from(text!("frame.lesson")),
        done => text!("frame.lesson-done", done = format::of(done, CHAPTERS.len())),
    };
    view! {
        <button
            class="rail-link"
            id=OPENER
            data-testid="lesson-open"
            title=text!("frame.chapters")
            aria-expanded=move || open().to_string()
            on:click=move |_| lesson.toggle()
        >
            <Icon of=icondata_lu::LuGraduationCap />
            <span>{label}</span>
        </button>
    }
}
