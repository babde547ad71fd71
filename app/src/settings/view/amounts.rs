//! Number of images, how own images are cropped and split; folded at first.

use leptos::prelude::*;

use rsc_core::config::DataSource;

use crate::settings::model::choice_name::{name_of, named};
use crate::settings::state::Settings;
use crate::settings::view::typed::{Real, Whole};
use crate::settings::widgets::Choice;
use crate::settings::widgets::run_setting::run_setting;

const FIT: &str = "data.fit";
const RANGE: ((u64, &str), (u64, &str)) = ((8, "8"), (20_000, "20000"));

const TRAIN: Whole = Whole {
    id: "train-images",
    field: "data.train_images",
    label: || text!("amounts.train-images.label"),
    hint: || text!("amounts.train-images.hint"),
    range: RANGE,
    get: |c| c.data.train_images,
    set: |c, v| c.data.train_images = v,
};

const TEST: Whole = Whole {
    id: "test-images",
    field: "data.test_images",
    label: || text!("amounts.test-images.label"),
    hint: || text!("amounts.test-images.hint"),
    range: RANGE,
    get: |c| c.data.test_images,
    set: |c, v| c.data.test_images = v,
};

const VALIDATION: Real = Real {
    id: "validation-fraction",
    field: "data.validation_fraction",
    label: || text!("amounts.validation-fraction.label"),
    hint: || text!("amounts.validation-fraction.hint"),
    expected: "a value from 0.05 to 0.9", // not shown
    get: |c| c.data.validation_fraction,
    set: |c, v| c.data.validation_fraction = v,
};

/// Numbers of images for presets; split and fit for own images.
#[component]
pub(crate) fn Amounts() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let own = Memo::new(move |_| settings.draft.with(|c| c.data.source == DataSource::Own));
    let presets = move || {
        view! {
            {TRAIN.control(settings)}
            {TEST.control(settings)}
        }
    };
    view! {
        <details class="more" data-testid="more-images">
            <summary>
                {move || {
                    if own.get() { text!("amounts.title-own") } else { text!("amounts.title") }
                }}
            </summary>
            <div class="fields">
                <Show when=move || own.get() fallback=presets>
                    {VALIDATION.control(settings)}
                    <Choice
                        setting=run_setting(settings, "fit", FIT, text!("amounts.fit.label"),
                            |c| c.data.fit, |c, v| c.data.fit = v)
                        hint=text!("amounts.fit.hint")
                        options=vec![
                            ("center_crop", text!("amounts.fit.center-crop")),
                            ("contain", text!("amounts.fit.contain")),
                        ]
                        value=Signal::derive(move || name_of(settings.draft.with(|c| c.data.fit)))
                        on_choice=Callback::new(move |name: String| {
                            if let Some(fit) = named(&name) {
                                settings.change(FIT, |draft| draft.data.fit = fit);
                            }
                        })
                    />
                </Show>
            </div>
        </details>
    }
}
