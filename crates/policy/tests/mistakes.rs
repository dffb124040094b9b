//! What a person reads after a mistake in the policy file.

use dataward_policy::Policy;

const GOOD: &str = r#"
[business]
name = "Blue Lantern Books"
jurisdictions = ["EU", "DE", "US-CA"]
sectors = ["retail"]

[source.shop]
url = "postgres://dataward@db.internal/shop?sslmode=verify-full"
password = { env = "SHOP_DB_PASSWORD" }
purpose = "essential.service"
lawful_basis = "contract"
collected_from = "checkout form"
owner = "ops@bluelantern.example"

[source.exports]
url = "file:///srv/exports"

[access]
"user.contact" = ["shop_app", "support_ro"]

[audit]
collection = "quarterly"

[[retain]]
name = "Transaction records"
what = "shop.public.orders"
keep = "5 years"
from = "end_of_fiscal_year(placed_at)"
then = "archive"

[[protect]]
name = "Exports"
what = ["exports.monthly/", "user.financial.credit_card"]
class = "exports"
"#;

/// Message, line:column and help after replacing `from` with `to` in the good file.
fn mistake(from: &str, to: &str) -> (String, String, String) {
    assert!(GOOD.contains(from), "{from}");
    let error = Policy::parse("dataward.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
    let (line, column) = error.line_column();
    (error.to_string(), format!("{line}:{column}"), error.help_text().unwrap_or("").to_owned())
}

fn said(message: &str, place: &str, help: &str) -> (String, String, String) {
    (message.to_owned(), place.to_owned(), help.to_owned())
}

#[test]
fn the_documented_file_is_understood() {
    let policy = Policy::parse("dataward.toml", GOOD).unwrap();
    assert_eq!(policy.sources.len(), 2);
    assert_eq!(policy.retain.len(), 1);
    assert_eq!((policy.protect[0].what.len(), policy.protect[0].class.as_str()), (2, "exports"));
    assert_eq!(policy.business.jurisdictions, ["EU", "DE", "US-CA"]);
}

#[test]
fn a_misspelt_setting_names_the_right_one() {
    assert_eq!(mistake("purpose =", "purpos ="), said("unknown setting `purpos`", "10:1", "did you mean `purpose`?"));
    assert_eq!(mistake("[audit]", "[audits]"), said("unknown setting `audits`", "21:2", "did you mean `audit`?"));
}

#[test]
fn a_wrong_word_names_the_right_one() {
    assert_eq!(
        mistake("\"quarterly\"", "\"quaterly\""),
        said("`quaterly` is not a frequency", "22:14", "did you mean `quarterly`?")
    );
    assert_eq!(
        mistake("\"archive\"", "\"archieve\""),
        said("`archieve` is not a known action", "29:8", "did you mean `archive`?")
    );
    assert_eq!(
        mistake("\"user.contact\"", "\"user.contct\""),
        said("`user.contct` is not a data category", "19:1", "did you mean `user.contact`?")
    );
    assert_eq!(
        mistake("shop.public.orders", "shp.public.orders"),
        said("`shp` is neither a category (`user.…`) nor a declared source", "26:8", "did you mean the source `shop`?")
    );
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    let (message, place, help) = mistake("dataward@db", "dataward:s3cret@db");
    assert_eq!(message, "passwords do not belong into the policy file");
    assert_eq!(place, "8:7");
    assert!(help.contains("password = { env"), "{help}");
}

#[test]
fn no_password_is_shown_with_the_line_it_stands_in() {
    use miette::Diagnostic;
    let shown = |from: &str, to: &str| {
        let text = GOOD.replacen(from, to, 1);
        let error = Policy::parse("dataward.toml", &text).unwrap_err();
        let all = miette::SourceSpan::from((0, text.len()));
        let contents = error.source_code().unwrap().read_span(&all, 0, 0).unwrap();
        (error.to_string(), String::from_utf8_lossy(contents.data()).into_owned())
    };
    let (message, text) = shown("{ env = \"SHOP_DB_PASSWORD\" }", "\"hunter2\"");
    assert_eq!(message, "passwords do not belong into the policy file");
    assert!(text.contains("password = \"*******\"") && !text.contains("hunter2"), "{text}");
    let (_, text) = shown("dataward@db", "dataward:s3cret@db");
    assert!(text.contains("dataward:******@db") && !text.contains("s3cret"), "{text}");
}

#[test]
fn broken_toml_and_missing_parts_say_where() {
    let (message, place, _) = mistake("name = \"Blue Lantern Books\"", "name = \"Blue Lantern Books");
    assert!(message.contains("string"), "{message}");
    assert_eq!(place.split(':').next(), Some("3"));
    let error = Policy::parse("dataward.toml", "").unwrap_err();
    assert_eq!(error.to_string(), "missing field `business`");
    assert_eq!(mistake("5 years", "5 yrs").1, "27:8");
    assert_eq!(mistake("\"DE\"", "\"Germany\"").0, "`Germany` is not a jurisdiction");
}

#[test]
fn no_text_makes_the_parser_panic() {
    for end in 0..GOOD.len() {
        if GOOD.is_char_boundary(end) {
            let _ = Policy::parse("dataward.toml", &GOOD[..end]);
        }
    }
}

#[test]
fn who_may_read_what_is_said_by_name_or_with_more_words() {
    let text = r#"
[business]
name = "Test"

[access]
"user.contact" = ["shop_app", { who = "support_ro", may = "read", for = "tickets", until = "2027-03-31" }]
"#;
    let policy = Policy::parse("dataward.toml", text).unwrap();
    let rules = policy.access.values().next().unwrap();
    assert_eq!((rules[0].who.as_str(), rules[1].who.as_str()), ("shop_app", "support_ro"));
    assert_eq!(rules[1].until.unwrap().to_string(), "2027-03-31");
    let wrong = Policy::parse("dataward.toml", &text.replace("\"read\"", "\"raed\"")).unwrap_err();
    assert_eq!(wrong.help_text(), Some("did you mean `read`?"));
}

#[test]
fn what_cannot_be_protected_is_named_with_what_can() {
    assert_eq!(
        mistake("exports.monthly/", "shop.public.orders"),
        said(
            "`shop` is a database, and `[[protect]]` is for files and objects",
            "33:9",
            "name a source of files (`file:…`) or a bucket (`s3://…`)"
        )
    );
    assert_eq!(
        mistake("exports.monthly/", "export.monthly/"),
        said(
            "`export` is neither a category (`user.…`) nor a declared source",
            "33:9",
            "did you mean the source `exports`?"
        )
    );
    assert_eq!(
        mistake("class = \"exports\"", "class = \"My Exports\""),
        said(
            "`My Exports` is no class of keys",
            "34:9",
            "small letters, digits, `-` and `.`; `dataward keys status` lists those there are"
        )
    );
    assert_eq!(
        mistake("what = [\"exports.monthly/\", \"user.financial.credit_card\"]", "what = []").0,
        "a `[[protect]]` entry without a place"
    );
}
