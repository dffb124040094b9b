//! `retain policy` and `retain rules`: the law against the wish, decided by a person, for good.

use dataward_testkit::sqlite;
use serde_json::Value;

use crate::support::Desk;

const POLICY: &str = r#"
[business]
name = "Blue Lantern Books"
jurisdictions = ["DE"]
sectors = ["retail"]
time_zone = "Europe/Berlin"

[source.shop]
url = "sqlite:shop.db"

[[retain]]
name = "Support tickets"
what = "shop.tickets"
keep = "3 months"
from = "closed_at"
then = "clean-up"
"#;

/// Three tickets: closed this year, closed long ago, still open; mails of customers in them.
fn desk() -> Desk {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, email TEXT, created_at TEXT, closed_at TEXT);
         INSERT INTO tickets (email, created_at, closed_at) VALUES
           ('ada@example.com', date('now', '-20 months'), date('now', '-19 months')),
           ('ben@example.com', '2012-04-01', '2012-05-01'),
           ('cleo@example.com', '2012-04-01', NULL);",
    );
    desk.write("dataward.toml", POLICY);
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    desk
}

fn planned(plan: &Value) -> u64 {
    plan["tables"].as_array().unwrap().iter().filter_map(|table| table["rows"].as_u64()).sum()
}

#[test]
fn a_contradiction_stops_the_plan_until_somebody_decides_and_the_decision_lasts() {
    let desk = desk();
    let report = desk.json(&["retain", "policy"]);
    assert_eq!(
        (&report["schema"], &report["open_conflicts"]),
        (&"dataward/retain-policy@1".into(), &1.into()),
        "{report}"
    );
    let place = &report["places"][0];
    assert_eq!((&place["place"], &place["roles"][0]["role"]), (&"shop.tickets".into(), &"ticket".into()));
    assert_eq!(place["minimum"]["keep"], "6 years");
    let rule = place["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == "de-hgb-257-letters").unwrap();
    assert_eq!((&rule["reach"], &rule["confidence"]), (&"possible".into(), &"high".into()));
    assert_eq!(place["parts"][0]["state"], "open");
    // Nothing of it is planned, and the plan says why.
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 0, "{plan}");
    assert_eq!(plan["conflicts"][0]["place"], "shop.tickets");
    // The audit has a finding for it.
    assert_eq!(desk.run(&["audit", "collection", "--quiet", "--fail-on", "never"]).code, 0);
    let open = |desk: &Desk| {
        let findings = desk.json(&["findings"]);
        let of_ours =
            |finding: &&Value| finding["check"] == "collection/retention-conflict" && finding["state"] == "open";
        findings["findings"].as_array().unwrap().iter().filter(of_ours).count()
    };
    assert_eq!(open(&desk), 1);
    let before = desk.read("dataward.toml");
    let command = place["conflicts"][0]["options"][0]["command"].as_str().unwrap();
    assert_eq!(command, "dataward retain policy --decide shop.tickets de-hgb-257-letters applies --because \"…\"");
    let decide = |answer: &str| {
        let rule = ["retain", "policy", "--decide", "shop.tickets", "de-hgb-257-letters", answer];
        desk.run(&[&rule[..], &["--because", "each ticket is about an order", "--format", "json"]].concat())
    };
    let decided = decide("applies");
    assert_eq!(decided.code, 0, "{decided:?}");
    let decided = decided.json();
    assert_eq!(decided["open_conflicts"], 0);
    let part = &decided["places"][0]["parts"][0];
    assert_eq!((&part["state"], &part["chosen"]["keep"]), (&"ready".into(), &"6 years".into()));
    let after = desk.read("dataward.toml");
    assert!(after.starts_with(&before) && after.contains("because = \"each ticket is about an order\""), "{after}");
    // The minimum holds the young one back; the open one never ends.
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 1);
    assert_eq!(desk.run(&["audit", "collection", "--quiet", "--fail-on", "never"]).code, 0);
    assert_eq!(open(&desk), 0);
    // Decided otherwise: the last word counts.
    assert_eq!(decide("does-not-apply").code, 0);
    assert_eq!(planned(&desk.json(&["retain", "plan"])), 2);
}

