//! What `connect` and `detect` say, in the words of `store`.

use dataward_connect::Exposure;
use dataward_connect::HowMuch;
use dataward_connect::TransportSecurity;
use dataward_connect::Unit;
use dataward_connect::UnitKind;
use dataward_detect::ColumnVerdict;
use dataward_detect::IdentitySketch;
use dataward_model::SourceId;
use dataward_store::ColumnOrigin;
use dataward_store::ColumnRecord;
use dataward_store::Coverage;
use dataward_store::SketchRecord;
use dataward_store::SourceRecord;
use dataward_store::SpanCount;
use dataward_store::TableRecord;
use dataward_store::UnitRecord;
use dataward_store::Why;

use crate::scan::SourceOutcome;
use crate::scan::TableOutcome;
use crate::scan::UnitOutcome;

/// The word for a way that anyone can read along.
pub(crate) const PLAIN: &str = "plain";
/// The word for stored bytes that every account can read.
pub(crate) const EVERYONE: &str = "everyone";

/// How much was read.
pub(crate) fn coverage(how_much: HowMuch) -> Coverage {
    match how_much {
        HowMuch::Everything => Coverage::Everything,
        HowMuch::Sample { rows, seed } => Coverage::Sample { rows, seed },
    }
}

/// What a source says of itself; none when it could not be opened.
pub(crate) fn source_record(outcome: &SourceOutcome) -> Option<SourceRecord> {
    let facts = outcome.facts.as_ref()?;
    let transport = match facts.transport {
        TransportSecurity::Local => "local",
        TransportSecurity::Plain => PLAIN,
        TransportSecurity::Tls { verified: true } => "tls-verified",
        TransportSecurity::Tls { verified: false } => "tls-unverified",
    };
    Some(SourceRecord {
        source: outcome.id.clone(),
        kind: outcome.kind,
        product: facts.product.clone(),
        transport: transport.to_owned(),
    })
}

/// What was read of a unit.
pub(crate) fn unit_record(source: &SourceId, unit: &Unit, outcome: &UnitOutcome, coverage: Coverage) -> UnitRecord {
    UnitRecord {
        source: source.clone(),
        name: unit.name.clone(),
        kind: unit_kind(unit.kind).to_owned(),
        bytes: unit.bytes,
        exposure: unit.exposure.map(|exposure| exposure_word(exposure).to_owned()),
        fingerprint: unit.fingerprint.as_ref().map(|fingerprint| fingerprint.0.clone()),
        coverage,
        tables: outcome.tables.iter().map(|table| table_record(table, unit)).collect(),
        skipped: outcome.skipped.clone(),
    }
}

fn table_record(table: &TableOutcome, unit: &Unit) -> TableRecord {
    let declared =
        matches!(unit.kind, UnitKind::Table | UnitKind::View | UnitKind::MaterialisedView | UnitKind::ForeignTable);
    TableRecord {
        name: table.head.name.clone(),
        shape: table.head.shape,
        rows: table.rows_in_all(),
        rows_read: table.verdict.rows,
        people: table.people(),
        spans: table
            .counts
            .iter()
            .map(|(category, count)| SpanCount { category: category.clone(), count: *count })
            .collect(),
        origin: if declared { ColumnOrigin::Declared } else { ColumnOrigin::Rows },
        columns: table.verdict.columns.iter().map(column_record).collect(),
        sketches: table.sketches.iter().map(sketch_record).collect(),
    }
}

fn sketch_record(sketch: &IdentitySketch) -> SketchRecord {
    SketchRecord {
        column: sketch.column.clone(),
        category: sketch.category.clone(),
        distinct: sketch.distinct,
        sketch: sketch.sketch.clone(),
    }
}

fn column_record(verdict: &ColumnVerdict) -> ColumnRecord {
    ColumnRecord {
        name: verdict.column.clone(),
        declared_type: verdict.declared_type.clone(),
        category: verdict.category.clone(),
        also: verdict.also.clone(),
        confidence: verdict.confidence,
        why: verdict.why.iter().map(|reason| Why { text: reason.text.clone(), weight: reason.weight }).collect(),
        masked: verdict.masked.clone(),
        rows: verdict.rows,
        filled: verdict.filled,
        distinct: verdict.distinct,
    }
}

fn unit_kind(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::File => "file",
        UnitKind::ForeignTable => "foreign-table",
        UnitKind::MaterialisedView => "materialised-view",
        UnitKind::Object => "object",
        UnitKind::ObjectVersion => "object-version",
        UnitKind::Table => "table",
        UnitKind::View => "view",
    }
}

fn exposure_word(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Everyone => EVERYONE,
        Exposure::Group => "group",
        Exposure::Owner => "owner",
    }
}
