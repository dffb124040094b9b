//! The collection review: how tables came, grew and went, who is in them, and what servers say of their
//! use. Reads our own state; sources are asked for statistics alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::collection::facts::CollectionFacts;
use dataward_audit::collection::facts::PlacedSketch;
use dataward_audit::collection::facts::TableHistory;
use dataward_audit::collection::facts::TableUse;
use dataward_audit::collection::retention_conflict::OpenConflict;
use dataward_audit::collection::retention_conflict::OpenKind;
use dataward_model::Category;
use dataward_model::Place;
use dataward_model::Sensitivity;
use dataward_model::Skipped;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::AuditStage;
use dataward_policy::SourceUrl;
use dataward_retain::conflict::shell_word;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use dataward_store::TableSummary;
use dataward_store::TableUseRecord;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::audit::AuditContext;
use crate::audit::Gather;
use crate::audit::Gathered;
use crate::audit::our_own::RetiredRows;
use crate::audit::our_own::Sealed;
use crate::count_people::distinct;
use crate::review_retention::known_tables;
use crate::review_retention::readings;
use crate::review_retention::resolutions;

/// Gathers for the collection review.
pub(crate) struct Collection;

#[async_trait]
impl Gather for Collection {
    fn stage(&self) -> AuditStage {
        AuditStage::Collection
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let wanted = |place: &Place| context.targets.iter().any(|target| target.id == place.source);
        let last =
            context.store.last_runs().await?.into_iter().find(|run| run.stage == AuditStage::Collection.as_str());
        let mut tables = histories(context.project, context.store).await?;
        let protections = context.store.protections(false).await?;
        // What was sealed is still there.
        let sealed = Sealed::of(&protections);
        let went = |table: &TableHistory| table.gone_since.is_some() && sealed.holds(&table.place);
        tables.retain(|table| wanted(&table.place) && !went(table));
        let retired = RetiredRows::of(context.project, context.store).await?;
        for table in &mut tables {
            if let [.., (before, _), _] = table.sizes.as_slice() {
                let name = table.place.table.as_deref().unwrap_or_default();
                table.retired = retired.since(&table.place.source, name, *before).erased;
            }
        }
        let mut sketches = sketches(context.store).await?;
        sketches.retain(|sketch| wanted(&sketch.place));
        let counts = BTreeMap::from([
            ("tables".to_owned(), tables.len() as u64),
            ("sketches".to_owned(), sketches.len() as u64),
        ]);
        let looked_at = context.targets.iter().map(|target| target.id.clone()).collect();
        let (uses, skipped) = uses(context).await?;
        facts.collection = Some(CollectionFacts { since: last.map(|run| run.started), tables, sketches, uses });
        facts.retention = Some(contradictions(context).await?);
        Ok(Gathered { looked_at, counts, skipped, ..Gathered::default() })
    }
}

/// What the policy and the law contradict each other in, and nobody decided.
async fn contradictions(context: &AuditContext<'_>) -> Result<Vec<OpenConflict>, AppError> {
    let policy = &context.project.policy;
    let tables = known_tables(context.store).await?;
    let today = context.now.to_zoned(policy.business.time_zone.clone()).date();
    let mut found = Vec::new();
    for (table, resolution) in tables.iter().zip(resolutions(policy, &tables, &[], today)) {
        found.extend(resolution.open_conflicts().map(|conflict| OpenConflict {
            kind: OpenKind::Contradiction,
            place: Place::of_table(table.held.name.source.clone(), &table.held.name.table),
            id: conflict.id.clone(),
            text: conflict.text.clone(),
            command: format!("dataward retain policy {}", shell_word(&table.held.name.to_string())),
            people: table.people,
        }));
        for part in &resolution.parts {
            let problem = part.clocks.iter().find_map(|clock| readings(policy, &tables, table, clock).2);
            found.extend(problem.map(|problem| OpenConflict {
                kind: OpenKind::NoStart,
                place: Place::of_table(table.held.name.source.clone(), &table.held.name.table),
                id: part.wish.name.clone(),
                text: format!("the period of `{}` cannot begin, so nothing ever goes: {problem}", part.wish.name),
                command: format!("dataward retain policy {}", table.held.name),
                people: table.people,
            }));
        }
    }
    Ok(found)
}

/// What servers count of the use of tables. Where they do not, that is said: unused data cannot be told there.
async fn uses(context: &AuditContext<'_>) -> Result<(Vec<TableUse>, Vec<(SourceId, Skipped)>), AppError> {
    let (mut uses, mut skipped) = (Vec::new(), Vec::new());
    for target in context.targets {
        let kind = target.connector.kind();
        if !matches!(kind, SourceKind::Postgresql | SourceKind::Mysql) {
            continue;
        }
        let counters = match target.connector.uses().await {
            Ok(Some(counters)) => counters,
            Ok(None) => {
                let reason = "the server does not count the use of tables (track_counts, performance_schema, userstat) or does \
                              not tell this account: data that nobody uses cannot be told";
                skipped.push((target.id.clone(), Skipped::not_supported("", reason)));
                continue;
            }
            Err(error) => {
                skipped.push((target.id.clone(), error.skip("")));
                continue;
            }
        };
        let mut told = Vec::new();
        let records: Vec<TableUseRecord> = counters
            .into_iter()
            .map(|one| {
                told.push((one.idle_since, one.named));
                TableUseRecord { table: one.table, lookups: one.lookups, writes: one.writes }
            })
            .collect();
        let unchanged = context.store.record_uses(&target.id, context.now, &records).await?;
        uses.extend(unchanged.into_iter().zip(told).map(|((place, seen), (told, named))| TableUse {
            place,
            idle_since: told.map_or(seen, |told| told.min(seen)),
            named,
        }));
    }
    Ok((uses, skipped))
}

