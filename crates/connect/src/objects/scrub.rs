//! Of a bucket nothing is cleaned after a removal: versions are gone, and what the store keeps beside is told.

use async_trait::async_trait;
use dataward_model::ErasureLevel;

use super::Objects;
use super::bucket::Keeping;
use crate::ConnectError;
use crate::scrub::HowRead;
use crate::scrub::Limit;
use crate::scrub::RawReport;
use crate::scrub::Scrub;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;
use crate::scrub::StepEnd;
use crate::scrub::Watch;

#[async_trait]
impl Scrub for Objects {
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
        let limits = kept(self.bucket.keeping().await).into_iter().filter(|limit| limit.level < wish.level);
        Ok(ScrubPlan { steps: Vec::new(), limits: limits.collect() })
    }

    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
        Err(ConnectError::Internal { target: step.id.clone(), reason: "a bucket has no such step".to_owned() })
    }

    async fn raw(&self, _tables: &[String], _watch: &dyn Watch) -> Result<RawReport, ConnectError> {
        let mut report = RawReport { how: Some(HowRead::Server), ..RawReport::default() };
        let keeping = self.bucket.keeping().await;
        for limit in kept(keeping) {
            report.blind(ErasureLevel::L2, limit.reason);
        }
        if keeping.replicated {
            report.blind(None, "the bucket is copied to another one: what went here stays there");
        }
        report.blind(None, "what the store itself keeps of removed objects, and backups, are not seen");
        Ok(report)
    }
}

/// What of the store may still hold what was removed.
fn kept(keeping: Keeping) -> Vec<Limit> {
    let mut limits = Vec::new();
    let mut limit = |reason: String| limits.push(Limit { level: ErasureLevel::L1, reason });
    if keeping.versions_unseen {
        limit("whether the store keeps older versions is not seen".to_owned());
    }
    if keeping.unfinished > 0 {
        limit(format!("{} unfinished uploads hold parts that are no objects", keeping.unfinished));
    }
    limits
}
