//! The convolutional part: which kind, how deep, how wide.

use leptos::prelude::*;

use rsc_core::config::{Backbone, NetworkConfig, PretrainedNetwork, StageConfig};

use crate::settings::model::network as logic;
use crate::settings::model::network::Width;
use crate::settings::model::network::kind::{Kind, choose_kind};
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::view::network::blocks::{Cells, Row, Unit};
use crate::settings::view::network::draft_network::{DraftNetwork, change, change_kind};
use crate::settings::view::network::pretrained::PretrainedFields;
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Choice, Number, Setting};

const BACKBONE: &str = "network.backbone";
const DEPTH: &str = "network.backbone.depth";
const STEM: &str = "network.backbone.stem";

/// Kind, depth, widths, stages; of a pretrained network what trains.
#[component]
pub(crate) fn BackboneFields(
    described: DraftNetwork,
    /// The weights of a pretrained network.
    weights: ViewFn,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let kind = Memo::new(move |_| described.network.with(|n| Kind::of(&n.backbone)));
    let setting = run_setting(
        settings,
        "backbone",
        BACKBONE,
        text!("network.backbone.label"),
        |c| Kind::of(&c.network.backbone),
        choose_kind,
    );
    let options = Kind::ALL.map(|kind| (kind.name(), kind_label(kind)));
    view! {
        <div class="fields">
            <Choice
                setting=setting
                hint=Signal::derive(move || kind_hint(kind.get()).to_owned())
                options=options.to_vec()
                value=Signal::derive(move || kind.get().name().to_owned())
                on_choice=Callback::new(move |name: String| {
                    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) {
                        change_kind(settings, BACKBONE, |draft| choose_kind(draft, kind));
                    }
                })
            />
            {move || match kind.get() {
                Kind::SmallCnn | Kind::ResNet => view! { <Depth described=described kind=kind /> }.into_any(),
                Kind::Pretrained(_) => weights.run(),
            }}
        </div>
        {move || match kind.get() {
            Kind::SmallCnn => {
                view! {
                    <Widths described=described />
                    <SmallCnn described=described />
                }
                    .into_any()
            }
            Kind::ResNet => {
                view! {
                    <Widths described=described />
                    <ResNet described=described />
                }
                    .into_any()
            }
            Kind::Pretrained(_) => view! { <PretrainedFields described=described /> }.into_any(),
        }}
    }
}

fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::SmallCnn => text!("network.backbone.small-cnn"),
        Kind::ResNet => text!("network.backbone.resnet"),
        Kind::Pretrained(PretrainedNetwork::EfficientNetLite0) => text!("network.backbone.lite0"),
        Kind::Pretrained(PretrainedNetwork::ResNet18) => text!("network.backbone.resnet18"),
        Kind::Pretrained(PretrainedNetwork::ResNet50) => text!("network.backbone.resnet50"),
    }
}

fn kind_hint(kind: Kind) -> &'static str {
    match kind {
        Kind::SmallCnn => text!("network.backbone.small-cnn-hint"),
        Kind::ResNet => text!("network.backbone.resnet-hint"),
        Kind::Pretrained(PretrainedNetwork::EfficientNetLite0) => {
            text!("network.backbone.lite0-hint")
        }
        Kind::Pretrained(PretrainedNetwork::ResNet18) => text!("network.backbone.resnet18-hint"),
        Kind::Pretrained(PretrainedNetwork::ResNet50) => text!("network.backbone.resnet50-hint"),
    }
}

/// How many blocks or stages; only those that leave something of the image are offered.
#[component]
fn Depth(described: DraftNetwork, kind: Memo<Kind>) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let setting = Setting {
        id: "depth",
        field: DEPTH,
        label: text!("network.depth.label"),
        at_default: Signal::derive(move || {
            let now = described.network.with(|n| logic::depth(&n.backbone));
            now == logic::depth(&kind.get().standard())
        }),
        to_default: Callback::new(move |()| {
            let usual = logic::depth(&kind.get_untracked().standard());
            change(settings, DEPTH, |network| {
                logic::set_depth(&mut network.backbone, usual);
            });
        }),
        pending: Signal::derive(move || settings.pending(|c| logic::depth(&c.network.backbone))),
    };
    let options = Signal::derive(move || {
        let kind = kind.get();
        let counted = |n| match kind {
            Kind::SmallCnn => plural!("network.depth.blocks", n),
            Kind::ResNet | Kind::Pretrained(_) => plural!("network.depth.stages", n),
        };
        let fitting = described
            .network
            .with(|network| logic::depths(network, described.image_size.get()));
        let named = fitting.into_iter();
        named
            .map(|n| (n.to_string(), counted(n)))
            .collect::<Vec<_>>()
    });
    view! {
        <Choice
            setting=setting
            hint=text!("network.depth.hint")
            options=options
            value=Signal::derive(move || {
                described.network.with(|n| logic::depth(&n.backbone)).to_string()
            })
            on_choice=Callback::new(move |name: String| {
                if let Ok(count) = name.parse() {
                    change(settings, DEPTH, |network| {
                        logic::set_depth(&mut network.backbone, count);
                    });
                }
            })
        />
    }
}

fn width_id(width: Width) -> &'static str {
    match width {
        Width::Narrow => "width-narrow",
        Width::Standard => "width-standard",
        Width::Wide => "width-wide",
    }
}

