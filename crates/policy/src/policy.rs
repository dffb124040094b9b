//! The policy file as it is meant: every value checked, none left to check below.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dataward_model::Category;
use dataward_model::SourceId;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_spanned::Spanned;

use crate::AccessRule;
use crate::ApprovalRule;
use crate::Declaration;
use crate::FiscalYearEnd;
use crate::Frequency;
use crate::LawfulBasis;
use crate::OwnCategory;
use crate::OwnRecogniser;
use crate::PolicyError;
use crate::ProtectRule;
use crate::RetentionFacts;
use crate::RetentionRule;
use crate::SecretRef;
use crate::SourceUrl;
use crate::approval::approval_rule;
use crate::declaration::declaration;
use crate::error::Mistake;
use crate::error::closest;
use crate::fiscal_year::InvalidFiscalYearEnd;
use crate::jurisdiction;
use crate::protect::protect_rules;
use crate::raw::RawAudit;
use crate::raw::RawPolicy;
use crate::raw::RawSecret;
use crate::raw::RawSource;
use crate::recogniser::own_categories;
use crate::recogniser::own_recognisers;
use crate::retention_parse::Known;
use crate::retention_parse::columns;
use crate::retention_parse::decision;
use crate::retention_parse::events;
use crate::retention_parse::file_columns;
use crate::retention_parse::references;
use crate::retention_parse::retention_rule;
use crate::retention_parse::roles;
use crate::retention_parse::tolling;
use crate::syntax::syntax_mistake;

/// What a business holds, where, who may read it, how long it is kept.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who answers for the data.
    pub business: Business,
    /// The sources by name.
    pub sources: BTreeMap<SourceId, DeclaredSource>,
    /// Who may read or change which category.
    pub access: BTreeMap<Category, Vec<AccessRule>>,
    /// How often each audit stage runs.
    pub audit: AuditPlan,
    /// Retention, in the order of the file.
    pub retain: Vec<RetentionRule>,
    /// What is said around retention: roles of tables, events, what stops periods, decisions.
    pub retention: RetentionFacts,
    /// Who approves what cannot be undone.
    pub approval: ApprovalRule,
    /// What must lie encrypted, in the order of the file.
    pub protect: Vec<ProtectRule>,
    /// Categories of the user's own.
    pub categories: Vec<OwnCategory>,
    /// Recognisers of the user's own, in the order of the file.
    pub recognisers: Vec<OwnRecogniser>,
    /// Rows of each table that a sampled scan reads.
    pub sample_rows: u64,
    /// What the transit audit asks beside the sources, as it is written.
    pub transit_endpoints: Vec<String>,
    /// Where our own state lies, relative to the policy file.
    pub state_dir: PathBuf,
}

/// Who answers for the data (the controller, in GDPR art. 4(7)).
#[derive(Clone, Debug)]
pub struct Business {
    /// The name, as it stands in reports.
    pub name: String,
    /// Upper-case codes: `EU`, `DE`, `US-CA`.
    pub jurisdictions: Vec<String>,
    /// What it does.
    pub sectors: Vec<String>,
    /// Whose calendar days count for retention. Default: UTC.
    pub time_zone: TimeZone,
    /// When its fiscal year ends. Default: 31 December.
    pub fiscal_year_end: FiscalYearEnd,
}

/// A source and what the business says of it.
#[derive(Clone, Debug)]
pub struct DeclaredSource {
    /// Where it is.
    pub url: SourceUrl,
    /// Where its password is kept.
    pub password: Option<SecretRef>,
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
    /// The owner knows that no rows refer to these that the account is not shown.
    pub all_references_seen: bool,
    /// What is said of tables, files, schemas and folders in it, by name.
    pub tables: BTreeMap<String, Declaration>,
}

/// The audit stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditStage {
    /// Are the sources still the declared ones?
    Collection,
    /// Who can read what?
    Access,
    /// Is the data right?
    Integrity,
    /// Is it encrypted where it lies?
    Encryption,
    /// Is it encrypted on the way?
    Transit,
}

