//! Formats, colours, glossary and layout of the page, without a browser.

pub(crate) mod colour;
pub(crate) mod csv;
pub(crate) mod figure;
pub(crate) mod format;
pub(crate) mod glossary;
pub(crate) mod naming;
pub(crate) mod paint;
pub(crate) mod popover;
pub(crate) mod sampling;
pub(crate) mod shortcuts;
#[cfg(test)]
pub(crate) mod sources;
pub(crate) mod svg_markup;
