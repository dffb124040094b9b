//! Rules of the policy over a folder or a bucket, bound to what is stored there: files and objects go whole.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use dataward_connect::amend::ALIAS;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::ColumnFacts as StoredColumn;
use dataward_connect::amend::Sql;
use dataward_connect::amend::stored::IN_CONTENT;
use dataward_connect::amend::stored::STORED;
use dataward_model::SourceId;
use dataward_model::counted;
use dataward_policy::Action;
use dataward_policy::Period;
use dataward_policy::RetentionRule;
use dataward_policy::RulePack;
use dataward_policy::SourceUrl;
use dataward_policy::StartExpression;
use dataward_policy::StartKind;
use dataward_policy::StartNode;
use dataward_policy::Subject;
use dataward_policy::Symbol;
use dataward_policy::TableName;
use dataward_retain::clock::Bind;
use dataward_retain::clock::BindContext;
use dataward_retain::clock::BoundStart;
use dataward_retain::clock::ColumnFacts;
use dataward_retain::clock::Engine;
use dataward_retain::conflict::shell_word;
use dataward_retain::dialect::below;
use dataward_retain::dialect::touching;
use dataward_retain::planner::BoundRule;
use dataward_retain::rules::Clock;
use dataward_retain::rules::Grounds;
use dataward_retain::rules::HeldColumn;
use dataward_retain::rules::HeldTable;
use dataward_retain::rules::find_roles;
use dataward_retain::rules::resolve_wish;
use dataward_store::InventoryEntry;
use jiff::Zoned;

use crate::AppError;
use crate::Project;
use crate::bind_retention::Conflict;
use crate::bind_retention::Rules;
use crate::bind_retention::archive_class;

/// What a law counts from where a file has no such day: later is safe.
const LAWS_COUNT_FROM: &str = "latest(name_date, modified)";

/// What the age of a file may be counted from: `dated_by`, and in words.
const BASES: [(&str, &str); 3] =
    [("content", "the latest day in the content"), ("name", "the day in the name"), ("change", "the last change")];

/// One folder or bucket.
pub(crate) struct StoredBinder<'a> {
    pub(crate) project: &'a Project,
    pub(crate) id: &'a SourceId,
    pub(crate) url: &'a SourceUrl,
    pub(crate) inventory: &'a [&'a InventoryEntry],
    /// All that was ever read here and is still there, files without personal data too: law speaks of vouchers.
    pub(crate) names: &'a [&'a str],
    pub(crate) as_of: &'a Zoned,
}

