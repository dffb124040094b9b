//! `retain verify`: is it really gone? Cleans the files of a source up to the wanted level, searches them for
//! what a plan erased, and signs a certificate; or checks certificates.

use std::collections::BTreeMap;
use std::path::Path;

use dataward_connect::Amend;
use dataward_connect::Scrub;
use dataward_connect::amend::stored::is_stored;
use dataward_connect::scrub::BlindSpot;
pub use dataward_connect::scrub::Exclusive;
pub use dataward_connect::scrub::HowRead;
use dataward_connect::scrub::RawPart;
use dataward_connect::scrub::ScrubPlan;
use dataward_connect::scrub::ScrubWish;
use dataward_connect::scrub::StepState;
use dataward_connect::scrub::Watch;
use dataward_model::Clock;
pub use dataward_model::ErasureLevel;
use dataward_model::SourceId;
use dataward_retain::RetainError;
use dataward_retain::certificate::Certificate;
use dataward_retain::certificate::CertificateFile;
use dataward_retain::certificate::Erased;
use dataward_retain::certificate::NO_PREVIOUS;
use dataward_retain::certificate::People;
use dataward_retain::certificate::check_chain;
use dataward_retain::ledger::Ledger;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedRule;
use dataward_retain::replay;
use dataward_retain::scrub::Ended;
use dataward_retain::scrub::ScrubRun;
use dataward_retain::scrub::run_scrub;
use dataward_retain::verify;
use dataward_retain::verify::Residue;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;
use crate::approve_plan::open_sources;
use crate::approve_plan::short;
use crate::environment;
use crate::erasure_folder;
use crate::erasure_folder::PlanHistory;
use crate::evidence_log;
use crate::plan_folder;
use crate::print_certificate::print_certificate;
use crate::registry;
use crate::verify_evidence::verify_project;

/// What the search in a source came to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VerifyErasureReport {
    /// `dataward/retain-verify@1`.
    pub schema: &'static str,
    /// The plan's hash.
    pub plan: String,
    /// One for each source of which something went.
    pub sources: Vec<VerifiedSource>,
}

impl VerifyErasureReport {
    /// Whether in every source as much was proven as was wanted.
    pub fn is_proven(&self) -> bool {
        let far_enough = |source: &VerifiedSource| source.level_proven.as_ref() >= Some(&source.level_wanted);
        self.sources.iter().all(far_enough)
    }
}

/// What the search in a source came to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VerifiedSource {
    /// The source.
    pub source: String,
    /// The level that was asked for.
    pub level_wanted: String,
    /// The level that the clean-up could reach.
    pub level_reached: String,
    /// The level that the search proved; none: not even that the rows are out of sight.
    pub level_proven: Option<String>,
    /// Of which values nothing is proven, as they stand elsewhere too: `not proven: 900 of 900 values stand in
    /// public.s2 too`.
    pub not_proven: Option<String>,
    /// Why the level is lower than was asked for.
    pub reasons: Vec<String>,
    /// The steps of the clean-up.
    pub steps: Vec<StepLine>,
    /// What was searched and found; none where nothing was searched.
    #[schemars(with = "serde_json::Value")]
    pub search: Option<Residue>,
    /// The certificate's number.
    pub certificate: Option<u64>,
    /// Its file.
    pub file: Option<String>,
}

/// A step of a clean-up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepLine {
    /// What: `vacuum public.customers`.
    pub id: String,
    /// The statement.
    pub statement: String,
    /// What it takes out.
    pub cleans: String,
    /// The rights, locks and disk space that it needs.
    pub needs: String,
    /// ready, blocked: …, done, done in part: …, failed: …
    pub state: String,
}

/// Certificates that were checked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificatesReport {
    /// `dataward/certificates@1`.
    pub schema: &'static str,
    /// Each of them, in order.
    pub certificates: Vec<CertificateLine>,
    /// Whether the chain and the evidence log were checked too; else the signature alone.
    pub chain: bool,
}

