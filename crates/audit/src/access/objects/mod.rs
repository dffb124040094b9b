//! Effective rights on the objects of a bucket: who can read and write them, with a key or without.
//!
//! Begin with [`decide`], which answers for one asker and one object as the store's documentation says.
//! What the store really answered to those who were asked as goes before it.

mod decide;
mod notes;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::objects::grants::Asked;
use dataward_connect::objects::grants::BucketGrants;
use dataward_connect::objects::grants::Grantee;
use dataward_connect::objects::grants::ObjectGrants;
use dataward_connect::objects::iam::Identity;
use dataward_connect::objects::iam::account_of;
use dataward_connect::objects::policy_document::Named;
use dataward_connect::objects::policy_document::PolicyDocument;
use dataward_model::unit::files_of;

use self::decide::Caller;
use self::decide::Wanted;
use super::held;
use super::held::Looked;
use crate::access::entry::EntryGroup;
use crate::access::entry::Path;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::entry::Rows;
use crate::access::model::AccessModel;
use crate::access::model::Missing;
use crate::access::model::Note;
use crate::access::model::Principal;
use crate::access::model::Scope;

/// Whoever asks without a key.
pub const EVERYONE: &str = "everyone";
/// Whoever has some account of the provider, whosever.
pub const ANY_ACCOUNT: &str = "any AWS account";

/// Who may put an object may also put another one in its place.
const PUTTING: Privileges = Privileges::INSERT.with(Privileges::UPDATE);

/// The effective rights on the objects of a bucket. To delete an object is `update` of it.
#[derive(Debug)]
pub struct ObjectsModel {
    facts: BucketGrants,
    who: Vec<Who>,
    principals: Vec<Principal>,
    notes: Vec<Note>,
    missing: Vec<Missing>,
}

/// Who may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Anyone,
    AnyAccount,
    Root(String),
    /// By its number among the identities.
    Identity(usize),
    Outside(Named),
    Listed(String),
    /// A key of ours that is none of these, by its number among those asked with.
    Key(usize),
}

/// What somebody can do to an object in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    reach: Reach,
    privileges: Privileges,
    paths: Vec<Path>,
}

impl ObjectsModel {
    /// The model of these facts.
    pub fn new(facts: BucketGrants) -> Self {
        let who = askers(&facts);
        let missing = facts.missing.iter().map(|unseen| Missing {
            what: unseen.what.clone(),
            grant: unseen
                .allow
                .as_ref()
                .map(|action| format!("allow the action {action} to the key that dataward uses")),
            decides: unseen.decides,
        });
        let principals = who.iter().map(|one| principal(&facts, one)).collect();
        let mut model = Self { missing: missing.collect(), principals, who, notes: Vec::new(), facts };
        model.notes = notes::all(&model);
        model
    }

    fn identities(&self) -> &[Identity] {
        self.facts.identities.as_ref().map_or(&[], |found| found.identities.as_slice())
    }

    fn caller<'f>(&'f self, who: &'f Who) -> Option<Caller<'f>> {
        Some(match who {
            Who::Anyone => Caller::Anyone,
            Who::AnyAccount => Caller::AnyAccount,
            Who::Root(account) => Caller::Root(account),
            Who::Identity(at) => Caller::Identity(&self.identities()[*at]),
            Who::Outside(named) => Caller::Outside(named),
            Who::Listed(id) => Caller::Listed(id),
            Who::Key(_) => return None,
        })
    }

    /// What the store answered when it was asked as this one.
    fn asked(&self, who: &Who) -> Option<&Asked> {
        let is_ours = |asked: &&Asked| match (who, &asked.key) {
            (Who::Anyone, None) => true,
            (_, None) | (Who::Anyone, Some(_)) => false,
            (Who::Key(at), Some(_)) => std::ptr::eq(*asked, &self.facts.asked[*at]),
            (Who::Root(account), Some(key)) => {
                key.arn.as_deref().is_some_and(|arn| arn.ends_with(":root") && account_of(arn) == Some(account))
            }
            (Who::Identity(at), Some(key)) => {
                key.arn.as_deref().is_some_and(|arn| is_same(arn, &self.identities()[*at]))
            }
            _ => false,
        };
        self.facts.asked.iter().find(is_ours)
    }

