//! What concerns the whole page: accessibility, layout, languages, keys, notices and preferences.

mod accessibility;
mod keyboard;
mod language;
mod layout;
mod notices;
mod preferences;
mod right_to_left;
mod stability;
mod tasks;
mod terms;
mod views;