/// One certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificateLine {
    /// Its number.
    pub number: u64,
    /// The plan.
    pub plan: String,
    /// The source.
    pub source: String,
    /// Rows that went or were changed.
    pub rows: u64,
    /// The level that was proven.
    pub level_proven: Option<String>,
    /// Of which values nothing is proven, as they stand elsewhere too.
    pub not_proven: Option<String>,
    /// When the files were searched.
    pub verified_at: String,
}

/// What `retain verify` may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CleanUp {
    /// Clean the files, search them, certify.
    Do(Exclusive),
    /// Only say which steps there are.
    Show(Exclusive),
    /// Search as they are, and certify.
    Skip,
}

/// Cleans and searches the files of the sources of a plan that was applied, and certifies what was found.
///
/// # Errors
/// When the plan has not been applied, or a source can't be reached.
pub async fn verify_erasure(
    project: &Project,
    name: Option<&str>,
    level: Option<ErasureLevel>,
    clean_up: CleanUp,
    clock: &dyn Clock,
) -> Result<VerifyErasureReport, AppError> {
    if let Some(level) = level.filter(|level| *level > ErasureLevel::L2) {
        return Err(AppError::usage_hint(
            format!("{level} ({}) is beyond what dataward can do or prove", level.meaning()),
            "ask for L0, L1 or L2; backups age out, and media are destroyed by others",
        ));
    }
    let store = project.store().await?;
    let stored = plan_folder::find(&store, name, &[PlanState::Done]).await?;
    if stored.state != PlanState::Done {
        return Err(AppError::Refused {
            message: format!("the plan {} has not been applied to its end", short(&stored.hash)),
            hint: Some(format!("dataward retain apply {}", short(&stored.hash))),
        });
    }
    let plan = plan_folder::load(project, &stored.hash)?;
    let sources = open_sources(project, &plan)?;
    let level = level.unwrap_or_else(|| level_of_policy(project, &plan));
    let work = Work { project, store: &store, stored: &stored, plan: &plan, level };
    let mut verified = Vec::new();
    // A source of which nothing went is left alone: there is nothing to clean, to search for or to certify.
    let batches = store.batches(&stored.hash).await?;
    let went = batches.iter().filter(|batch| batch.done && batch.changed > 0);
    let steps: Vec<_> = went.filter_map(|batch| plan.steps.get(batch.step as usize)).collect();
    let concerned = |id: &SourceId| steps.iter().any(|step| step.source == *id && step.action != "unlink");
    for (id, amend) in sources.iter().filter(|(id, _)| concerned(id)) {
        verified.push(work.source(id, amend.as_ref(), clean_up, clock).await?);
    }
    Ok(VerifyErasureReport { schema: "dataward/retain-verify@1", plan: stored.hash.clone(), sources: verified })
}

/// The furthest level that the policy asks for one of the plan's rules; L2 for a rule that it does not know.
fn level_of_policy(project: &Project, plan: &Plan) -> ErasureLevel {
    let of_rule = |rule: &PlannedRule| {
        let name = rule.name.strip_prefix(replay::ERASED_BEFORE).unwrap_or(&rule.name);
        let known = project.policy.retain.iter().find(|known| known.name == name);
        known.map_or(ErasureLevel::L2, |known| known.level)
    };
    plan.rules.iter().map(of_rule).max().unwrap_or(ErasureLevel::L2)
}

struct Work<'a> {
    project: &'a Project,
    store: &'a Store,
    stored: &'a StoredPlan,
    plan: &'a Plan,
    level: ErasureLevel,
}

