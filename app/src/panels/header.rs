//! What this page is, in a paragraph, before anything moves.

use leptos::prelude::*;

use crate::lesson::{Lesson, OPENER};
use crate::pure::format;
use crate::pure::lesson::{CHAPTERS, Sheet};
use crate::term::Term;

/// Title and introduction.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let open = move || lesson.sheet() != Sheet::Closed;
    let label = move || match lesson.done() {
        0 => String::from("Lesson"),
        done => format!("Lesson · {}", format::of(done, CHAPTERS.len())),
    };
    view! {
        <header class="intro">
            <h1 id="top">"What does a network learn when it may not use its favourite features?"</h1>
            <p>
                "Two copies of a small image classifier (up to four if you add some) train here side by side, from the same initial weights and on the same batches. "
                <Term of="erm">
                    <span class="arm erm">"ERM"</span>
                </Term> " trains plainly. "
                <Term of="rsc">
                    <span class="arm rsc">"RSC"</span>
                </Term>
                ", Representation Self-Challenging, mutes at each step the "
                <Term of="feature">"features"</Term> " the network leans on most, so that it has to find others. Then all meet images from a "
                <Term of="new-domain">
                    <em>"new domain"</em>
                </Term>
                ", one that they have never seen. Change anything, at any time, and watch. "
                <a href="https://arxiv.org/abs/2007.02454" rel="noreferrer">
                    "The paper: Huang et al., ECCV 2020"
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
                <span>"Seven short chapters that use the page itself."</span>
            </div>
        </header>
    }
}
