//! All scores of all cells as a table with a row for each of them, as CSV and Parquet. There may be millions of
//! rows, so they are written while the records are read.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use parquet::{
    basic::{LogicalType, Repetition, Type as Physical},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};

use super::{
    record::{CellRecord, Score},
    shared_file::{SharedFile, unwritten},
};

/// Rows that are held before they become a row group of the Parquet file.
const GROUP: usize = 1 << 16;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Number,
}

const COLUMNS: [(&str, Kind); 15] = [
    ("cell", Kind::Integer),
    ("method", Kind::Text),
    ("held_out", Kind::Text),
    ("seed", Kind::Integer),
    ("sample", Kind::Integer),
    ("hyperparameters", Kind::Text),
    ("step", Kind::Integer),
    ("epoch", Kind::Integer),
    ("domain", Kind::Text),
    ("part", Kind::Text),
    ("correct", Kind::Integer),
    ("images", Kind::Integer),
    ("accuracy", Kind::Number),
    ("device", Kind::Text),
    ("version", Kind::Text),
];

/// A value of a row. Copies of a text share its bytes.
#[derive(Clone)]
enum Value {
    Text(ByteArray),
    Integer(i64),
    Number(f64),
}

impl Value {
    /// As CSV has it.
    fn shown(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(value) => value.data().into(),
            Self::Integer(value) => value.to_string().into_bytes().into(),
            Self::Number(value) => value.to_string().into_bytes().into(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Integer(value as i64)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Integer(value as i64)
    }
}

/// The values of a column for the rows that are held.
enum Column {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
}

/// Writes `results.csv` and `results.parquet`: a row for each cell, checkpoint, domain and part.
pub(crate) struct RowWriter {
    paths: [PathBuf; 2],
    csv: csv::Writer<SharedFile>,
    parquet: SerializedFileWriter<SharedFile>,
    columns: Vec<Column>,
    held: usize,
}

impl RowWriter {
    /// Begins both files.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(crate) fn begin(csv: &Path, parquet: &Path) -> Result<Self> {
        let paths = [csv.to_owned(), parquet.to_owned()];
        let mut csv = csv::Writer::from_writer(SharedFile::create(csv)?);
        csv.write_record(COLUMNS.map(|(name, _)| name))
            .with_context(|| unwritten(&paths[0]))?;
        let fields = COLUMNS.map(|(name, kind)| {
            let (physical, logical) = match kind {
                Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Kind::Integer => (Physical::INT64, None),
                Kind::Number => (Physical::DOUBLE, None),
            };
            let field = Type::primitive_type_builder(name, physical)
                .with_logical_type(logical)
                .with_repetition(Repetition::REQUIRED);
            field.build().map(Arc::new)
        });
        let schema = Type::group_type_builder("results")
            .with_fields(fields.into_iter().collect::<Result<_, _>>()?)
            .build()?;
        let properties = Arc::new(WriterProperties::default());
        let file = SharedFile::create(parquet)?;
        Ok(Self {
            paths,
            csv,
            parquet: SerializedFileWriter::new(file, Arc::new(schema), properties)?,
            columns: empty(),
            held: 0,
        })
    }

