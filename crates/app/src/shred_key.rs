//! `keys shred`: a plan that says what becomes unreadable, approvals, and a certificate.

use dataward_evidence::KeyEvent;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_seal::keys::KeyState;
use dataward_store::StoredHold;
use jiff::Timestamp;
use jiff::ToSpan;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::approvals;
use crate::environment;
use crate::hold_places;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::manage_keys::event;

/// What is approved.
const ACTION: &str = "keys/shred";
/// Copies of the key store age out of its backups after this long.
pub(crate) const BACKUP_DAYS: i64 = 30;

/// `dataward/shred-plan@1`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct ShredPlan {
    /// Always `dataward/shred-plan@1`.
    pub schema: String,
    /// SHA-256 of the subject and the number of files, in hex: what operators approve. One more file is another plan.
    pub plan: String,
    /// What is to be destroyed.
    pub subject: ShredSubject,
    /// Files it has sealed, as far as was counted.
    pub files: u64,
    /// Whether it seals the new files of its class: then the class has no key afterwards.
    #[serde(default)]
    pub active: bool,
    /// Files and objects that the inventory knows to be sealed with it.
    pub known_files: u64,
    /// What still opens its files afterwards.
    pub still_opened_by: Vec<String>,
    /// How many operators must approve it: none where the policy says `solo` and names none.
    #[serde(default)]
    pub approvals_needed: usize,
}

/// One version of a class key, just this one: a key made anew under its name is another.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ShredSubject {
    /// The class.
    pub class: String,
    /// The version.
    pub version: u32,
    /// When it was made.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// The recovery key beside it.
    pub recovery: String,
}

/// `dataward/shred-certificate@1`: what was destroyed, from when on it cannot be read, and what
/// still opens it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct ShredCertificate {
    /// Always `dataward/shred-certificate@1`.
    pub schema: &'static str,
    /// The class.
    pub class: String,
    /// The version.
    pub version: u32,
    /// The hash of the plan that was approved.
    pub plan: String,
    /// Who approved it; empty when one person alone decided.
    pub approved_by: Vec<String>,
    /// Whether the policy chose that one person alone decides.
    pub solo: bool,
    /// Unreadable with the live key store from now on.
    pub unreadable_live: String,
    /// Unreadable with any backup of the key store from then on, if backups are kept as configured.
    pub unreadable_backups: String,
    /// Files it had sealed, as far as was counted.
    pub files: u64,
    /// What still opens them.
    pub still_opened_by: Vec<String>,
    /// The entry of the evidence log that says so, by the hash of the certificate's plan.
    pub evidence: String,
}

/// Says what shredding `class`/`version` would do, and keeps it under its hash for approval.
///
/// # Errors
/// When there is no such key, a hold covers what it sealed, or there is no project near whose policy names
/// operators.
pub async fn plan(folder: &KeyFolder, class: &str, version: u32) -> Result<ShredPlan, AppError> {
    let project = project(folder)?;
    let store = folder.read()?;
    let unknown = || AppError::usage_hint(format!("there is no key `{class}/{version}`"), "dataward keys status");
    let record = store.version(class, version).ok_or_else(unknown)?;
    if matches!(record.state, KeyState::Shredded(_)) {
        return Err(AppError::usage(format!("the key `{class}/{version}` is shredded already")));
    }
    let by = crate::encrypt_plan::by(class, version);
    no_hold(project, &by).await?;
    let protections = project.store().await?.protections(false).await?;
    let subject =
        ShredSubject { class: class.to_owned(), version, created: record.created, recovery: store.recovery.id.clone() };
    let mut still = vec![format!("the recovery key {} with {} sheets", store.recovery.id, store.recovery.threshold)];
    still.extend(store.recipients.iter().map(|person| format!("the recipient `{}`", person.name)));
    let plan = ShredPlan {
        schema: "dataward/shred-plan@1".to_owned(),
        plan: hash(&subject, record.uses)?,
        subject,
        files: record.uses,
        active: matches!(record.state, KeyState::Active),
        known_files: protections.iter().filter(|known| known.record.by == by).count() as u64,
        still_opened_by: still,
        approvals_needed: approvals::needed(project),
    };
    let file = approvals::plan_file(project, ACTION, &plan.plan);
    let text = serde_json::to_string(&plan).map_err(|_| AppError::Internal("a plan is no JSON".to_owned()))?;
    let made = dataward_owner::folder(file.parent().unwrap_or(&project.root));
    made.map_err(|error| AppError::unreachable(format!("cannot keep the plan: {error}")))?;
    environment::write_file(&file, &text)?;
    Ok(plan)
}

