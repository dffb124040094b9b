//! What is not an entry and matters: accounts too easy to enter, ways around the rights on tables, what
//! is one step away, who reads what is made tomorrow, barriers that do not hold.

use std::collections::BTreeSet;

use dataward_connect::postgres::grants::Acl;
use dataward_connect::postgres::grants::Body;
use dataward_connect::postgres::grants::DoorKind;
use dataward_connect::postgres::grants::Oid;
use dataward_connect::postgres::grants::PUBLIC;
use dataward_connect::postgres::grants::PasswordState;
use dataward_connect::postgres::grants::PostgresGrants;
use dataward_connect::postgres::grants::Relation;
use dataward_connect::postgres::grants::RelationKind;
use dataward_connect::postgres::grants::unit_name;
use dataward_model::Remedy;

use super::facets::Answer;
use super::kept_back;
use super::login::Doors;
use super::login::is_from_anywhere;
use super::rights::Rights;
use super::rights::is_gone;
use super::role_set::RoleSet;
use super::roles::Roles;
use super::steps;
use super::weak_usage;
use super::words::ident;
use super::words::qualified;
use crate::access::model::Note;
use crate::access::model::NoteKind;

/// All notes, in order.
pub(super) fn notes(rights: &Rights<'_>, answer: &Answer, doors: &Doors, principals: &[usize]) -> Vec<Note> {
    let mut notes = Notes { rights, facts: rights.facts, roles: rights.roles, principals, found: Vec::new() };
    notes.accounts(doors);
    notes.lines();
    notes.trusting_sockets(doors);
    notes.predefined();
    notes.doors();
    notes.functions();
    notes.triggers();
    steps::roles(&mut notes);
    notes.escalations();
    notes.future();
    weak_usage::notes(&mut notes, answer);
    kept_back::notes(&mut notes);
    notes.broken();
    let mut found = notes.found;
    found.sort();
    found.dedup();
    found
}

pub(super) struct Notes<'a> {
    pub(super) rights: &'a Rights<'a>,
    pub(super) facts: &'a PostgresGrants,
    pub(super) roles: &'a Roles,
    pub(super) principals: &'a [usize],
    found: Vec<Note>,
}

/// Predefined roles that lead around the rights on tables (manual, "Predefined Roles").
const PREDEFINED: &[(&str, &str)] = &[
    ("pg_execute_server_program", "runs programs on the server, and so reads every file of the database"),
    ("pg_read_server_files", "reads every file that the server can, those of the database too"),
    ("pg_write_server_files", "writes files on the server, and so becomes whoever it likes"),
    ("pg_read_all_stats", "reads the statements of others as they run, with the values in them"),
    ("pg_monitor", "reads the statements of others as they run, with the values in them"),
    ("pg_signal_backend", "ends the sessions of others"),
    ("pg_create_subscription", "copies tables of other servers in"),
];

impl<'a> Notes<'a> {
    /// A note, and the statement that ends what it says.
    pub(super) fn add(&mut self, kind: NoteKind, role: Option<usize>, text: String, statement: Option<String>) {
        let principal = role.map(|role| self.facts.roles[role].name.clone());
        self.found.push(Note { kind, principal, text, remedy: statement.map(Remedy::Command) });
    }

    /// A note, and what is to be done about it, which no statement does alone.
    fn advise(&mut self, kind: NoteKind, role: Option<usize>, text: String, words: String) {
        let principal = role.map(|role| self.facts.roles[role].name.clone());
        self.found.push(Note { kind, principal, text, remedy: Some(Remedy::Words(words)) });
    }

