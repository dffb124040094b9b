//! What a PostgreSQL catalogue says of rights, as plain values.

use std::sync::Arc;

use jiff::Timestamp;

/// A row's number in the catalogue.
pub type Oid = u32;

/// Stands for everybody in access lists and policies.
pub const PUBLIC: Oid = 0;

/// The facts of one database, taken in one snapshot.
#[derive(Clone, Debug, Default)]
pub struct PostgresGrants {
    /// `150018` for 15.18.
    pub version: i32,
    /// The database's name.
    pub database: String,
    /// Its owner.
    pub database_owner: Oid,
    /// Its access list; none: the default.
    pub database_acl: Option<Acl>,
    /// The account that we read as.
    pub account: String,
    /// All roles of the server, those built into it too.
    pub roles: Vec<Role>,
    /// Who belongs to which role.
    pub memberships: Vec<Membership>,
    /// Schemas, without the system's.
    pub schemas: Vec<Schema>,
    /// Tables, views and the like, without the system's.
    pub relations: Vec<Relation>,
    /// Row security policies.
    pub policies: Vec<Policy>,
    /// Functions and procedures, without the system's.
    pub functions: Vec<Function>,
    /// What new things will be open to.
    pub default_acls: Vec<DefaultAcl>,
    /// The lines of pg_hba.conf; none when we may not look.
    pub hba: Option<Vec<HbaLine>>,
    /// Things that lead around the rights on tables.
    pub doors: Vec<Door>,
    /// What we may not look at.
    pub unseen: Vec<Unseen>,
}

/// An access list. Tables of the same list share it.
pub type Acl = Arc<[AclItem]>;

/// One line of an access list: what `grantor` gave to `grantee`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AclItem {
    /// Who has it; [`PUBLIC`] for everybody. May be a role that is gone.
    pub grantee: Oid,
    /// Who gave it.
    pub grantor: Oid,
    /// The letters of the rights (`r` SELECT, `a` INSERT, `w` UPDATE, `x` REFERENCES, `U` USAGE, …).
    pub rights: String,
    /// The letters of those that the grantee may pass on.
    pub grantable: String,
}

/// A role.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its number. The superuser that `initdb` made is 10.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// SUPERUSER.
    pub superuser: bool,
    /// INHERIT; counts up to version 15, and for grants made without saying in 16 and later.
    pub inherit: bool,
    /// CREATEROLE.
    pub create_role: bool,
    /// LOGIN.
    pub login: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypass_rls: bool,
    /// Connections allowed; -1: as many as it likes.
    pub connection_limit: i32,
    /// Until when its password counts.
    pub valid_until: Option<Timestamp>,
    /// Whether that is over, by the server's clock.
    pub expired: bool,
    /// How its password is kept; none when we may not look.
    pub password: Option<PasswordState>,
    /// When it was last seen at work.
    pub last_used: Option<Timestamp>,
    /// From how many addresses people work as it now, by the tools that people use.
    pub people: i64,
    /// A program that works as it now, over the network.
    pub program: Option<String>,
}

/// How a password is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordState {
    /// As an MD5 hash, which can be broken and is as good as the password.
    Md5,
    /// There is none.
    None,
    /// As SCRAM verifier.
    Scram,
}

/// A grant of a role to a role.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The role granted.
    pub role: Oid,
    /// Who has it.
    pub member: Oid,
    /// Who gave it.
    pub grantor: Oid,
    /// WITH ADMIN: may give it on.
    pub admin: bool,
    /// WITH INHERIT, from version 16 on; none before.
    pub inherit: Option<bool>,
    /// WITH SET, from version 16 on; none before.
    pub set: Option<bool>,
}

/// A schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its number.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Oid,
    /// Its access list; none: the default.
    pub acl: Option<Acl>,
}

/// The kinds of relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// A table on another server.
    Foreign,
    /// A materialised view.
    Materialised,
    /// A table with partitions.
    Partitioned,
    /// A table.
    Table,
    /// A view.
    View,
}

/// A table, view or the like.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its number.
    pub oid: Oid,
    /// Index of its schema in [`PostgresGrants::schemas`].
    pub schema: usize,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Its owner.
    pub owner: Oid,
    /// Its access list; none: the default.
    pub acl: Option<Acl>,
    /// Columns in order, without dropped ones.
    pub columns: Arc<[Column]>,
    /// Tables whose rows include its own: partitioned tables above, parents by inheritance.
    pub parents: Vec<Oid>,
    /// ENABLE ROW LEVEL SECURITY.
    pub row_security: bool,
    /// FORCE ROW LEVEL SECURITY.
    pub force_row_security: bool,
    /// `security_invoker`: a view that reads as whoever asks.
    pub security_invoker: bool,
    /// Whether a materialised view was filled.
    pub populated: bool,
    /// Whether a materialised view has rows stored: what its owner saw when it was filled, whatever he sees now.
    pub holds_rows: bool,
    /// What a view reads; none for tables, and for views whose rule could not be understood.
    pub query: Option<Query>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its number.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its own access list.
    pub acl: Option<Acl>,
}

/// What a view, or a function with a parsed body, reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Everything that must be readable for it to run.
    pub needs: Vec<Need>,
    /// Which columns come out, and out of which they are made. A whole-row or computed output names
    /// all columns that go into it.
    pub shows: Vec<Shown>,
    /// Functions that it calls.
    pub calls: Vec<Oid>,
    /// Whether rows may be left out or merged: WHERE, joins, grouping, LIMIT and the like.
    pub filters: bool,
    /// Relations that it changes, as a function may.
    pub writes: Vec<Oid>,
}