async fn histories(project: &Project, store: &Store) -> Result<Vec<TableHistory>, AppError> {
    let filter = InventoryFilter { category: Some(Category::USER), with_gone: true, ..InventoryFilter::default() };
    let mut worst: BTreeMap<Place, Sensitivity> = BTreeMap::new();
    for entry in store.inventory(&filter).await? {
        let found =
            entry.category().into_iter().chain(&entry.also).chain(entry.spans.iter().map(|span| &span.category));
        let sensitivity = found.map(Category::sensitivity).max().unwrap_or(Sensitivity::Low);
        let table = Place { column: None, ..entry.place };
        let known = worst.entry(table).or_insert(Sensitivity::Low);
        *known = (*known).max(sensitivity);
    }
    let mut sizes: BTreeMap<Place, Vec<(Timestamp, u64)>> = BTreeMap::new();
    for size in store.table_sizes().await? {
        sizes.entry(size.place).or_default().extend(size.rows.map(|rows| (size.at, rows)));
    }
    let mut prints = BTreeMap::new();
    for source in project.policy.sources.keys() {
        prints.insert(source.clone(), store.unit_fingerprints(source).await?);
    }
    let tables = store.tables(None).await?.into_iter().filter_map(|table| {
        let known = prints.get(&table.place.source).and_then(|units| units.get(&table.unit.name));
        Some(TableHistory {
            stored: stored(project, &table, known.map(|unit| unit.fingerprint.as_str())),
            sensitivity: *worst.get(&table.place)?,
            people: table.people,
            in_database: !matches!(table.source_kind, SourceKind::Files | SourceKind::Objects),
            shape: table.shape,
            first_seen: table.first_seen,
            gone_since: table.gone_since,
            sizes: sizes.remove(&table.place).unwrap_or_default(),
            retired: 0,
            place: table.place,
        })
    });
    Ok(tables.collect())
}

/// What names the stored thing itself: the server and database that a table lies in, or the file, by its path and by
/// what its folder says of it (size, times to the nanosecond, inode), which hard links have in common.
fn stored(project: &Project, table: &TableSummary, print: Option<&str>) -> Vec<String> {
    let name = table.place.table.as_deref().unwrap_or_default();
    let Some(declared) = project.policy.sources.get(&table.place.source) else { return Vec::new() };
    match &declared.url {
        SourceUrl::Path(path) => {
            let path = plain(&project.root.join(path));
            // A source may be one file.
            let is_file = path.file_name().is_some_and(|file| *file == *table.unit.name);
            let file = if is_file { path } else { path.join(&table.unit.name) };
            let inside = name.strip_prefix(table.unit.name.as_str()).unwrap_or(name);
            let by_path = format!("file {}{inside}", file.display());
            [by_path].into_iter().chain(print.map(|print| format!("inode {print}{inside}"))).collect()
        }
        SourceUrl::Sqlite(path) => vec![format!("file {} {name}", plain(&project.root.join(path)).display())],
        SourceUrl::Remote { kind: SourceKind::Objects, url } => {
            vec![format!(
                "{}/{}{} {name}",
                url.host_str().unwrap_or_default(),
                url.path(),
                url.query().unwrap_or_default()
            )]
        }
        SourceUrl::Remote { url, .. } => {
            let host = match url.host_str().unwrap_or_default() {
                "" | "localhost" | "::1" | "[::1]" => "127.0.0.1",
                host => host,
            };
            let port = url.port().map_or_else(|| url.scheme().to_owned(), |port| port.to_string());
            // A socket and the like stand in the query, beside what does not tell servers apart.
            let place = url.query_pairs().filter(|(key, _)| ["host", "port", "socket"].contains(&&**key));
            let place: Vec<String> = place.map(|(key, value)| format!("{key}={value}")).collect();
            // MySQL's tables carry their database in their name where the address names none.
            vec![format!("{host}:{port}{}/{} {name}", place.join("&"), url.path().trim_matches('/'))]
        }
    }
}

/// The path without the `.` in it.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

async fn sketches(store: &Store) -> Result<Vec<PlacedSketch>, AppError> {
    let tables = store.tables(None).await?;
    let known = store.sketches().await?.into_iter().filter_map(|known| {
        let table = tables.iter().find(|table| table.place == known.place)?;
        let rows = table.rows.unwrap_or(table.rows_read).max(table.rows_read).max(1);
        Some(PlacedSketch {
            category: known.record.category,
            // A text says the same address again and again.
            distinct: match known.record.column.is_empty() {
                true => distinct(&known.record.sketch),
                false => known.record.distinct,
            },
            read: (table.rows_read as f64 / rows as f64).clamp(f64::MIN_POSITIVE, 1.0),
            rows: table.rows_read,
            sketch: known.record.sketch,
            place: known.place,
        })
    });
    Ok(known.collect())
}