impl Work<'_> {
    async fn source(
        &self,
        id: &SourceId,
        amend: &dyn Amend,
        clean_up: CleanUp,
        clock: &dyn Clock,
    ) -> Result<VerifiedSource, AppError> {
        let (project, hash) = (self.project, self.stored.hash.as_str());
        let declared = project.policy.sources.get(id).ok_or_else(|| AppError::usage(format!("no source `{id}`")))?;
        let secret = || declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose();
        let scrub = registry::scrub(&declared.url, secret()?, &project.root)?;
        let target = registry::target(id.clone(), &declared.url, secret()?, &project.root)?;
        if let CleanUp::Do(_) = clean_up {
            amend.recover().await.map_err(RetainError::from)?;
        }
        let tables = self.tables(id);
        let run = match clean_up {
            CleanUp::Skip => erasure_folder::scrub_run(project, hash, id)
                .unwrap_or_else(|| ScrubRun::new(ErasureLevel::L0, ScrubPlan::default())),
            CleanUp::Do(exclusive) | CleanUp::Show(exclusive) => {
                let wish = ScrubWish { tables: tables.clone(), level: self.level.min(ErasureLevel::L2), exclusive };
                let fresh = ScrubRun::new(self.level, scrub.scrub_plan(&wish).await.map_err(RetainError::from)?);
                // A run that was cut off goes on; one that has ended, or of another recipe, begins again.
                let known = erasure_folder::scrub_run(project, hash, id);
                let mut run = known.filter(|run| run.plan == fresh.plan && !run.is_finished()).unwrap_or(fresh);
                if let CleanUp::Show(_) = clean_up {
                    return Ok(VerifiedSource { level_proven: self.proven_before(id)?, ..self.shown(id, &run) });
                }
                run_scrub(scrub.as_ref(), &mut run, |run| erasure_folder::save_scrub_run(project, hash, id, run))
                    .await?;
                run
            }
        };
        let key = erasure_folder::key(project)?;
        let ledger = erasure_folder::ledger(project).read_plan(&key, id, hash)?;
        let catalogue = amend.catalogue().await.map_err(RetainError::from)?;
        let back = replay::find(amend, &catalogue, &ledger).await?;
        // Rows that were rewritten are still there, and are not back: their identity values are others.
        let selectable = Some(back.count());
        let residue = if is_stored(amend.kind()) {
            self.listed(id, scrub.as_ref(), &ledger, back.count()).await?
        } else {
            let traces = erasure_folder::traces(project, &key, hash, id)?;
            let read = target.connector.as_ref();
            let searched = verify::search(scrub.as_ref(), Some(read), &tables, &traces, &key, selectable).await;
            searched.map_err(RetainError::from)?
        };
        let (number, path) = self.certify(id, &run, residue.clone(), &ledger, clock.now()).await?;
        let mut shown = self.shown(id, &run);
        shown.level_proven = residue.proven.map(|level| level.to_string());
        shown.not_proven = residue.not_proven();
        shown.search = Some(residue);
        shown.certificate = Some(number);
        shown.file = Some(path);
        Ok(shown)
    }

    /// Files and objects went whole: what there is to prove is that none of them is listed any more.
    async fn listed(&self, id: &SourceId, scrub: &dyn Scrub, ledger: &Ledger, back: u64) -> Result<Residue, AppError> {
        struct Nobody;
        impl Watch for Nobody {
            fn look(&self, _: &RawPart, _: &[u8]) {}
        }
        let mut raw = scrub.raw(&[], &Nobody).await.map_err(RetainError::from)?;
        for warning in self.plan.warnings.iter().filter(|one| one.source == *id && one.kind == "hard-link") {
            raw.blind.push(BlindSpot { level: Some(ErasureLevel::L1), what: warning.text.clone() });
        }
        let gone = self.erased(id, ledger).await?.iter().map(|line| line.rows).sum();
        Ok(verify::judge_listing(gone, back, raw))
    }

    fn tables(&self, id: &SourceId) -> Vec<String> {
        let mut tables: Vec<String> = Vec::new();
        for step in self.plan.steps.iter().filter(|step| step.source == *id && step.action != "unlink") {
            if !tables.contains(&step.table.name) {
                tables.push(step.table.name.clone());
            }
        }
        tables
    }

    fn shown(&self, id: &SourceId, run: &ScrubRun) -> VerifiedSource {
        VerifiedSource {
            source: id.to_string(),
            level_wanted: self.level.to_string(),
            level_reached: run.reached().to_string(),
            level_proven: None,
            not_proven: None,
            reasons: run.reasons(),
            steps: run.plan.steps.iter().map(|step| step_line(step, run)).collect(),
            search: None,
            certificate: None,
            file: None,
        }
    }

    /// What the last certificate of this plan proved in a source.
    fn proven_before(&self, id: &SourceId) -> Result<Option<String>, AppError> {
        let key = evidence_log::verifier_key(&evidence_log::folder(self.project))?;
        let files = erasure_folder::read_certificates(self.project, &key)?;
        let ours = files.iter().rev().map(|file| &file.certificate);
        let last = ours.into_iter().find(|one| one.plan == self.stored.hash && one.source == *id);
        Ok(last.and_then(Certificate::proven).map(|level| level.to_string()))
    }

    async fn certify(
        &self,
        id: &SourceId,
        run: &ScrubRun,
        search: Residue,
        ledger: &Ledger,
        now: Timestamp,
    ) -> Result<(u64, String), AppError> {
        let signer = evidence_log::signer(self.project)?;
        let _turn = erasure_folder::certificates_turn(self.project)?;
        let known = erasure_folder::read_certificates(self.project, &signer.verifier_key())?;
        let previous = known.last().map_or(NO_PREVIOUS.to_owned(), |file| hex::encode(file.hash()));
        let unknown = || (String::new(), self.stored.made_at);
        let (approved_by, approved_at) = self.stored.approved.clone().unwrap_or_else(unknown);
        let certificate = Certificate {
            number: known.last().map_or(0, |file| file.certificate.number) + 1,
            previous,
            plan: self.stored.hash.clone(),
            source: id.clone(),
            store: self.plan.sources.get(id).map(|source| source.product.clone()).unwrap_or_default(),
            level_wanted: self.level,
            level_reached: run.reached(),
            level_proven: search.proven,
            reasons: run.reasons(),
            erased: self.erased(id, ledger).await?,
            notes: self.notes(id),
            clean_up: run.ended.iter().map(|(id, ended)| (id.clone(), ended_word(ended))).collect(),
            search,
            people: People {
                planned_by: self.stored.made_by.clone(),
                planned_at: self.stored.made_at,
                approved_by,
                approved_at,
                applied_by: PlanHistory::read(self.project, &self.stored.hash)?.ended_by,
                began_at: self.stored.started_at.unwrap_or(self.stored.made_at),
                ended_at: self.stored.finished_at.unwrap_or(now),
                verified_at: now,
            },
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let file = CertificateFile::sign(certificate, &signer)?;
        let path = erasure_folder::keep_certificate(self.project, self.store, &file, now).await?;
        Ok((file.certificate.number, path.display().to_string()))
    }

    /// What was noted of this source while the plan was carried out.
    fn notes(&self, id: &SourceId) -> Vec<String> {
        let of_source = |note: &String| note.strip_prefix(&format!("{id}: ")).map(str::to_owned);
        self.stored.notes.iter().filter_map(of_source).collect()
    }

    /// What went, as the journal has it.
    async fn erased(&self, id: &SourceId, ledger: &Ledger) -> Result<Vec<Erased>, AppError> {
        let mut lines: Vec<Erased> = Vec::new();
        let batches = self.store.batches(&self.stored.hash).await?;
        for batch in batches.iter().filter(|batch| batch.done) {
            let Some(step) = self.plan.steps.get(batch.step as usize) else { continue };
            if step.source != *id || step.action == "unlink" {
                continue;
            }
            let rule = self.plan.rules.get(step.rule).map(|rule| rule.name.clone()).unwrap_or_default();
            let same = |line: &Erased| line.table == step.table.name && line.rule == rule && line.action == step.action;
            let at = lines.iter().position(same).unwrap_or_else(|| {
                lines.push(Erased {
                    table: step.table.name.clone(),
                    rule: rule.clone(),
                    action: step.action.clone(),
                    rows: 0,
                    kept: BTreeMap::new(),
                    digest: ledger.digest(&step.table.name),
                });
                lines.len() - 1
            });
            lines[at].rows += batch.changed;
            for (reason, rows) in &batch.skipped {
                *lines[at].kept.entry(reason.clone()).or_default() += rows;
            }
        }
        Ok(lines)
    }
}

