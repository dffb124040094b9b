//! `retain policy`: which rules apply where, what they contradict, and what was decided.

use dataward_model::Category;
use dataward_model::Clock as _;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::Policy;
use dataward_policy::RulePack;
use dataward_policy::Subject;
use dataward_policy::TableName;
use dataward_policy::is_below;
use dataward_retain::clock::Bind;
use dataward_retain::clock::BindContext;
use dataward_retain::clock::ColumnFacts;
use dataward_retain::clock::Engine;
use dataward_retain::clock::EventFacts;
use dataward_retain::rules::Blocker;
use dataward_retain::rules::Clock;
use dataward_retain::rules::Grounds;
use dataward_retain::rules::HeldColumn;
use dataward_retain::rules::HeldTable;
use dataward_retain::rules::Resolution;
use dataward_retain::rules::resolve;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use dataward_store::TableSummary;
use jiff::Timestamp;
use jiff::civil::Date;

pub use dataward_policy::LegalAnswer;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::retention_report::PlaceLine;
use crate::retention_report::RetentionPolicyReport;

/// A table as the inventory knows it, with all of its columns.
#[derive(Clone, Debug)]
pub struct KnownTable {
    /// Its columns with personal data.
    pub held: HeldTable,
    /// The engine that keeps it; none for files and objects.
    pub engine: Option<Engine>,
    /// All of its columns.
    pub columns: Vec<ColumnFacts>,
    /// How many people are behind it, estimated.
    pub people: Option<u64>,
}

/// What applies where. `only` narrows it to one source or table.
///
/// # Errors
/// When the state cannot be read, or nothing was scanned yet.
pub async fn review_retention(
    project: &Project,
    only: Option<&str>,
    now: Timestamp,
) -> Result<RetentionPolicyReport, AppError> {
    let store = project.store().await?;
    let tables = known_tables(&store).await?;
    if tables.is_empty() && only.is_none() {
        return Err(AppError::usage_hint("no table with personal data is known yet", "dataward scan"));
    }
    let policy = &project.policy;
    let today = now.to_zoned(policy.business.time_zone.clone()).date();
    let pack = RulePack::built_in();
    let grounds = Grounds { policy, pack, holds: &[], today };
    let wanted =
        |table: &KnownTable| only.is_none_or(|only| speaks_of(only, &table.held.name.source, &table.held.name.table));
    let places: Vec<PlaceLine> = tables
        .iter()
        .filter(|table| wanted(table))
        .map(|table| {
            let resolution = resolve(grounds, &table.held);
            PlaceLine::new(&resolution, table.people, &|clock| readings(policy, &tables, table, clock))
        })
        .collect();
    if let Some(only) = only.filter(|_| places.is_empty())
        && !is_known(&store, only).await?
    {
        let message = format!("`{only}` is no table or file that was scanned, and none is in it");
        return Err(AppError::usage_hint(message, "dataward inventory"));
    }
    Ok(RetentionPolicyReport {
        schema: "dataward/retain-policy@1",
        pack: pack.version().to_owned(),
        jurisdictions: policy.business.jurisdictions.clone(),
        sectors: policy.business.sectors.clone(),
        advice: advice(policy),
        mistakes: mistakes(policy, pack, &store.tables(None).await?),
        open_conflicts: places.iter().flat_map(|place| &place.conflicts).filter(|conflict| conflict.open).count()
            as u64,
        uncovered_columns: places.iter().map(|place| place.uncovered.len() as u64).sum(),
        places,
        as_of: today.to_string(),
    })
}

/// The resolution of every table that the inventory knows, for whoever acts on it.
pub fn resolutions<'a>(
    policy: &'a Policy,
    tables: &[KnownTable],
    holds: &'a [Blocker],
    today: Date,
) -> Vec<Resolution<'a>> {
    let grounds = Grounds { policy, pack: RulePack::built_in(), holds, today };
    tables.iter().map(|table| resolve(grounds, &table.held)).collect()
}

