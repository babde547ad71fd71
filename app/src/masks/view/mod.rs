//! What the challenge does to single images under the weights of the moment.

pub(crate) mod card;

use leptos::prelude::*;

use rsc_core::config::{Axis, Strategy};
use rsc_core::protocol::{DomainInfo, ImageRef};

use crate::masks::model::scales;
use crate::masks::model::scales::Ends;
use crate::masks::state::Masks;
use crate::masks::state::PICKS;
use crate::masks::view::card::Card;
use crate::settings::state::Settings;
use crate::training::state::Training;
use crate::ui::controls::Segments;
use crate::ui::model::{colour, format};

use crate::ui::term::Term;

/// The panel.
#[component]
pub(crate) fn MasksPanel(
    /// Puts an image under the microscope, as an arm sees it; `None` where there is no microscope.
    look_closer: Option<Callback<(usize, ImageRef)>>,
) -> impl IntoView {
    let masks = expect_context::<Masks>();
    let settings = expect_context::<Settings>();
    let training = expect_context::<Training>();
    let opacity = RwSignal::new(0.45);
    let shared = RwSignal::new(false);
    let ends: Memo<Vec<Ends>> = Memo::new(move |_| {
        let shared = shared.get();
        masks.row.with(|row| {
            let maps = row.iter().map(|seen| {
                let images = seen.images.iter();
                images.map(|image| image.result.heat.as_slice()).collect()
            });
            scales::ends(&maps.collect::<Vec<_>>(), shared)
        })
    });
    let off = move || settings.challenge().strategy == Strategy::Off;
    let arms = Memo::new(move |_| masks.arms_shown());
    let beside = Memo::new(move |_| arms.get() > 1);
    view! {
        <section class="panel masks" id="masks" aria-labelledby="masks-title" data-testid="masks">
            <div class="masks-head">
                <Lead />
                <Controls />
            </div>
            <div class="masks-key">
                <Legend shared=shared ends=ends />
                <details class="masks-more" data-testid="masks-more">
                    <summary>{text!("masks.colours")}</summary>
                    <Drawing shared=shared opacity=opacity />
                </details>
            </div>
            <Show when=off>
                <p class="callout">{text!("masks.off")}</p>
            </Show>
            <div class="mask-area">
                <Show when=move || masks.seen.with(Option::is_none)>
                    <p class="empty">
                        {text!("masks.empty")} " "
                        {move || training.activity.with(|it| it.as_ref().map(|it| it.text.clone()))}
                    </p>
                </Show>
                <div
                    class="mask-grid"
                    data-figure=text!("masks.title")
                    class:beside=beside
                    style:--arms=move || arms.get().to_string()
                >
                    {(0..PICKS)
                        .map(|k| view! { <Card look_closer=look_closer k=k opacity=opacity ends=ends /> })
                        .collect_view()}
                </div>
            </div>
        </section>
    }
}

/// The heading: what is shown, or will be, after how many steps and through whose weights.
#[component]
fn Lead() -> impl IntoView {
    let (masks, training) = (expect_context::<Masks>(), expect_context::<Training>());
    let settings = expect_context::<Settings>();
    let when = move || {
        let seen = masks.row.with(|row| {
            let (first, last) = (row.first()?, row.last()?);
            Some((first.arm, first.step, last.step))
        });
        let awaited = || {
            masks.classes_awaited()?;
            Some((masks.arm_shown(), 0, 0))
        };
        let (arm, first, last) = seen.or_else(awaited)?;
        let weights = match masks.arms_shown() {
            1 => training.arm_label(arm),
            _ => String::from(text!("masks.each-arm")),
        };
        // In training each arm is asked a little later than the one before.
        let step = if first == last {
            plural!("masks.after", last as usize)
        } else {
            text!("masks.after-some", first = first, last = last)
        };
        let challenge = settings.edited_arm().label();
        Some(text!(
            "masks.when",
            challenge = challenge,
            weights = weights,
            steps = step
        ))
    };
    view! {
        <div>
            <h2 id="masks-title">{text!("masks.title")}</h2>
            <p class="lead">
                {text!("masks.lead.move")} <Term of="p">"p"</Term>
                {text!("masks.lead.watch")} <Term of="step">{text!("masks.lead.step")}</Term>
                {text!("masks.lead.after")}
                <span class="facts">{when}</span>
            </p>
        </div>
    }
}

/// Domains by index, with the held-out one marked, as choices of a row of buttons.
fn choices(domains: &[DomainInfo]) -> Vec<(usize, String, &'static str)> {
    let name = |domain: &DomainInfo| {
        let name = if domain.name.is_empty() {
            text!("masks.all-images")
        } else {
            &domain.name
        };
        if domain.held_out {
            text!("masks.new", domain = name)
        } else {
            name.to_owned()
        }
    };
    let named = domains.iter().enumerate();
    named.map(|(i, domain)| (i, name(domain), "")).collect()
}

