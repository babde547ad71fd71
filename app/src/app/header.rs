//! What the page is about: a question with one sentence on the first screen, and the whole introduction
//! before the words.

use leptos::prelude::*;

use crate::ui::term::Term;

/// The question, and the sentence that leads to the first run.
#[component]
pub(crate) fn Header() -> impl IntoView {
    view! {
        <header class="intro">
            <h1 id="top">{text!("frame.title")}</h1>
            <p>
                {text!("frame.short.two")}
                <Term of="erm">
                    <span class="arm erm">{text!("frame.intro.erm")}</span>
                </Term> {text!("frame.intro.plainly")}
                <Term of="rsc">
                    <span class="arm rsc">{text!("frame.intro.rsc")}</span>
                </Term>
                {text!("frame.short.mutes")}
                <Term of="new-domain">
                    <em>{text!("frame.intro.new-domain")}</em>
                </Term>
                {text!("frame.short.which")}
            </p>
        </header>
    }
}

/// The introduction.
#[component]
pub(crate) fn Introduction() -> impl IntoView {
    view! {
        <section class="panel introduction intro" aria-labelledby="introduction-title">
            <h2 id="introduction-title">{text!("frame.introduction")}</h2>
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
        </section>
    }
}
