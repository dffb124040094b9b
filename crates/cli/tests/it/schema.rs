//! The schemas under docs/schema are those of the program, and its output keeps to the documented form.

use std::path::Path;

use crate::support::Desk;

/// All that `dataward schema` knows.
const NAMES: [&str; 41] = [
    "access",
    "approval",
    "archive",
    "archive-restore",
    "audit",
    "certificate",
    "certificates",
    "demo",
    "encrypt-plan",
    "evidence",
    "evidence-entries",
    "finding",
    "findings",
    "inspect",
    "integrity",
    "inventory",
    "inventory-entry",
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
    "shred-certificate",
    "shred-plan",
    "status",
    "transit",
];

#[test]
fn published_schemas_are_those_of_the_program() {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    for name in NAMES {
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

/// Validates documents by the schemas that the program prints, with a validator that is not ours.
const VALIDATE: &str = "
import json, pathlib, sys
from jsonschema import Draft202012Validator
faults = []
for name in sorted(pathlib.Path(sys.argv[1]).glob('*.document')):
    document = json.loads(name.read_text())
    schema = json.loads((name.parent / (name.stem.split('.')[0] + '.schema')).read_text())
    Draft202012Validator.check_schema(schema)
    for fault in Draft202012Validator(schema).iter_errors(document):
        faults.append(f'{name.stem}: {fault.json_path}: {fault.message[:200]}')
assert not faults, chr(10).join(faults)
";

const SHOP: &str = "
    PRAGMA foreign_keys = OFF;
    CREATE TABLE customers (id INTEGER PRIMARY KEY, full_name TEXT, email TEXT, last_seen TEXT);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id), card TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO customers SELECT i, 'Ada Larkspur', 'ada' || i || '@lantern.example',
        CASE WHEN i <= 20 THEN '2019-05-04' ELSE '2026-11-01' END FROM n;
    INSERT INTO orders VALUES (1, 40, '4111111111111111'), (2, 990, NULL);
";

const POLICY: &str = "
[business]
name = \"Blue Lantern Books\"
jurisdictions = [\"DE\"]
sectors = [\"retail\"]

[source.shop]
url = \"sqlite:shop.db\"

[source.files]
url = \"file:exports\"

[[retain]]
name = \"Customers\"
what = \"shop.customers\"
keep = \"2 years\"
from = \"last_seen\"
then = \"archive\"

[[protect]]
name = \"Lists\"
what = [\"files\"]

[approval]
solo = true
";

#[test]
fn what_the_commands_print_fits_their_schemas() {
    let desk = Desk::new();
    dataward_testkit::sqlite::make(&desk.path().join("shop.db"), SHOP);
    desk.write("exports/people.csv", "name,email\nBen Quill,ben@lantern.example\n".repeat(9));
    desk.write("exports/note.txt", "write to ada@example.org");
    desk.write("exports/broken.pdf", "%PDF-1.4 and no more");
    desk.write("dataward.toml", POLICY);
    desk.write("other.toml", POLICY.replace("2 years", "1 year"));
    let folder = tempfile::tempdir().unwrap();
    let mut seen: Vec<String> = Vec::new();
    let mut keep = |command: &str, text: &str| -> serde_json::Value {
        let document: serde_json::Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"));
        let name = document["schema"].as_str().unwrap_or_else(|| panic!("{command} names no schema: {text}"));
        let name = name.strip_prefix("dataward/").unwrap().strip_suffix("@1").unwrap();
        std::fs::write(folder.path().join(format!("{name}.{}.document", seen.len())), text).unwrap();
        seen.push(name.to_owned());
        document
    };
    let mut run = |command: &str| -> serde_json::Value {
        let arguments: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let said = desk.run(&arguments);
        assert!(said.code < 4, "{command}: {said:?}");
        keep(command, &said.out)
    };
    run("scan --full");
    run("status");
    run("inventory");
    run("inventory explain shop.customers.email");
    run("inventory confirm shop.customers.email --reason seen");
    run("inspect exports/note.txt");
    run("access shop");
    run("access exports/people.csv --paths");
    run("audit");
    run("audit integrity");
    run("audit integrity shop.db");
    run("transit 127.0.0.1:1");
    let findings = run("findings");
    let id = findings["findings"][0]["id"].as_str().unwrap().to_owned();
    run(&format!("findings show {id}"));
    run(&format!("findings reject {id} --reason ours"));
    run("evidence verify");
    run("evidence show");
    run("evidence show 0");
    run("rules list");
    run("rules check");
    run("retain policy");
    run("retain rules list --jurisdiction DE");
    run("retain rules show de-hgb-257-letters");
    run("retain hold place --matter suit-7 --person user.contact.email=ada3@lantern.example");
    run("retain hold list");
    run("retain plan --with other.toml");
    run("retain plan");
    run("retain status");
    run("keys init --root file:root.key");
    run("keys status");
    run("retain approve");
    run("retain apply");
    run("retain verify --exclusive");
    run("retain archive list");
    run("retain archive restore shop.customers --output rows.jsonl");
    run("retain verify --chain");
    run("retain hold release suit-7");
    run("retain replay");
    run("retain run");
    run("retain status");
    run("encrypt --from-audit");
    run("encrypt exports/note.txt");
    run("verify exports/note.txt.dw");
    run("keys rotate");
    let shred = run("keys shred --class files --version 1");
    run("scan --full");
    run("status");
    run("audit integrity");
    run("report");
    assert_eq!(shred["approvals_needed"], 0, "{shred}");
    run("keys shred --class files --version 1 --apply");
    run("demo lantern");
    let certificate = desk.read(".dataward/certificates/000001.json");
    keep("certificate", &certificate);
    for name in &seen {
        let said = desk.run(&["schema", name]);
        assert_eq!(said.code, 0, "{name} has no schema: {said:?}");
        std::fs::write(folder.path().join(format!("{name}.schema")), said.out).unwrap();
    }
    let mut command = std::process::Command::new(dataward_testkit::server::moto::python_with("jsonschema"));
    let output = command.args(["-c", VALIDATE]).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Those that no command here prints: by operators, from a file of rules, or where a rule has people told.
    let missing: Vec<&str> = NAMES.into_iter().filter(|name| !seen.iter().any(|seen| seen == name)).collect();
    assert_eq!(missing, ["approval", "legal-diff", "policy", "retain-notice"]);
}
