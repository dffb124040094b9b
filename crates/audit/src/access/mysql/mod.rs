//! Effective rights on MySQL and MariaDB.
//!
//! Three rules of these servers stand in no manual page and in no SHOW GRANTS, and are the reason why
//! the lines of the grant tables cannot just be united: of the lines on databases only the most specific
//! one counts; lines of the anonymous user count for everybody from that host; and in MariaDB a role held
//! by `'u'@'%'` can be set by `'u'@'localhost'`, with the rights on everything of the first.
//!
//! Begin with [`session`]: a principal is the sessions it can come to ([`reach`]), and a session is a set
//! of lines that count.

mod body;
mod definer;
mod index;
mod lineage;
mod looked_up;
mod notes;
mod paths;
mod pattern;
mod reach;
mod server_sort;
mod session;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use dataward_connect::mysql::catalogue::Account;
use dataward_connect::mysql::catalogue::MysqlCatalogue;
use dataward_connect::mysql::catalogue::Rights;
use dataward_connect::mysql::catalogue::Routine;
use dataward_connect::mysql::catalogue::Table;

use self::definer::Definers;
use self::index::Index;
use self::pattern::Client;
use self::reach::Sessions;
use self::session::Session;
use self::session::Source;
use crate::access::entry::EntryGroup;
use crate::access::entry::Path;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::entry::Rows;
use crate::access::model::AccessModel;
use crate::access::model::Missing;
use crate::access::model::Note;
use crate::access::model::Principal;
use crate::access::model::RightsOn;
use crate::access::model::Scope;

/// The effective rights on one server.
pub struct MysqlModel {
    index: Index,
    clients: Vec<Client>,
    /// By name; the number of the account that stands behind each.
    accounts: Vec<usize>,
    principals: Vec<Principal>,
    notes: Vec<Note>,
    missing: Vec<Missing>,
}

impl fmt::Debug for MysqlModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlModel").field("principals", &self.principals.len()).finish_non_exhaustive()
    }
}

impl MysqlModel {
    /// Works out who is there from the facts of a catalogue; what they can do is worked out when asked.
    pub fn new(facts: MysqlCatalogue) -> Self {
        let index = Index::new(facts);
        let clients = reach::clients(&index);
        Self::of(index, clients)
    }

    /// The same for clients from these places only, each a name and an address as the server sees them:
    /// what a test can try from one machine.
    pub fn seen_from(facts: MysqlCatalogue, places: &[(Option<&str>, Option<&str>)]) -> Self {
        let clients = places.iter().map(|(host, address)| Client::new(*host, *address)).collect();
        Self::of(Index::new(facts), clients)
    }

    fn of(index: Index, clients: Vec<Client>) -> Self {
        let facts = &index.facts;
        let missing = facts.missing.iter().map(|(what, grant)| Missing {
            what: what.clone(),
            grant: grant.clone(),
            decides: true,
        });
        let in_part = Definers::new(&index).read_in_part();
        let in_part = in_part.into_iter().map(|what| Missing { what, grant: None, decides: true });
        let mandatory = (!facts.settings.mandatory_roles.is_empty()).then(|| Missing {
            what: "mandatory_roles is set: which sessions have these roles active is not worked out for anonymous \
                   accounts and for views and routines; taken as active for named accounts"
                .to_owned(),
            grant: None,
            decides: true,
        });
        // MySQL 9.7 then takes from roles, and from views over such databases, more than its manual says.
        let revoked = facts.accounts.iter().filter(|account| {
            !index.is_mariadb() && !account.restrictions.is_empty() && !index.held_roles(account).is_empty()
        });
        let revoked = revoked.map(|account| Missing {
            what: format!(
                "rights of `{}` on everything were revoked for single databases, and it holds roles: what it, and views and \
                 routines that run as it, read with active roles is not worked out where both meet",
                account.name.shown()
            ),
            grant: None,
            decides: true,
        });
        let missing = missing.chain(in_part).chain(mandatory).chain(revoked).collect();
        let mut accounts: Vec<usize> =
            (0..index.facts.accounts.len()).filter(|at| !is_built_in(&index.facts.accounts[*at])).collect();
        accounts.sort_by_key(|at| index.facts.accounts[*at].name.shown());
        let principals = accounts.iter().map(|at| principal(&index, &index.facts.accounts[*at], &clients)).collect();
        let notes = notes::all(&index, &accounts, &clients);
        Self { index, clients, accounts, principals, notes, missing }
    }
}

