//! The policy file as it is written: every value with its place in the text.
//!
//! The doc comments here become the descriptions of the JSON Schema that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

pub use crate::raw_retention::RawDecision;
pub use crate::raw_retention::RawEvent;
pub use crate::raw_retention::RawRetain;
pub use crate::raw_retention::RawTolling;

/// dataward.toml: what a business holds, where, who may read it, how long it is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "dataward.toml")]
pub struct RawPolicy {
    /// Who answers for the data.
    pub business: RawBusiness,
    /// The places where data lies; the name after `source.` is yours to choose.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawSource>")]
    pub source: BTreeMap<Spanned<String>, RawSource>,
    /// Who may read or change which category; anyone else is a finding. The closest category decides:
    /// a rule for `user.contact.email` goes before one for `user.contact`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<RawAccess>>")]
    pub access: BTreeMap<Spanned<String>, Vec<Spanned<RawAccess>>>,
    /// How often each audit stage runs.
    #[serde(default)]
    pub audit: RawAudit,
    /// Who approves what cannot be undone.
    #[serde(default)]
    pub approval: RawApproval,
    /// How long what is kept, and what happens then.
    #[serde(default)]
    pub retain: Vec<RawRetain>,
    /// What tables are for, where the names do not say it: `"shop.public.orders" = ["voucher"]`. Rules of
    /// law go by it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub roles: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Which columns of a table say when something happened, where their names do not: last_activity,
    /// created, closed_at, … = an expression over its columns.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, String>>")]
    pub columns: BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>,
    /// Columns that name files: `"shop.public.notes.attachment" = "uploads"`, where `uploads` is the source that
    /// they lie in. The files go with the rows, not before them.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub files: BTreeMap<Spanned<String>, Spanned<String>>,
    /// References that no foreign key declares: `"shop.tickets.customer_id" = "shop.customers.id"`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub references: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Tables in which you write down when something happened, for `from = "event(\"NAME\")"`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawEvent>")]
    pub event: BTreeMap<Spanned<String>, RawEvent>,
    /// What stops periods from running: an open tax assessment, a pending charge or request.
    #[serde(default)]
    pub tolling: Vec<RawTolling>,
    /// What was decided about rules of law; `dataward retain policy --decide` writes it.
    #[serde(default)]
    pub decide: Vec<RawDecision>,
    /// What must lie encrypted: the encryption audit checks it, `dataward encrypt --from-audit` does it.
    #[serde(default)]
    #[schemars(with = "Vec<RawProtect>")]
    pub protect: Vec<Spanned<RawProtect>>,
    /// Categories of your own.
    #[serde(default)]
    pub category: Vec<RawCategory>,
    /// Recognisers of your own.
    #[serde(default)]
    pub recogniser: Vec<RawRecogniser>,
    /// How scans read.
    #[serde(default)]
    pub scan: RawScan,
    /// Where dataward keeps its own state.
    #[serde(default)]
    pub state: RawState,
    /// What the transit audit asks beside the sources.
    #[serde(default)]
    pub transit: RawTransit,
}

/// Who answers for the data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBusiness {
    /// The name, as it stands in reports.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Where its customers and its seat are: `EU`, ISO 3166 codes such as `DE`, `US-CA`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub jurisdictions: Vec<Spanned<String>>,
    /// What it does: `retail`, `health`, `finance`, …
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub sectors: Vec<Spanned<String>>,
    /// Whose calendar days count for retention: `Europe/Berlin`. Default: UTC.
    #[schemars(with = "Option<String>")]
    pub time_zone: Option<Spanned<String>>,
    /// The last day of the fiscal year, month and day: `06-30`. Default: `12-31`.
    #[schemars(with = "Option<String>")]
    pub fiscal_year_end: Option<Spanned<String>>,
}

/// A place where data lies.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    /// postgres://, mysql://, mariadb://, sqlite:, file:, s3://, gs://, az://. Without a password.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// Where the password is kept: `{ env = "NAME" }` or `{ file = "path" }`.
    #[schemars(with = "Option<RawSecret>")]
    pub password: Option<Spanned<RawSecret>>,
    /// What the data is used for, as a Fideslang data use (`essential.service`).
    #[schemars(with = "Option<String>")]
    pub purpose: Option<Spanned<String>>,
    /// Why it may be: consent, contract, legal_obligation, vital_interests, public_task, legitimate_interests.
    #[schemars(with = "Option<String>")]
    pub lawful_basis: Option<Spanned<String>>,
    /// Where the data comes from: `checkout form`.
    pub collected_from: Option<String>,
    /// Who looks after it: an e-mail address or a team.
    pub owner: Option<String>,
    /// The condition of GDPR art. 9(2) that special categories in it are held under: `explicit consent`.
    pub special_basis: Option<String>,
    /// The owner knows that no rows refer to these that the account is not shown. For MySQL and MariaDB, which show an
    /// account only what it has a right on.
    #[serde(default)]
    pub all_references_seen: bool,
    /// The same for tables, files and folders in it, where they differ: `[source.shop.table."public.staff"]`.
    #[serde(default)]
    pub table: BTreeMap<String, RawTable>,
}

/// What is said of a table, a file, a schema or a folder; what is left out is that of its source.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTable {
    /// What the data is used for, as a Fideslang data use (`marketing`).
    #[schemars(with = "Option<String>")]
    pub purpose: Option<Spanned<String>>,
    /// Why it may be: consent, contract, legal_obligation, vital_interests, public_task, legitimate_interests.
    #[schemars(with = "Option<String>")]
    pub lawful_basis: Option<Spanned<String>>,
    /// Where the data comes from: `newsletter form`.
    pub collected_from: Option<String>,
    /// Who looks after it: an e-mail address or a team.
    pub owner: Option<String>,
    /// The condition of GDPR art. 9(2) that special categories in it are held under: `explicit consent`.
    pub special_basis: Option<String>,
    /// What it is a wanted copy of: `shop.public.customers`. A copy that is not declared is a finding.
    pub copy_of: Option<String>,
}

