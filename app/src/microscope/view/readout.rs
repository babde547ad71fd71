//! The numbers of the feature that is picked out, in words.

use leptos::prelude::*;

use rsc_core::config::Axis;

use crate::masks::model::threshold::rank;
use crate::microscope::model::rounds::{View, muted_in};
use crate::microscope::state::Magnified;
use crate::microscope::state::Marked;
use crate::microscope::state::Microscope;
use crate::microscope::view::visible_round::{VisibleRound, by_channel};
use crate::ui::model::format;

/// The line below the stages.
#[component]
pub(crate) fn Readout() -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let scope = microscope;
    let shows = expect_context::<VisibleRound>();
    let text = move || {
        let marked = scope.marked.get();
        let view = shows.0.get()?;
        scope.seen.with(|seen| {
            let seen = seen.as_ref()?;
            let parts: Vec<String> = [
                marked.channel.map(|it| of_channel(seen, &view, it)),
                marked.position.map(|it| of_position(seen, &view, it)),
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

fn verdict(seen: &Magnified, view: &View, index: usize) -> String {
    if view.muted.get(index) != Some(&true) {
        return String::from(text!("microscope.is-kept"));
    }
    match muted_in(&seen.rounds, index) {
        Some(round) if seen.rounds.len() > 1 => {
            text!("microscope.is-muted-in", round = round)
        }
        _ => String::from(text!("microscope.is-muted")),
    }
}

/// Importance and rank in the round that is shown; what it did not choose among has a dash.
fn place(view: &View, index: usize) -> (String, String) {
    match (view.importance.get(index), view.rank(index)) {
        (Some(value), Some((rank, _))) => (format::local(format!("{value:.4}")), rank.to_string()),
        _ => (String::from("–"), String::from("–")),
    }
}

fn of_channel(seen: &Magnified, view: &View, channel: usize) -> String {
    let [channels, height, width] = seen.shape;
    let n = height * width;
    let of = |values: &[f32]| mean(values.get(channel * n..(channel + 1) * n).unwrap_or(&[]));
    let activation = format::local(format!("{:.3}", of(&seen.features)));
    let gradient = format::local(format!("{:.4}", of(&seen.gradient)));
    match seen.result.axis {
        Axis::Channel => {
            let (value, rank) = place(view, channel);
            text!(
                "microscope.channel",
                channel = channel,
                activation = activation,
                gradient = gradient,
                importance = value,
                rank = rank,
                channels = view.count().1,
                verdict = verdict(seen, view, channel)
            )
        }
        Axis::Spatial | Axis::Mixed => {
            let brings = by_channel(seen);
            let value = brings.get(channel).copied().unwrap_or(f32::NAN);
            text!(
                "microscope.channel-brings",
                channel = channel,
                activation = activation,
                gradient = gradient,
                importance = format::local(format!("{value:.4}")),
                rank = rank(&brings, channel),
                channels = channels
            )
        }
    }
}

fn of_position(seen: &Magnified, view: &View, position: usize) -> String {
    let [channels, height, width] = seen.shape;
    let n = height * width;
    let where_it_is = text!(
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
            value = format::local(format!("{value:.3}"))
        )
    });
    match seen.result.axis {
        Axis::Channel => text!(
            "microscope.position",
            place = where_it_is,
            strongest = strongest
        ),
        Axis::Spatial | Axis::Mixed => {
            let (value, rank) = place(view, position);
            text!(
                "microscope.position-ranked",
                place = where_it_is,
                importance = value,
                rank = rank,
                positions = view.count().1,
                verdict = verdict(seen, view, position),
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
        z = format::local(format!("{z:.3}")),
        g = format::local(format!("{g:.4}"))
    ))
}
