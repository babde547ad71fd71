//! Facts of the current run: how many images, of which size, of how many classes.

use leptos::prelude::*;

use crate::training::state::Training;
use crate::ui::model::format;

/// What the run turned out to be.
#[component]
pub(crate) fn RunFacts() -> impl IntoView {
    let training = expect_context::<Training>();
    let facts = move || {
        training.info.with(|info| {
            let info = info.as_ref()?;
            let train: usize = info.domains.iter().map(|d| d.train).sum();
            let test: usize = info.domains.iter().map(|d| d.test).sum();
            let held_out = info.domains.iter().find(|d| d.held_out);
            let train = plural!("data.facts.images", train);
            let test = format::thousands(test);
            let side = info.image_size;
            let classes = plural!("data.facts.classes", info.classes.len());
            Some(match held_out {
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
        })
    };
    view! { <p class="facts">{facts}</p> }
}