/// All tables, files and documents with personal data, decisions of people included; no view, for what it shows goes
/// with the rows of its tables.
///
/// # Errors
/// When the state cannot be read.
pub async fn known_tables(store: &Store) -> Result<Vec<KnownTable>, AppError> {
    let mut tables: Vec<KnownTable> = Vec::new();
    let entries = store.inventory(&InventoryFilter::default()).await?;
    for entry in entries.iter().filter(|entry| !entry.unit.is_derived()) {
        let Some(table) = entry.place.table.clone() else { continue };
        let name = TableName { source: entry.place.source.clone(), table };
        // Entries come in the order of their tables.
        if tables.last().is_none_or(|last| last.held.name != name) {
            let engine = Engine::of(entry.source_kind);
            tables.push(KnownTable {
                held: HeldTable { name, is_file: engine.is_none(), columns: Vec::new() },
                engine,
                columns: Vec::new(),
                people: entry.people,
            });
        }
        if let Some(last) = tables.last_mut() {
            add(last, entry);
        }
    }
    tables.retain(|table| !table.held.columns.is_empty());
    Ok(tables)
}

fn add(table: &mut KnownTable, entry: &InventoryEntry) {
    let name = entry.place.column.clone().unwrap_or_default();
    if let Some(category) = entry.category().filter(|category| category.is_within(&Category::USER)) {
        table.held.columns.push(HeldColumn { name: name.clone(), category: category.clone() });
    }
    // A document has no columns of its own: what was found in it counts.
    for span in &entry.spans {
        if !table.held.columns.iter().any(|column| column.category == span.category) {
            table.held.columns.push(HeldColumn { name: name.clone(), category: span.category.clone() });
        }
    }
    let engine = Engine::of(entry.source_kind).unwrap_or(Engine::Sqlite);
    table.columns.push(ColumnFacts::new(engine, name, &entry.declared_type));
}

/// The columns that a clock reads in `table`, why these, or what is wrong.
pub(crate) fn readings(
    policy: &Policy,
    tables: &[KnownTable],
    table: &KnownTable,
    clock: &Clock,
) -> (Vec<String>, Vec<String>, Option<String>) {
    let Some(engine) = table.engine else {
        return (Vec::new(), vec!["files go by their content or by their own date".to_owned()], None);
    };
    let events = events(policy, tables, &table.held.name);
    let context = BindContext {
        engine,
        time_zone: policy.business.time_zone.clone(),
        fiscal_year_end: policy.business.fiscal_year_end,
        alias: Some("t"),
        meanings: policy.retention.columns.get(&table.held.name),
        events: &events,
    };
    match clock.start.bind(&table.columns, &context) {
        Ok(bound) => (bound.columns().into_iter().map(str::to_owned).collect(), bound.reasons().to_vec(), None),
        Err(error) => (Vec::new(), Vec::new(), Some(format!("{}: {}", error.message, error.help))),
    }
}

/// The tables of events that `table` may count from: those of its own source.
pub fn events(policy: &Policy, tables: &[KnownTable], table: &TableName) -> Vec<EventFacts> {
    policy
        .retention
        .events
        .iter()
        .filter(|(_, event)| event.table.source == table.source)
        .map(|(name, event)| {
            let known = tables.iter().find(|known| known.held.name == event.table);
            let at = known.and_then(|known| known.columns.iter().find(|column| column.name == event.at));
            EventFacts {
                name: name.clone(),
                path: event.table.table.split('.').map(str::to_owned).collect(),
                // A table without personal data is not in the list: its column is taken for a moment.
                at: at.cloned().unwrap_or_else(|| ColumnFacts {
                    name: event.at.clone(),
                    class: dataward_retain::clock::TypeClass::WallClock,
                }),
                key: event.key.clone(),
                matches: event.matches.clone(),
            }
        })
        .collect()
}

