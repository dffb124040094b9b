//! Tables as they are met in the field, with few rows each: most of their columns must come out
//! right, and hardly anything that is not about a person may be flagged.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_detect::TableVerdict;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

struct Known {
    table: String,
    columns: Vec<(String, String)>,
    rows: Vec<Vec<String>>,
}

fn known() -> Vec<Known> {
    let mut tables: Vec<Known> = Vec::new();
    for line in include_str!("data/known_tables.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        if let Some(table) = line.strip_prefix("== ") {
            tables.push(Known { table: table.to_owned(), columns: Vec::new(), rows: Vec::new() });
            continue;
        }
        let known = tables.last_mut().unwrap();
        if known.columns.is_empty() {
            let pairs = line.split('|').map(|pair| pair.rsplit_once(' ').unwrap());
            known.columns = pairs.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        } else {
            known.rows.push(line.split('|').map(str::to_owned).collect());
        }
    }
    tables
}

fn key(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "first" => "user.name.first",
        "last" => "user.name.last",
        "name" => "user.name",
        "email" => "user.contact.email",
        "phone" => "user.contact.phone_number",
        "fax" => "user.contact.fax_number",
        "street" => "user.contact.address.street",
        "city" => "user.contact.address.city",
        "state" => "user.contact.address.state",
        "postal" => "user.contact.address.postal_code",
        "country" => "user.contact.address.country",
        "org" => "user.contact.organization",
        "url" => "user.contact.url",
        "job" => "user.job_title",
        "dob" => "user.demographic.date_of_birth",
        "gender" => "user.demographic.gender",
        "marital" => "user.demographic.marital_status",
        "lang" => "user.demographic.language",
        "username" => "user.account.username",
        "password" => "user.authorization.password",
        "token" => "user.authorization.credentials",
        "national" => "user.government_id.national_identification_number",
        "card" => "user.financial.credit_card",
        "record" => "user.health_and_medical.record_id",
        "health" => "user.health_and_medical",
        "content" => "user.content",
        _ => return None,
    })
}

fn verdict(detector: &Detector, known: &Known) -> TableVerdict {
    let heads = known.columns.iter().map(|(name, _)| ColumnHead::new(name, "text")).collect();
    let mut profile = detector.profile(&TableHead::table(&known.table, heads));
    let columns = known.columns.iter().enumerate().map(|(at, (name, _))| {
        let cells = known.rows.iter().map(|row| row.get(at).map(String::as_str).filter(|cell| !cell.is_empty()));
        (name.clone(), Arc::new(cells.collect::<StringArray>()) as ArrayRef, true)
    });
    profile.update(detector, &RecordBatch::try_from_iter_with_nullable(columns).unwrap());
    profile.verdict(detector)
}

#[test]
fn known_tables_come_out_right() {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).unwrap();
    let (mut columns, mut wrong, mut flagged) = (0, 0, 0);
    for known in known() {
        for ((name, kind), found) in known.columns.iter().zip(verdict(&detector, &known).columns) {
            let (expected, found_key) = (key(kind), found.category.as_ref().map(|category| category.key()));
            columns += 1;
            if expected == found_key {
                continue;
            }
            wrong += 1;
            flagged += usize::from(expected.is_none());
            let why: Vec<_> = found.why.iter().take(6).map(|why| format!("{:+.1} {}", why.weight, why.text)).collect();
            println!(
                "{}.{name}: expected {expected:?}, found {found_key:?} {:.2} {why:#?}",
                known.table,
                found.confidence.value()
            );
        }
    }
    println!("{wrong} of {columns} wrong, {flagged} flagged");
    assert!(wrong * 100 <= columns * 5, "{wrong} of {columns} columns are wrong");
    assert!(flagged <= 2, "{flagged} columns are flagged that are not about a person");
}
