//! Files taken in one after another, so that the page stays responsive, and put on the board.

use leptos::{prelude::*, task::spawn_local};
use rsc_core::image_layout::Part;
use web_sys::{DataTransfer, File, FileList};

use crate::images::model::folder::{self, Placed, Placement};
use crate::images::model::left_out::{self, LeftOut, Reason};
use crate::images::model::limits::{MOST_IMAGES, MOST_KEPT};
use crate::images::model::size;
use crate::images::model::zip::is_zip;
use crate::images::state::decode::{Source, decoded};
use crate::images::state::entries::{self, FoundFile};
use crate::images::state::{Decoded, Images, Reading, zip};
use crate::ui::browser;
use crate::ui::model::naming;
use crate::ui::notices::Kind;

/// Images are put on the board together once this many milliseconds have passed: drawing the board
/// anew for each of thousands would take longer than reading them.
const TOGETHER: f64 = 250.0;

/// Where files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Into this column, whatever folder they come from, and into this domain; without one, into
    /// the domain chosen for new images.
    Class(u32, Option<String>),
    /// Into the columns and domains that their folders name; where they name no domain, into the
    /// one chosen for new images.
    ByFolder,
}

/// An image of a project, with everything that is known of it.
pub(crate) struct ProjectImage {
    /// File name.
    pub(crate) name: String,
    /// Class.
    pub(crate) class: String,
    /// Domain, empty for none.
    pub(crate) domain: String,
    /// What it may be used for.
    pub(crate) part: Part,
    /// Its pixels.
    pub(crate) file: File,
}

/// Where an image goes: into a column if one is given, else into the one that its class names.
type Place = (Option<u32>, Placement);

/// An image on its way in.
struct Incoming {
    name: String,
    /// By its folders, if it lies in any.
    placement: Option<Placement>,
    /// By its folders, taken in another way: of each choice that concerns it, by its id.
    others: Vec<(u32, Placement)>,
    source: Source,
}

/// An image that has been read.
struct ReadImage {
    /// Where it goes, whatever folder it came from.
    column: Option<u32>,
    placement: Placement,
    others: Vec<(u32, Placement)>,
    name: String,
    decoded: Decoded,
}

/// How much is on the board.
struct BoardUsage {
    images: usize,
    bytes: u64,
}

impl Images {
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

    /// Takes in what was pasted. Returns whether there was a file in it.
    pub(crate) fn add_pasted(self, data: Option<DataTransfer>) -> bool {
        let Some(data) = data else {
            return false;
        };
        let files: Vec<FoundFile> = entries::pasted(&data);
        let target = untrack(|| self.target());
        let pasted = !files.is_empty();
        match target {
            Some(class) if pasted => spawn_local(self.read(Destination::Class(class, None), files)),
            _ if pasted => self.notices.say(Kind::Warning, text!("own.paste-nowhere")),
            _ => {}
        }
        pasted
    }

    /// Stops reading; what was read stays.
    pub(crate) fn stop_reading(self) {
        self.stops.update_value(|stops| *stops += 1);
    }

    /// Takes in the images of a project, each to where it was.
    pub(crate) async fn add_project_images(self, images: Vec<ProjectImage>) {
        let incoming = images.into_iter().map(|image| Incoming {
            name: image.name,
            placement: Some(Placement {
                domain: image.domain,
                class: image.class,
                part: image.part,
            }),
            others: Vec::new(),
            source: Source::File(image.file),
        });
        let incoming = incoming.collect();
        self.add_incoming(incoming, LeftOut::default(), |placement| {
            Some((None, placement?))
        })
        .await;
    }

    async fn read(self, destination: Destination, mut files: Vec<FoundFile>) {
        files.retain(|found| !folder::is_clutter(&found.file.name()));
        if files.is_empty() {
            self.notices.say(Kind::Info, text!("own.no-files"));
            return;
        }
        let clears = self.clears.get_value();
        let mut left_out = LeftOut::default();
        let incoming = self.expand_zip_files(files, &mut left_out).await;
        if self.clears.get_value() != clears {
            return;
        }
        let chosen = self.new_domain_untracked();
        let place = |placement: Option<Placement>| -> Option<Place> {
            match &destination {
                Destination::Class(id, domain) => {
                    let placement = Placement {
                        domain: domain.clone().unwrap_or_else(|| chosen.clone()),
                        part: placement.map_or(Part::Any, |placement| placement.part),
                        ..Placement::nowhere()
                    };
                    Some((Some(*id), placement))
                }
                Destination::ByFolder => {
                    let mut placement = placement?;
                    if placement.domain.is_empty() {
                        placement.domain.clone_from(&chosen);
                    }
                    Some((None, placement))
                }
            }
        };
        self.add_incoming(incoming, left_out, place).await;
    }

