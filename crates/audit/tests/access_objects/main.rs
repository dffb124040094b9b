//! Rights on the objects of buckets, against what moto's server really gives to those who ask.

mod everyone;
mod users;

use std::process::Command;

use dataward_audit::access::AccessModel;
use dataward_audit::access::Entry;
use dataward_audit::access::Scope;
use dataward_audit::access::objects::ObjectsModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::objects::Credentials;
use dataward_connect::objects::Objects;
use dataward_connect::objects::grants::BucketGrants;
use dataward_testkit::server::moto::MotoServer;

/// The facts about a bucket, asked for with the first key, and as the owners of the others too.
async fn facts(moto: &MotoServer, bucket: &str, keys: Vec<(String, Credentials)>) -> BucketGrants {
    let mut keys = keys.into_iter();
    let own = keys.next().map(|(_, own)| own).unwrap_or_else(|| Credentials::access_key("any", "any"));
    let objects = Objects::new(&moto.url(bucket), Some(own)).unwrap().with_keys("test", keys.collect());
    match objects.grants().await.unwrap() {
        GrantFacts::Objects(facts) => *facts,
        other => panic!("{other:?}"),
    }
}

/// All entries of everybody on every object.
fn entries(facts: BucketGrants) -> Vec<Entry> {
    let model = ObjectsModel::new(facts);
    let mut found = Vec::new();
    model.visit(&Scope::everything(), &mut |group| found.extend(group.entries()));
    found
}

/// The words of a command as a shell takes it apart.
fn words(command: &str) -> Vec<String> {
    let script = format!("set -- {command}; printf '%s\\0' \"$@\"");
    let output = Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// Does what a command of the AWS command line would do.
fn run(moto: &MotoServer, command: &str) {
    let words = words(command);
    let option = |name: &str| {
        let at = words.iter().position(|word| word == name);
        at.map(|at| words[at + 1].as_str()).unwrap_or_else(|| panic!("{name} in {command}"))
    };
    let form = |fields: &[(&str, &str)]| {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let fields = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        fields.collect::<Vec<_>>().join("&")
    };
    let iam = |action: &str, fields: &[(&str, &str)]| {
        let body = format!("Action={action}&Version=2010-05-08&{}", form(fields));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        moto.request_to("iam", "POST", "/", &headers, body.as_bytes());
    };
    match words[2].as_str() {
        "put-bucket-policy" => {
            let path = format!("/{}?policy", option("--bucket"));
            moto.request("PUT", &path, &[], option("--policy").as_bytes());
        }
        "delete-bucket-policy" => {
            moto.request("DELETE", &format!("/{}?policy", option("--bucket")), &[], b"");
        }
        "put-object-acl" => {
            let path = format!("/{}/{}?acl", option("--bucket"), option("--key").replace(' ', "%20"));
            moto.request("PUT", &path, &[("x-amz-acl", option("--acl"))], b"");
        }
        "remove-user-from-group" => {
            let fields = [("UserName", option("--user-name")), ("GroupName", option("--group-name"))];
            iam("RemoveUserFromGroup", &fields);
        }
        "detach-user-policy" => {
            let fields = [("UserName", option("--user-name")), ("PolicyArn", option("--policy-arn"))];
            iam("DetachUserPolicy", &fields);
        }
        "delete-user-policy" => {
            let fields = [("UserName", option("--user-name")), ("PolicyName", option("--policy-name"))];
            iam("DeleteUserPolicy", &fields);
        }
        other => panic!("nobody knows how to run {other}"),
    }
}
