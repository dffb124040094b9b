//! What a store decides when somebody asks for an object, by its documentation: an explicit denial wins;
//! else one permission is enough, in the bucket's policy, a list or (within one account) the asker's own
//! policies, as far as the asker's boundary and the public access block let it.

use dataward_connect::objects::grants::AclGrant;
use dataward_connect::objects::grants::BucketGrants;
use dataward_connect::objects::grants::Grantee;
use dataward_connect::objects::iam::Identity;
use dataward_connect::objects::iam::account_of;
use dataward_connect::objects::policy_document::Condition;
use dataward_connect::objects::policy_document::Named;
use dataward_connect::objects::policy_document::Patterns;
use dataward_connect::objects::policy_document::PolicyDocument;
use dataward_connect::objects::policy_document::Principals;
use dataward_connect::objects::policy_document::Statement;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller<'f> {
    /// Whoever, without a key.
    Anyone,
    /// Whoever has some account of the provider.
    AnyAccount,
    /// The account that the bucket belongs to: its root.
    Root(&'f str),
    /// A user or role of that account.
    Identity(&'f Identity),
    /// Somebody else whom the policy names: a whole account, or a user or role of one.
    Outside(&'f Named),
    /// Somebody whom a list names: the canonical id of an account.
    Listed(&'f str),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'f> {
    /// `s3:GetObject`, …
    pub(super) action: &'f str,
    /// The full name of the object or bucket.
    pub(super) resource: &'f str,
    /// The object's own list.
    pub(super) list: Option<&'f [AclGrant]>,
    /// The permissions in an object's list that give it.
    pub(super) in_list: &'f [&'f str],
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way<'f> {
    /// Where it stands.
    pub(super) by: By<'f>,
    /// What must hold of the request besides, in words.
    pub(super) when: Vec<String>,
}

/// Where a permission stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By<'f> {
    /// Being the account.
    Account,
    /// A statement of the bucket's policy, by its number, and the name in it that means the asker.
    Policy(usize, &'f Statement, Option<&'f Named>),
    /// A line of an object's list.
    List(&'f AclGrant),
    /// A policy of the asker's own, by its number.
    Own(&'f Identity, usize),
    /// A statement of a role's policy on who may become it, and the name in it that means the asker.
    Trust(usize, Option<&'f Named>),
}

/// Every permission that gives a caller what it wants; none when it is refused.
pub(super) fn ways<'f>(facts: &'f BucketGrants, caller: Caller<'f>, wanted: &Wanted<'f>) -> Vec<Way<'f>> {
    let policy = facts.settings.as_ref().and_then(|settings| settings.policy.as_ref());
    let mut unless = Vec::new();
    for statement in policy.into_iter().flat_map(|policy| &policy.statements).filter(|statement| !statement.allows) {
        if speaks_to(statement, caller).is_none() || !is_about(statement, caller, wanted, false) {
            continue;
        }
        match holds(&statement.conditions, caller) {
            Holds::Yes => return Vec::new(),
            Holds::No => {}
            Holds::When(words) => unless.push(format!("not when {}", words.join(" and "))),
        }
    }
    if let Caller::Identity(identity) = caller {
        match own_denials(identity, wanted) {
            None => return Vec::new(),
            Some(more) => unless.extend(more),
        }
    }
    let mut found = Vec::new();
    if let Some(policy) = policy {
        policy_ways(policy, facts, caller, wanted, &mut found);
    }
    list_ways(facts, caller, wanted, &mut found);
    match caller {
        Caller::Root(_) => found.insert(0, Way { by: By::Account, when: Vec::new() }),
        Caller::Identity(identity) => own_ways(identity, wanted, &mut found),
        _ => {}
    }
    for way in &mut found {
        way.when.extend(unless.iter().cloned());
        // What is everyone's can be had without a key, and so without anybody's leave.
        let public = match &way.by {
            By::List(line) => line.grantee == Grantee::Everyone,
            By::Policy(_, _, named) => *named == Some(&Named::Anyone),
            _ => false,
        };
        if matches!(caller, Caller::Outside(_)) && !public {
            way.when.push("its own account lets it".to_owned());
        }
    }
    found
}

fn policy_ways<'f>(
    policy: &'f PolicyDocument,
    facts: &'f BucketGrants,
    caller: Caller<'f>,
    wanted: &Wanted<'f>,
    found: &mut Vec<Way<'f>>,
) {
    let is_ours = matches!(caller, Caller::Root(_) | Caller::Identity(_));
    let restricted = facts.settings.as_ref().is_some_and(|settings| settings.block.restricts_public_policy);
    if restricted && !is_ours && is_public(policy) {
        return;
    }
    for (at, statement) in policy.statements.iter().enumerate().filter(|(_, statement)| statement.allows) {
        let Some(named) = speaks_to(statement, caller) else { continue };
        // A statement that names the whole account leaves it to the account whom it lets.
        if matches!((caller, named), (Caller::Identity(_), Some(Named::Account(_)))) {
            continue;
        }
        if !is_about(statement, caller, wanted, true) {
            continue;
        }
        match holds(&statement.conditions, caller) {
            Holds::No => {}
            Holds::Yes => found.push(Way { by: By::Policy(at, statement, named), when: Vec::new() }),
            Holds::When(words) => found.push(Way { by: By::Policy(at, statement, named), when: words }),
        }
    }
}

fn list_ways<'f>(facts: &'f BucketGrants, caller: Caller<'f>, wanted: &Wanted<'f>, found: &mut Vec<Way<'f>>) {
    let Some(settings) = &facts.settings else { return };
    if settings.lists_off {
        return;
    }
    let means = |grantee: &Grantee| match (grantee, caller) {
        (Grantee::Everyone, _) => !settings.block.ignores_public_lists,
        (Grantee::AnyAccount, Caller::Anyone) => false,
        (Grantee::AnyAccount, _) => !settings.block.ignores_public_lists,
        (Grantee::Account(id), Caller::Listed(other)) => id == other,
        _ => false,
    };
    let lines = wanted.list.unwrap_or_default().iter();
    let lines = lines.filter(|line| wanted.in_list.contains(&line.permission.as_str()) && means(&line.grantee));
    found.extend(lines.map(|line| Way { by: By::List(line), when: Vec::new() }));
}

/// Conditions on what the caller's own policies do not deny; none when they deny it, or its boundary does
/// not let it.
fn own_denials(identity: &Identity, wanted: &Wanted<'_>) -> Option<Vec<String>> {
    let caller = Caller::Identity(identity);
    let mut unless = Vec::new();
    let own = identity.policies.iter().map(|policy| &policy.document).chain(&identity.boundary);
    for statement in own.flat_map(|document| &document.statements).filter(|statement| !statement.allows) {
        if is_about(statement, caller, wanted, false) {
            match holds(&statement.conditions, caller) {
                Holds::Yes => return None,
                Holds::No => {}
                Holds::When(words) => unless.push(format!("not when {}", words.join(" and "))),
            }
        }
    }
    Some(unless)
}

fn own_ways<'f>(identity: &'f Identity, wanted: &Wanted<'f>, found: &mut Vec<Way<'f>>) {
    let caller = Caller::Identity(identity);
    if let Some(boundary) = &identity.boundary
        && !boundary.statements.iter().any(|statement| {
            statement.allows
                && is_about(statement, caller, wanted, true)
                && holds(&statement.conditions, caller) != Holds::No
        })
    {
        // What the bucket itself gives a user by name is not within the boundary; a role's is.
        if identity.is_role() {
            found.clear();
        }
        return;
    }
    for (at, policy) in identity.policies.iter().enumerate() {
        for statement in policy.document.statements.iter().filter(|statement| statement.allows) {
            if !is_about(statement, caller, wanted, true) {
                continue;
            }
            let when = match holds(&statement.conditions, caller) {
                Holds::No => continue,
                Holds::Yes => Vec::new(),
                Holds::When(words) => words,
            };
            let way = Way { by: By::Own(identity, at), when };
            if !found.contains(&way) {
                found.push(way);
            }
        }
    }
}

