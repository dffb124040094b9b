//! The page as text.

use dataward_model::Remedy;
use dataward_model::TableShape;
use dataward_report::AuditPicture;
use dataward_report::ReportData;
use dataward_report::RetentionPicture;
use dataward_report::html;

use crate::fixture::at;
use crate::fixture::lantern;
use crate::fixture::table;

#[test]
fn the_first_screen_says_how_many_people_places_and_urgent_things() {
    let page = html(&lantern());
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/report.html"), &page).unwrap(); // to look at
    assert!(
        page.contains("About 5,400 people. 46 places with personal data in 2 sources. 1 thing to put right today.")
    );
    assert!(page.contains(">5,400<"));
    assert!(page.contains("<h1>Blue Lantern Books</h1>"));
}

#[test]
fn urgent_findings_come_first_and_bring_their_remedy() {
    let page = html(&lantern());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("`{text}` is missing"));
    assert!(place("F-9a02") < place("F-77d0") && place("F-77d0") < place("F-3c1e"));
    assert!(page.contains("<code>chmod 600 files/till/card-list.csv</code>"));
}

#[test]
fn how_much_was_read_is_told_for_each_source() {
    let page = html(&lantern());
    let row = |source: &str| {
        page.split(&format!("<td data-name=\"Source\">{source}</td><td data-name=\"Store\">")).nth(1).unwrap()
    };
    assert!(row("shop")[..500].contains("36,096") && row("shop")[..500].contains("90.0%"), "{}", &row("shop")[..500]);
    assert!(
        row("files")[..500].contains(">1,570<") && row("files")[..500].contains(">all<"),
        "{}",
        &row("files")[..500]
    );
}

#[test]
fn one_fault_in_many_places_is_told_once() {
    let page = html(&lantern());
    assert!(page.contains("<h3>5 places with the same fault</h3>"));
    assert_eq!(page.matches("without a rule it is kept for ever").count(), 1);
    assert!(page.contains("<code>shop.newsletter</code>"));
}

#[test]
fn names_from_outside_never_become_markup() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut data = lantern();
    data.business = Some(evil.to_owned());
    data.sources[0].tables[1].name = evil.to_owned();
    data.sources[0].tables[1].columns[1].name = evil.to_owned();
    data.sources[0].tables[1].columns[1].masked = vec![evil.to_owned()];
    data.sources[0].tables[1].columns[1].why = vec![evil.to_owned(), format!("`{evil}`")];
    data.sources[0].owner = Some(evil.to_owned());
    data.skipped[0].place = evil.to_owned();
    data.skipped[0].reason = evil.to_owned();
    data.next_steps[0].command = Remedy::words(evil);
    data.findings[1].title = evil.to_owned();
    data.findings[1].remedy = Remedy::Command(format!("chmod {evil}"));
    let page = html(&data);
    assert!(!page.contains("<script") && !page.contains("<img"));
    let tags = |page: &str| page.replace("<wbr>", "").matches('<').count();
    assert_eq!(tags(&page), tags(&html(&lantern())));
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let page = html(&lantern());
    for way_out in ["http://", "https://", "url(", "@import", "<script", "<link", " style=", " onclick", " src="] {
        assert!(!page.contains(way_out), "{way_out}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}

#[test]
fn an_empty_business_gets_a_page_without_charts() {
    let data = ReportData {
        business: None,
        generated_at: at("2026-11-23T21:18:00Z"),
        tool_version: "0.1.0".to_owned(),
        people: None,
        sources: Vec::new(),
        findings: Vec::new(),
        skipped: Vec::new(),
        next_steps: Vec::new(),
        audit: AuditPicture::default(),
        retention: RetentionPicture::default(),
        evidence: None,
    };
    let page = html(&data);
    assert!(page.contains("No personal data was found in 0 sources."));
    assert!(!page.contains("<svg"));
    assert!(page.contains("no evidence log was kept"));
}

#[test]
fn five_thousand_tables_make_a_page_that_can_still_be_opened() {
    let mut data = lantern();
    let one = table("t", 10, 10, &[("email", "user.contact.email", 99, "a***@e***.com"), ("n", "", 90, "")]);
    data.sources[0].tables = (0..5_000)
        .map(|number| {
            let mut table = one.clone();
            table.name = format!("schema.table_{number}");
            table
        })
        .collect();
    let page = html(&data);
    assert!(page.len() < 6_000_000, "{}", page.len());
    assert!(page.contains("more with less in them"));
}

#[test]
fn a_document_without_people_is_no_place() {
    let mut data = lantern();
    let before = html(&data);
    let mut empty = data.sources[1].tables[0].clone();
    empty.name = "notes/empty.txt".to_owned();
    empty.shape = TableShape::Document;
    empty.columns.clear();
    data.sources[1].tables.push(empty);
    let figure = |page: &str| page.split("Places with personal data").nth(1).unwrap()[..60].to_owned();
    assert_eq!(figure(&html(&data)), figure(&before));
}
