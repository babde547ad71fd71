//! Facts of the current run: how many images, of which size, of how many classes. They stand before it is
//! prepared, so that nothing moves when it is.

use leptos::prelude::*;

use crate::training::state::Training;
use crate::ui::model::format;

/// How large the run is.
#[component]
pub(crate) fn RunFacts() -> impl IntoView {
    let training = expect_context::<Training>();
    let facts = move || {
        let run = training.outlook()?;
        let train: usize = run.domains.iter().map(|d| d.train).sum();
        let test: usize = run.domains.iter().map(|d| d.test).sum();
        let train = plural!("data.facts.images", train);
        let test = format::thousands(test);
        let side = run.image_size;
        let classes = plural!("data.facts.classes", run.classes);
        Some(match run.held_out() {
            None => text!(
                "data.facts.all",
                train = train,
                test = test,
                side = side,
                classes = classes,
            ),
            Some(domain) => text!(
                "data.facts.held-out",
                train = train,
                test = test,
                side = side,
                classes = classes,
                domain = domain.name,
            ),
        })
    };
    view! { <p class="facts">{facts}</p> }
}