/// The choice of images and weights. Before the first run it stands there, and cannot be used.
#[component]
fn Controls() -> impl IntoView {
    let (masks, training) = (expect_context::<Masks>(), expect_context::<Training>());
    let first = Memo::new(move |_| training.info.with(Option::is_none));
    let domains = Memo::new(move |_| training.outlook().map(|run| run.domains));
    let options = Signal::derive(move || {
        domains.with(|domains| choices(domains.as_deref().unwrap_or_default()))
    });
    let chosen = Signal::derive(move || {
        let held_out =
            || domains.with(|domains| domains.as_ref()?.iter().position(|domain| domain.held_out));
        if first.get() {
            held_out().unwrap_or_default()
        } else {
            masks.domain.get()
        }
    });
    view! {
        <div class="masks-controls" inert=move || first.get()>
            <div class="control" data-testid="mask-domain">
                <span class="control-label">{text!("masks.from")}</span>
                <Segments
                    label=text!("masks.domain")
                    options=options
                    value=chosen
                    on_choice=Callback::new(move |domain| masks.look_at_domain(domain))
                />
            </div>
            <div class="control">
                <span class="control-label">{text!("masks.weights")}</span>
                <Weights />
            </div>
            <div class="control">
                <span class="control-label">{text!("masks.other")}</span>
                <div class="buttons">
                    <button data-testid="next-images" on:click=move |_| masks.look_further()>
                        {text!("masks.next")}
                    </button>
                    <button data-testid="shuffle-images" on:click=move |_| masks.look_at_random()>
                        {text!("masks.shuffle")}
                    </button>
                </div>
            </div>
        </div>
    }
}

/// What the heat maps show, and how they are drawn.
#[component]
fn Drawing(shared: RwSignal<bool>, opacity: RwSignal<f64>) -> impl IntoView {
    view! {
        <p class="lead">
            {text!("masks.lead.colours")}
            <Term of="importance">{text!("masks.lead.importance")}</Term>
            {text!("masks.lead.each")}
            <Term of="position">{text!("masks.lead.position")}</Term>
            {text!("masks.lead.or")}
            <Term of="channel">{text!("masks.lead.channels")}</Term>
            {text!("masks.lead.bring")}
        </p>
        <div class="masks-controls">
            <div class="control">
                <span class="control-label">{text!("masks.colours")}</span>
                <Scales shared=shared />
            </div>
            <label class="control opacity">
                <span class="control-label">{text!("masks.heat")}</span>
                <input
                    type="range"
                    min="0"
                    max="1"
                    step="0.05"
                    data-testid="opacity"
                    style:--filled=move || format!("{:.0}%", opacity.get() * 100.0)
                    prop:value=move || opacity.get().to_string()
                    on:input=move |event| {
                        if let Ok(value) = event_target_value(&event).parse() {
                            opacity.set(value);
                        }
                    }
                />
            </label>
        </div>
    }
}

/// What the colours and bars stand for.
#[component]
fn Legend(shared: RwSignal<bool>, ends: Memo<Vec<Ends>>) -> impl IntoView {
    let masks = expect_context::<Masks>();
    let channels = move || {
        masks.seen.with(|seen| {
            let mut images = seen.iter().flat_map(|seen| &seen.images);
            images.any(|image| image.result.axis == Axis::Channel)
        })
    };
    let scale = move || {
        let what = if channels() {
            text!("masks.scale.channels")
        } else {
            text!("masks.scale.importance")
        };
        let several = masks.arms_shown() > 1;
        match ends.with(|ends| ends.first().copied().flatten()) {
            Some((low, high)) if shared.get() => text!(
                "masks.scale.shared",
                what = what,
                low = format::short(low),
                high = format::short(high)
            ),
            _ if several => text!("masks.scale.own-beside", what = what),
            _ => text!("masks.scale.own", what = what),
        }
    };
    view! {
        <div class="legend" aria-hidden="true">
            <span class="scale">
                {text!("masks.low")}
                <span class="ramp" style:background=colour::ramp()></span>
                {text!("masks.high")}
                <span class="scale-what" data-testid="mask-scale">
                    {scale}
                </span>
            </span>
            <span>
                <span class="swatch muted"></span>
                {text!("masks.muted")}
            </span>
            <Show when=channels>
                <span>
                    <span class="swatch kept"></span>
                    {text!("masks.kept-channel")}
                </span>
            </Show>
            <span>
                <span class="swatch before"></span>
                {text!("masks.before")}
            </span>
            <span>
                <span class="swatch after"></span>
                {text!("masks.after-muting")}
            </span>
        </div>
    }
}

/// Whose weights: one arm's, or those of all, side by side.
#[component]
fn Weights() -> impl IntoView {
    let masks = expect_context::<Masks>();
    let training = expect_context::<Training>();
    let lens = masks;
    let several = move || training.run_arms().len() > 1;
    let beside = Memo::new(move |_| lens.beside.get() && several());
    view! {
        <div class="segments" role="group" aria-label=text!("masks.arm")>
            <For each=move || training.run_arms() key=Clone::clone let(arm)>
                <button
                    class=arm.class()
                    data-testid=format!("mask-arm-{}", arm.index + 1)
                    aria-pressed=move || {
                        (!beside.get() && lens.arm.get() == arm.index).to_string()
                    }
                    on:click=move |_| {
                        lens.beside.set(false);
                        masks.look_through(arm.index);
                    }
                >
                    {arm.label()}
                </button>
            </For>
            <Show when=several>
                <button
                    data-testid="mask-beside"
                    aria-pressed=move || beside.get().to_string()
                    on:click=move |_| masks.look_beside(true)
                >
                    {text!("masks.beside")}
                </button>
            </Show>
        </div>
    }
}

/// Which values the ends of the colours stand for.
#[component]
fn Scales(shared: RwSignal<bool>) -> impl IntoView {
    let choice = move |name: &'static str, wanted: bool, text: &'static str| {
        view! {
            <button
                data-testid=format!("mask-scale-{name}")
                aria-pressed=move || (shared.get() == wanted).to_string()
                on:click=move |_| shared.set(wanted)
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=text!("masks.scale")>
            {choice("own", false, text!("masks.scale.each"))}
            {choice("shared", true, text!("masks.scale.one"))}
        </div>
    }
}
