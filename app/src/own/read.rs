//! From files to pixels: decoded by the browser (which also turns photographs upright), scaled
//! down, one after another so that the page stays responsive.

use std::sync::Arc;

use js_sys::{Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, DataTransfer, File, FileList, ImageBitmap};

use super::entries::{self, FoundFile};
use super::{OwnImage, OwnImages, Reading};
use crate::browser;
use crate::pure::{folder, format, size};
use crate::session::Kind;

/// Where files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Into this column, whatever folder they come from.
    Class(u32),
    /// Into the columns and domains that their folders name.
    ByFolder,
}

struct Decoded {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl OwnImages {
    /// Takes in files from a picker.
    pub(crate) fn add_files(self, destination: Destination, files: Option<FileList>) {
        let files = files.map(|list| entries::from_picker(&list));
        spawn_local(self.read(destination, files.unwrap_or_default()));
    }

    /// Takes in what was dropped, folders and all.
    pub(crate) fn add_dropped(self, destination: Destination, data: Option<DataTransfer>) {
        let Some(data) = data else {
            return;
        };
        // The browser forgets a drop's contents as soon as its event is over.
        let dropped = entries::dropped(&data);
        spawn_local(async move {
            let files = entries::walk(dropped).await;
            self.read(destination, files).await;
        });
    }

    /// Takes in files that lie in folders by these paths.
    pub(crate) async fn add_by_path(self, files: Vec<(String, File)>) {
        let found = files.into_iter();
        let found = found.map(|(path, file)| FoundFile { path, file }).collect();
        self.read(Destination::ByFolder, found).await;
    }

    async fn read(self, destination: Destination, mut files: Vec<FoundFile>) {
        files.retain(|found| !folder::is_clutter(&found.file.name()));
        if files.is_empty() {
            self.notices
                .say(Kind::Info, "There was no file in what you chose.");
            return;
        }
        let paths: Vec<String> = files.iter().map(|found| found.path.clone()).collect();
        let placements = folder::place(&paths);
        let one_domain = self.domains_untracked().len() < 2;
        self.count(0, files.len());
        let mut refused = Vec::new();
        let mut homeless = Vec::new();
        for (found, placement) in files.iter().zip(placements) {
            let place = match (destination, placement) {
                (Destination::Class(id), _) => Some((Some(id), String::new(), String::new())),
                (Destination::ByFolder, Some(p)) => Some((None, p.class, p.domain)),
                (Destination::ByFolder, None) => None,
            };
            match place {
                None => homeless.push(found.file.name()),
                Some((column, class, domain)) => match decode(&found.file).await {
                    Some(decoded) => self.keep(column, &class, domain, &found.file, decoded),
                    None => refused.push(found.file.name()),
                },
            }
            self.count(1, 0);
        }
        let domains = self.domains_untracked();
        if one_domain && domains.len() >= 2 {
            // Whoever brings domains wants to see what happens on a new one.
            self.held_out.set(domains.last().cloned());
        }
        if !refused.is_empty() {
            self.notices.say(
                Kind::Warning,
                format!(
                    "{} could not be read as {} and {} left out: {}. The others were added.",
                    format::count(refused.len(), "file", "files"),
                    if refused.len() == 1 {
                        "an image"
                    } else {
                        "images"
                    },
                    if refused.len() == 1 { "was" } else { "were" },
                    format::listing(&refused, 5),
                ),
            );
        }
        if !homeless.is_empty() {
            self.notices.say(
                Kind::Warning,
                format!(
                    "{} no folder to tell the class: {}. Drop them on a class instead.",
                    if homeless.len() == 1 {
                        "This file lies in"
                    } else {
                        "These files lie in"
                    },
                    format::listing(&homeless, 5),
                ),
            );
        }
    }

    fn keep(self, column: Option<u32>, class: &str, domain: String, file: &File, decoded: Decoded) {
        let column = column.unwrap_or_else(|| self.class_called(class));
        let image = OwnImage {
            id: self.new_id(),
            name: file.name(),
            domain,
            width: decoded.width,
            height: decoded.height,
            pixels: Arc::new(decoded.pixels),
        };
        self.edit_class(column, |class| class.images.push(image));
    }

    /// Counts files read and files to read; several pickers may be at it at once.
    pub(crate) fn count(self, done: usize, more: usize) {
        self.reading.update(|reading| {
            let before = reading.unwrap_or(Reading { done: 0, total: 0 });
            let after = Reading {
                done: before.done + done,
                total: before.total + more,
            };
            *reading = (after.done < after.total).then_some(after);
        });
    }
}

async fn decode(file: &File) -> Option<Decoded> {
    let promise = web_sys::window()?
        .create_image_bitmap_with_blob(file)
        .ok()?;
    let bitmap: ImageBitmap = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let (width, height) = size::kept_size(bitmap.width(), bitmap.height());
    let context = reading_context(width, height)?;
    // The network sees no transparency: a drawing on nothing becomes a drawing on paper.
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, f64::from(width), f64::from(height));
    let drawn = context.draw_image_with_image_bitmap_and_dw_and_dh(
        &bitmap,
        0.0,
        0.0,
        f64::from(width),
        f64::from(height),
    );
    bitmap.close();
    drawn.ok()?;
    let data = context
        .get_image_data(0.0, 0.0, f64::from(width), f64::from(height))
        .ok()?;
    Some(Decoded {
        width,
        height,
        pixels: data.data().0,
    })
}

fn reading_context(width: u32, height: u32) -> Option<CanvasRenderingContext2d> {
    let canvas = browser::scratch_canvas(width, height)?;
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE).ok()?;
    let context: CanvasRenderingContext2d = canvas
        .get_context_with_context_options("2d", &options)
        .ok()??
        .dyn_into()
        .ok()?;
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into()).ok()?;
    Some(context)
}
