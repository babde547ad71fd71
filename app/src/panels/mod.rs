//! What the visitor sees, one file per panel.

mod batch;
mod challenge;
mod charts;
mod confusion;
mod data;
mod footer;
mod formulas;
mod glossary;
mod header;
mod illustration;
mod learned;
mod lesson;
mod masks;
mod microscope;
mod network;
mod notices;
mod overlay;
mod own_images;
mod pixels;
mod training;
mod transport;
mod usage;

pub(crate) use challenge::Challenge;
pub(crate) use data::Data;
pub(crate) use footer::Footer;
pub(crate) use glossary::Glossary;
pub(crate) use header::Header;
pub(crate) use learned::Learned;
pub(crate) use lesson::LessonSheet;
pub(crate) use masks::Masks;
pub(crate) use microscope::Microscope;
pub(crate) use notices::NoticeList;
pub(crate) use own_images::OwnImagesPanel;
pub(crate) use training::Training;
pub(crate) use transport::Transport;
