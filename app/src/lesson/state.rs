//! The state of the lesson: the open chapter, the actions of its phrases, the chapters that are done.
//! It is saved between visits.

use std::time::Duration;

use leptos::prelude::*;

use rsc_core::config::DataSource;

use crate::engine::state::EngineStatus;
use crate::lesson::model::{
    Action, Availability, CHAPTERS, Chapter, Facts, Progress, Sheet, Since, Status, check,
};
use crate::masks::state::Masks;
use crate::settings::model::arms::{ERM, RSC};
use crate::training::state::Training;
use crate::ui::browser;
use crate::ui::text::CurrentLanguage;
use crate::ui::views::Views;

const KEY: &str = "rsc-lab-lesson";
/// `id` of the button that opens the lesson.
pub(crate) const OPENER: &str = "lesson-open";
/// `id` of the chapter's title.
pub(crate) const TITLE: &str = "lesson-title";
/// How long what is pointed at stays marked.
const POINTED: Duration = Duration::from_secs(3);

/// The lesson. Copying it copies handles.
#[derive(Clone, Copy)]
pub(crate) struct Lesson {
    training: Training,
    masks: Masks,
    views: Views,
    progress: RwSignal<Progress>,
    /// How the task of the open chapter stands.
    pub(crate) status: Memo<Status>,
    pointing: StoredValue<u32>,
}

impl Lesson {
    /// As it was left.
    pub(crate) fn start(training: Training, masks: Masks, views: Views) -> Self {
        let kept = browser::recall(KEY).unwrap_or_default();
        let progress = RwSignal::new(Progress::read(&kept));
        let since = since(training);
        let language = expect_context::<CurrentLanguage>().now;
        let status = Memo::new(move |_| {
            language.track();
            let chapter = chapter_at(progress.with(|progress| progress.chapter));
            check(chapter.task, &facts(training, masks, since))
        });
        Effect::new(move |_| {
            progress.with(|progress| {
                browser::remember(KEY, &progress.write());
                browser::set_root_attribute("data-lesson", progress.sheet.name());
            });
        });
        Effect::new(move |_| {
            let (sheet, chapter) = progress.with(|p| (p.sheet, p.chapter));
            if sheet != Sheet::Closed && status.with(|status| status.met) {
                let ticked = progress.with_untracked(|p| p.done.get(chapter) == Some(&true));
                if !ticked {
                    progress.update(|p| {
                        if let Some(done) = p.done.get_mut(chapter) {
                            *done = true;
                        }
                    });
                }
            }
        });
        Self {
            training,
            masks,
            views,
            progress,
            status,
            pointing: StoredValue::new(0),
        }
    }

    /// How much of it is on the screen.
    pub(crate) fn sheet(self) -> Sheet {
        self.progress.with(|progress| progress.sheet)
    }

    /// Index of the open chapter.
    pub(crate) fn index(self) -> usize {
        self.progress.with(|progress| progress.chapter)
    }

    /// How many chapters are done.
    pub(crate) fn done(self) -> usize {
        self.progress.with(Progress::count)
    }

    /// Whether a chapter is done.
    pub(crate) fn is_done(self, chapter: usize) -> bool {
        self.progress
            .with(|progress| progress.done.get(chapter) == Some(&true))
    }

    /// Opens or closes it, and takes the keyboard's focus along.
    pub(crate) fn toggle(self) {
        if self.progress.with_untracked(|p| p.sheet) == Sheet::Closed {
            self.progress.update(|p| p.sheet = Sheet::Open);
            request_animation_frame(|| browser::focus(TITLE));
        } else {
            self.progress.update(|p| p.sheet = Sheet::Closed);
            browser::focus(OPENER);
        }
    }

    /// Folds it to its bar, or unfolds it.
    pub(crate) fn fold(self) {
        self.progress.update(|p| {
            p.sheet = match p.sheet {
                Sheet::Folded => Sheet::Open,
                _ => Sheet::Folded,
            };
        });
    }

    /// Goes to a chapter.
    pub(crate) fn go_to(self, chapter: usize) {
        if chapter < CHAPTERS.len() {
            self.progress.update(|p| {
                p.chapter = chapter;
                p.sheet = Sheet::Open;
            });
            request_animation_frame(|| browser::focus(TITLE));
        }
    }

    /// Shows a control or panel, by its `data-testid`, and marks it for a moment.
    pub(crate) fn point(self, testid: &'static str) {
        self.views.reveal_testid(testid);
        browser::point_at(testid);
        self.pointing.update_value(|count| *count += 1);
        let this = self.pointing.get_value();
        set_timeout(
            move || {
                if self.pointing.get_value() == this {
                    browser::stop_pointing();
                }
            },
            POINTED,
        );
    }

