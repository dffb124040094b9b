//! What a report or an export is made of, gathered from policy, state and evidence log.

use std::collections::BTreeMap;

use dataward_model::Clock;
use dataward_model::Place;
use dataward_model::SkipCause;
use dataward_model::TableShape;
use dataward_policy::DeclaredSource;
use dataward_report::ColumnReport;
use dataward_report::Decision;
use dataward_report::Exposure;
use dataward_report::NextStep;
use dataward_report::ReportData;
use dataward_report::SkippedPlace;
use dataward_report::SourceReport;
use dataward_report::SpanReport;
use dataward_report::TableReport;
use dataward_report::Verdict;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::KnownSource;
use dataward_store::Ruling;
use dataward_store::Store;
use dataward_store::TableSummary;

use crate::AppError;
use crate::Project;
use crate::audit_picture::audit_picture;
use crate::convert;
use crate::count_people::People;
use crate::evidence_log;
use crate::retention_picture::retention_picture;
use crate::review_findings::need_scan;
use crate::review_inventory::held_tables;
use crate::show_status::show_status;
use crate::unnamed::Unnamed;
use crate::unnamed_report::Aliases;

/// Gathers everything; names of files that may be a customer's stand in it as digests.
///
/// # Errors
/// When the state or the log cannot be read.
pub(crate) async fn report_data(project: &Project, clock: &dyn Clock) -> Result<ReportData, AppError> {
    let store = project.store().await?;
    need_scan(&store).await?;
    let status = show_status(project, clock).await?;
    let known = store.sources().await?;
    let known_people = People::read(&store).await?;
    let mut columns: BTreeMap<Place, Vec<ColumnReport>> = BTreeMap::new();
    for entry in store.inventory(&InventoryFilter::default()).await? {
        let table = Place { column: None, ..entry.place.clone() };
        columns.entry(table).or_default().push(column_report(entry));
    }
    let mut sources = Vec::new();
    for (id, declared) in &project.policy.sources {
        let Some(known) = known.iter().find(|known| known.source == *id) else { continue };
        let tables = store.tables(Some(id)).await?;
        let tables: Vec<TableReport> = tables
            .into_iter()
            .filter(|table| table.gone_since.is_none())
            .map(|table| table_report(&table, columns.remove(&table.place).unwrap_or_default()))
            .collect();
        let mut source = source_report(known, declared, tables);
        let places: Vec<(Place, u64)> = people_by_table(&source).collect();
        source.people = known_people.united(places.iter().map(|(place, people)| (place, *people)));
        sources.push(source);
    }
    let places: Vec<(Place, u64)> = sources.iter().flat_map(people_by_table).collect();
    let people = known_people.united(places.iter().map(|(place, people)| (place, *people)));
    let held = held_tables(&store).await?;
    let audit = audit_picture(project, &store, &status, &held, clock.now()).await?;
    let findings = store.findings(clock.now()).await?.into_iter().map(|stored| stored.finding).collect();
    let mut data = ReportData {
        business: Some(project.policy.business.name.clone()),
        generated_at: clock.now(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        people,
        sources,
        findings,
        skipped: skipped(&store).await?,
        next_steps: status
            .next_steps
            .into_iter()
            .map(|step| NextStep { title: step.title, command: step.command, why: step.why })
            .collect(),
        audit,
        retention: retention_picture(project, &store, clock.now()).await?,
        evidence: evidence_log::head(project)?,
    };
    let unnamed = Unnamed::new(project, clock.now())?;
    Aliases::read(&unnamed, &store, clock).await?.report(&mut data);
    Ok(data)
}

fn people_by_table(source: &SourceReport) -> impl Iterator<Item = (Place, u64)> {
    source.tables.iter().filter_map(|table| Some((Place::of_table(source.id.clone(), &table.name), table.people?)))
}

async fn skipped(store: &Store) -> Result<Vec<SkippedPlace>, AppError> {
    let lines = store.not_read().await?;
    Ok(lines
        .into_iter()
        .map(|line| SkippedPlace {
            source: line.source,
            place: line.place,
            reason: line.reason,
            failed: line.cause == SkipCause::Failed,
        })
        .collect())
}

fn source_report(known: &KnownSource, declared: &DeclaredSource, tables: Vec<TableReport>) -> SourceReport {
    let transport = match known.transport.as_str() {
        "local" => "stays on this machine",
        convert::PLAIN => "not encrypted: anyone on the way can read along",
        "tls-verified" => "TLS, certificate checked",
        _ => "TLS, certificate not checked",
    };
    SourceReport {
        id: known.source.clone(),
        kind: known.kind,
        product: Some(known.product.clone()),
        transport: Some(transport.to_owned()),
        owner: declared.owner.clone(),
        purpose: declared.purpose.clone(),
        lawful_basis: declared.lawful_basis.map(|basis| basis.as_str().to_owned()),
        collected_from: declared.collected_from.clone(),
        people: None,
        scanned_at: Some(known.last_seen),
        tables,
    }
}

fn table_report(table: &TableSummary, columns: Vec<ColumnReport>) -> TableReport {
    let spans = table.spans.iter();
    let is_document = table.shape == TableShape::Document;
    TableReport {
        name: table.place.table.clone().unwrap_or_default(),
        shape: table.shape,
        rows: table.rows,
        rows_read: table.rows_read,
        people: table.people,
        exposure: table.unit.exposure.as_deref().map(|word| match word {
            convert::EVERYONE => Exposure::Everyone,
            "group" => Exposure::Group,
            _ => Exposure::Owner,
        }),
        columns: if is_document { Vec::new() } else { columns },
        spans: spans.map(|span| SpanReport { category: span.category.clone(), count: span.count }).collect(),
    }
}

fn column_report(entry: InventoryEntry) -> ColumnReport {
    let category = entry.category().cloned();
    let decision = entry.decision.as_ref().and_then(|decision| {
        let verdict = match decision.ruling {
            Ruling::Confirmed => Verdict::Confirmed,
            Ruling::Overruled => Verdict::Overruled,
            Ruling::Withdrawn => return None,
        };
        Some(Decision { verdict, by: decision.by.clone(), at: decision.at })
    });
    ColumnReport {
        name: entry.place.column.unwrap_or_default(),
        declared_type: entry.declared_type,
        category,
        also: entry.also,
        confidence: entry.confidence,
        decision,
        why: entry.why.into_iter().map(|why| why.text).collect(),
        masked: entry.masked,
    }
}
