//! The network: its blocks, where it is cut, what it costs and how it looks; folded away at first.

pub(crate) mod backbone;
pub(crate) mod blocks;
pub(crate) mod diagram;
pub(crate) mod draft_network;
pub(crate) mod head;
pub(crate) mod memory;
pub(crate) mod pretrained;
pub(crate) mod shape;

use leptos::prelude::*;

use rsc_core::config::NetworkCost;

use crate::settings::model::memory::Counts;
use crate::settings::state::Settings;
use crate::settings::view::network::backbone::BackboneFields;
use crate::settings::view::network::diagram::{CostTable, Diagram};
use crate::settings::view::network::draft_network::DraftNetwork;
use crate::settings::view::network::memory::MemoryNeeded;
use crate::settings::view::network::shape::ShapeFields;
use crate::ui::model::format;
use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn Network(
    /// How many of the visitor's images there are for training and testing, and their classes.
    own_images: Signal<Counts>,
    /// Parameters of the run's network and the shape of its feature map.
    in_run: Signal<Option<(usize, [usize; 3])>>,
    /// The weights of a pretrained network.
    #[prop(into)]
    weights: ViewFn,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let described = DraftNetwork::new(settings, own_images);
    let cost = described.cost;
    let statistics = move || match cost.with(NetworkCost::statistics) {
        0 => String::new(),
        n => text!("network.statistics", n = format::thousands(n as usize)),
    };
    let frozen = move || match cost.with(NetworkCost::frozen_parameters) {
        0 => String::new(),
        n => text!(
            "network.frozen-parameters",
            n = format::thousands(n as usize)
        ),
    };
    let all = move || cost.with(|cost| cost.parameters() + cost.statistics());
    let running = move || {
        in_run.get().map(|(parameters, [c, h, w])| {
            view! {
                <p class="facts">
                    {text!("network.in-run")}
                    <b data-testid="run-parameters">{format::thousands(parameters)}</b>
                    {text!("network.run-shape", c = c, h = h, w = w)}
                </p>
            }
        })
    };

    view! {
        <details class="network" data-testid="network">
            <summary>{text!("network.title")}</summary>
            <Diagram described=described />
            <p class="net-cost" aria-live="polite">
                <span>
                    <b data-testid="parameters">{move || format::thousands(all() as usize)}</b>
                    " "
                    <Term of="parameters">{text!("network.parameters")}</Term>
                    {statistics}
                    {frozen}
                </span>
                <span>
                    <b data-testid="multiply-adds">
                        {move || format::amount(cost.with(NetworkCost::multiply_adds))}
                    </b>
                    " "
                    <Term of="multiply-adds">{text!("network.multiply-adds")}</Term>
                </span>
            </p>
            {running}
            <MemoryNeeded own_images=own_images />
            <CostTable described=described />
            <BackboneFields described=described weights=weights />
            <ShapeFields described=described />
        </details>
    }
}