    pub(super) fn name(&self, role: usize) -> &'a str {
        &self.facts.roles[role].name
    }

    fn owner(&self, oid: Oid) -> &'a str {
        self.roles.index(oid).map_or("a role that is gone", |role| self.name(role))
    }

    fn relation(&self, relation: &Relation) -> String {
        unit_name(&self.facts.schemas[relation.schema].name, &relation.name)
    }

    /// The names of those of `who` that are not built in and not superusers: `ada, bob and 3 more`; none
    /// when there are none, `everybody` for all.
    fn people(&self, who: &RoleSet) -> Option<String> {
        let names: Vec<&str> = self
            .principals
            .iter()
            .filter(|role| who.contains(**role) && !self.roles.superusers.contains(**role))
            .map(|role| self.name(*role))
            .collect();
        let all = self.principals.iter().all(|role| who.contains(*role));
        match names.len() {
            0 => None,
            _ if all && names.len() > 1 => Some("everybody".to_owned()),
            count if count <= NAMED => Some(names.join(", ")),
            count => Some(format!("{} and {} more", names[..NAMED].join(", "), count - NAMED)),
        }
    }

    fn accounts(&mut self, doors: &Doors) {
        for role in self.principals.iter().copied() {
            let facts = &self.facts.roles[role];
            if !facts.login {
                continue;
            }
            let sql = ident(&facts.name);
            match facts.password {
                Some(PasswordState::Md5) => {
                    let text = "its password is kept as an MD5 hash, which is as good as the password".to_owned();
                    let words = format!("`SET password_encryption = 'scram-sha-256';` and then `\\password {sql}`");
                    self.advise(NoteKind::Account, Some(role), text, words);
                }
                Some(PasswordState::None) => {
                    // Without a password others may still vouch for it: a certificate, the machine's own accounts.
                    if let Some(line) = doors.without_proof[role] {
                        let text = format!("has no password, and line {line} of pg_hba.conf asks for none");
                        let words = format!("`\\password {sql}`, then scram-sha-256 in that line");
                        self.advise(NoteKind::Account, Some(role), text, words);
                    }
                }
                Some(PasswordState::Scram) | None => {}
            }
            if facts.expired {
                let text = "its password is past its end, and it can still log in by other means than a password";
                let text = match doors.barrier(role) {
                    Some(_) => "its password is past its end, and the account is still there",
                    None => text,
                };
                self.add(NoteKind::Account, Some(role), text.to_owned(), Some(format!("ALTER ROLE {sql} NOLOGIN;")));
            }
            if facts.people > 1 {
                let text = format!(
                    "is shared: people at {} addresses work as it at the same time, and nothing tells who did what",
                    facts.people
                );
                let words = format!("for each of them `CREATE ROLE <person> LOGIN IN ROLE {sql};`");
                self.advise(NoteKind::Account, Some(role), text, words);
            }
            if let (true, Some(program)) = (facts.superuser, &facts.program) {
                let text = format!("is a superuser, and the program {program} works as it");
                let words = "`CREATE ROLE <program> LOGIN;` and GRANT it what it needs".to_owned();
                self.advise(NoteKind::Account, Some(role), text, words);
            }
            if facts.superuser && facts.oid != BOOTSTRAP {
                let text = "is a superuser: no right is ever asked of it, and row security does not count".to_owned();
                self.add(NoteKind::Account, Some(role), text, Some(format!("ALTER ROLE {sql} NOSUPERUSER;")));
            }
        }
    }

    /// Lines of pg_hba.conf by which anybody on the machine becomes an account, by the socket and without any proof.
    fn trusting_sockets(&mut self, doors: &Doors) {
        for (line, roles) in &doors.by_socket {
            let name = |role: &usize| self.name(*role).to_owned();
            let (mighty, others): (Vec<usize>, Vec<usize>) =
                roles.iter().partition(|role| self.roles.superusers.contains(**role));
            let words = format!("pg_hba.conf line {line}: peer, or scram-sha-256");
            let lets =
                format!("line {line} of pg_hba.conf lets everybody on the machine in by the socket without any proof");
            match (mighty.is_empty(), others.is_empty()) {
                (false, _) => {
                    let names: Vec<String> = mighty.iter().map(name).collect();
                    let text = format!("{lets}, as {} too, of whom no right is ever asked", shortened(&names));
                    self.advise(NoteKind::SideDoor, None, text, words);
                }
                (true, false) => {
                    let names: Vec<String> = others.iter().map(name).collect();
                    self.advise(NoteKind::Account, None, format!("{lets}, as {}", shortened(&names)), words);
                }
                (true, true) => {}
            }
        }
    }

    /// Lines of pg_hba.conf that let in whom they should not.
    fn lines(&mut self) {
        for line in self.facts.hba.iter().flatten() {
            let whom = line.users.join(", ");
            let place = line.line;
            if line.broken {
                let text = format!("line {place} of pg_hba.conf is not understood by the server and does nothing");
                self.add(NoteKind::Weakness, None, text, None);
                continue;
            }
            let from = if is_from_anywhere(line) { "from anywhere" } else { "from the addresses it names" };
            match line.method.as_str() {
                "trust" if line.kind != "local" => {
                    let text = format!("line {place} of pg_hba.conf lets {whom} in {from} without any proof");
                    self.advise(NoteKind::Account, None, text, format!("pg_hba.conf line {place}: scram-sha-256"));
                }
                "password" => {
                    let text = format!("line {place} of pg_hba.conf has {whom} send passwords as they are");
                    self.advise(NoteKind::Account, None, text, format!("pg_hba.conf line {place}: scram-sha-256"));
                }
                "reject" => {}
                _ if is_from_anywhere(line) && line.kind != "hostssl" && line.kind != "hostgssenc" => {
                    let text = format!("line {place} of pg_hba.conf lets {whom} in from anywhere without encryption");
                    self.advise(NoteKind::Account, None, text, format!("pg_hba.conf line {place}: hostssl"));
                }
                _ => {}
            }
        }
    }

    /// Members of predefined roles, REPLICATION, BYPASSRLS.
    fn predefined(&mut self) {
        for role in self.principals.iter().copied() {
            if self.roles.superusers.contains(role) {
                continue;
            }
            let becomes = &self.roles.becomes[role];
            for (name, does) in PREDEFINED {
                let Some(predefined) = self.roles.named(name) else { continue };
                if self.roles.heirs(predefined).contains(role) || becomes.contains(predefined) {
                    let text = format!("{does} ({name})");
                    self.add(NoteKind::SideDoor, Some(role), text, Some(self.leave(role, predefined)));
                }
            }
            let facts = &self.facts.roles[role];
            if facts.replication {
                let text = "copies the whole database by replication (REPLICATION)".to_owned();
                let remedy = format!("ALTER ROLE {} NOREPLICATION;", ident(&facts.name));
                self.add(NoteKind::SideDoor, Some(role), text, Some(remedy));
            }
        }
    }

    /// Takes `role` out of `target`, by the first grant on the way.
    pub(super) fn leave(&self, role: usize, target: usize) -> String {
        let chain = self.roles.chain(role, target, |_| true).unwrap_or_default();
        let first = chain.get(1).copied().unwrap_or(target);
        format!("REVOKE {} FROM {};", ident(self.name(first)), ident(self.name(role)))
    }

    fn doors(&mut self) {
        for door in &self.facts.doors {
            let owner = self.owner(door.owner);
            let name = &door.name;
            let role = door.role.and_then(|oid| self.roles.index(oid));
            match door.kind {
                DoorKind::EventTrigger => {
                    let text =
                        format!("the event trigger {name} runs code of {owner} whenever anybody changes the schema");
                    self.add(NoteKind::SideDoor, None, text, None);
                }
                DoorKind::ForeignServer => {
                    let who = self.rights.holders(door.acl.as_ref(), door.owner, 'U', false);
                    if let Some(people) = self.people(&who) {
                        let text = format!("through the foreign server {name}, {people} reach another server");
                        self.add(NoteKind::SideDoor, None, text, None);
                    }
                }
                DoorKind::Language => {
                    let who = self.rights.holders(door.acl.as_ref(), door.owner, 'U', true);
                    if let Some(people) = self.people(&who).filter(|_| door.acl.is_some()) {
                        let text = format!("in the language {name}, {people} write functions that can do anything");
                        self.add(NoteKind::SideDoor, None, text, None);
                    }
                }
                DoorKind::LargeObjects => {
                    let who = self.rights.holders(door.acl.as_ref(), door.owner, 'r', false);
                    let readers =
                        self.people(&who).map(|people| format!(", and {people} read them")).unwrap_or_default();
                    let text = format!("{name} large objects of {owner} lie beside the tables{readers}");
                    self.add(NoteKind::SideDoor, None, text, None);
                }
                DoorKind::Publication => {
                    let text = format!("the publication {name} of {owner} sends tables to whoever may subscribe");
                    self.add(NoteKind::SideDoor, None, text, Some(format!("DROP PUBLICATION {};", ident(name))));
                }
                DoorKind::ReplicationSlot => {
                    let text = format!("the replication slot {name} keeps changes for a copy of the data");
                    self.add(NoteKind::SideDoor, None, text, None);
                }
                DoorKind::Trigger => {
                    let text = format!("the trigger {name} runs as {owner}, whoever changes the table");
                    self.add(NoteKind::SideDoor, None, text, None);
                }
                DoorKind::UserMapping => {
                    let whom = match (door.role, role) {
                        (Some(PUBLIC) | None, _) => "everybody".to_owned(),
                        (Some(oid), None) => format!("a role that is gone ({oid})"),
                        (_, Some(role)) => self.name(role).to_owned(),
                    };
                    let text = format!(
                        "{whom} is somebody else at the foreign server {name}, whose rights are not known here"
                    );
                    self.add(NoteKind::SideDoor, role, text, None);
                }
            }
        }
    }

    fn functions(&mut self) {
        for function in self.facts.functions.iter().filter(|function| function.definer && !function.is_trigger) {
            let mut who = self.rights.on_function(function);
            who.keep(self.rights.usage(function.schema));
            let owner = self.roles.index(function.owner);
            if let Some(owner) = owner {
                who.remove(&self.roles.becomers(&single(self.roles, owner)));
            }
            let Some(people) = self.people(&who) else { continue };
            let schema = &self.facts.schemas[function.schema].name;
            let name = unit_name(schema, &function.name);
            let sql = format!("{}({})", qualified(schema, &function.name), function.arguments);
            let owner = self.owner(function.owner);
            let kind = if function.is_procedure { "PROCEDURE" } else { "FUNCTION" };
            let can_do = match &function.body {
                Body::Dynamic(_) => Some("puts statements together as it runs"),
                Body::Unknown => Some("is written in a language that dataward does not read"),
                Body::Parsed(_) | Body::Text(_) => None,
            };
            if let Some(why) = can_do {
                let text = format!("{name} {why}, so it may do anything that {owner} can; {people} may call it");
                let remedy = function.acl.is_none().then(|| format!("REVOKE EXECUTE ON {kind} {sql} FROM PUBLIC;"));
                self.add(NoteKind::SideDoor, None, text, remedy);
            }
            if function.search_path.is_none() && !matches!(function.body, Body::Parsed(_)) {
                let text = format!(
                    "{name} runs as {owner} and looks names up where its caller says; {people} can have it run their code"
                );
                let remedy = format!("ALTER {kind} {sql} SET search_path = {}, pg_temp;", ident(schema));
                self.add(NoteKind::Escalation, None, text, Some(remedy));
            }
        }
    }

    /// TRIGGER: one's own code runs as whoever changes the table.
    fn triggers(&mut self) {
        for relation in &self.facts.relations {
            let sql = qualified(&self.facts.schemas[relation.schema].name, &relation.name);
            for item in relation.acl.iter().flat_map(|acl| acl.iter()) {
                if item.grantee == relation.owner || !item.rights.contains('t') {
                    continue;
                }
                let text =
                    format!("with TRIGGER on {}, its code runs as whoever changes that table", self.relation(relation));
                match (item.grantee, self.roles.index(item.grantee)) {
                    (PUBLIC, _) => {
                        let remedy = format!("REVOKE TRIGGER ON TABLE {sql} FROM PUBLIC;");
                        self.add(NoteKind::Escalation, None, format!("everybody: {text}"), Some(remedy));
                    }
                    (_, Some(role)) => {
                        let remedy = format!("REVOKE TRIGGER ON TABLE {sql} FROM {};", ident(self.name(role)));
                        self.add(NoteKind::Escalation, Some(role), text, Some(remedy));
                    }
                    (_, None) => {}
                }
            }
        }
    }

    /// What is one statement away.
    fn escalations(&mut self) {
        for relation in self.facts.relations.iter().filter(|relation| relation.kind != RelationKind::View) {
            let Some(owner) = self.roles.index(relation.owner) else { continue };
            if self.roles.superusers.contains(owner) {
                continue;
            }
            let reads = self.rights.on_relation(relation, 'r').contains(owner);
            if !reads || relation.force_row_security {
                let what = if reads { "does not see every row of" } else { "may not read" };
                let text = format!("owns {} and {what} it, but can give itself that", self.relation(relation));
                self.add(NoteKind::Escalation, Some(owner), text, None);
            }
        }
        for schema in &self.facts.schemas {
            let mut who = self.rights.holders(schema.acl.as_ref(), schema.owner, 'C', false);
            if let Some(owner) = self.roles.index(schema.owner) {
                who.remove(&self.roles.becomers(&single(self.roles, owner)));
            }
            let in_paths = schema.name == "public"
                || self.facts.functions.iter().any(|function| {
                    function.definer && function.search_path.iter().flatten().any(|name| *name == schema.name)
                });
            if let (true, Some(people)) = (in_paths, self.people(&who)) {
                let text = format!(
                    "{people} make things in the schema {}, where others look names up, and so have them run their code",
                    schema.name
                );
                let to_public = schema
                    .acl
                    .iter()
                    .flat_map(|acl| acl.iter())
                    .any(|item| item.grantee == PUBLIC && item.rights.contains('C'));
                let remedy = to_public.then(|| format!("REVOKE CREATE ON SCHEMA {} FROM PUBLIC;", ident(&schema.name)));
                self.add(NoteKind::Escalation, None, text, remedy);
            }
        }
    }

    /// Who would read a new table.
    fn future(&mut self) {
        for default in self.facts.default_acls.iter().filter(|default| default.kind == 'r') {
            let Some(owner) = self.roles.index(default.owner) else { continue };
            let place = match default.schema {
                Some(schema) => format!(" in the schema {}", self.facts.schemas[schema].name),
                None => String::new(),
            };
            let within = default.schema.map(|schema| format!(" IN SCHEMA {}", ident(&self.facts.schemas[schema].name)));
            for item in default.acl.iter().filter(|item| item.rights.contains('r') && item.grantee != default.owner) {
                let (whom, sql) = match (item.grantee, self.roles.index(item.grantee)) {
                    (PUBLIC, _) => ("everybody".to_owned(), "PUBLIC".to_owned()),
                    (_, Some(role)) => (self.name(role).to_owned(), ident(self.name(role))),
                    (_, None) => continue,
                };
                let text = format!("a new table of {}{place} would be readable by {whom}", self.name(owner));
                let remedy = format!(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {}{} REVOKE SELECT ON TABLES FROM {sql};",
                    ident(self.name(owner)),
                    within.as_deref().unwrap_or_default()
                );
                self.add(NoteKind::Future, self.roles.index(item.grantee), text, Some(remedy));
            }
        }
        for name in ["pg_read_all_data", "pg_write_all_data"] {
            let Some(heirs) = self.roles.heirs_of_predefined(name) else { continue };
            if let Some(people) = self.people(heirs) {
                let does = if name == "pg_read_all_data" { "readable" } else { "writable" };
                let text = format!("every new table would be {does} by {people} ({name})");
                self.add(NoteKind::Future, None, text, None);
            }
        }
    }

    /// What is broken.
    fn broken(&mut self) {
        let mut gone: BTreeSet<(Oid, String)> = BTreeSet::new();
        for relation in &self.facts.relations {
            let name = self.relation(relation);
            note_gone(self.roles, relation.acl.as_ref(), &name, &mut gone);
            relation.columns.iter().for_each(|column| note_gone(self.roles, column.acl.as_ref(), &name, &mut gone));
            if matches!(relation.kind, RelationKind::View | RelationKind::Materialised) && relation.query.is_none() {
                let text =
                    format!("what the view {name} reads could not be understood; it may show anything its owner sees");
                self.add(NoteKind::Weakness, None, text, None);
            }
        }
        for schema in &self.facts.schemas {
            note_gone(self.roles, schema.acl.as_ref(), &schema.name, &mut gone);
        }
        for function in &self.facts.functions {
            note_gone(self.roles, function.acl.as_ref(), &function.name, &mut gone);
        }
        for (oid, thing) in gone {
            let text = format!("{thing} is still open to a role that is gone ({oid})");
            self.add(NoteKind::Weakness, None, text, None);
        }
    }
}

/// The superuser that a server is installed with.
const BOOTSTRAP: Oid = 10;

/// How many names are spelt out.
const NAMED: usize = 5;

/// The first names, and how many more there are.
fn shortened(names: &[String]) -> String {
    match names.len() {
        count if count <= NAMED => names.join(", "),
        count => format!("{} and {} more", names[..NAMED].join(", "), count - NAMED),
    }
}

fn single(roles: &Roles, role: usize) -> RoleSet {
    let mut set = roles.none();
    set.insert(role);
    set
}

fn note_gone(roles: &Roles, acl: Option<&Acl>, name: &str, gone: &mut BTreeSet<(Oid, String)>) {
    for item in acl.into_iter().flat_map(|acl| acl.iter()) {
        if is_gone(roles, item.grantee) {
            gone.insert((item.grantee, name.to_owned()));
        }
    }
}
