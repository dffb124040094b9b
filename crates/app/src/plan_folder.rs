//! Where plans lie: `plans/HASH.json` and its sealed rows in the state folder, and the key of the holds.

use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use dataward_retain::plan::Plan;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;

use crate::AppError;
use crate::Project;
use crate::environment;

/// The folder of plans.
pub(crate) fn folder(project: &Project) -> PathBuf {
    project.state_dir().join("plans")
}

/// The sealed rows of a plan.
pub(crate) fn rows(project: &Project, hash: &str) -> PathBuf {
    folder(project).join(format!("{hash}.rows"))
}

/// The plan itself.
pub(crate) fn file(project: &Project, hash: &str) -> PathBuf {
    folder(project).join(format!("{hash}.json"))
}

/// Makes the folder, for its owner alone.
pub(crate) fn create(project: &Project) -> Result<PathBuf, AppError> {
    let folder = folder(project);
    if !folder.is_dir() {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| AppError::unreachable(format!("cannot make `{}`: {error}", folder.display())))?;
    }
    Ok(folder)
}

/// Writes the plan; its name is its hash.
pub(crate) fn save(project: &Project, hash: &str, plan: &Plan) -> Result<(), AppError> {
    let text = serde_json::to_string_pretty(plan).map_err(|error| AppError::Internal(error.to_string()))?;
    environment::write_file(&file(project, hash), &text)
}

/// Reads a plan and checks that it is the one of that name.
pub(crate) fn load(project: &Project, hash: &str) -> Result<Plan, AppError> {
    let path = file(project, hash);
    let text = fs_err::read_to_string(&path)
        .map_err(|error| AppError::unreachable(format!("cannot read the plan: {error}")))?;
    let plan: Option<Plan> = serde_json::from_str(&text).ok();
    match plan.filter(|plan| plan.hash().is_ok_and(|found| found == hash)) {
        Some(plan) => Ok(plan),
        None => Err(AppError::Refused {
            message: format!("the plan in `{}` is not the one that has this name: it was changed", path.display()),
            hint: Some("dataward retain plan".to_owned()),
        }),
    }
}

/// The plan whose hash begins with `name`; without a name the newest that is in one of these states.
pub(crate) async fn find(store: &Store, name: Option<&str>, states: &[PlanState]) -> Result<StoredPlan, AppError> {
    let plans = store.plans().await?;
    let Some(name) = name else {
        return plans
            .into_iter()
            .find(|plan| states.contains(&plan.state))
            .ok_or_else(|| AppError::usage_hint("there is no plan that waits for this", "dataward retain plan"));
    };
    let mut matching = plans.into_iter().filter(|plan| plan.hash.starts_with(name));
    match (matching.next(), matching.next()) {
        (Some(plan), None) => Ok(plan),
        (Some(_), Some(_)) => Err(AppError::usage(format!("`{name}` begins the name of more than one plan"))),
        (None, _) => Err(AppError::usage_hint(format!("there is no plan `{name}`"), "dataward retain status")),
    }
}

/// Removes what lies of a plan; its key is gone already.
pub(crate) fn remove_rows(project: &Project, hash: &str) {
    // What can't be removed is noise without its key.
    let _ = fs_err::remove_file(rows(project, hash));
}

/// The key of a plan's rows.
pub(crate) fn row_key(plan: &StoredPlan) -> Result<SecretKey, AppError> {
    let key = plan.row_key.as_deref().ok_or_else(|| AppError::Refused {
        message: "the plan has come to its end: the key of its rows is gone".to_owned(),
        hint: Some("dataward retain plan".to_owned()),
    })?;
    SecretKey::from_slice(key).map_err(|error| AppError::Internal(error.to_string()))
}

/// The key that seals which rows a hold means, made on first use.
pub(crate) fn hold_key(project: &Project) -> Result<SecretKey, AppError> {
    let path = project.state_dir().join("retain.key");
    let internal = |error: dataward_seal::SealError| AppError::Internal(error.to_string());
    if !path.exists() {
        let key = SecretKey::random().map_err(internal)?;
        let text: String = key.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        environment::write_file(&path, &text)?;
        let private = fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o600));
        private.map_err(|error| AppError::unreachable(format!("cannot protect the key of the holds: {error}")))?;
    }
    let text = fs_err::read_to_string(&path)
        .map_err(|error| AppError::unreachable(format!("cannot read the key of the holds: {error}")))?;
    let pairs = text.trim().as_bytes().chunks_exact(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    SecretKey::from_slice(&bytes.unwrap_or_default()).map_err(|_| AppError::Refused {
        message: format!("`{}` is no key: no hold can be opened, so nothing may be deleted", path.display()),
        hint: Some("put the file back from a backup".to_owned()),
    })
}
