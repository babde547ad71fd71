//! What every feature draws with and none owns: texts and languages, number formats, colours, icons,
//! dialogs, notices, small controls, and the browser behind them. This room knows no feature.

// Its macros must come before the modules that use them.
#[macro_use]
pub(crate) mod text;

pub(crate) mod browser;
pub(crate) mod canvas;
pub(crate) mod clipboard;
pub(crate) mod controls;
pub(crate) mod dialog;
pub(crate) mod download;
pub(crate) mod figure_export;
pub(crate) mod figure_snapshot;
pub(crate) mod glossary_list;
pub(crate) mod icon;
pub(crate) mod key_list;
pub(crate) mod language_menu;
pub(crate) mod listeners;
pub(crate) mod messages;
pub(crate) mod model;
pub(crate) mod notice_list;
pub(crate) mod notices;
pub(crate) mod overlay;
pub(crate) mod pixels;
pub(crate) mod shared;
pub(crate) mod stream;
pub(crate) mod term;
pub(crate) mod theme;
pub(crate) mod views;
