//! Where plans lie: `plans/HASH.json` and its sealed rows in the state folder, and the key of the holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedRule;
use dataward_retain::rows_file::RowsReader;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::bind_retention::pack_version;
use crate::environment;
use crate::evidence_log;
use crate::key_file::KeyFile;
use crate::plan_retention::policy_sha256;
use crate::plan_retention::rows_by_table;

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

/// Makes the folder.
pub(crate) fn create(project: &Project) -> Result<PathBuf, AppError> {
    let folder = folder(project);
    dataward_owner::folder(&folder)
        .map_err(|error| AppError::unreachable(format!("cannot make `{}`: {error}", folder.display())))?;
    Ok(folder)
}

/// A plan without anything in it yet.
pub(crate) fn empty(
    project: &Project,
    four_eyes: bool,
    rules: Vec<PlannedRule>,
    now: Timestamp,
) -> Result<Plan, AppError> {
    Ok(Plan {
        made_at: now,
        made_by: environment::actor(),
        policy_sha256: policy_sha256(project)?,
        pack: pack_version(),
        four_eyes,
        rules,
        steps: Vec::new(),
        sources: BTreeMap::new(),
        archives: Vec::new(),
        due: Vec::new(),
        kept: Vec::new(),
        warnings: Vec::new(),
        rows_sha256: String::new(),
        chunks: 0,
    })
}

/// The sealed rows of a plan that has no name yet. Dropped without [`Fresh::save`] they are removed.
pub(crate) struct Fresh {
    path: PathBuf,
    key: Vec<u8>,
}

impl Fresh {
    /// A place for rows, and the key to seal them with.
    pub(crate) fn begin(project: &Project) -> Result<(Self, SecretKey), AppError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = create(project)?.join(format!("new-{}-{number}.rows", std::process::id()));
        let key = SecretKey::random().map_err(|error| AppError::Internal(error.to_string()))?;
        Ok((Self { path, key: key.bytes().to_vec() }, key))
    }

    /// Where the rows go.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The rows of `plan`, which were written there.
    pub(crate) fn reader(&self, plan: &Plan) -> Result<RowsReader, AppError> {
        let key = SecretKey::from_slice(&self.key).map_err(|error| AppError::Internal(error.to_string()))?;
        Ok(RowsReader::open(&self.path, key, &plan.rows_sha256)?)
    }

    /// Saves the plan under its hash, signed, and writes it into the log and the state.
    pub(crate) async fn save(
        self,
        project: &Project,
        store: &Store,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<String, AppError> {
        let hash = plan.hash()?;
        let renamed = fs_err::rename(&self.path, rows(project, &hash));
        renamed.map_err(|error| AppError::unreachable(format!("cannot save the plan: {error}")))?;
        let text = serde_json::to_string_pretty(plan).map_err(|error| AppError::Internal(error.to_string()))?;
        environment::write_file(&file(project, &hash), &text)?;
        let event = Event::Retention(Retention {
            action: "plan".to_owned(),
            object: hash.clone(),
            planned_by: None,
            rows: rows_by_table(plan),
            skipped: BTreeMap::new(),
        });
        evidence_log::record_all(project, store, vec![event], now).await?;
        let note = evidence_log::signer(project)?.sign_note(SIGNED, &hash_bytes(&hash))?;
        environment::write_file(&note_file(project, &hash), &note)?;
        let stored = StoredPlan {
            hash: hash.clone(),
            made_at: plan.made_at,
            made_by: plan.made_by.clone(),
            state: PlanState::Planned,
            rows: plan.rows(),
            row_key: Some(self.key.clone()),
            approved: None,
            receipt: None,
            started_at: None,
            finished_at: None,
            notes: Vec::new(),
        };
        store.save_plan(&stored).await?;
        Ok(hash)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // After a save it has another name.
        let _ = fs_err::remove_file(&self.path);
    }
}

/// The kind of note that signs a plan.
const SIGNED: &str = "dataward/plan@1";

fn note_file(project: &Project, hash: &str) -> PathBuf {
    folder(project).join(format!("{hash}.note"))
}

fn hash_bytes(hash: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    // No note is over zeros: a name that is no hash signs nothing.
    if hex::decode_to_slice(hash, &mut bytes).is_err() { [0; 32] } else { bytes }
}

/// Whether the note beside a plan is that of the key of the evidence log, over its hash.
fn is_signed(project: &Project, hash: &str) -> bool {
    let note = fs_err::read_to_string(note_file(project, hash));
    let key = evidence_log::verifier_key(&evidence_log::folder(project));
    matches!((note, key), (Ok(note), Ok(key)) if key.check_note(&note, SIGNED, &hash_bytes(hash)).is_ok())
}

/// Reads a plan and checks that it is the one of that name, and signed here.
pub(crate) fn load(project: &Project, hash: &str) -> Result<Plan, AppError> {
    let path = file(project, hash);
    let text = fs_err::read_to_string(&path)
        .map_err(|error| AppError::unreachable(format!("cannot read the plan: {error}")))?;
    let plan: Option<Plan> = serde_json::from_str(&text).ok();
    match plan.filter(|plan| plan.hash().is_ok_and(|found| found == hash) && is_signed(project, hash)) {
        Some(plan) => Ok(plan),
        None => Err(AppError::Refused {
            message: format!(
                "the plan in `{}` is not the one that was made and signed here: it was changed",
                path.display()
            ),
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

/// The key that seals which rows a hold means.
const HOLD_KEY: KeyFile = KeyFile {
    name: "retain.key",
    what: "key of the holds, and without it nothing may be deleted",
    damaged: "put the file back from a backup",
};

/// The key that seals which rows a hold means, made on first use.
pub(crate) fn hold_key(project: &Project) -> Result<SecretKey, AppError> {
    Ok(SecretKey::of(&*HOLD_KEY.read_or_make(&project.state_dir())?))
}
