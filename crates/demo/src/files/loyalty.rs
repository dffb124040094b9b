//! The loyalty programme as a Parquet file.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Int32Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::DemoError;
use crate::dice::Dice;
use crate::files::Folder;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let members: Vec<_> = (0..900).map(|_| folder.customer(dice)).collect();
    let numbers =
        StringArray::from_iter_values((0..members.len()).map(|number| format!("LNT-{:06}", 1000 + number * 7)));
    let emails = StringArray::from_iter_values(members.iter().map(|person| person.email.trim()));
    let birthdays = StringArray::from_iter_values(members.iter().map(|person| person.birth_date.as_str()));
    let points = Int32Array::from_iter_values(members.iter().map(|_| dice.between(0, 4_000) as i32));
    let batch = RecordBatch::try_from_iter([
        ("member", Arc::new(numbers) as ArrayRef),
        ("email", Arc::new(emails) as ArrayRef),
        ("birthday", Arc::new(birthdays) as ArrayRef),
        ("points", Arc::new(points) as ArrayRef),
    ])
    .map_err(DemoError::format("loyalty list"))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))
        .map_err(DemoError::format("loyalty list"))?;
    writer.write(&batch).map_err(DemoError::format("loyalty list"))?;
    let bytes = writer.into_inner().map_err(DemoError::format("loyalty list"))?;
    folder.put("exports/loyalty.parquet", bytes)
}