/// Quick choices for all channel counts.
#[component]
fn Widths(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    view! {
        <div class="methods" role="group" aria-label=text!("network.width.group")>
            <span class="methods-label">{text!("network.width.label")}</span>
            {Width::ALL
                .into_iter()
                .map(|width| {
                    let from = width.channels(3).iter().map(usize::to_string).collect::<Vec<_>>();
                    view! {
                        <button
                            class="chip"
                            data-testid=width_id(width)
                            title=text!("network.width.channels", list = from.join(", "))
                            aria-pressed=move || {
                                described.network.with(|n| width.is_of(&n.backbone)).to_string()
                            }
                            on:click=move |_| {
                                change(settings, BACKBONE, |network| width.apply(&mut network.backbone));
                            }
                        >
                            {width.name()}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

fn channel_of(backbone: &Backbone, i: usize) -> Option<usize> {
    match backbone {
        Backbone::SmallCnn { channels } => channels.get(i).copied(),
        Backbone::ResNet { .. } | Backbone::Pretrained { .. } => None,
    }
}

fn stage_of(backbone: &Backbone, i: usize) -> Option<&StageConfig> {
    match backbone {
        Backbone::SmallCnn { .. } | Backbone::Pretrained { .. } => None,
        Backbone::ResNet { stages, .. } => stages.get(i),
    }
}

fn edit_stage(backbone: &mut Backbone, i: usize, edit: impl FnOnce(&mut StageConfig)) {
    if let Backbone::ResNet { stages, .. } = backbone
        && let Some(stage) = stages.get_mut(i)
    {
        edit(stage);
    }
}

/// The channels of each block.
#[component]
fn SmallCnn(described: DraftNetwork) -> impl IntoView {
    let row = Row {
        id: "width",
        first: "width-1",
        field: "network.backbone.channels",
        label: text!("network.cells.channels"),
        unit: Unit::Block,
        range: (1, 512),
        path: |i| format!("network.backbone.channels[{i}]"),
        get: channel_of,
        set: |backbone, i, value| {
            if let Backbone::SmallCnn { channels } = backbone
                && let Some(channels) = channels.get_mut(i)
            {
                *channels = value;
            }
        },
        usual: |count| Width::Standard.channels(count),
    };
    view! {
        <Cells
            described=described
            row=row
            hint=text!("network.cells.width-hint")
        />
    }
}

/// The stem, and channels, blocks and stride of each stage.
#[component]
fn ResNet(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    fn stem_of(network: &NetworkConfig) -> usize {
        match network.backbone {
            Backbone::ResNet { stem, .. } => stem,
            Backbone::SmallCnn { .. } | Backbone::Pretrained { .. } => 0,
        }
    }
    fn set_stem(network: &mut NetworkConfig, value: usize) {
        if let Backbone::ResNet { stem, .. } = &mut network.backbone {
            *stem = value;
        }
    }
    fn usual_stem() -> usize {
        Width::Standard.channels(1).first().copied().unwrap_or(1)
    }
    let stem = Setting {
        id: "stem",
        field: STEM,
        label: text!("network.stem.label"),
        at_default: Signal::derive(move || described.network.with(stem_of) == usual_stem()),
        to_default: Callback::new(move |()| {
            change(settings, STEM, |network| set_stem(network, usual_stem()));
        }),
        pending: Signal::derive(move || settings.pending(|c| stem_of(&c.network))),
    };
    let channels = Row {
        id: "stage-channels",
        first: "stage-channels-1",
        field: "network.backbone.stages.channels",
        label: text!("network.cells.channels"),
        unit: Unit::Stage,
        range: (1, 512),
        path: |i| format!("network.backbone.stages[{i}].channels"),
        get: |backbone, i| Some(stage_of(backbone, i)?.channels),
        set: |backbone, i, value| edit_stage(backbone, i, |stage| stage.channels = value),
        usual: |count| Width::Standard.channels(count),
    };
    let blocks = Row {
        id: "stage-blocks",
        first: "stage-blocks-1",
        field: "network.backbone.stages.blocks",
        label: text!("network.cells.blocks"),
        unit: Unit::Stage,
        range: (1, 8),
        path: |i| format!("network.backbone.stages[{i}].blocks"),
        get: |backbone, i| Some(stage_of(backbone, i)?.blocks),
        set: |backbone, i, value| edit_stage(backbone, i, |stage| stage.blocks = value),
        usual: |count| vec![1; count],
    };
    let strides = Row {
        id: "stage-stride",
        first: "stage-stride-1",
        field: "network.backbone.stages.stride",
        label: text!("network.cells.stride"),
        unit: Unit::Stage,
        range: (1, 2),
        path: |i| format!("network.backbone.stages[{i}].stride"),
        get: |backbone, i| Some(stage_of(backbone, i)?.stride),
        set: |backbone, i, value| edit_stage(backbone, i, |stage| stage.stride = value),
        usual: |count| (0..count).map(|i| if i == 0 { 1 } else { 2 }).collect(),
    };
    view! {
        <Number
            setting=stem
            hint=text!("network.stem.hint")
            value=Signal::derive(move || described.network.with(stem_of).to_string())
            min="1"
            max="512"
            on_change=Callback::new(move |text: String| match number::whole(STEM, &text, 1, 512) {
                Ok(value) => {
                    change(settings, STEM, |network| set_stem(network, value as usize));
                }
                Err(error) => settings.refuse(STEM, &error),
            })
        />
        <Cells
            described=described
            row=channels
            hint=text!("network.cells.channels-hint")
        />
        <Cells
            described=described
            row=blocks
            hint=text!("network.cells.blocks-hint")
        />
        <Cells
            described=described
            row=strides
            hint=text!("network.cells.stride-hint")
        />
    }
}
