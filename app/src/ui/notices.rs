//! Messages to the visitor, shown once and until they are dismissed.

use leptos::prelude::*;

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something worth knowing.
    Info,
    /// Something was refused or left out.
    Warning,
    /// Something stopped.
    Error,
}

/// A button on a message, by its name. The room that offers it makes the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offer(pub(crate) &'static str);

/// Makes the buttons of offers; a context of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfferButtons(pub(crate) fn(Offer) -> AnyView);

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Distinguishes it from the others.
    pub(crate) id: u32,
    /// How grave.
    pub(crate) kind: Kind,
    /// What happened and what would help.
    pub(crate) text: String,
    /// What it offers.
    pub(crate) offer: Option<Offer>,
    /// What it is about, so that it can go when that is settled; empty for nothing in particular.
    topic: String,
}

/// Most messages on the page at once, apart from those about what stopped.
const MOST: usize = 3;

/// The messages now on the page, the newest first.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    /// The messages.
    pub(crate) list: RwSignal<Vec<Notice>>,
    next: RwSignal<u32>,
}

impl Notices {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            list: RwSignal::new(Vec::new()),
            next: RwSignal::new(1),
        }
    }

    /// Says `text`; the same text said before moves to the top instead of repeating.
    pub(crate) fn say(self, kind: Kind, text: impl Into<String>) {
        self.say_about("", kind, text);
    }

    /// As [`Self::say`], in place of what was said about `topic` before, until it is settled.
    pub(crate) fn say_about(self, topic: &str, kind: Kind, text: impl Into<String>) {
        self.say_and_offer(topic, kind, text, None);
    }

    /// As [`Self::say_about`], with a button.
    pub(crate) fn say_and_offer(
        self,
        topic: &str,
        kind: Kind,
        text: impl Into<String>,
        offer: Option<Offer>,
    ) {
        let text = text.into();
        let topic = topic.to_owned();
        let id = self.next.get_untracked();
        self.next.set(id + 1);
        self.list.update(|list| {
            list.retain(|old| old.text != text && (topic.is_empty() || old.topic != topic));
            list.insert(
                0,
                Notice {
                    id,
                    kind,
                    text,
                    offer,
                    topic,
                },
            );
            // What stopped stays until it is dismissed or settled; of the rest the oldest go.
            let mut others = 0;
            list.retain(|notice| {
                let stays = notice.kind == Kind::Error && !notice.topic.is_empty();
                others += usize::from(!stays);
                stays || others <= MOST
            });
        });
    }

    /// Takes away what was said about `topic`.
    pub(crate) fn clear(self, topic: &str) {
        if self
            .list
            .with_untracked(|list| list.iter().any(|n| n.topic == topic))
        {
            self.list.update(|list| list.retain(|n| n.topic != topic));
        }
    }

    /// Takes a message away.
    pub(crate) fn dismiss(self, id: u32) {
        self.list
            .update(|list| list.retain(|notice| notice.id != id));
    }
}
