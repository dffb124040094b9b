//! The retention rules of the policy, bound to the tables and columns of the sources as they are now.

use std::collections::BTreeMap;
use std::sync::Arc;

use dataward_connect::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ColumnFacts as StoredColumn;
use dataward_connect::amend::ForeignKey;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::stored::is_stored;
use dataward_model::Category;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::Action;
use dataward_policy::Approval;
use dataward_policy::ChildRule;
use dataward_policy::DeclaredSource;
use dataward_policy::Period;
use dataward_policy::RetentionRule;
use dataward_policy::RulePack;
use dataward_policy::Subject;
use dataward_policy::TableName;
use dataward_policy::Wait;
use dataward_retain::clock::BoundStart;
use dataward_retain::clock::Engine;
use dataward_retain::conflict::Conflict as Contradiction;
use dataward_retain::conflict::shell_word;
use dataward_retain::hold::Cover;
use dataward_retain::mask;
use dataward_retain::plan::Mask;
use dataward_retain::plan::PlannedRule;
use dataward_retain::plan::Replacement;
use dataward_retain::planner::BoundRule;
use dataward_retain::rules::Grounds;
use dataward_retain::rules::HeldColumn;
use dataward_retain::rules::HeldTable;
use dataward_retain::rules::Part;
use dataward_retain::rules::resolve_wish;
use dataward_store::InventoryEntry;
use dataward_store::InventoryFilter;
use dataward_store::Store;
use jiff::Timestamp;
use jiff::Zoned;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::bind_references::file_links;
use crate::bind_references::references;
use crate::bind_stored::StoredBinder;
use crate::environment;
use crate::registry;

/// A rule that does nothing somewhere until somebody decides.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Conflict {
    /// The rule.
    pub rule: String,
    /// The place.
    pub place: String,
    /// What is to be decided, in a sentence.
    pub text: String,
    /// What to do.
    pub help: String,
}

/// A source with its rules.
pub(crate) struct BoundSource {
    pub(crate) id: SourceId,
    pub(crate) source: Arc<dyn Amend>,
    pub(crate) catalogue: Catalogue,
    pub(crate) references: Vec<ForeignKey>,
    pub(crate) rules: Vec<BoundRule>,
    pub(crate) doubtful: Vec<(Sql, Sql)>,
}

/// All that a plan is made from.
pub(crate) struct Bound {
    pub(crate) sources: Vec<BoundSource>,
    pub(crate) rules: Vec<PlannedRule>,
    pub(crate) conflicts: Vec<Conflict>,
    /// What the policy itself stops.
    pub(crate) always: Vec<(SourceId, Cover)>,
    pub(crate) four_eyes: bool,
    pub(crate) skipped: Vec<String>,
}

/// The version of the rules of law.
pub(crate) fn pack_version() -> String {
    RulePack::built_in().version().to_owned()
}

