//! The page as a whole: what stands where, and the session that everything below shares.

use leptos::prelude::*;

use crate::address;
use crate::keyboard;
use crate::lesson::Lesson;
use crate::panels::{
    Challenge, Data, Device, Dialogs, Footer, Glossary, Header, KeySheet, Learned, LessonSheet,
    Masks, Microscope, NoticeList, OwnImagesPanel, Runs, Share, Sweep, Training, Transport,
};
use crate::session::Session;
use crate::shown::Shown;
use crate::store::Store;
use crate::term::{Explained, Explanation};

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    provide_context(Lesson::start(session));
    provide_context(Explained::new());
    let (shown, dialogs) = (Shown::new(), Dialogs::new());
    provide_context(shown);
    provide_context(dialogs);
    provide_context(Store::start(session, shown));
    address::follow(session, shown);
    keyboard::listen(session, dialogs);

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
            <Sweep />
            <OwnImagesPanel />
            <Device />
            <Glossary />
        </main>
        <Footer />
        <NoticeList />
        <Explanation />
        <Share />
        <KeySheet />
    }
}