    /// Whether an action can be taken now.
    pub(crate) fn availability(self, action: Action) -> Availability {
        let (training, masks) = (self.training, self.masks);
        let ready = matches!(training.engine.status.get(), EngineStatus::Ready { .. });
        let state = training.state.get();
        let new_domain = looked_at(training, masks).map(|(_, new)| new);
        training
            .settings
            .draft
            .with(|draft| action.availability(draft, ready, state, new_domain))
    }

    /// Takes an action, and shows what it changed.
    pub(crate) fn perform(self, action: Action) {
        let (training, masks) = (self.training, self.masks);
        let possible = untrack(|| self.availability(action)) == Availability::Possible;
        match action {
            Action::Play if possible => training.toggle_play(),
            Action::Afresh if possible => training.train_afresh(),
            Action::Look { new_domain } if possible => {
                let domain = training.info.with_untracked(|info| {
                    let domains = &info.as_ref()?.domains;
                    domains.iter().position(|d| d.held_out == new_domain)
                });
                if let Some(domain) = domain {
                    masks.look_at_domain(domain);
                }
            }
            _ => {
                if let Some(field) = action.field() {
                    if untrack(|| training.settings.edited_arm()).index != RSC {
                        // The controls that it points at are to show what it sets.
                        training.settings.edit_arm(RSC);
                    }
                    training.settings.change(field, |draft| action.set(draft));
                }
            }
        }
        self.point(action.target());
    }
}

/// The chapter with this index.
pub(crate) fn chapter_at(index: usize) -> &'static Chapter {
    CHAPTERS.get(index).unwrap_or(&CHAPTERS[0])
}

/// The step from which on the RSC arm's challenge has been what it is.
fn since(training: Training) -> RwSignal<u64> {
    let since = RwSignal::new(0);
    Effect::new(move |before: Option<Since>| {
        let mut now = before.unwrap_or_default();
        let step = training.progress.with(|progress| progress.step);
        training.settings.applied.with(|applied| {
            let arm = applied.as_ref().and_then(|config| config.arms.get(RSC));
            if let Some(arm) = arm {
                let step = now.note(&arm.challenge, step);
                if since.get_untracked() != step {
                    since.set(step);
                }
            }
        });
        now
    });
    since
}

/// The domain whose images are looked at, and whether it is held out.
fn looked_at(training: Training, masks: Masks) -> Option<(String, bool)> {
    let domain = masks.domain.get();
    training.info.with(|info| {
        let domain = info.as_ref()?.domains.get(domain)?;
        Some((domain.name.clone(), domain.held_out))
    })
}

fn facts(training: Training, masks: Masks, since: RwSignal<u64>) -> Facts {
    let source = training
        .settings
        .applied
        .with(|applied| applied.as_ref().map(|config| config.data.source.clone()));
    let own = source == Some(DataSource::Own);
    let preset = match source {
        Some(DataSource::Preset { preset }) => Some(preset),
        _ => None,
    };
    let epoch = training.info.with(|info| {
        info.as_ref()
            .map_or(u64::MAX, |info| info.steps_per_epoch.max(1))
    });
    let (epochs, same, new) = training.evaluations.with(|all| {
        let last = all.last();
        let arm = |arm: usize| last.and_then(|record| record.arms.get(arm));
        let same = |i| arm(i).map(|metrics| metrics.accuracy_same_domain);
        let new = |i| arm(i).and_then(|metrics| metrics.accuracy_new_domain);
        let epochs = last.map_or(0, |record| record.step / epoch);
        (
            u32::try_from(epochs).unwrap_or(u32::MAX),
            [same(ERM), same(RSC)],
            [new(ERM), new(RSC)],
        )
    });
    let edited = training.settings.edited_arm();
    let challenge = training.settings.draft.with(|draft| {
        let arm = draft.arms.get(RSC);
        arm.map(|arm| arm.challenge.clone()).unwrap_or_default()
    });
    let constant = masks.seen.with(|seen| {
        let images = &seen.as_ref()?.images;
        let constant = images.iter().filter(|image| image.result.degenerate);
        Some((constant.count(), images.len()))
    });
    Facts {
        preset,
        own,
        challenge,
        elsewhere: (edited.index != RSC).then(|| edited.label()),
        since: since.get(),
        epochs,
        same,
        new,
        looking: looked_at(training, masks),
        muted: masks.muted_count(),
        constant,
    }
}
