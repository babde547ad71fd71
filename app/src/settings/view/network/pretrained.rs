//! What of a pretrained network trains, and how its batch normalisation behaves meanwhile.

use leptos::prelude::*;

use rsc_core::config::{Backbone, NetworkConfig, Trains};

use crate::settings::model::choice_name::{name_of, named};
use crate::settings::model::network::kind::set_trains;
use crate::settings::state::Settings;
use crate::settings::view::network::draft_network::{DraftNetwork, change, change_kind};
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Choice, Switch};

const TRAINS: &str = "network.backbone.trains";
const STATISTICS: &str = "network.backbone.batch_statistics";

fn trains_of(network: &NetworkConfig) -> Trains {
    match network.backbone {
        Backbone::Pretrained { trains, .. } => trains,
        Backbone::SmallCnn { .. } | Backbone::ResNet { .. } => Trains::All,
    }
}

fn by_batch(network: &NetworkConfig) -> bool {
    match network.backbone {
        Backbone::Pretrained {
            batch_statistics, ..
        } => batch_statistics,
        Backbone::SmallCnn { .. } | Backbone::ResNet { .. } => false,
    }
}

fn set_by_batch(network: &mut NetworkConfig, on: bool) {
    if let Backbone::Pretrained {
        batch_statistics, ..
    } = &mut network.backbone
    {
        *batch_statistics = on;
    }
}

fn hint(trains: Trains) -> &'static str {
    match trains {
        Trains::Head => text!("network.trains.head-hint"),
        Trains::LastStage => text!("network.trains.last-stage-hint"),
        Trains::All => text!("network.trains.all-hint"),
    }
}

/// The controls that only a pretrained network has.
#[component]
pub(crate) fn PretrainedFields(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let trains = Memo::new(move |_| network.with(trains_of));
    let mut setting = run_setting(
        settings,
        "trains",
        TRAINS,
        text!("network.trains.label"),
        |c| trains_of(&c.network),
        set_trains,
    );
    // By default nothing is pretrained, and everything trains.
    setting.at_default = Signal::derive(move || trains.get() == Trains::default());
    setting.to_default = Callback::new(move |()| {
        change_kind(settings, TRAINS, |draft| {
            set_trains(draft, Trains::default())
        });
    });
    let options = vec![
        ("head", text!("network.trains.head")),
        ("last_stage", text!("network.trains.last-stage")),
        ("all", text!("network.trains.all")),
    ];
    view! {
        <div class="fields">
            <Choice
                setting=setting
                hint=Signal::derive(move || hint(trains.get()).to_owned())
                options=options
                value=Signal::derive(move || name_of(trains.get()))
                on_choice=Callback::new(move |name: String| {
                    if let Some(wanted) = named(&name) {
                        change_kind(settings, TRAINS, |draft| set_trains(draft, wanted));
                    }
                })
            />
            <Show when=move || trains.get() != Trains::Head>
                <BatchStatistics described=described />
            </Show>
        </div>
        <Show when=move || trains.get() != Trains::All>
            <p class="hint" data-testid="frozen-note">{text!("network.frozen-note")}</p>
        </Show>
    }
}

/// Whether the stages that train normalise by the batch.
#[component]
fn BatchStatistics(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let setting = run_setting(
        settings,
        "batch-statistics",
        STATISTICS,
        text!("network.batch-statistics.label"),
        |c| by_batch(&c.network),
        |c, v| set_by_batch(&mut c.network, v),
    );
    view! {
        <div class="field">
            <Switch
                setting=setting
                label=text!("network.batch-statistics.toggle")
                value=Signal::derive(move || network.with(by_batch))
                on_change=Callback::new(move |on| {
                    change(settings, STATISTICS, |network| set_by_batch(network, on));
                })
            />
            <p class="hint">{text!("network.batch-statistics.hint")}</p>
        </div>
    }
}
