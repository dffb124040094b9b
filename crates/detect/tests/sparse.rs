//! Personal data that stands in few cells of free text is seen, and nothing is seen where there is none.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::ColumnVerdict;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

const HARMLESS: &[&str] = &[
    "The screen stays black after the update, please advise.",
    "Works again since the cable was changed yesterday evening.",
    "Restarted the queue worker, 12 jobs were waiting in it.",
    "Printer on floor 3 jams whenever two pages are printed.",
    "Version 4.2.17 of the driver does not help either.",
    "Closed as a duplicate of the ticket of last Monday.",
];

fn verdict(personal: &[&str]) -> ColumnVerdict {
    let mut cells: Vec<String> =
        (0..400).map(|row| format!("{} Case {}.", HARMLESS[row % HARMLESS.len()], row * 7 + 1000)).collect();
    for (place, text) in personal.iter().enumerate() {
        cells[37 + 101 * place] = (*text).to_owned();
    }
    let detector = Detector::new(Options { today: (2026, 11, 29), names_in_text: true }).unwrap();
    let head = TableHead::table("tickets", vec![ColumnHead::new("id", "bigint"), ColumnHead::new("body", "text")]);
    let mut profile = detector.profile(&head);
    let ids: ArrayRef = Arc::new((1..=400_i64).collect::<arrow_array::Int64Array>());
    let body: ArrayRef = Arc::new(StringArray::from(cells));
    profile.update(&detector, &RecordBatch::try_from_iter([("id", ids), ("body", body)]).unwrap());
    profile.verdict(&detector).columns.remove(1)
}

#[test]
fn one_address_in_four_hundred_texts_is_seen() {
    let verdict = verdict(&["Please answer to m.okonkwo@harbour-mail.example.com instead, thanks."]);
    assert_eq!(verdict.category, Some(Category::CONTENT), "{:?}", verdict.why);
    assert_eq!(verdict.also, [Category::EMAIL]);
    assert!(verdict.confidence.value() < 0.9, "one cell does not make it sure: {:?}", verdict.confidence);
}

#[test]
fn the_mailbox_of_an_office_is_nobodys() {
    let verdict = verdict(&["The manual says to write to support@vendor.example.com in this case."]);
    assert_eq!(verdict.category, None, "{:?}", verdict.why);
}

#[test]
fn three_phone_numbers_in_four_hundred_texts_are_seen_and_none_where_there_is_none() {
    let seen = verdict(&[
        "Customer asks to be called back on +44 20 7946 0018 today.",
        "Call the warehouse clerk, phone +49 30 901820, before noon.",
        "My phone number is +33 1 99 00 12 34, ring me any time.",
    ]);
    assert_eq!(seen.category, Some(Category::CONTENT), "{:?}", seen.why);
    assert_eq!(verdict(&[]).category, None);
}
