//! What can be reached through views and routines, and as whom they run.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::rc::Rc;

use dataward_connect::mysql::catalogue::AccountName;
use dataward_connect::mysql::catalogue::Rights;
use dataward_connect::mysql::catalogue::Routine;
use dataward_connect::mysql::catalogue::Table;
use dataward_connect::mysql::catalogue::View;

use super::body;
use super::body::Body;
use super::index::Index;
use super::lineage;
use super::lineage::ColumnRef;
use super::lineage::Lineage;
use super::lineage::Output;
use super::session::Session;

/// A column of a table that shows through one column of a view, or in what a routine returns.
#[derive(Clone, Debug)]
pub(super) struct Exposed {
    /// The column of the view, by its number; 0 for a routine.
    pub(super) output: usize,
    /// What shows.
    pub(super) base: ColumnRef,
    /// What keeps rows back.
    pub(super) conditions: Vec<String>,
    /// It is read with somebody else's rights on the way.
    pub(super) as_other: bool,
    /// What can be written to it by writing to the view.
    pub(super) writable: Rights,
}

/// What runs as somebody, and what somebody reaches through it.
pub(super) struct Definers<'i> {
    index: &'i Index,
    views: Vec<Option<Lineage>>,
    bodies: Vec<Body>,
    /// Routines by database, name (in lower case) and whether they are functions.
    routines: HashMap<(String, String, bool), usize>,
    sessions: RefCell<HashMap<AccountName, Option<Rc<Session<'i>>>>>,
    /// What a definer's view shows does not depend on who asks, as long as they have no active roles.
    known: RefCell<HashMap<(usize, Option<&'i str>), Shown>>,
}

/// What shows through a view; none when reading it fails.
type Shown = Option<Rc<Vec<Exposed>>>;

/// Where a query stands.
#[derive(Clone, Copy, Debug)]
enum Within<'s, 'i> {
    /// Of a routine in this database.
    Routine(&'i str),
    View(Asking<'s, 'i>),
}

/// What the session that asks, or of the routine that it runs in, has to do with the check of somebody else's view.
#[derive(Clone, Copy, Debug)]
struct Asking<'s, 'i> {
    /// Of MySQL, and with active roles or lines of its own on some table: then see [`super::looked_up`].
    by: Option<&'s Session<'i>>,
    /// The database of the routine, if one does: see [`Session::within_routine`].
    in_routine: Option<&'i str>,
}

/// Views and routines on top of each other, at most: the server itself stops at 32 for routines.
const DEEPEST: u32 = 64;

impl<'i> Definers<'i> {
    pub(super) fn new(index: &'i Index) -> Self {
        let facts = &index.facts;
        Self {
            index,
            views: facts.views.iter().map(|view| of_view(view, index)).collect(),
            bodies: (facts.routines.iter())
                .map(|routine| match &routine.body {
                    Some(text) => body::of_routine(text, &routine.database, index),
                    None => Body { dynamic: true, ..Body::default() },
                })
                .collect(),
            routines: (facts.routines.iter().enumerate())
                .map(|(at, routine)| ((routine.database.clone(), routine.name.to_lowercase(), routine.is_function), at))
                .collect(),
            sessions: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// Views of MySQL that somebody may read in part: there the server shows the columns made of what may be
    /// read, where for us the whole view fails.
    pub(super) fn read_in_part(&self) -> BTreeSet<String> {
        let facts = &self.index.facts;
        let select = |rights: &Rights| rights.has(Rights::SELECT);
        let mut found = BTreeSet::new();
        for (view, lineage) in facts.views.iter().zip(&self.views).filter(|_| !self.index.is_mariadb()) {
            let lines = facts.table_rights.iter().filter(|line| {
                lineage.as_ref().is_some_and(|lineage| {
                    lineage.tables.contains(&(line.database.clone(), line.table.clone()))
                        && line.columns.values().any(select)
                        && !select(&line.rights)
                })
            });
            found.extend(lines.map(|line| {
                let (grantee, database, table) = (line.grantee.shown(), &line.database, &line.table);
                format!(
                    "{grantee} may read single columns of {database}.{table}: which columns of the view {}.{} work with \
                     that right is not worked out; where one of them needs more, the whole view is taken to fail",
                    view.database, view.name
                )
            }));
        }
        found
    }

    /// The session that a definer's views and routines run in; none when its account is gone.
    pub(super) fn session_of(&self, definer: &AccountName) -> Option<Rc<Session<'i>>> {
        if let Some(known) = self.sessions.borrow().get(definer) {
            return known.clone();
        }
        let session = Session::of_definer(self.index, definer).map(Rc::new);
        self.sessions.borrow_mut().insert(definer.clone(), session.clone());
        session
    }

    /// What shows through a view when `session` reads it; none when the read fails.
    pub(super) fn through_view(&self, at: usize, session: &Rc<Session<'i>>) -> Shown {
        self.view(at, session, self.asking(session, None), 0)
    }

    /// What a routine returns when `session` calls it.
    pub(super) fn through_routine(&self, at: usize, session: &Rc<Session<'i>>) -> Vec<Exposed> {
        let mut exposed = Vec::new();
        self.routine(at, session, 0, &mut exposed);
        exposed
    }

    /// Whether a routine may read whatever its definer can.
    pub(super) fn is_dynamic(&self, at: usize) -> bool {
        self.bodies[at].dynamic
    }

    fn asking<'s>(&self, session: &'s Session<'i>, in_routine: Option<&'i str>) -> Asking<'s, 'i> {
        let counts = !session.roles.is_empty() || self.index.has_table_lines_of(session.user);
        Asking { by: (!self.index.is_mariadb() && counts).then_some(session), in_routine }
    }

