//! Tables as CSV files (RFC 4180).

/// A file of these records; a field is in quotes where it needs them. Lines end in `\n`.
pub(crate) fn file<R, F>(records: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = F>,
    F: AsRef<[u8]>,
{
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    for record in records {
        // Writing to memory does not fail.
        let _ = writer.write_record(record);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_need_it() {
        let written = file([vec!["step", "arm"], vec!["1", "a, \"b\""], vec!["2", ""]]);
        assert_eq!(written, "step,arm\n1,\"a, \"\"b\"\"\"\n2,\n");
    }
}
