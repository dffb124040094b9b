//! Where the proof of erasures lies: the erasure key, the ledger, the traces, how far clean-ups are, and the
//! certificates, in the state folder.

use std::io::Write;
use std::path::PathBuf;

use dataward_evidence::Event;
use dataward_evidence::Retention;
use dataward_evidence::VerifierKey;
use dataward_model::SourceId;
use dataward_retain::ErasureKey;
use dataward_retain::ProofError;
use dataward_retain::certificate::CertificateFile;
use dataward_retain::ledger::LedgerFile;
use dataward_retain::scrub::ScrubRun;
use dataward_retain::verify::Traces;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::key_file::KeyFile;

fn folder(project: &Project) -> PathBuf {
    project.state_dir().join("erasure")
}

/// The folder of the certificates.
pub(crate) fn certificates(project: &Project) -> PathBuf {
    project.state_dir().join("certificates")
}

/// The ledger.
pub(crate) fn ledger(project: &Project) -> LedgerFile {
    LedgerFile::new(folder(project).join(LEDGER))
}

/// The name of the ledger in its folder.
const LEDGER: &str = "ledger.jsonl";

/// The key of ledger and traces.
const ERASURE_KEY: KeyFile = KeyFile {
    name: "erasure.key",
    what: "erasure key, and without it the ledger says nothing",
    damaged: "put the file back from a backup",
};

/// The erasure key, made on first use. Whoever destroys the file makes ledger and traces say nothing for ever.
///
/// # Errors
/// When it can't be had, and when it is gone and a ledger is there that it was made for.
pub(crate) fn key(project: &Project) -> Result<ErasureKey, AppError> {
    let is_used = fs_err::metadata(folder(project).join(LEDGER)).is_ok_and(|ledger| ledger.len() > 0);
    if is_used && !project.state_dir().join(ERASURE_KEY.name).exists() {
        return Err(AppError::Refused {
            message: format!("`{}` is gone: without it the erasure ledger says nothing", ERASURE_KEY.name),
            hint: Some(
                "put the file back from a backup; if it was destroyed on purpose, move `ledger.jsonl` and `ledger.end` away".to_owned(),
            ),
        });
    }
    Ok(ErasureKey::of(&*ERASURE_KEY.read_or_make(&project.state_dir())?))
}

/// Refuses to go on while the ledger lacks what was written, or can't be read: what a restore brings back would not be
/// found.
///
/// # Errors
/// As [`key`] and [`LedgerFile::check`].
pub(crate) fn check_ledger(project: &Project) -> Result<(), AppError> {
    let end = folder(project).join(LEDGER).with_extension("end");
    if !end.exists() && !folder(project).join(LEDGER).exists() {
        return Ok(());
    }
    Ok(ledger(project).check(&key(project)?)?)
}

fn traces_file(project: &Project, plan: &str, source: &SourceId) -> PathBuf {
    folder(project).join(format!("{plan}-{source}.traces"))
}

/// Whether the traces of a plan were gathered: the ledger was then written before them.
pub(crate) fn is_recorded(project: &Project, plan: &str) -> bool {
    folder(project).join(format!("{plan}.recorded")).exists()
}

/// Keeps the traces of a plan, sealed.
pub(crate) fn save_traces(
    project: &Project,
    key: &ErasureKey,
    plan: &str,
    traces: impl IntoIterator<Item = (SourceId, Traces)>,
) -> Result<(), AppError> {
    for (source, traces) in traces {
        write_private(&traces_file(project, plan, &source), &traces.seal(key, plan)?)?;
    }
    write_private(&folder(project).join(format!("{plan}.recorded")), b"")
}

/// The traces of a plan in a source.
pub(crate) fn traces(project: &Project, key: &ErasureKey, plan: &str, source: &SourceId) -> Result<Traces, AppError> {
    let sealed = fs_err::read(traces_file(project, plan, source)).map_err(|_| AppError::Refused {
        message: format!("no traces were kept of what the plan erased in `{source}`: its files can't be searched"),
        hint: None,
    })?;
    Ok(Traces::open(&sealed, key, plan)?)
}

fn scrub_file(project: &Project, plan: &str, source: &SourceId) -> PathBuf {
    folder(project).join(format!("{plan}-{source}.scrub.json"))
}

/// How far the clean-up of a plan is.
pub(crate) fn scrub_run(project: &Project, plan: &str, source: &SourceId) -> Option<ScrubRun> {
    serde_json::from_slice(&fs_err::read(scrub_file(project, plan, source)).ok()?).ok()
}

/// Keeps how far the clean-up of a plan is.
pub(crate) fn save_scrub_run(
    project: &Project,
    plan: &str,
    source: &SourceId,
    run: &ScrubRun,
) -> Result<(), ProofError> {
    let path = scrub_file(project, plan, source);
    let failed = |reason: String| ProofError::File { doing: "write", path: path.display().to_string(), reason };
    let text = serde_json::to_vec_pretty(run).map_err(|error| failed(error.to_string()))?;
    write_private(&path, &text).map_err(|error| failed(error.to_string()))
}

