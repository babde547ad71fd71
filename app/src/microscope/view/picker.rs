//! What is under the microscope: whose weights, and which image of which domain and split.

use leptos::prelude::*;

use rsc_core::protocol::Split;

use crate::microscope::model::image_pages;
use crate::microscope::model::image_pages::PAGE;
use crate::microscope::state::ImageChoice;
use crate::microscope::state::Microscope;
use crate::training::state::Training;
use crate::ui::icon::Icon;
use crate::ui::model::format;
use crate::ui::pixels::Pixels;

use crate::ui::term::Term;

/// The choice of arm, domain and split.
#[component]
pub(crate) fn Source() -> impl IntoView {
    view! {
        <ArmChoice />
        <DomainChoice />
        <SplitChoice />
    }
}

/// Whose weights.
#[component]
fn ArmChoice() -> impl IntoView {
    let (microscope, training) = (expect_context::<Microscope>(), expect_context::<Training>());
    view! {
        <div class="control">
            <span class="control-label">
                <Term of="weights">{text!("microscope.weights")}</Term>
            </span>
            <div class="segments" role="group" aria-label=text!("masks.arm")>
                <For each=move || training.run_arms() key=Clone::clone let(arm)>
                    <button
                        class=arm.class()
                        data-testid=format!("scope-arm-{}", arm.index + 1)
                        aria-pressed=move || (microscope.arm.get() == arm.index).to_string()
                        on:click=move |_| microscope.magnify_through(arm.index)
                    >
                        {arm.label()}
                    </button>
                </For>
            </div>
        </div>
    }
}

/// The names of the run's domains, by their indices.
fn domains(training: Training) -> Vec<(usize, String)> {
    training.info.with(|info| {
        let domains = info.as_ref().map_or(&[][..], |info| &info.domains);
        let named = domains.iter().enumerate().map(|(i, domain)| {
            let name = if domain.name.is_empty() {
                text!("masks.all-images")
            } else {
                &domain.name
            };
            let name = if domain.held_out {
                text!("masks.new", domain = name)
            } else {
                name.to_owned()
            };
            (i, name)
        });
        named.collect::<Vec<_>>()
    })
}

/// Which domain.
#[component]
fn DomainChoice() -> impl IntoView {
    let (microscope, training) = (expect_context::<Microscope>(), expect_context::<Training>());
    let domain = Memo::new(move |_| microscope.image.get().domain);
    let split = Memo::new(move |_| microscope.image.get().split);
    let domains = move || domains(training);
    view! {
        <div class="control">
            <span class="control-label">
                <Term of="domain">{text!("microscope.domain")}</Term>
            </span>
            <div class="segments" role="group" aria-label=text!("masks.domain")>
                <For each=domains key=Clone::clone let((i, name))>
                    <button
                        data-testid=format!("scope-domain-{i}")
                        aria-pressed=move || (domain.get() == i).to_string()
                        on:click=move |_| microscope.magnify_from(i, split.get_untracked())
                    >
                        {name}
                    </button>
                </For>
            </div>
        </div>
    }
}

/// Which split.
#[component]
fn SplitChoice() -> impl IntoView {
    let (microscope, training) = (expect_context::<Microscope>(), expect_context::<Training>());
    let domain = Memo::new(move |_| microscope.image.get().domain);
    let split = Memo::new(move |_| microscope.image.get().split);
    let count = move |split: Split| {
        training.info.with(|info| {
            let info = info.as_ref();
            info.map_or(0, |info| image_pages::count(info, domain.get(), split))
        })
    };
    let split_button = move |which: Split, id: &'static str, name: &'static str| {
        view! {
            <button
                data-testid=id
                disabled=move || count(which) == 0
                aria-pressed=move || (split.get() == which).to_string()
                on:click=move |_| microscope.magnify_from(domain.get_untracked(), which)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="control">
            <span class="control-label">
                <Term of="split">{text!("microscope.split")}</Term>
            </span>
            <div class="segments" role="group" aria-label=text!("microscope.split")>
                {split_button(Split::Train, "scope-split-train", text!("microscope.split.train"))}
                {split_button(Split::Test, "scope-split-test", text!("microscope.split.test"))}
            </div>
        </div>
    }
}

/// An image to choose.
fn choice_button(microscope: Microscope, (k, choice): (usize, ImageChoice)) -> impl IntoView {
    let image = choice.image;
    let name = text!(
        "microscope.image",
        n = image.index + 1,
        name = choice.name.clone()
    );
    view! {
        <button
            class="scope-choice"
            data-testid=format!("magnify-{k}")
            aria-pressed=move || (microscope.image.get() == image).to_string()
            aria-label=name.clone()
            title=name
            on:click=move |_| microscope.magnify_image(image)
        >
            <Pixels
                pixels=choice.pixels
                width=choice.side
                height=choice.side
                label=choice.name
            />
        </button>
    }
}

/// The images to choose from, page by page.
#[component]
pub(crate) fn Pages() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let training = expect_context::<Training>();
    let total = Memo::new(move |_| {
        let image = microscope.image.get();
        training.info.with(|info| {
            let info = info.as_ref();
            info.map_or(0, |info| {
                image_pages::count(info, image.domain, image.split)
            })
        })
    });
    let page = microscope.page;
    let at_last = move || page.get() + 1 >= image_pages::pages(total.get());
    let place = move || {
        let (first, total) = (page.get() * PAGE, total.get());
        (total > 0).then(|| {
            text!(
                "microscope.page",
                first = format::thousands(first + 1),
                last = format::thousands((first + PAGE).min(total)),
                total = format::thousands(total)
            )
        })
    };
    // A list that is laid out anew keeps the place of the focus.
    let buttons = move || {
        microscope.choices.with(|choices| {
            let choices = choices.iter().enumerate();
            choices
                .map(|(k, choice)| (k, choice.clone()))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class="scope-pages" role="group" aria-label=text!("microscope.picked")>
            <button
                class="icon"
                data-testid="scope-before"
                aria-label=text!("microscope.page.before")
                title=text!("microscope.page.before")
                disabled=move || page.get() == 0
                on:click=move |_| microscope.turn_page(page.get_untracked().saturating_sub(1))
            >
                <Icon of=icondata_lu::LuChevronLeft />
            </button>
            <div class="scope-choices">
                <For each=buttons key=|(k, choice)| (*k, choice.image, choice.pixels.clone()) let(choice)>
                    {choice_button(microscope, choice)}
                </For>
            </div>
            <button
                class="icon"
                data-testid="scope-after"
                aria-label=text!("microscope.page.after")
                title=text!("microscope.page.after")
                disabled=at_last
                on:click=move |_| microscope.turn_page(page.get_untracked() + 1)
            >
                <Icon of=icondata_lu::LuChevronRight />
            </button>
            <span class="hint" data-testid="scope-place" aria-live="polite">{place}</span>
        </div>
    }
}
