//! Making a whole plan: each source searched and ordered, its rows sealed, what somebody should know
//! before approving said.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::Path;

use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Intent;
use dataward_connect::amend::Note;
use dataward_connect::amend::OnDelete;
use dataward_connect::amend::RowIdentity;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceId;
use dataward_model::counted;
use dataward_policy::Action;
use dataward_seal::SecretKey;

use crate::closure::KeptReason;
use crate::error::RetainError;
use crate::hold::Holds;
use crate::left_elsewhere;
use crate::named_files::FileLink;
use crate::named_files::NamedFiles;
use crate::partitions;
use crate::plan::Due;
use crate::plan::Kept;
use crate::plan::Plan;
use crate::plan::PlannedChange;
use crate::plan::PlannedSource;
use crate::plan::Step;
use crate::plan::Warning;
use crate::plan::bytes_of;
use crate::planner;
use crate::planner::BoundRule;
use crate::planner::PlanInput;
use crate::refills;
use crate::refills::Worth;
use crate::rewrite;
use crate::rows_file::RowsWriter;
use crate::rows_file::Together;
use crate::steps;
pub use crate::trees::LARGEST_TREE;

/// One source and what the policy says of it.
pub struct SourceInput<'a> {
    /// Its name.
    pub id: SourceId,
    /// The way to it.
    pub source: &'a dyn Amend,
    /// Its facts.
    pub catalogue: Catalogue,
    /// References: those of the catalogue and those that a person confirmed.
    pub references: Vec<ForeignKey>,
    /// The rules, bound to its tables.
    pub rules: Vec<BoundRule>,
    /// Of each rule, in the same order: rows without a start, rows whose start can't be.
    pub doubtful: Vec<(Sql, Sql)>,
    /// What is held.
    pub holds: Holds,
    /// From when on tables are emptied at once.
    pub worth: Worth,
    /// Rows that go in one transaction with all that hangs on them, at most: [`LARGEST_TREE`].
    pub largest_tree: u32,
}