/// Every permission by which somebody may become a role: a statement of the role's own policy that names
/// it, or, where that names the whole account, a policy of its own.
pub(super) fn ways_to_become<'f>(identity: &'f Identity, role: &'f Identity) -> Vec<Way<'f>> {
    let caller = Caller::Identity(identity);
    let wanted = Wanted { action: "sts:AssumeRole", resource: &role.arn, list: None, in_list: &[] };
    let Some(trust) = &role.trust else { return Vec::new() };
    let mut found = Vec::new();
    let mut through_account = false;
    for (at, statement) in trust.statements.iter().enumerate() {
        let Some(named) =
            speaks_to(statement, caller).filter(|_| is_about(statement, caller, &wanted, statement.allows))
        else {
            continue;
        };
        match (statement.allows, holds(&statement.conditions, caller)) {
            (_, Holds::No) | (false, Holds::When(_)) => {}
            (false, Holds::Yes) => return Vec::new(),
            (true, _) if matches!(named, Some(Named::Account(_) | Named::Anyone)) => through_account = true,
            (true, _) => found.push(Way { by: By::Trust(at, named), when: Vec::new() }),
        }
    }
    if own_denials(identity, &wanted).is_none() {
        return Vec::new();
    }
    if through_account {
        own_ways(identity, &wanted, &mut found);
    }
    found
}

