//! What each check says of a small business.

use dataward_audit::CHECKS;
use dataward_audit::Check;
use dataward_audit::Facts;
use dataward_audit::Fault;
use dataward_audit::HeldColumn;
use dataward_audit::HeldSource;
use dataward_audit::HeldTable;
use dataward_audit::Needs;
use dataward_audit::Snapshot;
use dataward_audit::law;
use dataward_model::Category;
use dataward_model::Finding;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::Policy;
use jiff::Timestamp;

const POLICY: &str = r#"
[business]
name = "Blue Lantern Books"

[source.shop]
url = "sqlite:shop.db"
purpose = "essential.service"
lawful_basis = "contract"
collected_from = "checkout form"
owner = "ops@example.com"

[source.exports]
url = "file:exports"

[[retain]]
name = "E-mail"
what = "user.contact"
keep = "2 years"
from = "last_activity"
then = "erase"

[[retain]]
name = "Orders"
what = "shop.orders"
keep = "5 years"
from = "placed_at"
then = "archive"
"#;

fn table(source: &str, name: &str, categories: &[Category]) -> HeldTable {
    HeldTable {
        source: SourceId::new(source).unwrap(),
        table: name.to_owned(),
        unit: name.to_owned(),
        goes_whole: false,
        is_derived: false,
        readable_by_everyone: false,
        people: Some(10),
        columns: categories
            .iter()
            .map(|category| HeldColumn { column: category.key().to_owned(), category: category.clone() })
            .collect(),
    }
}

fn findings(tables: &[HeldTable], sources: &[HeldSource]) -> Vec<Finding> {
    findings_under(POLICY, tables, sources)
}

fn findings_under(policy: &str, tables: &[HeldTable], sources: &[HeldSource]) -> Vec<Finding> {
    let policy = Policy::parse("dataward.toml", policy).unwrap();
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let facts = Facts::default();
    let snapshot = Snapshot { policy: &policy, sources, tables, facts: &facts, now };
    let found = dataward_audit::run(CHECKS, &snapshot);
    let unknown: Vec<_> = found.iter().flat_map(|finding| &finding.law).filter(|id| law::find(id).is_none()).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "rules that audit/src/law.rs does not have");
    found
}

fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {} {}", finding.severity, finding.check, finding.place)).collect()
}

#[test]
fn declared_and_covered_data_is_no_finding() {
    let tables = [
        table("shop", "customers", &[Category::EMAIL, Category::STREET]),
        table("shop", "orders", &[Category::NAME, Category::CITY]),
    ];
    assert_eq!(lines(&findings(&tables, &[])), Vec::<String>::new());
}

#[test]
fn a_new_column_without_a_rule_is_noticed() {
    let tables = [table("shop", "customers", &[Category::EMAIL, Category::DATE_OF_BIRTH])];
    let found = findings(&tables, &[]);
    assert_eq!(lines(&found), ["medium collection/no-retention-rule shop.customers"]);
    assert_eq!(found[0].title, "no rule says when the personal data in `shop.customers` goes (1 of 2 columns)");
    // Rows of a materialised view come and go with those of its tables.
    let view = [HeldTable { is_derived: true, ..tables[0].clone() }];
    assert_eq!(lines(&findings(&view, &[])), Vec::<String>::new());
}

#[test]
fn a_world_readable_card_list_is_the_gravest_thing() {
    let mut cards = table("exports", "cards 2024.csv", &[Category::CREDIT_CARD, Category::NAME]);
    cards.readable_by_everyone = true;
    let found = findings(&[cards], &[]);
    assert_eq!(
        lines(&found),
        [
            "critical access/readable-by-everyone exports.cards 2024.csv",
            "high collection/no-retention-rule exports.cards 2024.csv",
            "high encryption/readable-secrets exports.cards 2024.csv",
            "medium collection/undeclared-use exports",
        ]
    );
    assert_eq!(found[0].remedy.as_str(), "chmod o-rwx 'exports/cards 2024.csv'");
    assert_eq!(
        found[0].title,
        "everyone on this machine can read `exports.cards 2024.csv`, which holds payment cards and names"
    );
}

