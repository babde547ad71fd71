//! How many images a run has and how own images are cut to squares and split; folded away at
//! first.

use leptos::prelude::*;

use rsc_core::config::DataSource;

use super::challenge::{name_of, named};
use super::network::fixed_setting;
use super::typed::{Real, Whole};
use crate::controls::Choice;
use crate::session::Session;

const FIT: &str = "data.fit";
const RANGE: ((u64, &str), (u64, &str)) = ((8, "8"), (20_000, "20000"));

const TRAIN: Whole = Whole {
    id: "train-images",
    field: "data.train_images",
    label: "Training images",
    hint: "How many are generated over all domains trained on, 8 to 20,000.",
    range: RANGE,
    get: |c| c.data.train_images,
    set: |c, v| c.data.train_images = v,
};

const TEST: Whole = Whole {
    id: "test-images",
    field: "data.test_images",
    label: "Test images",
    hint: "How many are generated in each domain, never trained on: more make accuracies steadier.",
    range: RANGE,
    get: |c| c.data.test_images,
    set: |c, v| c.data.test_images = v,
};

const VALIDATION: Real = Real {
    id: "validation-fraction",
    field: "data.validation_fraction",
    label: "Share for testing",
    hint: "The share of each class of your images that is kept from training, 0.05 to 0.9.",
    expected: "a value from 0.05 to 0.9",
    get: |c| c.data.validation_fraction,
    set: |c, v| c.data.validation_fraction = v,
};

/// Numbers of images for presets; split and fit for own images.
#[component]
pub(super) fn Amounts() -> impl IntoView {
    let session = expect_context::<Session>();
    let own = Memo::new(move |_| session.draft.with(|c| c.data.source == DataSource::Own));
    let presets = move || {
        view! {
            {TRAIN.control(session)}
            {TEST.control(session)}
        }
    };
    view! {
        <details class="more" data-testid="more-images">
            <summary>
                {move || {
                    if own.get() { "Split and shape of your images" } else { "Number of images" }
                }}
            </summary>
            <div class="fields">
                <Show when=move || own.get() fallback=presets>
                    {VALIDATION.control(session)}
                    <Choice
                        setting=fixed_setting(session, "fit", FIT, "Images that are not square",
                            |c| c.data.fit, |c, v| c.data.fit = v)
                        hint="Cropping loses what is at the ends; fitting fills the rest with the image's mean colour."
                        options=vec![
                            ("center_crop", "Crop to the middle"),
                            ("contain", "Fit the whole image"),
                        ]
                        value=Signal::derive(move || name_of(session.draft.with(|c| c.data.fit)))
                        on_choice=Callback::new(move |name: String| {
                            if let Some(fit) = named(&name) {
                                session.change(FIT, |draft| draft.data.fit = fit);
                            }
                        })
                    />
                </Show>
            </div>
        </details>
    }
}
