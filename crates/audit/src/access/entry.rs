//! Who can do what to which column: the words of the answer.

use std::fmt;

use dataward_model::Category;
use serde::Deserialize;
use serde::Serialize;

/// What one principal can do to one column in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account or role.
    pub principal: String,
    /// Whether it can log in, as far as the source tells.
    pub login: bool,
    /// The table, view, file or object, as the inventory calls it.
    pub object: String,
    /// The column.
    pub column: String,
    /// What the column holds; none where nobody knows, or where it is not about a person.
    pub category: Option<Category>,
    /// What it can do.
    pub privileges: Privileges,
    /// To how many rows.
    pub rows: Rows,
    /// In which way.
    pub reach: Reach,
    /// Everything that gives it.
    pub paths: Vec<Path>,
}

/// Entries that differ in nothing but their column: how a model hands them out, so that a table of
/// ten columns costs one.
#[derive(Clone, Debug)]
pub struct EntryGroup<'a> {
    /// The account or role.
    pub principal: &'a str,
    /// Whether it can log in.
    pub login: bool,
    /// The table, view, file or object.
    pub object: &'a str,
    /// The columns, in their order, with what they hold. Never empty.
    pub columns: &'a [(&'a str, Option<&'a Category>)],
    /// What it can do.
    pub privileges: Privileges,
    /// To how many rows.
    pub rows: &'a Rows,
    /// In which way.
    pub reach: Reach,
    /// Everything that gives it.
    pub paths: &'a [Path],
}

impl EntryGroup<'_> {
    /// One entry for each column.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.columns.iter().map(|(column, category)| Entry {
            principal: self.principal.to_owned(),
            login: self.login,
            object: self.object.to_owned(),
            column: (*column).to_owned(),
            category: category.cloned(),
            privileges: self.privileges,
            rows: self.rows.clone(),
            reach: self.reach,
            paths: self.paths.to_vec(),
        })
    }
}

/// One way by which somebody comes to a right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// The chain, for people: `support_ro <- readers: GRANT SELECT ON public.customers`.
    pub text: String,
    /// The statement or command that takes this way away; none where there is none, as for the
    /// superuser that a server is installed with.
    pub revoke: Option<String>,
}

/// In which way a right is reached. An entry says what the reaches before it do not give already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// As one is, superusers too.
    Direct,
    /// Only after switching to a role that one may assume.
    SetRole,
    /// Only through a view or a function that runs as someone else.
    Definer,
}

impl Reach {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::SetRole => "set-role",
            Self::Definer => "definer",
        }
    }
}

/// How many of the rows a right reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rows {
    /// All of them.
    All,
    /// Those that row security or a view lets through: the conditions, as the source writes them.
    Some(Vec<String>),
}

impl Rows {
    /// The word in machine-readable output.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Some(_) => "some",
        }
    }

    /// The conditions.
    pub fn conditions(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Some(conditions) => conditions,
        }
    }
}

/// A set of the four rights on a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Privileges(u8);

impl Privileges {
    /// None.
    pub const NONE: Self = Self(0);
    /// Reading it.
    pub const SELECT: Self = Self(1);
    /// Writing it in new rows.
    pub const INSERT: Self = Self(2);
    /// Changing it.
    pub const UPDATE: Self = Self(4);
    /// Pointing a foreign key at it, which tells whether a value is there.
    pub const REFERENCES: Self = Self(8);
    /// All four.
    pub const ALL: Self = Self(15);

    /// Each of the four, with its word.
    pub const EACH: [(Self, &'static str); 4] = [
        (Self::SELECT, "select"),
        (Self::INSERT, "insert"),
        (Self::UPDATE, "update"),
        (Self::REFERENCES, "references"),
    ];

    /// Those of either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that `other` does not hold.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of `other` are in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it is empty.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether stored values can be changed or added.
    pub const fn writes(self) -> bool {
        self.0 & (Self::INSERT.0 | Self::UPDATE.0) != 0
    }

    /// The words, in the order of [`Self::EACH`].
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::EACH.into_iter().filter(move |(one, _)| self.has(*one)).map(|(_, word)| word)
    }

    /// A set from its words; unknown ones are left out.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words
            .into_iter()
            .filter_map(|word| Self::EACH.iter().find(|(_, known)| *known == word))
            .fold(Self::NONE, |set, (one, _)| set.with(*one))
    }
}

impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().collect::<Vec<_>>().join(", "))
    }
}
