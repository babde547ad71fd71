//! Title and introduction.

use leptos::prelude::*;

use crate::lesson::model::{CHAPTERS, Sheet};
use crate::lesson::state::{Lesson, OPENER};
use crate::ui::model::format;
use crate::ui::term::Term;

/// Title and introduction.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let open = move || lesson.sheet() != Sheet::Closed;
    let label = move || match lesson.done() {
        0 => String::from(text!("frame.lesson")),
        done => text!("frame.lesson-done", done = format::of(done, CHAPTERS.len())),
    };
    view! {
        <header class="intro">
            <h1 id="top">{text!("frame.title")}</h1>
            <p>
                {text!("frame.intro.two")}
                <Term of="erm">
                    <span class="arm erm">{text!("frame.intro.erm")}</span>
                </Term> {text!("frame.intro.plainly")}
                <Term of="rsc">
                    <span class="arm rsc">{text!("frame.intro.rsc")}</span>
                </Term>
                {text!("frame.intro.mutes")}
                <Term of="feature">{text!("frame.intro.features")}</Term> {text!("frame.intro.others")}
                <Term of="new-domain">
                    <em>{text!("frame.intro.new-domain")}</em>
                </Term>
                {text!("frame.intro.watch")}
                <a href="https://arxiv.org/abs/2007.02454" rel="noreferrer">
                    {text!("frame.intro.paper")}
                </a> "."
            </p>
            <div class="intro-actions">
                <button
                    id=OPENER
                    data-testid="lesson-open"
                    aria-expanded=move || open().to_string()
                    on:click=move |_| lesson.toggle()
                >
                    {label}
                </button>
                <span>{text!("frame.chapters")}</span>
            </div>
        </header>
    }
}
