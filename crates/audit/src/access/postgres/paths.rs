//! The ways by which somebody comes to a right, in words, with the statement that closes each.

mod revoke;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::rc::Rc;

use dataward_connect::postgres::grants::Acl;
use dataward_connect::postgres::grants::AclItem;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;
use dataward_connect::postgres::grants::RelationKind;
use dataward_connect::postgres::grants::unit_name;

use self::revoke::Giver;
use self::revoke::passes_on;
use super::facets::Answer;
use super::facets::Facet;
use super::facets::Gate;
use super::facets::GateKind;
use super::rights::LETTERS;
use super::rights::Rights;
use super::roles::OPTIONS_PER_GRANT;
use super::roles::Roles;
use super::words::ident;
use super::words::qualified;
use crate::access::entry::Path;
use crate::access::entry::Privileges;

/// The superuser that a server is installed with cannot lose that.
const BOOTSTRAP: Oid = 10;

/// Puts ways into words.
#[derive(Debug)]
pub(super) struct Paths<'a> {
    facts: &'a PostgresGrants,
    roles: &'a Roles,
    rights: Rights<'a>,
    answer: &'a Answer,
    /// Names of relations for people, by place.
    pub(super) names: Vec<String>,
    /// The same for statements: `TABLE public.orders`.
    things: Vec<String>,
    known: RefCell<Known>,
}

/// What was worked out once and is needed for every table: a server has more tables than roles.
#[derive(Debug, Default)]
struct Known {
    /// `readers <- staff`, by both ends.
    chains: HashMap<(usize, usize), Option<Rc<str>>>,
    /// The statements that take a role from a member, by member and role.
    memberships: HashMap<(usize, usize), Rc<str>>,
    /// All roles that somebody can switch to from one, nearest first.
    behind: HashMap<usize, Rc<[usize]>>,
}

/// How somebody comes to have what was given to a role.
struct Heritage {
    /// `ada <- readers <- staff`.
    text: String,
    /// Ends it, where it is not the grant itself that has to go.
    revoke: Revoke,
}

/// What ends a way.
enum Revoke {
    /// The grant on the thing.
    Grant,
    /// The membership, or nothing.
    Membership(Option<String>),
}

impl<'a> Paths<'a> {
    pub(super) fn new(facts: &'a PostgresGrants, roles: &'a Roles, answer: &'a Answer) -> Self {
        let names =
            facts.relations.iter().map(|relation| unit_name(&facts.schemas[relation.schema].name, &relation.name));
        Self {
            facts,
            roles,
            rights: Rights::new(facts, roles),
            answer,
            names: names.collect(),
            things: facts
                .relations
                .iter()
                .map(|relation| format!("TABLE {}", qualified(&facts.schemas[relation.schema].name, &relation.name)))
                .collect(),
            known: RefCell::default(),
        }
    }