#[test]
fn a_wrong_decision_changes_nothing_and_says_what_would_be_right() {
    let desk = desk();
    let before = desk.read("dataward.toml");
    for (arguments, message) in [
        (["shop.tickets", "de-hgb-257-leters", "applies"], "did you mean `de-hgb-257-letters`?"),
        (["shop.ticket", "de-hgb-257-letters", "applies"], "`shop.ticket` is no table or file that was scanned"),
        (["shop.tickets", "de-hgb-257-letters", "maybe"], "known: applies, does-not-apply, seal"),
    ] {
        let said = desk.run(&[&["retain", "policy", "--decide"], &arguments[..], &["--because", "x"]].concat());
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(message), "{said:?}");
    }
    let said = desk.run(&["retain", "policy", "--decide", "shop.tickets", "de-hgb-257-letters", "applies"]);
    assert_eq!(said.code, 2, "a reason is asked for: {said:?}");
    assert_eq!(desk.read("dataward.toml"), before);
}

#[test]
fn rules_are_listed_shown_and_compared() {
    let desk = desk();
    let german = desk.json(&["retain", "rules", "list", "--jurisdiction", "de", "--kind", "min_retention"]);
    let ids: Vec<&str> = german["rules"].as_array().unwrap().iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert!(ids.contains(&"de-ustg-14b") && ids.iter().all(|id| id.starts_with("de-")), "{ids:?}");
    let rule = &desk.json(&["retain", "rules", "show", "de-ustg-14b"])["rules"][0];
    assert_eq!((&rule["term"], &rule["from"]), (&"8 years".into(), &"end_of_calendar_year(invoice_date)".into()));
    let unknown = desk.run(&["retain", "rules", "show", "de-nothing"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    let rules = include_str!("../../../policy/src/pack/rules.toml");
    let at = rules.find("id = \"de-hgb-257-letters\"").unwrap();
    let older = format!("{}{}", &rules[..at], rules[at..].replacen("amount = 6", "amount = 9", 1));
    desk.write("older.toml", older);
    let diff = desk.json(&["retain", "rules", "diff", "older.toml"]);
    assert_eq!(
        (&diff["rules"][0]["id"], &diff["rules"][0]["change"]),
        (&"de-hgb-257-letters".into(), &"changed".into())
    );
    assert_eq!(diff["places"][0]["place"], "shop.tickets");
    desk.write("broken.toml", rules.replacen("kind = \"tolling\"", "kind = \"toling\"", 1));
    let broken = desk.run(&["retain", "rules", "diff", "broken.toml"]);
    assert_eq!(broken.code, 2, "{broken:?}");
    assert!(broken.err.contains("the rule `de-ao-147-tolling` has an unknown kind, `toling`"), "{broken:?}");
}

#[test]
fn words_that_mean_nothing_are_told() {
    let desk = desk();
    let policy = POLICY.replace("\"retail\"", "\"retale\"").replace("shop.tickets", "shop.tikcets");
    desk.write("dataward.toml", policy);
    let said = desk.run(&["retain", "policy"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("no law goes by the sector `retale`"), "{}", said.out);
    assert!(said.out.contains("no scan has seen `shop.tikcets`"), "{}", said.out);
    assert!(!said.out.contains("every place has its end"), "{}", said.out);
    // Rules for files have patterns, and speak of files to come.
    let files = "\n[source.files]\nurl = \"file:.\"\n\n[[retain]]\nname = \"Logs\"\nwhat = \"files.logs/*.log\"\nkeep = \"1 year\"\nfrom = \"modified\"\nthen = \"erase\"\n";
    desk.write("dataward.toml", format!("{POLICY}{files}"));
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    let said = desk.run(&["retain", "policy"]);
    assert!(!said.out.contains("covers nothing"), "{}", said.out);
}

const VOUCHERS: &str = r#"
[business]
name = "Blue Lantern Books"
jurisdictions = ["DE"]
sectors = ["retail"]

[source.shop]
url = "sqlite:shop.db"

[source.files]
url = "file:files"

[[retain]]
name = "Customers"
what = "shop.kunden"
keep = "1 year"
from = "angelegt"
then = "erase"
children = { "rechnungen" = "erase" }

[[retain]]
name = "Papers"
what = "files.rechnungen/*"
keep = "1 year"
from = "name_date"
then = "erase"
"#;

#[test]
fn invoices_that_go_along_with_customers_stay_as_long_as_law_asks() {
    let desk = Desk::new();
    desk.write("files/readme.txt", "nothing");
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE kunden (id INTEGER PRIMARY KEY, email TEXT, angelegt DATE);
         CREATE TABLE rechnungen (id INTEGER PRIMARY KEY, kunde INT REFERENCES kunden (id), datum DATE, anschrift TEXT);
         INSERT INTO kunden VALUES (1, 'ada@example.com', '2010-03-04'), (2, 'ben@example.com', '2010-03-04');
         INSERT INTO rechnungen VALUES (1, 1, '2010-03-05', 'Hauptstr. 5, 10115 Berlin'),
                                       (2, 2, date('now', '-3 years'), 'Gartenweg 7, 10115 Berlin');",
    );
    desk.write("dataward.toml", VOUCHERS);
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    let plan = desk.json(&["retain", "plan"]);
    // The old invoice and its customer; the young one keeps its own.
    assert_eq!(planned(&plan), 2, "{plan:#}");
    assert!(plan.to_string().contains("minimum"), "{plan:#}");
}

#[test]
fn a_rule_for_a_folder_asks_law_of_each_file_in_it_and_one_decision_speaks_for_all() {
    let desk = Desk::new();
    sqlite::make(&desk.path().join("shop.db"), "CREATE TABLE kunden (id INTEGER PRIMARY KEY, angelegt DATE)");
    let years = ["2015", "2023", "2025"].map(|year| format!("files/rechnungen/Rechnung_{year}-04-10.txt"));
    for name in &years {
        desk.write(name, "an invoice");
        let file = std::fs::File::options().append(true).open(desk.path().join(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_430_000_000)).unwrap();
    }
    desk.write("dataward.toml", VOUCHERS);
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 0, "law asks for eight years, and nobody has decided: {plan:#}");
    let conflicts = plan["conflicts"].as_array().unwrap();
    // The folder says what lies in it.
    assert!(conflicts.iter().all(|one| one["place"] == "files.rechnungen/*"), "{plan:#}");
    assert!(conflicts[0]["text"].as_str().unwrap().contains("all of `files.rechnungen/*`"), "{plan:#}");
    // A place that the policy file can hold, also where the rule speaks of a whole source.
    desk.write("dataward.toml", VOUCHERS.replace("files.rechnungen/*", "files"));
    let whole = desk.json(&["retain", "plan"]);
    assert!(whole["conflicts"].to_string().contains("all of `files.*`"), "{whole:#}");
    desk.write("dataward.toml", VOUCHERS);
    for rule in ["de-hgb-257-vouchers", "de-ustg-14b"] {
        let decided = ["retain", "policy", "--decide", "files.rechnungen/*", rule, "applies", "--because", "invoices"];
        let decided = desk.run(&decided);
        assert_eq!(decided.code, 0, "{decided:?}");
    }
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 1, "the one of 2015: {plan:#}");
}

