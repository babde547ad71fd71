//! What is the same in every block, where the network is cut, and how large the images are.

use leptos::prelude::*;

use rsc_core::config::{
    LARGEST_IMAGE, NetworkConfig, NetworkCost, Normalization, PretrainedNetwork, RunConfig,
};

use crate::settings::model::choice_name::{name_of, named};
use crate::settings::model::network as logic;
use crate::settings::model::network::drawing::challenge_points;
use crate::settings::model::network::kind::usual_image_size;
use crate::settings::state::Settings;
use crate::settings::view::network::draft_network::{DraftNetwork, change};
use crate::settings::view::network::head::HeadFields;
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Choice, Setting};

const POINT: &str = "network.challenge_after";
const NORMALIZATION: &str = "network.normalization";
const GROUPS: &str = "network.normalization.groups";
const IMAGE_SIZE: &str = "data.image_size";

/// Sides that images can be scaled to.
const SIZES: [usize; 7] = [28, 32, 48, 64, 96, 128, LARGEST_IMAGE];

fn normalization_name(normalization: Normalization) -> &'static str {
    match normalization {
        Normalization::None => "none",
        Normalization::Batch => "batch",
        Normalization::Group { .. } => "group",
    }
}

fn groups_of(network: &NetworkConfig) -> Option<usize> {
    match network.normalization {
        Normalization::Group { groups } => Some(groups),
        Normalization::None | Normalization::Batch => None,
    }
}

fn normalization_hint(normalization: Normalization) -> &'static str {
    match normalization {
        Normalization::None => text!("network.normalization.none-hint"),
        Normalization::Batch => {
            text!("network.normalization.batch-hint")
        }
        Normalization::Group { .. } => {
            text!("network.normalization.group-hint")
        }
    }
}

/// Image size, activation, normalisation, head, challenge point. A pretrained network has an activation
/// and a normalisation of its own.
#[component]
pub(crate) fn ShapeFields(described: DraftNetwork) -> impl IntoView {
    let network = described.network;
    let plain = Memo::new(move |_| network.with(|n| n.backbone.pretrained().is_none()));
    view! {
        <div class="fields">
            <ImageSize />
            <Show when=move || plain.get()>
                <Layers described=described />
            </Show>
            <HeadFields described=described />
            <ChallengePoint described=described />
        </div>
    }
}

/// What follows each convolution.
#[component]
fn Layers(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let grouped = Memo::new(move |_| network.with(groups_of).is_some());
    view! {
        <Choice
            setting=run_setting(settings, "activation", "network.activation", text!("network.activation.label"),
                |c| c.network.activation, |c, v| c.network.activation = v)
            hint=text!("network.activation.hint")
            options=vec![("relu", text!("network.activation.relu")), ("gelu", text!("network.activation.gelu"))]
            value=Signal::derive(move || name_of(network.get().activation))
            on_choice=Callback::new(move |name: String| {
                if let Some(activation) = named(&name) {
                    change(settings, "network.activation", |n| n.activation = activation);
                }
            })
        />
        <Choice
            setting=run_setting(settings, "normalization", NORMALIZATION, text!("network.normalization.label"),
                |c| normalization_name(c.network.normalization),
                |c, _| c.network.normalization = Normalization::default())
            hint=Signal::derive(move || {
                normalization_hint(network.with(|n| n.normalization)).to_owned()
            })
            options=vec![("none", text!("network.normalization.none")), ("batch", text!("network.normalization.batch")), ("group", text!("network.normalization.group"))]
            value=Signal::derive(move || {
                normalization_name(network.with(|n| n.normalization)).to_owned()
            })
            on_choice=Callback::new(move |name: String| {
                change(settings, NORMALIZATION, |network| {
                    network.normalization = match name.as_str() {
                        "batch" => Normalization::Batch,
                        "group" => Normalization::Group {
                            groups: logic::usual_groups(network),
                        },
                        _ => Normalization::None,
                    };
                });
            })
        />
        <Show when=move || grouped.get()>
            <Groups described=described />
        </Show>
    }
}

