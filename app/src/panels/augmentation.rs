//! How training images are varied; folded away at first.

use leptos::prelude::*;

use super::network::fixed_setting;
use super::typed::{Real, Whole};
use crate::controls::Toggle;
use crate::session::Session;

const FLIP: &str = "training.augmentation.flip";

const SHIFT: Whole = Whole {
    id: "shift",
    field: "training.augmentation.shift",
    label: "Shift by up to",
    hint: "Pixels each way, new for every image and step; 0 to 16.",
    range: ((0, "0"), (16, "16")),
    get: |c| c.training.augmentation.shift as usize,
    set: |c, v| c.training.augmentation.shift = v as u32,
};

const JITTER: Real = Real {
    id: "color-jitter",
    field: "training.augmentation.color_jitter",
    label: "Colour jitter",
    hint: "Brightness, contrast and saturation change by up to this share; 0 to 1.",
    expected: "a value from 0 to 1",
    get: |c| c.training.augmentation.color_jitter,
    set: |c, v| c.training.augmentation.color_jitter = v,
};

/// Mirror, shift and colour jitter.
#[component]
pub(super) fn Augmentation() -> impl IntoView {
    let session = expect_context::<Session>();
    let setting = fixed_setting(
        session,
        "flip",
        FLIP,
        "Mirror images",
        |c| c.training.augmentation.flip,
        |c, v| c.training.augmentation.flip = v,
    );
    view! {
        <details class="more" data-testid="more-augmentation">
            <summary>"Augmentation"</summary>
            <p class="hint">
                "Varies the training images at random, alike for all arms. Mind that mirroring or shifting can change what a class means."
            </p>
            <div class="fields">
                <div class="field" class:pending=setting.pending>
                    <Toggle
                        id="flip"
                        label="Mirror every other image"
                        value=Signal::derive(move || {
                            session.draft.with(|draft| draft.training.augmentation.flip)
                        })
                        on_change=Callback::new(move |on| {
                            session.change(FLIP, |draft| draft.training.augmentation.flip = on);
                        })
                    />
                    <Show when=move || setting.pending.get()>
                        <p class="takes-effect">"Takes effect on reset."</p>
                    </Show>
                </div>
                {SHIFT.control(session)}
                {JITTER.control(session)}
            </div>
        </details>
    }
}