    fn view(&self, at: usize, session: &Rc<Session<'i>>, asking: Asking<'_, 'i>, depth: u32) -> Shown {
        let view = &self.index.facts.views[at];
        if depth > DEEPEST {
            return None;
        }
        if view.invoker {
            return self.run_view(at, session, asking, depth).map(Rc::new);
        }
        let plainly = asking.by.is_none();
        if plainly && let Some(known) = self.known.borrow().get(&(at, asking.in_routine)) {
            return known.clone();
        }
        let definer = self.session_of(&view.definer).map(|definer| match asking.in_routine {
            Some(database) => Rc::new(definer.within_routine(database)),
            None => definer,
        });
        let shown = definer.and_then(|definer| self.run_view(at, &definer, asking, depth).map(Rc::new));
        if plainly {
            self.known.borrow_mut().insert((at, asking.in_routine), shown.clone());
        }
        shown
    }

    fn run_view(
        &self,
        at: usize,
        session: &Rc<Session<'i>>,
        asking: Asking<'_, 'i>,
        depth: u32,
    ) -> Option<Vec<Exposed>> {
        let view = &self.index.facts.views[at];
        // A view whose text is kept from us works, as far as we know.
        let Some(lineage) = &self.views[at] else { return Some(Vec::new()) };
        let mut exposed = self.run_query(lineage, session, Within::View(asking), depth)?;
        for one in &mut exposed {
            one.as_other |= !view.invoker;
            if !view.updatable {
                one.writable = Rights::NONE;
            }
        }
        Some(exposed)
    }