/// Fills `plan` with what happens to these sources; the rows go sealed into `rows`. Files that rows name go with
/// them by `links`.
///
/// # Errors
/// When a source can't be read or the file can't be written. Nothing of a source is changed.
pub async fn make(
    mut plan: Plan,
    sources: &[SourceInput<'_>],
    links: &[FileLink],
    rows: &Path,
    key: SecretKey,
) -> Result<Plan, RetainError> {
    let mut writer = RowsWriter::create(rows, key)?;
    let mut named = NamedFiles::new(links, sources);
    for source in sources {
        add_source(&mut plan, source, &mut writer, &mut named).await?;
    }
    // Files that rows name go when their rows have gone.
    for found in named.into_steps(&plan).await? {
        let step = plan.steps.len();
        plan.kept.extend(found.kept);
        if let Some((planned, rows)) = found.step {
            plan.steps.push(planned);
            for part in rows.parts(steps::CHUNK_ROWS) {
                writer.push(step, Together::Alone, &part)?;
            }
        }
    }
    number_in_order(&mut plan.steps);
    (plan.rows_sha256, plan.chunks) = writer.finish()?;
    Ok(plan)
}

async fn add_source(
    plan: &mut Plan,
    source: &SourceInput<'_>,
    writer: &mut RowsWriter,
    named: &mut NamedFiles<'_>,
) -> Result<(), RetainError> {
    let input = PlanInput {
        catalogue: &source.catalogue,
        references: &source.references,
        rules: &source.rules,
        holds: &source.holds,
        worth: source.worth,
        largest_tree: source.largest_tree,
    };
    let mut found = planner::search(source.source, &input).await?;
    named.keep_waiting(source, &mut found).await?;
    let partitions = partitions::find(source.source, &found, &input).await?;
    let refills = refills::find(source.source, &found, &input).await?;
    let mut draft = steps::draft(&mut found, &input, &partitions, &refills.refills);
    rewrite::add(&mut draft, &found, source.source, &input).await?;
    named.keep_waiting_rewritten(source, &mut draft).await?;
    let base = plan.steps.len();
    let kind = source.catalogue.kind;
    plan.sources.insert(source.id.clone(), PlannedSource { kind, product: source.catalogue.product.clone() });
    for step in &draft.steps {
        plan.steps.push(Step {
            source: source.id.clone(),
            table: source.catalogue.tables[step.table as usize].clone(),
            rule: step.rule,
            action: step.action.to_owned(),
            change: step.change.clone(),
            condition: step.condition.clone(),
            rows: step.rows,
            order: 0,
            because_of: step.because_of.clone(),
            archive: step.archive.clone(),
            basis: step.basis.clone(),
            named_by: Vec::new(),
            names: named.names(source, step),
            bytes: is_stored(kind).then_some(0),
            at_once: step.at_once.clone(),
        });
    }
    for chunk in &draft.chunks {
        writer.push_trees(base + chunk.step, chunk.together, (chunk.height, &chunk.trees), &chunk.rows)?;
        let step = &mut plan.steps[base + chunk.step];
        named.goes(source, step, &chunk.rows).await?;
        step.bytes = step.bytes.map(|bytes| bytes + bytes_of(&source.catalogue, &chunk.rows).unwrap_or(0));
    }
    for ((table, rule, reason), rows) in &draft.kept {
        plan.kept.push(Kept {
            source: source.id.clone(),
            table: source.catalogue.tables[*table as usize].name.clone(),
            rule: *rule,
            rows: *rows,
            reason: sentence(reason, &source.rules),
        });
    }
    for (rule, (undated, quarantined)) in source.rules.iter().zip(&source.doubtful) {
        let Some(table) = source.catalogue.table(&rule.table) else { continue };
        let due = source.source.count(table, &rule.due).await?;
        plan.due.push(Due {
            source: source.id.clone(),
            table: table.name.clone(),
            rule: rule.rule,
            condition: rule.due.clone(),
            rows: due,
        });
        for (condition, reason) in [
            (undated, "no start: what the period counts from is empty, so it never ends"),
            (quarantined, "a start that can't be: somebody should look at these rows"),
        ] {
            let rows = source.source.count(table, condition).await?;
            if rows > 0 {
                plan.kept.push(Kept {
                    source: source.id.clone(),
                    table: table.name.clone(),
                    rule: rule.rule,
                    rows,
                    reason: reason.to_owned(),
                });
            }
        }
    }
    plan.warnings.extend(warnings(source, &draft.steps));
    plan.warnings.extend(in_parts(source, &draft));
    plan.warnings.extend(refills.said.into_iter().map(|(table, kind, text)| Warning {
        source: source.id.clone(),
        table: Some(table),
        kind: kind.to_owned(),
        text,
    }));
    plan.warnings.extend(left_elsewhere::warnings(source, &draft).await?);
    let told =
        |note: Note| Warning { source: source.id.clone(), table: None, kind: note.kind.to_owned(), text: note.text };
    let intents = intents(source, &draft.steps);
    if !intents.is_empty() {
        plan.warnings.extend(source.source.obstacles(&intents).await?.into_iter().map(told));
    }
    for table in source.catalogue.tables.iter().filter(|_| is_stored(kind)) {
        let due = Sql::any(source.rules.iter().map(|rule| rule.due.clone()));
        plan.warnings.extend(source.source.notes(table, &due).await?.into_iter().map(told));
    }
    Ok(())
}

/// What the steps mean to do with each table.
fn intents<'a>(source: &'a SourceInput<'_>, steps: &'a [steps::DraftStep]) -> Vec<Intent<'a>> {
    let mut intents: BTreeMap<u16, Intent<'a>> = BTreeMap::new();
    for step in steps {
        let table = &source.catalogue.tables[step.table as usize];
        let intent = intents.entry(step.table).or_insert_with(|| Intent {
            table,
            erases: false,
            rewrites: Vec::new(),
            reclaims: false,
        });
        intent.reclaims |= step.action == Action::CleanUp.as_str();
        match &step.change {
            PlannedChange::Rewrite { columns } => {
                intent.rewrites.extend(columns.iter().map(|replacement| replacement.column.as_str()));
            }
            PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => intent.erases = true,
        }
    }
    intents.into_values().collect()
}

/// What the steps of a plan mean to do with each table of a source.
pub fn planned_intents<'a>(plan: &'a Plan, source: &SourceId) -> Vec<Intent<'a>> {
    let of_source = plan.steps.iter().filter(|step| step.source == *source);
    let intent = |step: &'a Step| Intent {
        table: &step.table,
        erases: !matches!(step.change, PlannedChange::Rewrite { .. }),
        rewrites: match &step.change {
            PlannedChange::Rewrite { columns } => columns.iter().map(|one| one.column.as_str()).collect(),
            PlannedChange::DropPartition { .. } | PlannedChange::Erase { .. } => Vec::new(),
        },
        reclaims: false,
    };
    of_source.map(intent).collect()
}

/// The order of execution by table and action, from 1, by the first step of each.
fn number_in_order(steps: &mut [Step]) {
    let mut numbers: HashMap<(SourceId, String, String), u64> = HashMap::new();
    for step in steps {
        let next = numbers.len() as u64 + 1;
        let key = (step.source.clone(), step.table.name.clone(), step.action.clone());
        step.order = *numbers.entry(key).or_insert(next);
    }
}

