//! What the visitor sees, one file per panel.

mod challenge;
mod charts;
mod data;
mod footer;
mod header;
mod illustration;
mod keys;
mod learned;
mod masks;
mod network;
mod notices;
mod overlay;
mod own_images;
mod pixels;
mod share;
mod sheet;
mod training;
mod transport;

pub(crate) use challenge::Challenge;
pub(crate) use data::Data;
pub(crate) use footer::Footer;
pub(crate) use header::Header;
pub(crate) use keys::KeySheet;
pub(crate) use learned::Learned;
pub(crate) use masks::Masks;
pub(crate) use notices::NoticeList;
pub(crate) use own_images::OwnImagesPanel;
pub(crate) use share::Share;
pub(crate) use sheet::Dialogs;
pub(crate) use training::Training;
pub(crate) use transport::Transport;
