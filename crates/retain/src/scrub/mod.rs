//! Runs the recipe of a connector, step by step, so that a killed run goes on where it was.
//!
//! What a step does stands in `connect::{postgres,mysql,sqlite}::scrub`. Each step may be repeated, so the
//! journal is one line: the steps that are done.

use std::collections::BTreeMap;

use dataward_connect::Scrub;
use dataward_connect::scrub::ScrubPlan;
use dataward_connect::scrub::StepEnd;
use dataward_connect::scrub::StepState;
use dataward_model::ErasureLevel;
use serde::Deserialize;
use serde::Serialize;

use crate::proof_error::ProofError;

/// A recipe and how far it has come. Saved after each step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubRun {
    /// The level that the policy asks for.
    pub wanted: ErasureLevel,
    /// The steps.
    pub plan: ScrubPlan,
    /// How the steps that ran ended, by id.
    pub ended: BTreeMap<String, Ended>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It was done.
    Done,
    /// It was done as far as the server lets us.
    InPart(String),
    /// It failed; the sentence says why. It is tried again when the run goes on.
    Failed(String),
}

impl ScrubRun {
    /// A run that has not begun.
    pub fn new(wanted: ErasureLevel, plan: ScrubPlan) -> Self {
        Self { wanted, plan, ended: BTreeMap::new() }
    }

    /// The best level that the files can have reached: what the steps that were done allow. What is
    /// *proven* is for [`crate::verify`].
    pub fn reached(&self) -> ErasureLevel {
        let undone = self.plan.steps.iter().filter(|step| step.state == StepState::Ready).filter_map(|step| match self
            .ended
            .get(&step.id)
        {
            Some(Ended::Done) => None,
            Some(Ended::InPart(_) | Ended::Failed(_)) | None => step.serves.below(),
        });
        undone.fold(self.plan.reach(self.wanted), ErasureLevel::min)
    }

    /// Why the level is lower than was asked for.
    pub fn reasons(&self) -> Vec<String> {
        let ended = self.ended.iter().filter_map(|(id, ended)| match ended {
            Ended::Done => None,
            Ended::InPart(reason) | Ended::Failed(reason) => Some(format!("{id}: {reason}")),
        });
        self.plan.reasons().into_iter().chain(ended).collect()
    }

    /// Whether every step that can be done was.
    pub fn is_finished(&self) -> bool {
        let ready = self.plan.steps.iter().filter(|step| step.state == StepState::Ready);
        ready.into_iter().all(|step| matches!(self.ended.get(&step.id), Some(Ended::Done | Ended::InPart(_))))
    }
}

/// Does the steps that are not done yet; `save` keeps the run after each. A step that fails lowers the level
/// and does not stop the others.
///
/// # Errors
/// When the run can't be saved.
pub async fn run_scrub(
    scrub: &dyn Scrub,
    run: &mut ScrubRun,
    mut save: impl FnMut(&ScrubRun) -> Result<(), ProofError>,
) -> Result<(), ProofError> {
    for step in run.plan.steps.clone() {
        let done = matches!(run.ended.get(&step.id), Some(Ended::Done | Ended::InPart(_)));
        if done || step.state != StepState::Ready {
            continue;
        }
        let ended = match scrub.scrub_step(&step).await {
            Ok(StepEnd::Done) => Ended::Done,
            Ok(StepEnd::DoneInPart(reason)) => Ended::InPart(reason),
            Err(error) => Ended::Failed(error.to_string()),
        };
        run.ended.insert(step.id, ended);
        save(run)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use dataward_connect::ConnectError;
    use dataward_connect::scrub::Needs;
    use dataward_connect::scrub::RawReport;
    use dataward_connect::scrub::ScrubStep;
    use dataward_connect::scrub::ScrubWish;
    use dataward_connect::scrub::Watch;

    use super::*;

    /// Notes which steps ran; the step named here fails.
    struct Store {
        fails: Option<&'static str>,
        ran: Mutex<Vec<String>>,
    }

    #[async_trait::async_trait]
    impl Scrub for Store {
        async fn scrub_plan(&self, _: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
            Ok(plan())
        }

        async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
            self.ran.lock().unwrap().push(step.id.clone());
            match self.fails {
                Some(id) if id == step.id => {
                    Err(ConnectError::Unreachable { target: "shop".into(), reason: "it went away".into() })
                }
                _ => Ok(StepEnd::Done),
            }
        }

        async fn raw(&self, _: &[String], _: &dyn Watch) -> Result<RawReport, ConnectError> {
            Ok(RawReport::default())
        }
    }

    fn plan() -> ScrubPlan {
        let step = |id: &str, serves: ErasureLevel| ScrubStep {
            id: id.into(),
            action: id.into(),
            table: None,
            statement: id.into(),
            cleans: String::new(),
            serves,
            needs: Needs::default(),
            state: StepState::Ready,
        };
        let steps = vec![step("one", ErasureLevel::L1), step("two", ErasureLevel::L2), step("three", ErasureLevel::L2)];
        ScrubPlan { steps, limits: vec![] }
    }

    #[tokio::test]
    async fn a_run_that_was_cut_off_goes_on_where_it_was_and_a_failed_step_lowers_the_level() {
        let mut saved = Vec::new();
        let mut run = ScrubRun::new(ErasureLevel::L2, plan());
        let store = Store { fails: Some("two"), ran: Mutex::default() };
        run_scrub(&store, &mut run, |run| {
            saved.push(run.clone());
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!((run.reached(), run.is_finished()), (ErasureLevel::L1, false));
        assert!(run.reasons()[0].contains("it went away"), "{:?}", run.reasons());
        // Killed after the first step: what was saved then goes on with the second.
        let mut run = saved[0].clone();
        let store = Store { fails: None, ran: Mutex::default() };
        run_scrub(&store, &mut run, |_| Ok(())).await.unwrap();
        assert_eq!(*store.ran.lock().unwrap(), ["two", "three"]);
        assert_eq!((run.reached(), run.is_finished()), (ErasureLevel::L2, true));
    }
}
