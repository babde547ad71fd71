//! The page as a whole: what stands where, and the session that everything below shares.

use leptos::prelude::*;

use crate::keyboard;
use crate::panels::{
    Challenge, Data, Footer, Header, Learned, Masks, NoticeList, OwnImagesPanel, Runs, Training,
    Transport,
};
use crate::session::Session;

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    keyboard::listen(session);

    view! {
        <a class="skip" href="#training">"Skip to training"</a>
        <Header />
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
            <Runs />
            <OwnImagesPanel />
        </main>
        <Footer />
        <NoticeList />
    }
}
