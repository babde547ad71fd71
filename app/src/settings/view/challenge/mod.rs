//! How features are muted: which, along which axis, how many, for which images.

mod degenerate;
mod features;
mod field;
mod gradient;
mod methods;
mod objective;
mod observed;
mod samples;

use leptos::prelude::*;

use self::degenerate::Degenerate;
pub(crate) use self::features::MutedShare;
use self::features::{Features, MutedBy};
use self::gradient::Gradient;
use self::methods::Methods;
pub(crate) use self::objective::OtherMethods;
pub(crate) use self::observed::Observed;
use self::samples::{BatchFraction, Rounds, SampleSelection};
use crate::settings::state::Settings;
use crate::settings::view::arms::Arms;
use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn Challenge(
    /// What the run and the masks show of it.
    observed: Observed,
    /// What stands at its end.
    children: Children,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let challenge = Memo::new(move |_| settings.challenge());

    view! {
        <section
            class="panel challenge"
            aria-labelledby="challenge-title"
            data-testid="challenge-panel"
        >
            <h2 id="challenge-title">
                <span class="number">"2"</span>
                {text!("challenge.title")}
            </h2>
            <p class="lead">
                {text!("challenge.lead.what")}
                <Term of="muted">{text!("challenge.lead.muted")}</Term>
                {text!("challenge.lead.where")}
                {move || {
                    let arm = settings.edited_arm();
                    let label = text!("challenge.lead.before-arm", name = arm.label());
                    view! { <span class=arm.class()>{label}</span> }
                }}
                <Term of="arm">{text!("challenge.lead.arm")}</Term>
                {text!("challenge.lead.when")}
            </p>
            <Arms />
            <Degenerate challenge=challenge observed=observed />
            <Features challenge=challenge observed=observed />
            <BatchFraction challenge=challenge />
            <details class="more challenge-more" data-testid="challenge-more">
                <summary>{text!("challenge.more")}</summary>
                <Methods challenge=challenge />
                <MutedBy challenge=challenge />
                <Gradient challenge=challenge />
                <SampleSelection challenge=challenge />
                <Rounds challenge=challenge />
            </details>
            {children()}
        </section>
    }
}