    /// What somebody can do to an object; `at` is its number among those looked at, if it is one of them.
    fn given(&self, at_who: usize, object: &ObjectGrants, at: Option<usize>) -> Vec<Given> {
        let (who, name) = (&self.who[at_who], &self.principals[at_who].name);
        let resource = format!("arn:aws:s3:::{}/{}", self.facts.bucket, object.key);
        let read = Wanted {
            action: if object.is_version { "s3:GetObjectVersion" } else { "s3:GetObject" },
            resource: &resource,
            list: object.acl.as_deref(),
            in_list: &["READ", "FULL_CONTROL"],
        };
        let write = Wanted { action: "s3:PutObject", list: None, in_list: &[], ..read };
        let delete =
            Wanted { action: if object.is_version { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" }, ..write };
        let answer = self.asked(who).zip(at).and_then(|(asked, at)| asked.reads.get(at).copied().flatten());
        let mut found: Vec<Given> = Vec::new();
        let mut held = Privileges::NONE;
        for (privileges, wanted) in [(Privileges::SELECT, &read), (PUTTING, &write), (Privileges::UPDATE, &delete)] {
            // No older version is written.
            if object.is_version && privileges == PUTTING {
                continue;
            }
            let direct = self.ways(who, name, wanted, object);
            let direct = match (answer.filter(|_| privileges == Privileges::SELECT), direct.is_empty()) {
                (Some(true), true) => vec![paths::of_answer(name, self.asked(who))],
                (Some(false), _) => Vec::new(),
                _ => direct,
            };
            if !direct.is_empty() {
                held = held.with(privileges);
                found.push(Given { reach: Reach::Direct, privileges, paths: direct });
            } else if !held.has(privileges) {
                let ways = self.ways_by_roles(who, name, wanted, object);
                if !ways.is_empty() {
                    found.push(Given { reach: Reach::SetRole, privileges, paths: ways });
                }
            }
        }
        together(found)
    }

    fn ways(&self, who: &Who, name: &str, wanted: &Wanted<'_>, object: &ObjectGrants) -> Vec<Path> {
        let Some(caller) = self.caller(who) else { return Vec::new() };
        let ways = decide::ways(&self.facts, caller, wanted);
        ways.iter().map(|way| paths::of_way(&self.facts, name, way, wanted, object)).collect()
    }

    /// What the roles that somebody may become, one after another, can do.
    fn ways_by_roles(&self, who: &Who, name: &str, wanted: &Wanted<'_>, object: &ObjectGrants) -> Vec<Path> {
        let Who::Identity(start) = who else { return Vec::new() };
        let identities = self.identities();
        let mut found = Vec::new();
        let mut known = BTreeSet::from([*start]);
        // Who it has become, in words, with the statements that end the first step.
        let mut next = vec![(*start, name.to_owned(), Vec::<Option<String>>::new())];
        while let Some((at, chain, ends)) = next.pop() {
            for (role_at, role) in identities.iter().enumerate().filter(|(_, role)| role.trust.is_some()) {
                let steps = decide::ways_to_become(&identities[at], role);
                if steps.is_empty() || !known.insert(role_at) {
                    continue;
                }
                let shown = short(&role.arn);
                let chain = format!("{chain} -> AssumeRole {shown}");
                let ends = match ends.is_empty() {
                    true => steps.iter().map(|way| paths::end_of_step(&identities[at], role, way)).collect(),
                    false => ends.clone(),
                };
                for way in decide::ways(&self.facts, Caller::Identity(role), wanted) {
                    let of_role = paths::of_way(&self.facts, &shown, &way, wanted, object);
                    found.extend(
                        ends.iter().map(|end| Path { text: format!("{chain}; {}", of_role.text), revoke: end.clone() }),
                    );
                }
                next.push((role_at, chain, ends));
            }
        }
        found
    }

    /// Objects that everybody can do the same to, by number: what is worked out for one holds for all.
    fn alike(&self) -> Vec<usize> {
        let patterns = self.patterns();
        let mut known: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        (self.facts.objects.iter().enumerate())
            .map(|(at, object)| {
                let resource = format!("arn:aws:s3:::{}/{}", self.facts.bucket, object.key);
                let mut sign: Vec<u8> = vec![u8::from(object.is_version)];
                sign.extend(patterns.iter().map(|pattern| u8::from(decide::matches(&resource, pattern))));
                let answer = |asked: &Asked| match asked.reads.get(at).copied().flatten() {
                    None => 2,
                    Some(given) => u8::from(given),
                };
                sign.extend(self.facts.asked.iter().map(answer));
                // A list that gives something to others, and a pattern with names in it, are looked at one by one.
                let owner = self.facts.settings.as_ref().map_or("", |settings| settings.owner.as_str());
                let is_owner = |grantee: &Grantee| matches!(grantee, Grantee::Account(id) if id == owner);
                let lists = object.acl.as_ref().is_some_and(|list| list.iter().any(|line| !is_owner(&line.grantee)));
                if lists || patterns.iter().any(|pattern| pattern.contains("${")) {
                    sign.extend(at.to_be_bytes());
                }
                *known.entry(sign).or_insert(at)
            })
            .collect()
    }

    /// All patterns of objects in all policies.
    fn patterns(&self) -> BTreeSet<&str> {
        let bucket = self.facts.settings.iter().filter_map(|settings| settings.policy.as_ref());
        let own = self
            .identities()
            .iter()
            .flat_map(|identity| identity.policies.iter().map(|policy| &policy.document).chain(&identity.boundary));
        let documents: Vec<&PolicyDocument> = bucket.chain(own).collect();
        let statements = documents.into_iter().flat_map(|document| &document.statements);
        statements
            .filter_map(|statement| statement.resources.as_ref())
            .flat_map(|resources| resources.patterns.iter().map(String::as_str))
            .collect()
    }

    /// Objects of the inventory that nobody asked for one by one.
    fn others<'s>(&self, scope: &'s Scope) -> Vec<(ObjectGrants, &'s str)> {
        if !self.facts.more {
            return Vec::new();
        }
        let known: BTreeSet<&str> = self.facts.objects.iter().map(|object| object.name.as_str()).collect();
        let rest = scope.categories.keys().filter(|name| !files_of(name).any(|file| known.contains(file)));
        rest.map(|name| {
            let key = files_of(name).last().unwrap_or(name);
            let (key, is_version) = match key.rsplit_once("?versionId=") {
                Some((key, _)) => (key, true),
                None => (key, false),
            };
            let object = ObjectGrants { name: name.clone(), key: key.to_owned(), is_version, acl: None };
            (object, name.as_str())
        })
        .collect()
    }
}

/// Ways that reach in the same way by the same paths as one.
fn together(found: Vec<Given>) -> Vec<Given> {
    let mut out: Vec<Given> = Vec::new();
    for one in found {
        match out.iter_mut().find(|other| other.reach == one.reach) {
            Some(other) => {
                other.privileges = other.privileges.with(one.privileges);
                let new: Vec<Path> = one.paths.into_iter().filter(|path| !other.paths.contains(path)).collect();
                other.paths.extend(new);
            }
            None => out.push(one),
        }
    }
    out
}

impl AccessModel for ObjectsModel {
    fn principals(&self) -> &[Principal] {
        &self.principals
    }

