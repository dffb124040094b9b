//! `encrypt --from-audit`: what the `[[protect]]` entries of the policy want encrypted and is not, as a plan
//! that is shown, kept under its hash, carried out, gone on with after a crash, and checked by reading again.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::PathBuf;

use dataward_audit::encryption::SourceAtRest;
use dataward_audit::encryption::covered;
use dataward_connect::ciphertext::sealed_by;
use dataward_connect::files::path_of;
use dataward_model::Clock;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_protect::place;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::protect_files::Action;
use crate::protect_files::ProtectReport;
use crate::protect_files::Session;
use crate::protect_files::Watch;
use crate::record_sealing::COMPARED;
use crate::record_sealing::source_folders;
use crate::review_inventory::held_tables;

/// Where plans are kept within the state.
const FOLDER: &str = "plans";

/// `dataward/encrypt-plan@1`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct EncryptPlan {
    /// Always `dataward/encrypt-plan@1`.
    pub schema: String,
    /// SHA-256 of the list of files, in hex: what is carried out is what was shown.
    pub plan: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub made: Timestamp,
    /// What is to be sealed, by rule and source.
    pub parts: Vec<PlannedPart>,
    /// How many files and objects.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What could not be looked at.
    pub unseen: Vec<String>,
}

/// What one rule wants sealed in one source.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct PlannedPart {
    /// The name of the `[[protect]]` entry.
    pub rule: String,
    /// The source.
    pub source: String,
    /// The class whose key seals it.
    pub class: String,
    /// The files and objects, by name.
    pub files: Vec<PlannedFile>,
    /// Their bytes.
    pub bytes: u64,
}

/// One file or object.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct PlannedFile {
    /// Its name within the source.
    pub name: String,
    /// Its length when the plan was made.
    pub bytes: u64,
}

/// Looks at the sources that the policy wants encrypted, and keeps the plan of what is to be done.
///
/// # Errors
/// When the policy has no `[[protect]]` entry, or our own state fails.
pub async fn plan(project: &Project, clock: &dyn Clock) -> Result<EncryptPlan, AppError> {
    if project.policy.protect.is_empty() {
        return Err(AppError::usage_hint(
            "the policy says of nothing that it must be encrypted",
            "write `[[protect]]`, `name = \"Exports\"` and `what = [\"SOURCE.exports/\"]` into dataward.toml",
        ));
    }
    let (found, unseen) = readable(project).await?;
    let tables = held_tables(&project.store().await?).await?;
    let mut parts = Vec::new();
    for source in &found {
        for covered in covered(&project.policy.protect, &tables, source) {
            let files = covered.units.iter().map(|unit| PlannedFile { name: unit.unit.clone(), bytes: unit.bytes });
            parts.push(PlannedPart {
                rule: covered.rule.name.clone(),
                source: source.source.to_string(),
                class: covered.rule.class.clone(),
                files: files.collect(),
                bytes: covered.units.iter().map(|unit| unit.bytes).sum(),
            });
        }
    }
    let plan = EncryptPlan {
        schema: "dataward/encrypt-plan@1".to_owned(),
        plan: hash(&parts)?,
        made: clock.now(),
        files: parts.iter().map(|part| part.files.len() as u64).sum(),
        bytes: parts.iter().map(|part| part.bytes).sum(),
        parts,
        unseen,
    };
    if plan.files > 0 {
        let text = serde_json::to_string(&plan).map_err(|_| unwritable())?;
        let file = file_of(project, &plan.plan);
        let made = dataward_owner::folder(file.parent().unwrap_or(&project.root));
        made.map_err(|error| AppError::unreachable(format!("cannot keep the plan: {error}")))?;
        environment::write_file(&file, &text)?;
    }
    Ok(plan)
}

/// Carries out the plan whose hash begins with `hash`: seals each file and object of it that is still
/// plain, then reads the sources again. What was added since is told, not touched.
///
/// # Errors
/// When there is no such plan, a class has no key, or the keys cannot be unlocked. What fails below
/// stands in the report.
pub async fn apply(
    project: &Project,
    hash: &str,
    session: &mut Session,
    watch: &Watch,
    clock: &dyn Clock,
) -> Result<ProtectReport, AppError> {
    let plan = read(project, hash)?;
    for part in &plan.parts {
        // All keys are there before the first file is touched.
        session.use_class(&part.class)?;
    }
    let folders: BTreeMap<SourceId, PathBuf> = source_folders(project).into_iter().collect();
    let mut report = ProtectReport::new(Action::Encrypt);
    report.plan = Some(plan.plan.clone());
    for part in &plan.parts {
        session.use_class(&part.class)?;
        let source = SourceId::new(part.source.as_str()).map_err(|_| damaged())?;
        let tallies = match folders.get(&source) {
            Some(folder) => {
                let mut wanted = Vec::new();
                for file in &part.files {
                    let path = folder.join(path_of(&file.name).ok_or_else(damaged)?);
                    // A run that was killed, or somebody else, may have done it already.
                    match path.exists() || place::sealed_name(&path).exists() {
                        true => wanted.push(path),
                        false => report.gone += 1,
                    }
                }
                session.seal_in_place(&wanted, watch, &mut report)
            }
            None => {
                let keys: Vec<String> = part.files.iter().map(|file| file.name.clone()).collect();
                session.seal_objects(project, &source, &keys, watch, &mut report).await?
            }
        };
        session.finish(Action::Encrypt, tallies, COMPARED, Some(&plan.plan), clock).await?;
    }
    // The proof: the sources are looked at again, whatever we believe to have done.
    let (found, unseen) = readable(project).await?;
    let tables = held_tables(&project.store().await?).await?;
    let still: Vec<_> = found.iter().flat_map(|source| covered(&project.policy.protect, &tables, source)).collect();
    report.left = Some(still.iter().map(|covered| covered.units.len() as u64).sum());
    report.failures += unseen.len() as u64;
    report.failed.extend(unseen);
    report
        .notes
        .push("`dataward scan`, then `dataward audit encryption`: findings go when both have looked".to_owned());
    Ok(report)
}

