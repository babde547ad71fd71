//! The files that are made of all records: tables, rows, the report. They can be made again at any time.

use anyhow::Result;

use super::{
    cells::Protocol,
    folder::{Folder, TABLES},
    print::{Style, accuracies_csv, differences_csv, tables},
    report,
    rows::RowWriter,
    select::Outcome,
    shared_file::write_shared,
    table::Summary,
};

/// Makes them from the records that are there, and returns what they say. One record is held at a time.
///
/// # Errors
/// Where a file cannot be written.
pub(crate) fn write(folder: &Folder, protocol: &Protocol) -> Result<Summary> {
    let [csv, parquet, rest @ ..] = TABLES.map(|name| folder.path().join(name));
    let mut rows = RowWriter::begin(&csv, &parquet)?;
    let mut outcomes = Vec::new();
    for record in protocol.cells.iter().filter_map(|cell| folder.record(cell)) {
        rows.write(&record)?;
        outcomes.push(Outcome::of(record));
    }
    rows.finish()?;
    let summary = Summary::of(protocol, &outcomes);
    let contents = [
        tables(&summary, Style::Text).into_bytes(),
        tables(&summary, Style::Markdown).into_bytes(),
        tables(&summary, Style::Latex).into_bytes(),
        accuracies_csv(&summary)?,
        differences_csv(&summary)?,
        report::html(&summary).into_bytes(),
    ];
    for (path, content) in rest.iter().zip(contents) {
        write_shared(path, &content)?;
    }
    if summary.missing == 0 {
        folder.tidy();
    }
    Ok(summary)
}
