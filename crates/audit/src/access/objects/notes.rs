//! What is not a right on an object and matters: who sees names, who may open the bucket to others, keys
//! that do nothing.

use dataward_connect::objects::grants::Grantee;
use dataward_model::Remedy;

use super::ObjectsModel;
use super::Who;
use super::decide;
use super::decide::Wanted;
use crate::access::model::Note;
use crate::access::model::NoteKind;
use crate::access::shell::word;

/// All notes on a bucket.
pub(super) fn all(model: &ObjectsModel) -> Vec<Note> {
    let mut notes = Vec::new();
    listing(model, &mut notes);
    writing_lists(model, &mut notes);
    one_step(model, &mut notes);
    public_block(model, &mut notes);
    notes.sort();
    notes.dedup();
    notes
}

/// Who sees the names of objects, which often hold names of people.
fn listing(model: &ObjectsModel, notes: &mut Vec<Note>) {
    let Some(asked) = model.facts.asked.iter().find(|asked| asked.key.is_none()) else { return };
    if asked.lists == Some(true) {
        notes.push(Note {
            kind: NoteKind::SideDoor,
            principal: Some(super::EVERYONE.to_owned()),
            text: "may list the names of the objects: it was asked for without a key, and was given".to_owned(),
            remedy: Some(Remedy::Command(block(model))),
        });
    }
}

/// The command that shuts a bucket against everyone.
fn block(model: &ObjectsModel) -> String {
    format!(
        "aws s3api put-public-access-block --bucket {} --public-access-block-configuration \
         BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        word(&model.facts.bucket)
    )
}

/// What lists of the bucket itself give: objects to put there, lists to change.
fn writing_lists(model: &ObjectsModel, notes: &mut Vec<Note>) {
    let Some(settings) = model.facts.settings.as_ref().filter(|settings| !settings.lists_off) else { return };
    let remedy = format!("aws s3api put-bucket-acl --bucket {} --acl private", word(&model.facts.bucket));
    for line in &settings.acl {
        let whom = match &line.grantee {
            Grantee::Everyone | Grantee::AnyAccount if settings.block.ignores_public_lists => continue,
            Grantee::Everyone => super::EVERYONE.to_owned(),
            Grantee::AnyAccount => super::ANY_ACCOUNT.to_owned(),
            Grantee::Account(id) if *id == settings.owner => continue,
            Grantee::Account(id) => format!("account with the id {id}"),
            Grantee::Other(_) => continue,
        };
        let (kind, text) = match line.permission.as_str() {
            "WRITE" => (NoteKind::SideDoor, "may put objects into the bucket, by its access control list"),
            "WRITE_ACP" => (NoteKind::Escalation, "may change the bucket's access control list"),
            "FULL_CONTROL" => (NoteKind::Escalation, "may do everything to the bucket, by its access control list"),
            _ => continue,
        };
        notes.push(Note { kind, principal: Some(whom), text: text.to_owned(), remedy: Some(Remedy::command(&remedy)) });
    }
    for object in &model.facts.objects {
        for line in object.acl.iter().flatten().filter(|line| line.permission == "WRITE_ACP") {
            let whom = match &line.grantee {
                Grantee::Everyone if !settings.block.ignores_public_lists => super::EVERYONE,
                Grantee::AnyAccount if !settings.block.ignores_public_lists => super::ANY_ACCOUNT,
                _ => continue,
            };
            notes.push(Note {
                kind: NoteKind::Escalation,
                principal: Some(whom.to_owned()),
                text: format!("may change the access control list of {} and so read it", object.key),
                remedy: Some(Remedy::Command(format!(
                    "aws s3api put-object-acl --bucket {} --key {} --acl private",
                    word(&model.facts.bucket),
                    word(&object.key)
                ))),
            });
        }
    }
}

/// Rights that can be turned into others.
const STEPS: [(&str, &str); 3] = [
    ("s3:PutBucketPolicy", "may write the policy of the bucket, and so give its objects to anybody"),
    ("s3:PutBucketAcl", "may write the access control list of the bucket"),
    ("s3:PutBucketPublicAccessBlock", "may take the public access block away"),
];

fn one_step(model: &ObjectsModel, notes: &mut Vec<Note>) {
    let resource = format!("arn:aws:s3:::{}", model.facts.bucket);
    for (who, principal) in model.who.iter().zip(&model.principals) {
        let Some(caller) = model.caller(who).filter(|_| !matches!(who, Who::Root(_))) else { continue };
        for (action, text) in STEPS {
            let wanted = Wanted { action, resource: &resource, list: None, in_list: &[] };
            let ways = decide::ways(&model.facts, caller, &wanted);
            let Some(way) = ways.first() else { continue };
            let path = super::paths::of_way(&model.facts, &principal.name, way, &wanted, &Default::default());
            notes.push(Note {
                kind: NoteKind::Escalation,
                principal: Some(principal.name.clone()),
                text: format!("{action}: {text}"),
                remedy: path.revoke.map(Remedy::Command),
            });
        }
    }
}

/// A bucket whose policy or lists may be opened to everyone tomorrow.
fn public_block(model: &ObjectsModel, notes: &mut Vec<Note>) {
    let Some(settings) = &model.facts.settings else { return };
    let block_of = settings.block;
    let lists = settings.lists_off || block_of.blocks_public_lists && block_of.ignores_public_lists;
    if !lists || !block_of.blocks_public_policy || !block_of.restricts_public_policy {
        notes.push(Note {
            kind: NoteKind::Weakness,
            principal: None,
            text: "nothing keeps the bucket from being opened to everyone: its public access block is not complete"
                .to_owned(),
            remedy: Some(Remedy::Command(block(model))),
        });
    }
}
