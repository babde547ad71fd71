//! One image by itself: as it is, and as the network sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;

use crate::images::state::Images;
use crate::settings::state::Settings;

use crate::images::model::UserImage;
use crate::images::model::fit;
use crate::images::view::keys;
use crate::ui::dialog::Sheet;
use crate::ui::pixels::Pixels;

/// The dialog.
#[component]
pub(crate) fn Viewer() -> impl IntoView {
    let images = expect_context::<Images>();
    let open = RwSignal::new(false);
    let viewing = Memo::new(move |_| images.viewed.with(Option::is_some));
    Effect::new(move |_| open.set(viewing.get()));
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if was == Some(true) && !now {
            let viewed = images.viewed.get_untracked();
            images.viewed.set(None);
            if viewed.is_some() {
                keys::focus_soon(images, viewed);
            }
        }
        now
    });
    view! {
        <Sheet open=open id="image-view" title=text!("own.view.title")>
            <Viewed />
        </Sheet>
    }
}

#[component]
fn Viewed() -> impl IntoView {
    let images = expect_context::<Images>();
    let settings = expect_context::<Settings>();
    let found = Memo::new(move |_| {
        let viewed = images.viewed.get()?;
        images.classes.with(|all| {
            all.iter().find_map(|class| {
                let image = class.images.iter().find(|image| image.id == viewed)?;
                Some((class.name.trim().to_owned(), image.clone()))
            })
        })
    });
    let order = Memo::new(move |_| keys::order(images));
    let place = Memo::new(move |_| {
        let viewed = images.viewed.get();
        order.with(|order| order.iter().position(|id| Some(*id) == viewed))
    });
    let first = move || place.get().is_none_or(|place| place == 0);
    let last = move || {
        place
            .get()
            .is_none_or(|place| order.with(|order| place + 1 >= order.len()))
    };
    view! {
        <div class="viewed">
            {move || found.get().map(|(class, image)| image_view(settings, class, &image))}
            <label class="inline-choice">
                <input
                    type="checkbox"
                    data-testid="image-test-only"
                    prop:checked=move || {
                        found.with(|found| found.as_ref().is_some_and(|(_, image)| image.test_only()))
                    }
                    on:change=move |event| {
                        let ids: BTreeSet<u32> = images.viewed.get_untracked().into_iter().collect();
                        images.mark_images(&ids, event_target_checked(&event));
                    }
                />
                <span>{text!("own.view.test-only")}</span>
            </label>
            <div class="viewed-steps">
                <button
                    data-testid="image-before"
                    disabled=first
                    on:click=move |_| keys::view_next(images, -1)
                >
                    {text!("own.view.before")}
                </button>
                <span class="hint" aria-live="polite">
                    {move || {
                        let count = order.with(Vec::len);
                        place
                            .get()
                            .map(|place| text!("own.view.place", place = place + 1, count = count))
                    }}
                </span>
                <button
                    data-testid="image-after"
                    disabled=last
                    on:click=move |_| keys::view_next(images, 1)
                >
                    {text!("own.view.next")}
                </button>
            </div>
        </div>
    }
}

fn image_view(settings: Settings, class: String, image: &UserImage) -> impl IntoView + use<> {
    let (side, rule) = settings
        .draft
        .with(|draft| (draft.data.image_size as u32, draft.data.fit));
    let seen = fit::as_seen(&image.pixels, (image.width, image.height), side, rule);
    view! {
        <div class="viewed-pictures">
            <figure class="viewed-whole">
                <Pixels
                    pixels=image.pixels.clone()
                    width=image.width
                    height=image.height
                    label=image.name.clone()
                />
                <figcaption class="hint">{text!("own.view.kept")}</figcaption>
            </figure>
            {seen
                .map(|pixels| {
                    view! {
                        <figure data-testid="image-seen">
                            <Pixels
                                pixels=Arc::new(pixels)
                                width=side
                                height=side
                                label=text!("own.view.seen-label", name = image.name)
                            />
                            <figcaption class="hint">
                                {text!("own.view.seen", side = side)}
                            </figcaption>
                        </figure>
                    }
                })}
        </div>
        <dl class="viewed-facts" data-testid="image-facts">
            <dt>{text!("own.view.name")}</dt>
            <dd>
                <bdi>{image.name.clone()}</bdi>
            </dd>
            <dt>{text!("own.view.size")}</dt>
            <dd>{text!("own.view.pixels", width = image.width, height = image.height)}</dd>
            <dt>{text!("own.class")}</dt>
            <dd>
                <bdi>{class}</bdi>
            </dd>
            <dt>{text!("own.domain")}</dt>
            <dd>
                {if image.domain.is_empty() {
                    text!("own.view.no-domain").to_owned()
                } else {
                    image.domain.clone()
                }}
            </dd>
        </dl>
    }
}