impl StoredBinder<'_> {
    /// The rules of the policy here. Columns of the files that they count from are added to the catalogue.
    pub(crate) fn rules(&self, catalogue: &mut Catalogue, conflicts: &mut Vec<Conflict>) -> Result<Rules, AppError> {
        let ours = self.ours();
        let (mut rules, mut doubtful) = (Vec::new(), Vec::new());
        for (number, rule) in self.project.policy.retain.iter().enumerate() {
            let rest = match &rule.what {
                Subject::Category(_) => {
                    conflicts.extend(self.category(rule));
                    continue;
                }
                Subject::Place { source, rest } if source == self.id => rest,
                Subject::Place { .. } => continue,
            };
            match self.rule(number, rule, rest, catalogue) {
                Err(found) => conflicts.extend(found),
                Ok(starts) => {
                    let mut place = format!("({})", self.place(rest).as_str());
                    for other in &ours {
                        place.push_str(&format!(" AND NOT ({})", touching(ALIAS, other).as_str()));
                    }
                    let each = |sql: &dyn Fn(&BoundStart, Period) -> String, word: &str| {
                        let parts: Vec<String> = starts.iter().map(|(start, keep)| sql(start, *keep)).collect();
                        format!("{place} AND ({})", parts.join(word))
                    };
                    let engine = Engine::Sqlite;
                    let mut doubts = Some((
                        Sql::from_trusted(each(&|start, _| start.null_sql(engine), " OR ")),
                        Sql::from_trusted(each(&|start, _| start.quarantine_sql(engine, self.as_of), " OR ")),
                    ));
                    let due = each(&|start, keep| start.due_sql(engine, keep, self.as_of), " AND ");
                    for (basis, due) in bases(&rule.from, due) {
                        rules.push(BoundRule {
                            rule: number,
                            table: STORED.to_owned(),
                            action: rule.then,
                            due: Sql::from_trusted(due),
                            columns: Vec::new(),
                            archive: (rule.then == Action::Archive).then(|| archive_class(rule, self.as_of)),
                            basis: Some(basis),
                            children: BTreeMap::new(),
                            minimums: BTreeMap::new(),
                            may_lock: None,
                        });
                        doubtful.push(doubts.take().unwrap_or_else(|| (Sql::never(), Sql::never())));
                    }
                }
            }
        }
        Ok((rules, doubtful))
    }

    /// The starts of all periods that must have ended.
    fn rule(
        &self,
        number: usize,
        rule: &RetentionRule,
        rest: &str,
        catalogue: &mut Catalogue,
    ) -> Result<Vec<(BoundStart, Period)>, Vec<Conflict>> {
        let conflict = |text: String, help: String| {
            vec![Conflict { rule: rule.name.clone(), place: rule.what.to_string(), text, help }]
        };
        if rule.then == Action::Anonymise {
            return Err(conflict(
                "a file goes whole: nothing in it can be made up".to_owned(),
                "write `then = \"erase\"`, `\"archive\"` or `\"clean-up\"`".to_owned(),
            ));
        }
        let Some(table) = catalogue.tables.first_mut() else { return Err(Vec::new()) };
        for (name, quoted) in names_of(&rule.from) {
            if table.column(&name).is_some() {
                continue;
            }
            if !quoted && Symbol::parse(&name).is_some() {
                return Err(conflict(
                    format!("files have no `{name}`: what their age is counted from has to be said"),
                    "write `from = \"modified\"` (the last change), `\"name_date\"` (a day in the name), \
                     `\"content_date\"` (the latest day in it), `\"dated\"` (the first of content, name, change that \
                     is known), or the name of a column of the files"
                        .to_owned(),
                ));
            }
            table.columns.push(StoredColumn {
                name,
                sql_type: IN_CONTENT.to_owned(),
                nullable: true,
                generated: true,
                max_chars: None,
                check: None,
            });
        }
        let clocks = self.clocks(number, rule, rest)?;
        let columns: Vec<ColumnFacts> = table
            .columns
            .iter()
            .map(|column| ColumnFacts::new(Engine::Sqlite, &column.name, &column.sql_type))
            .collect();
        self.starts(&clocks, &columns).map_err(|(text, help)| conflict(text, help))
    }

    fn starts(&self, clocks: &[Clock], columns: &[ColumnFacts]) -> Result<Vec<(BoundStart, Period)>, (String, String)> {
        let policy = &self.project.policy;
        let later = StartExpression::parse(LAWS_COUNT_FROM).map_err(|error| (error.message, error.help))?;
        let meanings: BTreeMap<Symbol, StartExpression> =
            Symbol::ALL.into_iter().map(|symbol| (symbol, later.clone())).collect();
        let context = BindContext {
            engine: Engine::Sqlite,
            time_zone: policy.business.time_zone.clone(),
            fiscal_year_end: policy.business.fiscal_year_end,
            alias: Some(ALIAS),
            meanings: Some(&meanings),
            events: &[],
        };
        let bound = clocks.iter().map(|clock| {
            let bound = clock.start.bind(columns, &context);
            bound.map(|start| (start, clock.keep)).map_err(|error| (error.message, error.help))
        });
        bound.collect()
    }

    /// What must have ended before any file that a rule covers may go: each is asked what law says of it, by its own name
    /// and what it holds, and the strictest minimum of any of them counts for all.
    fn clocks(&self, number: usize, rule: &RetentionRule, rest: &str) -> Result<Vec<Clock>, Vec<Conflict>> {
        let grounds = Grounds {
            policy: &self.project.policy,
            pack: RulePack::built_in(),
            // Holds are asked for file by file, at the gate.
            holds: &[],
            today: self.as_of.date(),
        };
        let mut clocks: Vec<Clock> = Vec::new();
        let mut open: BTreeMap<String, Vec<TableName>> = BTreeMap::new();
        // Files of one kind, of which the same was decided, come to the same.
        let mut asked = BTreeSet::new();
        for held in self.held(rest) {
            let roles = find_roles(&self.project.policy.retention, &held).into_iter().map(|found| found.role);
            let kinds: BTreeSet<String> = held.columns.iter().map(|column| column.category.key().to_owned()).collect();
            let decisions = grounds.policy.retention.decisions.iter().filter(|one| one.covers(&held.name));
            let decided = decisions.map(|one| (one.rule.get_ref(), one.answer.as_str(), one.place == held.name));
            if !asked.insert((roles.collect::<Vec<_>>(), kinds, decided.collect::<Vec<_>>())) {
                continue;
            }
            let Some((part, contradictions)) = resolve_wish(grounds, &held, number) else { continue };
            for one in contradictions.into_iter().filter(|one| one.is_open()) {
                open.entry(one.text).or_default().push(held.name.clone());
            }
            clocks.extend(part.clocks.into_iter().filter(|clock| !clocks.contains(clock)).collect::<Vec<_>>());
        }
        let all = format!("{}.{}", self.id, if rest.is_empty() { "*" } else { rest });
        let conflicts = open.into_iter().map(|(text, places)| Conflict {
            rule: rule.name.clone(),
            place: places[0].to_string(),
            text: format!("{text}; one decision may speak for all of `{all}`"),
            help: format!("dataward retain policy {}", shell_word(&places[0].to_string())),
        });
        let conflicts: Vec<Conflict> = conflicts.collect();
        if conflicts.is_empty() { Ok(clocks) } else { Err(conflicts) }
    }

    /// The files that a rule covers and no rule for a narrower place does, with what each holds, and the rule's own
    /// place: it may be the name of a file that nobody has read yet.
    fn held(&self, rest: &str) -> Vec<HeldTable> {
        let narrower = |name: &str| {
            self.project.policy.retain.iter().any(|other| match &other.what {
                Subject::Place { source, rest: place } => {
                    source == self.id && place.len() > rest.len() && dataward_policy::is_below(name, place)
                }
                Subject::Category(_) => false,
            })
        };
        let mut columns: BTreeMap<&str, Vec<HeldColumn>> = BTreeMap::new();
        columns.insert(if rest.is_empty() { STORED } else { rest }, Vec::new());
        for name in self.names.iter().filter(|name| dataward_policy::is_below(name, rest) && !narrower(name)) {
            columns.entry(name).or_default();
        }
        for entry in self.inventory {
            let held = entry.place.table.as_deref().and_then(|name| columns.get_mut(name));
            let name = entry.place.column.clone().unwrap_or_default();
            let categories = entry.category().into_iter().chain(entry.spans.iter().map(|span| &span.category));
            let categories = categories.map(|category| HeldColumn { name: name.clone(), category: category.clone() });
            held.into_iter().for_each(|held| held.extend(categories.clone()));
        }
        let named = |(table, columns): (&str, Vec<HeldColumn>)| HeldTable {
            name: TableName { source: self.id.clone(), table: table.to_owned() },
            is_file: true,
            columns,
        };
        columns.into_iter().map(named).collect()
    }

    /// A wish for a category does nothing in files: who wants them to go writes a rule for them.
    fn category(&self, rule: &RetentionRule) -> Option<Conflict> {
        let Subject::Category(wanted) = &rule.what else { return None };
        let has_rule = |entry: &InventoryEntry| {
            self.project.policy.retain.iter().any(|other| {
                matches!(&other.what, Subject::Place { source, rest } if source == self.id && covers(rest, entry))
            })
        };
        let mut files: Vec<&str> = self
            .inventory
            .iter()
            .filter(|entry| entry.category().is_some_and(|category| category.is_within(wanted)) && !has_rule(entry))
            .filter_map(|entry| entry.place.table.as_deref())
            .collect();
        files.dedup();
        (!files.is_empty()).then(|| Conflict {
            rule: rule.name.clone(),
            place: self.id.to_string(),
            text: format!(
                "{} such data, and a file goes whole or stays",
                counted(files.len() as u64, "file holds", "files hold")
            ),
            help: format!("write a rule for them: `what = \"{}\"`, `from = \"modified\"`", self.id),
        })
    }

    /// What a rule covers, less what a rule for a narrower place covers.
    fn place(&self, rest: &str) -> Sql {
        let mut condition = below(ALIAS, rest).as_str().to_owned();
        for other in &self.project.policy.retain {
            if let Subject::Place { source, rest: narrower } = &other.what
                && source == self.id
                && narrower.len() > rest.len()
            {
                condition.push_str(&format!(" AND NOT ({})", touching(ALIAS, narrower).as_str()));
            }
        }
        Sql::from_trusted(condition)
    }

    /// What never goes by a rule over a folder that it lies in: the policy file, our state, and what other sources
    /// of the policy file are.
    fn ours(&self) -> Vec<String> {
        let SourceUrl::Path(path) = self.url else { return Vec::new() };
        let real = |path: &Path| fs_err::canonicalize(path).ok();
        let Some(root) = real(&self.project.root.join(path)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = vec![self.project.file.clone(), self.project.state_dir()];
        for (id, declared) in &self.project.policy.sources {
            if let (SourceUrl::Path(path) | SourceUrl::Sqlite(path), true) = (&declared.url, id != self.id) {
                paths.push(self.project.root.join(path));
            }
        }
        let within = |path: PathBuf| Some(real(&path)?.strip_prefix(&root).ok()?.to_owned());
        let mut names = Vec::new();
        for path in paths.into_iter().filter_map(within).filter(|path| !path.as_os_str().is_empty()) {
            let name = dataward_connect::files::name_of(&path);
            // What SQLite keeps beside a database.
            names.extend(["-wal", "-shm", "-journal"].map(|ending| format!("{name}{ending}")));
            names.push(name);
        }
        names
    }
}

