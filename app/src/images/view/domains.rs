//! The domains of the visitor's images: renamed in place, merged, and held out.

use leptos::{html, prelude::*};

use crate::images::model::ImageClass;
use crate::images::state::Images;
use crate::settings::model::hold_out::HoldOut;
use crate::ui::notices::Notices;

use crate::ui::notices::Kind;

/// Which domain is never trained on.
#[component]
pub(crate) fn HeldOutDomain() -> impl IntoView {
    let images = expect_context::<Images>();
    let domains = Memo::new(move |_| images.domains());
    let several = move || domains.get().len() >= 2;
    let choose = move |event| {
        let value = event_target_value(&event);
        images.hold_out(HoldOut {
            held_out: value.strip_prefix("domain:").map(str::to_owned),
            together: value == "none",
        });
    };
    let options = move || {
        domains
            .get()
            .into_iter()
            .map(|domain| {
                let value = format!("domain:{domain}");
                let label = domain.clone();
                let selected = move || images.held_out.get().as_ref() == Some(&domain);
                view! {
                    <option value=value prop:selected=selected>
                        {label}
                    </option>
                }
            })
            .collect_view()
    };
    let by_name = move || images.held_out.get().is_none() && !images.together.get();
    view! {
        <Show when=several>
            <label class="inline-choice">
                <span>{text!("own.hold-out")}</span>
                <select data-testid="own-held-out" on:change=choose>
                    <option value="none" prop:selected=move || images.all_together()>
                        {text!("own.hold-out-none")}
                    </option>
                    <option value="" prop:selected=by_name>
                        {text!("own.hold-out-last")}
                    </option>
                    {options}
                </select>
            </label>
        </Show>
    }
}

/// The names of the domains, where there are several.
#[component]
pub(crate) fn Domains() -> impl IntoView {
    let images = expect_context::<Images>();
    let domains = Memo::new(move |_| images.domains());
    let named = move || {
        let named = domains.get().into_iter().enumerate();
        named.collect::<Vec<_>>()
    };
    view! {
        <Show when=move || { domains.with(|all| all.len() >= 2) }>
            <div class="board-domains" role="group" aria-label=text!("own.domains")>
                <span class="control-label">{text!("own.domains")}</span>
                <For each=named key=Clone::clone let((index, name))>
                    <Domain index=index name=name />
                </For>
            </div>
        </Show>
    }
}

/// One domain.
#[component]
fn Domain(index: usize, name: String) -> impl IntoView {
    let images = expect_context::<Images>();
    let notices = expect_context::<Notices>();
    let name = StoredValue::new(name);
    let input = NodeRef::<html::Input>::new();
    // A name that another domain has already, until the visitor says whether the two are one.
    let wanted = RwSignal::new(None::<String>);
    let back = move || {
        wanted.set(None);
        if let Some(input) = input.get_untracked() {
            input.set_value(&name.get_value());
        }
    };
    let rename = move |event| {
        let text = event_target_value(&event).trim().to_owned();
        if text == name.get_value() {
            back();
        } else if text.is_empty() {
            back();
            notices.say(
                Kind::Warning,
                text!("own.domain-nameless", name = name.get_value()),
            );
        } else if untrack(|| images.domains()).contains(&text) {
            wanted.set(Some(text));
        } else {
            images.rename_domain(&name.get_value(), &text);
        }
    };
    let merge = move |_| {
        if let Some(to) = wanted.get_untracked() {
            images.rename_domain(&name.get_value(), &to);
        }
    };
    let count = Memo::new(move |_| {
        name.with_value(|name| {
            let count = |all: &Vec<ImageClass>| {
                let images = all.iter().flat_map(|class| &class.images);
                images.filter(|image| image.domain_name() == name).count()
            };
            images.classes.with(count)
        })
    });
    let held_out = Memo::new(move |_| images.will_hold_out().as_ref() == Some(&name.get_value()));
    let asked = Memo::new(move |_| wanted.with(Option::is_some));
    view! {
        <div class="board-domain">
            <input
                node_ref=input
                type="text"
                data-testid=format!("domain-name-{index}")
                aria-label=text!("own.domain-name", number = index + 1)
                prop:value=move || name.get_value()
                on:change=rename
            />
            <span class="hint">{move || plural!("board.images", count.get())}</span>
            <button
                class="quiet icon"
                data-testid=format!("domain-delete-{index}")
                aria-label=text!("own.domain-delete", name = name.get_value())
                title=text!("own.domain-delete-this")
                on:click=move |_| images.delete_domain(&name.get_value())
            >
                "✕"
            </button>
            <Show when=move || held_out.get()>
                <span class="tag">{text!("own.held-out")}</span>
            </Show>
            <Show when=move || asked.get()>
                <span class="merge-offer" role="status">
                    {move || {
                        text!("own.domain-exists", name = wanted.get().unwrap_or_default())
                    }}
                    <button data-testid=format!("domain-merge-{index}") on:click=merge>
                        {text!("own.merge")}
                    </button>
                    <button
                        class="quiet"
                        data-testid=format!("domain-keep-{index}")
                        on:click=move |_| back()
                    >
                        {text!("own.keep-name")}
                    </button>
                </span>
            </Show>
        </div>
    }
}
