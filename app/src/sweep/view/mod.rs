//! A sweep: many runs over a grid of settings, as a heat map that fills in while they train.

pub(crate) mod card;
pub(crate) mod files;
pub(crate) mod form;
pub(crate) mod heat_map;
pub(crate) mod progress;

use leptos::prelude::*;

use crate::sweep::state::panel::SweepPanelState;

use crate::sweep::view::card::CellCard;
use crate::sweep::view::files::SweepFiles;
use crate::sweep::view::form::Form;
use crate::sweep::view::heat_map::HeatMap;
use crate::sweep::view::progress::SweepProgress;
use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn Sweep() -> impl IntoView {
    let view = expect_context::<SweepPanelState>();
    let machine = view.sweeper.machine;
    let begun = move || view.phase.with(Option::is_some);
    // So that a folded panel still says that something goes on.
    let at_work = move || {
        machine.with(|machine| {
            let machine = machine.as_ref().filter(|it| it.phase.active())?;
            let (done, all) = (machine.results.len(), machine.runs);
            let count = text!("sweep.count", done = done, all = all);
            Some(format!(" · {count}"))
        })
    };
    view! {
        <section class="panel sweep" id="sweep" aria-label=text!("sweep.name")>
            <details data-testid="sweep">
                <summary data-testid="sweep-summary">
                    {text!("sweep.title")} {at_work}
                </summary>
                <p class="lead">
                    <Term of="sweep">{text!("sweep.name")}</Term>
                    ": "
                    {text!("sweep.lead")}
                </p>
                <Form view=view />
                <Show when=begun>
                    <SweepProgress view=view />
                    <HeatMap view=view />
                    <CellCard view=view />
                    <SweepFiles view=view />
                </Show>
            </details>
        </section>
    }
}
