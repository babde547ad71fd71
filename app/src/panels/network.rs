//! The network's shape, as far as the challenge depends on it; folded away at first.

use leptos::prelude::*;

use rsc_core::config::{NetworkConfig, RunConfig};

use super::challenge::{name_of, named};
use crate::controls::{Choice, Setting};
use crate::pure::format;
use crate::session::Session;

/// Sides that images can be scaled to.
const SIZES: [(&str, &str); 4] = [
    ("32", "32 × 32 pixels"),
    ("48", "48 × 48 pixels"),
    ("64", "64 × 64 pixels"),
    ("96", "96 × 96 pixels"),
];

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

/// Head, challenge point and image size.
#[component]
pub(super) fn Network() -> impl IntoView {
    let session = expect_context::<Session>();
    let network = Memo::new(move |_| session.draft.with(|draft| draft.network.clone()));
    let facts = move || {
        session.info.with(|info| {
            info.as_ref().map(|info| {
                let [c, h, w] = info.features;
                format!(
                    "{} weights in each arm; {c} channels of {h} × {w} positions at the challenge point.",
                    format::thousands(info.parameters)
                )
            })
        })
    };
    let blocks = network.get_untracked().backbone.blocks();
    let points: Vec<(&'static str, &'static str)> = [
        ("1", "After block 1"),
        ("2", "After block 2"),
        ("3", "After block 3"),
        ("4", "After block 4"),
        ("5", "After block 5"),
        ("6", "After block 6"),
    ]
    .into_iter()
    .take(blocks)
    .collect();

    view! {
        <details class="network">
            <summary>"Network and image size"</summary>
            <p class="facts">{facts}</p>
            <Choice
                setting=fixed_setting(session, "head", "network.head", "Head",
                    |c| c.network.head, |c, v| c.network.head = v)
                hint="Averaging gives every position the same weight; flattening tells them apart."
                options=vec![
                    ("gap_linear", "Average, then linear"),
                    ("flatten_linear", "Flatten, then linear"),
                ]
                value=Signal::derive(move || name_of(network.get().head))
                on_choice=Callback::new(move |name: String| {
                    if let Some(head) = named(&name) {
                        session.change("network.head", |draft| draft.network.head = head);
                    }
                })
            />
            <Choice
                setting=fixed_setting(session, "challenge-after", "network.challenge_after",
                    "Challenge point",
                    |c| c.network.challenge_block(), |c, v| set_point(&mut c.network, v))
                hint="Where the network is cut and features are muted; the paper cuts after the last block."
                options=points
                value=Signal::derive(move || network.get().challenge_block().to_string())
                on_choice=Callback::new(move |name: String| {
                    if let Ok(block) = name.parse() {
                        session.change("network.challenge_after", |draft| {
                            set_point(&mut draft.network, block);
                        });
                    }
                })
            />
            <Choice
                setting=fixed_setting(session, "image-size", "data.image_size", "Image size",
                    |c| c.data.image_size, |c, v| c.data.image_size = v)
                hint="Larger images show more and train more slowly, by the square of the side."
                options=SIZES.to_vec()
                value=Signal::derive(move || {
                    session.draft.with(|draft| draft.data.image_size.to_string())
                })
                on_choice=Callback::new(move |name: String| {
                    if let Ok(size) = name.parse() {
                        session.change("data.image_size", |draft| draft.data.image_size = size);
                    }
                })
            />
        </details>
    }
}

/// The last block is the default, and written as such.
fn set_point(network: &mut NetworkConfig, block: usize) {
    network.challenge_after = (block != network.backbone.blocks()).then_some(block);
}
