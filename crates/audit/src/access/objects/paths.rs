//! Ways in words, with the commands that end them.

use dataward_connect::objects::grants::Asked;
use dataward_connect::objects::grants::BucketGrants;
use dataward_connect::objects::grants::Grantee;
use dataward_connect::objects::grants::ObjectGrants;
use dataward_connect::objects::iam::Attached;
use dataward_connect::objects::iam::Identity;
use dataward_connect::objects::policy_document::Named;

use super::decide::By;
use super::decide::Wanted;
use super::decide::Way;
use crate::access::entry::Path;
use crate::access::shell::word;

/// One permission of somebody on an object.
pub(super) fn of_way(
    facts: &BucketGrants,
    name: &str,
    way: &Way<'_>,
    wanted: &Wanted<'_>,
    object: &ObjectGrants,
) -> Path {
    let when = match way.when.as_slice() {
        [] => String::new(),
        conditions => format!(", if {}", conditions.join(", and if ")),
    };
    let action = wanted.action;
    let bucket = word(&facts.bucket);
    let endpoint = facts.endpoint.as_ref().map(|url| format!(" --endpoint-url {}", word(url))).unwrap_or_default();
    let s3 = |command: String| Some(format!("aws s3api {command}{endpoint}"));
    let (text, revoke) = match &way.by {
        By::Account => (format!("{name}: the bucket belongs to it"), None),
        By::Policy(at, statement, named) => {
            let shown = statement.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            let whom = match named {
                None => " to all whom it does not name".to_owned(),
                Some(Named::Anyone) => " to everyone".to_owned(),
                Some(Named::Account(account)) => format!(" to account {account}"),
                Some(Named::Arn(name) | Named::Other(name)) => format!(" to {name}"),
            };
            let policy = facts.settings.as_ref().and_then(|settings| settings.policy.as_ref());
            let revoke = match policy.and_then(|policy| policy.without(*at, *named)) {
                Some(rest) => s3(format!("put-bucket-policy --bucket {bucket} --policy {}", word(&rest))),
                None => s3(format!("delete-bucket-policy --bucket {bucket}")),
            };
            (format!("{name}: statement {} of the bucket's policy{shown} allows {action}{whom}", at + 1), revoke)
        }
        By::List(line) => {
            let whom = match &line.grantee {
                Grantee::Everyone => "everyone",
                Grantee::AnyAccount => "any account",
                Grantee::Account(_) | Grantee::Other(_) => "it",
            };
            let key = word(&object.key);
            let text = format!("{name}: the access control list of {} gives {} to {whom}", object.key, line.permission);
            (text, s3(format!("put-object-acl --bucket {bucket} --key {key} --acl private")))
        }
        By::Own(identity, at) => own(name, identity, &identity.policies[*at], action),
        By::Trust(..) => (format!("{name} may become it"), None),
    };
    Path { text: text + &when, revoke }
}

/// What was given although nothing that we could read says why.
pub(super) fn of_answer(name: &str, asked: Option<&Asked>) -> Path {
    let how = match asked.and_then(|asked| asked.key.as_ref()) {
        Some(key) => format!("with the key of {}", key.label),
        None => "without a key".to_owned(),
    };
    Path { text: format!("{name}: it was asked for {how}, and was given"), revoke: None }
}

/// The command that keeps somebody from becoming a role by this way.
pub(super) fn end_of_step(identity: &Identity, role: &Identity, way: &Way<'_>) -> Option<String> {
    match &way.by {
        By::Own(_, at) => own("", identity, &identity.policies[*at], "").1,
        By::Trust(at, named) => {
            let rest = role.trust.as_ref()?.without(*at, *named).unwrap_or_else(|| NOBODY.to_owned());
            let name = word(&role.name);
            Some(format!("aws iam update-assume-role-policy --role-name {name} --policy-document {}", word(&rest)))
        }
        _ => None,
    }
}

/// A role must have a policy on who may become it.
const NOBODY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}"#;

/// A policy of one's own, and the command that takes it away.
fn own(name: &str, identity: &Identity, policy: &Attached, action: &str) -> (String, Option<String>) {
    let (kind, option) = if identity.is_role() { ("role", "--role-name") } else { ("user", "--user-name") };
    let (who, called) = (word(&identity.name), word(&policy.name));
    let chain = policy.group.as_ref().map(|group| format!(" <- group {group}")).unwrap_or_default();
    let revoke = match (&policy.group, &policy.arn) {
        (Some(group), _) => format!("aws iam remove-user-from-group --user-name {who} --group-name {}", word(group)),
        (None, Some(arn)) => format!("aws iam detach-{kind}-policy {option} {who} --policy-arn {}", word(arn)),
        (None, None) => format!("aws iam delete-{kind}-policy {option} {who} --policy-name {called}"),
    };
    (format!("{name}{chain}: policy {} allows {action}", policy.name), Some(revoke))
}