impl AuditStage {
    /// All stages in the order of the roadmap.
    pub const ALL: [Self; 5] = [Self::Collection, Self::Access, Self::Integrity, Self::Encryption, Self::Transit];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Access => "access",
            Self::Integrity => "integrity",
            Self::Encryption => "encryption",
            Self::Transit => "transit",
        }
    }

    /// What the stage is for.
    pub fn objective(self) -> &'static str {
        match self {
            Self::Collection => "sources are valid and declared",
            Self::Access => "only those see data who may",
            Self::Integrity => "data is accurate",
            Self::Encryption => "data is encrypted where it lies",
            Self::Transit => "data is encrypted on the way",
        }
    }
}

/// How often each stage runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPlan {
    /// Default: quarterly.
    pub collection: Frequency,
    /// Default: monthly.
    pub access: Frequency,
    /// Default: half-yearly.
    pub integrity: Frequency,
    /// Default: monthly.
    pub encryption: Frequency,
    /// Default: weekly.
    pub transit: Frequency,
    /// How often a retention plan is made. Default: never.
    pub retention: Frequency,
    /// Whose calendar and clock count. Default: UTC.
    pub time_zone: TimeZone,
}

impl AuditPlan {
    /// How often `stage` runs.
    pub fn frequency(&self, stage: AuditStage) -> &Frequency {
        match stage {
            AuditStage::Collection => &self.collection,
            AuditStage::Access => &self.access,
            AuditStage::Integrity => &self.integrity,
            AuditStage::Encryption => &self.encryption,
            AuditStage::Transit => &self.transit,
        }
    }
}

impl Default for AuditPlan {
    fn default() -> Self {
        Self {
            collection: Frequency::Quarterly,
            access: Frequency::Monthly,
            integrity: Frequency::HalfYearly,
            encryption: Frequency::Monthly,
            transit: Frequency::Weekly,
            retention: Frequency::Never,
            time_zone: TimeZone::UTC,
        }
    }
}

/// Rows of each table that a sampled scan reads when the policy says nothing: 400 cells already
/// decide a uniform column; more is for sparse columns and free text (shared design page
/// "Detection", lesson 11).
pub const DEFAULT_SAMPLE_ROWS: u64 = 10_000;

