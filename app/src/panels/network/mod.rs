//! The network: its blocks, where it is cut, what it costs and how it looks; folded away at first.

mod backbone;
mod blocks;
mod diagram;
mod shape;

use leptos::prelude::*;

use rsc_core::config::{DataSource, NetworkConfig, NetworkCost, RunConfig};

use crate::controls::Setting;
use crate::pure::{format, network as logic};
use crate::session::Session;
use crate::term::Term;
use backbone::BackboneFields;
use diagram::{CostTable, Diagram};
use shape::ShapeFields;

/// A setting of the run that only a reset can change.
pub(super) fn fixed_setting<T: PartialEq + Send + Sync + 'static>(
    session: Session,
    id: &'static str,
    field: &'static str,
    label: &'static str,
    get: fn(&RunConfig) -> T,
    set: fn(&mut RunConfig, T),
) -> Setting {
    Setting {
        id,
        field,
        label,
        at_default: Signal::derive(move || session.draft.with(get) == get(&RunConfig::default())),
        to_default: Callback::new(move |()| {
            session.change(field, |draft| set(draft, get(&RunConfig::default())));
        }),
        pending: Signal::derive(move || session.pending(get)),
    }
}

/// Changes the network, and what depends on the change with it.
fn change(session: Session, field: &str, edit: impl FnOnce(&mut NetworkConfig)) {
    session.change(field, |draft| {
        edit(&mut draft.network);
        logic::settle(&mut draft.network);
    });
}

/// What the controls describe.
#[derive(Clone, Copy)]
struct Described {
    /// The network.
    network: Memo<NetworkConfig>,
    /// Side of its images.
    image_size: Memo<usize>,
    /// What it costs, for as many classes as the chosen data have.
    cost: Memo<NetworkCost>,
}

impl Described {
    fn new(session: Session) -> Self {
        let network = Memo::new(move |_| session.draft.with(|draft| draft.network.clone()));
        let image_size = Memo::new(move |_| session.draft.with(|draft| draft.data.image_size));
        let classes = Memo::new(move |_| classes(session));
        Self {
            network,
            image_size,
            cost: Memo::new(move |_| {
                network.with(|network| network.cost(image_size.get(), classes.get()))
            }),
        }
    }
}

/// Classes of the chosen data.
fn classes(session: Session) -> usize {
    let preset = session.draft.with(|draft| match draft.data.source {
        DataSource::Preset { preset } => Some(preset),
        DataSource::Own => None,
    });
    if let Some(preset) = preset {
        return preset.classes();
    }
    let filled = |classes: &Vec<crate::own::OwnClass>| {
        classes.iter().filter(|c| !c.images.is_empty()).count()
    };
    session.own.classes.with(filled)
}

/// The panel.
#[component]
pub(super) fn Network() -> impl IntoView {
    let session = expect_context::<Session>();
    let described = Described::new(session);
    let cost = described.cost;
    let statistics = move || match cost.with(NetworkCost::statistics) {
        0 => String::new(),
        n => text!("network.statistics", n = format::thousands(n as usize)),
    };
    let all = move || cost.with(|cost| cost.parameters() + cost.statistics());
    let running = move || {
        session.info.with(|info| {
            let info = info.as_ref()?;
            let [c, h, w] = info.features;
            Some(view! {
                <p class="facts">
                    {text!("network.in-run")}
                    <b data-testid="run-parameters">{format::thousands(info.parameters)}</b>
                    {text!("network.run-shape", c = c, h = h, w = w)}
                </p>
            })
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
            <CostTable described=described />
            <BackboneFields described=described />
            <ShapeFields described=described />
        </details>
    }
}
