//! How the last feature map becomes logits.

use leptos::prelude::*;

use rsc_core::config::{Head, NetworkConfig};

use crate::settings::model::network::kind::usual_head;
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::view::network::draft_network::{DraftNetwork, change};
use crate::settings::widgets::{Choice, Number, Setting};

const HEAD: &str = "network.head";
const CHANNELS: &str = "network.head.conv_gap_linear.channels";

fn kind(head: Head) -> &'static str {
    match head {
        Head::GapLinear => "gap_linear",
        Head::FlattenLinear => "flatten_linear",
        Head::ConvGapLinear { .. } => "conv_gap_linear",
    }
}

fn hint(head: Head) -> &'static str {
    match head {
        Head::GapLinear | Head::FlattenLinear => text!("network.head.hint"),
        Head::ConvGapLinear { .. } => text!("network.head.conv-hint"),
    }
}

fn channels_of(network: &NetworkConfig) -> Option<usize> {
    match network.head {
        Head::ConvGapLinear { channels } => Some(channels),
        Head::GapLinear | Head::FlattenLinear => None,
    }
}

/// The head, and the channels of its convolution if it has one.
#[component]
pub(crate) fn HeadFields(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let network = described.network;
    let setting = Setting {
        id: "head",
        field: HEAD,
        label: text!("network.head.label"),
        at_default: Signal::derive(move || {
            network.with(|n| kind(n.head) == kind(usual_head(&n.backbone)))
        }),
        to_default: Callback::new(move |()| {
            change(settings, HEAD, |n| n.head = usual_head(&n.backbone));
        }),
        pending: Signal::derive(move || settings.pending(|c| kind(c.network.head))),
    };
    let conv = Memo::new(move |_| network.with(channels_of).is_some());
    view! {
        <Choice
            setting=setting
            hint=Signal::derive(move || hint(network.with(|n| n.head)).to_owned())
            options=vec![
                ("gap_linear", text!("network.head.gap-linear")),
                ("flatten_linear", text!("network.head.flatten-linear")),
                ("conv_gap_linear", text!("network.head.conv-gap-linear")),
            ]
            value=Signal::derive(move || kind(network.with(|n| n.head)).to_owned())
            on_choice=Callback::new(move |name: String| {
                change(settings, HEAD, |n| {
                    n.head = match (name.as_str(), n.head) {
                        ("flatten_linear", _) => Head::FlattenLinear,
                        ("conv_gap_linear", conv @ Head::ConvGapLinear { .. }) => conv,
                        ("conv_gap_linear", _) => Head::ConvGapLinear {
                            channels: Head::CONV_CHANNELS,
                        },
                        _ => Head::GapLinear,
                    };
                });
            })
        />
        <Show when=move || conv.get()>
            <ConvChannels described=described />
        </Show>
    }
}

/// Channels of the head's convolution.
#[component]
fn ConvChannels(described: DraftNetwork) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let channels = Memo::new(move |_| described.network.with(channels_of));
    let set = move |channels: usize| {
        change(settings, CHANNELS, |n| {
            n.head = Head::ConvGapLinear { channels }
        });
    };
    let setting = Setting {
        id: "head-channels",
        field: CHANNELS,
        label: text!("network.head-channels.label"),
        at_default: Signal::derive(move || channels.get() == Some(Head::CONV_CHANNELS)),
        to_default: Callback::new(move |()| set(Head::CONV_CHANNELS)),
        pending: Signal::derive(move || settings.pending(|c| channels_of(&c.network))),
    };
    view! {
        <Number
            setting=setting
            hint=text!("network.head-channels.hint")
            value=Signal::derive(move || channels.get().map_or_else(String::new, |n| n.to_string()))
            min="1"
            max="1024"
            on_change=Callback::new(move |text: String| {
                match number::whole(CHANNELS, &text, 1, 1024) {
                    Ok(value) => set(value as usize),
                    Err(error) => settings.refuse(CHANNELS, &error),
                }
            })
        />
    }
}
