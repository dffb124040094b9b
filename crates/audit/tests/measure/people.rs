//! Registers of persons, searched for rows of one person.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_audit::integrity::Tier;
use dataward_audit::integrity::duplicates::Register;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::lexicon;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use dataward_testkit::registers;
use dataward_testkit::registers::Names;

/// The rows of each person that were found more than once.
pub(crate) fn search(head: &TableHead, batches: &[RecordBatch]) -> Vec<(Vec<usize>, Tier)> {
    let detector = Detector::new(Options { today: (2026, 11, 24), names_in_text: false }).expect("our own rules");
    let mut profile = detector.profile(head);
    profile.update(&detector, &batches[0]);
    let Some(mut register) = Register::of(head, &profile.verdict(&detector)) else {
        println!("not taken for a register");
        return Vec::new();
    };
    batches.iter().for_each(|batch| register.add(batch));
    let rows = |rows: &[u64]| rows.iter().map(|row| *row as usize).collect();
    register.finish().iter().map(|found| (rows(&found.rows), found.tier)).collect()
}

/// A register as a source would hand it out.
pub(crate) fn batches(register: &registers::Register) -> (TableHead, Vec<RecordBatch>) {
    let heads = register.columns.iter().map(|name| ColumnHead::new(*name, "text")).collect();
    let batches = register
        .rows
        .chunks(8_192)
        .map(|rows| {
            let columns = register.columns.iter().enumerate().map(|(place, name)| {
                let cells: StringArray = rows.iter().map(|row| Some(row[place].as_str())).collect();
                (*name, Arc::new(cells) as ArrayRef)
            });
            RecordBatch::try_from_iter(columns).expect("columns are equally long")
        })
        .collect();
    (TableHead::table("register", heads), batches)
}

/// Names as common as the lists of names say.
pub(crate) fn names() -> Names {
    let (mut given, mut family) = (Vec::new(), Vec::new());
    lexicon::for_each(|word, entry| {
        let common = |weight: u8| 10_f64.powf(f64::from(weight) / 10.0);
        if word.len() >= 3 && word.is_ascii() && !word.contains(' ') {
            if let Some(weight) = entry.given() {
                given.push((word.to_owned(), common(weight)));
            }
            if let Some(weight) = entry.surname() {
                family.push((word.to_owned(), common(weight)));
            }
        }
    });
    for list in [&mut given, &mut family] {
        list.sort_by(|a, b| b.1.total_cmp(&a.1));
        list.truncate(40_000);
    }
    Names::new(given, family)
}
