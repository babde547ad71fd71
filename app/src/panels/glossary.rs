//! All words of the field in a list, folded away at the page's end.

use leptos::prelude::*;

use crate::pure::glossary::GLOSSARY;

/// The list.
#[component]
pub(crate) fn Glossary() -> impl IntoView {
    let entries = GLOSSARY
        .iter()
        .map(|entry| {
            view! {
                <div>
                    <dt>{entry.name}</dt>
                    <dd>{entry.meaning}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="panel glossary" aria-label="Glossary">
            <details>
                <summary data-testid="glossary">
                    {format!("Glossary: {} words of the field, one sentence each", GLOSSARY.len())}
                </summary>
                <dl>{entries}</dl>
            </details>
        </section>
    }
}
