//! The page as a whole: the only room that knows all features. It makes their states, connects them,
//! and says what stands where.

pub(crate) mod app_state;
pub(crate) mod deferred;
pub(crate) mod deferred_parts;
pub(crate) mod deferred_start;
pub(crate) mod deferred_state;
pub(crate) mod embed;
pub(crate) mod events;
pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod keyboard;
pub(crate) mod page;
pub(crate) mod placeholder;
pub(crate) mod rail;
pub(crate) mod training_panel;

use std::rc::Rc;

use leptos::prelude::*;

use crate::app::app_state::AppState;
use crate::app::deferred::{Deferred, DeferredModule, offer_button};
use crate::app::deferred_parts::DeferredPart;
use crate::app::page::Page;
use crate::app::placeholder::{Missing, Placeholder};
use crate::bench::state::is_asked_for;
use crate::lesson::state::Lesson;
use crate::link::model::embed::{Asked, Embed};
use crate::link::state::address;
use crate::link::state::visibility::Visibility;
use crate::training::state::Delivery;
use crate::ui::dialog::Dialogs;
use crate::ui::notices::OfferButtons;
use crate::ui::term::OpenExplanation;
use crate::ui::text::{CurrentLanguage, Language};
use crate::ui::views::Views;

/// The whole page, and what outlives a change of its language.
#[component]
pub(crate) fn App(
    /// The language to begin with; its words are here.
    language: Language,
) -> impl IntoView {
    let module = DeferredModule::start();
    provide_context(module);
    let views = Views::new();
    provide_context(views);
    let states = AppState::new();
    states.provide();
    let visibility = Visibility::new();
    provide_context(visibility);
    // Queued before the engine starts, since its events need the states that this makes. The link is the
    // one that the page was opened with: following the address rewrites it.
    let link = address::hash();
    module.run(Deferred::Start(Box::new(states), link, visibility));
    let training = states.training;
    let wanted = training.files.wanted;
    wanted.listen(move |file| module.run(Deferred::LoadFile(training, *file)));
    training.start(delivery(module, states));
    let current_language = CurrentLanguage::new(language, states.notices);
    provide_context(current_language);
    let part = match address::asked() {
        Asked::Part(part) => Some(part),
        Asked::Whole | Asked::Unknown(_) => None,
    };
    // The lesson saves how far it is, and a frame saves nothing.
    if part.is_none() {
        provide_context(Lesson::start(states.training, states.masks, views));
    }
    provide_context(OpenExplanation::new());
    provide_context(OfferButtons(offer_button));
    let dialogs = Dialogs::new();
    provide_context(dialogs);
    if !is_asked_for() {
        address::follow(states.training, visibility, views);
    }
    keyboard::listen(states.training, dialogs);

    // A list with one entry: in another language it is another entry, so all views go, with the
    // effects they have started, and are built anew. (A closure in place of the list would keep
    // the rows of lists within, and with them their words.)
    view! {
        <For
            each=move || [current_language.now.get()]
            key=|language| *language
            children=move |_| match part {
                Some(part) => view! { <Framed of=part /> }.into_any(),
                None => view! { <Page /> }.into_any(),
            }
        />
    }
}

/// One part of the page, for a frame. Its view is in the deferred module.
#[component]
fn Framed(of: Embed) -> impl IntoView {
    view! {
        <Missing />
        <Placeholder of=DeferredPart::Embed(of) />
    }
}

/// What comes from the engine is read by the deferred module.
fn delivery(module: DeferredModule, states: AppState) -> Delivery {
    Delivery {
        message: Rc::new(move |workers, worker, text, buffers| {
            let (text, buffers) = (text.to_owned(), buffers.to_vec());
            module.run(Deferred::Message(workers, worker, text, buffers));
        }),
        event: Rc::new(move |event, buffers| {
            let (states, event) = (Box::new(states), Box::new(event));
            module.run(Deferred::Event(states, event, buffers.to_vec()));
        }),
    }
}
