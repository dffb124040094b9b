//! Of a folder nothing is cleaned after a removal: what the file system keeps is told.

use async_trait::async_trait;
use dataward_model::ErasureLevel;

use super::Files;
use super::amend::kept::kept_by;
use crate::ConnectError;
use crate::scrub::HowRead;
use crate::scrub::RawReport;
use crate::scrub::Scrub;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;
use crate::scrub::StepEnd;
use crate::scrub::Watch;

#[async_trait]
impl Scrub for Files {
    async fn scrub_plan(&self, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
        let mut plan = ScrubPlan::default();
        if wish.level > ErasureLevel::L1 {
            plan.limits.extend(kept_by(&self.path));
        }
        Ok(plan)
    }

    async fn scrub_step(&self, step: &ScrubStep) -> Result<StepEnd, ConnectError> {
        Err(ConnectError::Internal { target: step.id.clone(), reason: "a folder has no such step".to_owned() })
    }

    async fn raw(&self, _tables: &[String], _watch: &dyn Watch) -> Result<RawReport, ConnectError> {
        let mut report = RawReport { how: Some(HowRead::Files), ..RawReport::default() };
        if let Some(limit) = kept_by(&self.path) {
            report.blind(ErasureLevel::L2, limit.reason);
        }
        report.blind(
            None,
            "the blocks of removed files stay on the disk until they are written over, and on an SSD in cells that \
             nobody can reach: encrypt the disk, and destroy its key",
        );
        report.blind(None, "snapshots of the volume below the file system, and backups, are not seen");
        Ok(report)
    }
}