fn sentence(reason: &KeptReason, rules: &[BoundRule]) -> String {
    // What law says of a table that no rule speaks of.
    let law = |table: &str| {
        let minimum = rules.iter().find_map(|rule| rule.minimums.get(table));
        minimum.map(|minimum| format!(": {}", minimum.by)).unwrap_or_default()
    };
    match reason {
        KeptReason::Cycle { tables } => {
            format!("cycle: rows of {} refer to each other and this engine can't take them out", tables.join(", "))
        }
        KeptReason::Elsewhere { child } => format!(
            "referenced: rows of {child}, in another database of the server, refer to them; they are planned together when \
             the source's address names no database"
        ),
        KeptReason::Denied => "denied: this account may not read them, or not change their folders".to_owned(),
        KeptReason::File { files, why: None } => {
            format!("file: not every table that may name the files of {files} was asked; plan all sources together")
        }
        KeptReason::File { files, why: Some(SkipReason::FileUnseen) } => format!(
            "file: they wait for files of {files}, in which nobody has looked for a person who is held; look: dataward \
             scan --full {files}"
        ),
        KeptReason::File { files, why: Some(SkipReason::FileDenied) } => {
            format!("file: they wait for files of {files} that this account may not read or remove")
        }
        KeptReason::File { files, why: Some(SkipReason::FileProtected) } => {
            format!("file: they wait for files of {files} that the store protects")
        }
        KeptReason::File { files, why: Some(_) } => format!("file: they wait for files of {files} that are held"),
        KeptReason::FileOn { child } => {
            format!("file: rows of {child} that refer to them wait for the files they name")
        }
        KeptReason::Hidden { child } => format!(
            "row-security: row security hides rows of {child} from this account, and what it hides may refer to them: the \
             server would take it along or change it, held or not; name an account that sees all of {child} (its owner, \
             one with BYPASSRLS, a policy of its own with USING (true))"
        ),
        KeptReason::Hold => "hold: a hold or a tolling covers them".to_owned(),
        KeptReason::HoldOn { child } => format!("hold: rows of {child} that refer to them are held"),
        KeptReason::Minimum { child, through: None } => format!(
            "minimum: rows of {child} that refer to them have a period of their own that has not ended{}",
            law(child)
        ),
        KeptReason::Minimum { child, through: Some(through) } => format!(
            "minimum: rows of {through} that refer to them stay for rows of {child}, which have a period of their own that \
             has not ended{}",
            law(child)
        ),
        KeptReason::NoKey => "no key: two rows of the table can't be told apart".to_owned(),
        KeptReason::NoKeyOn { child } => {
            format!(
                "no key: rows of {child} refer to them, and two rows of that table can't be told apart; give it a key"
            )
        }
        KeptReason::Protected => {
            "protected: the store keeps them, by object lock or a legal hold of its own".to_owned()
        }
        KeptReason::NotTaken => "what takes them along stays".to_owned(),
        KeptReason::Referenced { child, through: None } => {
            format!("referenced: rows of {child} refer to them, and no rule lets those go")
        }
        KeptReason::Referenced { child, through: Some(through) } => format!(
            "referenced: rows of {through} that refer to them stay for rows of {child}, and no rule lets those go"
        ),
    }
}

/// What goes in several transactions, although it hangs together.
fn in_parts(source: &SourceInput<'_>, draft: &steps::Draft) -> Vec<Warning> {
    let warning =
        |kind: &str, text: String| Warning { source: source.id.clone(), table: None, kind: kind.to_owned(), text };
    let mut said = Vec::new();
    if let Some(largest) = draft.large.iter().max() {
        let rows = counted(draft.large.iter().sum::<u64>(), "row", "rows");
        said.push(warning(
            "in-parts",
            format!(
                "{rows} hang together in more than go in one transaction ({largest} in one piece): all are looked at                  before the first goes, and then they go in several, children first. Who changes or holds one that others                  refer to while that is at work, or before an apply that was cut off goes on, finds it without some of these"
            ),
        ));
    }
    let at_once: BTreeSet<&str> = draft
        .steps
        .iter()
        .filter(|step| step.at_once.is_some())
        .map(|step| source.catalogue.tables[step.table as usize].name.as_str())
        .collect();
    for step in &draft.steps {
        let parent = step.because_of.as_deref().filter(|parent| step.action == "unlink" && at_once.contains(parent));
        if let Some(parent) = parent {
            let table = &source.catalogue.tables[step.table as usize].name;
            said.push(warning(
                "unlinked-first",
                format!(
                    "{} of {table} lose their reference to {parent} before that is emptied at once: should rows of {parent}                      turn out to stay, these references are lost",
                    counted(step.rows, "row", "rows"),
                ),
            ));
        }
    }
    said
}

