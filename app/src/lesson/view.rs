//! The lesson as a sheet beside the page (below it on small screens), so that it never covers the
//! controls it talks about.

use leptos::prelude::*;

use crate::lesson::model::{Action, Availability, CHAPTERS, Sheet, Span};
use crate::lesson::state::{Lesson, TITLE, chapter_at};
use crate::training::state::Training;
use crate::training::widgets::guess::Guess;
use crate::ui::icon::Icon;
use crate::ui::term::{OpenExplanation, Term};

/// The sheet, where the lesson is open.
#[component]
pub(crate) fn LessonSheet() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let open = Memo::new(move |_| lesson.sheet() != Sheet::Closed);
    view! {
        <Show when=move || open.get()>
            <Opened />
        </Show>
    }
}

#[component]
fn Opened() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let explanation = expect_context::<OpenExplanation>();
    let index = Memo::new(move |_| lesson.index());
    let folded = move || lesson.sheet() == Sheet::Folded;
    let last = CHAPTERS.len() - 1;
    view! {
        <aside class="lesson" aria-label=text!("lesson.sheet") data-testid="lesson">
            <div class="lesson-head">
                <p data-testid="lesson-place">
                    {move || text!("lesson.place", n = index.get() + 1, all = CHAPTERS.len())}
                </p>
                <button
                    class="quiet icon lesson-fold"
                    data-testid="lesson-fold"
                    aria-expanded=move || (!folded()).to_string()
                    aria-label=move || {
                        if folded() { text!("lesson.unfold") } else { text!("lesson.fold") }
                    }
                    on:click=move |_| lesson.fold()
                >
                    <Icon of=Signal::derive(move || {
                        if folded() { icondata_lu::LuChevronUp } else { icondata_lu::LuChevronDown }
                    }) />
                </button>
                <button
                    class="quiet icon"
                    data-testid="lesson-close"
                    aria-label=text!("lesson.close")
                    title=text!("lesson.close")
                    on:click=move |_| lesson.toggle()
                >
                    <Icon of=icondata_lu::LuX />
                </button>
            </div>
            // A scrolled text takes the open explanation along.
            <div class="lesson-body" on:scroll=move |_| explanation.follow()>
                <h2 id=TITLE tabindex="-1">
                    {move || chapter_at(index.get()).title()}
                </h2>
                {move || chapter(index.get())}
                <Check />
                <ChapterList index=index />
            </div>
            <div class="lesson-foot">
                <button
                    data-testid="lesson-previous"
                    disabled=move || index.get() == 0
                    on:click=move |_| lesson.go_to(index.get_untracked().saturating_sub(1))
                >
                    {text!("lesson.previous")}
                </button>
                <button
                    data-testid="lesson-next"
                    class:primary=move || lesson.is_done(index.get())
                    disabled=move || index.get() == last
                    on:click=move |_| lesson.go_to(index.get_untracked() + 1)
                >
                    {text!("lesson.next")}
                </button>
            </div>
        </aside>
    }
}

/// A chapter's text.
fn chapter(index: usize) -> impl IntoView {
    let chapter = chapter_at(index);
    let paragraphs = chapter.paragraphs().into_iter().enumerate();
    let paragraphs = paragraphs.map(|(number, paragraph)| {
        let paragraph = view! { <p>{spans(paragraph)}</p> };
        match chapter.told == Some(number) {
            true => view! { <Told>{paragraph}</Told> }.into_any(),
            false => paragraph.into_any(),
        }
    });
    let asked = chapter.told.map(|_| {
        view! {
            <p class="lesson-guess">
                <b>{text!("lesson.guess-first")}</b>
            </p>
            <Guess prefix="lesson-guess" />
        }
    });
    view! {
        {paragraphs.collect_view()}
        {asked}
        <p class="lesson-watch">
            <b>{text!("lesson.watch")}</b>
            {spans(chapter.watch())}
        </p>
        <p class="lesson-question">
            <b>{text!("lesson.question")}</b>
            {chapter.question()}
        </p>
    }
}

/// What was measured, folded until the visitor has guessed.
#[component]
fn Told(
    /// The paragraph.
    children: Children,
) -> impl IntoView {
    let training = expect_context::<Training>();
    view! {
        <details class="more told" data-testid="lesson-told" prop:open=move || training.guess.get().is_some()>
            <summary>{text!("lesson.told")}</summary>
            {children()}
        </details>
    }
}

