//! All words of the field in a list, folded away at the page's end.

use leptos::prelude::*;

use crate::ui::browser;
use crate::ui::model::glossary::GLOSSARY;

/// The list.
#[component]
pub(crate) fn Glossary() -> impl IntoView {
    let mut entries: Vec<_> = GLOSSARY.iter().collect();
    entries.sort_by(|a, b| browser::alphabetical(a.name(), b.name()));
    let entries = entries
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
            <details open>
                <summary data-testid="glossary">
                    {text!("glossary.summary", number = GLOSSARY.len())}
                </summary>
                <dl>{entries}</dl>
            </details>
        </section>
    }
}