#[test]
fn a_source_that_is_away_makes_no_empty_plan_and_the_one_that_waits_stays() {
    let desk = desk();
    desk.write("dataward.toml", POLICY.replace("jurisdictions = [\"DE\"]", "jurisdictions = []"));
    let waiting = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&waiting), 2, "{waiting:#}");
    std::fs::rename(desk.path().join("shop.db"), desk.path().join("away.db")).unwrap();
    let without = desk.run(&["retain", "plan"]);
    assert_eq!(without.code, 3, "{without:?}");
    assert!(without.err.contains("no plan was made: shop"), "{without:?}");
    std::fs::rename(desk.path().join("away.db"), desk.path().join("shop.db")).unwrap();
    let approved = desk.json(&["retain", "approve"]);
    assert_eq!(approved["plan"], waiting["plan"], "{approved:#}");
}

#[test]
fn two_rules_on_one_table_are_both_shown_and_law_is_asked_about_each() {
    let desk = desk();
    let rule = |name: &str, keep: &str, from: &str| {
        format!(
            "\n[[retain]]\nname = \"{name}\"\nwhat = \"shop.tickets\"\nkeep = \"{keep}\"\nfrom = \"{from}\"\nthen = \"erase\"\n"
        )
    };
    desk.write("dataward.toml", format!("{POLICY}{}", rule("Old tickets", "20 years", "created_at")));
    let report = desk.json(&["retain", "policy"]);
    let place = &report["places"][0];
    let wishes: Vec<&str> =
        place["parts"].as_array().unwrap().iter().map(|part| part["wish"].as_str().unwrap()).collect();
    assert_eq!(wishes, ["Old tickets", "Support tickets"], "{place:#}");
    let conflicts = place["conflicts"].as_array().unwrap();
    assert!(
        conflicts.iter().any(|one| one["wish"] == "Support tickets" && one["kind"] == "minimum-over-wish"),
        "{place:#}"
    );
    assert_eq!(place["parts"][1]["state"], "open");
    let told = desk.run(&["retain", "policy"]).out;
    assert!(told.contains("Support tickets cleaned up") && told.contains("Old tickets erased"), "{told}");
    // Neither goes ahead of the law, and the plan says whose contradiction it is.
    let plan = desk.json(&["retain", "plan"]);
    assert_eq!(planned(&plan), 0, "{plan:#}");
    assert!(plan["conflicts"].as_array().unwrap().iter().any(|one| one["rule"] == "Support tickets"), "{plan:#}");
    let count = desk.run(&["audit", "collection", "--quiet", "--fail-on", "never"]);
    assert_eq!(count.code, 0, "{count:?}");
    let findings = desk.json(&["findings"]).to_string();
    assert!(findings.contains("`Support tickets` wants shop.tickets gone"), "{findings}");
}

