//! The network as a row of boxes, from the image to the logits, and as a table of what each of
//! them costs. Both follow the controls, not the run.

use leptos::prelude::*;

use rsc_core::config::PartCost;

use crate::settings::model::network::drawing::{Drawn, block_name, drawing};
use crate::settings::view::network::draft_network::DraftNetwork;
use crate::ui::model::format;

/// Height of the slab of the image, in pixels.
const HEIGHT: f64 = 46.0;

/// The boxes. Each slab is as high as its feature map and as thick as its channels.
#[component]
pub(crate) fn Diagram(described: DraftNetwork) -> impl IntoView {
    let boxes = move || {
        let drawn = described.network.with(|network| {
            let size = described.image_size.get();
            described.cost.with(|cost| drawing(network, cost, size))
        });
        drawn.into_iter().map(part).collect_view()
    };
    view! {
        <ol
            class="net-diagram"
            data-testid="network-diagram"
            data-figure=text!("network.diagram.label")
            aria-label=text!("network.diagram.label")
        >
            {boxes}
        </ol>
    }
}

fn part(drawn: Drawn) -> impl IntoView {
    let [first, second] = drawn.lines;
    let frozen = drawn.frozen.then(|| {
        view! { <span class="net-line net-frozen">{text!("network.diagram.frozen")}</span> }
    });
    let cut = drawn.challenged.then(|| {
        view! {
            <li class="net-part net-cut">
                <span class="net-slab-room" aria-hidden="true">
                    <span class="net-knife"></span>
                </span>
                <span class="net-name">{text!("network.diagram.point")}</span>
                <span class="net-line">{text!("network.diagram.features")}</span>
                <span class="net-line">{text!("network.diagram.muted-here")}</span>
            </li>
        }
    });
    view! {
        <li class="net-part">
            <span class="net-slab-room" aria-hidden="true">
                <span
                    class="net-slab"
                    class:frozen=drawn.frozen
                    style:height=format!("{:.1}px", (HEIGHT * drawn.height).max(3.0))
                    style:width=format!("{:.1}px", drawn.width)
                ></span>
            </span>
            <span class="net-name">{drawn.name}</span>
            <span class="net-line">{first}</span>
            <span class="net-line">{second}</span>
            {frozen}
        </li>
        {cut}
    }
}

/// What each part costs.
#[component]
pub(crate) fn CostTable(described: DraftNetwork) -> impl IntoView {
    let rows = move || {
        described.cost.with(|cost| {
            let stem = cost
                .stem
                .iter()
                .map(|part| row(text!("network.cost.stem").to_owned(), part));
            let names = described.network.with(|network| {
                let blocks = 1..=cost.blocks.len();
                blocks.map(|i| block_name(network, i)).collect::<Vec<_>>()
            });
            let blocks = names.into_iter().zip(&cost.blocks);
            let blocks = blocks.map(|(name, part)| row(capital(&name), part));
            let linear = row(text!("network.cost.linear").to_owned(), &cost.linear);
            stem.chain(blocks).chain([linear]).collect_view()
        })
    };
    view! {
        <details class="net-table">
            <summary>{text!("network.cost.title")}</summary>
            <div class="net-scroll">
                <table class="accuracy" data-testid="cost-table">
                    <thead>
                        <tr>
                            <th scope="col">{text!("network.cost.part")}</th>
                            <th scope="col">{text!("network.cost.output")}</th>
                            <th scope="col">{text!("network.cost.parameters")}</th>
                            <th scope="col">{text!("network.cost.multiply-adds")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="hint">
                {text!("network.cost.hint")}
            </p>
        </details>
    }
}

/// With a capital letter, as rows of a table begin.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

fn row(name: String, part: &PartCost) -> impl IntoView + use<> {
    let all = part.parameters + part.statistics;
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{format!("{} × {} × {}", part.channels, part.side, part.side)}</td>
            <td>{format::thousands(all as usize)}</td>
            <td>{format::amount(part.multiply_adds)}</td>
        </tr>
    }
}