/// Binds the rules to these sources, or all. What can't be bound is a conflict; a source that can't be
/// reached is skipped.
pub(crate) async fn bind(
    project: &Project,
    store: &Store,
    wanted: &[String],
    now: Timestamp,
) -> Result<Bound, AppError> {
    let policy = &project.policy;
    if let Some(unknown) = wanted.iter().find(|name| !policy.sources.keys().any(|id| id.as_str() == **name)) {
        return Err(AppError::usage_hint(
            format!("`{unknown}` is no source of the policy file"),
            format!("declared: {}", policy.sources.keys().map(SourceId::as_str).collect::<Vec<_>>().join(", ")),
        ));
    }
    let mut bound = Bound {
        sources: Vec::new(),
        rules: policy.retain.iter().map(planned_rule).collect(),
        conflicts: Vec::new(),
        always: tollings(project, now),
        four_eyes: policy.retain.iter().any(|rule| rule.approve == Approval::FourEyes),
        skipped: Vec::new(),
    };
    // Files that rows name go with them, also when their folder was not asked for: by that alone, and not by its rules.
    let links = file_links(project);
    let is_wanted = |id: &SourceId| wanted.is_empty() || wanted.iter().any(|name| name == id.as_str());
    let is_named = |id: &SourceId| links.iter().any(|link| link.files == *id && is_wanted(&link.source));
    let inventory = store.inventory(&InventoryFilter::default()).await?;
    let as_of = now.to_zoned(policy.business.time_zone.clone());
    for (id, declared) in &policy.sources {
        if !is_wanted(id) && !is_named(id) {
            continue;
        }
        match open(project, declared).await {
            Err(error) => bound.skipped.push(format!("{id}: {error}")),
            Ok((source, catalogue)) => {
                let own: Vec<&InventoryEntry> = inventory.iter().filter(|entry| entry.place.source == *id).collect();
                let mut catalogue = catalogue;
                let (rules, doubtful) = if !is_wanted(id) {
                    (Vec::new(), Vec::new())
                } else if is_stored(catalogue.kind) {
                    let url = &declared.url;
                    let known = store.tables(Some(id)).await?;
                    let names = known.iter().filter(|table| table.gone_since.is_none());
                    let names: Vec<&str> = names.filter_map(|table| table.place.table.as_deref()).collect();
                    let binder = StoredBinder { project, id, url, inventory: &own, names: &names, as_of: &as_of };
                    binder.rules(&mut catalogue, &mut bound.conflicts)?
                } else {
                    let references = &references(project, id, &catalogue)?;
                    let binder =
                        Binder { project, id, catalogue: &catalogue, references, inventory: &own, as_of: &as_of };
                    binder.rules(&mut bound.conflicts)?
                };
                let references = references(project, id, &catalogue)?;
                bound.sources.push(BoundSource { id: id.clone(), source, catalogue, references, rules, doubtful });
            }
        }
    }
    Ok(bound)
}

/// What the policy's tollings stop today.
pub(crate) fn tollings(project: &Project, now: Timestamp) -> Vec<(SourceId, Cover)> {
    let policy = &project.policy;
    let today = now.to_zoned(policy.business.time_zone.clone()).date();
    let mut covers = Vec::new();
    for tolling in policy.retention.tolling.iter().filter(|tolling| tolling.is_open(today)) {
        let matter = tolling.name.clone();
        match &tolling.what {
            Subject::Place { source, rest } => {
                let table = (!rest.is_empty()).then(|| rest.clone());
                covers.push((source.clone(), Cover { matter, table, rows: None }));
            }
            // Which tables hold a category changes; all of the sources wait.
            Subject::Category(_) => {
                covers.extend(
                    policy
                        .sources
                        .keys()
                        .map(|source| (source.clone(), Cover { matter: matter.clone(), table: None, rows: None })),
                );
            }
        }
    }
    covers
}

/// Opens a source for changes, with its catalogue.
pub(crate) async fn open(
    project: &Project,
    declared: &DeclaredSource,
) -> Result<(Arc<dyn Amend>, Catalogue), AppError> {
    let password = declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose()?;
    let source = registry::amend(&declared.url, password, &project.root)?;
    let catalogue = source.catalogue().await.map_err(|error| AppError::unreachable(error.to_string()))?;
    Ok((source, catalogue))
}

/// One database.
pub(crate) struct Binder<'a> {
    pub(crate) project: &'a Project,
    pub(crate) id: &'a SourceId,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) references: &'a [ForeignKey],
    pub(crate) inventory: &'a [&'a InventoryEntry],
    pub(crate) as_of: &'a Zoned,
}

pub(crate) type Rules = (Vec<BoundRule>, Vec<(Sql, Sql)>);