impl Policy {
    /// Reads a policy file. `name` is what messages call the file.
    ///
    /// # Errors
    /// The first mistake, with its place and what would be right.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        Self::parse_text(text).map_err(|mistake| mistake.in_file(name, text))
    }

    /// A category by its key: a known one, one of the policy's own, or one below a known one.
    ///
    /// # Errors
    /// What would be right.
    pub fn parse_category(&self, key: &str) -> Result<Category, String> {
        match self.categories.iter().find(|own| own.category.key() == key) {
            Some(own) => Ok(own.category.clone()),
            None => parse_category(key),
        }
    }

    fn parse_text(text: &str) -> Result<Self, Mistake> {
        let raw: RawPolicy = toml::from_str(text).map_err(|error| syntax_mistake(&error, text))?;
        let categories = own_categories(raw.category)?;
        let recognisers = own_recognisers(raw.recogniser, &categories)?;
        let mut sources = BTreeMap::new();
        for (id, source) in raw.source {
            let span = id.span();
            let id =
                SourceId::new(id.into_inner()).map_err(|error| Mistake::new(span, "this name", error.to_string()))?;
            sources.insert(id, declared_source(source)?);
        }
        let mut access = BTreeMap::new();
        for (category, rules) in raw.access {
            let rules = rules.into_iter().map(AccessRule::new).collect::<Result<_, _>>()?;
            access.insert(known_category(&category, &categories)?, rules);
        }
        let known = Known { sources: &sources, categories: &categories };
        let retain = raw.retain.into_iter().map(|rule| retention_rule(rule, known)).collect::<Result<_, _>>()?;
        let retention = RetentionFacts {
            roles: roles(raw.roles, known)?,
            columns: columns(raw.columns, known)?,
            events: events(raw.event, known)?,
            tolling: raw.tolling.into_iter().map(|one| tolling(one, known)).collect::<Result<_, _>>()?,
            decisions: raw.decide.into_iter().map(|one| decision(one, known)).collect::<Result<_, _>>()?,
            files: file_columns(raw.files, known)?,
            references: references(raw.references, known)?,
        };
        let sample_rows = match raw.scan.sample_rows {
            Some(rows) if *rows.get_ref() == 0 => {
                return Err(Mistake::new(rows.span(), "at least 1", "a sample has at least one row"));
            }
            Some(rows) => rows.into_inner(),
            None => DEFAULT_SAMPLE_ROWS,
        };
        if raw.business.name.get_ref().trim().is_empty() {
            return Err(Mistake::new(raw.business.name.span(), "write the name here", "the business has no name"));
        }
        Ok(Self {
            business: Business {
                name: raw.business.name.into_inner(),
                jurisdictions: raw.business.jurisdictions.iter().map(jurisdiction).collect::<Result<_, _>>()?,
                sectors: raw.business.sectors.into_iter().map(Spanned::into_inner).collect(),
                time_zone: raw.business.time_zone.as_ref().map_or(Ok(TimeZone::UTC), time_zone)?,
                fiscal_year_end: raw.business.fiscal_year_end.as_ref().map_or(Ok(FiscalYearEnd::default()), |end| {
                    end.get_ref().parse().map_err(|error: InvalidFiscalYearEnd| {
                        Mistake::new(end.span(), "not a day of the year", error.to_string())
                    })
                })?,
            },
            approval: approval_rule(raw.approval)?,
            protect: protect_rules(raw.protect, known)?,
            sources,
            access,
            audit: audit_plan(&raw.audit)?,
            retain,
            retention,
            categories,
            recognisers,
            sample_rows,
            transit_endpoints: raw.transit.endpoints,
            state_dir: PathBuf::from(raw.state.dir.unwrap_or_else(|| ".dataward".to_owned())),
        })
    }
}

fn declared_source(raw: RawSource) -> Result<DeclaredSource, Mistake> {
    let url = SourceUrl::parse(raw.url.get_ref()).map_err(|error| {
        Mistake::new(raw.url.span(), "this address", error.to_string())
            .help(format!("addresses begin with {}", SourceUrl::SCHEMES))
    })?;
    if url.has_password() {
        return Err(Mistake::new(raw.url.span(), "holds a password", "passwords do not belong into the policy file")
            .help("take it out of the address and write `password = { env = \"NAME\" }` or `password = { file = \"path\" }`"));
    }
    Ok(DeclaredSource {
        url,
        password: raw.password.map(secret_ref).transpose()?,
        purpose: raw.purpose.map(Spanned::into_inner),
        lawful_basis: raw
            .lawful_basis
            .as_ref()
            .map(|basis| word(basis, LawfulBasis::WORDS, "lawful basis"))
            .transpose()?,
        collected_from: raw.collected_from,
        owner: raw.owner,
        special_basis: raw.special_basis,
        all_references_seen: raw.all_references_seen,
        tables: raw.table.into_iter().map(|(name, table)| Ok((name, declaration(table)?))).collect::<Result<_, _>>()?,
    })
}

fn secret_ref(raw: Spanned<RawSecret>) -> Result<SecretRef, Mistake> {
    let span = raw.span();
    match raw.into_inner() {
        RawSecret { env: Some(name), file: None } => Ok(SecretRef::Env(name)),
        RawSecret { env: None, file: Some(path) } => Ok(SecretRef::File(path.into())),
        _ => Err(Mistake::new(span, "one of the two", "a password is kept in exactly one place")
            .help("write `{ env = \"NAME\" }` or `{ file = \"path\" }`")),
    }
}