/// The spans of a paragraph. What closes a phrase stays on its line.
fn spans(spans: Vec<Span>) -> Vec<AnyView> {
    let mut views = Vec::new();
    let mut rest = spans.into_iter().peekable();
    while let Some(span) = rest.next() {
        let closing = match (&span, rest.peek()) {
            (Span::Do(..) | Span::Show(..), Some(Span::Say(words))) => closing(words),
            _ => "",
        };
        if closing.is_empty() {
            views.push(span_view(span));
            continue;
        }
        let phrase = span_view(span);
        views.push(view! { <span class="together">{phrase} {closing}</span> }.into_any());
        if let Some(Span::Say(words)) = rest.next() {
            views.push(words[closing.len()..].into_any());
        }
    }
    views
}

/// The stops and brackets that a text begins with.
fn closing(words: &'static str) -> &'static str {
    let rest = words.trim_start_matches([',', '.', ';', ':', '?', '!', ')']);
    &words[..words.len() - rest.len()]
}

fn span_view(span: Span) -> AnyView {
    match span {
        Span::Say(words) => words.into_any(),
        Span::Do(action, words) => view! { <Act action=action words=words /> }.into_any(),
        Span::Show(testid, words) => view! { <Pointer testid=testid words=words /> }.into_any(),
        Span::Term(key, words) => view! { <Term of=key>{words}</Term> }.into_any(),
        Span::Link(address, words) => {
            view! { <a href=address rel="noreferrer">{words}</a> }.into_any()
        }
    }
}

/// A phrase that does something.
#[component]
fn Act(action: Action, words: &'static str) -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let now = Memo::new(move |_| lesson.availability(action));
    let already = move || now.get() == Availability::Already;
    view! {
        <button
            class="act"
            class:already=already
            data-testid=format!("lesson-do-{}", action.name())
            disabled=move || now.get() == Availability::NotNow
            on:click=move |_| lesson.perform(action)
        >
            {words}
            <Show when=already>
                <span class="visually-hidden">{text!("lesson.as-it-is")}</span>
            </Show>
        </button>
    }
}

/// A phrase that points.
#[component]
fn Pointer(testid: &'static str, words: &'static str) -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    view! {
        <button
            class="pointer"
            data-testid=format!("lesson-show-{testid}")
            title=text!("lesson.show")
            on:click=move |_| lesson.point(testid)
        >
            {words}
        </button>
    }
}

/// How the chapter's task stands.
#[component]
fn Check() -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let met = move || lesson.status.with(|status| status.met);
    let done = move || lesson.is_done(lesson.index());
    let text = move || {
        lesson.status.with(|status| match (status.met, done()) {
            (true, _) => status.text.clone(),
            (false, false) => text!("lesson-checks.not-yet", what = status.text),
            (false, true) => text!("lesson-checks.done-before", what = status.text),
        })
    };
    view! {
        <p class="lesson-check" class:met=met role="status" data-testid="lesson-check">
            {text}
        </p>
    }
}

/// All chapters, those done ticked off.
#[component]
fn ChapterList(index: Memo<usize>) -> impl IntoView {
    let lesson = expect_context::<Lesson>();
    let title = move || text!("lesson.chapters", n = lesson.done(), all = CHAPTERS.len());
    let items = CHAPTERS
        .iter()
        .enumerate()
        .map(|(i, chapter)| {
            let done = move || lesson.is_done(i);
            view! {
                <li>
                    <button
                        class="quiet"
                        class:done=done
                        data-testid=format!("lesson-chapter-{}", chapter.id)
                        aria-current=move || (index.get() == i).then_some("step")
                        on:click=move |_| lesson.go_to(i)
                    >
                        <span class="lesson-tick" aria-hidden="true">
                            <Icon of=Signal::derive(move || {
                                if done() { icondata_lu::LuCheck } else { icondata_lu::LuCircle }
                            }) />
                        </span>
                        {chapter.title()}
                        <Show when=done>
                            <span class="visually-hidden">{text!("lesson.done")}</span>
                        </Show>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="lesson-list">
            <summary data-testid="lesson-chapters">{title}</summary>
            <ol>{items}</ol>
        </details>
    }
}