    fn visit(&self, scope: &Scope, each: &mut dyn FnMut(&EntryGroup<'_>)) {
        let looked_at: Vec<(usize, Vec<Looked<'_>>)> = (self.facts.objects.iter().enumerate())
            .map(|(at, object)| (at, held::looked_at(&object.name, false, scope)))
            .filter(|(_, found)| !found.is_empty())
            .collect();
        let others = self.others(scope);
        let alike = self.alike();
        for (at_who, principal) in self.principals.iter().enumerate() {
            if !scope.wants(&principal.name) {
                continue;
            }
            let mut hand_out = |given: &[Given], looked: &[Looked<'_>]| {
                for (given, (name, columns)) in
                    given.iter().flat_map(|given| looked.iter().map(move |one| (given, one)))
                {
                    each(&EntryGroup {
                        principal: &principal.name,
                        login: principal.login,
                        object: name,
                        columns,
                        privileges: given.privileges,
                        rows: &Rows::All,
                        reach: given.reach,
                        paths: &given.paths,
                    });
                }
            };
            let mut worked_out: BTreeMap<usize, Vec<Given>> = BTreeMap::new();
            for (at, looked) in &looked_at {
                let given = (worked_out.entry(alike[*at]))
                    .or_insert_with(|| self.given(at_who, &self.facts.objects[alike[*at]], Some(alike[*at])));
                hand_out(given, looked);
            }
            for (object, name) in &others {
                hand_out(&self.given(at_who, object, None), &held::looked_at(name, true, scope));
            }
        }
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

/// Everybody whom settings, accounts or keys name, in the order of names.
fn askers(facts: &BucketGrants) -> Vec<Who> {
    let mut found = vec![Who::Anyone];
    found.extend(facts.account.iter().map(|account| Who::Root(account.clone())));
    let identities: &[Identity] = facts.identities.as_ref().map_or(&[], |found| found.identities.as_slice());
    // Roles that AWS made for services of its own.
    let built_in = |identity: &Identity| identity.arn.contains(":role/aws-service-role/");
    found.extend((0..identities.len()).filter(|at| !built_in(&identities[*at])).map(Who::Identity));
    let settings = facts.settings.iter();
    let statements = settings.clone().filter_map(|settings| settings.policy.as_ref());
    let named = statements.flat_map(|policy| &policy.statements).filter(|statement| statement.allows);
    let named = named.filter_map(|statement| statement.principals.as_ref()).filter(|principals| !principals.inverted);
    for named in named.flat_map(|principals| &principals.named) {
        let known = match named {
            Named::Anyone => true,
            Named::Account(account) => facts.account.as_ref() == Some(account),
            Named::Arn(arn) => identities.iter().any(|identity| identity.arn == *arn),
            // A service of the provider is nobody who logs in.
            Named::Other(name) => name.ends_with(".amazonaws.com"),
        };
        let who = Who::Outside(named.clone());
        if !known && !found.contains(&who) {
            found.push(who);
        }
    }
    let lists = settings.filter(|settings| !settings.lists_off);
    for (owner, list) in lists.flat_map(|settings| {
        let lists = facts.objects.iter().filter_map(|object| object.acl.as_ref()).chain([&settings.acl]);
        lists.map(|list| (&settings.owner, list))
    }) {
        for line in list {
            let who = match &line.grantee {
                Grantee::AnyAccount => Who::AnyAccount,
                Grantee::Account(id) if id != owner => Who::Listed(id.clone()),
                _ => continue,
            };
            if !found.contains(&who) {
                found.push(who);
            }
        }
    }
    for (at, asked) in facts.asked.iter().enumerate() {
        let Some(key) = &asked.key else { continue };
        let is_known = key.arn.as_deref().is_some_and(|arn| {
            identities.iter().any(|identity| is_same(arn, identity))
                || arn.ends_with(":root") && account_of(arn) == facts.account.as_deref()
        });
        if !is_known {
            found.push(Who::Key(at));
        }
    }
    found.sort_by_cached_key(|who| principal(facts, who).name);
    found
}

fn principal(facts: &BucketGrants, who: &Who) -> Principal {
    let plain = |name: String| Principal { name, login: true, ..Principal::default() };
    match who {
        Who::Anyone => Principal { anonymous: true, ..plain(EVERYONE.to_owned()) },
        Who::AnyAccount => Principal { anonymous: true, ..plain(ANY_ACCOUNT.to_owned()) },
        Who::Root(account) => Principal { superuser: true, ..plain(format!("root of account {account}")) },
        Who::Identity(at) => {
            let identity = &facts.identities.as_ref().expect("an identity has a number among them").identities[*at];
            let barrier = identity.is_role().then(|| "it is a role: others become it".to_owned());
            let login = barrier.is_none();
            Principal { login, barrier, roles: identity.groups.clone(), ..plain(short(&identity.arn)) }
        }
        Who::Outside(Named::Account(account)) => plain(format!("account {account}")),
        Who::Outside(Named::Arn(name) | Named::Other(name)) => plain(name.clone()),
        Who::Outside(Named::Anyone) => plain(EVERYONE.to_owned()),
        Who::Listed(id) => plain(format!("account with the id {id}")),
        Who::Key(at) => {
            let key = facts.asked[*at].key.clone().unwrap_or_default();
            let ours = key.arn.as_deref().is_some_and(|arn| account_of(arn) == facts.account.as_deref());
            plain(match key.arn {
                Some(arn) if ours => short(&arn),
                Some(arn) => arn,
                None => format!("the key of {}", key.label),
            })
        }
    }
}

/// `user/ada` of `arn:aws:iam::111122223333:user/ada`.
fn short(arn: &str) -> String {
    arn.splitn(6, ':').nth(5).unwrap_or(arn).to_owned()
}

/// Whether a key that goes by this full name is that user, or a session of that role.
fn is_same(arn: &str, identity: &Identity) -> bool {
    if arn == identity.arn {
        return true;
    }
    let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    identity.is_role() && session == Some(identity.name.as_str()) && account_of(arn) == account_of(&identity.arn)
}
