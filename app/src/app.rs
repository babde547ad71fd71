//! The page as a whole: what stands where, and the session that everything below shares.

use leptos::prelude::*;

use crate::address;
use crate::keyboard;
use crate::later::Arrival;
use crate::lesson::Lesson;
use crate::panels::{
    Bench, Challenge, Data, Dialogs, Footer, Header, Later, Missing, NoticeList, Piece, SweepView,
    Training, Transport,
};
use crate::session::Session;
use crate::shown::Shown;
use crate::store::Store;
use crate::term::Explained;
use crate::text::{Language, Spoken};

/// The whole page, and what outlives a change of its language.
#[component]
pub(crate) fn App(
    /// The language to begin with; its words are here.
    language: Language,
) -> impl IntoView {
    let arrival = Arrival::start();
    provide_context(arrival);
    let session = Session::start(arrival);
    let spoken = Spoken::new(language, session.notices);
    provide_context(spoken);
    provide_context(session);
    provide_context(Lesson::start(session));
    let sweep = SweepView::new(session);
    provide_context(sweep);
    provide_context(Explained::new());
    let (shown, dialogs) = (Shown::new(), Dialogs::new());
    provide_context(shown);
    provide_context(dialogs);
    let bench = Bench::new(session);
    provide_context(bench);
    if bench.asked() {
        // Measured is what the page begins with, and what was stored stays as it is.
        provide_context(Store::idle(session, sweep.sweeper()));
    } else {
        provide_context(Store::start(session, sweep.sweeper(), shown));
        address::follow(session, shown);
    }
    keyboard::listen(session, dialogs);

    // A list with one entry: in another language it is another entry, so all views go, with the
    // effects they have started, and are built anew. (A closure in place of the list would keep
    // the rows of lists within, and with them their words.)
    view! {
        <For
            each=move || [spoken.now.get()]
            key=|language| *language
            children=|_| view! { <Page /> }
        />
    }
}

/// What stands where.
#[component]
fn Page() -> impl IntoView {
    view! {
        <a class="skip" href="#training">{text!("page.skip")}</a>
        <Header />
        <Later of=Piece::Lesson />
        <Transport />
        <main>
            <Missing />
            <Later of=Piece::Bench />
            <div class="flow">
                <div class="side">
                    <Data />
                    <Challenge />
                </div>
                <div class="side">
                    <Training />
                    <Later of=Piece::Learned />
                    <Later of=Piece::Masks />
                </div>
            </div>
            <Later of=Piece::Microscope />
            <Later of=Piece::Runs />
            <Later of=Piece::Sweep />
            <Later of=Piece::OwnImages />
            <Later of=Piece::Device />
            <Later of=Piece::Glossary />
        </main>
        <Footer />
        <NoticeList />
        <Later of=Piece::Explanation />
        <Later of=Piece::Share />
        <Later of=Piece::Keys />
    }
}
