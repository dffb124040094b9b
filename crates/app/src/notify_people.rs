//! `retain notify`: the list of the people whose data a plan takes out, for whoever tells them.
//! `dataward/retain-notice@1`. The list goes into one file that was asked for, readable by its owner alone; no
//! value of it stands in a log, in the state or in what is printed.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use dataward_connect::Amend;
use dataward_connect::amend::Rows;
use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_model::Category;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_report::csv_cell;
use dataward_retain::gather::fetch;
use dataward_retain::notice;
use dataward_retain::plan::Plan;
use dataward_retain::plan::Step;
use dataward_retain::rows_file::RowsReader;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::PlanState;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::approve_plan::open_sources;
use crate::approve_plan::short;
use crate::erasure_folder::PlanHistory;
use crate::evidence_log;
use crate::plan_folder;

/// What was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NoticeReport {
    /// `dataward/retain-notice@1`.
    pub schema: &'static str,
    /// The plan's hash.
    pub plan: String,
    /// The file with the list.
    pub file: String,
    /// People on it, by their e-mail address or else their phone number.
    pub people: u64,
    /// Rows that go whose table says no way to reach anybody.
    pub unreachable: u64,
    /// How many hours they have.
    pub hours: u32,
    /// From when on the plan can be applied.
    #[schemars(with = "String")]
    pub begins: Timestamp,
    /// The entry in the evidence log: counts, no values.
    pub log_index: Option<u64>,
}

/// Rows fetched at a time.
const CHUNK: usize = 500;

/// Writes the list of a plan's people to `out`, which must not be there yet, and notes in the log that it was
/// written. The time that people have counts from the first list.
///
/// # Errors
/// When no rule of the plan has people told, the plan has begun or ended, or the file can't be written.
pub async fn notify_people(
    project: &Project,
    name: Option<&str>,
    out: &Path,
    clock: &dyn Clock,
) -> Result<NoticeReport, AppError> {
    let store = project.store().await?;
    let stored = plan_folder::find(&store, name, &[PlanState::Planned, PlanState::Approved]).await?;
    if !matches!(stored.state, PlanState::Planned | PlanState::Approved) {
        return Err(AppError::Refused {
            message: format!("the plan {} has begun or ended: it is too late to tell anybody", short(&stored.hash)),
            hint: Some("dataward retain status".to_owned()),
        });
    }
    let plan = plan_folder::load(project, &stored.hash)?;
    let hours = plan.notice().ok_or_else(|| {
        AppError::usage_hint("no rule of the plan has people told before", "write `notify = \"14 days\"` into a rule")
    })?;
    let sources = open_sources(project, &plan)?;
    let inventory = store.inventory(&InventoryFilter::default()).await?;
    let file = plan_folder::rows(project, &stored.hash);
    let mut rows = RowsReader::open(&file, plan_folder::row_key(&stored)?, &plan.rows_sha256)?;
    let mut list = List::create(out)?;
    while let Some(chunk) = rows.next_chunk()? {
        let step = &plan.steps[chunk.step];
        let is_told = plan.rules.get(step.rule).is_some_and(|rule| rule.notify_hours.is_some());
        let Some(source) = sources.get(&step.source).filter(|_| is_told && step.action != "unlink") else { continue };
        let columns = Contact::of(&inventory, &step.source, &step.table.name);
        for part in chunk.rows.parts(CHUNK) {
            list.rows(source.as_ref(), &plan, step, &part, &columns).await?;
        }
    }
    let (people, unreachable, by_table) = list.finish()?;
    let told = PlanHistory::read(project, &stored.hash)?.told_at.unwrap_or_else(|| clock.now());
    let event = Event::Retention(Retention {
        action: "notified".to_owned(),
        object: stored.hash.clone(),
        planned_by: Some(plan.made_by.clone()),
        rows: by_table,
        skipped: BTreeMap::from([("unreachable".to_owned(), unreachable)]),
    });
    let log_index = evidence_log::record_all(project, &store, vec![event], clock.now()).await?.pop();
    Ok(NoticeReport {
        schema: "dataward/retain-notice@1",
        plan: stored.hash,
        file: out.display().to_string(),
        people,
        unreachable,
        hours,
        begins: notice::begins(told, hours),
        log_index,
    })
}