/// What in the policy file means or covers nothing: words that no law goes by, and rules for places in databases
/// that no scan has seen. Rules for files may have patterns, and speak of files to come.
fn mistakes(policy: &Policy, pack: &RulePack, seen: &[TableSummary]) -> Vec<String> {
    let words = pack.sector_words();
    let unknown = policy.business.sectors.iter().filter(|sector| !words.contains(sector.as_str()));
    let unknown = unknown.map(|sector| {
        let known = words.iter().copied().filter(|word| !word.contains('_')).collect::<Vec<_>>().join(", ");
        format!("no law goes by the sector `{sector}`; known among others: {known}")
    });
    let empty = policy.retain.iter().filter_map(|rule| {
        let Subject::Place { source, rest } = &rule.what else { return None };
        let in_database = |kind: SourceKind| !matches!(kind, SourceKind::Files | SourceKind::Objects);
        let tables = seen.iter().filter(|table| table.place.source == *source && in_database(table.source_kind));
        let mut names = tables.filter_map(|table| table.place.table.as_deref()).peekable();
        names.peek()?;
        let within = |whole: &str, part: &str| {
            part.strip_prefix(whole).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let covers = |name: &str| rest.is_empty() || within(name, rest) || within(rest, name);
        (!names.any(covers))
            .then(|| format!("`[[retain]]` `{}` covers nothing: no scan has seen `{}`", rule.name, rule.what))
    });
    unknown.chain(empty).collect()
}

fn advice(policy: &Policy) -> Vec<String> {
    let mut advice = Vec::new();
    let business = &policy.business;
    if business.jurisdictions.is_empty() {
        advice.push(
            "`jurisdictions` is empty: no law of any country was looked at; write where you and your customers are"
                .to_owned(),
        );
    }
    let countries: Vec<&String> = business.jurisdictions.iter().filter(|code| *code != "EU").collect();
    if business.jurisdictions.iter().any(|code| code == "EU") && countries.is_empty() {
        advice.push(
            "`jurisdictions` says EU alone, and periods of keeping are laws of the member states: write the countries too (DE, FR, …)"
                .to_owned(),
        );
    }
    if business.sectors.is_empty() {
        advice.push("`sectors` is empty: laws for trades (books, vouchers, letters) were left out; write `sectors = [\"retail\"]` or what you do".to_owned());
    }
    if !business.sectors.iter().any(|sector| sector == "employer") {
        advice.push(
            "do you employ people? then add \"employer\" to `sectors`: records of staff have periods of their own"
                .to_owned(),
        );
    }
    advice
}

/// Whether `place` (a source, and behind its dot a table, a folder or a pattern, as rules name them) speaks of a table.
fn speaks_of(place: &str, source: &SourceId, table: &str) -> bool {
    match place.split_once('.') {
        Some((of, rest)) => of == source.as_str() && is_below(table, rest),
        None => place == source.as_str(),
    }
}

/// Whether anything that was scanned and is still there is at `place`. Law speaks of vouchers, whether they name a person
/// or not.
async fn is_known(store: &Store, place: &str) -> Result<bool, AppError> {
    let tables = store.tables(None).await?;
    let here = tables.iter().filter(|table| table.gone_since.is_none());
    let mut named = here.filter_map(|table| Some((&table.place.source, table.place.table.as_deref()?)));
    Ok(named.any(|(source, table)| speaks_of(place, source, table)))
}

/// Writes down what was decided about a rule of law at a table: a `[[decide]]` at the end of the policy
/// file. The rest of the file stays as it is.
///
/// # Errors
/// When the rule or the table is not known, the reason is missing, or the file cannot be written: then it is
/// as it was.
pub async fn decide_retention(
    project: &Project,
    place: &str,
    rule: &str,
    answer: LegalAnswer,
    because: &str,
) -> Result<String, AppError> {
    let store = project.store().await?;
    if !is_known(&store, place).await? {
        let message = format!("`{place}` is no table or file that was scanned, and none is in it");
        return Err(AppError::usage_hint(message, "dataward retain policy"));
    }
    if because.trim().is_empty() {
        return Err(AppError::usage_hint("a decision needs a reason", "--because \"…\""));
    }
    let text = fs_err::read_to_string(&project.file)
        .map_err(|error| AppError::unreachable(format!("cannot read the policy file: {error}")))?;
    let today = environment::SystemClock.now().to_zoned(project.policy.business.time_zone.clone()).date();
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let block = format!(
        "\n[[decide]]\nplace = {}\nrule = {}\nanswer = {}\nbecause = {}\nby = {}\non = \"{today}\"\n",
        quoted(place),
        quoted(rule),
        quoted(answer.as_str()),
        quoted(because),
        quoted(&environment::actor()),
    );
    let joint = if text.ends_with('\n') { "" } else { "\n" };
    let changed = format!("{text}{joint}{block}");
    // What we write must read back: a mistake in it is ours or in the ids given.
    Policy::parse(&project.file.display().to_string(), &changed)?;
    environment::write_file(&project.file, &changed)?;
    Ok(block.trim().to_owned())
}