/// A relation that a query reads, and the columns that it names. No column: merely counts rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The relation.
    pub relation: Oid,
    /// Column numbers; 0 is the whole row.
    pub columns: Vec<i16>,
}

/// An output column of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its place in the output, from 1.
    pub output: i16,
    /// The columns of relations that go into it; column 0 is the whole row.
    pub from: Vec<(Oid, i16)>,
}

/// A row security policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The table.
    pub relation: Oid,
    /// Its name.
    pub name: String,
    /// `r`, `a`, `w`, `d`, or `*` for all.
    pub command: char,
    /// PERMISSIVE: lets rows through; RESTRICTIVE: keeps rows back.
    pub permissive: bool,
    /// For whom; [`PUBLIC`] for everybody.
    pub roles: Vec<Oid>,
    /// USING, as the server writes it.
    pub using: Option<String>,
}

/// A function or procedure.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its number.
    pub oid: Oid,
    /// Index of its schema in [`PostgresGrants::schemas`].
    pub schema: usize,
    /// Its name.
    pub name: String,
    /// Its argument types, as REVOKE wants them.
    pub arguments: String,
    /// `PROCEDURE` or `FUNCTION`.
    pub is_procedure: bool,
    /// Its owner.
    pub owner: Oid,
    /// Its access list; none: the default, which lets everybody.
    pub acl: Option<Acl>,
    /// SECURITY DEFINER.
    pub definer: bool,
    /// The language.
    pub language: String,
    /// Whether the language can do anything that the server's process can.
    pub untrusted_language: bool,
    /// A search_path of its own, schema names in order.
    pub search_path: Option<Vec<String>>,
    /// Whether no value of a table comes out of it: it gives nothing back, or a yes or no.
    pub shows_nothing: bool,
    /// Whether it is called by a trigger only.
    pub is_trigger: bool,
    /// What it does, as far as its text tells.
    pub body: Body,
}

/// What the text of a function tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// It puts statements together at run time: anything its owner can. What its literals say is here.
    Dynamic(Vec<Statement>),
    /// The server parsed it when it was made (BEGIN ATOMIC).
    Parsed(Query),
    /// It is text, of which we know these statements.
    Text(Vec<Statement>),
    /// Nothing can be told: another language, C.
    Unknown,
}

/// A statement in the text of a function. Names are as written: which relation they mean depends on
/// the search path of whoever calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Relations it reads: schema where written, and name.
    pub reads: Vec<(Option<String>, String)>,
    /// Columns whose values can come out; none: every column of what it reads.
    pub shows: Option<Vec<String>>,
    /// Columns it names at all; none: every column.
    pub names: Option<Vec<String>>,
    /// Functions it calls.
    pub calls: Vec<(Option<String>, String)>,
    /// Relations it changes.
    pub writes: Vec<(Option<String>, String)>,
    /// Whether rows may be left out.
    pub filters: bool,
}

/// ALTER DEFAULT PRIVILEGES.
#[derive(Clone, Debug)]
pub struct DefaultAcl {
    /// Whose new things.
    pub owner: Oid,
    /// Only in this schema; none: in all.
    pub schema: Option<usize>,
    /// `r` tables, `f` functions, `n` schemas, …
    pub kind: char,
    /// What they will be open to.
    pub acl: Acl,
}

/// A line of pg_hba.conf.
#[derive(Clone, Debug, Default)]
pub struct HbaLine {
    /// Its line in the file.
    pub line: i32,
    /// `local`, `host`, `hostssl`, `hostnossl`, `hostgssenc`, `hostnogssenc`.
    pub kind: String,
    /// Databases, as written.
    pub databases: Vec<String>,
    /// Accounts, as written.
    pub users: Vec<String>,
    /// Address, or `all`, `samehost`, `samenet`, a host name.
    pub address: Option<String>,
    /// Mask of the address.
    pub mask: Option<String>,
    /// How one proves who one is: `trust`, `scram-sha-256`, `reject`, …
    pub method: String,
    /// Whether the server could not understand it.
    pub broken: bool,
}

/// A thing that leads around the rights on tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// What it is.
    pub kind: DoorKind,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Oid,
    /// Whom it serves, where it is for one; [`PUBLIC`] for everybody.
    pub role: Option<Oid>,
    /// Its access list; none: the default.
    pub acl: Option<Acl>,
}

/// The kinds of doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoorKind {
    /// A trigger on events of the whole database.
    EventTrigger,
    /// A server reached by foreign tables.
    ForeignServer,
    /// A language in which everybody may write functions.
    Language,
    /// Large objects, which no table shows; the name is their number.
    LargeObjects,
    /// Tables sent to other servers.
    Publication,
    /// A place in the change stream.
    ReplicationSlot,
    /// A trigger whose function runs as its owner.
    Trigger,
    /// A log-in at another server that a local role uses.
    UserMapping,
}

/// Something that we may not look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What, and what cannot be told without it.
    pub what: String,
    /// The statement that lets us look.
    pub grant: Option<String>,
    /// Whether entries may be wrong without it, not only notes.
    pub decides: bool,
}