fn audit_plan(raw: &RawAudit) -> Result<AuditPlan, Mistake> {
    let default = AuditPlan::default();
    Ok(AuditPlan {
        collection: frequency(&raw.collection, default.collection)?,
        access: frequency(&raw.access, default.access)?,
        integrity: frequency(&raw.integrity, default.integrity)?,
        encryption: frequency(&raw.encryption, default.encryption)?,
        transit: frequency(&raw.transit, default.transit)?,
        retention: frequency(&raw.retention, default.retention)?,
        time_zone: match &raw.time_zone {
            None => default.time_zone,
            Some(name) => time_zone(name)?,
        },
    })
}

fn time_zone(name: &Spanned<String>) -> Result<TimeZone, Mistake> {
    TimeZone::get(name.get_ref()).map_err(|_| {
        let message = format!("this machine knows no time zone `{}`", name.get_ref());
        Mistake::new(name.span(), "not a time zone", message)
            .help("write a name such as `Europe/Berlin` or `UTC`; the package tzdata brings them")
    })
}

fn frequency(value: &Option<Spanned<String>>, default: Frequency) -> Result<Frequency, Mistake> {
    let Some(text) = value else { return Ok(default) };
    Frequency::parse(text.get_ref()).map_err(|wrong| {
        let message = format!("`{}` is not a frequency", text.get_ref());
        let mistake = Mistake::new(text.span(), "not a frequency", message);
        match (wrong, closest(text.get_ref(), Frequency::WORDS.iter().copied())) {
            (Some(wrong), _) => mistake.help(wrong),
            (None, Some(meant)) => mistake.help(format!("did you mean `{meant}`?")),
            (None, None) => mistake
                .help(format!("known: {}, or a cron expression such as `0 6 1 * *`", Frequency::WORDS.join(", "))),
        }
    })
}

pub(crate) fn known_category(text: &Spanned<String>, own: &[OwnCategory]) -> Result<Category, Mistake> {
    if let Some(own) = own.iter().find(|own| own.category.key() == text.get_ref()) {
        return Ok(own.category.clone());
    }
    parse_category(text.get_ref()).map_err(|help| {
        let message = format!("`{}` is not a data category", text.get_ref());
        Mistake::new(text.span(), "not a category", message).help(help)
    })
}

/// A known category, or one of the user's own below a known one.
///
/// # Errors
/// What would be right: own categories are fine, a misspelt known one is not.
pub fn parse_category(key: &str) -> Result<Category, String> {
    let known = || dataward_model::category::KNOWN.iter().map(|info| info.key);
    if known().any(|known| known == key) {
        return Category::parse(key).ok_or_else(|| "categories begin with `user`".to_owned());
    }
    // Each word but the last must be known: `user.contct.email` is no category of the user's own.
    let parent = key.rsplit_once('.').map_or("", |(parent, _)| parent);
    let parent_known = parent != "user" && known().any(|known| known == parent);
    let slip = closest(key, known()).filter(|meant| strsim::levenshtein(meant, key) <= 2);
    match Category::parse(key) {
        Some(category) if parent_known && slip.is_none() => Ok(category),
        _ => Err(match slip.or_else(|| closest(key, known())) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "categories are Fideslang keys below `user`, such as `user.contact.email`".to_owned(),
        }),
    }
}

pub(crate) fn word<T: Copy>(text: &Spanned<String>, words: &[(&str, T)], kind: &str) -> Result<T, Mistake> {
    let key = text.get_ref().as_str();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == key) {
        return Ok(*value);
    }
    let mistake = Mistake::new(text.span(), format!("not a known {kind}"), format!("`{key}` is not a known {kind}"));
    Err(match closest(key, words.iter().map(|(word, _)| *word)) {
        Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
        None => mistake.help(format!("known: {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "))),
    })
}

fn jurisdiction(text: &Spanned<String>) -> Result<String, Mistake> {
    let code = text.get_ref();
    if jurisdiction::is_known(code) {
        return Ok(code.clone());
    }
    let mistake = Mistake::new(text.span(), "not a jurisdiction", format!("`{code}` is not a jurisdiction"));
    Err(mistake.help(if code == "UK" { "did you mean `GB`?" } else { jurisdiction::HINT }))
}
