//! `audit`: what it finds, keeps, logs, and how it ends.

use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::show_status::show_status;
use dataward_model::Clock;

use crate::support::Desk;

fn desk_with_people() -> Desk {
    let desk = Desk::with_exports();
    desk.write("exports/people.csv", "email,city\nada@example.org,Berlin\nbob@example.org,Bonn\n");
    assert_eq!(desk.run(&["scan"]).code, 0);
    desk
}

#[test]
fn an_audit_before_any_scan_says_what_to_do_first() {
    let said = Desk::with_exports().run(&["audit"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("nothing was scanned yet") && said.err.contains("hint: dataward scan"), "{}", said.err);
}

#[test]
fn personal_data_without_a_rule_fails_the_audit_and_so_the_build() {
    let desk = desk_with_people();
    let said = desk.run(&["audit", "collection", "--format", "json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let report = said.json();
    assert_eq!(report["schema"], "dataward/audit@1");
    let found: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    assert!(found.contains(&"collection/no-retention-rule"), "{found:?}");
    assert_eq!(desk.run(&["audit", "--fail-on", "critical"]).code, 0);
    assert_eq!(desk.run(&["audit", "--fail-on", "never"]).code, 0);
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

#[test]
fn a_finding_is_fixed_when_the_next_audit_no_longer_sees_it_and_its_id_comes_back_with_it() {
    let desk = desk_with_people();
    let ids = |desk: &Desk| -> Vec<String> {
        let report = desk.run(&["audit", "collection", "--format", "json"]).json();
        let findings = report["findings"].as_array().unwrap();
        let of_rule = findings.iter().filter(|finding| finding["check"] == "collection/no-retention-rule");
        of_rule.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
    };
    let before = ids(&desk);
    assert_eq!(before.len(), 1);
    let policy = desk.read("dataward.toml");
    let rule = "\n[[retain]]\nname = \"People\"\nwhat = \"exports\"\nkeep = \"2 years\"\nfrom = \"modified\"\nthen = \"erase\"\n";
    desk.write("dataward.toml", format!("{policy}{rule}"));
    let report = desk.run(&["audit", "collection", "--format", "json"]).json();
    assert_eq!(report["stages"][0]["fixed"][0].as_str(), Some(before[0].as_str()));
    desk.write("dataward.toml", policy);
    let report = desk.run(&["audit", "collection", "--format", "json"]).json();
    assert_eq!(report["stages"][0]["reopened"][0].as_str(), Some(before[0].as_str()));
}

#[test]
fn what_was_just_audited_is_not_due_and_a_scan_is_no_audit() {
    let desk = desk_with_people();
    let due = desk.run(&["audit", "--due", "--fail-on", "never", "--format", "json"]).json();
    assert!(due["stages"].as_array().unwrap().len() >= 4, "{due}");
    let again = desk.run(&["audit", "--due", "--fail-on", "never", "--format", "json"]).json();
    assert!(again["stages"].as_array().unwrap().iter().all(|stage| stage["checks"][0].is_null()), "{again}");
}

#[test]
fn an_audit_that_was_missed_is_a_finding_until_it_is_made_up_for() {
    let desk = desk_with_people();
    desk.run(&["audit", "--fail-on", "never"]);
    // As if the collection review had last run four months ago, and the check of accuracy a year ago.
    let ago = "UPDATE stage_runs SET started = strftime('%Y-%m-%dT%H:%M:%SZ', started, '-130 days') WHERE stage = 'collection';
        UPDATE stage_runs SET started = strftime('%Y-%m-%dT%H:%M:%SZ', started, '-13 months') WHERE stage = 'integrity'";
    let state = desk.path().join(".dataward/state.db");
    assert!(std::process::Command::new("sqlite3").arg(state).arg(ago).status().unwrap().success());
    let missed = || -> Vec<(String, String)> {
        let report = desk.run(&["findings", "--format", "json"]).json();
        let found = report["findings"].as_array().unwrap().iter();
        let found = found.filter(|one| one["check"] == "plan/missed-audit" && one["state"] == "open");
        let word = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap().to_owned();
        found.map(|one| (word(one, "place"), word(one, "severity"))).collect()
    };
    // Whatever audit runs next tells of the others.
    desk.run(&["audit", "access", "--fail-on", "never"]);
    let pair = |place: &str, severity: &str| (place.to_owned(), severity.to_owned());
    let mut found = missed();
    found.sort();
    assert_eq!(found, [pair("dataward.audit.collection", "medium"), pair("dataward.audit.integrity", "high")]);
    let status = desk.run(&["status"]);
    assert!(status.out.contains("the integrity audit (half-yearly) was due on"), "{status:?}");
    let due = desk.run(&["audit", "--due", "--fail-on", "never", "--format", "json"]).json();
    let ran = |stage: &&serde_json::Value| !stage["checks"][0].is_null();
    let ran: Vec<&str> =
        due["stages"].as_array().unwrap().iter().filter(ran).map(|stage| stage["stage"].as_str().unwrap()).collect();
    assert_eq!(ran, ["collection", "integrity"]);
    assert_eq!(missed(), []);
}

#[test]
fn one_source_alone_does_not_count_for_the_plan() {
    let desk = desk_with_people();
    let report =
        desk.run(&["audit", "collection", "--source", "exports", "--fail-on", "never", "--format", "json"]).json();
    assert_eq!(report["stages"][0]["complete"], false);
    let status = desk.json(&["status"]);
    assert!(status["stages"][0]["last"].is_null(), "{status}");
}

#[test]
fn a_finding_is_rejected_with_a_reason_and_the_log_says_so_without_it() {
    let desk = desk_with_people();
    let first = |desk: &Desk, state: &str| desk.json(&["findings", "list", "--state", state])["findings"][0].clone();
    let id = first(&desk, "open")["id"].as_str().unwrap().to_owned();
    let open = desk.json(&["findings"])["counts"]["open"].as_u64().unwrap();
    let accept = ["findings", "accept", &id, "--until", "2999-01-01", "--reason", "x"];
    assert_eq!(desk.run(&accept).code, 2, "a year at most");
    assert_eq!(desk.run(&["findings", "reject", &id, "--reason", " "]).code, 2, "a reason");
    let nobody = desk.run(&["findings", "assign", &id, "--to", " "]);
    assert!(nobody.code == 2 && nobody.err.contains("--to nobody"), "{nobody:?}");
    assert_eq!(desk.run(&["findings", "reject", &id, "--reason", "our own test people"]).code, 0);
    let rejected = first(&desk, "rejected");
    assert_eq!(rejected["id"].as_str(), Some(id.as_str()));
    assert_eq!(rejected["decided_why"], "our own test people");
    assert_eq!(desk.json(&["findings"])["counts"]["open"].as_u64().unwrap(), open - 1);
    assert_eq!(desk.run(&["findings", "reopen", &id]).code, 0);
    let shown = desk.json(&["findings", "show", &id]);
    let history: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|change| change["change"].as_str().unwrap()).collect();
    assert_eq!(history, ["found", "rejected", "reopened"]);
    assert_eq!(shown["evidence"].as_array().unwrap().len(), 3);
    assert!(!desk.run(&["evidence", "show", "--format", "json"]).out.contains("our own test people"));
    assert_eq!(desk.run(&["evidence", "verify"]).code, 0);
}

/// A clock that stands still.
struct At(jiff::Timestamp);

impl Clock for At {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}

#[test]
fn an_acceptance_lasts_until_its_day_is_over_and_is_no_day_of_the_past_nor_a_year_ahead() {
    let desk = desk_with_people();
    let id = desk.json(&["findings"])["findings"][0]["id"].as_str().unwrap().to_owned();
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let in_days = |days: i64| today.saturating_add(jiff::Span::new().days(days)).to_string();
    let accept = |until: &str| desk.run(&["findings", "accept", &id, "--until", until, "--reason", "until the move"]);
    for (until, why) in [
        ("soon", "`soon` is not a day"),
        ("2027-02-30", "`2027-02-30` is not a day"),
        (in_days(-1).as_str(), "is not in the future"),
        (in_days(400).as_str(), "is more than a year ahead"),
    ] {
        let said = accept(until);
        assert!(said.code == 2 && said.err.contains(why), "{until}: {said:?}");
    }
    assert_eq!(accept(&in_days(10)).code, 0);
    let open_in = |hours: i64| {
        let project = Project::open(&desk.path().join("dataward.toml")).unwrap();
        let clock = At(SystemClock.now().saturating_add(jiff::SignedDuration::from_hours(hours)).unwrap());
        let status = tokio::runtime::Runtime::new().unwrap().block_on(show_status(&project, &clock)).unwrap();
        serde_json::to_value(status).unwrap()["findings"].to_string().contains(&id)
    };
    // Whatever hour it is now, and wherever: the day before is within, two days later it is over.
    assert_eq!((open_in(0), open_in(24 * 9), open_in(24 * 12)), (false, false, true));
}

#[test]
fn findings_are_exported_and_fail_a_build() {
    let desk = desk_with_people();
    let sarif: serde_json::Value = serde_json::from_str(&desk.run(&["findings", "--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(desk.run(&["findings", "export", "--as", "csv"]).out.starts_with("id,severity,"));
    assert!(desk.run(&["findings", "export", "--as", "oscal"]).out.contains("assessment-results"));
    assert_eq!(desk.run(&["findings", "--fail-on", "low"]).code, 1);
    assert_eq!(desk.run(&["findings", "--fail-on", "critical"]).code, 0);
    assert_eq!(desk.run(&["status", "--format", "sarif"]).code, 2);
}

#[test]
fn before_any_scan_an_empty_answer_is_no_clean_one() {
    let desk = Desk::with_exports();
    for command in ["inventory", "report", "findings"] {
        let said = desk.run(&[command]);
        assert_eq!(said.code, 2, "{command}: {said:?}");
        assert!(said.err.contains("nothing was scanned yet"), "{command}: {}", said.err);
    }
}

#[test]
fn the_roadmap_says_what_the_last_scan_could_not_read() {
    let desk = desk_with_people();
    let policy = desk.read("dataward.toml");
    desk.write("dataward.toml", format!("{policy}\n[source.gone]\nurl = \"sqlite:gone.db\"\n"));
    assert_eq!(desk.run(&["scan"]).code, 3);
    assert_eq!(desk.json(&["status"])["not_read"][0]["source"], "gone");
    let said = desk.run(&["status"]);
    assert!(said.out.contains("Not read: gone"), "{}", said.out);
}

#[test]
fn unknown_jurisdictions_are_refused_with_those_there_are() {
    let desk = Desk::new();
    let said = desk.run(&["init", "--yes", "--jurisdiction", "EU,XX"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("`XX` is not a jurisdiction") && said.err.contains("US-CA"), "{}", said.err);
    assert!(!desk.path().join("dataward.toml").exists());
}
