//! A row of typed numbers, one for each block or stage.

use leptos::prelude::*;

use rsc_core::config::{Backbone, NetworkConfig};

use crate::settings::model::network::depth;
use crate::settings::model::number;
use crate::settings::state::Settings;
use crate::settings::view::network::draft_network::{DraftNetwork, change};
use crate::settings::widgets::{Field, Setting};
use crate::ui::controls::NumberInput;

/// What the numbers of a row belong to.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// A block of a small CNN.
    Block,
    /// A stage of a ResNet.
    Stage,
}

impl Unit {
    /// The one with this number, from 1.
    fn nth(self, number: usize) -> String {
        match self {
            Self::Block => text!("network.cells.block", number = number),
            Self::Stage => text!("network.cells.stage", number = number),
        }
    }

    /// What the numbers are, of the one with this number.
    fn of_nth(self, what: &str, number: usize) -> String {
        match self {
            Self::Block => text!("network.cells.of-block", what = what, number = number),
            Self::Stage => text!("network.cells.of-stage", what = what, number = number),
        }
    }

    /// What the numbers are, of all.
    fn of_each(self, what: &str) -> String {
        match self {
            Self::Block => text!("network.cells.of-each-block", what = what),
            Self::Stage => text!("network.cells.of-each-stage", what = what),
        }
    }
}

/// What a row of numbers sets.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Begin of each input's `data-testid`; the block's number follows.
    pub(crate) id: &'static str,
    /// That of the first input, to which the label leads.
    pub(crate) first: &'static str,
    /// Under this name values of the row are refused.
    pub(crate) field: &'static str,
    /// Name of the row.
    pub(crate) label: &'static str,
    /// What is counted: blocks or stages.
    pub(crate) unit: Unit,
    /// Smallest and largest value.
    pub(crate) range: (u64, u64),
    /// Path of the `i`-th value, as the engine's checks call it.
    pub(crate) path: fn(usize) -> String,
    /// The `i`-th value.
    pub(crate) get: fn(&Backbone, usize) -> Option<usize>,
    /// Changes the `i`-th value.
    pub(crate) set: fn(&mut Backbone, usize, usize),
    /// The values to go back to, for so many blocks or stages.
    pub(crate) usual: fn(usize) -> Vec<usize>,
}

impl Row {
    fn values(self, network: &NetworkConfig) -> Vec<usize> {
        let backbone = &network.backbone;
        (0..depth(backbone))
            .filter_map(|i| (self.get)(backbone, i))
            .collect()
    }
}

/// The row.
#[component]
pub(crate) fn Cells(
    /// What the controls describe.
    described: DraftNetwork,
    /// What is set.
    row: Row,
    /// One plain sentence.
    hint: &'static str,
) -> impl IntoView {
    let settings = expect_context::<Settings>();
    let values = Memo::new(move |_| described.network.with(|network| row.values(network)));
    let count = Memo::new(move |_| values.with(Vec::len));
    let refused_at = RwSignal::new(None);
    let setting = Setting {
        id: row.first,
        field: row.field,
        label: row.label,
        at_default: Signal::derive(move || values.with(|v| *v == (row.usual)(v.len()))),
        to_default: Callback::new(move |()| {
            let usual = (row.usual)(count.get_untracked());
            change(settings, row.field, |network| {
                for (i, &value) in usual.iter().enumerate() {
                    (row.set)(&mut network.backbone, i, value);
                }
            });
        }),
        pending: Signal::derive(move || settings.pending(|c| row.values(&c.network))),
    };
    let cell = move |i: usize| {
        let (low, high) = row.range;
        let value = Signal::derive(move || {
            values.with(|values| values.get(i).map_or_else(String::new, usize::to_string))
        });
        let invalid = Signal::derive(move || {
            let refused = settings.refused.with(|r| r.contains_key(row.field));
            refused && refused_at.get() == Some(i)
        });
        let on_change = Callback::new(move |text: String| {
            refused_at.set(Some(i));
            match number::whole(&(row.path)(i), &text, low, high) {
                Ok(value) => change(settings, row.field, |network| {
                    (row.set)(&mut network.backbone, i, value as usize);
                }),
                Err(error) => settings.refuse(row.field, &error),
            }
        });
        let name = row.unit.nth(i + 1);
        view! {
            <div class="cell">
                <NumberInput
                    id=format!("{}-{}", row.id, i + 1)
                    label=row.unit.of_nth(row.label, i + 1)
                    described_by=format!("{}-hint", row.first)
                    value=value
                    invalid=invalid
                    min=low.to_string()
                    max=high.to_string()
                    on_change=on_change
                />
                <span class="cell-name" aria-hidden="true">{name}</span>
            </div>
        }
    };
    view! {
        <Field setting=setting hint=hint>
            <div class="cells" role="group" aria-label=row.unit.of_each(row.label)>
                <For each=move || 0..count.get() key=|&i| i let(i)>
                    {cell(i)}
                </For>
            </div>
        </Field>
    }
}
