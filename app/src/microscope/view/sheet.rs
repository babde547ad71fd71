//! A stage with one tile per channel, and the mark that follows the pointer or the arrow keys.

use leptos::{ev, html, prelude::*};
use web_sys::HtmlCanvasElement;

use crate::microscope::model::tiles::{Scale, Sheet, chosen};
use crate::microscope::state::Marked;
use crate::microscope::state::Microscope;
use crate::microscope::view::visible_round::{VisibleRound, by_channel, keeps, stage_figure};
use crate::ui::browser;
use crate::ui::canvas;
use crate::ui::model::colour;

use crate::ui::term::Term;

/// Pixels of the mark's canvas for each value of the sheet.
const FINE: usize = 4;
/// Most channels on a sheet: of more, a tile would be a few pixels on the screen.
const MOST: usize = 256;

/// What is on the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetContent {
    /// `Z`.
    Features,
    /// `G`.
    Gradient,
    /// `Z ⊙ M`.
    Masked,
}

/// The stage.
#[component]
pub(crate) fn SheetStage(
    /// Its name.
    title: &'static str,
    /// One plain sentence.
    about: &'static str,
    /// Its id, and `data-testid` of its canvas.
    id: &'static str,
    /// What is on the sheet.
    shown: SheetContent,
) -> impl IntoView {
    let microscope = expect_context::<Microscope>();
    let shows = expect_context::<VisibleRound>();
    let term = match shown {
        SheetContent::Features => "feature-map",
        SheetContent::Gradient => "gradient",
        SheetContent::Masked => "muted",
    };
    let canvas = NodeRef::<html::Canvas>::new();
    let marks = NodeRef::<html::Canvas>::new();
    let channels = Channels::new(microscope);
    Effect::new(move |_| {
        if let (Some(canvas), Some(sheet)) = (canvas.get(), channels.sheet.get()) {
            channels.draw(&canvas, sheet, shown, shows);
        }
    });
    Effect::new(move |_| {
        if let (Some(canvas), Some(sheet)) = (marks.get(), channels.sheet.get()) {
            channels.draw_marks(&canvas, sheet);
        }
    });
    let point = move |event| channels.point(&event);
    let key = move |event| channels.on_key(&event);
    view! {
        <li class="stage" id=id data-figure=stage_figure(title)>
            <h3>
                <Term of=term>{title}</Term>
            </h3>
            <div class="stage-picture">
                <canvas
                    node_ref=canvas
                    data-testid=id
                    tabindex="0"
                    role="img"
                    aria-label=text!("microscope.sheet", title = title, about = about)
                    on:pointermove=point
                    on:pointerdown=point
                    on:pointerleave=move |_| microscope.marked.set(Marked::default())
                    on:keydown=key
                ></canvas>
                <canvas node_ref=marks class="marks" aria-hidden="true"></canvas>
            </div>
            <p class="stage-about">{about} {move || channels.left_out()}</p>
        </li>
    }
}

/// The sheet of channels: how it is laid out, and which channel stands where.
#[derive(Clone, Copy)]
struct Channels {
    microscope: Microscope,
    sheet: Memo<Option<Sheet>>,
    /// The channel in each slot.
    slots: Memo<Vec<usize>>,
}

impl Channels {
    fn new(microscope: Microscope) -> Self {
        let sheet = Memo::new(move |_| {
            microscope.seen.with(|seen| {
                let [channels, height, width] = seen.as_ref()?.shape;
                Some(Sheet::new([channels.min(MOST), height, width]))
            })
        });
        let slots = Memo::new(move |_| {
            microscope.seen.with(|seen| {
                seen.as_ref().map_or_else(Vec::new, |seen| {
                    chosen(&by_channel(seen), microscope.sorted.get(), MOST)
                })
            })
        });
        Self {
            microscope,
            sheet,
            slots,
        }
    }

    /// Says so where there is room for some channels only.
    fn left_out(self) -> Option<String> {
        let all = self
            .microscope
            .seen
            .with(|seen| seen.as_ref().map(|seen| seen.shape[0]))?;
        let most_important = || text!("microscope.most-important", shown = MOST, all = all);
        (all > MOST).then(most_important)
    }