/// Destroys the key that the plan names, once enough operators approved just this plan.
///
/// # Errors
/// When approvals are missing, a hold came, the key is no longer what was approved, or the keys cannot be unlocked.
pub async fn apply(
    folder: &KeyFolder,
    (class, version): (&str, u32),
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<ShredCertificate, AppError> {
    let project = project(folder)?;
    // Made anew from what is there now: an approval is over this and nothing else.
    let plan = plan(folder, class, version).await?;
    let now = clock.now();
    let approved_by = approvals::require(project, ACTION, &plan.plan, now).map_err(|error| over(&plan, error))?;
    let (mut store, keys, _) = folder.unlock(ask).await?;
    store.shred(&keys, class, version, now)?;
    // What cannot be proven later is not done: the log first.
    let logged = KeyEvent {
        files: Some(plan.files),
        plan: Some(plan.plan.clone()),
        approved_by: approved_by.clone(),
        ..event(&store, "shred", Some(class), Some(version))
    };
    folder.record(logged, now).await?;
    folder.save(&store)?;
    let certificate = ShredCertificate {
        schema: "dataward/shred-certificate@1",
        class: class.to_owned(),
        version,
        plan: plan.plan.clone(),
        solo: approvals::is_solo(project),
        approved_by,
        unreadable_live: now.to_string(),
        unreadable_backups: now.checked_add((BACKUP_DAYS * 24).hours()).unwrap_or(now).to_string(),
        files: plan.files,
        still_opened_by: plan.still_opened_by,
        evidence: format!("keys/shred/{class}/{version}"),
    };
    let text = serde_json::to_string_pretty(&certificate);
    let text = text.map_err(|_| AppError::Internal("a certificate is no JSON".to_owned()))?;
    let file = project.state_dir().join("certificates").join(format!("shred-{class}-{version}.json"));
    let made = dataward_owner::folder(file.parent().unwrap_or(&project.root));
    made.map_err(|error| AppError::unreachable(format!("cannot keep the certificate: {error}")))?;
    environment::write_file(&file, &text)?;
    Ok(certificate)
}

/// Says of what number of files approvals are missing: others may be there, of before the key sealed one more.
fn over(plan: &ShredPlan, error: AppError) -> AppError {
    match error {
        AppError::Refused { message, hint } => AppError::Refused {
            message: format!(
                "{message} of just this: {}/{}, {} files",
                plan.subject.class, plan.subject.version, plan.files
            ),
            hint,
        },
        other => other,
    }
}

/// A hold keeps what it covers readable, whoever asks: no key goes that sealed files of such a source.
async fn no_hold(project: &Project, by: &str) -> Result<(), AppError> {
    let store = project.store().await?;
    let sealed = store.protections(false).await?;
    let places = hold_places::places(project).await;
    let covers = |hold: &StoredHold, source: &SourceId| places.of_hold(hold, source).is_some();
    let in_use = |hold: &StoredHold| {
        sealed.iter().find(|known| known.record.by == by && covers(hold, &known.source)).map(|known| &known.source)
    };
    let holds = store.holds(false).await?;
    match holds.iter().find_map(|hold| Some((hold, in_use(hold)?))) {
        None => Ok(()),
        Some((hold, source)) => Err(AppError::Refused {
            message: format!("the hold `{}` covers `{source}`, where files are sealed with this key", hold.matter),
            hint: Some("release the hold first, or decrypt what it covers".to_owned()),
        }),
    }
}

fn project(folder: &KeyFolder) -> Result<&Project, AppError> {
    folder.project().ok_or_else(|| {
        AppError::usage_hint(
            "shredding needs approval, and approvals are kept beside a policy file: there is none near",
            "run it where dataward.toml is, or name it with --policy",
        )
    })
}

fn hash(subject: &ShredSubject, files: u64) -> Result<String, AppError> {
    let text = serde_json::to_vec(&(subject, files)).map_err(|_| AppError::Internal("a plan is no JSON".to_owned()))?;
    Ok(hex::encode(Sha256::digest(text)))
}