    async fn add_incoming(
        self,
        incoming: Vec<Incoming>,
        mut left_out: LeftOut,
        place: impl Fn(Option<Placement>) -> Option<Place>,
    ) {
        let (stops, clears) = (self.stops.get_value(), self.clears.get_value());
        let one_domain = self.domains_untracked().len() < 2;
        let mut moving = Vec::new();
        let mut added = false;
        let total = incoming.len();
        self.count(0, total);
        let mut room = self.taken();
        let shorter = size::shorter_side(room.images + total);
        let mut waiting = Vec::new();
        let mut flushed = browser::now();
        let mut unpacked: Vec<u64> = Vec::new();
        for (done, mut image) in incoming.into_iter().enumerate() {
            if self.stops.get_value() != stops {
                self.count(total - done, 0);
                break;
            }
            match place(image.placement.take()) {
                None => left_out.add(Reason::NoClass, image.name),
                Some(_) if room.images >= MOST_IMAGES || room.bytes >= MOST_KEPT => {
                    left_out.add(Reason::NoRoom, image.name);
                }
                Some((column, placement)) => {
                    match decoded(&image.name, &image.source, &mut unpacked, shorter).await {
                        Ok((decoded, moves)) => {
                            if moves {
                                moving.push(image.name.clone());
                            }
                            added = true;
                            room.images += 1;
                            room.bytes += decoded.pixels.len() as u64;
                            let others = image.others.into_iter();
                            let others = others.filter_map(|(choice, other)| {
                                Some((choice, place(Some(other))?.1))
                            });
                            waiting.push(ReadImage {
                                column,
                                others: others.filter(|(_, it)| *it != placement).collect(),
                                placement,
                                name: image.name,
                                decoded,
                            });
                        }
                        Err(refused) => left_out.add(refused.reason, refused.name),
                    }
                }
            }
            if self.clears.get_value() != clears {
                // Everything was deleted meanwhile, and this is part of it.
                self.count(total - done, 0);
                return;
            }
            if browser::now() - flushed > TOGETHER || done + 1 == total {
                self.place(std::mem::take(&mut waiting));
                // Others may be reading too, or the visitor may have deleted some.
                room = self.taken();
                flushed = browser::now();
            }
            self.count(1, 0);
        }
        self.place(waiting);
        if one_domain {
            self.hold_out_last();
        }
        if let Some(text) = left_out::moving(&moving) {
            self.notices.say(Kind::Info, text);
        }
        if let Some(text) = left_out.message(added) {
            self.notices.say(Kind::Warning, text);
        }
    }

    fn taken(self) -> BoardUsage {
        BoardUsage {
            images: self.how_many().0,
            bytes: self.count_and_bytes(|_| true).1,
        }
    }

    /// Files as images to read: zip files are opened.
    async fn expand_zip_files(
        self,
        files: Vec<FoundFile>,
        left_out: &mut LeftOut,
    ) -> Vec<Incoming> {
        let (zips, files): (Vec<FoundFile>, Vec<FoundFile>) = files
            .into_iter()
            .partition(|found| is_zip(&found.file.name()));
        let paths: Vec<String> = files
            .iter()
            .map(|found| browser::composed(&found.path))
            .collect();
        let Placed {
            placements,
            mut remarks,
            other_ways,
        } = folder::place_folder(&paths);
        let mut others = self.new_choices(other_ways, paths.len());
        let placed = files.into_iter().zip(placements).enumerate();
        let mut incoming: Vec<Incoming> = placed
            .map(|(at, (found, placement))| Incoming {
                name: naming::clean(&found.file.name()),
                placement,
                others: std::mem::take(&mut others[at]),
                source: Source::File(found.file),
            })
            .collect();
        for (number, FoundFile { file, .. }) in zips.into_iter().enumerate() {
            let name = naming::clean(&file.name());
            match zip::list(&name, &file).await {
                Ok(listing) => {
                    if listing.entries.is_empty() && listing.refused.is_empty() {
                        left_out.say(text!("own.zip-empty", name = name));
                    }
                    for text in listing.refused {
                        left_out.say(text);
                    }
                    remarks.extend(listing.remarks);
                    let mut others = self.new_choices(listing.other_ways, listing.entries.len());
                    let entries = listing.entries.into_iter().enumerate();
                    incoming.extend(entries.map(|(at, entry)| Incoming {
                        name: entry.name.clone(),
                        placement: entry.placement.clone(),
                        others: std::mem::take(&mut others[at]),
                        source: Source::Zipped(number, file.clone(), entry),
                    }));
                }
                Err(text) => left_out.say(text),
            }
        }
        if !remarks.is_empty() {
            self.notices.say(Kind::Info, remarks.join(" "));
        }
        incoming
    }

    fn place(self, images: Vec<ReadImage>) {
        if images.is_empty() {
            return;
        }
        let there = |id: &u32| {
            self.classes
                .with_untracked(|all| all.iter().any(|class| class.id == *id))
        };
        let mut placed = Vec::new();
        for arrived in images {
            let class = arrived.placement.class.clone();
            // The column may have been deleted while its images were being read.
            let column = arrived.column.filter(there);
            let column = column.unwrap_or_else(|| self.class_called(&class));
            let came = arrived.placement;
            let mut image = self.image(arrived.name, came.domain.clone(), arrived.decoded);
            image.part = came.part;
            self.note_other_ways(image.id, &came, arrived.others);
            placed.push((column, image));
        }
        self.edit(|classes| {
            for (column, image) in placed {
                if let Some(class) = classes.iter_mut().find(|class| class.id == column) {
                    class.images.push(image);
                }
            }
        });
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
