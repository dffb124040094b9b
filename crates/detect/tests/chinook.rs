//! The Chinook music shop: every personal column of customers, employees and invoices is found,
//! and nothing in tracks, albums, artists, genres, playlists and money.

mod csv;

use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

fn verdicts(table: &str) -> Vec<(String, Option<Category>)> {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    let path = format!("{}/tests/data/chinook/{table}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut lines = csv::read(&path).into_iter();
    let (names, types) = (lines.next().unwrap(), lines.next().unwrap());
    let heads = names.iter().zip(&types).map(|(name, kind)| ColumnHead::new(name, kind)).collect();
    let mut profile = detector.profile(&TableHead::table(table, heads));
    profile.update(&detector, &csv::batch(&names, &lines.collect::<Vec<_>>()));
    let verdict = profile.verdict(&detector);
    for column in &verdict.columns {
        assert!(!column.why.is_empty(), "{} has no reason", column.column);
        println!("{table}.{}: {:?} {:.2} {:?}", column.column, column.category, column.confidence.value(), column.why);
    }
    verdict.columns.into_iter().map(|column| (column.column, column.category)).collect()
}

fn expect(table: &str, personal: &[(&str, Category)]) {
    for (column, found) in verdicts(table) {
        let expected = personal.iter().find(|(name, _)| *name == column).map(|(_, category)| category.clone());
        assert_eq!(found, expected, "{table}.{column}");
    }
}

#[test]
fn every_personal_column_of_customers_is_found() {
    expect(
        "Customer",
        &[
            ("FirstName", Category::FIRST_NAME),
            ("LastName", Category::LAST_NAME),
            ("Company", Category::CONTACT_ORGANIZATION),
            ("Address", Category::STREET),
            ("City", Category::CITY),
            ("State", Category::STATE),
            ("Country", Category::COUNTRY),
            ("PostalCode", Category::POSTAL_CODE),
            ("Phone", Category::PHONE_NUMBER),
            ("Fax", Category::FAX_NUMBER),
            ("Email", Category::EMAIL),
        ],
    );
}

#[test]
fn every_personal_column_of_employees_is_found() {
    expect(
        "Employee",
        &[
            ("LastName", Category::LAST_NAME),
            ("FirstName", Category::FIRST_NAME),
            ("Title", Category::JOB_TITLE),
            ("BirthDate", Category::DATE_OF_BIRTH),
            ("Address", Category::STREET),
            ("City", Category::CITY),
            ("State", Category::STATE),
            ("Country", Category::COUNTRY),
            ("PostalCode", Category::POSTAL_CODE),
            ("Phone", Category::PHONE_NUMBER),
            ("Fax", Category::FAX_NUMBER),
            ("Email", Category::EMAIL),
        ],
    );
}

#[test]
fn the_billing_address_of_invoices_is_found_and_their_money_is_not() {
    expect(
        "Invoice",
        &[
            ("BillingAddress", Category::STREET),
            ("BillingCity", Category::CITY),
            ("BillingState", Category::STATE),
            ("BillingCountry", Category::COUNTRY),
            ("BillingPostalCode", Category::POSTAL_CODE),
        ],
    );
}

#[test]
fn nothing_is_found_in_tracks_albums_and_the_rest() {
    for table in ["Album", "Artist", "Genre", "InvoiceLine", "MediaType", "Playlist", "PlaylistTrack", "Track"] {
        expect(table, &[]);
    }
}
