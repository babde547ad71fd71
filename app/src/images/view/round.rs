//! What is recorded next: which class, and whether it is the first time or once more elsewhere.

use leptos::prelude::*;

use crate::images::model::ImageClass;
use crate::images::state::Images;

/// The classes as buttons, with how many pictures each has in the present round.
#[component]
pub(crate) fn RecordFor() -> impl IntoView {
    let images = expect_context::<Images>();
    let names = Memo::new(move |_| {
        let named = |all: &Vec<ImageClass>| {
            let named = all.iter().enumerate();
            let named = named.map(|(i, class)| (i, class.id, class.name.trim().to_owned()));
            named.collect::<Vec<_>>()
        };
        images.classes.with(named)
    });
    view! {
        <div class="record-for">
            <span class="control-label">{text!("own.record-for")}</span>
            <div class="segments" role="group" aria-label=text!("own.record-for")>
                <For each=move || names.get() key=Clone::clone let((place, id, name))>
                    <button
                        data-testid=format!("record-for-{place}")
                        aria-pressed=move || (images.target() == Some(id)).to_string()
                        on:click=move |_| images.select_target(id)
                    >
                        <bdi>{name}</bdi>
                        " "
                        <small>{move || images.recorded(id)}</small>
                    </button>
                </For>
            </div>
        </div>
    }
}

/// The way to a second round, and what is to be done in it.
#[component]
pub(crate) fn AnotherRound() -> impl IntoView {
    let images = expect_context::<Images>();
    let domain = Memo::new(move |_| {
        images
            .round
            .with(|it| it.as_ref().map(|it| it.domain.clone()))
    });
    let going_on = Memo::new(move |_| domain.with(Option::is_some));
    let possible = Memo::new(move |_| !going_on.get() && images.has_a_first_round());
    let now = move || text!("own.round-now", domain = domain.get().unwrap_or_default());
    view! {
        <div class="round">
            <Show when=move || possible.get()>
                <button data-testid="round-begin" on:click=move |_| images.begin_round()>
                    {text!("own.round-begin")}
                </button>
                <p class="hint">{text!("own.round-what")}</p>
            </Show>
            <Show when=move || going_on.get()>
                <p class="callout" role="status" data-testid="round-now">
                    {now}
                </p>
                <button data-testid="round-end" on:click=move |_| images.end_round()>
                    {text!("own.round-end")}
                </button>
            </Show>
        </div>
    }
}
