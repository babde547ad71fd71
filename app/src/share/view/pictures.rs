//! Charts, masks and all else that is drawn as picture files.

use leptos::{prelude::*, task::spawn_local};

use crate::masks::state::Masks;
use crate::training::state::Training;
use crate::ui::download;
use crate::ui::figure_export;
use crate::ui::model::figure::file_name;

/// A mask that is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mask {
    /// How the menu calls it.
    label: String,
    /// What its canvases' names end in.
    suffix: String,
    /// Its file: whose weights, after how many steps, of which image.
    file: String,
}

/// The masks now on the page, arm after arm where several are shown.
fn mask_pictures(masks: Masks, training: Training) -> Vec<Mask> {
    masks.row.with_untracked(|row| {
        let each = row.iter().enumerate().flat_map(|(j, seen)| {
            let arm = training.arm_name(seen.arm);
            let images = seen.images.iter().enumerate();
            images.map(move |(k, image)| {
                let name = &image.result.name;
                Mask {
                    label: if row.len() > 1 {
                        format!("{}: {name}, {arm}", k + 1) // not shown
                    } else {
                        format!("{}: {name}", k + 1)
                    },
                    suffix: match j {
                        0 => k.to_string(),
                        _ => format!("{k}-{arm}"),
                    },
                    file: format!("mask-{arm}-step-{}-{}.png", seen.step, file_name(name)),
                }
            })
        });
        each.collect()
    })
}

/// A menu of pictures with what can be done to the one chosen.
#[component]
fn Menu(
    /// `data-testid`.
    id: &'static str,
    /// Its name.
    label: &'static str,
    /// What can be chosen.
    options: Vec<String>,
    /// The index chosen.
    chosen: RwSignal<usize>,
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="picture-row">
            <label class="control-label" for=id>
                {label}
            </label>
            <select
                id=id
                data-testid=id
                on:change=move |event| {
                    if let Ok(index) = event_target_value(&event).parse() {
                        chosen.set(index);
                    }
                }
            >
                {options
                    .into_iter()
                    .enumerate()
                    .map(|(i, name)| view! { <option value=i.to_string()>{name}</option> })
                    .collect_view()}
            </select>
            <div class="buttons">{children()}</div>
        </div>
    }
}

/// The drawings and masks that are on the page as the dialog opens.
#[component]
pub(crate) fn Pictures() -> impl IntoView {
    let (masks, training) = (expect_context::<Masks>(), expect_context::<Training>());
    let said = RwSignal::new(String::new());
    let (charts, masks) = (figure_export::drawings(), mask_pictures(masks, training));
    let labels = StoredValue::new(charts.clone());
    let mask_names: Vec<String> = masks.iter().map(|mask| mask.label.clone()).collect();
    let chosen_masks = StoredValue::new(masks);
    let (chart, mask) = (RwSignal::new(0_usize), RwSignal::new(0_usize));
    let tell = move |file: String, outcome: Result<(), String>| {
        let text = match outcome {
            Ok(()) => text!("share.saved", file = file),
            Err(problem) => text!("share.not-saved", file = file, problem = problem),
        };
        // The dialog may have closed meanwhile.
        let _ = said.try_set(text);
    };
    let label = move || {
        labels.with_value(|all| {
            let chosen = all.get(chart.get_untracked());
            chosen.cloned().unwrap_or_default()
        })
    };
    let chart_svg = move |_| {
        let label = label();
        let file = format!("{}.svg", file_name(&label));
        let outcome = figure_export::svg(&label)
            .and_then(|(_, _, text)| download::text(&file, "image/svg+xml", &text));
        tell(file, outcome);
    };
    let chart_png = move |_| {
        let label = label();
        spawn_local(async move {
            let file = format!("{}.png", file_name(&label));
            let outcome = figure_export::png(&label).await;
            let saved = outcome.and_then(|content| download::blob(&file, &content));
            tell(file, saved);
        });
    };
    let mask_png = move |_| {
        let chosen = chosen_masks.with_value(|all| all.get(mask.get_untracked()).cloned());
        let Some(Mask { suffix, file, .. }) = chosen else {
            return;
        };
        spawn_local(async move {
            let outcome = figure_export::mask_png(&suffix).await;
            let saved = outcome.and_then(|content| download::blob(&file, &content));
            tell(file, saved);
        });
    };
    let nothing = charts.is_empty() && mask_names.is_empty();
    view! {
        <section class="share-part" aria-labelledby="pictures-title">
            <h3 id="pictures-title">{text!("share.pictures")}</h3>
            {nothing.then(|| view! { <p class="hint">{text!("share.pictures.none")}</p> })}
            {(!charts.is_empty())
                .then(|| {
                    view! {
                        <Menu id="export-chart" label=text!("share.chart") options=charts chosen=chart>
                            <button data-testid="chart-svg" on:click=chart_svg>
                                {text!("share.svg")}
                            </button>
                            <button data-testid="chart-png" on:click=chart_png>
                                {text!("share.png")}
                            </button>
                        </Menu>
                        <p class="hint">{text!("share.chart.folded")}</p>
                    }
                })}
            {(!mask_names.is_empty())
                .then(|| {
                    view! {
                        <Menu id="export-mask" label=text!("share.mask") options=mask_names chosen=mask>
                            <button data-testid="mask-png" on:click=mask_png>
                                {text!("share.png")}
                            </button>
                        </Menu>
                    }
                })}
            <p class="said" role="status" data-testid="pictures-said">{said}</p>
        </section>
    }
}