/// The name in a statement that means the caller: `Some(None)` where it names all but others, or nobody
/// because it stands in the caller's own policy.
fn speaks_to<'f>(statement: &'f Statement, caller: Caller<'_>) -> Option<Option<&'f Named>> {
    let Some(Principals { named, inverted }) = &statement.principals else { return Some(None) };
    let means = |named: &&Named| match (named, caller) {
        (Named::Anyone, _) => true,
        (Named::Account(account), Caller::Root(own)) => account == own,
        (Named::Account(account), Caller::Identity(identity)) => account_of(&identity.arn) == Some(account),
        (Named::Arn(arn), Caller::Identity(identity)) => *arn == identity.arn,
        (Named::Account(account), Caller::Outside(Named::Arn(arn))) => account_of(arn) == Some(account),
        (named, Caller::Outside(other)) => *named == other,
        (Named::Other(id), Caller::Listed(other)) => id == other,
        _ => false,
    };
    let found = named.iter().find(means);
    match (inverted, found) {
        (false, Some(named)) => Some(Some(named)),
        (true, None) => Some(None),
        (false, None) | (true, Some(_)) => None,
    }
}

/// Whether a statement is about this action and resource. Variables that nobody can know stand for
/// anything where something is allowed, and for nothing where it is denied.
fn is_about(statement: &Statement, caller: Caller<'_>, wanted: &Wanted<'_>, generous: bool) -> bool {
    let action = wanted.action.to_ascii_lowercase();
    let on_action = matches_any(&statement.actions, |pattern| matches(&action, &pattern.to_ascii_lowercase()));
    let on_resource = statement.resources.as_ref().is_none_or(|resources| {
        matches_any(resources, |pattern| match filled(pattern, caller, generous) {
            Some(pattern) => matches(wanted.resource, &pattern),
            None => false,
        })
    });
    on_action && on_resource
}

fn matches_any(patterns: &Patterns, is: impl Fn(&str) -> bool) -> bool {
    patterns.patterns.iter().any(|pattern| is(pattern)) != patterns.inverted
}