    /// What comes out of a query that runs as `session`; none when it may not run.
    fn run_query(
        &self,
        lineage: &Lineage,
        session: &Rc<Session<'i>>,
        within: Within<'_, 'i>,
        depth: u32,
    ) -> Option<Vec<Exposed>> {
        if !self.may_read(lineage, session, within) {
            return None;
        }
        let mut inner: HashMap<usize, Rc<Vec<Exposed>>> = HashMap::new();
        for (database, table) in &lineage.tables {
            if let Some(at) = self.index.view(database, table) {
                let asking = match within {
                    Within::Routine(database) => self.asking(session, Some(database)),
                    Within::View(asking) => asking,
                };
                inner.insert(at, self.view(at, session, asking, depth + 1)?);
            }
        }
        let mut exposed = Vec::new();
        for (number, output) in lineage.outputs.iter().enumerate() {
            for column in &output.from {
                self.expose(lineage, session, number, output, column, &inner, &mut exposed);
            }
        }
        for function in &lineage.functions {
            let key = (function.0.clone(), function.1.to_lowercase(), true);
            let Some(at) = self.routines.get(&key) else { continue };
            let routine = &self.index.facts.routines[*at];
            if session.routine_sources(self.index, &routine.database, &routine.name, true).is_empty() {
                return None;
            }
            let mut returned = Vec::new();
            self.routine(*at, session, depth + 1, &mut returned);
            for number in 0..lineage.outputs.len() {
                exposed.extend(returned.iter().map(|one| Exposed { output: number, ..one.clone() }));
            }
        }
        Some(exposed)
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a loop, taken out to be read by itself")]
    fn expose(
        &self,
        lineage: &Lineage,
        session: &Rc<Session<'i>>,
        number: usize,
        output: &Output,
        column: &ColumnRef,
        inner: &HashMap<usize, Rc<Vec<Exposed>>>,
        exposed: &mut Vec<Exposed>,
    ) {
        let writes = || {
            let Some(at) = self.index.object(&column.database, &column.table) else { return Rights::NONE };
            let table = &self.index.facts.tables[at];
            let rights = session.on_column(self.index, &table.database, &table.name, &column.column);
            rights.and(Rights::INSERT | Rights::UPDATE)
        };
        let writable = if output.plain { writes() } else { Rights::NONE };
        let Some(at) = self.index.view(&column.database, &column.table) else {
            let conditions = lineage.conditions.clone();
            exposed.push(Exposed { output: number, base: column.clone(), conditions, as_other: false, writable });
            return;
        };
        let columns = self.index.columns(&column.database, &column.table).unwrap_or_default();
        let wanted = columns.iter().position(|known| *known == column.column);
        for below in inner.get(&at).into_iter().flat_map(|shown| shown.iter()) {
            if Some(below.output) == wanted {
                let mut conditions = lineage.conditions.clone();
                conditions.extend(below.conditions.iter().cloned());
                exposed.push(Exposed {
                    output: number,
                    conditions,
                    writable: below.writable.and(writable),
                    ..below.clone()
                });
            }
        }
    }

    /// Whether every column that a query names may be read. Of a table of which it names none
    /// (`SELECT count(*)`), some column has to be readable; but in MariaDB a view inside a view is not asked about
    /// then, whoever may read it.
    fn may_read(&self, lineage: &Lineage, session: &Session<'i>, within: Within<'_, 'i>) -> bool {
        lineage.tables.iter().all(|(database, table)| {
            let Some(at) = self.index.object(database, table) else { return true };
            let table = &self.index.facts.tables[at];
            let sources = session.sources(self.index, &table.database, &table.name);
            let readable = |column: &str| sources.iter().any(|source| source.on_column(column).has(Rights::SELECT));
            let of_table = |column: &&ColumnRef| column.database == table.database && column.table == table.name;
            if let Within::View(Asking { by: Some(asking), .. }) = within
                && session.roles.is_empty()
                && !self.may_look_up(lineage, session, asking, table)
            {
                return false;
            }
            let mut named = lineage.named.iter().filter(of_table).peekable();
            match named.peek() {
                Some(_) => named.all(|column| readable(&column.column)),
                None => {
                    let is_view = self.index.view(&table.database, &table.name).is_some();
                    self.index.is_mariadb() && matches!(within, Within::View(_)) && is_view
                        || table.columns.iter().any(|column| readable(column))
                }
            }
        })
    }

    /// MySQL, for a definer without active roles: see [`super::looked_up`].
    fn may_look_up(&self, lineage: &Lineage, session: &Session<'i>, asking: &Session<'i>, table: &'i Table) -> bool {
        let (database, name) = (&table.database, &table.name);
        let mut columns = lineage.looked_up.iter().filter(|one| one.database == *database && one.table == *name);
        let by_outer_line = || {
            let theirs = asking.outer_sources(self.index, database);
            let own = session.outer_sources(self.index, database);
            theirs.iter().chain(&own).any(|source| source.rights.has(Rights::SELECT))
        };
        if columns.clone().next().is_none() || by_outer_line() {
            return true;
        }
        match (asking.roles.is_empty(), asking.own_table_source(self.index, database, name)) {
            (false, _) => false,
            (true, None) => true,
            (true, Some(line)) => columns.all(|column| line.on_column(&column.column).has(Rights::SELECT)),
        }
    }

    fn routine(&self, at: usize, caller: &Rc<Session<'i>>, depth: u32, exposed: &mut Vec<Exposed>) {
        let routine = &self.index.facts.routines[at];
        if depth > DEEPEST {
            return;
        }
        let session = if routine.invoker { Some(caller.clone()) } else { self.definer_of(routine) };
        let Some(session) = session else { return };
        let first = exposed.len();
        let body = &self.bodies[at];
        for query in &body.queries {
            let shown = self.run_query(query, &session, Within::Routine(&routine.database), depth).unwrap_or_default();
            exposed.extend(shown.into_iter().map(|one| Exposed { output: 0, writable: Rights::NONE, ..one }));
        }
        for (database, name) in &body.calls {
            for is_function in [false, true] {
                let Some(called) = self.routines.get(&(database.clone(), name.to_lowercase(), is_function)) else {
                    continue;
                };
                let inner = &self.index.facts.routines[*called];
                if !session.routine_sources(self.index, &inner.database, &inner.name, is_function).is_empty() {
                    self.routine(*called, &session, depth + 1, exposed);
                }
            }
        }
        for one in &mut exposed[first..] {
            one.as_other |= !routine.invoker;
        }
    }

    /// The session of a routine's definer, who has to be allowed to run it as well.
    pub(super) fn definer_of(&self, routine: &'i Routine) -> Option<Rc<Session<'i>>> {
        let session = self.session_of(&routine.definer)?;
        let may = session.routine_sources(self.index, &routine.database, &routine.name, routine.is_function);
        (!may.is_empty()).then_some(session)
    }
}

/// The lineage of a view; for one that our parser does not understand, everything of every table that its
/// text names. None when its text is kept from us.
fn of_view(view: &View, index: &Index) -> Option<Lineage> {
    let text = view.definition.as_deref()?;
    if let Some(lineage) = lineage::of_query(text, &view.database, index) {
        return Some(lineage);
    }
    let mut from = BTreeSet::new();
    let mut tables = BTreeSet::new();
    for table in &index.facts.tables {
        if text.contains(&format!("`{}`.`{}`", table.database, table.name)) {
            tables.insert((table.database.clone(), table.name.clone()));
            from.extend(table.columns.iter().map(|column| ColumnRef {
                database: table.database.clone(),
                table: table.name.clone(),
                column: column.clone(),
            }));
        }
    }
    let width = index.columns(&view.database, &view.name).map_or(1, <[String]>::len);
    let output = Output { from, ..Output::default() };
    Some(Lineage { outputs: vec![output; width], tables, ..Lineage::default() })
}