/// Writes aside, syncs, renames.
fn write_private(path: &std::path::Path, bytes: &[u8]) -> Result<(), AppError> {
    let cannot = |error: std::io::Error| AppError::unreachable(format!("cannot write `{}`: {error}", path.display()));
    let folder = path.parent().unwrap_or(path);
    dataward_owner::folder(folder).map_err(cannot)?;
    let aside = path.with_extension("new");
    let mut file = dataward_owner::overwrite(&aside).map_err(cannot)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(cannot)?;
    std::fs::rename(&aside, path).map_err(cannot)?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(cannot)
}

/// All certificates, in the order of their numbers, each checked.
pub(crate) fn read_certificates(project: &Project, key: &VerifierKey) -> Result<Vec<CertificateFile>, AppError> {
    certificate_paths(project).iter().map(|path| check_certificate(path, key)).collect()
}

/// The certificates of deletion, in order: their names are numbers. Those of keys that were destroyed lie beside them.
pub(crate) fn certificate_paths(project: &Project) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(certificates(project)) else { return Vec::new() };
    let is_numbered = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        path.extension().is_some_and(|ending| ending == "json") && stem.parse::<u64>().is_ok()
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_numbered).collect();
    paths.sort_unstable();
    paths
}

/// Waits for the turn to number, write and log a certificate: two of one number would break the chain.
pub(crate) fn certificates_turn(project: &Project) -> Result<std::fs::File, AppError> {
    environment::wait_for_turn(&project.state_dir().join("certificates.lock"))
}

/// Reads one certificate and checks it with `key`.
pub(crate) fn check_certificate(path: &std::path::Path, key: &VerifierKey) -> Result<CertificateFile, AppError> {
    let bytes = fs_err::read(path).map_err(|error| AppError::unreachable(format!("cannot read it: {error}")))?;
    Ok(CertificateFile::check(&path.display().to_string(), &bytes, key)?)
}

/// Writes a certificate, then its entry in the evidence log. One that a kill kept out of the log is entered before it.
pub(crate) async fn keep_certificate(
    project: &Project,
    store: &dataward_store::Store,
    file: &CertificateFile,
    now: jiff::Timestamp,
) -> Result<PathBuf, AppError> {
    let number = file.certificate.number;
    let path = certificates(project).join(format!("{number:06}.json"));
    write_private(&path, &file.bytes)?;
    log_certificates(project, store, now).await?;
    Ok(path)
}

/// Enters into the evidence log what certificates lie here that it does not know: a kill came between the file and its
/// entry.
pub(crate) async fn log_certificates(
    project: &Project,
    store: &dataward_store::Store,
    now: jiff::Timestamp,
) -> Result<(), AppError> {
    drop(evidence_log::settled(project, store).await?);
    let files = read_certificates(project, &evidence_log::signer(project)?.verifier_key())?;
    let logged = logged_certificates(project)?;
    for file in files.iter().filter(|file| !logged.contains(&file.hash())) {
        let certificate = &file.certificate;
        let erased = certificate.erased.iter();
        let rows =
            erased.map(|line| (format!("{}.{} {}", certificate.source, line.table, line.action), line.rows)).collect();
        let event = Event::Retention(Retention {
            action: "certificate".to_owned(),
            object: certificate.number.to_string(),
            planned_by: None,
            rows,
            skipped: Default::default(),
        });
        evidence_log::record_file(project, store, event, file.hash(), now).await?;
    }
    Ok(())
}

/// The hashes of the certificates that the evidence log knows, in order.
pub(crate) fn logged_certificates(project: &Project) -> Result<Vec<[u8; 32]>, AppError> {
    let mut hashes = Vec::new();
    evidence_log::each_statement(project, |statement| {
        if statement["predicate"]["event"]["action"] == "certificate" {
            let mut hash = [0; 32];
            let digits = statement["subject"][0]["digest"]["sha256"].as_str().unwrap_or_default();
            let read = hex::decode_to_slice(digits, &mut hash).is_ok();
            // Earlier versions could enter one twice after a kill.
            if read && !hashes.contains(&hash) {
                hashes.push(hash);
            }
        }
    })?;
    Ok(hashes)
}

/// What the evidence log says of one plan's way.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlanHistory {
    /// When the list of its people was first written.
    pub(crate) told_at: Option<jiff::Timestamp>,
    /// Who carried it out, or gave it up; empty when nobody did.
    pub(crate) ended_by: String,
    /// Whether somebody began to give it up.
    pub(crate) was_given_up: bool,
}

impl PlanHistory {
    /// Reads the log once.
    pub(crate) fn read(project: &Project, plan: &str) -> Result<Self, AppError> {
        let mut history = Self::default();
        evidence_log::each_statement(project, |statement| {
            let said = &statement["predicate"];
            if said["event"]["object"] != plan {
                return;
            }
            match said["event"]["action"].as_str() {
                Some("notified") if history.told_at.is_none() => {
                    history.told_at = said["at"].as_str().and_then(|at| at.parse().ok());
                }
                Some(action @ ("applied" | "drop")) => {
                    history.was_given_up |= action == "drop";
                    history.ended_by = said["actor"].as_str().unwrap_or_default().to_owned();
                }
                _ => {}
            }
        })?;
        Ok(history)
    }
}

impl From<ProofError> for AppError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Certificate { .. } | ProofError::Cut { .. } | ProofError::Foreign { .. } => {
                Self::Refused { message: error.to_string(), hint: None }
            }
            other => Self::unreachable(other.to_string()),
        }
    }
}
