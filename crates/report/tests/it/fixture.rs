//! A business worth reporting on.

use dataward_model::Category;
use dataward_model::Confidence;
use dataward_model::Family;
use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use dataward_report::AccessRow;
use dataward_report::AuditPicture;
use dataward_report::ColumnReport;
use dataward_report::CoverageRow;
use dataward_report::Decision;
use dataward_report::EvidenceEntry;
use dataward_report::EvidenceHead;
use dataward_report::Exposure;
use dataward_report::NextStep;
use dataward_report::OpenAt;
use dataward_report::ReportData;
use dataward_report::RetentionPicture;
use dataward_report::ScorePicture;
use dataward_report::SkippedPlace;
use dataward_report::SourceReport;
use dataward_report::SpanReport;
use dataward_report::StagePicture;
use dataward_report::TableReport;
use dataward_report::Verdict;
use jiff::Timestamp;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn source_id(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

pub(crate) fn category(key: &str) -> Category {
    Category::parse(key).unwrap()
}

/// Name, category key or nothing, confidence in per cent, masked sample.
type Line = (&'static str, &'static str, u8, &'static str);

pub(crate) fn column((name, key, percent, masked): Line) -> ColumnReport {
    let category = Category::parse(key);
    let share = f64::from(percent);
    ColumnReport {
        name: name.to_owned(),
        declared_type: "text".to_owned(),
        also: if key == "user.content" {
            vec![Category::NAME, Category::PHONE_NUMBER, Category::HEALTH]
        } else {
            Vec::new()
        },
        confidence: Confidence::new(share / 100.0),
        decision: None,
        why: match &category {
            Some(category) => vec![
                format!("{percent}% of the values look like a {}", category.title()),
                format!("the column is named `{name}`"),
            ],
            None => Vec::new(),
        },
        masked: if masked.is_empty() { Vec::new() } else { vec![masked.to_owned()] },
        category,
    }
}

pub(crate) fn table(name: &str, rows: u64, people: u64, lines: &[Line]) -> TableReport {
    TableReport {
        name: name.to_owned(),
        shape: TableShape::Table,
        rows: Some(rows),
        rows_read: rows.min(10_000),
        people: Some(people),
        exposure: Some(Exposure::Owner),
        columns: lines.iter().copied().map(column).collect(),
        spans: Vec::new(),
    }
}

pub(crate) fn document(name: &str, spans: &[(&str, u64)]) -> TableReport {
    TableReport {
        name: name.to_owned(),
        shape: TableShape::Document,
        rows: None,
        rows_read: 40,
        people: None,
        exposure: Some(Exposure::Owner),
        columns: Vec::new(),
        spans: spans.iter().map(|(key, count)| SpanReport { category: category(key), count: *count }).collect(),
    }
}

fn shop() -> SourceReport {
    let mut customers = table(
        "customers",
        5_040,
        5_012,
        &[
            ("customer_id", "", 90, ""),
            ("first_name", "user.name.first", 98, "K***"),
            ("last_name", "user.name.last", 97, "M***"),
            ("email", "user.contact.email", 99, "k***@e***.com"),
            ("phone", "user.contact.phone_number", 98, "+49 *** ***12"),
            ("street", "user.contact.address.street", 96, "L*** **"),
            ("postal_code", "user.contact.address.postal_code", 91, "2****"),
            ("city", "user.contact.address.city", 97, "H***"),
            ("country", "user.contact.address.country", 95, "D*"),
            ("birth_date", "user.demographic.date_of_birth", 97, "19**-**-**"),
            ("language", "user.demographic.language", 72, "d*"),
            ("password_hash", "user.authorization.password", 99, "$2b$***"),
            ("created_at", "", 97, ""),
        ],
    );
    customers.columns[9].decision = Some(Decision {
        verdict: Verdict::Confirmed,
        by: "ops@bluelantern.example".to_owned(),
        at: at("2026-11-20T09:00:00Z"),
    });
    let tables = vec![
        table("books", 420, 0, &[("isbn", "", 99, ""), ("title", "", 93, "")]),
        customers,
        table(
            "newsletter",
            3_200,
            3_100,
            &[
                ("email", "user.contact.email", 99, "a***@p***.example"),
                ("first_name", "user.name.first", 96, "A***"),
                ("consent_ip", "user.device.ip_address", 99, "91.***.***.7"),
            ],
        ),
        table(
            "orders",
            12_000,
            4_600,
            &[
                ("customer_id", "user.unique_id", 64, "4***"),
                ("delivery", "user.content", 97, ""),
                ("gift_message", "user.content", 78, ""),
                ("total_cents", "", 99, ""),
            ],
        ),
        table(
            "payments",
            12_000,
            4_500,
            &[
                ("card", "user.financial.credit_card", 93, "**** **** **** 4***"),
                ("iban", "user.financial.bank_account", 99, "DE** **** ***3"),
            ],
        ),
        table("publishers", 12, 0, &[("company", "", 88, "")]),
        table(
            "sessions",
            6_000,
            4_100,
            &[("ip_address", "user.device.ip_address", 99, "84.***.***.1"), ("user_agent", "user.device", 81, "")],
        ),
        table(
            "staff",
            24,
            24,
            &[
                ("name", "user.name", 98, "S*** B***"),
                ("job_title", "user.job_title", 90, "B***"),
                ("email", "user.contact.email", 99, "s***@b***.example"),
                ("phone", "user.contact.phone_number", 97, "030 ***25"),
                ("birth_date", "user.demographic.date_of_birth", 96, "19**-**-**"),
                ("tax_id", "user.government_id.national_identification_number", 99, "8*********3"),
                ("iban", "user.financial.bank_account", 99, "DE** **** ***7"),
            ],
        ),
        table("tickets", 1_400, 1_300, &[("subject", "", 84, ""), ("body", "user.content", 98, "")]),
    ];
    SourceReport {
        id: source_id("shop"),
        kind: SourceKind::Sqlite,
        product: Some("SQLite 3.50".to_owned()),
        transport: Some("this machine".to_owned()),
        owner: Some("ops@bluelantern.example".to_owned()),
        purpose: Some("essential.service".to_owned()),
        lawful_basis: Some("contract".to_owned()),
        collected_from: Some("checkout form".to_owned()),
        people: Some(5_362),
        scanned_at: Some(at("2026-11-23T21:17:00Z")),
        tables,
    }
}

fn files() -> SourceReport {
    let mut cards = table(
        "till/card-list.csv",
        120,
        118,
        &[
            ("terminal", "", 95, ""),
            ("holder", "user.name", 95, "M*** K***"),
            ("card", "user.financial.credit_card", 99, "4242 **** **** ***1"),
        ],
    );
    cards.exposure = Some(Exposure::Everyone);
    let tables = vec![
        table(
            "archive/old-site.zip!/htdocs/admin/orders.csv",
            150,
            148,
            &[
                ("customer", "user.name", 92, "P*** D***"),
                ("email", "user.contact.email", 99, "p***@c***.example"),
                ("city", "user.contact.address.city", 83, "L***"),
            ],
        ),
        table(
            "backup/shop-before-move.sql.gz#public.clients",
            600,
            590,
            &[
                ("full_name", "user.name", 97, "E*** V***"),
                ("email", "user.contact.email", 99, "e***@e***.net"),
                ("phone", "user.contact.phone_number", 95, "06 *** 41"),
            ],
        ),
        table(
            "exports/crm-contacts.jsonl",
            400,
            396,
            &[
                ("id", "user.unique_id.pseudonymous", 61, ""),
                ("person.name", "user.name", 98, "L*** R***"),
                ("person.mail", "user.contact.email", 99, "l***@p***.example"),
                ("person.phones[]", "user.contact.phone_number", 97, "+34 *** 88"),
                ("note", "user.content", 88, ""),
            ],
        ),
        table("exports/stock.csv", 300, 0, &[("ean", "", 99, "")]),
        document(
            "invoices/2026-00117.pdf",
            &[
                ("user.name", 1),
                ("user.contact.address.street", 1),
                ("user.contact.email", 1),
                ("user.financial.bank_account", 1),
            ],
        ),
        document("logs/access.log", &[("user.device.ip_address", 900), ("user.contact.email", 36)]),
        document(
            "mail/inbox.mbox",
            &[("user.contact.email", 174), ("user.name", 121), ("user.contact.phone_number", 22)],
        ),
        document("config/shop.env", &[("user.authorization.credentials", 2)]),
        cards,
    ];
    SourceReport {
        id: source_id("files"),
        kind: SourceKind::Files,
        product: None,
        transport: Some("this machine".to_owned()),
        owner: None,
        purpose: None,
        lawful_basis: None,
        collected_from: None,
        people: Some(1_220),
        scanned_at: Some(at("2026-11-23T21:17:03Z")),
        tables,
    }
}

pub(crate) fn finding(id: &str, severity: Severity, place: Place, words: [&str; 3]) -> Finding {
    Finding {
        id: id.to_owned(),
        check: "access/world-readable".to_owned(),
        place,
        detail: String::new(),
        severity,
        people: None,
        title: words[0].to_owned(),
        reason: words[1].to_owned(),
        law: vec!["eu-gdpr-32".to_owned()],
        remedy: Remedy::words(words[2]),
        first_seen: at("2026-11-23T21:17:03Z"),
        state: FindingState::Open,
    }
}

/// Blue Lantern Books as a scan would find it.
pub(crate) fn lantern() -> ReportData {
    let mut findings = vec![
        finding(
            "F-3c1e",
            Severity::Medium,
            Place::of_source(source_id("files")),
            [
                "nobody says what `files` is for and on what ground it is kept",
                "GDPR art. 5(1)(b) and 6 ask for a purpose and a lawful basis before data is kept; the record of processing (art. 30) needs both.",
                "add purpose, lawful_basis and owner under [source.files] in dataward.toml",
            ],
        ),
        finding(
            "F-9a02",
            Severity::Critical,
            Place::of_column(source_id("files"), "till/card-list.csv", "card"),
            [
                "every account of this machine can read whole card numbers",
                "118 card numbers lie in a plain file with mode 0644. PCI DSS 3.5 wants them unreadable wherever they are stored; a leak harms your customers at once.",
                "chmod 600 files/till/card-list.csv",
            ],
        ),
        finding(
            "F-77d0",
            Severity::High,
            Place::of_table(source_id("files"), "config/shop.env"),
            [
                "a live password lies in a plain file",
                "Whoever reads the file can log in to the shop.",
                "move it to a secret store and change it",
            ],
        ),
    ];
    for name in ["customers", "newsletter", "payments", "sessions", "staff"] {
        let mut ruleless = finding(
            &format!("F-{name}"),
            Severity::Medium,
            Place::of_table(source_id("shop"), name),
            [
                &format!("no rule says when the personal data in `{name}` goes (3 of 7 columns)"),
                "personal data may be kept no longer than its purpose needs (GDPR art. 5(1)(e)); without a rule it is kept for ever",
                &format!("add `[[retain]]` with `what = \"shop.{name}\"` to dataward.toml"),
            ],
        );
        ruleless.check = "collection/no-retention-rule".to_owned();
        findings.push(ruleless);
    }
    ReportData {
        business: Some("Blue Lantern Books".to_owned()),
        generated_at: at("2026-11-23T21:18:00Z"),
        tool_version: "0.1.0".to_owned(),
        people: Some(5_362),
        sources: vec![shop(), files()],
        findings,
        skipped: vec![
            SkippedPlace {
                source: source_id("files"),
                place: "scans/id-card-front.png".to_owned(),
                reason: "an image: text in it cannot be read yet".to_owned(),
                failed: false,
            },
            SkippedPlace {
                source: source_id("files"),
                place: "exports/half.parquet".to_owned(),
                reason: "the Parquet file ends before its footer: fetch it again".to_owned(),
                failed: true,
            },
        ],
        next_steps: vec![
            NextStep {
                title: "Close the card list".to_owned(),
                command: Remedy::command("chmod 600 files/till/card-list.csv"),
                why: "Every account of this machine can read 118 whole card numbers.".to_owned(),
            },
            NextStep {
                title: "Look at what we are not sure of".to_owned(),
                command: Remedy::command("dataward inventory --unsure"),
                why: "4 columns are likely, not certain; confirm or overrule them once and it lasts.".to_owned(),
            },
            NextStep {
                title: "Say what `files` is for".to_owned(),
                command: Remedy::words(""),
                why: "Add purpose, lawful_basis and owner under [source.files] in dataward.toml.".to_owned(),
            },
        ],
        audit: audit(),
        retention: RetentionPicture::default(),
        evidence: Some(EvidenceHead {
            size: 7,
            root_hash: "mP0kzqF6Yw0b4nqXbq7H1u4cYxv7Jm3oW6mO0yT0P0M=".to_owned(),
            origin: "blue-lantern-books.dataward".to_owned(),
            verifier_key: "blue-lantern-books.dataward+5b2c1f07+AbcdEFGHijklMNOPqrstUVWXyz0123456789abcdEFGH".to_owned(),
            checkpoint: "blue-lantern-books.dataward\n7\nmP0kzqF6Yw0b4nqXbq7H1u4cYxv7Jm3oW6mO0yT0P0M=\n\n— blue-lantern-books.dataward WywfB2m1c0Vxw2hQ3v8k7sZ8bq6cYxv7Jm3oW6mO0yT0P0MzqF6Yw0b4nqXbq7H1u4cYxv7Jm3oW6mO0yT0P0M=\n".to_owned(),
            location: ".dataward/evidence".to_owned(),
        }),
    }
}

/// A plan that ran for a while: one stage is missed, one never ran.
fn audit() -> AuditPicture {
    let stage = |stage: &str, objective: &str, frequency: &str| StagePicture {
        stage: stage.to_owned(),
        objective: objective.to_owned(),
        frequency: frequency.to_owned(),
        runs: Vec::new(),
        next: None,
        due: false,
        missed: false,
        trend: Vec::new(),
        entry: None,
    };
    let days = |days: &[&str]| days.iter().map(|day| at(&format!("{day}T09:00:00Z"))).collect::<Vec<_>>();
    let rows = |principal: &str, families: &[(Family, u64, bool)]| AccessRow {
        source: source_id("shop"),
        principal: principal.to_owned(),
        families: families.iter().map(|(family, columns, write)| (*family, (*columns, *write))).collect(),
    };
    AuditPicture {
        score: Some(ScorePicture { points: 49, cap: 49, shown: 61, wrong: 22, accepted: 2, unknown: 15 }),
        stages: vec![
            StagePicture {
                runs: days(&["2026-05-20", "2026-08-21", "2026-11-23"]),
                next: Some(at("2027-02-23T09:00:00Z")),
                trend: vec![14, 9, 6],
                entry: Some(4),
                ..stage("collection", "sources are valid and declared", "quarterly")
            },
            StagePicture {
                runs: days(&["2026-04-20", "2026-05-20", "2026-06-20", "2026-07-22", "2026-08-21", "2026-09-20"]),
                next: Some(at("2026-10-20T09:00:00Z")),
                due: true,
                missed: true,
                trend: vec![8, 8],
                entry: Some(5),
                ..stage("access", "only those see data who may", "monthly")
            },
            stage("integrity", "data is accurate", "never"),
            StagePicture {
                next: Some(at("2026-11-23T09:00:00Z")),
                due: true,
                ..stage("encryption", "data is encrypted where it lies", "monthly")
            },
        ],
        open: (0..24u64)
            .map(|n| OpenAt {
                at: at("2026-05-20T09:00:00Z") + jiff::SignedDuration::from_hours(24 * 8 * n as i64),
                counts: [n % 3, 6, 14 - n / 3, 8 - n / 4, u64::from(n > 18)],
            })
            .collect(),
        access: vec![
            rows("support_ro", &[(Family::Name, 3, false), (Family::Email, 2, false)]),
            rows("shop_app", &[(Family::Name, 3, true), (Family::Email, 2, true), (Family::Financial, 4, true)]),
            rows("postgres", &[(Family::Name, 3, true), (Family::Email, 2, true), (Family::Health, 1, true)]),
        ],
        coverage: vec![
            CoverageRow { source: source_id("shop"), encrypted: 12, plain: 21, unknown: 0 },
            CoverageRow { source: source_id("files"), encrypted: 0, plain: 3, unknown: 10 },
        ],
        scan_entry: Some(1),
        finding_entries: [("F-9a02".to_owned(), 2)].into(),
        entries: [(1, "scan 0192"), (2, "finding F-9a02"), (4, "audit collection"), (5, "audit access")]
            .into_iter()
            .map(|(index, what)| EvidenceEntry {
                index,
                what: what.to_owned(),
                at: Some(at("2026-11-23T21:00:00Z")),
                leaf_hash: "mP0kzqF6Yw0b4nqXbq7H1u4cYxv7Jm3oW6mO0yT0P0M=".to_owned(),
            })
            .collect(),
    }
}
