//! At the gate: rows that wait for the files they name. A row goes before its file, and only when the file can follow: it
//! is as it was planned, nobody holds it, and the account may remove it.

use std::collections::BTreeMap;
use std::collections::HashMap;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::BatchDone;
use dataward_connect::amend::KeyColumn;
use dataward_connect::amend::Rows;
use dataward_connect::amend::SkipReason;
use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::STORED;
use dataward_connect::amend::stored::name_at;
use dataward_model::SourceId;

use crate::apply::Target;
use crate::dialect;
use crate::error::RetainError;
use crate::hold::Holds;
use crate::named_files::may_not;
use crate::named_files::named_paths;
use crate::named_files::one_of;
use crate::plan::Names;
use crate::plan::Plan;
use crate::plan::Step;
use crate::rows_file::RowsReader;

/// Paths asked about at a time.
const PATHS: usize = 500;

/// The files and objects of a plan as they were planned: version by source, path and version of the store.
#[derive(Default)]
pub(crate) struct PlannedFiles(HashMap<SourceId, HashMap<(String, String), u64>>);

impl PlannedFiles {
    /// Those of a plan whose rows name files; the reader stands at its beginning again.
    pub(crate) fn of(plan: &Plan, rows: &mut RowsReader) -> Result<Self, RetainError> {
        let mut planned = Self::default();
        if plan.steps.iter().all(|step| step.names.is_empty()) {
            return Ok(planned);
        }
        while let Some(chunk) = rows.next_chunk()? {
            let step = &plan.steps[chunk.step];
            if step.table.name != STORED {
                continue;
            }
            let files = planned.0.entry(step.source.clone()).or_default();
            for at in 0..chunk.rows.len() {
                let (path, version) = name_at(&chunk.rows, at);
                files.insert((path.to_owned(), version.to_owned()), chunk.rows.versions[at]);
            }
        }
        rows.rewind()?;
        Ok(planned)
    }

    /// Whether a file that is stored now is planned as it is.
    fn knows(&self, files: &SourceId, rows: &Rows, at: usize) -> Planned {
        let (path, version) = name_at(rows, at);
        let known = self.0.get(files).and_then(|files| files.get(&(path.to_owned(), version.to_owned())));
        match known {
            Some(known) if *known == rows.versions[at] => Planned::As,
            Some(_) => Planned::Otherwise,
            None => Planned::Not,
        }
    }
}

enum Planned {
    As,
    Otherwise,
    Not,
}

/// Rows of a batch that wait.
#[derive(Default)]
pub(crate) struct Waiting {
    /// True of them.
    pub(crate) conditions: Vec<Sql>,
    /// Why, by their positions.
    why: BTreeMap<u32, SkipReason>,
}

impl Waiting {
    /// Says of rows that were left alone as held when it was for their files.
    pub(crate) fn tell(&self, done: &mut BatchDone) {
        for (at, reason) in done.skipped.iter_mut().filter(|(_, reason)| *reason == SkipReason::Held) {
            *reason = self.why.get(at).copied().unwrap_or(*reason);
        }
    }

    /// Adds the rows of a step whose files in one folder or bucket stay.
    pub(crate) async fn add(
        &mut self,
        (step, names, rows): (&Step, &Names, &Rows),
        target: &Target,
        (files, holds): (&Target, &Holds),
        (plan, planned): (&Plan, &PlannedFiles),
    ) -> Result<(), RetainError> {
        let root = names.root.as_deref();
        let named = named_paths(target.source.as_ref(), &step.table, &names.column, root, rows).await?;
        let Some(stored) = files.catalogue.table(STORED) else { return Ok(()) };
        let held = holds.condition(&files.catalogue, &files.references, stored);
        let found = holds.found(&files.catalogue, stored);
        let flags = [may_not(SkipReason::Denied), may_not(SkipReason::Protected), held, found];
        let mut staying: HashMap<String, SkipReason> = HashMap::new();
        let mut paths: Vec<String> = named.iter().map(|named| named.path.clone()).collect();
        paths.sort_unstable();
        paths.dedup();
        for part in paths.chunks(PATHS) {
            let now = files.source.stored_now(stored, part, &flags).await?;
            for at in 0..now.rows.len() {
                let is = |flag: usize| now.flags[flag][at];
                let why = match planned.knows(&names.files, &now.rows, at) {
                    Planned::As if is(0) => SkipReason::FileDenied,
                    Planned::As if is(1) => SkipReason::FileProtected,
                    Planned::As if is(2) && is(3) => SkipReason::FileHeld,
                    Planned::As if is(2) => SkipReason::FileUnseen,
                    Planned::Otherwise => SkipReason::FileChanged,
                    Planned::Not if written(&now.rows, at) >= plan.made_at.as_second() => SkipReason::FileChanged,
                    // What was not planned stays with another row that names it, or goes by a rule of its own.
                    Planned::As | Planned::Not => continue,
                };
                staying.insert(name_at(&now.rows, at).0.to_owned(), why);
            }
        }
        let kind = target.catalogue.kind;
        let mut texts = Vec::new();
        for named in named {
            if let Some(why) = staying.get(&named.path) {
                self.why.insert(named.at as u32, *why);
                texts.push(named.text.trim_matches(' ').to_owned());
            }
        }
        if !texts.is_empty() {
            let column = dialect::text(kind, &format!("{ALIAS}.{}", dialect::identifier(kind, &names.column)));
            self.conditions.push(Sql::from_trusted(one_of(kind, &format!("trim({column})"), &texts)));
        }
        Ok(())
    }
}

fn written(rows: &Rows, at: usize) -> i64 {
    match rows.keys.get(1) {
        Some(KeyColumn::Integers(written)) => written[at],
        _ => 0,
    }
}
