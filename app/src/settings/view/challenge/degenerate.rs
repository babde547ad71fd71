//! A warning where the importance of an image is constant.

use leptos::prelude::*;

use rsc_core::config::{ChallengeConfig, Strategy};

use super::observed::Observed;
use crate::settings::state::Settings;

/// What happened where there was no strongest feature, and what to choose instead.
#[component]
pub(super) fn Degenerate(challenge: Memo<ChallengeConfig>, observed: Observed) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let in_training = move || observed.degenerate_in_batch.get();
    let in_view = move || observed.degenerate_in_view.get();
    let active = move || challenge.get().strategy == Strategy::TopGradient;
    let any = Memo::new(move |_| active() && (in_training() > 0 || in_view()));
    let use_grad_cam = move |_| {
        settings.change_challenge("challenge.importance", |c| {
            c.importance = ChallengeConfig::default().importance;
        });
    };
    view! {
        <Show when=move || any.get()>
            <div class="callout warning" role="status" data-testid="degenerate">
                <p>
                    <b>{text!("challenge.degenerate.title")}</b>
                    {move || match in_training() {
                        0 => text!("challenge.degenerate.in-view").to_owned(),
                        n => text!("challenge.degenerate.in-training", n = n),
                    }}
                    {text!("challenge.degenerate.why")}
                </p>
                <p>
                    {text!("challenge.degenerate.remedy")}
                </p>
                <button on:click=use_grad_cam>{text!("challenge.degenerate.use-grad-cam")}</button>
            </div>
        </Show>
    }
}
