//! What will be trained on, tested on and held out, in numbers, and what is too little of it.

use leptos::prelude::*;

use crate::images::model::counts;
use crate::images::state::Images;
use crate::settings::state::Settings;

/// Warnings and the table of classes.
#[component]
pub(crate) fn Counts() -> impl IntoView {
    let images = expect_context::<Images>();
    let settings = expect_context::<Settings>();
    let warnings = Memo::new(move |_| images.classes.with(|classes| counts::warnings(classes)));
    let held_out = Memo::new(move |_| images.will_hold_out());
    let shares = Memo::new(move |_| {
        let fraction = settings.draft.with(|draft| draft.data.validation_fraction);
        let (held_out, together) = (held_out.get(), images.all_together());
        images
            .classes
            .with(|classes| counts::shares(classes, held_out.as_deref(), together, fraction))
    });
    let rows = move || {
        let row = |share: counts::Share| {
            view! {
                <tr>
                    <th scope="row">
                        <bdi>{share.class}</bdi>
                    </th>
                    <td>{share.train}</td>
                    <td>{share.test}</td>
                    <td>{share.held_out}</td>
                </tr>
            }
        };
        shares.get().into_iter().map(row).collect_view()
    };
    let sum = move |of: fn(&counts::Share) -> usize| {
        move || shares.with(|shares| shares.iter().map(of).sum::<usize>())
    };
    let new_domain = move || match held_out.get() {
        Some(domain) => text!("own.held-out-domain", domain = domain),
        None => text!("own.held-out-column").to_owned(),
    };
    view! {
        <Show when=move || { warnings.with(|all| !all.is_empty()) }>
            <div class="callout warning board-warnings" role="status" data-testid="board-warnings">
                {move || {
                    warnings.get().into_iter().map(|text| view! { <p>{text}</p> }).collect_view()
                }}
            </div>
        </Show>
        <Show when=move || { shares.with(|shares| shares.len() >= 2) }>
            <table class="board-counts" data-testid="board-counts">
                <caption>{text!("own.use")}</caption>
                <thead>
                    <tr>
                        <th scope="col">{text!("own.class")}</th>
                        <th scope="col">{text!("own.trained-on")}</th>
                        <th scope="col">{text!("own.tested-on")}</th>
                        <th scope="col">{new_domain}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">{text!("own.all")}</th>
                        <td>{sum(|share| share.train)}</td>
                        <td>{sum(|share| share.test)}</td>
                        <td>{sum(|share| share.held_out)}</td>
                    </tr>
                </tfoot>
            </table>
        </Show>
    }
}
