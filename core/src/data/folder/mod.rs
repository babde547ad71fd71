//! Images from a folder: `class/*`, or `domain/class/*` as DomainBed lays it out, with or without folders
//! for training and testing, or by lists.

mod cache;
mod decode;
mod listing;
mod lists;
mod problem;
mod read;
mod selection;
mod squares;

pub use self::cache::kept_pixels;
pub use self::decode::looks_like_an_image;
pub use self::listing::ListedImage;
pub use self::read::{read_folder, read_image};
pub use self::selection::FolderImages;
pub use self::squares::{SquareImage, Squares, read_squares};
pub use crate::image_layout::SplitFolders;

#[cfg(test)]
mod tests;
