//! What this page is, in a paragraph, before anything moves.

use leptos::prelude::*;

/// Title and introduction.
#[component]
pub(crate) fn Header() -> impl IntoView {
    view! {
        <header class="intro">
            <h1 id="top">"What does a network learn when it may not use its favourite features?"</h1>
            <p>
                "Two copies of a small image classifier train here side by side, from the same initial weights and on the same batches. "
                <span class="arm erm">"ERM"</span> " trains plainly. "
                <span class="arm rsc">"RSC"</span>
                ", Representation Self-Challenging, mutes at each step the features the network leans on most, so that it has to find others. Then both meet images from a "
                <em>"new domain"</em>
                ", one that they have never seen. Change anything, at any time, and watch. "
                <a href="https://arxiv.org/abs/2007.02454" rel="noreferrer">
                    "The paper: Huang et al., ECCV 2020"
                </a> "."
            </p>
        </header>
    }
}