/// The columns of a table by which people are reached.
struct Contact {
    email: Vec<String>,
    phone: Vec<String>,
    name: Vec<String>,
}

impl Contact {
    fn of(inventory: &[InventoryEntry], source: &SourceId, table: &str) -> Self {
        let columns = |wanted: Category| {
            let holds = |entry: &&InventoryEntry| {
                let place = &entry.place;
                place.source == *source
                    && place.table.as_deref() == Some(table)
                    && entry.category().is_some_and(|category| category.is_within(&wanted))
            };
            inventory.iter().filter(holds).filter_map(|entry| entry.place.column.clone()).collect()
        };
        Self { email: columns(Category::EMAIL), phone: columns(Category::PHONE_NUMBER), name: columns(Category::NAME) }
    }
}

/// Six digits and more, and no day: a column of days may be taken for one of numbers.
fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 6 && text.get(..10).is_none_or(|day| day.parse::<jiff::civil::Date>().is_err())
}

/// A line of the list. A number to call is no formula, though a table program might think so.
fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cell = |text: &str| match text.strip_prefix('+') {
        Some(number) if number.chars().all(|c| c.is_ascii_digit() || c == ' ') => text.to_owned(),
        _ => csv_cell(text),
    };
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\n"
}

/// The list as it is written.
struct List {
    file: std::io::BufWriter<fs_err::File>,
    known: HashSet<String>,
    unreachable: u64,
    by_table: BTreeMap<String, u64>,
}

impl List {
    fn create(out: &Path) -> Result<Self, AppError> {
        let mut options = fs_err::OpenOptions::new();
        fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.write(true).create_new(true).open(out).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                AppError::usage_hint(format!("`{}` is there already", out.display()), "name a file that is not")
            }
            _ => AppError::unreachable(format!("cannot write the list: {error}")),
        })?;
        let mut list = Self {
            file: std::io::BufWriter::new(file),
            known: HashSet::new(),
            unreachable: 0,
            by_table: BTreeMap::new(),
        };
        list.write(&line(["email", "phone", "name", "rule", "place"]))?;
        Ok(list)
    }

    async fn rows(
        &mut self,
        source: &dyn Amend,
        plan: &Plan,
        step: &Step,
        rows: &Rows,
        columns: &Contact,
    ) -> Result<(), AppError> {
        let place = format!("{}.{}", step.source, step.table.name);
        let rule = plan.rules.get(step.rule).map_or("", |rule| rule.name.as_str());
        for (_, texts) in fetch(source, &step.table, rows).await? {
            let first = |columns: &[String], fits: fn(&str) -> bool| {
                columns.iter().filter_map(|column| texts.value(column)).find(|text| fits(text)).unwrap_or_default()
            };
            let email = first(&columns.email, |text| text.contains('@'));
            let phone = first(&columns.phone, is_phone);
            let contact = if email.is_empty() { &phone } else { &email };
            if contact.is_empty() {
                self.unreachable += 1;
                continue;
            }
            if self.known.insert(contact.trim().to_lowercase()) {
                let names: Vec<_> = columns.name.iter().filter_map(|column| texts.value(column)).collect();
                self.write(&line([email.as_ref(), phone.as_ref(), &names.join(" "), rule, &place]))?;
                *self.by_table.entry(place.clone()).or_default() += 1;
            }
        }
        Ok(())
    }

    fn write(&mut self, line: &str) -> Result<(), AppError> {
        let written = self.file.write_all(line.as_bytes());
        written.map_err(|error| AppError::unreachable(format!("cannot write the list: {error}")))
    }

    fn finish(mut self) -> Result<(u64, u64, BTreeMap<String, u64>), AppError> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| AppError::unreachable(format!("cannot write the list: {error}")))?;
        Ok((self.known.len() as u64, self.unreachable, self.by_table))
    }
}

/// Refuses to begin a plan before the people that its rules want told had their time.
pub(crate) fn check(project: &Project, plan: &Plan, hash: &str, now: Timestamp) -> Result<(), AppError> {
    if plan.notice().is_none() {
        return Ok(());
    }
    let told = PlanHistory::read(project, hash)?.told_at;
    Ok(notice::check(plan, told, now)?)
}
