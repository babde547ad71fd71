//! The numbers of the feature that is picked out, in words.

use leptos::prelude::*;

use rsc_core::config::Axis;

use super::{Magnified, by_channel, muted_now};
use crate::pure::threshold::rank;
use crate::session::{Marked, Session};

/// The line below the stages.
#[component]
pub(super) fn Readout() -> impl IntoView {
    let session = expect_context::<Session>();
    let scope = session.scope;
    let text = move || {
        let marked = scope.marked.get();
        scope.seen.with(|seen| {
            let seen = seen.as_ref()?;
            let muted = muted_now(session, seen);
            let parts: Vec<String> = [
                marked.channel.map(|it| of_channel(seen, &muted, it)),
                marked.position.map(|it| of_position(seen, &muted, it)),
                of_both(seen, marked),
            ]
            .into_iter()
            .flatten()
            .collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    };
    view! {
        <p class="readout" data-testid="readout" aria-live="polite">
            {move || text().unwrap_or_else(|| String::from(text!("microscope.nothing")))}
        </p>
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn verdict(muted: &[bool], index: usize) -> &'static str {
    if muted.get(index) == Some(&true) {
        text!("microscope.is-muted")
    } else {
        text!("microscope.is-kept")
    }
}

fn of_channel(seen: &Magnified, muted: &[bool], channel: usize) -> String {
    let [channels, height, width] = seen.shape;
    let n = height * width;
    let of = |values: &[f32]| mean(values.get(channel * n..(channel + 1) * n).unwrap_or(&[]));
    let importance = by_channel(seen);
    let activation = format!("{:.3}", of(&seen.features));
    let gradient = format!("{:.4}", of(&seen.gradient));
    let value = importance.get(channel).copied().unwrap_or(f32::NAN);
    let value = format!("{value:.4}");
    let place = rank(&importance, channel);
    match seen.result.axis {
        Axis::Channel => text!(
            "microscope.channel",
            channel = channel,
            activation = activation,
            gradient = gradient,
            importance = value,
            rank = place,
            channels = channels,
            verdict = verdict(muted, channel)
        ),
        Axis::Spatial | Axis::Mixed => text!(
            "microscope.channel-brings",
            channel = channel,
            activation = activation,
            gradient = gradient,
            importance = value,
            rank = place,
            channels = channels
        ),
    }
}

fn of_position(seen: &Magnified, muted: &[bool], position: usize) -> String {
    let [channels, height, width] = seen.shape;
    let n = height * width;
    let place = text!(
        "microscope.place",
        row = position / width + 1,
        column = position % width + 1
    );
    let at = |channel: usize| seen.features.get(channel * n + position).copied();
    let strongest = (0..channels)
        .filter_map(|channel| Some((channel, at(channel)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let strongest = strongest.map_or_else(String::new, |(channel, value)| {
        text!(
            "microscope.strongest",
            channel = channel,
            value = format!("{value:.3}")
        )
    });
    match seen.result.axis {
        Axis::Channel => text!("microscope.position", place = place, strongest = strongest),
        Axis::Spatial | Axis::Mixed => {
            let importance = &seen.result.importance;
            let value = importance.get(position).copied().unwrap_or(f32::NAN);
            text!(
                "microscope.position-ranked",
                place = place,
                importance = format!("{value:.4}"),
                rank = rank(importance, position),
                positions = n,
                verdict = verdict(muted, position),
                strongest = strongest
            )
        }
    }
}

fn of_both(seen: &Magnified, marked: Marked) -> Option<String> {
    let [_, height, width] = seen.shape;
    let at = marked.channel? * height * width + marked.position?;
    let (z, g) = (seen.features.get(at)?, seen.gradient.get(at)?);
    Some(text!(
        "microscope.meet",
        z = format!("{z:.3}"),
        g = format!("{g:.4}")
    ))
}
