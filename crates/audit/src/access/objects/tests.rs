//! Rules of AWS's documentation that no server here speaks, as facts and answers.

use dataward_connect::objects::grants::AclGrant;
use dataward_connect::objects::grants::BucketGrants;
use dataward_connect::objects::grants::BucketSettings;
use dataward_connect::objects::grants::Grantee;
use dataward_connect::objects::grants::ObjectGrants;
use dataward_connect::objects::grants::PublicBlock;
use dataward_connect::objects::iam::Attached;
use dataward_connect::objects::iam::Identities;
use dataward_connect::objects::iam::Identity;
use dataward_connect::objects::policy_document::PolicyDocument;

use super::ObjectsModel;
use crate::access::model::AccessModel;
use crate::access::model::Scope;

fn document(statements: &str) -> PolicyDocument {
    PolicyDocument::parse(&format!("{{\"Statement\":[{statements}]}}")).unwrap()
}

fn identity(kind: &str, name: &str, statements: &[&str]) -> Identity {
    let policies = statements.iter().enumerate().map(|(number, text)| Attached {
        name: format!("p{number}"),
        arn: None,
        group: None,
        document: document(text),
    });
    Identity {
        arn: format!("arn:aws:iam::111122223333:{kind}/{name}"),
        name: name.to_owned(),
        policies: policies.collect(),
        ..Identity::default()
    }
}

fn bucket(policy: Option<&str>, identities: Vec<Identity>) -> BucketGrants {
    BucketGrants {
        bucket: "b".to_owned(),
        account: Some("111122223333".to_owned()),
        objects: vec![ObjectGrants { name: "k".to_owned(), key: "k".to_owned(), ..ObjectGrants::default() }],
        settings: Some(BucketSettings {
            policy: policy.map(document),
            owner: "me".to_owned(),
            ..BucketSettings::default()
        }),
        identities: Some(Identities { identities, unclear: Vec::new() }),
        ..BucketGrants::default()
    }
}

/// `principal reach privileges`, without the root of the account.
fn answers(facts: BucketGrants) -> Vec<String> {
    let model = ObjectsModel::new(facts);
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| {
        if !group.principal.starts_with("root of") {
            found.push(format!("{} {} {}", group.principal, group.reach.as_str(), group.privileges));
        }
    });
    found
}

fn texts(facts: BucketGrants) -> Vec<String> {
    let model = ObjectsModel::new(facts);
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| {
        let others = group.paths.iter().filter(|path| !path.text.starts_with("root of"));
        found.extend(others.map(|path| path.text.clone()));
    });
    found
}

const OPEN: &str =
    r#"{"Sid":"o","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
const READS: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

#[test]
fn a_blocked_public_policy_holds_for_the_account_alone() {
    let ada = || vec![identity("user", "ada", &[])];
    assert_eq!(answers(bucket(Some(OPEN), ada())), ["everyone direct select", "user/ada direct select"]);
    let mut facts = bucket(Some(OPEN), ada());
    facts.settings.as_mut().unwrap().block = PublicBlock { restricts_public_policy: true, ..PublicBlock::default() };
    assert_eq!(answers(facts), ["user/ada direct select"]);
}

#[test]
fn lists_count_unless_they_are_switched_off_or_ignored() {
    let with = |change: fn(&mut BucketSettings)| {
        let mut facts = bucket(None, Vec::new());
        let list = |grantee| AclGrant { grantee, permission: "READ".to_owned() };
        facts.objects[0].acl = Some(vec![list(Grantee::Everyone), list(Grantee::Account("other".to_owned()))]);
        change(facts.settings.as_mut().unwrap());
        answers(facts)
    };
    let other = "account with the id other direct select";
    assert_eq!(with(|_| {}), [other, "everyone direct select"]);
    assert_eq!(with(|settings| settings.block.ignores_public_lists = true), [other]);
    assert_eq!(with(|settings| settings.lists_off = true), Vec::<String>::new());
}

#[test]
fn a_denial_wins_wherever_it_stands() {
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}"#;
    let reader = || vec![identity("user", "ada", &[READS])];
    assert_eq!(answers(bucket(Some(&format!("{OPEN},{deny}")), reader())), Vec::<String>::new());
    let own = r#"{"Effect":"Deny","NotAction":"s3:List*","Resource":"*"}"#;
    assert_eq!(answers(bucket(Some(OPEN), vec![identity("user", "ada", &[READS, own])])), ["everyone direct select"]);
    // All but one are denied.
    let but =
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/ada"},"Action":"*","Resource":"*"}"#;
    let both = vec![identity("user", "ada", &[READS]), identity("user", "bob", &[READS])];
    assert_eq!(answers(bucket(Some(but), both)), ["user/ada direct select"]);
}

