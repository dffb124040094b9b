//! Access to customer data that the policy does not give, and rules that nothing comes of.

use std::collections::BTreeSet;

use dataward_model::Place;
use dataward_model::Remedy;
use dataward_model::SourceId;
use dataward_policy::DeclaredSource;
use dataward_policy::Policy;
use dataward_policy::SourceUrl;
use jiff::tz::TimeZone;

use crate::Check;
use crate::Exposure;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;
use crate::access::Intent;
use crate::access::Reach;
use crate::access::facts::SourceAccess;
use crate::access::give_back::GiveBack;
use crate::access::revoke;
use crate::access::shell;
use crate::risk;

/// Access that the policy does not give.
pub const NOT_GIVEN: Check = Check {
    name: "access/not-given",
    summary: "readable or writable by accounts to which the policy does not give it",
    needs: Needs::Facts,
    run: not_given,
};

/// Access that was not there at the last audit.
pub const WIDENED: Check = Check {
    name: "access/widened",
    summary: "open to accounts that could do less at the last audit",
    needs: Needs::Earlier,
    run: widened,
};

/// Rules that nothing comes of.
pub const IDLE_RULE: Check = Check {
    name: "access/idle-rule",
    summary: "given in the policy to somebody who has no such access",
    needs: Needs::Facts,
    run: idle_rules,
};