fn covers(rest: &str, entry: &InventoryEntry) -> bool {
    entry.place.table.as_deref().is_some_and(|table| dataward_policy::is_below(table, rest))
}

/// The rule once for each way that the age of its files is counted, with the way in words.
fn bases(from: &StartExpression, due: String) -> Vec<(String, String)> {
    let names = names_of(from);
    if names.iter().any(|(name, _)| name == "dated") {
        let of = |(word, said): (&str, &str)| (said.to_owned(), format!("{due} AND {ALIAS}.dated_by = '{word}'"));
        return BASES.map(of).to_vec();
    }
    let said: Vec<String> = names
        .iter()
        .map(|(name, _)| match name.as_str() {
            "modified" | "written" => BASES[2].1.to_owned(),
            "name_date" => BASES[1].1.to_owned(),
            "content_date" => BASES[0].1.to_owned(),
            other => format!("the latest day in the column {other}"),
        })
        .collect();
    vec![(said.join(", "), due)]
}

/// The names that an expression speaks of, and whether they stand in quotes.
fn names_of(from: &StartExpression) -> Vec<(String, bool)> {
    fn visit(node: &StartNode, names: &mut Vec<(String, bool)>) {
        match &node.kind {
            StartKind::Name { name, quoted } => names.push((name.clone(), *quoted)),
            StartKind::EndOfCalendarYear(inner) | StartKind::EndOfFiscalYear(inner) | StartKind::Plus(inner, _) => {
                visit(inner, names);
            }
            StartKind::Coalesce(nodes) | StartKind::Latest(nodes) | StartKind::Max(nodes) | StartKind::Min(nodes) => {
                nodes.iter().for_each(|node| visit(node, names));
            }
            StartKind::Event(_) => {}
        }
    }
    let mut names = Vec::new();
    visit(from.root(), &mut names);
    names
}
