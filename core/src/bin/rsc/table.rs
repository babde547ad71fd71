//! Aligned tables of text.

use comfy_table::{CellAlignment, Table, TableStyle, presets};

/// A table for the terminal: no lines, the first column to the left and the others to the right.
pub(crate) fn plain(header: &[String], rows: &[Vec<String>]) -> String {
    draw(presets::NOTHING, header, rows).trim_fmt()
}

/// A table in Markdown.
pub(crate) fn markdown(header: &[String], rows: &[Vec<String>]) -> String {
    // A bar would begin the next cell.
    let escaped = |row: &[String]| -> Vec<String> {
        row.iter().map(|cell| cell.replace('|', "\\|")).collect()
    };
    let rows: Vec<_> = rows.iter().map(|row| escaped(row)).collect();
    draw(presets::ASCII_MARKDOWN, &escaped(header), &rows).to_string()
}

fn draw(style: TableStyle, header: &[String], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_header(header).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(row: &[&str]) -> Vec<String> {
        row.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn columns_are_aligned() {
        let header = texts(&["class", "n"]);
        let rows = [texts(&["cat", "7"]), texts(&["Äpfel", "1024"])];
        assert_eq!(
            plain(&header, &rows),
            " class     n\n cat       7\n Äpfel  1024"
        );
    }

    #[test]
    fn bars_in_markdown_stay_in_their_cell() {
        let drawn = markdown(&texts(&["a|b", "n"]), &[texts(&["x", "1"])]);
        assert_eq!(drawn, "| a\\|b | n |\n|------|---|\n| x    | 1 |");
    }
}
