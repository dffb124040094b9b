//! The one list of checks.

use std::collections::HashSet;

use dataward_model::Finding;
use dataward_model::FindingState;
use dataward_model::Place;
use dataward_policy::AuditStage;
use jiff::Timestamp;

use crate::Fault;
use crate::Snapshot;
use crate::access::given_to_everybody;
use crate::access::not_given;
use crate::access::noted;
use crate::access::open_to_everyone;
use crate::access::readable_by_everyone;
use crate::collection::changed;
use crate::collection::no_retention_rule;
use crate::collection::retention_conflict;
use crate::collection::shadow_copy;
use crate::collection::special;
use crate::collection::undeclared_use;
use crate::collection::unused;
use crate::encryption::must_be_encrypted;
use crate::encryption::not_encrypted;
use crate::encryption::plain_backup;
use crate::encryption::readable_secrets;
use crate::integrity::findings;
use crate::plan::missed_audit;
use crate::transit::certificate_dates;
use crate::transit::certificate_key;
use crate::transit::certificate_name;
use crate::transit::certificate_trust;
use crate::transit::clients_in_clear;
use crate::transit::injection;
use crate::transit::known_attack;
use crate::transit::no_encryption;
use crate::transit::old_version;
use crate::transit::open_logins;
use crate::transit::plain_connection;
use crate::transit::plaintext_logins;
use crate::transit::revocation;
use crate::transit::unverified_connection;
use crate::transit::unverified_setting;
use crate::transit::weak_cipher;
use crate::transit::weak_exchange;
use crate::transit::web;

/// One check: a function of values, and what is said of all that it finds.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The name that findings carry, as `stage/check`.
    pub name: &'static str,
    /// What is wrong with all that it finds, for people.
    pub summary: &'static str,
    /// What it looks at.
    pub needs: Needs,
    /// The function.
    pub run: fn(&Snapshot<'_>) -> Vec<Fault>,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// What [`Needs::Facts`] has, and what an earlier audit left: without one it says nothing.
    Earlier,
    /// What the audit of its stage gathers, in [`crate::Facts`], beside the policy and the inventory.
    Facts,
    /// The policy and the inventory alone: each scan runs it too.
    Inventory,
}

impl Check {
    /// Whether what it finds happened once, so that it stays open until a person answers, whatever later audits see.
    pub fn stays_until_answered(&self) -> bool {
        ["integrity/change", "integrity/drift", "integrity/record"].contains(&self.name)
    }

    /// Whether it says something only of a policy that says who may.
    pub fn needs_intent(&self) -> bool {
        ["access/idle-rule", "access/not-given"].contains(&self.name)
    }
}

/// All checks, in the order in which a person should put things right. One line each.
pub const CHECKS: &[Check] = &[
    open_to_everyone::CHECK,
    readable_by_everyone::CHECK,
    given_to_everybody::CHECK,
    not_given::NOT_GIVEN,
    noted::ACCOUNT,
    not_given::WIDENED,
    noted::SIDE_DOOR,
    noted::ESCALATION,
    plain_connection::CHECK,
    open_logins::CHECK,
    plaintext_logins::CHECK,
    no_encryption::CHECK,
    clients_in_clear::CHECK,
    injection::CHECK,
    certificate_trust::CHECK,
    certificate_dates::CHECK,
    certificate_name::CHECK,
    certificate_key::CHECK,
    revocation::CHECK,
    old_version::CHECK,
    weak_cipher::CHECK,
    weak_exchange::CHECK,
    unverified_connection::CHECK,
    unverified_setting::CHECK,
    known_attack::CHECK,
    web::CHECK,
    readable_secrets::CHECK,
    must_be_encrypted::CHECK,
    plain_backup::CHECK,
    not_encrypted::CHECK,
    special::CATEGORY,
    special::CHILDREN,
    shadow_copy::CHECK,
    no_retention_rule::CHECK,
    retention_conflict::CHECK,
    undeclared_use::CHECK,
    unused::CHECK,
    noted::NEW_TABLES,
    changed::VANISHED,
    changed::APPEARED,
    changed::GROWTH,
    noted::WEAK_BARRIER,
    not_given::IDLE_RULE,
    findings::ENGINE,
    findings::RECORD,
    findings::CHANGE,
    findings::DRIFT,
    findings::RULE,
    findings::ORPHAN,
    findings::DUPLICATE,
    findings::DIFFERENCE,
    findings::ENCODING,
    findings::VALIDITY,
    findings::DATE,
    findings::DEPENDENCY,
    findings::PLACE,
    findings::TYPO,
    findings::FORMAT,
    findings::MISSING,
    findings::STALE,
    findings::OUTLIER,
    missed_audit::CHECK,
];

impl Check {
    /// The stage it belongs to, as its name begins.
    pub fn stage(&self) -> Option<AuditStage> {
        let stage = self.name.split('/').next()?;
        AuditStage::ALL.into_iter().find(|known| known.as_str() == stage)
    }
}

/// The checks of a stage; none where this version has none.
pub fn of_stage(stage: AuditStage) -> impl Iterator<Item = &'static Check> {
    CHECKS.iter().filter(move |check| check.stage() == Some(stage))
}

/// What is wrong with all that the check `name` finds, and its place in the order of repair; none
/// for a check that is no more.
pub fn summary(name: &str) -> Option<(usize, &'static str)> {
    CHECKS.iter().position(|check| check.name == name).map(|order| (order, CHECKS[order].summary))
}

/// Runs `checks`: the gravest findings first, then by place.
pub fn run<'a>(checks: impl IntoIterator<Item = &'a Check>, snapshot: &Snapshot<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks
        .into_iter()
        .flat_map(|check| (check.run)(snapshot).into_iter().map(|fault| finding(check.name, fault, snapshot.now)))
        .collect();
    findings.sort_by(|a, b| (b.severity, &a.place, &a.check, &a.id).cmp(&(a.severity, &b.place, &b.check, &b.id)));
    // One fault said twice is one finding, as grave as the gravest that was said of it.
    let mut known = HashSet::new();
    findings.retain(|finding| known.insert(finding.id.clone()));
    findings
}

fn finding(check: &str, fault: Fault, now: Timestamp) -> Finding {
    Finding {
        id: finding_id(check, &fault.place, &fault.detail),
        check: check.to_owned(),
        place: fault.place,
        detail: fault.detail,
        severity: fault.severity,
        people: fault.people,
        title: fault.title,
        reason: fault.reason,
        law: fault.law.iter().map(|rule| (*rule).to_owned()).collect(),
        remedy: fault.remedy,
        first_seen: now,
        state: FindingState::Open,
    }
}

/// The same fault at the same place has the same id in every audit: FNV-1a (64 bits) over check, place
/// and detail, written `F-` and 16 hex digits. Names alone go in, no numbers of rows or objects: a
/// table that is made anew under its old name has the faults it had.
pub fn finding_id(check: &str, place: &Place, detail: &str) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let absent_or = |name: &Option<String>| name.as_ref().map_or("-".to_owned(), |name| format!("+{name}"));
    // Unit separators: `a.b` and `a`, `b` are different places. What contains one is no name of a person's making.
    let parts =
        [check, place.source.as_str(), &absent_or(&place.table), &absent_or(&place.column), detail].join("\u{1f}");
    let hash = parts.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("F-{hash:016x}")
}
