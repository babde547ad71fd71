//! All words of the field in a list, folded away at the page's end.

use leptos::prelude::*;

use crate::ui::model::glossary::{GLOSSARY, in_order};

/// The list.
#[component]
pub(crate) fn Glossary() -> impl IntoView {
    let entries = in_order()
        .into_iter()
        .map(|entry| {
            view! {
                <div>
                    <dt>{entry.name()}</dt>
                    <dd>{entry.meaning()}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="panel glossary" aria-label=text!("glossary.label")>
            <details>
                <summary data-testid="glossary">
                    {text!("glossary.summary", number = GLOSSARY.len())}
                </summary>
                <dl>{entries}</dl>
            </details>
        </section>
    }
}