    fn name(&self, role: usize) -> &'a str {
        &self.facts.roles[role].name
    }

    /// Everything that gives `role` some of `privileges` on a facet of a relation under its own name.
    pub(super) fn direct(&self, role: usize, relation: usize, facet: &Facet, privileges: Privileges) -> Vec<Path> {
        let mut found = Vec::new();
        self.superuser(role, &mut found);
        self.listed(role, relation, &facet.columns, privileges, "", &mut found);
        if privileges.has(Privileges::SELECT) {
            let place = facet.columns[0];
            let name = &self.facts.relations[relation].columns[place].name;
            for parent in &self.answer.above[relation] {
                let columns = &self.facts.relations[*parent].columns;
                if let Some(same) = columns.iter().position(|column| &column.name == name) {
                    let holds = format!(", which holds the rows of {}", self.names[relation]);
                    self.listed(role, *parent, &[same], Privileges::SELECT, &holds, &mut found);
                }
            }
        }
        found
    }

    fn superuser(&self, role: usize, found: &mut Vec<Path>) {
        let facts = &self.facts.roles[role];
        if facts.superuser {
            let revoke = (facts.oid != BOOTSTRAP).then(|| format!("ALTER ROLE {} NOSUPERUSER;", ident(&facts.name)));
            found.push(Path { text: format!("{}: SUPERUSER", facts.name), revoke });
        }
    }

    /// What access lists and predefined roles give.
    fn listed(
        &self,
        role: usize,
        relation: usize,
        columns: &[usize],
        privileges: Privileges,
        ending: &str,
        found: &mut Vec<Path>,
    ) {
        let name = &self.names[relation];
        let of = &self.facts.relations[relation];
        let kind =
            if of.kind == RelationKind::View || of.kind == RelationKind::Materialised { "view" } else { "table" };
        let thing = self.things[relation].as_str();
        match &of.acl {
            None => {
                for heritage in self.heritages(role, of.owner) {
                    let text = format!("{}: owner of the {kind} {name}{ending}", heritage.text);
                    let words = words(privileges, "");
                    let revoke = self
                        .end(heritage.revoke, || format!("REVOKE {words} ON {thing} FROM {};", ident(self.name(role))));
                    found.push(Path { text, revoke });
                }
            }
            Some(acl) => {
                self.items(role, acl, of, privileges, "", (name, ending), thing, found);
            }
        }
        let mut lists: Vec<(&Acl, Vec<&str>)> = Vec::new();
        for column in columns.iter().filter_map(|place| of.columns.get(*place)) {
            let Some(acl) = &column.acl else { continue };
            match lists.iter_mut().find(|(known, _)| *known == acl) {
                Some((_, names)) => names.push(&column.name),
                None => lists.push((acl, vec![&column.name])),
            }
        }
        for (acl, names) in lists {
            let names: Vec<String> = names.into_iter().map(ident).collect();
            let of_columns = format!(" ({})", names.join(", "));
            self.items(role, acl, of, privileges, &of_columns, (name, ending), thing, found);
        }
        for (predefined, rights) in [
            ("pg_read_all_data", Privileges::SELECT),
            ("pg_write_all_data", Privileges::INSERT.with(Privileges::UPDATE)),
        ] {
            let rights = rights.and(privileges);
            if let Some(predefined) = self.roles.named(predefined).filter(|_| !rights.is_none()) {
                for heritage in self.heritages(role, self.facts.roles[predefined].oid) {
                    let text = format!("{}: {rights} on every table{ending}", heritage.text);
                    found.push(Path { text, revoke: self.end(heritage.revoke, String::new) });
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    fn items(
        &self,
        role: usize,
        acl: &Acl,
        of: &Relation,
        privileges: Privileges,
        of_columns: &str,
        (name, ending): (&str, &str),
        thing: &str,
        found: &mut Vec<Path>,
    ) {
        for item in acl.iter() {
            let given = LETTERS
                .iter()
                .filter(|(letter, one)| privileges.has(*one) && item.rights.contains(*letter))
                .fold(Privileges::NONE, |set, (_, one)| set.with(*one));
            if given.is_none() {
                continue;
            }
            let words = words(given, of_columns);
            for heritage in self.heritages(role, item.grantee) {
                let by = self.giver(&heritage, item, of.owner);
                let text = format!("{}: GRANT {words} ON {name}{by}{ending}", heritage.text);
                let revoke = self.end(heritage.revoke, || {
                    let owner = (of.owner, self.rights.usage(of.schema));
                    let letters = LETTERS.iter().filter(|(_, one)| given.has(*one)).map(|(letter, _)| *letter);
                    let lists = [Some(acl), of.acl.as_ref()];
                    let giver = Giver::of(lists.into_iter().flatten(), item.grantor, &letters.collect::<String>());
                    self.revoke_item(item, (passes_on(of, item.grantee), giver), owner, &words, thing)
                });
                let path = Path { text, revoke };
                // By a role it comes once, however many gave that role the right.
                if !found.contains(&path) {
                    found.push(path);
                }
            }
        }
    }

    /// Whether `role` may still look things up in a schema once the statements in `taken` have run: a role that goes may
    /// have brought that along.
    pub(super) fn keeps_usage(&self, role: usize, schema: usize, taken: &BTreeSet<&str>) -> bool {
        let schema = &self.facts.schemas[schema];
        let listed = schema.acl.iter().flat_map(|acl| acl.iter()).filter(|item| item.rights.contains('U'));
        let givers = listed.map(|item| item.grantee).chain([schema.owner]);
        let stays = |heritage: Heritage| match heritage.revoke {
            Revoke::Membership(Some(statement)) => !taken.contains(statement.as_str()),
            Revoke::Grant | Revoke::Membership(None) => true,
        };
        self.facts.roles[role].superuser || givers.flat_map(|giver| self.heritages(role, giver)).any(stays)
    }

    /// Who gave a right, where that is not the owner: each giver's is a way of its own, which only they take back.
    fn giver(&self, heritage: &Heritage, item: &AclItem, owner: Oid) -> String {
        let grantor = self.roles.index(item.grantor).filter(|_| item.grantor != owner);
        match (&heritage.revoke, grantor) {
            (Revoke::Grant, Some(grantor)) => format!(" GRANTED BY {}", self.name(grantor)),
            _ => String::new(),
        }
    }

    fn end(&self, revoke: Revoke, grant: impl FnOnce() -> String) -> Option<String> {
        match revoke {
            Revoke::Grant => Some(grant()),
            Revoke::Membership(statement) => statement,
        }
    }

    /// Every way in which `role` has what was given to `grantee`: as itself, as everybody, or through one
    /// of the roles granted to it, by the shortest chain each.
    fn heritages(&self, role: usize, grantee: Oid) -> Vec<Heritage> {
        let name = self.name(role);
        if grantee == PUBLIC {
            return vec![Heritage { text: format!("{name} <- PUBLIC"), revoke: Revoke::Grant }];
        }
        let Some(target) = self.roles.index(grantee) else { return Vec::new() };
        if target == role {
            return vec![Heritage { text: name.to_owned(), revoke: Revoke::Grant }];
        }
        if !self.roles.heirs(target).contains(role) {
            return Vec::new();
        }
        let edges = self.roles.edges[role].iter().filter(|edge| edge.inherits);
        edges
            .filter(|edge| self.roles.heirs(target).contains(edge.role))
            .filter_map(|edge| {
                let chain = self.chain(edge.role, target)?;
                let revoke = if edge.implied { None } else { Some(self.revoke_membership(role, edge.role)) };
                Some(Heritage { text: format!("{name} <- {chain}"), revoke: Revoke::Membership(revoke) })
            })
            .collect()
    }

    /// `readers <- staff`: the shortest chain along which rights are inherited.
    fn chain(&self, from: usize, to: usize) -> Option<Rc<str>> {
        if let Some(known) = self.known.borrow().chains.get(&(from, to)) {
            return known.clone();
        }
        let chain = self.roles.chain(from, to, |edge| edge.inherits);
        let text = chain.map(|chain| {
            let names: Vec<&str> = chain.iter().map(|role| self.name(*role)).collect();
            Rc::from(names.join(" <- "))
        });
        self.known.borrow_mut().chains.insert((from, to), text.clone());
        text
    }

    /// The statements that take a role from a member, whoever gave it.
    fn revoke_membership(&self, member: usize, role: usize) -> String {
        if let Some(known) = self.known.borrow().memberships.get(&(member, role)) {
            return known.to_string();
        }
        let statements = self.statements_of_membership(member, role);
        self.known.borrow_mut().memberships.insert((member, role), Rc::from(statements.as_str()));
        statements
    }

    fn statements_of_membership(&self, member: usize, role: usize) -> String {
        let (member_sql, role_sql) = (ident(self.name(member)), ident(self.name(role)));
        let plain = format!("REVOKE {role_sql} FROM {member_sql};");
        if self.facts.version < OPTIONS_PER_GRANT {
            return plain;
        }
        let (member_oid, role_oid) = (self.facts.roles[member].oid, self.facts.roles[role].oid);
        let grants = self.facts.memberships.iter().filter(|one| one.member == member_oid && one.role == role_oid);
        let passed_on = self.facts.memberships.iter().any(|one| one.grantor == member_oid && one.role == role_oid);
        let cascade = if passed_on { " CASCADE" } else { "" };
        let statements: Vec<String> = grants
            .filter_map(|grant| self.roles.index(grant.grantor))
            .map(|grantor| {
                format!("REVOKE {role_sql} FROM {member_sql} GRANTED BY {}{cascade};", ident(self.name(grantor)))
            })
            .collect();
        if statements.is_empty() { plain } else { statements.join(" ") }
    }

    /// Every way in which `role` has some of `privileges` after switching to another role, other than
    /// those that are closed with `known` ones.
    pub(super) fn switched(
        &self,
        role: usize,
        relation: usize,
        facet: &Facet,
        privileges: Privileges,
        known: &[Path],
    ) -> Vec<Path> {
        let has = |other: usize| {
            let rights = LETTERS.iter().zip(&facet.direct);
            rights.into_iter().any(|((_, one), who)| privileges.has(*one) && who.contains(other))
        };
        self.by_switching(role, known, has, |other| self.direct(other, relation, facet, privileges))
    }

    /// For each role granted to `role` that it may switch to: the nearest one behind with a way of its own.
    fn by_switching(
        &self,
        role: usize,
        known: &[Path],
        has: impl Fn(usize) -> bool,
        paths: impl Fn(usize) -> Vec<Path>,
    ) -> Vec<Path> {
        let is_closed = |way: &Path| known.iter().any(|path| path.revoke.is_some() && path.revoke == way.revoke);
        let mut found = Vec::new();
        for edge in self.roles.edges[role].iter().filter(|edge| edge.sets) {
            let revoke = if edge.implied { None } else { Some(self.revoke_membership(role, edge.role)) };
            // What closes another way already closes this one.
            if revoke.is_some() && known.iter().any(|path| path.revoke == revoke) {
                continue;
            }
            let behind = self.behind(edge.role);
            let nearest = behind.iter().copied().filter(|other| *other != role && has(*other)).find_map(|other| {
                let way = paths(other).into_iter().find(|way| !is_closed(way))?;
                Some((other, way))
            });
            let Some((other, way)) = nearest else { continue };
            let by = if other == edge.role { String::new() } else { format!(" (by {})", self.name(edge.role)) };
            let text = format!("{} -> SET ROLE {}{by}; {}", self.name(role), self.name(other), way.text);
            found.push(Path { text, revoke });
        }
        found
    }

    /// The roles that may be switched to from `start` on, the nearest first, `start` included. A superuser
    /// among them has every right itself, so those it may become add nothing.
    fn behind(&self, start: usize) -> Rc<[usize]> {
        if let Some(known) = self.known.borrow().behind.get(&start) {
            return Rc::clone(known);
        }
        let mut known = vec![start];
        let mut seen = self.roles.none();
        seen.insert(start);
        let mut index = 0;
        while let Some(role) = known.get(index).copied() {
            for edge in self.roles.edges[role].iter().filter(|edge| edge.sets) {
                if !seen.contains(edge.role) {
                    seen.insert(edge.role);
                    known.push(edge.role);
                }
            }
            index += 1;
        }
        let known: Rc<[usize]> = known.into();
        self.known.borrow_mut().behind.insert(start, Rc::clone(&known));
        known
    }

    /// Every way through a view or function, other than those that are closed with `known` ones. One that
    /// only spares looking the table up is a way for those alone who may not.
    pub(super) fn gated(&self, role: usize, relation: usize, facet: &Facet, gate: &Gate, known: &[Path]) -> Vec<Path> {
        let [reads, ..] = &facet.direct;
        let has = |other: usize| gate.users.contains(other) && !(gate.asks && reads.contains(other));
        let own = if has(role) { self.using(role, relation, gate) } else { Vec::new() };
        let known = [known, &own].concat();
        let switched = self.by_switching(role, &known, has, |other| self.using(other, relation, gate));
        own.into_iter().chain(switched).collect()
    }

    fn using(&self, role: usize, relation: usize, gate: &Gate) -> Vec<Path> {
        let mut found = Vec::new();
        let reads = &self.names[relation];
        match gate.kind {
            GateKind::View(view, column) => {
                let of = &self.facts.relations[view];
                let what = match of.kind {
                    RelationKind::Materialised => format!(", which holds a copy of rows of {reads}"),
                    _ if of.security_invoker => format!(", through which it reads {reads} without looking it up"),
                    _ => format!(", which reads {reads} as {}", self.owner(of.owner)),
                };
                self.superuser(role, &mut found);
                self.listed(role, view, &[column], Privileges::SELECT, &what, &mut found);
            }
            GateKind::Function(function) => {
                let of = &self.facts.functions[function];
                let schema = &self.facts.schemas[of.schema].name;
                let kind = if of.is_procedure { "PROCEDURE" } else { "FUNCTION" };
                let name = format!("{}({})", unit_name(schema, &of.name), of.arguments);
                let what = if gate.asks {
                    format!(", through which it reads {reads} without looking it up")
                } else if !of.definer {
                    format!(", through which it reads a view of {reads}")
                } else {
                    format!(", which reads {reads} as {}", self.owner(of.owner))
                };
                let thing = format!("{kind} {}({})", qualified(schema, &of.name), of.arguments);
                self.superuser(role, &mut found);
                let by_default = [AclItem {
                    grantee: of.owner,
                    grantor: of.owner,
                    rights: "X".to_owned(),
                    grantable: String::new(),
                }];
                let acl: &[AclItem] = match &of.acl {
                    None => {
                        found.push(Path {
                            text: format!(
                                "{} <- PUBLIC: may call {name}{what} (by default everybody may)",
                                self.name(role)
                            ),
                            revoke: Some(format!("REVOKE EXECUTE ON {thing} FROM PUBLIC;")),
                        });
                        // What is left once that is taken from everybody.
                        &by_default
                    }
                    Some(acl) => acl,
                };
                for item in acl.iter().filter(|item| item.rights.contains('X')) {
                    for heritage in self.heritages(role, item.grantee) {
                        let by = self.giver(&heritage, item, of.owner);
                        let text = format!("{}: GRANT EXECUTE ON {name}{by}{what}", heritage.text);
                        let revoke = self.end(heritage.revoke, || {
                            self.revoke_item(
                                item,
                                (!item.grantable.is_empty(), Giver::of(of.acl.iter(), item.grantor, "X")),
                                (of.owner, self.rights.usage(of.schema)),
                                "EXECUTE",
                                &thing,
                            )
                        });
                        found.push(Path { text, revoke });
                    }
                }
            }
        }
        found
    }

    fn owner(&self, oid: Oid) -> &str {
        self.roles.index(oid).map_or("a role that is gone", |role| self.name(role))
    }
}

/// `SELECT (email), INSERT (email)`.
fn words(privileges: Privileges, of_columns: &str) -> String {
    let words: Vec<String> = privileges.words().map(|word| format!("{}{of_columns}", word.to_uppercase())).collect();
    words.join(", ")
}
