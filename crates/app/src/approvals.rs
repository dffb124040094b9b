//! Approvals of what cannot be undone: operators' keys, and what they signed.

use std::path::Path;
use std::path::PathBuf;

use dataward_evidence::Signer;
use dataward_evidence::VerifierKey;
use dataward_evidence::approve as sign;
use dataward_evidence::approvers;
use dataward_model::Clock;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::environment;

/// Where plans and their approvals are kept within the state.
const FOLDER: &str = "plans";
/// Different people who must approve, unless the policy chose that one alone decides.
const NEEDED: usize = 2;

/// `dataward/approval@1`.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct ApprovalReport {
    /// Always `dataward/approval@1`.
    pub schema: &'static str,
    /// What was approved: `keys/shred`.
    pub action: String,
    /// The hash of its plan.
    pub plan: String,
    /// Who has approved it so far, within a day.
    pub approved_by: Vec<String>,
    /// How many more are needed.
    pub missing: usize,
}

/// Makes an operator's key pair: the private key into `file`, the public one to be put into the policy.
///
/// # Errors
/// When the file is there already, or the name cannot be used.
pub fn new_operator(name: &str, file: &Path) -> Result<String, AppError> {
    if file.exists() {
        return Err(AppError::usage(format!("`{}` is there already", file.display())));
    }
    Ok(dataward_evidence::load_or_create_own(file, name)?.verifier_key().to_string())
}

/// Approves the plan whose hash begins with `hash`, with the operator's private key in `file`.
///
/// # Errors
/// When there is no such plan, or the key is none of an operator's in the policy.
pub fn approve(project: &Project, hash: &str, file: &Path, clock: &dyn Clock) -> Result<ApprovalReport, AppError> {
    if !file.exists() {
        return Err(AppError::usage_hint(
            format!("there is no key `{}`", file.display()),
            "dataward keys operator NAME FILE",
        ));
    }
    let (action, plan) = find(project, hash)?;
    let signer = dataward_evidence::load_or_create_own(file, "operator")?;
    let operators = operators(project)?;
    if !operators.contains(&signer.verifier_key()) {
        return Err(AppError::Refused {
            message: format!("`{}` is no operator of this policy", signer.name()),
            hint: Some(format!("put it under [approval] operators: {}", signer.verifier_key())),
        });
    }
    let now = clock.now();
    write(project, &action, &plan, &signer, now)?;
    let approved_by = names(project, &action, &plan, &operators, now)?;
    let missing = needed(project).saturating_sub(approved_by.len());
    Ok(ApprovalReport { schema: "dataward/approval@1", action, plan, approved_by, missing })
}

/// Who approved a plan, when they are enough; one person alone when the policy says `solo`.
///
/// # Errors
/// When too few did.
pub(crate) fn require(project: &Project, action: &str, plan: &str, now: Timestamp) -> Result<Vec<String>, AppError> {
    let operators = operators(project)?;
    let approved = names(project, action, plan, &operators, now)?;
    let needed = needed(project);
    if approved.len() >= needed {
        return Ok(approved);
    }
    let hint = if operators.len() < needed {
        "two operators are to be named under [approval] in dataward.toml (`dataward keys operator NAME FILE` makes a key), \
         or `solo = true` chosen there"
            .to_owned()
    } else {
        format!("each operator: dataward keys approve {} --operator FILE; an approval counts for 24 hours", &plan[..16])
    };
    Err(AppError::Refused {
        message: format!("{} of {needed} approvals within the last 24 hours", approved.len()),
        hint: Some(hint),
    })
}

/// Whether one person alone decides, as the policy chose.
pub(crate) fn is_solo(project: &Project) -> bool {
    project.policy.approval.solo
}

/// How many operators must approve what cannot be undone.
pub(crate) fn needed(project: &Project) -> usize {
    if is_solo(project) { project.policy.approval.operators.len().min(1) } else { NEEDED }
}

fn operators(project: &Project) -> Result<Vec<VerifierKey>, AppError> {
    let parse = |text: &String| {
        let wrong =
            |_| AppError::usage(format!("the operator `{text}` in {} is no public key", project.file.display()));
        VerifierKey::parse(text).map_err(wrong)
    };
    project.policy.approval.operators.iter().map(parse).collect()
}

fn names(
    project: &Project,
    action: &str,
    plan: &str,
    operators: &[VerifierKey],
    now: Timestamp,
) -> Result<Vec<String>, AppError> {
    let notes = read(project, plan)?;
    Ok(approvers(&notes, operators, (action, plan), now).iter().map(|key| key.name().to_owned()).collect())
}

/// Where the plan of an action is kept: `shred-<hash>.json` for `keys/shred`.
pub(crate) fn plan_file(project: &Project, action: &str, plan: &str) -> PathBuf {
    let word = action.rsplit('/').next().unwrap_or(action);
    project.state_dir().join(FOLDER).join(format!("{word}-{plan}.json"))
}

/// The actions that are approved.
const ACTIONS: &[&str] = &["keys/shred"];

fn find(project: &Project, hash: &str) -> Result<(String, String), AppError> {
    let unknown = |why: &str| AppError::usage(format!("no plan `{hash}` that needs approval: {why}"));
    if hash.len() < 8 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown("give at least eight digits of its hash"));
    }
    let mut found = Vec::new();
    for entry in fs_err::read_dir(project.state_dir().join(FOLDER)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        for action in ACTIONS {
            let word = action.rsplit('/').next().unwrap_or(action);
            let plan = name.strip_prefix(word).and_then(|rest| rest.strip_prefix('-'));
            if let Some(plan) = plan.and_then(|rest| rest.strip_suffix(".json")).filter(|plan| plan.starts_with(hash)) {
                found.push(((*action).to_owned(), plan.to_owned()));
            }
        }
    }
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(unknown("none was made with this hash")),
        _ => Err(unknown("several begin so")),
    }
}

fn folder(project: &Project, plan: &str) -> PathBuf {
    project.state_dir().join(FOLDER).join(format!("{plan}.approvals"))
}

fn write(project: &Project, action: &str, plan: &str, signer: &Signer, now: Timestamp) -> Result<(), AppError> {
    let note = sign(action, plan, signer, now)?;
    let folder = folder(project, plan);
    let failed = |error| AppError::unreachable(format!("cannot keep the approval: {error}"));
    dataward_owner::folder(&folder).map_err(failed)?;
    // One file each: a second approval of one person takes the place of the first.
    let name: String = signer.name().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    environment::write_file(&folder.join(format!("{name}.note")), &note)
}

fn read(project: &Project, plan: &str) -> Result<Vec<String>, AppError> {
    let mut notes = Vec::new();
    for entry in fs_err::read_dir(folder(project, plan)).into_iter().flatten().flatten() {
        let text = fs_err::read_to_string(entry.path());
        notes.push(text.map_err(|error| AppError::unreachable(format!("cannot read an approval: {error}")))?);
    }
    Ok(notes)
}
