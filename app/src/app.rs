//! The page as a whole: what stands where, and the session that everything below shares.

use leptos::prelude::*;

use crate::keyboard;
use crate::lesson::Lesson;
use crate::panels::{
    Challenge, Data, Footer, Glossary, Header, Learned, LessonSheet, Masks, Microscope, NoticeList,
    OwnImagesPanel, Runs, Training, Transport,
};
use crate::session::Session;
use crate::term::{Explained, Explanation};

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    provide_context(Lesson::start(session));
    provide_context(Explained::new());
    keyboard::listen(session);

    view! {
        <a class="skip" href="#training">"Skip to training"</a>
        <Header />
        <LessonSheet />
        <Transport />
        <main>
            <div class="flow">
                <div class="side">
                    <Data />
                    <Challenge />
                </div>
                <div class="side">
                    <Training />
                    <Learned />
                    <Masks />
                </div>
            </div>
            <Microscope />
            <Runs />
            <OwnImagesPanel />
            <Glossary />
        </main>
        <Footer />
        <NoticeList />
        <Explanation />
    }
}