fn step_line(step: &dataward_connect::scrub::ScrubStep, run: &ScrubRun) -> StepLine {
    let disk = step.needs.disk_bytes.map(|bytes| format!("; about {bytes} bytes of disk")).unwrap_or_default();
    let state = match (run.ended.get(&step.id), &step.state) {
        (Some(ended), _) => ended_word(ended),
        (None, StepState::Blocked { reason, .. }) => format!("blocked: {reason}"),
        (None, StepState::Ready) => "ready".to_owned(),
    };
    StepLine {
        id: step.id.clone(),
        statement: step.statement.clone(),
        cleans: step.cleans.clone(),
        needs: format!("{}; lock: {}{disk}", step.needs.rights, step.needs.lock),
        state,
    }
}

fn ended_word(ended: &Ended) -> String {
    match ended {
        Ended::Done => "done".to_owned(),
        Ended::InPart(reason) => format!("done in part: {reason}"),
        Ended::Failed(reason) => format!("failed: {reason}"),
    }
}

/// Checks one certificate with a verifier key, of the project or a file: needs no state, no source. With `pdf` it is
/// printed there too.
///
/// # Errors
/// [`AppError::Refused`] when one byte was changed.
pub fn check_certificate(
    project: Option<&Project>,
    file: &Path,
    key: Option<&Path>,
    pdf: Option<&Path>,
) -> Result<CertificatesReport, AppError> {
    let key = match (key, project) {
        (Some(key), _) => evidence_log::read_verifier_key(key)?,
        (None, Some(project)) => evidence_log::verifier_key(&evidence_log::folder(project))?,
        (None, None) => {
            return Err(AppError::usage_hint("no verifier key", "give it with --key log.vkey"));
        }
    };
    let certificate = erasure_folder::check_certificate(file, &key)?;
    if let Some(out) = pdf {
        print_certificate(&certificate, out)?;
    }
    Ok(certificates_report(&[certificate], false))
}

