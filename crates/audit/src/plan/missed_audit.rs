//! Stages of the audit plan that did not run when they were due: a control that nobody exercises is
//! none (GDPR art. 32(1)(d) asks for regular testing).

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::Severity;
use dataward_model::SourceId;
use dataward_policy::AuditStage;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "plan/missed-audit",
    summary: "an audit did not run when it was due",
    needs: Needs::Facts,
    run: check,
};

/// What the finding is about: dataward's own plan, which is no source of the business.
pub fn plan() -> SourceId {
    SourceId::from_text("dataward")
}

/// One fault for each stage that is more than a day late.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .facts
        .missed
        .iter()
        .map(|missed| {
            let stage = missed.stage.as_str();
            let due = missed.due.to_zoned(snapshot.policy.audit.time_zone.clone()).date();
            let last = match missed.last {
                Some(last) => format!("last ran {}", last.to_zoned(snapshot.policy.audit.time_zone.clone()).date()),
                None => "never ran".to_owned(),
            };
            Fault {
                place: Place::of_table(plan(), format!("audit.{stage}")),
                detail: String::new(),
                // Once may be a holiday; twice is a control that nobody runs.
                severity: if missed.twice { Severity::High } else { Severity::Medium },
                people: None,
                title: format!("the {stage} audit ({}) was due on {due} and {last}", missed.frequency),
                reason: "measures are to be tested regularly (GDPR art. 32(1)(d)), and the business must be able to \
                         show it (art. 24(1))"
                    .to_owned(),
                law: law(missed.stage),
                remedy: Remedy::Command(format!("dataward audit {stage}")),
            }
        })
        .collect()
}

fn law(stage: AuditStage) -> &'static [&'static str] {
    match stage {
        AuditStage::Collection => &["default-audit-data-collection-review", "eu-gdpr-24-1"],
        AuditStage::Access => &["default-audit-access-verification", "eu-gdpr-32", "pci-7-2-4"],
        AuditStage::Integrity => &["default-audit-integrity-check", "eu-gdpr-5-1-d"],
        AuditStage::Encryption | AuditStage::Transit => &["eu-gdpr-32", "eu-gdpr-24-1"],
    }
}
