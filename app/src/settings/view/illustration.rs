//! What a preset's images look like, drawn by hand until a run has made real ones.

use leptos::prelude::*;

use rsc_core::config::DataPreset;

/// Colours that stand for classes: blue, green, yellow, pink.
const CUES: [&str; 4] = ["#4da3ff", "#55d17a", "#ffd24d", "#ff6b9a"];
/// The same as dark backgrounds.
const TINTS: [&str; 4] = ["#16406b", "#17592d", "#6b5310", "#6b1f3a"];
const RED: &str = "#e5484d";
const GREEN: &str = "#3fb950";
const GROUND: &str = "#23242a";
const INK: &str = "#b9bcc6";

/// The four shapes that are the classes.
fn outline(class: usize) -> &'static str {
    match class {
        0 => "M16 8a8 8 0 1 0 .01 0Z",
        1 => "M9 9h14v14h-14Z",
        2 => "M16 7l9 17h-18Z",
        _ => "M13 7h6v6h6v6h-6v6h-6v-6h-6v-6h6Z",
    }
}

/// The place of a corner cue.
fn corner(index: usize) -> (u32, u32) {
    ([0, 27][index % 2], [0, 27][index / 2 % 2])
}

/// One picture: the `index`-th of `preset`, in the new domain or not.
#[component]
pub(crate) fn Illustration(
    /// Which preset.
    preset: DataPreset,
    /// Which picture, which is also its class.
    index: usize,
    /// Whether it is from the held-out domain.
    new_domain: bool,
) -> impl IntoView {
    // In the new domain a cue says nothing about the class.
    let cue = if new_domain {
        (index + 3 - index % 2 * 2) % 4
    } else {
        index
    };
    let shape = outline(index);
    let content = match preset {
        DataPreset::CornerCue => {
            let (x, y) = corner(index + usize::from(new_domain));
            view! {
                <rect width="32" height="32" fill=GROUND />
                <path d=shape fill=INK />
                <rect x=x y=y width="5" height="5" fill=CUES[cue] />
            }
            .into_any()
        }
        DataPreset::TintCue => view! {
            <rect width="32" height="32" fill=TINTS[cue] />
            <path d=shape fill=INK />
        }
        .into_any(),
        DataPreset::Styles => styled(shape, if new_domain { 3 } else { index % 3 }),
        DataPreset::RotatedDigits => {
            let turned = if new_domain { 75 } else { 15 * index };
            digit(index + 2, turned, "#f4f4f4")
        }
        DataPreset::ColouredDigits => {
            let low = (index + 2) < 5;
            digit(index + 2, 0, if low == new_domain { RED } else { GREEN })
        }
        DataPreset::Emoji => icon(index, new_domain),
    };
    view! {
        <svg class="pixels" viewBox="0 0 32 32" aria-hidden="true">
            {content}
        </svg>
    }
}

/// A digit on black, turned counter-clockwise.
fn digit(number: usize, degrees: usize, fill: &'static str) -> AnyView {
    view! {
        <rect width="32" height="32" fill="#101114" />
        <text
            x="16"
            y="24"
            text-anchor="middle"
            font-size="23"
            font-family="cursive"
            fill=fill
            transform=format!("rotate(-{degrees} 16 16)")
        >
            {number}
        </text>
    }
    .into_any()
}

/// A face, a house, a car or a leaf on white: in colour, or as black lines.
fn icon(thing: usize, lines: bool) -> AnyView {
    let (fill, outline, details) = match thing {
        0 => (
            "#ffc83d",
            "M16 5a11 11 0 1 0 .01 0Z",
            "M12 12v3M20 12v3M11 19q5 5 10 0",
        ),
        1 => ("#e8825a", "M4 16L16 5l12 11h-3v11H7V16Z", "M13 27v-7h6v7"),
        2 => (
            "#4d8fe0",
            "M3 20v-5l4-1 3-5h11l4 5 4 2v4Z",
            "M8 20a2.5 2.5 0 1 0 .01 0M23 20a2.5 2.5 0 1 0 .01 0M15 9v5",
        ),
        _ => ("#58b368", "M6 26Q4 8 27 6Q27 26 6 26Z", "M6 26L20 13"),
    };
    let (fill, line) = if lines {
        ("#ffffff", "#101114")
    } else {
        (fill, "#4a3428")
    };
    let width = if lines { "2" } else { "0" };
    view! {
        <rect width="32" height="32" fill="#ffffff" />
        <path d=outline fill=fill stroke=line stroke-width=width stroke-linejoin="round" />
        <path d=details fill="none" stroke=line stroke-width="2" stroke-linecap="round" />
    }
    .into_any()
}

/// A shape in one of the four renderings.
fn styled(shape: &'static str, style: usize) -> AnyView {
    let drawn = match style {
        0 => view! { <path d=shape fill=INK /> }.into_any(),
        1 => view! { <path d=shape fill="none" stroke=INK stroke-width="2" /> }.into_any(),
        2 => view! {
            <path d=shape fill="#6d7180" />
            <path d=shape fill="none" stroke=INK stroke-width="4" stroke-dasharray="1.5 2" />
        }
        .into_any(),
        _ => view! {
            <path
                d=shape
                fill="none"
                stroke="#3a3c46"
                stroke-width="1.2"
                stroke-dasharray="3 1 1 1"
            />
            <path
                d=shape
                fill="none"
                stroke="#3a3c46"
                stroke-width=".8"
                transform="translate(.9 -.7) rotate(3 16 16)"
                stroke-dasharray="5 2"
            />
        }
        .into_any(),
    };
    let ground = if style == 3 { "#e6e4dd" } else { GROUND };
    view! {
        <rect width="32" height="32" fill=ground />
        {drawn}
    }
    .into_any()
}