/// Into how many groups the channels are divided; only what divides every channel count.
#[component]
fn Groups(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let usual = move || network.with(logic::usual_groups);
    let setting = Setting {
        id: "groups",
        field: GROUPS,
        label: text!("network.groups.label"),
        at_default: Signal::derive(move || network.with(groups_of) == Some(usual())),
        to_default: Callback::new(move |()| {
            let groups = untrack(usual);
            change(settings, GROUPS, |n| {
                n.normalization = Normalization::Group { groups };
            });
        }),
        pending: Signal::derive(move || settings.pending(|c| groups_of(&c.network))),
    };
    let options = Signal::derive(move || {
        let possible = network.with(logic::groups).into_iter();
        possible
            .map(|groups| match groups {
                1 => (String::from("1"), text!("network.groups.one").to_owned()),
                n => (n.to_string(), n.to_string()),
            })
            .collect::<Vec<_>>()
    });
    view! {
        <Choice
            setting=setting
            hint=text!("network.groups.hint")
            options=options
            value=Signal::derive(move || {
                network.with(groups_of).map_or_else(String::new, |groups| groups.to_string())
            })
            on_choice=Callback::new(move |name: String| {
                if let Ok(groups) = name.parse() {
                    change(settings, GROUPS, |n| {
                        n.normalization = Normalization::Group { groups };
                    });
                }
            })
        />
    }
}

/// After which block features are muted; the choices follow the depth.
#[component]
fn ChallengePoint(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let options = Signal::derive(move || {
        let points = |cost: &NetworkCost| network.with(|n| challenge_points(n, cost));
        described.cost.with(points)
    });
    let frozen = Memo::new(move |_| network.with(|n| n.backbone.frozen_blocks() > 0));
    view! {
        <Choice
            setting=run_setting(settings, "challenge-after", POINT, text!("network.point.label"),
                |c| c.network.challenge_after, |c, v| c.network.challenge_after = v)
            hint=Signal::derive(move || {
                let hint = if frozen.get() {
                    text!("network.point.frozen-hint")
                } else {
                    text!("network.point.hint")
                };
                hint.to_owned()
            })
            options=options
            value=Signal::derive(move || network.with(|n| n.challenge_block().to_string()))
            on_choice=Callback::new(move |name: String| {
                if let Ok(block) = name.parse() {
                    // The last block is the default, and `fit_to_backbone` writes it as such.
                    change(settings, POINT, |n| n.challenge_after = Some(block));
                }
            })
        />
    }
}

/// The side of the images.
#[component]
fn ImageSize() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let size = Memo::new(move |_| settings.draft.with(|draft| draft.data.image_size));
    let pretrained = Memo::new(move |_| {
        let network = |draft: &RunConfig| draft.network.backbone.pretrained();
        settings.draft.with(network).is_some()
    });
    let options = Signal::derive(move || {
        let mut sizes = if pretrained.get() {
            PretrainedNetwork::IMAGE_SIZES.to_vec()
        } else {
            SIZES.to_vec()
        };
        // Settings from elsewhere may have any size.
        sizes.push(size.get());
        sizes.sort_unstable();
        sizes.dedup();
        sizes
            .into_iter()
            .map(|size| {
                (
                    size.to_string(),
                    text!("network.image-size.pixels", size = size),
                )
            })
            .collect::<Vec<_>>()
    });
    let setting = Setting {
        id: "image-size",
        field: IMAGE_SIZE,
        label: text!("network.image-size.label"),
        at_default: Signal::derive(move || size.get() == settings.draft.with(usual_image_size)),
        to_default: Callback::new(move |()| {
            settings.change(IMAGE_SIZE, |draft| {
                draft.data.image_size = usual_image_size(draft);
            });
        }),
        pending: Signal::derive(move || settings.pending(|c| c.data.image_size)),
    };
    view! {
        <Choice
            setting=setting
            hint=Signal::derive(move || {
                let hint = if pretrained.get() {
                    text!("network.image-size.pretrained-hint")
                } else {
                    text!("network.image-size.hint")
                };
                hint.to_owned()
            })
            options=options
            value=Signal::derive(move || size.get().to_string())
            on_choice=Callback::new(move |name: String| {
                if let Ok(size) = name.parse() {
                    settings.change(IMAGE_SIZE, |draft| draft.data.image_size = size);
                }
            })
        />
    }
}
