//! What the encryption checks say of a small business.

use dataward_audit::CHECKS;
use dataward_audit::Facts;
use dataward_audit::HeldColumn;
use dataward_audit::HeldTable;
use dataward_audit::Snapshot;
use dataward_audit::encryption::EncryptionFacts;
use dataward_audit::encryption::SourceAtRest;
use dataward_connect::at_rest::Protection;
use dataward_connect::at_rest::Readable;
use dataward_model::Category;
use dataward_model::Finding;
use dataward_model::SourceId;
use dataward_policy::Policy;
use jiff::Timestamp;

fn held(unit: &str) -> HeldTable {
    HeldTable {
        source: SourceId::new("exports").unwrap(),
        table: unit.to_owned(),
        unit: unit.to_owned(),
        goes_whole: false,
        is_derived: false,
        readable_by_everyone: false,
        people: Some(500),
        columns: vec![HeldColumn { column: "email".to_owned(), category: Category::EMAIL }],
    }
}

fn findings(tables: &[HeldTable], protections: Vec<Protection>) -> Vec<String> {
    let source = SourceAtRest { protections, ..exports() };
    let found = found("", tables, source);
    found.iter().map(|finding| format!("{} {} {}", finding.severity, finding.check, finding.place)).collect()
}

fn exports() -> SourceAtRest {
    SourceAtRest {
        source: SourceId::new("exports").unwrap(),
        protections: Vec::new(),
        columns: Vec::new(),
        readable: Vec::new(),
        unseen: Vec::new(),
    }
}

fn found(rules: &str, tables: &[HeldTable], source: SourceAtRest) -> Vec<Finding> {
    let policy = format!("[business]\nname = \"Test\"\n[source.exports]\nurl = \"file:exports\"\n{rules}");
    let policy = Policy::parse("dataward.toml", &policy).unwrap();
    let facts = Facts { encryption: Some(EncryptionFacts { sources: vec![source] }), ..Facts::default() };
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let snapshot = Snapshot { policy: &policy, sources: &[], tables, facts: &facts, now };
    let checks = CHECKS.iter().filter(|check| check.name.starts_with("encryption/"));
    dataward_audit::run(checks, &snapshot)
}

#[test]
fn a_disk_without_encryption_is_one_finding_and_each_readable_backup_another() {
    let tables = [held("people.csv"), held("backup/shop.sql.gz")];
    assert_eq!(
        findings(&tables, Vec::new()),
        ["medium encryption/plain-backup exports.backup/shop.sql.gz", "low encryption/not-encrypted exports"]
    );
}

#[test]
fn what_was_proven_is_no_finding() {
    let disk = Protection::whole("LUKS2", "dm-crypt lies under the file system at /srv");
    assert_eq!(findings(&[held("people.csv")], vec![disk.clone()]), Vec::<String>::new());
    let file = Protection::of_unit("people.xlsx", "age", "the file's first bytes say so");
    assert_eq!(findings(&[held("people.xlsx#Sheet1")], vec![file]), Vec::<String>::new());
    assert_eq!(
        findings(&[held("backup/shop.sql.gz")], vec![disk]),
        ["medium encryption/plain-backup exports.backup/shop.sql.gz"],
        "a backup leaves its disk"
    );
}

const RULES: &str = "
[[protect]]
name = \"Exports\"
what = [\"exports.monthly/\"]
[[protect]]
name = \"E-mail lists\"
what = [\"user.contact\"]
";

#[test]
fn what_the_policy_wants_encrypted_is_one_finding_for_each_rule_whatever_the_disk_does() {
    let readable = |unit: &str| Readable { unit: unit.to_owned(), bytes: 10 };
    let source = SourceAtRest {
        protections: vec![Protection::whole("LUKS2", "dm-crypt lies under the file system")],
        readable: vec![readable("monthly/a.bin"), readable("monthly/b.csv"), readable("other.xlsx"), readable("x.bin")],
        ..exports()
    };
    let tables = [held("other.xlsx#Sheet1"), held("monthly/b.csv")];
    let titles: Vec<String> = found(RULES, &tables, source.clone()).into_iter().map(|finding| finding.title).collect();
    assert_eq!(
        titles,
        [
            "`other.xlsx` can be read, though `E-mail lists` in the policy wants them encrypted",
            "2 files of `exports` can be read, `monthly/a.bin` first among them, though `Exports` in the policy wants \
             them encrypted",
        ]
    );
    let sealed = SourceAtRest { readable: vec![readable("x.bin")], ..source };
    assert!(found(RULES, &tables, sealed).is_empty());
}
