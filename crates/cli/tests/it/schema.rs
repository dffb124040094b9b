//! The schemas under docs/schema are those of the program, and its output keeps to the documented form.

use std::path::Path;

use crate::support::Desk;

#[test]
fn published_schemas_are_those_of_the_program() {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    let names = [
        "access",
        "audit",
        "certificate",
        "certificates",
        "demo",
        "encrypt-plan",
        "evidence",
        "findings",
        "inspect",
        "integrity",
        "inventory",
        "keys",
        "legal-diff",
        "legal-rules",
        "policy",
        "protect",
        "report",
        "retain-apply",
        "retain-approval",
        "retain-holds",
        "retain-plan",
        "retain-policy",
        "retain-replay",
        "retain-notice",
        "retain-run",
        "retain-simulation",
        "retain-status",
        "retain-verify",
        "rules",
        "rules-check",
        "scan",
        "status",
        "transit",
    ];
    for name in names {
        let said = desk.run(&["schema", name]);
        assert_eq!(said.code, 0, "{said:?}");
        let file = folder.join(format!("{name}.json"));
        let published = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            published == said.out,
            "docs/schema/{name}.json is out of date: fields may be added, never renamed; \
             write it anew with `dataward schema {name} > docs/schema/{name}.json`"
        );
    }
}

#[test]
fn a_scan_has_the_documented_form() {
    let desk = Desk::new();
    desk.write("in/people.csv", "email\nada@example.org\nbob@example.org\n");
    desk.write("in/note.txt", "write to ada@example.org");
    desk.write("in/photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let scan = desk.json(&["scan", "in", "--full"]);
    assert_eq!(scan["schema"], "dataward/scan@1");
    let source = &scan["sources"][0];
    assert_eq!(source["kind"], "files");
    let table = &source["tables"][0];
    assert_eq!(
        (table["table"].as_str(), table["rows"].as_u64(), table["rows_read"].as_u64()),
        (Some("people.csv"), Some(2), Some(2))
    );
    let column = &table["columns"][0];
    assert_eq!(column["column"], "email");
    assert_eq!(column["category"], "user.contact.email");
    assert!(column["type"].is_string() && column["also"].is_array() && column["why"].is_array());
    assert!(column["confidence"].as_f64().is_some_and(|confidence| (0.0..=1.0).contains(&confidence)));
    assert!(column["masked"][0].as_str().is_some_and(|masked| masked.contains('*')), "{column}");
    assert_eq!(source["documents"][0]["path"], "note.txt");
    assert_eq!(source["documents"][0]["spans"][0]["category"], "user.contact.email");
    assert_eq!(source["documents"][0]["spans"][0]["count"], 1);
    assert_eq!(source["skipped"][0]["place"], "photo.png");
}
