//! What the page works out without a browser: text, curves, colours, paths. Tested natively.

pub(crate) mod archive;
pub(crate) mod arms;
pub(crate) mod axis;
pub(crate) mod bench;
pub(crate) mod board;
pub(crate) mod classes;
pub(crate) mod colour;
pub(crate) mod confusion;
pub(crate) mod device_words;
pub(crate) mod figure;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod formula;
pub(crate) mod glossary;
pub(crate) mod history;
#[cfg(test)]
mod hostile;
pub(crate) mod import;
pub(crate) mod kept;
pub(crate) mod lesson;
pub(crate) mod link;
pub(crate) mod metrics;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod overlay;
pub(crate) mod panel;
pub(crate) mod pick;
pub(crate) mod place;
pub(crate) mod predictions;
pub(crate) mod pytorch;
pub(crate) mod refusal;
pub(crate) mod runs;
pub(crate) mod shortcuts;
pub(crate) mod size;
#[cfg(test)]
pub(crate) mod sources;
pub(crate) mod strokes;
pub(crate) mod sweep;
pub(crate) mod threshold;
pub(crate) mod tiles;
pub(crate) mod trace;
pub(crate) mod usage;