impl AccessModel for MysqlModel {
    fn principals(&self) -> &[Principal] {
        &self.principals
    }

    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let definers = Definers::new(&self.index);
        let wanted = self.wanted(scope);
        for (at, principal) in self.accounts.iter().zip(&self.principals) {
            if scope.wants(&principal.name) {
                let account = &self.index.facts.accounts[*at];
                let view =
                    Look::new(&self.index, &definers, principal, reach::sessions(&self.index, account, &self.clients));
                view.visit(scope, &wanted, each);
            }
        }
    }

    fn grants(&self, principal: &str, object: &str, rights: &RightsOn<'_>, _taken: &BTreeSet<&str>) -> Vec<String> {
        paths::grant(&self.index.facts, principal, object, rights).into_iter().collect()
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

impl MysqlModel {
    /// The tables that have columns in scope, by database.
    fn wanted(&self, scope: &Scope) -> Vec<usize> {
        let facts = &self.index.facts;
        let in_scope = |at: &usize| {
            let table = &facts.tables[*at];
            let object = format!("{}.{}", table.database, table.name);
            let covers = |column: &String| scope.covers(scope.category(&[&object], column));
            facts.only.as_ref().is_none_or(|only| *only == table.database) && table.columns.iter().any(covers)
        };
        (0..facts.tables.len()).filter(in_scope).collect()
    }
}

/// Accounts that come with the server, that nobody can log in as, and PUBLIC, whose rights are everybody's.
fn is_built_in(account: &Account) -> bool {
    const NAMES: [&str; 4] = ["mariadb.sys", "mysql.infoschema", "mysql.session", "mysql.sys"];
    NAMES.contains(&account.name.user.as_str()) || (account.name.user == index::PUBLIC && account.name.host.is_empty())
}

/// Whether an account may give itself back whatever is taken from it: it passes rights on everything on, and either
/// may do anything or makes accounts and sets their passwords, the first administrator's too (so the administrators of
/// hosted servers, who have no SUPER).
fn gives_itself_everything(account: &Account) -> bool {
    let rights = account.rights;
    rights.has(Rights::GRANT) && (rights.has(Rights::SUPER) || rights.has(Rights::CREATE_USER))
}

fn principal(index: &Index, account: &Account, clients: &[Client]) -> Principal {
    let is_role = index.is_role(account);
    let shadowed = !is_role && reach::sessions(index, account, clients).shadowed;
    let barrier = match (is_role, account.locked, shadowed) {
        (true, ..) => None,
        (_, true, _) => Some("the account is locked".to_owned()),
        (_, _, true) => Some("wherever it could come from, another account is more specific".to_owned()),
        _ => None,
    };
    Principal {
        name: account.name.shown(),
        login: !is_role && barrier.is_none(),
        barrier,
        superuser: false,
        anonymous: false,
        last_used: None,
        roles: index.role_names(account),
    }
}

/// The four rights that entries are about.
const ON_COLUMNS: [(Rights, Privileges); 4] = [
    (Rights::SELECT, Privileges::SELECT),
    (Rights::INSERT, Privileges::INSERT),
    (Rights::UPDATE, Privileges::UPDATE),
    (Rights::REFERENCES, Privileges::REFERENCES),
];

fn privileges(rights: Rights) -> Privileges {
    let held = ON_COLUMNS.iter().filter(|(right, _)| rights.has(*right));
    held.fold(Privileges::NONE, |all, (_, privilege)| all.with(*privilege))
}

/// Something that a session reaches through a view or routine.
struct Through {
    privileges: Privileges,
    conditions: Vec<String>,
    path: Path,
}

/// One principal being looked at.
struct Look<'l, 'i> {
    index: &'i Index,
    definers: &'l Definers<'i>,
    principal: &'l Principal,
    sessions: Vec<(Reach, Rc<Session<'i>>)>,
    /// By table number, then column.
    through: BTreeMap<usize, BTreeMap<String, Vec<Through>>>,
}

/// What one way of reaching gives on a column.
#[derive(Clone, PartialEq)]
struct Given {
    reach: Reach,
    privileges: Privileges,
    rows: Rows,
    paths: Vec<Path>,
}

impl<'l, 'i> Look<'l, 'i> {
    fn new(index: &'i Index, definers: &'l Definers<'i>, principal: &'l Principal, sessions: Sessions<'i>) -> Self {
        let direct = sessions.direct.into_iter().map(|session| (Reach::Direct, Rc::new(session)));
        let set_role = sessions.set_role.into_iter().map(|session| (Reach::SetRole, Rc::new(session)));
        let mut look =
            Self { index, definers, principal, sessions: direct.chain(set_role).collect(), through: BTreeMap::new() };
        look.look_through_views();
        look.look_through_routines();
        look
    }

    fn look_through_views(&mut self) {
        let index = self.index;
        for (at, view) in index.facts.views.iter().enumerate() {
            let columns = index.columns(&view.database, &view.name).unwrap_or_default();
            for (reach, session) in self.sessions.clone() {
                let sources = session.sources(index, &view.database, &view.name);
                if !sources.iter().any(|source| columns.iter().any(|column| !source.on_column(column).is_none())) {
                    continue;
                }
                let Some(shown) = self.definers.through_view(at, &session) else { continue };
                for one in shown.iter().filter(|one| one.as_other) {
                    let Some(column) = columns.get(one.output) else { continue };
                    for source in &sources {
                        let held = source.on_column(column);
                        let given = privileges(held.and(Rights::SELECT | one.writable));
                        if !given.is_none() {
                            let path = paths::of_view(self.principal, reach, &session, source, view, column, given);
                            self.add(&one.base, given, one.conditions.clone(), path);
                        }
                    }
                }
            }
        }
    }

    fn look_through_routines(&mut self) {
        let index = self.index;
        for (at, routine) in index.facts.routines.iter().enumerate() {
            for (reach, session) in self.sessions.clone() {
                let sources = session.routine_sources(index, &routine.database, &routine.name, routine.is_function);
                if sources.is_empty() {
                    continue;
                }
                let mut shown = self.definers.through_routine(at, &session);
                if self.definers.is_dynamic(at) && !routine.invoker {
                    shown.extend(self.anything(routine));
                }
                for one in shown.iter().filter(|one| one.as_other) {
                    for source in &sources {
                        let path = paths::of_routine(self.principal, reach, &session, source, routine);
                        self.add(&one.base, Privileges::SELECT, one.conditions.clone(), path);
                    }
                }
            }
        }
    }

    /// Everything that a routine's definer can read, itself or through views.
    fn anything(&self, routine: &'i Routine) -> Vec<definer::Exposed> {
        let Some(session) = self.definers.definer_of(routine) else { return Vec::new() };
        let mut found = Vec::new();
        for table in &self.index.facts.tables {
            let sources = session.sources(self.index, &table.database, &table.name);
            let readable = |column: &String| sources.iter().any(|source| source.on_column(column).has(Rights::SELECT));
            if let Some(at) = self.index.view(&table.database, &table.name) {
                let shown = self.definers.through_view(at, &session);
                let shown = shown.iter().flat_map(|shown| shown.iter());
                let shown = shown.filter(|one| table.columns.get(one.output).is_some_and(readable));
                found.extend(shown.map(|one| definer::Exposed { as_other: true, ..one.clone() }));
                continue;
            }
            found.extend(table.columns.iter().filter(|column| readable(column)).map(|column| definer::Exposed {
                output: 0,
                base: lineage::column_ref(&table.database, &table.name, column),
                conditions: Vec::new(),
                as_other: true,
                writable: Rights::NONE,
            }));
        }
        found
    }

    fn add(&mut self, base: &lineage::ColumnRef, privileges: Privileges, conditions: Vec<String>, path: Path) {
        let Some(at) = self.index.object(&base.database, &base.table) else { return };
        let of_column = self.through.entry(at).or_default().entry(base.column.clone()).or_default();
        if !of_column.iter().any(|other| other.path == path && other.conditions == conditions) {
            of_column.push(Through { privileges, conditions, path });
        }
    }

    fn visit(&self, scope: &Scope, wanted: &[usize], each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let mut database = None;
        let mut outer: Vec<Vec<Source<'i>>> = Vec::new();
        for at in wanted {
            let table = &self.index.facts.tables[*at];
            if database != Some(&table.database) {
                database = Some(&table.database);
                outer = self
                    .sessions
                    .iter()
                    .map(|(_, session)| session.outer_sources(self.index, &table.database))
                    .collect();
                outer.iter_mut().for_each(|sources| sources.retain(|source| !privileges(source.rights).is_none()));
            }
            let special = self.index.has_table_lines(&table.database, &table.name) || self.through.contains_key(at);
            if special || outer.iter().any(|sources| !sources.is_empty()) {
                self.visit_table(*at, &outer, scope, each);
            }
        }
    }

    fn visit_table(&self, at: usize, outer: &[Vec<Source<'i>>], scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let table = &self.index.facts.tables[at];
        let object = format!("{}.{}", table.database, table.name);
        let sources: Vec<Vec<Source<'i>>> = (self.sessions.iter().zip(outer))
            .map(|((_, session), outer)| session.with_table_sources(self.index, &table.database, &table.name, outer))
            .collect();
        let works = self.working(table);
        let through = self.through.get(&at);
        let special: BTreeSet<String> = (sources.iter().flatten())
            .filter_map(|source| source.columns)
            .flat_map(|columns| columns.keys().map(|column| column.to_lowercase()))
            .chain(through.into_iter().flat_map(|columns| columns.keys().map(|column| column.to_lowercase())))
            .collect();
        let mut plain: Option<Vec<Given>> = None;
        #[expect(clippy::type_complexity, reason = "read once, three lines below")]
        let mut grouped: Vec<(Given, Vec<(&str, Option<&dataward_model::Category>)>)> = Vec::new();
        for column in &table.columns {
            let category = scope.category(&[&object], column);
            if !scope.covers(category) {
                continue;
            }
            let given = match &plain {
                Some(plain) if !special.contains(&column.to_lowercase()) => plain.clone(),
                _ => {
                    let through = through.and_then(|columns| columns.get(column)).map_or(&[][..], Vec::as_slice);
                    let given = self.on_column(&sources, &works, column, through);
                    if !special.contains(&column.to_lowercase()) {
                        plain = Some(given.clone());
                    }
                    given
                }
            };
            for one in given {
                match grouped.iter_mut().find(|(other, _)| *other == one) {
                    Some((_, columns)) => columns.push((column, category)),
                    None => grouped.push((one, vec![(column, category)])),
                }
            }
        }
        grouped.sort_by_key(|(given, _)| given.reach);
        for (given, columns) in &grouped {
            each(&EntryGroup {
                principal: &self.principal.name,
                login: self.principal.login,
                object: &object,
                columns,
                privileges: given.privileges,
                rows: &given.rows,
                reach: given.reach,
                paths: &given.paths,
            });
        }
    }

    /// Rights on this table that mean something to each session: none to read a view that fails, none to
    /// write to one that takes no rows.
    fn working(&self, table: &Table) -> Vec<Rights> {
        let all = Rights::from_bits(u64::MAX);
        let Some(at) = self.index.view(&table.database, &table.name) else { return vec![all; self.sessions.len()] };
        let view = &self.index.facts.views[at];
        let without = if view.updatable { Rights::NONE } else { Rights::INSERT | Rights::UPDATE };
        (self.sessions.iter())
            .map(|(_, session)| match self.definers.through_view(at, session) {
                Some(_) => all.without(without),
                None => Rights::NONE,
            })
            .collect()
    }

    fn on_column(
        &self,
        sources: &[Vec<Source<'i>>],
        works: &[Rights],
        column: &str,
        through: &[Through],
    ) -> Vec<Given> {
        let mut by_reach: BTreeMap<Reach, Privileges> = BTreeMap::new();
        for (((reach, _), sources), works) in self.sessions.iter().zip(sources).zip(works) {
            let held = sources.iter().fold(Rights::NONE, |all, source| all | source.on_column(column)).and(*works);
            let entry = by_reach.entry(*reach).or_insert(Privileges::NONE);
            *entry = entry.with(privileges(held));
        }
        let seen = through.iter().fold(Privileges::NONE, |all, one| all.with(one.privileges));
        by_reach.insert(Reach::Definer, seen);
        let mut before = Privileges::NONE;
        let mut given = Vec::new();
        for (reach, held) in by_reach {
            let new = held.without(before);
            before = before.with(held);
            if !new.is_none() {
                let rows = if reach == Reach::Definer { rows(through, new) } else { Rows::All };
                given.push(Given {
                    reach,
                    privileges: new,
                    rows,
                    paths: self.paths(sources, works, column, through, new),
                });
            }
        }
        given
    }

    /// Every way to any of these privileges, whichever reach it is: to take away one of them is not enough.
    fn paths(
        &self,
        sources: &[Vec<Source<'i>>],
        works: &[Rights],
        column: &str,
        through: &[Through],
        wanted: Privileges,
    ) -> Vec<Path> {
        let mut paths: Vec<Path> = Vec::new();
        let mut push = |path: Path| {
            if !paths.contains(&path) {
                paths.push(path);
            }
        };
        for (((reach, session), sources), works) in self.sessions.iter().zip(sources).zip(works) {
            for source in sources {
                let held = privileges(source.rights.and(*works)).and(wanted);
                if !held.is_none() {
                    push(paths::of_line(self.principal, *reach, session, source, None, held));
                }
                let held = privileges(source.column_only(column).and(*works)).and(wanted);
                if !held.is_none() {
                    push(paths::of_line(self.principal, *reach, session, source, Some(column), held));
                }
            }
        }
        for one in through.iter().filter(|one| !one.privileges.and(wanted).is_none()) {
            push(one.path.clone());
        }
        paths
    }
}

/// All rows, when one way shows all of them.
fn rows(through: &[Through], wanted: Privileges) -> Rows {
    let ways: Vec<&Through> = through.iter().filter(|one| !one.privileges.and(wanted).is_none()).collect();
    if ways.iter().any(|one| one.conditions.is_empty()) {
        return Rows::All;
    }
    let conditions: BTreeSet<String> = ways.iter().map(|one| one.conditions.join(" AND ")).collect();
    Rows::Some(conditions.into_iter().collect())
}
