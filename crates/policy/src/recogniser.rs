//! Categories and recognisers of the user's own, as the policy file states them.
//!
//! What is checked here is what the text alone tells; whether a pattern compiles, a list can be read
//! and the examples come out right is found where rules are built, and told with [`crate::PolicyError::at`].

use std::path::PathBuf;

use dataward_model::Category;
use serde_spanned::Spanned;

use crate::error::Mistake;
use crate::policy::parse_category;
use crate::raw::RawCategory;
use crate::raw::RawRecogniser;

/// A category of the user's own.
#[derive(Clone, Debug)]
pub struct OwnCategory {
    /// Its key, below `user`.
    pub category: Category,
    /// What people call it.
    pub title: String,
}

/// A recogniser of the user's own; every text with its place in the policy file.
#[derive(Clone, Debug)]
pub struct OwnRecogniser {
    /// What the user calls it.
    pub name: Spanned<String>,
    /// What a match is.
    pub category: Category,
    /// A regular expression for one whole value.
    pub pattern: Option<Spanned<String>>,
    /// A file with all values there are, one a line; relative to the policy file.
    pub list: Option<Spanned<PathBuf>>,
    /// A checksum or a built-in rule by name.
    pub validator: Option<Spanned<String>>,
    /// Words in the names of columns.
    pub columns: Vec<String>,
    /// Values that must match.
    pub examples: Vec<Spanned<String>>,
    /// Values close by that must not.
    pub near_misses: Vec<Spanned<String>>,
}

pub(crate) fn own_categories(raw: Vec<RawCategory>) -> Result<Vec<OwnCategory>, Mistake> {
    let mut own: Vec<OwnCategory> = Vec::new();
    for RawCategory { key, title } in raw {
        let refuse = |label: &str, message: String| Mistake::new(key.span(), label, message);
        let Some(category) = Category::parse(key.get_ref()) else {
            return Err(refuse("not a key", format!("`{}` is not a key of a data category", key.get_ref()))
                .help("keys are lower-case words with dots between, below `user`: `user.account.loyalty_card`"));
        };
        if dataward_model::category::KNOWN.iter().any(|info| info.key == category.key()) {
            return Err(refuse("known already", format!("`{category}` is known already"))
                .help("leave this entry out and use the key as it is"));
        }
        if own.iter().any(|other| other.category == category) {
            return Err(refuse("the second time", format!("`{category}` is declared twice")));
        }
        if title.get_ref().trim().is_empty() {
            return Err(Mistake::new(title.span(), "write what people call it", "the category has no title"));
        }
        own.push(OwnCategory { category, title: title.into_inner() });
    }
    Ok(own)
}

pub(crate) fn own_recognisers(
    raw: Vec<RawRecogniser>,
    categories: &[OwnCategory],
) -> Result<Vec<OwnRecogniser>, Mistake> {
    let mut own: Vec<OwnRecogniser> = Vec::new();
    for raw in raw {
        if own.iter().any(|other| other.name.get_ref() == raw.name.get_ref()) {
            return Err(Mistake::new(
                raw.name.span(),
                "the second time",
                format!("the recogniser `{}` is there twice", raw.name.get_ref()),
            ));
        }
        own.push(own_recogniser(raw, categories)?);
    }
    Ok(own)
}

fn own_recogniser(raw: RawRecogniser, categories: &[OwnCategory]) -> Result<OwnRecogniser, Mistake> {
    let well_named = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !well_named(raw.name.get_ref()) {
        return Err(Mistake::new(raw.name.span(), "not a name", "a recogniser's name is not well formed")
            .help("names are lower-case letters, digits and hyphens: `loyalty-card`"));
    }
    let by_value = raw.pattern.is_some() || raw.list.is_some() || raw.validator.is_some();
    if !by_value && raw.columns.is_empty() {
        return Err(Mistake::new(
            raw.name.span(),
            "recognises nothing",
            format!("the recogniser `{}` does not say what to look for", raw.name.get_ref()),
        )
        .help("give it a `pattern`, a `list`, a `validator`, or `columns` with words in names of columns"));
    }
    if by_value && (raw.examples.is_empty() || raw.near_misses.is_empty()) {
        let missing = if raw.examples.is_empty() { "`examples` that match" } else { "`near_misses` that do not match" };
        return Err(Mistake::new(
            raw.name.span(),
            format!("no {missing}"),
            format!("the recogniser `{}` has no {missing}", raw.name.get_ref()),
        )
        .help("`dataward rules check` runs both, so that a later change cannot break the rule unseen"));
    }
    let key = raw.category.get_ref();
    let declared = categories.iter().find(|own| own.category.key() == key).map(|own| own.category.clone());
    let category = match declared {
        Some(category) => category,
        None => parse_category(key).map_err(|help| {
            Mistake::new(raw.category.span(), "not a category", format!("`{key}` is not a data category"))
                .help(format!("{help}; or declare it as a [[category]] of your own"))
        })?,
    };
    Ok(OwnRecogniser {
        name: raw.name,
        category,
        pattern: raw.pattern,
        list: raw.list.map(|list| Spanned::new(list.span(), PathBuf::from(list.into_inner()))),
        validator: raw.validator,
        columns: raw.columns,
        examples: raw.examples,
        near_misses: raw.near_misses,
    })
}