    /// Writes the rows of a record.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(crate) fn write(&mut self, record: &CellRecord) -> Result<()> {
        let hyperparameters = serde_json::to_string(&record.cell.hyperparameters)?;
        let texts: [&str; 6] = [
            &record.cell.method,
            &record.cell.held_out,
            &hyperparameters,
            &record.device,
            &record.version,
            "validation",
        ];
        let [
            method,
            held_out,
            hyperparameters,
            device,
            version,
            validation,
        ] = texts.map(Value::from);
        for evaluation in &record.evaluations {
            let validated = evaluation.validation.iter();
            let validated =
                validated.map(|it| (Value::from(&*it.domain), validation.clone(), it.score));
            let scores = validated.chain([
                (held_out.clone(), Value::from("in"), evaluation.held_out_in),
                (
                    held_out.clone(),
                    Value::from("out"),
                    evaluation.held_out_out,
                ),
            ]);
            for (domain, part, score) in scores {
                let Score { correct, images } = score;
                self.row([
                    record.cell.index.into(),
                    method.clone(),
                    held_out.clone(),
                    record.cell.seed.into(),
                    record.cell.sample.into(),
                    hyperparameters.clone(),
                    evaluation.step.into(),
                    u64::from(evaluation.epoch).into(),
                    domain,
                    part,
                    correct.into(),
                    images.into(),
                    Value::Number(score.accuracy()),
                    device.clone(),
                    version.clone(),
                ])?;
            }
        }
        Ok(())
    }

    fn row(&mut self, values: [Value; COLUMNS.len()]) -> Result<()> {
        let written = self.csv.write_record(values.iter().map(Value::shown));
        written.with_context(|| unwritten(&self.paths[0]))?;
        for (value, column) in values.into_iter().zip(&mut self.columns) {
            match (value, column) {
                (Value::Text(value), Column::Text(values)) => values.push(value),
                (Value::Integer(value), Column::Integer(values)) => values.push(value),
                (Value::Number(value), Column::Number(values)) => values.push(value),
                // Values stand in the order of the columns.
                _ => {}
            }
        }
        self.held += 1;
        if self.held == GROUP {
            let written = self.write_group();
            written.with_context(|| unwritten(&self.paths[1]))?;
        }
        Ok(())
    }

    /// Writes the rows that are held as a row group.
    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.parquet.next_row_group()?;
        for column in std::mem::replace(&mut self.columns, empty()) {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            match (writer.untyped(), &column) {
                (ColumnWriter::ByteArrayColumnWriter(typed), Column::Text(values)) => {
                    typed.write_batch(values, None, None)?;
                }
                (ColumnWriter::Int64ColumnWriter(typed), Column::Integer(values)) => {
                    typed.write_batch(values, None, None)?;
                }
                (ColumnWriter::DoubleColumnWriter(typed), Column::Number(values)) => {
                    typed.write_batch(values, None, None)?;
                }
                // The schema was made from the same list.
                _ => {}
            }
            writer.close()?;
        }
        group.close()?;
        self.held = 0;
        Ok(())
    }

    /// Gives both files their names.
    ///
    /// # Errors
    /// Where one cannot be written.
    pub(crate) fn finish(mut self) -> Result<()> {
        if self.held > 0 {
            let written = self.write_group();
            written.with_context(|| unwritten(&self.paths[1]))?;
        }
        let [csv, parquet] = &self.paths;
        let whole = self.csv.into_inner().map_err(|error| error.into_error());
        whole.with_context(|| unwritten(csv))?.finish()?;
        let whole = self.parquet.into_inner();
        whole.with_context(|| unwritten(parquet))?.finish()
    }
}

/// Columns without rows.
fn empty() -> Vec<Column> {
    let column = |(_, kind)| match kind {
        Kind::Text => Column::Text(Vec::new()),
        Kind::Integer => Column::Integer(Vec::new()),
        Kind::Number => Column::Number(Vec::new()),
    };
    COLUMNS.map(column).into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::RowAccessor,
    };

    use super::*;

    #[test]
    fn rows_are_the_same_whatever_group_they_are_in() {
        let folder = tempfile::tempdir().unwrap();
        let [csv, parquet] = ["a.csv", "a.parquet"].map(|name| folder.path().join(name));
        let mut writer = RowWriter::begin(&csv, &parquet).unwrap();
        let count = 2 * GROUP + 5;
        for index in 0..count {
            let values = COLUMNS.map(|(name, kind)| match kind {
                Kind::Text => Value::from(&*format!("{name} {}", index % 7)),
                Kind::Integer => index.into(),
                Kind::Number => Value::Number(index as f64 / 8.0),
            });
            writer.row(values).unwrap();
        }
        // Until all rows are there, neither file is.
        assert!(!csv.exists() && !parquet.exists());
        writer.finish().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

        let reader = SerializedFileReader::new(fs::File::open(&parquet).unwrap()).unwrap();
        let groups = reader.metadata().row_groups().iter();
        let sizes: Vec<_> = groups.map(|it| it.num_rows() as usize).collect();
        assert_eq!(sizes, [GROUP, GROUP, 5]);
        let mut lines = csv::Reader::from_path(&csv).unwrap();
        let mut lines = lines.records();
        for (index, row) in reader.get_row_iter(None).unwrap().enumerate() {
            let (row, line) = (row.unwrap(), lines.next().unwrap().unwrap());
            assert_eq!(row.get_long(0).unwrap() as usize, index);
            assert_eq!(row.get_string(1).unwrap(), &line[1]);
            assert_eq!(&line[1], format!("method {}", index % 7));
            assert_eq!(&line[0], index.to_string());
            let accuracy: f64 = line[12].parse().unwrap();
            assert_eq!(accuracy, row.get_double(12).unwrap());
        }
        assert!(lines.next().is_none());
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let [csv, parquet] = ["a.csv", "a.parquet"].map(|name| folder.path().join(name));
        fs::write(&csv, "before").unwrap();
        drop(RowWriter::begin(&csv, &parquet).unwrap());
        assert_eq!(fs::read_to_string(&csv).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