#[test]
fn a_period_that_cannot_begin_is_a_finding() {
    let desk = Desk::new();
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE readers (id INTEGER PRIMARY KEY, email TEXT);
         INSERT INTO readers (email) VALUES ('ada@example.com'), ('ben@example.com'), ('cleo@example.com');",
    );
    let wish = POLICY.replace("shop.tickets", "shop.readers").replace("closed_at", "last_activity");
    desk.write("dataward.toml", wish.replace("jurisdictions = [\"DE\"]", "jurisdictions = []"));
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    assert!(desk.run(&["retain", "policy"]).out.contains("1 period cannot begin"));
    assert_eq!(desk.run(&["audit", "collection", "--quiet", "--fail-on", "never"]).code, 0);
    let findings = desk.json(&["findings"]);
    let is_it = |one: &&Value| one["check"] == "collection/no-retention-rule" && one["state"] == "open";
    let found: Vec<&Value> = findings["findings"].as_array().unwrap().iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{findings:#}");
    assert!(found[0]["title"].as_str().unwrap().contains("cannot begin, so nothing ever goes"), "{findings:#}");
}

#[test]
fn a_wish_for_a_category_covers_no_file_in_the_audit_either() {
    let desk = Desk::new();
    desk.write("files/people.csv", "email\nada@example.com\nben@example.com\ncleo@example.com\n");
    desk.write(
        "dataward.toml",
        "[business]\nname = \"B\"\n\n[source.files]\nurl = \"file:files\"\n\n[[retain]]\nname = \"Mails\"\n\
         what = \"user.contact.email\"\nkeep = \"2 years\"\nfrom = \"last_activity\"\nthen = \"erase\"\n",
    );
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    assert_eq!(desk.run(&["audit", "collection", "--quiet", "--fail-on", "never"]).code, 0);
    let findings = desk.json(&["findings"]).to_string();
    assert!(findings.contains("no rule says when the personal data in `files.people.csv` goes"), "{findings}");
}

#[test]
fn the_minimum_of_a_table_two_steps_down_is_named_with_its_law() {
    let desk = Desk::new();
    desk.write("files/readme.txt", "nothing");
    sqlite::make(
        &desk.path().join("shop.db"),
        "CREATE TABLE kunden (id INTEGER PRIMARY KEY, email TEXT, angelegt DATE);
         CREATE TABLE zettel (id INTEGER PRIMARY KEY, kunde INT REFERENCES kunden (id) ON DELETE CASCADE);
         CREATE TABLE rechnungen (id INTEGER PRIMARY KEY, auftrag INT REFERENCES zettel (id) ON DELETE CASCADE,
                                  datum DATE, anschrift TEXT);
         INSERT INTO kunden VALUES (1, 'ada@example.com', '2010-03-04'), (2, 'ben@example.com', '2010-03-04');
         INSERT INTO zettel VALUES (1, 1), (2, 2);
         INSERT INTO rechnungen VALUES (1, 1, '2010-03-05', 'Hauptstr. 5, 10115 Berlin'),
                                       (2, 2, date('now', '-3 years'), 'Gartenweg 7, 10115 Berlin');",
    );
    desk.write("dataward.toml", VOUCHERS);
    assert_eq!(desk.run(&["scan", "--full", "--quiet"]).code, 0);
    let plan = desk.json(&["retain", "plan"]);
    let tables = plan["tables"].as_array().unwrap();
    let of_customers = tables.iter().find(|line| line["table"] == "kunden").unwrap();
    let reason = of_customers["kept"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("minimum: rows of zettel that refer to them stay for rows of rechnungen"), "{plan:#}");
    assert!(reason.contains("8 years by HGB § 257"), "{reason}");
    assert!(!plan.to_string().contains("no rule lets those go"), "{plan:#}");
}
