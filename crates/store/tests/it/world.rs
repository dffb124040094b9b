//! A small shop whose scan the tests record.

use std::path::Path;

use dataward_model::Category;
use dataward_model::Confidence;
use dataward_model::Place;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_model::TableShape;
use dataward_store::ColumnOrigin;
use dataward_store::ColumnRecord;
use dataward_store::Coverage;
use dataward_store::ScanId;
use dataward_store::ScanRequest;
use dataward_store::SourceRecord;
use dataward_store::SpanCount;
use dataward_store::Store;
use dataward_store::TableRecord;
use dataward_store::UnitRecord;
use dataward_store::Why;
use jiff::Timestamp;

/// A moment on a day of which only the minute matters.
pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + 60 * minute).unwrap()
}

pub(crate) fn shop() -> SourceId {
    SourceId::new("shop").unwrap()
}

pub(crate) fn email_column() -> Place {
    Place::of_column(shop(), "public.customers", "email")
}

pub(crate) fn request() -> ScanRequest {
    ScanRequest { coverage: Coverage::Everything, since_last: false, sources: vec![shop()] }
}

pub(crate) fn column(name: &str, category: Option<Category>) -> ColumnRecord {
    ColumnRecord {
        name: name.to_owned(),
        declared_type: "text".to_owned(),
        category,
        also: Vec::new(),
        confidence: Confidence::new(0.97),
        why: vec![Why { text: "97 % of the values are valid e-mail addresses".to_owned(), weight: 4.5 }],
        masked: vec!["a***@e***.com".to_owned(); 5],
        rows: 599,
        filled: 590,
        distinct: 588,
    }
}

pub(crate) fn table(name: &str, columns: Vec<ColumnRecord>) -> UnitRecord {
    UnitRecord {
        source: shop(),
        name: name.to_owned(),
        kind: "table".to_owned(),
        bytes: Some(8192),
        exposure: None,
        fingerprint: Some(format!("{name}@1")),
        coverage: Coverage::Everything,
        tables: vec![TableRecord {
            name: name.to_owned(),
            shape: TableShape::Table,
            rows: Some(599),
            rows_read: 599,
            people: Some(588),
            spans: Vec::<SpanCount>::new(),
            origin: ColumnOrigin::Declared,
            sketches: Vec::new(),
            columns,
        }],
        skipped: Vec::new(),
    }
}

pub(crate) fn customers() -> UnitRecord {
    table("public.customers", vec![column("id", None), column("email", Some(Category::EMAIL))])
}

pub(crate) async fn open(folder: &Path) -> Store {
    let store = Store::open(folder).await.unwrap();
    let record = SourceRecord {
        source: shop(),
        kind: SourceKind::Postgresql,
        product: "PostgreSQL 15.18".to_owned(),
        transport: "local".to_owned(),
    };
    store.record_source(minute(0), &record).await.unwrap();
    store
}

/// Records `units` in a scan that comes to its end at minute `at`.
pub(crate) async fn scan(store: &Store, at: i64, units: &[UnitRecord]) -> ScanId {
    let scan = store.begin_scan(minute(at), &request()).await.unwrap();
    store.record_units(&scan, minute(at), units).await.unwrap();
    let listed: Vec<String> = units.iter().map(|unit| unit.name.clone()).collect();
    store.mark_gone(&shop(), minute(at), &listed).await.unwrap();
    store.finish_scan(&scan, minute(at), &Default::default()).await.unwrap();
    scan
}