    /// Draws the values, with muted ones in grey where that is what is shown.
    fn draw(
        self,
        canvas: &HtmlCanvasElement,
        sheet: Sheet,
        shown: SheetContent,
        shows: VisibleRound,
    ) {
        self.microscope.seen.with(|seen| {
            let Some(seen) = seen else {
                return;
            };
            let (values, scale) = match shown {
                SheetContent::Features | SheetContent::Masked => (&seen.features, Scale::Magnitude),
                SheetContent::Gradient => (&seen.gradient, Scale::Signed),
            };
            let muted = match shown {
                SheetContent::Masked => shows.muted(),
                SheetContent::Features | SheetContent::Gradient => Vec::new(),
            };
            let axis = seen.result.axis;
            let kept = |channel, position| keeps(axis, &muted, channel, position);
            let pixels = self
                .slots
                .with(|slots| sheet.paint(values, slots, scale, kept));
            let (width, height) = sheet.size();
            canvas.set_width(width as u32);
            canvas.set_height(height as u32);
            canvas::draw_pixels(canvas, &pixels, width as u32, height as u32);
        });
    }

    /// Draws a frame around the feature that is picked out.
    fn draw_marks(self, canvas: &HtmlCanvasElement, sheet: Sheet) {
        let marked = self.microscope.marked.get();
        let (width, height) = sheet.size();
        canvas.set_width((width * FINE) as u32);
        canvas.set_height((height * FINE) as u32);
        let Some(context) = canvas::context(canvas) else {
            return;
        };
        context.set_line_width(FINE as f64);
        context.set_stroke_style_str(&colour::css(colour::MUTED));
        let fine = |pixels: usize| (pixels * FINE) as f64;
        self.slots.with(|slots| {
            for (slot, &channel) in slots.iter().enumerate() {
                let (left, top) = sheet.corner(slot);
                if let Some(position) = marked.position {
                    let (x, y) = (left + position % sheet.width, top + position / sheet.width);
                    context.stroke_rect(fine(x), fine(y), fine(1), fine(1));
                }
                if marked.channel == Some(channel) {
                    let half = FINE as f64 / 2.0;
                    context.stroke_rect(
                        fine(left) - half,
                        fine(top) - half,
                        fine(sheet.width) + 2.0 * half,
                        fine(sheet.height) + 2.0 * half,
                    );
                }
            }
        });
    }

    /// Picks out the feature under the pointer.
    fn point(self, event: &ev::PointerEvent) {
        let Self {
            microscope,
            sheet,
            slots,
        } = self;
        let found = sheet
            .get_untracked()
            .zip(browser::place_in_target(event))
            .and_then(|(sheet, (x, y))| sheet.at(x, y));
        let channel = found.and_then(|(slot, _)| slots.with_untracked(|it| it.get(slot).copied()));
        microscope.marked.set(Marked {
            channel,
            position: found.map(|(_, position)| position),
        });
    }

    /// Picks out a feature by keys: channels, and with Shift positions.
    fn on_key(self, event: &ev::KeyboardEvent) {
        let Self {
            microscope,
            sheet,
            slots,
        } = self;
        let Some(sheet) = sheet.get_untracked() else {
            return;
        };
        let positions = sheet.height * sheet.width;
        let marked = microscope.marked.get_untracked();
        let moved = if event.shift_key() {
            let now = marked.position.unwrap_or(0);
            step(&event.key(), now, positions, sheet.width).map(|position| Marked {
                position: Some(position),
                ..marked
            })
        } else {
            slots.with_untracked(|slots| {
                let slot = slots
                    .iter()
                    .position(|&channel| Some(channel) == marked.channel)
                    .unwrap_or(0);
                let slot = step(&event.key(), slot, slots.len(), sheet.across)?;
                Some(Marked {
                    channel: slots.get(slot).copied(),
                    ..marked
                })
            })
        };
        if event.key() == "Escape" {
            microscope.marked.set(Marked::default());
        } else if let Some(moved) = moved {
            microscope.marked.set(moved);
            event.prevent_default();
        }
    }
}

/// Where an arrow key leads from `now` among `count` in rows of `across`.
pub(crate) fn step(key: &str, now: usize, count: usize, across: usize) -> Option<usize> {
    let next = match key {
        "ArrowRight" => now + 1,
        "ArrowLeft" => now.checked_sub(1)?,
        "ArrowDown" => now + across,
        "ArrowUp" => now.checked_sub(across)?,
        _ => return None,
    };
    (next < count).then_some(next)
}
