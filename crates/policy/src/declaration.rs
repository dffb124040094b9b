//! What the business says of a table: for what, on what ground, from where, whose.

use serde_spanned::Spanned;

use crate::DeclaredSource;
use crate::LawfulBasis;
use crate::error::Mistake;
use crate::policy::word;
use crate::raw::RawTable;

/// What is said of a table, a file, a schema or a folder, or of a place after all of these and its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declaration {
    /// What the data is used for.
    pub purpose: Option<String>,
    /// Why it may be.
    pub lawful_basis: Option<LawfulBasis>,
    /// Where the data comes from.
    pub collected_from: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// The condition of GDPR art. 9(2) that special categories in it are held under.
    pub special_basis: Option<String>,
    /// What it is a wanted copy of.
    pub copy_of: Option<String>,
}

impl Declaration {
    /// The settings that every place with personal data needs and this one lacks, as the policy file
    /// writes them.
    pub fn missing(&self) -> Vec<&'static str> {
        let needed = [
            ("purpose", self.purpose.is_none()),
            ("lawful_basis", self.lawful_basis.is_none()),
            ("collected_from", self.collected_from.is_none()),
            ("owner", self.owner.is_none()),
        ];
        needed.into_iter().filter_map(|(name, missing)| missing.then_some(name)).collect()
    }

    fn or(&self, wider: &Self) -> Self {
        let first = |mine: &Option<String>, theirs: &Option<String>| mine.clone().or_else(|| theirs.clone());
        Self {
            purpose: first(&self.purpose, &wider.purpose),
            lawful_basis: self.lawful_basis.or(wider.lawful_basis),
            collected_from: first(&self.collected_from, &wider.collected_from),
            owner: first(&self.owner, &wider.owner),
            special_basis: first(&self.special_basis, &wider.special_basis),
            copy_of: first(&self.copy_of, &wider.copy_of),
        }
    }
}

impl DeclaredSource {
    /// What is said of the whole source.
    pub fn declaration(&self) -> Declaration {
        Declaration {
            purpose: self.purpose.clone(),
            lawful_basis: self.lawful_basis,
            collected_from: self.collected_from.clone(),
            owner: self.owner.clone(),
            special_basis: self.special_basis.clone(),
            copy_of: None,
        }
    }

    /// What is said of a table in it: by its own name, then by those of the schemas or folders above it,
    /// the nearest first, then of the source.
    pub fn declaration_of(&self, table: &str) -> Declaration {
        let mut above: Vec<(&String, &Declaration)> =
            self.tables.iter().filter(|(name, _)| is_within(table, name)).collect();
        above.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let said = above.into_iter().fold(Declaration::default(), |said, (_, wider)| said.or(wider));
        said.or(&self.declaration())
    }
}

/// What the policy file says of a table.
pub(crate) fn declaration(raw: RawTable) -> Result<Declaration, Mistake> {
    let basis = raw.lawful_basis.as_ref().map(|basis| word(basis, LawfulBasis::WORDS, "lawful basis")).transpose()?;
    Ok(Declaration {
        purpose: raw.purpose.map(Spanned::into_inner),
        lawful_basis: basis,
        collected_from: raw.collected_from,
        owner: raw.owner,
        special_basis: raw.special_basis,
        copy_of: raw.copy_of,
    })
}

/// Whether `table` is `above` or lies in it, at a dot, a slash or the sign before a sheet.
fn is_within(table: &str, above: &str) -> bool {
    let rest = table.strip_prefix(above.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/', '#']))
}
