//! What the policy file says of retention, and what a person reads after a mistake in it.

use dataward_model::ErasureLevel;
use dataward_model::SourceId;
use dataward_policy::Action;
use dataward_policy::Approval;
use dataward_policy::LegalAnswer;
use dataward_policy::Policy;
use dataward_policy::Symbol;
use dataward_policy::TableName;
use dataward_policy::TableRole;

const GOOD: &str = r#"[business]
name = "Blue Lantern Books"
jurisdictions = ["DE"]
time_zone = "Europe/Berlin"
fiscal_year_end = "06-30"

[source.shop]
url = "sqlite:shop.db"

[[retain]]
name = "Transaction records"
what = "shop.orders"
keep = "5 years"
minimum = "3 years"
from = "end_of_fiscal_year(placed_at)"
then = "archive"
archive_for = "3 years"
level = "L2"
approve = "four-eyes"
notify = "48 hours"

[roles]
"shop.orders" = ["order", "invoice"]

[columns."shop.orders"]
transaction_date = "latest(placed_at, paid_at)"

[event.contract_end]
table = "shop.contract_events"
at = "happened_at"
key = "customer_id"
matches = "id"

[[tolling]]
name = "Tax audit"
what = "shop.orders"
rule = "de-ao-147-tolling"
from = "2026-01-10"
until = "2027-01-10"
evidence = "order of 2026-01-08"

[[decide]]
place = "shop.orders"
rule = "de-hgb-257-vouchers"
answer = "applies"
because = "orders are booked"
on = "2026-11-29"
"#;

#[test]
fn everything_that_can_be_said_is_understood() {
    let policy = Policy::parse("dataward.toml", GOOD).unwrap();
    let rule = &policy.retain[0];
    assert_eq!((rule.then, rule.level, rule.approve), (Action::Archive, ErasureLevel::L2, Approval::FourEyes));
    assert_eq!((rule.minimum.unwrap().to_string(), rule.notify.unwrap().hours()), ("3 years".to_owned(), 48));
    assert_eq!(&GOOD[rule.from_place.clone()], "end_of_fiscal_year(placed_at)");
    assert_eq!(policy.business.fiscal_year_end.to_string(), "06-30");
    let orders = TableName { source: SourceId::new("shop").unwrap(), table: "orders".to_owned() };
    let said = &policy.retention;
    assert_eq!(said.roles[&orders], [TableRole::Order, TableRole::Invoice]);
    assert_eq!(said.columns[&orders][&Symbol::TransactionDate].as_str(), "latest(placed_at, paid_at)");
    assert_eq!(said.events["contract_end"].key, "customer_id");
    assert_eq!(said.decisions[0].answer, LegalAnswer::Applies);
    let open = |day: &str| said.tolling[0].is_open(day.parse().unwrap());
    assert_eq!(
        [open("2026-01-09"), open("2026-01-10"), open("2027-01-10"), open("2027-01-11")],
        [false, true, true, false]
    );
}

#[test]
fn each_mistake_has_its_place_and_a_way_out() {
    for (from, to, message, place, help) in [
        (
            "end_of_fiscal_year(placed_at)",
            "end_of_fiscal_yaer(placed_at)",
            "`end_of_fiscal_yaer` is not a function",
            "15:9",
            "did you mean `end_of_fiscal_year`?",
        ),
        ("placed_at)\"", "placed_at\"", "a bracket is never closed", "15:8", "write `)`"),
        (
            "minimum = \"3 years\"",
            "minimum = \"6 years\"",
            "the minimum of 6 years is longer than what is kept (5 years)",
            "14:11",
            "write `keep = \"6 years\"`, or a shorter minimum",
        ),
        ("level = \"L2\"", "level = \"L9\"", "`L9` is not a known level of deletion", "18:9", "did you mean `L0`?"),
        ("\"four-eyes\"", "\"four eyes\"", "`four eyes` is not a known approval", "19:11", "did you mean `four-eyes`?"),
        (
            "\"invoice\"]",
            "\"invoise\"]",
            "`invoise` is not a known role of a table",
            "23:27",
            "did you mean `invoice`?",
        ),
        (
            "transaction_date =",
            "transaction_dat =",
            "`transaction_dat` is not a known event",
            "26:1",
            "did you mean `transaction_date`?",
        ),
        (
            "what = \"shop.orders\"\nrule",
            "what = \"shop.orders\\u0000\"\nrule",
            "no table, file or column has a NUL in its name",
            "36:8",
            "take `\\u0000` out",
        ),
        (
            "2027-01-10",
            "2025-01-10",
            "it ends on 2025-01-10 and begins on 2026-01-10",
            "39:9",
            "`until` is the last day, `from` the first",
        ),
        (
            "evidence = \"order of 2026-01-08\"",
            "evidence = \" \"",
            "a period is stopped without evidence",
            "40:12",
            "name the order, the letter or the file number",
        ),
        (
            "de-hgb-257-vouchers",
            "de-hgb-257-voucher",
            "the rule pack 2026.11.23 has no rule `de-hgb-257-voucher`",
            "44:8",
            "did you mean `de-hgb-257-vouchers`?",
        ),
        (
            "answer = \"applies\"",
            "answer = \"apply\"",
            "`apply` is not a known answer",
            "45:10",
            "did you mean `applies`?",
        ),
        (
            "\"orders are booked\"",
            "\"\"",
            "a decision without a reason",
            "46:11",
            "one sentence that an auditor understands",
        ),
        (
            "fiscal_year_end = \"06-30\"",
            "fiscal_year_end = \"30.6.\"",
            "`30.6.` is not a day of the year: write month and day, such as `12-31` or `06-30`",
            "5:19",
            "",
        ),
        (
            "then = \"archive\"\n",
            "then = \"erase\"\n",
            "`archive_for` needs `then = \"archive\"`",
            "17:15",
            "take the line out, or write `then = \"archive\"`",
        ),
        (
            "level = \"L2\"\n",
            "may_lock = \"half a minute\"\n",
            "`half a minute` is not how long a table may be locked: write `30 seconds`, `5 minutes` or `1 hour`, at most a day",
            "18:12",
            "",
        ),
        (
            "level = \"L2\"\n",
            "may_lock = \"25 hours\"\n",
            "`25 hours` is not how long a table may be locked: write `30 seconds`, `5 minutes` or `1 hour`, at most a day",
            "18:12",
            "",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = Policy::parse("dataward.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
        let (line, column) = error.line_column();
        assert_eq!(
            (error.to_string().as_str(), format!("{line}:{column}").as_str(), error.help_text().unwrap_or("")),
            (message, place, help),
            "{to}"
        );
    }
}
