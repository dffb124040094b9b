//! Who may read a bucket: what its settings and the accounts beside it say, and what really happens when
//! its objects are asked for, with each key that is at hand and without any. Facts; what they come to is
//! worked out in `audit`.

use std::sync::Arc;

use async_trait::async_trait;
use dataward_model::counted;
use futures::StreamExt;
use futures::stream;

use super::Objects;
use super::address::Provider;
use super::bucket::Bucket;
use super::iam::Identities;
use super::policy_document::PolicyDocument;
use super::units;
use crate::ConnectError;
use crate::GrantFacts;
use crate::Grants;
use crate::UnitKind;

/// The facts about one bucket.
#[derive(Clone, Debug, Default)]
pub struct BucketGrants {
    /// Its name.
    pub bucket: String,
    /// Only keys that begin so were looked at.
    pub prefix: String,
    /// Where the store is, when it is not the provider's own.
    pub endpoint: Option<String>,
    /// The account that it belongs to, where that is known.
    pub account: Option<String>,
    /// The objects that were looked at, at most [`MOST_OBJECTS`].
    pub objects: Vec<ObjectGrants>,
    /// Whether there are more objects than were looked at.
    pub more: bool,
    /// What its settings say; none for a store whose settings we do not read.
    pub settings: Option<BucketSettings>,
    /// Accounts beside it; none where there are none to be had.
    pub identities: Option<Identities>,
    /// Who was asked as, and what came of it.
    pub asked: Vec<Asked>,
    /// What could not be looked at.
    pub missing: Vec<Unseen>,
}

/// What could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What, and what we cannot tell without it.
    pub what: String,
    /// The action to allow.
    pub allow: Option<String>,
    /// Whether somebody may be able to do more or less than is said.
    pub decides: bool,
}

/// One stored version of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectGrants {
    /// As the inventory calls it.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Whether it is an older version, which is read with a right of its own.
    pub is_version: bool,
    /// Its access control list; none when it was not looked at or does not count.
    pub acl: Option<Vec<AclGrant>>,
}

/// What a bucket's settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketSettings {
    /// Its policy.
    pub policy: Option<PolicyDocument>,
    /// Its access control list.
    pub acl: Vec<AclGrant>,
    /// The canonical id of its owner.
    pub owner: String,
    /// Access control lists do not count (`BucketOwnerEnforced`).
    pub lists_off: bool,
    /// Public access block.
    pub block: PublicBlock,
}

/// The settings of the public access block that decide about reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicBlock {
    /// Lists that give everyone something do not count.
    pub ignores_public_lists: bool,
    /// A policy that gives everyone something holds for the account of the bucket alone.
    pub restricts_public_policy: bool,
    /// No such list can be written.
    pub blocks_public_lists: bool,
    /// No such policy can be written.
    pub blocks_public_policy: bool,
}

/// A line of an access control list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AclGrant {
    /// To whom.
    pub grantee: Grantee,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// To whom a line of an access control list is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// Everyone.
    Everyone,
    /// Everyone who has some account of the provider, whosever.
    AnyAccount,
    /// The owner of one account, by canonical id or mail address.
    Account(String),
    /// A group of the provider's own, such as the one that delivers logs.
    Other(String),
}

/// The answers to one asker.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Which key was asked with; none without any.
    pub key: Option<KeyName>,
    /// Whether the objects were listed to it; none when no answer came.
    pub lists: Option<bool>,
    /// For each of the objects, whether its first byte was given; none when no answer came.
    pub reads: Vec<Option<bool>>,
}

/// Whose key it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyName {
    /// What it is configured for: `exports`, or `this machine`.
    pub label: String,
    /// The full name that the store knows it by, where it tells.
    pub arn: Option<String>,
}

/// Objects that are asked for one by one: each is a request for every key, and may be paid for.
pub const MOST_OBJECTS: usize = 1_000;

/// Requests at the same time.
const AT_ONCE: usize = 8;

#[async_trait]
impl Grants for Objects {
    async fn grants(&self) -> Result<GrantFacts, ConnectError> {
        let mut facts = BucketGrants {
            bucket: self.address.bucket.clone(),
            prefix: self.address.prefix.clone(),
            endpoint: self.address.endpoint.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
            ..BucketGrants::default()
        };
        self.look_at_objects(&mut facts).await?;
        facts.settings = self.bucket.settings(&mut facts.missing).await?;
        match self.address.provider {
            Provider::S3 => self.look_at_accounts(&mut facts).await,
            Provider::Azure | Provider::Google => facts.missing.push(Unseen {
                what: "the rights that this store keeps are not read; told is what it answers to those who ask"
                    .to_owned(),
                allow: None,
                decides: true,
            }),
        }
        if facts.settings.as_ref().is_some_and(|settings| !settings.lists_off) {
            self.look_at_lists(&mut facts).await;
        }
        self.ask(&mut facts).await?;
        Ok(GrantFacts::Objects(Box::new(facts)))
    }
}

