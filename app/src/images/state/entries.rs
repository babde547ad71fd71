//! Files from a picker, a drop or the clipboard, with the paths that name their classes.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
};

/// A file and its path, the dropped or picked folder's name first.
pub(crate) struct FoundFile {
    pub(crate) path: String,
    pub(crate) file: File,
}

/// One dropped thing.
pub(crate) enum Dropped {
    File(File),
    Entry(FileSystemEntry),
}

/// The files of an `<input type=file>`, sorted by path.
pub(crate) fn from_picker(list: &FileList) -> Vec<FoundFile> {
    let mut files: Vec<FoundFile> = (0..list.length())
        .filter_map(|i| list.get(i))
        .map(|file| {
            let path = Reflect::get(&file, &"webkitRelativePath".into())
                .ok()
                .and_then(|path| path.as_string())
                .filter(|path| !path.is_empty())
                .unwrap_or_else(|| file.name());
            FoundFile { path, file }
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// What a drop holds; to be called within its event.
pub(crate) fn dropped(data: &DataTransfer) -> Vec<Dropped> {
    let items = data.items();
    (0..items.length())
        .filter_map(|i| items.get(i))
        .filter(|item| item.kind() == "file")
        .filter_map(|item| match item.webkit_get_as_entry() {
            Ok(Some(entry)) => Some(Dropped::Entry(entry)),
            _ => item.get_as_file().ok().flatten().map(Dropped::File),
        })
        .collect()
}

/// The files that are pasted.
pub(crate) fn pasted(data: &DataTransfer) -> Vec<FoundFile> {
    let files = data.files();
    files.as_ref().map(from_picker).unwrap_or_default()
}

/// All files in dropped folders and beside them, sorted by path. What cannot be read is left out.
pub(crate) async fn walk(dropped: Vec<Dropped>) -> Vec<FoundFile> {
    let mut files = Vec::new();
    let mut open = Vec::new();
    for thing in dropped {
        match thing {
            Dropped::File(file) => files.push(FoundFile {
                path: file.name(),
                file,
            }),
            Dropped::Entry(entry) => open.push(entry),
        }
    }
    while let Some(entry) = open.pop() {
        if entry.is_directory() {
            open.extend(children(entry.unchecked_into()).await);
        } else if let Some(file) = file(entry.clone().unchecked_into()).await {
            files.push(FoundFile {
                path: entry.full_path(),
                file,
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

async fn children(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    // A reader gives its entries in portions, an empty one at the end.
    loop {
        let portion = Promise::new(&mut |resolve, reject| {
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        let Ok(portion) = JsFuture::from(portion).await else {
            return all;
        };
        let portion: Array = portion.unchecked_into();
        if portion.length() == 0 {
            return all;
        }
        all.extend(
            portion
                .iter()
                .map(|entry| entry.unchecked_into::<FileSystemEntry>()),
        );
    }
}

async fn file(entry: FileSystemFileEntry) -> Option<File> {
    let promise = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}
