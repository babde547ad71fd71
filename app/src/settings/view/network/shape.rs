//! What is the same in every block, how the features become logits, where the network is cut, and
//! how large the images are.

use leptos::prelude::*;

use rsc_core::config::{NetworkConfig, Normalization};

use crate::settings::model::choice_name::{name_of, named};
use crate::settings::model::network as logic;
use crate::settings::state::Settings;
use crate::settings::view::network::draft_network::{DraftNetwork, change};
use crate::settings::widgets::run_setting::run_setting;
use crate::settings::widgets::{Choice, Setting};

const POINT: &str = "network.challenge_after";
const NORMALIZATION: &str = "network.normalization";
const GROUPS: &str = "network.normalization.groups";
const IMAGE_SIZE: &str = "data.image_size";

/// Sides that images can be scaled to.
const SIZES: [usize; 5] = [28, 32, 48, 64, 96];

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

/// Activation, normalisation, head, challenge point, image size.
#[component]
pub(crate) fn ShapeFields(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let grouped = Memo::new(move |_| network.with(groups_of).is_some());
    view! {
        <div class="fields">
            <ImageSize />
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
                                groups: logic::usual_groups(&network.backbone),
                            },
                            _ => Normalization::None,
                        };
                    });
                })
            />
            <Show when=move || grouped.get()>
                <Groups described=described />
            </Show>
            <Choice
                setting=run_setting(settings, "head", "network.head", text!("network.head.label"),
                    |c| c.network.head, |c, v| c.network.head = v)
                hint=text!("network.head.hint")
                options=vec![
                    ("gap_linear", text!("network.head.gap-linear")),
                    ("flatten_linear", text!("network.head.flatten-linear")),
                ]
                value=Signal::derive(move || name_of(network.get().head))
                on_choice=Callback::new(move |name: String| {
                    if let Some(head) = named(&name) {
                        change(settings, "network.head", |n| n.head = head);
                    }
                })
            />
            <ChallengePoint described=described />
        </div>
    }
}

/// Into how many groups the channels are divided; only what divides every channel count.
#[component]
fn Groups(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let usual = move || network.with(|n| logic::usual_groups(&n.backbone));
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
        let possible = network.with(|n| logic::groups(&n.backbone)).into_iter();
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
    let options = Signal::derive(move || described.cost.with(logic::challenge_points));
    view! {
        <Choice
            setting=run_setting(settings, "challenge-after", POINT, text!("network.point.label"),
                |c| c.network.challenge_after, |c, v| c.network.challenge_after = v)
            hint=text!("network.point.hint")
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
    let options = Signal::derive(move || {
        let mut sizes = SIZES.to_vec();
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
    view! {
        <Choice
            setting=run_setting(settings, "image-size", IMAGE_SIZE, text!("network.image-size.label"),
                |c| c.data.image_size, |c, v| c.data.image_size = v)
            hint=text!("network.image-size.hint")
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