/// The files and objects of the policy's sources that can be read, and what could not be looked at.
async fn readable(project: &Project) -> Result<(Vec<SourceAtRest>, Vec<String>), AppError> {
    let (mut found, mut unseen) = (Vec::new(), Vec::new());
    for target in project.targets(&[])? {
        if !matches!(target.connector.kind(), SourceKind::Files | SourceKind::Objects) {
            continue;
        }
        match target.connector.at_rest().await {
            Ok(at_rest) => {
                unseen.extend(at_rest.unseen.iter().map(|what| format!("{}: {what}", target.id)));
                found.push(SourceAtRest {
                    source: target.id.clone(),
                    protections: Vec::new(),
                    columns: Vec::new(),
                    readable: at_rest.readable,
                    unseen: at_rest.unseen,
                });
            }
            Err(error) => unseen.push(format!("{}: {error}", target.id)),
        }
    }
    Ok((found, unseen))
}

/// What the inventory calls what the key `class`/`version` seals.
pub(crate) fn by(class: &str, version: u32) -> String {
    sealed_by(class, version)
}

/// Removes the plans that name one of `files` of `source`, which are gone: their names stand there.
pub(crate) fn forget(project: &Project, source: &str, files: &[String]) -> Result<(), AppError> {
    let files: HashSet<&str> = files.iter().map(String::as_str).collect();
    for entry in fs_err::read_dir(project.state_dir().join(FOLDER)).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("encrypt-") {
            continue;
        }
        let Ok(text) = fs_err::read_to_string(entry.path()) else { continue };
        let Ok(plan) = serde_json::from_str::<EncryptPlan>(&text) else { continue };
        let of_source = plan.parts.iter().filter(|part| part.source == source);
        if of_source.flat_map(|part| &part.files).any(|file| files.contains(file.name.as_str())) {
            fs_err::remove_file(entry.path())
                .map_err(|error| AppError::unreachable(format!("cannot remove a plan: {error}")))?;
        }
    }
    Ok(())
}

fn hash(parts: &[PlannedPart]) -> Result<String, AppError> {
    let text = serde_json::to_vec(parts).map_err(|_| unwritable())?;
    Ok(hex::encode(Sha256::digest(text)))
}

fn file_of(project: &Project, hash: &str) -> PathBuf {
    project.state_dir().join(FOLDER).join(format!("encrypt-{hash}.json"))
}

/// The plan whose hash begins with `hash`, which must be one.
fn read(project: &Project, hash: &str) -> Result<EncryptPlan, AppError> {
    let unknown = |why: &str| AppError::usage_hint(format!("no plan `{hash}`: {why}"), "dataward encrypt --from-audit");
    if hash.len() < 8 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown("give at least eight digits of its hash"));
    }
    let listed = fs_err::read_dir(project.state_dir().join(FOLDER)).map_err(|_| unknown("none was made yet"))?;
    let begins = format!("encrypt-{}", hash.to_ascii_lowercase());
    let mut files =
        listed.filter_map(Result::ok).filter(|entry| entry.file_name().to_string_lossy().starts_with(&begins));
    let file = files.next().ok_or_else(|| unknown("none was made with this hash"))?;
    if files.next().is_some() {
        return Err(unknown("several begin so"));
    }
    let text = fs_err::read_to_string(file.path())
        .map_err(|error| AppError::unreachable(format!("cannot read the plan: {error}")))?;
    let plan: EncryptPlan = serde_json::from_str(&text).map_err(|_| damaged())?;
    if self::hash(&plan.parts)? != plan.plan {
        return Err(damaged());
    }
    Ok(plan)
}

fn damaged() -> AppError {
    AppError::Refused {
        message: "the plan is not what was shown: its file was changed".to_owned(),
        hint: Some("dataward encrypt --from-audit makes it anew".to_owned()),
    }
}

fn unwritable() -> AppError {
    AppError::Internal("a plan cannot be written as JSON".to_owned())
}
