//! The page as a whole: what stands where, and the session that everything below shares.

use leptos::prelude::*;

use crate::address;
use crate::keyboard;
use crate::panels::{
    Challenge, Data, Dialogs, Footer, Header, KeySheet, Learned, Masks, NoticeList, OwnImagesPanel,
    Share, Training, Transport,
};
use crate::session::Session;
use crate::shown::Shown;

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    let (shown, dialogs) = (Shown::new(), Dialogs::new());
    provide_context(shown);
    provide_context(dialogs);
    address::follow(session, shown);
    keyboard::listen(session, dialogs);

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
            <OwnImagesPanel />
        </main>
        <Footer />
        <NoticeList />
        <Share />
        <KeySheet />
    }
}