fn warnings(source: &SourceInput<'_>, steps: &[steps::DraftStep]) -> Vec<Warning> {
    let mut found = Vec::new();
    let changed: BTreeSet<u16> = steps.iter().map(|step| step.table).collect();
    // Rows that go: those that are rewritten stay, and what refers to them with them.
    let mut gone = BTreeMap::new();
    for step in steps {
        if !matches!(step.change, PlannedChange::Rewrite { .. }) {
            *gone.entry(step.table).or_insert(0_u64) += step.rows;
        }
    }
    let mut warn = |table: &TableFacts, kind: &str, text: String| {
        found.push(Warning { source: source.id.clone(), table: Some(table.name.clone()), kind: kind.to_owned(), text });
    };
    // Whatever the account sees of them, none at all too: what it does not see is not planned.
    let ruled = source.rules.iter().map(|rule| rule.table.as_str());
    let planned = changed.iter().map(|number| source.catalogue.tables[*number as usize].name.as_str());
    for name in ruled.chain(planned).collect::<BTreeSet<_>>() {
        if let Some(table) = source.catalogue.table(name).filter(|table| table.hides_rows) {
            let text = format!(
                "row security hides rows of {name} from this account: what it does not see is neither counted nor planned; \
                 name an account that sees all of them (BYPASSRLS, or a policy of its own)"
            );
            warn(table, "row-security", text);
        }
    }
    for name in source.rules.iter().map(|rule| rule.table.as_str()).collect::<BTreeSet<_>>() {
        let Some(table) = source.catalogue.table(name) else { continue };
        if table.identity == RowIdentity::None {
            let text = format!(
                "{} has no key that tells its rows apart: nothing of it can be planned; give it one (ALTER TABLE {} ADD \
                 PRIMARY KEY …), then plan again",
                table.name, table.sql
            );
            warn(table, "no-key", text);
        }
    }
    for number in changed {
        let table = &source.catalogue.tables[number as usize];
        let of_table = steps.iter().filter(|step| step.table == number);
        let dropped: Vec<&str> = of_table.filter_map(|step| step.change.partition()).collect();
        if !dropped.is_empty() {
            let text = format!(
                "{} goes as a whole: nothing in it stays, and it is dropped; rows of that time find no place after",
                dropped.join(", ")
            );
            warn(table, "drop-partition", text);
        }
        if table.keeps_history {
            let text = format!(
                "{name} keeps its past (WITH SYSTEM VERSIONING): what goes or is changed can be read on by FOR SYSTEM_TIME \
                 ALL until somebody says DELETE HISTORY FROM {}, and no level is proven before",
                table.sql,
                name = table.name,
            );
            warn(table, "keeps-history", text);
        }
        let erases = gone.contains_key(&number);
        let keeps = |name: &String| match erases && table.keepers.contains(name) {
            true => "; it can keep or refuse rows that go: those are listed after the apply, and stay",
            false => "",
        };
        for trigger in &table.triggers {
            let text = format!("the trigger `{trigger}` of {} fires for each row{}", table.name, keeps(trigger));
            warn(table, "trigger", text);
        }
        for rule in &table.rules {
            let does = format!("the rule `{rule}` of {} makes the server do something else", table.name);
            warn(table, "rewrite-rule", does + keeps(rule));
        }
        let Some(rows) = gone.get(&number) else { continue };
        for key in source.references.iter().filter(|key| key.parent == table.name) {
            let child = source.catalogue.table(&key.child).map_or(0, |child| child.rows_estimate);
            if !key.indexed && child > 1_000 {
                // 27 ms of the server's time for each parent with a child of 600,000 rows (measured).
                let seconds = *rows as f64 * child as f64 * 45e-9;
                warn(
                    table,
                    "missing-index",
                    format!(
                        "no index on {} ({}): each row that goes from {} makes the server read all {} of \
                         it, about {seconds:.0} s in all; create one first",
                        key.child,
                        key.child_columns.join(", "),
                        table.name,
                        counted(child, "row", "rows"),
                    ),
                );
            }
            if key.on_delete == OnDelete::SetDefault {
                warn(
                    table,
                    "set-default",
                    format!("{} would get a default in place of the reference; rows with children stay", key.child),
                );
            }
        }
    }
    found
}
