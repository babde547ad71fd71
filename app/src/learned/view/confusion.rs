//! Confusion matrices of every arm on a domain; a cell opens its images.

use leptos::prelude::*;

use crate::learned::model::Confusion;
use crate::learned::state::Learned;
use crate::training::state::Training;
use crate::ui::controls::Segments;

use crate::ui::term::Term;

/// More classes than this make no readable matrix.
const MOST: usize = 20;

/// A view to unfold.
#[component]
pub(crate) fn ConfusionView() -> impl IntoView {
    let learned = expect_context::<Learned>();
    let training = expect_context::<Training>();
    let chosen = RwSignal::new(None::<usize>);
    // The held-out domain until somebody chooses.
    let domain = Memo::new(move |_| {
        training.info.with(|info| {
            let domains = info.as_ref().map_or(&[][..], |info| &info.domains);
            let held_out = domains.iter().position(|it| it.held_out);
            let chosen = chosen.get().filter(|&it| it < domains.len());
            chosen.or(held_out).unwrap_or(0)
        })
    });
    let domains = Signal::derive(move || {
        training.info.with(|info| {
            let domains = info.as_ref().map_or(&[][..], |info| &info.domains);
            let named = domains.iter().enumerate().map(|(i, it)| {
                let name = if it.name.is_empty() {
                    text!("learned.all-images")
                } else {
                    &it.name
                };
                (i, name.to_owned(), "")
            });
            named.collect::<Vec<_>>()
        })
    });
    let arms = Memo::new(move |_| {
        training
            .info
            .with(|info| info.as_ref().map_or(0, |info| info.arms.len()))
    });
    let some = move || {
        training
            .predictions
            .classes
            .with(|classes| !classes.is_empty())
    };
    let tables = move || {
        let domain = domain.get();
        (0..arms.get())
            .filter_map(|arm| {
                Some(table(
                    learned,
                    training,
                    arm,
                    domain,
                    &learned.confusion(arm, domain)?,
                ))
            })
            .collect_view()
    };
    view! {
        <Show when=some>
            <details class="expected confusion" data-testid="confusion">
                <summary>{text!("confusion.title")}</summary>
                <p class="hint">
                    <Term of="confusion-matrix">{text!("confusion.what")}</Term>
                    {text!("confusion.what.of")}
                </p>
                <Segments
                    label=text!("confusion.domain")
                    options=domains
                    value=domain
                    on_choice=Callback::new(move |domain| chosen.set(Some(domain)))
                />
                {tables}
                <p class="hint">
                    {text!("confusion.hint")}
                </p>
            </details>
        </Show>
    }
}

/// The table of one arm, and what its cells are about.
#[derive(Clone)]
struct Table {
    learned: Learned,
    arm: usize,
    domain: usize,
    arm_label: String,
    class_names: Vec<String>,
}

impl Table {
    fn class(&self, i: usize) -> String {
        self.class_names
            .get(i)
            .cloned()
            .unwrap_or_else(|| text!("confusion.class", number = i))
    }

    /// A cell: a button that shows its images under "Masks".
    fn cell(&self, confusion: &Confusion, label: usize, predicted: usize) -> impl IntoView + use<> {
        let Self {
            learned,
            arm,
            domain,
            ..
        } = *self;
        let images = confusion.cell(label, predicted).to_vec();
        let count = images.len();
        let share = confusion.share(label, predicted);
        let about = plural!(
            "confusion.cell",
            count,
            label = self.class(label),
            predicted = self.class(predicted),
            arm = self.arm_label
        );
        view! {
            <td class:right=label == predicted style:--share=format!("{:.0}%", 100.0 * share)>
                <button
                    disabled=count == 0
                    title=about.clone()
                    aria-label=about
                    data-testid=format!("cell-{arm}-{label}-{predicted}")
                    on:click=move |_| {
                        learned.look_at_cell(arm, domain, &images);
                    }
                >
                    {count}
                </button>
            </td>
        }
    }
}

fn table(
    learned: Learned,
    training: Training,
    arm: usize,
    domain: usize,
    confusion: &Confusion,
) -> AnyView {
    let classes = confusion.classes();
    if classes > MOST {
        return view! { <p class="hint">{text!("confusion.too-many")}</p> }.into_any();
    }
    let arm_label = training.arm_label(arm);
    let class_names = training.info.with(|info| {
        info.as_ref()
            .map_or_else(Vec::new, |info| info.classes.clone())
    });
    let table = Table {
        learned,
        arm,
        domain,
        arm_label: arm_label.clone(),
        class_names,
    };
    let head = (0..classes)
        .map(|i| view! { <th scope="col" title=table.class(i)>{table.class(i)}</th> })
        .collect_view();
    let rows = (0..classes)
        .map(|label| {
            let cells = (0..classes)
                .map(|predicted| table.cell(confusion, label, predicted))
                .collect_view();
            let class = table.class(label);
            let title = class.clone();
            view! {
                <tr>
                    <th scope="row" title=title>{class}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let arm_class = training.run_arm(arm).map_or("arm", |arm| arm.class());
    let title = figure_title(training, domain, &arm_label);
    view! {
        <div class="confusion-table" data-figure=title>
            <table>
                <caption>
                    <span class=arm_class>{arm_label}</span>
                </caption>
                <thead>
                    <tr>
                        <td></td>
                        {head}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The title of the table as an exported figure.
fn figure_title(training: Training, domain: usize, arm: &str) -> String {
    training.info.with(|info| {
        let domain = info.as_ref().and_then(|info| info.domains.get(domain));
        let domain = domain.map_or("", |domain| domain.name.as_str());
        let domain = if domain.is_empty() {
            text!("learned.all-images")
        } else {
            domain
        };
        text!("confusion.figure", arm = arm, domain = domain)
    })
}