/// Where a password is kept. Exactly one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSecret {
    /// An environment variable.
    pub env: Option<String>,
    /// A file that holds the password and nothing else; relative to the policy file.
    pub file: Option<String>,
}

/// Somebody who may read and change: an account or a role by name, or with more words.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawAccess {
    /// An account, a role (then all its members too), or `anyone`: may read and change.
    Name(String),
    /// The same, with more words.
    Rule(RawAccessRule),
}

/// Somebody who may read or change, until when and what for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAccessRule {
    /// An account, a role (then all its members too), or `anyone`.
    pub who: String,
    /// `read`, or `write` for reading and changing. Default: write.
    pub may: Option<String>,
    /// What for.
    #[serde(rename = "for")]
    pub purpose: Option<String>,
    /// The last day: `2027-03-31`. Default: until further notice.
    pub until: Option<String>,
}

/// How often each audit stage runs: daily, weekly, monthly, quarterly, half-yearly, yearly, never, or a
/// cron expression (`0 6 1 * *`: the first of each month at six).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAudit {
    /// Are the sources still the declared ones? Default: quarterly.
    #[schemars(with = "Option<String>")]
    pub collection: Option<Spanned<String>>,
    /// Who can read what? Default: monthly.
    #[schemars(with = "Option<String>")]
    pub access: Option<Spanned<String>>,
    /// Is the data right? Default: half-yearly.
    #[schemars(with = "Option<String>")]
    pub integrity: Option<Spanned<String>>,
    /// Is it encrypted where it lies? Default: monthly.
    #[schemars(with = "Option<String>")]
    pub encryption: Option<Spanned<String>>,
    /// Is it encrypted on the way? Default: weekly.
    #[schemars(with = "Option<String>")]
    pub transit: Option<Spanned<String>>,
    /// How often `retain run --due` makes a new plan, which then waits for its approval. Default: never.
    #[schemars(with = "Option<String>")]
    pub retention: Option<Spanned<String>>,
    /// Whose calendar and clock count: `Europe/Berlin`. Default: UTC.
    #[schemars(with = "Option<String>")]
    pub time_zone: Option<Spanned<String>>,
}

/// Who approves what cannot be undone, such as shredding a key: two different operators, within a day, over
/// the exact hash of the plan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawApproval {
    /// Public keys as `dataward keys operator` prints them: `name+01234567+ATc…`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub operators: Vec<Spanned<String>>,
    /// One person alone may decide: chosen on purpose, and said in every certificate. Default: false.
    #[serde(default)]
    pub solo: bool,
}

/// Files and objects that must be encrypted, with keys of ours or any other way that leaves nothing to read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawProtect {
    /// What people call it.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Sources of files and buckets, folders and files in them (`office.exports/`), or categories
    /// (`user.financial.credit_card`): then the files that hold them.
    #[schemars(with = "Vec<String>")]
    pub what: Vec<Spanned<String>>,
    /// The class whose key seals them. Default: files.
    #[schemars(with = "Option<String>")]
    pub class: Option<Spanned<String>>,
}

/// A category of your own. How sensitive it is follows from the known category it lies below.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCategory {
    /// Its key, below a known one: `user.account.loyalty_card`.
    #[schemars(with = "String")]
    pub key: Spanned<String>,
    /// What people call it: `loyalty card number`.
    #[schemars(with = "String")]
    pub title: Spanned<String>,
}

/// A recogniser of your own: what it says wins over what dataward knows. A column of which half of
/// the cells match (a tenth, where its name has the words too) is of the category.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRecogniser {
    /// What you call it, in lower case with hyphens: `loyalty-card`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// What a match is: a known category or one of your own.
    #[schemars(with = "String")]
    pub category: Spanned<String>,
    /// A regular expression for one whole value: `LC-[0-9]{8}`. In texts it is found between words.
    #[schemars(with = "Option<String>")]
    pub pattern: Option<Spanned<String>>,
    /// A file with all values there are, one a line; relative to the policy file.
    #[schemars(with = "Option<String>")]
    pub list: Option<Spanned<String>>,
    /// What else must pass: `luhn`, `mod-97-10`, `mod-11-10`, `gs1`, `isbn-10`, `verhoeff`, or a
    /// built-in rule that `dataward rules list` names.
    #[schemars(with = "Option<String>")]
    pub validator: Option<Spanned<String>>,
    /// Words in names of columns: `loyalty card` is in `CUST_LOYALTY_CARD` and `loyaltyCardNo`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Values that must match. Made-up ones: this file is read by many.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub examples: Vec<Spanned<String>>,
    /// Values close by that must not match.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub near_misses: Vec<Spanned<String>>,
}

/// How scans read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawScan {
    /// Rows of each table that a sampled scan reads. Default: 10000.
    #[schemars(with = "Option<u64>")]
    pub sample_rows: Option<Spanned<u64>>,
}

/// Where dataward keeps its own state.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawState {
    /// A folder, relative to the policy file. Default: `.dataward`.
    pub dir: Option<String>,
}

/// The JSON Schema of the policy file, for editors.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(RawPolicy).to_value()
}

/// What the transit audit asks beside the sources.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTransit {
    /// Web shops, mail servers and others that carry customer data: `https://shop.example`,
    /// `smtp://mail.example`, `HOST:PORT`.
    #[serde(default)]
    pub endpoints: Vec<String>,
}