#[test]
fn conditions_on_who_asks_are_decided_and_others_are_told() {
    let ip = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",
        "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}"#;
    let told = "everyone: statement 1 of the bucket's policy allows s3:GetObject to everyone, if aws:SourceIp IpAddress 10.0.0.0/8";
    assert_eq!(texts(bucket(Some(ip), Vec::new())), [told]);
    let tls = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    assert_eq!(answers(bucket(Some(&format!("{OPEN},{tls}")), Vec::new())), ["everyone direct select"]);
    let by_name = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*",
        "Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/a*"}}}"#;
    let both = vec![identity("user", "ada", &[]), identity("user", "bob", &[])];
    assert_eq!(answers(bucket(Some(by_name), both)), ["user/ada direct select"]);
}

#[test]
fn other_accounts_need_their_own_leave_and_naming_an_account_leaves_it_to_the_account() {
    let policy = r#"{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::999900001111:root"]},
        "Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"}"#;
    let ada = identity("user", "ada", &[]);
    let found = texts(bucket(Some(policy), vec![ada]));
    assert!(
        found.iter().all(|text| text.ends_with("to account 999900001111, if its own account lets it")),
        "{found:?}"
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn to_delete_an_object_is_to_change_it_and_older_versions_need_a_right_of_their_own() {
    let deletes = |action: &str, is_version: bool| {
        let own = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:s3:::b/*"}}"#);
        let mut facts = bucket(None, vec![identity("user", "ada", &[&own])]);
        facts.objects[0].is_version = is_version;
        (answers(facts.clone()), texts(facts))
    };
    let (said, ways) = deletes("s3:DeleteObject", false);
    assert_eq!(said, ["user/ada direct update"]);
    assert_eq!(ways, ["user/ada: policy p0 allows s3:DeleteObject"]);
    assert_eq!(deletes("s3:DeleteObject", true).0, Vec::<String>::new());
    assert_eq!(deletes("s3:DeleteObjectVersion", true).0, ["user/ada direct update"]);
    assert_eq!(deletes("s3:PutObject", false).0, ["user/ada direct insert, update"]);
}

#[test]
fn a_boundary_is_the_most_that_own_policies_give() {
    let mut ada = identity("user", "ada", &[READS]);
    ada.boundary = Some(document(r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#));
    assert_eq!(answers(bucket(None, vec![ada.clone()])), Vec::<String>::new());
    ada.boundary = Some(document(r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#));
    assert_eq!(answers(bucket(None, vec![ada])), ["user/ada direct select"]);
}

#[test]
fn roles_are_reached_by_whoever_may_become_them() {
    let named = |who: &str| {
        document(&format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"sts:AssumeRole"}}"#))
    };
    let mut role = identity("role", "exporter", &[READS]);
    role.trust = Some(named("arn:aws:iam::111122223333:user/ada"));
    let all =
        |role: &Identity, ada: Identity| answers(bucket(None, vec![role.clone(), ada, identity("user", "bob", &[])]));
    let of_role = "role/exporter direct select";
    assert_eq!(all(&role, identity("user", "ada", &[])), [of_role, "user/ada set-role select"]);
    // Naming the account is not enough: the user needs a policy that lets it.
    role.trust = Some(named("arn:aws:iam::111122223333:root"));
    assert_eq!(all(&role, identity("user", "ada", &[])), [of_role]);
    let assumes = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/*"}"#;
    assert_eq!(all(&role, identity("user", "ada", &[assumes])), [of_role, "user/ada set-role select"]);
}

#[test]
fn names_of_users_are_put_into_patterns() {
    let home = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/home/${aws:username}/*"}"#;
    let mut facts = bucket(None, vec![identity("user", "ada", &[home]), identity("user", "bob", &[home])]);
    let object = |key: &str| ObjectGrants { name: key.to_owned(), key: key.to_owned(), ..ObjectGrants::default() };
    facts.objects = vec![object("home/ada/x"), object("home/bob/y")];
    let model = ObjectsModel::new(facts);
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| found.push(format!("{} {}", group.principal, group.object)));
    found.retain(|text| text.starts_with("user/"));
    assert_eq!(found, ["user/ada home/ada/x", "user/bob home/bob/y"]);
}
