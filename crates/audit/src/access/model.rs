//! What an engine's side answers, and what it is asked for.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Debug;

use dataward_model::Category;
use dataward_model::Remedy;
use jiff::Timestamp;

use crate::access::entry::Entry;
use crate::access::entry::EntryGroup;
use crate::access::entry::Privileges;

/// Rights on an object, each with the columns that it is for; none named: all of them.
pub type RightsOn<'a> = [(Privileges, Vec<&'a str>)];

/// The effective rights in one source, worked out from the facts of its catalogue.
pub trait AccessModel: Debug + Send + Sync {
    /// All accounts and roles that are not built into the server, able to log in or not.
    fn principals(&self) -> &[Principal];

    /// Hands out every entry that `scope` covers, ordered by principal, object and reach.
    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>));

    /// The statements that give `principal` rights on an object, and what else it needs to use them once the statements
    /// in `taken` have run. None where the engine has no such statement.
    fn grants(&self, _principal: &str, _object: &str, _rights: &RightsOn<'_>, _taken: &BTreeSet<&str>) -> Vec<String> {
        Vec::new()
    }

    /// What is not an entry and matters: side doors, steps from access, accounts.
    fn notes(&self) -> &[Note];

    /// What we could not look at. The answer is complete when none of it decides about entries.
    fn missing(&self) -> &[Missing];

    /// Whether part of the catalogue that decides about entries was hidden from us: then what is not in the answer may
    /// be there all the same.
    fn is_hidden(&self) -> bool {
        self.missing().iter().any(|missing| missing.decides && missing.grant.is_some())
    }
}

/// An account or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// Its name.
    pub name: String,
    /// Whether it can log in, as far as the source tells.
    pub login: bool,
    /// Why it cannot, although it is an account.
    pub barrier: Option<String>,
    /// Whether no right is ever asked of it.
    pub superuser: bool,
    /// Whether it stands for people whom nobody knows: everyone on the internet.
    pub anonymous: bool,
    /// All roles that it belongs to, directly or through others, by name.
    pub roles: Vec<String>,
    /// When it was last seen at work; none where nobody keeps that.
    pub last_used: Option<Timestamp>,
}

/// Something about rights that is not an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What kind of thing it is.
    pub kind: NoteKind,
    /// Whom it is about; none when it is about the server.
    pub principal: Option<String>,
    /// What, in a sentence without a final stop.
    pub text: String,
    /// The statement or command that ends it.
    pub remedy: Option<Remedy>,
}

/// The kinds of notes, in the order of alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteKind {
    /// An account that is easier to enter than it should be, or should not be there.
    Account,
    /// A way to data around the rights on tables.
    SideDoor,
    /// One step, open to somebody today, from rights that nobody gave.
    Escalation,
    /// Who would read what is made tomorrow.
    Future,
    /// A barrier that does not hold, or a thing that is broken.
    Weakness,
}

impl NoteKind {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Escalation => "escalation",
            Self::Future => "future",
            Self::SideDoor => "side-door",
            Self::Weakness => "weakness",
        }
    }
}

/// Something that we were not allowed to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What, and what we cannot tell without it.
    pub what: String,
    /// The statement that lets us look.
    pub grant: Option<String>,
    /// Whether entries may be wrong without it, not only notes.
    pub decides: bool,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// What the inventory says that columns hold: object, then column.
    pub categories: BTreeMap<String, BTreeMap<String, Category>>,
    /// Also the columns that are not in the inventory.
    pub all_columns: bool,
    /// Only this account or role.
    pub principal: Option<String>,
    /// Only columns that hold this category or one below it.
    pub category: Option<Category>,
    /// Paths are not looked at and may be left out: most of the work.
    pub without_paths: bool,
}

impl Scope {
    /// Every column, whatever it holds.
    pub fn everything() -> Self {
        Self { all_columns: true, ..Self::default() }
    }

    /// What `column` of the first of `objects` that the inventory knows holds. The objects are the one
    /// asked for, and then those whose rows it shares (the tables that a partition belongs to).
    pub fn category<'a>(&'a self, objects: &[&str], column: &str) -> Option<&'a Category> {
        objects.iter().find_map(|object| self.categories.get(*object)?.get(column))
    }

    /// Whether a column that holds `category` is asked for.
    pub fn covers(&self, category: Option<&Category>) -> bool {
        match (&self.category, category) {
            (Some(wanted), Some(category)) => category.is_within(wanted),
            (Some(_), None) => false,
            (None, category) => self.all_columns || category.is_some(),
        }
    }

    /// Whether `name` is asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.principal.as_deref().is_none_or(|principal| principal == name)
    }
}

/// A model that is a plain list: for engines whose answer is small.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Accounts and roles.
    pub principals: Vec<Principal>,
    /// Entries without categories: those come from the scope.
    pub entries: Vec<Entry>,
    /// Notes.
    pub notes: Vec<Note>,
    /// What we could not look at.
    pub missing: Vec<Missing>,
}

impl Listed {
    /// Puts everything in order.
    pub fn sort(&mut self) {
        self.entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.principal.clone(), entry.object.clone(), entry.reach);
            key(a).cmp(&key(b))
        });
        self.notes.sort();
    }
}

impl AccessModel for Listed {
    fn principals(&self) -> &[Principal] {
        &self.principals
    }

    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        for entry in self.entries.iter().filter(|entry| scope.wants(&entry.principal)) {
            let category = scope.category(&[&entry.object], &entry.column);
            if scope.covers(category) {
                each(&EntryGroup {
                    principal: &entry.principal,
                    login: entry.login,
                    object: &entry.object,
                    columns: &[(&entry.column, category)],
                    privileges: entry.privileges,
                    rows: &entry.rows,
                    reach: entry.reach,
                    paths: &entry.paths,
                });
            }
        }
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn missing(&self) -> &[Missing] {
        &self.missing
    }
}