/// A pattern with the asker's name put in for `${aws:username}`.
fn filled(pattern: &str, caller: Caller<'_>, generous: bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}')?;
        out.push_str(before);
        match (variable, caller) {
            ("aws:username", Caller::Identity(identity)) if !identity.is_role() => out.push_str(&identity.name),
            ("*" | "?" | "$", _) => out.push_str(variable),
            _ if generous => out.push('*'),
            _ => return None,
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// `*` is any run of characters, `?` any one.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut next, mut back) = (0, 0, None);
    while at < text.len() {
        match pattern.get(next) {
            Some('*') => {
                back = Some((next, at));
                next += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at] => (at, next) = (at + 1, next + 1),
            _ => match &mut back {
                Some((star, taken)) => {
                    *taken += 1;
                    (at, next) = (*taken, *star + 1);
                }
                None => return false,
            },
        }
    }
    pattern[next..].iter().all(|rest| *rest == '*')
}

/// Whether conditions hold.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    /// It depends on the request: in words, on what.
    When(Vec<String>),
}

fn holds(conditions: &[Condition], caller: Caller<'_>) -> Holds {
    let mut open = Vec::new();
    for condition in conditions {
        match holds_one(condition, caller) {
            Holds::Yes => {}
            Holds::No => return Holds::No,
            Holds::When(words) => open.extend(words),
        }
    }
    if open.is_empty() { Holds::Yes } else { Holds::When(open) }
}

/// What is known of the asker decides; the rest depends on the request.
fn holds_one(condition: &Condition, caller: Caller<'_>) -> Holds {
    let open =
        || Holds::When(vec![format!("{} {} {}", condition.key, condition.operator, condition.values.join(" or "))]);
    let key = condition.key.to_ascii_lowercase();
    let value: Option<String> = match (key.as_str(), caller) {
        ("aws:principalarn", Caller::Identity(identity)) => Some(identity.arn.clone()),
        ("aws:principalaccount", Caller::Identity(identity)) => account_of(&identity.arn).map(str::to_owned),
        ("aws:principalaccount", Caller::Root(account)) => Some(account.to_owned()),
        ("aws:username", Caller::Identity(identity)) if !identity.is_role() => Some(identity.name.clone()),
        // Whoever asks may do so over TLS, and we take it that they do.
        ("aws:securetransport", _) => Some("true".to_owned()),
        ("aws:principalarn" | "aws:principalaccount" | "aws:username", Caller::Anyone) => None,
        _ => return open(),
    };
    let operator = condition.operator.to_ascii_lowercase();
    let (operator, if_exists) = match operator.strip_suffix("ifexists") {
        Some(operator) => (operator, true),
        None => (operator.as_str(), false),
    };
    let (compare, inverted): (fn(&str, &str) -> bool, bool) = match operator {
        "stringequals" | "bool" => (|value, wanted| value == wanted, false),
        "stringnotequals" => (|value, wanted| value == wanted, true),
        "stringequalsignorecase" => (|value, wanted| value.eq_ignore_ascii_case(wanted), false),
        "stringlike" | "arnlike" | "arnequals" => (matches, false),
        "stringnotlike" | "arnnotlike" | "arnnotequals" => (matches, true),
        _ => return open(),
    };
    let result = match value {
        // What is not there equals nothing.
        None => inverted || if_exists,
        Some(value) => condition.values.iter().any(|wanted| compare(&value, wanted)) != inverted,
    };
    if result { Holds::Yes } else { Holds::No }
}

/// Whether AWS calls a policy public: it gives something to everyone, and no condition pins down from where
/// or from whom.
pub(super) fn is_public(policy: &PolicyDocument) -> bool {
    const PINNED: [&str; 10] = [
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:principalorgid",
        "aws:principalarn",
        "aws:userid",
        "s3:dataaccesspointaccount",
    ];
    let open = |condition: &Condition| {
        let anything = condition.values.iter().any(|value| value == "*" || value == "0.0.0.0/0" || value == "::/0");
        anything || !PINNED.contains(&condition.key.to_ascii_lowercase().as_str())
    };
    policy.statements.iter().filter(|statement| statement.allows).any(|statement| {
        let to_all = statement
            .principals
            .as_ref()
            .is_some_and(|principals| principals.inverted || principals.named.contains(&Named::Anyone));
        to_all && statement.conditions.iter().all(open)
    })
}
