//! What the visitor sees, one file per panel.

mod amounts;
mod arms;
mod challenge;
mod charts;
mod data;
mod footer;
mod header;
mod illustration;
mod learned;
mod masks;
mod network;
mod notices;
mod optimizer;
mod overlay;
mod own_images;
mod pixels;
mod training;
mod transport;
mod typed;

pub(crate) use challenge::Challenge;
pub(crate) use data::Data;
pub(crate) use footer::Footer;
pub(crate) use header::Header;
pub(crate) use learned::Learned;
pub(crate) use masks::Masks;
pub(crate) use notices::NoticeList;
pub(crate) use own_images::OwnImagesPanel;
pub(crate) use training::Training;
pub(crate) use transport::Transport;
