//! How fast columns are profiled: `profile_speed [ROWS]` prints MB/s of text through `update`, one
//! thread, dense columns as a CSV reader gives them.

use std::sync::Arc;
use std::time::Instant;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

/// Makes the value of a row.
type Maker = Box<dyn Fn(u64) -> String>;

fn main() {
    let rows: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let detector =
        Detector::new(Options { today: (2026, 1, 1), names_in_text: false }).expect("the standard options hold");
    let mixed = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let columns: Vec<(&str, Maker)> = vec![
        ("id", Box::new(|row| row.to_string())),
        (
            "first_name",
            Box::new(move |row| ["Anna", "Peter", "Mireille", "José", "Katarzyna"][mixed(row) as usize % 5].to_owned()),
        ),
        ("email", Box::new(move |row| format!("user{}@example.org", mixed(row) % 1_000_000))),
        ("phone", Box::new(move |row| format!("+49 30 {:07}", mixed(row) % 10_000_000))),
        ("street", Box::new(move |row| format!("{} Long Winding Road", mixed(row) % 9_999))),
        ("iban", Box::new(move |row| format!("DE{:020}", mixed(row)))),
        (
            "note",
            Box::new(move |row| format!("order {} was sent on time and the customer is happy", mixed(row) % 100_000)),
        ),
        ("total", Box::new(move |row| format!("{}.{:02}", mixed(row) % 1000, mixed(row) % 100))),
    ];
    let arrays = columns.iter().map(|(name, cell)| {
        let array = (0..rows).map(|row| Some(cell(row))).collect::<StringArray>();
        (*name, Arc::new(array) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(arrays).expect("columns are equally long");
    let mut all = (0, 0.0);
    for (name, array) in batch.schema().fields().iter().map(|field| field.name().clone()).zip(batch.columns()) {
        let one = RecordBatch::try_from_iter([(name.clone(), array.clone())]).expect("one column");
        let mut profile = detector.profile(&TableHead::table("customers", vec![ColumnHead::new(&name, "text")]));
        let start = Instant::now();
        profile.update(&detector, &one);
        let seconds = start.elapsed().as_secs_f64();
        let bytes = array.as_any().downcast_ref::<StringArray>().map_or(0, |array| array.value_data().len());
        println!("{name:<12} {:>8.0} MB/s", bytes as f64 / seconds / 1e6);
        all = (all.0 + bytes, all.1 + seconds);
    }
    println!("all          {:>8.0} MB/s", all.0 as f64 / all.1 / 1e6);
    let mut profile = detector.profile(&TableHead::table("customers", columns_heads(&batch)));
    profile.update(&detector, &batch);
    let start = Instant::now();
    let verdict = profile.verdict(&detector);
    println!("verdict of {} columns: {:.1} ms", verdict.columns.len(), start.elapsed().as_secs_f64() * 1e3);
}

fn columns_heads(batch: &RecordBatch) -> Vec<ColumnHead> {
    batch.schema().fields().iter().map(|field| ColumnHead::new(field.name(), "text")).collect()
}