/// Checks all certificates of a project: the evidence log whole, each signature, the chain, and that the log knows them.
///
/// # Errors
/// [`AppError::Refused`] when one was changed or is missing, or the log is not what was signed.
pub async fn check_certificates(project: &Project) -> Result<CertificatesReport, AppError> {
    // Of a log that is not what was signed nothing follows.
    let log = verify_project(project, &[]).await?;
    if let Some(fault) = log.faults.first() {
        let entry = fault.index.map(|index| format!(", entry {index}")).unwrap_or_default();
        return Err(AppError::Refused {
            message: format!("{} (`{}`{entry}: {})", log.summary(), fault.file, fault.what),
            hint: Some("dataward evidence verify".to_owned()),
        });
    }
    let key = evidence_log::verifier_key(&evidence_log::folder(project))?;
    let files = erasure_folder::read_certificates(project, &key)?;
    check_chain(&files, &erasure_folder::logged_certificates(project)?)?;
    Ok(certificates_report(&files, true))
}

fn certificates_report(files: &[CertificateFile], chain: bool) -> CertificatesReport {
    let line = |file: &CertificateFile| {
        let certificate = &file.certificate;
        CertificateLine {
            number: certificate.number,
            plan: certificate.plan.clone(),
            source: certificate.source.to_string(),
            rows: certificate.erased.iter().map(|line| line.rows).sum(),
            level_proven: certificate.proven().map(|level| level.to_string()),
            not_proven: certificate.search.not_proven(),
            verified_at: certificate.people.verified_at.to_string(),
        }
    };
    CertificatesReport { schema: "dataward/certificates@1", certificates: files.iter().map(line).collect(), chain }
}