/// One fault for each account, table and category (GDPR art. 5(1)(f), 25(2) and 32(1)).
fn not_given(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for held in sources(snapshot) {
        // What everyone can do is a finding of its own, whatever the policy says.
        let anonymous = |name: &str| held.model.principals().iter().any(|one| one.anonymous && one.name == name);
        let intent = intent(snapshot, held);
        let unwanted = intent.unwanted(&*held.model, &held.scope);
        // What else is lost is worked out once for each account: they come in its order.
        let mut others: Option<(String, GiveBack<'_>)> = None;
        for one in unwanted.into_iter().filter(|one| !anonymous(&one.principal)) {
            let columns: Vec<&str> = one.columns.iter().map(String::as_str).collect();
            let statements: BTreeSet<&str> = one.paths.iter().filter_map(|path| path.revoke.as_deref()).collect();
            if !statements.is_empty() && others.as_ref().is_none_or(|(known, _)| *known != one.principal) {
                let others_of = GiveBack::new(&*held.model, &held.scope, &intent, Some(&one.principal));
                others = Some((one.principal.clone(), others_of));
            }
            let back = others.iter().flat_map(|(_, others)| others.statements(&statements)).collect::<Vec<_>>();
            let ended = one.ended.map(|day| format!(" (it did until {day})")).unwrap_or_default();
            let people = people(snapshot, &held.source, &one.object);
            faults.push(Fault {
                place: Place::of_table(held.source.clone(), &one.object),
                detail: format!("{} {}", one.principal, one.category),
                severity: risk::severity(one.category.sensitivity(), Exposure::Colleagues, people),
                people,
                title: format!(
                    "`{}` can {} {} in `{}.{}` ({}), and the policy does not give it that{ended}",
                    one.principal,
                    one.privileges,
                    one.category.title(),
                    held.source,
                    one.object,
                    columns.join(", ")
                ),
                reason: "only those may see personal data who need to (GDPR art. 5(1)(f), 25(2) and 32(1))".to_owned(),
                law: &["eu-gdpr-5-1-f", "eu-gdpr-32"],
                remedy: match statements.is_empty() {
                    _ if is_our_own(snapshot, held, &one.principal) && !one.privileges.writes() => Remedy::words(
                        format!("name `{}` in [access] of dataward.toml: dataward itself reads with it", one.principal),
                    ),
                    true => Remedy::words(format!(
                        "name `{}` in [access] of dataward.toml, or take its rights away",
                        one.principal
                    )),
                    false => Remedy::Command(revoke::one_after_another(
                        statements.into_iter().chain(back.iter().map(String::as_str)),
                    )),
                },
            });
        }
    }
    faults
}

/// Whether it is the account that the policy has us read the source with.
fn is_our_own(snapshot: &Snapshot<'_>, held: &SourceAccess, principal: &str) -> bool {
    let Some(SourceUrl::Remote { url, .. }) = snapshot.policy.sources.get(&held.source).map(|source| &source.url)
    else {
        return false;
    };
    // MySQL's names have a host behind them.
    let rest = principal.strip_prefix(url.username()).filter(|_| !url.username().is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

/// One fault for each account and table (GDPR art. 32(1)(d): regular testing).
fn widened(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for held in sources(snapshot) {
        let logs_in = |name: &str| held.model.principals().iter().any(|one| one.login && one.name == name);
        let more = held.changes.iter().filter(|change| !change.came.is_none() && logs_in(&change.principal));
        for change in more {
            let place = Place::of_table(held.source.clone(), &change.object);
            if faults.iter().any(|fault| fault.place == place && fault.detail == change.principal) {
                continue;
            }
            let Some(category) = held.scope.category(&[&change.object], &change.column) else { continue };
            let way = match change.reach {
                Reach::Direct => "",
                Reach::SetRole => " after SET ROLE",
                Reach::Definer => " through a view or function",
            };
            let people = people(snapshot, &held.source, &change.object);
            faults.push(Fault {
                place,
                detail: change.principal.clone(),
                severity: risk::severity(category.sensitivity(), Exposure::Unbounded, people),
                people,
                title: format!(
                    "since the last audit `{}` came to {} `{}` of `{}.{}`{way}",
                    change.principal, change.came, change.column, held.source, change.object
                ),
                reason: "who may see personal data is reviewed regularly (GDPR art. 32(1)(d))".to_owned(),
                law: &["eu-gdpr-32"],
                remedy: Remedy::Command(format!(
                    "dataward access {} --principal {}",
                    held.source,
                    shell::word(&change.principal)
                )),
            });
        }
    }
    faults
}

/// What rules of the policy are told of: no source of the business holds them.
pub fn policy() -> Place {
    Place::of_table(SourceId::from_text("dataward"), "access")
}

/// Whether every source with accounts was looked at and hid nothing: a rule that comes to nothing in one may be meant
/// for another.
pub fn can_judge_rules(policy: &Policy, looked_at: &[SourceAccess]) -> bool {
    let has_accounts = |source: &DeclaredSource| matches!(source.url, SourceUrl::Remote { .. });
    let mut wanted = policy.sources.iter().filter(|(_, source)| has_accounts(source));
    wanted.all(|(id, _)| looked_at.iter().any(|held| held.source == *id && !held.model.is_hidden()))
}

/// One fault for each rule that comes to something in no source, though one has what it speaks of.
fn idle_rules(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let all: Vec<&SourceAccess> = sources(snapshot).collect();
    if snapshot.facts.access.as_ref().is_none_or(|access| !can_judge_rules(snapshot.policy, &access.sources)) {
        return Vec::new();
    }
    let (mut idle, mut effective) = (BTreeSet::new(), BTreeSet::new());
    for held in &all {
        let here = intent(snapshot, held).judged(&*held.model, &held.scope);
        idle.extend(here.idle);
        effective.extend(here.effective);
    }
    let known: BTreeSet<&str> =
        all.iter().flat_map(|held| held.model.principals()).map(|principal| principal.name.as_str()).collect();
    idle.difference(&effective)
        .map(|(category, who)| Fault {
            place: policy(),
            detail: format!("{category} {who}"),
            severity: dataward_model::Severity::Low,
            people: None,
            title: match known.contains(who.as_str()) {
                true => format!("the policy gives {category} to `{who}`, who has no such access"),
                false => format!("the policy gives {category} to `{who}`, and there is no such account or role"),
            },
            reason: "a rule that nobody needs is given to whoever takes that name tomorrow".to_owned(),
            law: &["eu-gdpr-32"],
            remedy: Remedy::Words(format!("take `{who}` out of \"{category}\" in [access] of dataward.toml")),
        })
        .collect()
}

fn sources<'a>(snapshot: &Snapshot<'a>) -> impl Iterator<Item = &'a SourceAccess> {
    snapshot.facts.access.iter().flat_map(|access| &access.sources)
}

fn intent(snapshot: &Snapshot<'_>, held: &SourceAccess) -> Intent {
    let today = snapshot.now.to_zoned(TimeZone::UTC).date();
    Intent::new(&snapshot.policy.access, today, held.model.principals())
}

fn people(snapshot: &Snapshot<'_>, source: &SourceId, table: &str) -> Option<u64> {
    let mut tables = snapshot.tables.iter().filter(|held| held.source == *source && held.table == table);
    tables.find_map(|held| held.people).or_else(|| snapshot.people(source))
}
