//! Augmentation of training images; folded at first.

use leptos::prelude::*;

use rsc_core::config::RunConfig;

use crate::settings::state::Settings;
use crate::settings::view::typed::{Real, Whole};
use crate::settings::widgets::Switch;
use crate::settings::widgets::run_setting::run_setting;
use crate::ui::term::Term;

const FLIP: &str = "training.augmentation.flip";

const SHIFT: Whole = Whole {
    id: "shift",
    field: "training.augmentation.shift",
    label: || text!("augmentation.shift.label"),
    hint: || text!("augmentation.shift.hint"),
    range: ((0, "0"), (16, "16")),
    get: |c| c.training.augmentation.shift as usize,
    set: |c, v| c.training.augmentation.shift = v as u32,
};

const JITTER: Real = Real {
    id: "color-jitter",
    field: "training.augmentation.color_jitter",
    label: || text!("augmentation.color-jitter.label"),
    hint: || text!("augmentation.color-jitter.hint"),
    expected: "a value from 0 to 1", // not shown
    get: |c| c.training.augmentation.color_jitter,
    set: |c, v| c.training.augmentation.color_jitter = v,
};

/// Mirror, shift and colour jitter.
#[component]
pub(crate) fn Augmentation() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let setting = run_setting(
        settings,
        "flip",
        FLIP,
        text!("augmentation.flip.label"),
        |c| c.training.augmentation.flip,
        |c, v| c.training.augmentation.flip = v,
    );
    let frozen = Memo::new(move |_| {
        let blocks = |draft: &RunConfig| draft.network.backbone.frozen_blocks();
        settings.draft.with(blocks) > 0
    });
    view! {
        <details class="more" data-testid="more-augmentation">
            <summary>{text!("augmentation.title")}</summary>
            <p class="hint">
                <Term of="augmentation">{text!("augmentation.title")}</Term>
                ": "
                {text!("augmentation.hint")}
            </p>
            <div class="fields">
                <div class="field">
                    <Switch
                        setting=setting
                        label=text!("augmentation.flip.toggle")
                        value=Signal::derive(move || {
                            settings.draft.with(|draft| draft.training.augmentation.flip)
                        })
                        on_change=Callback::new(move |on| {
                            settings.change(FLIP, |draft| draft.training.augmentation.flip = on);
                        })
                    />
                </div>
                <Show
                    when=move || !frozen.get()
                    fallback=|| {
                        view! {
                            <p class="hint" data-testid="only-mirrored">
                                {text!("augmentation.only-mirrored")}
                            </p>
                        }
                    }
                >
                    {SHIFT.control(settings)}
                    {JITTER.control(settings)}
                </Show>
            </div>
        </details>
    }
}