#[test]
fn an_archive_is_said_to_hold_what_all_the_files_in_it_hold() {
    let inside = |name: &str, categories: &[Category]| {
        let mut table = table("exports", &format!("all.zip/{name}"), categories);
        table.unit = "all.zip".to_owned();
        table.readable_by_everyone = true;
        table
    };
    let tables = [
        inside("news.csv", &[Category::EMAIL]),
        inside("till.csv", &[Category::CREDIT_CARD, Category::NAME]),
        inside("staff.csv", &[Category::DATE_OF_BIRTH]),
        table("exports", "other.csv", &[Category::IP_ADDRESS]),
    ];
    let found = findings(&tables, &[]);
    let open: Vec<&str> =
        found.iter().filter(|one| one.check == "access/readable-by-everyone").map(|one| one.title.as_str()).collect();
    assert_eq!(
        open,
        [
            "everyone on this machine can read `exports.all.zip`, which holds e-mail addresses, dates of birth, payment cards and names"
        ]
    );
}

#[test]
fn the_rule_that_is_proposed_fits_the_place() {
    let mut sheet = table("exports", "staff.xlsx#Sheet 1", &[Category::DATE_OF_BIRTH]);
    sheet.unit = "staff.xlsx".to_owned();
    sheet.goes_whole = true;
    let found = findings(&[sheet, table("shop", "guests", &[Category::DATE_OF_BIRTH])], &[]);
    let remedy = |place: &str| {
        let is_it = |one: &&Finding| one.check == "collection/no-retention-rule" && one.place.to_string() == place;
        found.iter().find(is_it).unwrap().remedy.to_string()
    };
    let (file, rows) = (remedy("exports.staff.xlsx#Sheet 1"), remedy("shop.guests"));
    assert!(file.contains("`what = \"exports.staff.xlsx\"`") && file.contains("`from = \"dated\"`"), "{file}");
    assert!(rows.contains("`what = \"shop.guests\"`") && rows.contains("`from = \"last_activity\"`"), "{rows}");
}

#[test]
fn a_plain_connection_matters_only_where_there_is_personal_data() {
    let plain = |id: &str| HeldSource { id: SourceId::new(id).unwrap(), plain_transport: true };
    let tables = [table("shop", "orders", &[Category::NAME])];
    let found = findings(&tables, &[plain("shop"), plain("exports")]);
    assert_eq!(lines(&found), ["high transit/plain-connection shop"]);
    for (url, remedy) in [
        ("postgres://ada@db/shop", "`sslmode=verify-full`"),
        ("mysql://ada@db/shop", "`ssl-mode=verify_identity`"),
        ("s3://shop?endpoint=http://store:9000&allow_http=true", "https: address as `endpoint`"),
    ] {
        let found = findings_under(&POLICY.replace("sqlite:shop.db", url), &tables, &[plain("shop")]);
        assert!(found[0].remedy.as_str().contains(remedy), "{url}: {}", found[0].remedy);
    }
}

#[test]
fn the_same_fault_keeps_its_id() {
    let tables = [table("shop", "customers", &[Category::DATE_OF_BIRTH])];
    let first = findings(&tables, &[]);
    let second = findings(&[tables[0].clone(), table("shop", "guests", &[Category::AGE_RANGE])], &[]);
    assert_eq!(first[0].id, "F-53c9ec7fb7c06f50");
    assert!(second.iter().any(|finding| finding.id == first[0].id));
}

#[test]
fn one_fault_said_twice_is_one_finding_as_grave_as_the_gravest() {
    fn run(snapshot: &Snapshot<'_>) -> Vec<Fault> {
        let of = |place: &Place, severity| Fault {
            place: place.clone(),
            detail: String::new(),
            severity,
            people: None,
            title: String::new(),
            reason: String::new(),
            law: &[],
            remedy: Remedy::words("do it"),
        };
        let place = snapshot.tables[0].place();
        let other = Place::of_source(snapshot.tables[0].source.clone());
        vec![of(&place, Severity::Low), of(&other, Severity::Medium), of(&place, Severity::High)]
    }
    let check = Check { name: "collection/twice", summary: "twice", needs: Needs::Inventory, run };
    let policy = Policy::parse("dataward.toml", POLICY).unwrap();
    let (now, facts) = (Timestamp::from_second(1_800_000_000).unwrap(), Facts::default());
    let tables = [table("shop", "customers", &[Category::EMAIL])];
    let snapshot = Snapshot { policy: &policy, sources: &[], tables: &tables, facts: &facts, now };
    let found = dataward_audit::run([&check], &snapshot);
    assert_eq!(lines(&found), ["high collection/twice shop.customers", "medium collection/twice shop"]);
}