impl Binder<'_> {
    fn rules(&self, conflicts: &mut Vec<Conflict>) -> Result<Rules, AppError> {
        let engine =
            Engine::of(self.catalogue.kind).ok_or_else(|| AppError::Internal(format!("`{}` has no SQL", self.id)))?;
        let (mut rules, mut doubtful) = (Vec::new(), Vec::new());
        for (number, rule) in self.project.policy.retain.iter().enumerate() {
            let targets = self.targets(rule);
            if let (Subject::Place { source, .. }, true) = (&rule.what, targets.is_empty())
                && source == self.id
            {
                let is_there = |rest: &String| self.catalogue.tables.iter().any(|table| table.name == *rest);
                let (text, help) = match (self.catalogue.kind, &rule.what) {
                    (_, Subject::Place { rest, .. }) if is_there(rest) => (
                        "no column of it is known to hold personal data, so there is nothing to make anonymous",
                        format!("dataward scan {} --full, or name the column in `what`", self.id),
                    ),
                    // MySQL and MariaDB show an account only what it has a right on.
                    (SourceKind::Mysql, Subject::Place { rest, .. }) => (
                        "the source has no such table or column, or shows it to this account not at all",
                        format!("correct `what` in the policy file, or GRANT SELECT ON {rest} TO the account"),
                    ),
                    _ => ("the source has no such table or column", "correct `what` in the policy file".to_owned()),
                };
                conflicts.push(Conflict {
                    rule: rule.name.clone(),
                    place: rule.what.to_string(),
                    text: text.to_owned(),
                    help,
                });
            }
            for (table, columns) in targets {
                let Some((part, contradictions)) = self.part(number, table) else { continue };
                let open: Vec<&Contradiction> = contradictions.iter().filter(|one| one.is_open()).collect();
                if !open.is_empty() {
                    conflicts.extend(open.into_iter().map(|one| Conflict {
                        rule: rule.name.clone(),
                        place: format!("{}.{}", self.id, table.name),
                        text: one.text.clone(),
                        help: format!("dataward retain policy {}", shell_word(&format!("{}.{}", self.id, table.name))),
                    }));
                    continue;
                }
                let mut columns = self.covered(rule, &part, columns);
                let keys: Vec<String> =
                    columns.extract_if(.., |one| self.is_key(table, &one.column)).map(|one| one.column).collect();
                if !keys.is_empty() {
                    conflicts.push(Conflict {
                        rule: rule.name.clone(),
                        place: format!("{}.{}", self.id, table.name),
                        text: format!("rows refer to each other by {}, so that stays as it is", keys.join(", ")),
                        help: "give the table a key that says nothing of the person, or let its rows go".to_owned(),
                    });
                    if columns.is_empty() {
                        continue;
                    }
                }
                if columns.is_empty() && matches!(rule.what, Subject::Category(_)) {
                    continue;
                }
                let impossible = columns.iter().filter(|one| matches!(one.with, Mask::MadeUp { .. }));
                let impossible = impossible.filter_map(|one| table.column(&one.column));
                let impossible: Vec<String> = impossible
                    .filter(|column| !self.can_make_up(table, column))
                    .map(|column| format!("`{}` ({})", column.name, column.sql_type))
                    .collect();
                if !impossible.is_empty() {
                    conflicts.push(Conflict {
                        rule: rule.name.clone(),
                        place: format!("{}.{}", self.id, table.name),
                        text: format!(
                            "nothing can be made up for {}, which may not be empty, so nothing of it goes",
                            impossible.join(", ")
                        ),
                        help: "let the column be NULL, or let the rows go".to_owned(),
                    });
                    continue;
                }
                match self.starts(engine, rule, &part.clocks, table) {
                    Err(conflict) => conflicts.push(conflict),
                    Ok(starts) => {
                        let each = |sql: &dyn Fn(&BoundStart, Period) -> String, word: &str| {
                            let parts: Vec<String> = starts.iter().map(|(start, keep)| sql(start, *keep)).collect();
                            Sql::from_trusted(format!("({})", parts.join(word)))
                        };
                        doubtful.push((
                            each(&|start, _| start.null_sql(engine), " OR "),
                            each(&|start, _| start.quarantine_sql(engine, self.as_of), " OR "),
                        ));
                        rules.push(BoundRule {
                            rule: number,
                            table: table.name.clone(),
                            action: rule.then,
                            // The wish and every minimum of law must have ended.
                            due: each(&|start, keep| start.due_sql(engine, keep, self.as_of), " AND "),
                            columns,
                            archive: (rule.then == Action::Archive).then(|| archive_class(rule, self.as_of)),
                            basis: None,
                            children: self.children(rule),
                            minimums: self.minimums(engine, number, table, conflicts),
                            may_lock: rule.may_lock.map(|lock| lock.seconds()),
                        });
                    }
                }
            }
        }
        Ok((rules, doubtful))
    }

    /// The tables that a rule covers here, and of each the columns alone, or none for whole rows.
    fn targets(&self, rule: &RetentionRule) -> Vec<(&TableFacts, Vec<Replacement>)> {
        let mut found = Vec::new();
        for table in self.catalogue.tables.iter().filter(|table| !table.elsewhere) {
            match &rule.what {
                Subject::Category(category) => {
                    let columns = self.columns(table, |entry| entry.is_within(category), rule.then);
                    if !columns.is_empty() {
                        found.push((table, columns));
                    }
                }
                Subject::Place { source, rest } if source == self.id => {
                    let named = self.named_as(table);
                    if *rest == named {
                        let columns = match rule.then {
                            Action::Anonymise => self.columns(table, |_| true, rule.then),
                            Action::Archive | Action::CleanUp | Action::Erase => Vec::new(),
                        };
                        if rule.then != Action::Anonymise || !columns.is_empty() {
                            found.push((table, columns));
                        }
                    } else if let Some(column) =
                        rest.strip_prefix(&format!("{named}.")).filter(|name| table.column(name).is_some())
                    {
                        found.push((table, vec![self.replacement(table, column, rule.then)]));
                    }
                }
                Subject::Place { .. } => {}
            }
        }
        found
    }

    /// The name by which rules speak of a table: its own where one does, else that of the nearest table that it inherits
    /// from of which one speaks. Its rows are among those of that table for whoever asks.
    fn named_as<'t>(&'t self, table: &'t TableFacts) -> &'t str {
        let speaks_of = |name: &&str| {
            self.project.policy.retain.iter().any(|rule| match &rule.what {
                Subject::Place { source, rest } => {
                    source == self.id
                        && rest.strip_prefix(name).is_some_and(|more| more.is_empty() || more.starts_with('.'))
                }
                Subject::Category(_) => false,
            })
        };
        let names = [table.name.as_str()].into_iter().chain(self.catalogue.ancestors(table));
        names.into_iter().find(speaks_of).unwrap_or(&table.name)
    }

    /// What scans know of a table; one that inherits from others may be read with these.
    fn entries(&self, table: &TableFacts) -> impl Iterator<Item = &InventoryEntry> {
        let of = |name: &str| self.inventory.iter().any(|entry| entry.place.table.as_deref() == Some(name));
        let names = [table.name.as_str()].into_iter().chain(self.catalogue.ancestors(table));
        let known = names.into_iter().find(|name| of(name)).unwrap_or(&table.name).to_owned();
        self.inventory.iter().copied().filter(move |entry| entry.place.table.as_deref() == Some(known.as_str()))
    }

    fn columns(&self, table: &TableFacts, fits: impl Fn(&Category) -> bool, then: Action) -> Vec<Replacement> {
        self.entries(table)
            .filter(|entry| entry.category().is_some_and(&fits))
            .filter_map(|entry| entry.place.column.as_deref())
            .filter(|column| table.column(column).is_some_and(|column| !column.generated))
            .map(|column| self.replacement(table, column, then))
            .collect()
    }

    /// Whether foreign keys go by a column: with another value the rows would lose each other.
    fn is_key(&self, table: &TableFacts, column: &str) -> bool {
        let has = |columns: &[String]| columns.iter().any(|one| one == column);
        self.catalogue.foreign_keys.iter().any(|key| {
            (key.child == table.name && has(&key.child_columns))
                || (key.parent == table.name && has(&key.parent_columns))
        })
    }

    /// Whether the column takes a value that is made up; where it alone is a unique key, each time another.
    fn can_make_up(&self, table: &TableFacts, column: &StoredColumn) -> bool {
        let alone = |key: &[String]| matches!(key, [one] if *one == column.name);
        let is_unique = table.unique.iter().any(|key| alone(key));
        mask::can_make_up(self.catalogue.kind, column, is_unique)
    }

    /// NULL, or a made-up value where something must stand there or the books should look whole.
    fn replacement(&self, table: &TableFacts, column: &str, then: Action) -> Replacement {
        let facts = table.column(column);
        let own = self.entries(table).find(|entry| entry.place.column.as_deref() == Some(column));
        let category = own.and_then(|entry| entry.category());
        let can_be_made_up = |facts: &StoredColumn| self.can_make_up(table, facts);
        let with = match facts {
            Some(facts) if facts.nullable && (then != Action::Anonymise || !can_be_made_up(facts)) => Mask::Null,
            _ => Mask::MadeUp {
                category: category.map_or("user", |category| category.key()).to_owned(),
                max_chars: facts.and_then(|facts| facts.max_chars),
                sql_type: facts.map(|facts| facts.sql_type.clone()).unwrap_or_default(),
                check: facts.and_then(|facts| facts.check.clone()),
            },
        };
        Replacement { column: column.to_owned(), with }
    }

    /// What the wish comes to at `table`, with the law; none where a more specific wish covers all of it.
    pub(crate) fn part(&self, number: usize, table: &TableFacts) -> Option<(Part<'_>, Vec<Contradiction>)> {
        let columns = self
            .entries(table)
            .filter_map(|entry| {
                Some(HeldColumn { name: entry.place.column.clone()?, category: entry.category()?.clone() })
            })
            .collect();
        let name = TableName { source: self.id.clone(), table: table.name.clone() };
        let held = HeldTable { name, is_file: false, columns };
        let grounds = Grounds {
            policy: &self.project.policy,
            pack: RulePack::built_in(),
            // Holds are asked for row by row, in every statement.
            holds: &[],
            today: self.as_of.date(),
        };
        resolve_wish(grounds, &held, number)
    }

    /// The columns that no more specific wish covers. A wish for a column or a whole table means just that.
    fn covered(&self, rule: &RetentionRule, part: &Part<'_>, columns: Vec<Replacement>) -> Vec<Replacement> {
        match rule.what {
            Subject::Category(_) => {
                columns.into_iter().filter(|one| part.columns.iter().any(|column| column.name == one.column)).collect()
            }
            Subject::Place { .. } => columns,
        }
    }

    /// Tables by the names of the catalogue, whether written with their schema or without.
    pub(crate) fn children(&self, rule: &RetentionRule) -> BTreeMap<String, ChildRule> {
        let named = |name: &str| {
            let ending = format!(".{name}");
            self.catalogue.tables.iter().find(|table| table.name == name || table.name.ends_with(&ending))
        };
        rule.children.iter().filter_map(|(name, child)| Some((named(name)?.name.clone(), *child))).collect()
    }
}

/// The class of keys of a rule's archive: one for each year in which archives end.
pub(crate) fn archive_class(rule: &RetentionRule, as_of: &Zoned) -> String {
    let words: Vec<String> = rule
        .name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let name = if words.is_empty() { "rule".to_owned() } else { words.join("-") };
    format!("archive-{name}-{}", archive_end(rule, as_of).year())
}

/// When an archive that is made now ends: with the year that `archive_for` reaches into, so that one key serves
/// a year. Without it ten years: the longest that books are commonly kept (HGB § 257, AO § 147).
pub(crate) fn archive_end(rule: &RetentionRule, as_of: &Zoned) -> jiff::civil::Date {
    let span = rule.archive_for.map_or_else(|| jiff::Span::new().years(10), Period::span);
    as_of.date().saturating_add(span).last_of_year()
}

fn planned_rule(rule: &RetentionRule) -> PlannedRule {
    PlannedRule {
        name: rule.name.clone(),
        what: rule.what.to_string(),
        keep: rule.keep.to_string(),
        from: rule.from.as_str().to_owned(),
        then: rule.then.as_str().to_owned(),
        notify_hours: rule.notify.map(Wait::hours),
    }
}