impl Objects {
    async fn look_at_objects(&self, facts: &mut BucketGrants) -> Result<(), ConnectError> {
        let shown = self.address.shown();
        let mut listed = units::list(self.bucket.clone(), self.address.versions, &shown).await;
        while let Some(unit) = listed.next().await {
            let unit = match unit {
                Ok(unit) => unit,
                Err(error @ (ConnectError::Unreachable { .. } | ConnectError::Transport { .. })) => return Err(error),
                Err(error @ ConnectError::Address { .. }) => return Err(error),
                Err(ConnectError::Denied { .. }) if facts.objects.is_empty() => {
                    let what = format!("the objects of {shown} are not listed to us, so none was asked for");
                    facts.missing.push(Unseen { what, allow: Some("s3:ListBucket".to_owned()), decides: true });
                    continue;
                }
                Err(error) => {
                    facts.missing.push(Unseen { what: error.to_string(), allow: None, decides: false });
                    continue;
                }
            };
            if facts.objects.len() == MOST_OBJECTS {
                facts.more = true;
                let what = format!(
                    "{shown} holds more than {MOST_OBJECTS} objects: the others were not asked for one by one, and their \
                     own access control lists not read"
                );
                facts.missing.push(Unseen { what, allow: None, decides: false });
                break;
            }
            let (key, _) = units::key_and_version(&unit);
            facts.objects.push(ObjectGrants {
                key: key.to_owned(),
                is_version: unit.kind == UnitKind::ObjectVersion,
                acl: None,
                name: unit.name,
            });
        }
        Ok(())
    }

    async fn look_at_accounts(&self, facts: &mut BucketGrants) {
        let caller = self.bucket.caller().await;
        facts.account = caller.as_deref().and_then(super::iam::account_of).map(str::to_owned);
        match self.bucket.identities().await {
            Some(Ok(found)) => {
                for arn in &found.unclear {
                    let what = format!("a policy of {arn} is not understood, so its rights are not known");
                    facts.missing.push(Unseen { what, allow: None, decides: true });
                }
                facts.identities = Some(found);
            }
            Some(Err(ConnectError::Denied { .. })) => facts.missing.push(Unseen {
                what:
                    "users and roles of the account are not shown to us, so what their own policies give is not known"
                        .to_owned(),
                allow: Some("iam:GetAccountAuthorizationDetails".to_owned()),
                decides: true,
            }),
            Some(Err(_)) => facts.missing.push(Unseen {
                what: "this store keeps its accounts elsewhere, so what their own policies give is not known"
                    .to_owned(),
                allow: None,
                decides: false,
            }),
            None => {}
        }
    }

    async fn look_at_lists(&self, facts: &mut BucketGrants) {
        let wanted: Vec<(usize, String)> = (facts.objects.iter().enumerate())
            .filter(|(_, object)| !object.is_version)
            .map(|(at, object)| (at, object.key.clone()))
            .collect();
        let lists = stream::iter(wanted)
            .map(|(at, key)| {
                let bucket = self.bucket.clone();
                async move { (at, bucket.list_of(&key).await) }
            })
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let (mut denied, mut lost) = (0usize, 0usize);
        for (at, list) in lists {
            match list {
                Ok(list) => facts.objects[at].acl = list,
                Err(ConnectError::Denied { .. }) => denied += 1,
                Err(_) => lost += 1,
            }
        }
        for (count, how, allow) in
            [(denied, "are not shown to us", Some("s3:GetObjectAcl".to_owned())), (lost, "could not be read", None)]
        {
            if count > 0 {
                let what = format!("the access control lists of {} {how}", counted(count as u64, "object", "objects"));
                facts.missing.push(Unseen { what, allow, decides: true });
            }
        }
    }

    /// Asks for the listing and the first byte of each object, without any key and with each one.
    async fn ask(&self, facts: &mut BucketGrants) -> Result<(), ConnectError> {
        let mut askers: Vec<(Option<String>, Arc<dyn Bucket>)> = vec![(None, self.as_anyone()?)];
        if self.is_signed() {
            askers.push((Some(self.label.clone()), self.bucket.clone()));
        }
        for (label, credentials) in &self.keys {
            askers.push((Some(label.clone()), self.with_key(credentials)?));
        }
        for (label, bucket) in askers {
            let lists = match bucket.probe().await {
                Ok(()) => Some(true),
                Err(ConnectError::Denied { .. }) => Some(false),
                Err(_) => None,
            };
            let objects: Vec<(String, Option<String>)> =
                facts.objects.iter().map(ObjectGrants::key_and_version).collect();
            let asking = stream::iter(objects).map(|(key, version)| {
                let bucket = bucket.clone();
                async move { bucket.gives(&key, version.as_deref()).await }
            });
            let reads: Vec<Option<bool>> = asking.buffered(AT_ONCE).map(Result::ok).collect().await;
            let lost = reads.iter().filter(|answer| answer.is_none()).count();
            if lost > 0 {
                let whose =
                    label.as_ref().map_or("without a key".to_owned(), |label| format!("with the key of {label}"));
                let what = format!(
                    "of {} no answer came when they were asked for {whose}",
                    counted(lost as u64, "object", "objects")
                );
                facts.missing.push(Unseen { what, allow: None, decides: false });
            }
            let key = match label {
                Some(label) => Some(KeyName { label, arn: bucket.caller().await }),
                None => None,
            };
            facts.asked.push(Asked { key, lists, reads });
        }
        Ok(())
    }
}

impl ObjectGrants {
    fn key_and_version(&self) -> (String, Option<String>) {
        let version =
            self.is_version.then(|| self.name.strip_prefix(&self.key)?.strip_prefix(units::VERSION)).flatten();
        (self.key.clone(), version.map(str::to_owned))
    }
}
