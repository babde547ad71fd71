//! What folders could be taken for as well, with the buttons that do so.

use leptos::prelude::*;

use crate::images::state::Images;
use crate::images::state::folder_choices::OpenChoice;

/// Says how folders were taken that can be taken in two ways.
#[component]
pub(crate) fn FolderChoices() -> impl IntoView {
    let images = expect_context::<Images>();
    let open = Memo::new(move |_| images.open_choices());
    let choice = move |choice: OpenChoice| {
        let OpenChoice {
            id,
            about,
            other_way,
        } = choice;
        view! {
            <div class="callout folder-choice" data-testid="folder-choice">
                <p>{about.said(other_way)}</p>
                <div class="buttons">
                    <button
                        data-testid="folder-other-way"
                        on:click=move |_| images.switch(id, !other_way)
                    >
                        {about.offer(other_way)}
                    </button>
                    <button
                        class="quiet"
                        data-testid="folder-keep"
                        on:click=move |_| images.close_choice(id)
                    >
                        {text!("own.layout.accept")}
                    </button>
                </div>
            </div>
        }
    };
    view! {
        // Always there, as what appears together with its text is not always read out.
        <div role="status">
            {move || open.get().into_iter().map(choice).collect_view()}
        </div>
    }
}
