//! What users of an account get by policies of their own and of their groups: moto's server checks
//! signatures and rights here.

use std::collections::BTreeSet;
use std::process::Command;

use dataward_audit::access::Privileges;
use dataward_connect::objects::Credentials;
use dataward_connect::objects::grants::BucketGrants;
use dataward_testkit::server::moto::MotoServer;
use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::entries;
use crate::facts;
use crate::run;

const KEYS: [&str; 4] = ["a.csv", "in/b.csv", "in/deep/c.csv", "out/d.csv"];

fn iam(moto: &MotoServer, action: &str, fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let body = format!("Action={action}&Version=2010-05-08&{}", fields.join("&"));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    String::from_utf8(moto.request_to("iam", "POST", "/", &headers, body.as_bytes())).unwrap()
}

fn inside<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("<{name}>")).unwrap() + name.len() + 2;
    &text[start..start + text[start..].find('<').unwrap()]
}

fn policy(bucket: &str, random: &mut StdRng) -> String {
    let statements: Vec<String> = (0..random.random_range(1..3))
        .map(|_| {
            let effect = if random.random_bool(0.8) { "Allow" } else { "Deny" };
            let actions =
                ["s3:GetObject", "s3:Get*", "s3:*", "s3:PutObject", "s3:GetObject*", "s3:DeleteObject", "s3:*Object"];
            let action = actions.choose(random).unwrap();
            let key = if random.random_bool(0.2) { "Not" } else { "" };
            let action_key = if effect == "Allow" { "" } else { key };
            let resource = ["*", "in/*", "in/deep/*", "a.csv", "o?t/*"][random.random_range(0..4)];
            format!(
                r#"{{"Effect":"{effect}","{action_key}Action":"{action}","Resource":["arn:aws:s3:::{bucket}/{resource}"]}}"#
            )
        })
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn reads(facts: &BucketGrants, user: &str) -> BTreeSet<String> {
    let found = entries(facts.clone()).into_iter().filter(|entry| entry.privileges.has(Privileges::SELECT));
    found.filter(|entry| entry.principal == format!("user/{user}")).map(|entry| entry.object).collect()
}

/// What each user really may do: puts each object and deletes it. Prints `user action key`.
const WRITING: &str = r#"
import sys, boto3
from botocore.config import Config
from botocore.exceptions import ClientError
port, keys, users = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
for user in users:
    name, ident, secret = user.split(" ")
    s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:" + port, region_name="us-east-1", aws_access_key_id=ident,
        aws_secret_access_key=secret, config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
    for key in keys:
        for action in ("PutObject", "DeleteObject"):
            try:
                if action == "PutObject": s3.put_object(Bucket="shared", Key=key, Body=b"email\n")
                else: s3.delete_object(Bucket="shared", Key=key)
                print(name, action, key)
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDenied": raise
"#;

/// The same, as we say it.
fn writes(facts: &BucketGrants) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in entries(facts.clone()) {
        let Some(user) = entry.principal.strip_prefix("user/u") else { continue };
        for (action, right) in [("PutObject", Privileges::INSERT), ("DeleteObject", Privileges::UPDATE)] {
            if entry.paths.iter().any(|path| path.text.contains(&format!("allows s3:{action}"))) {
                assert!(entry.privileges.has(right), "{entry:?}");
                found.insert(format!("u{user} {action} {}", entry.object));
            }
        }
    }
    found
}

#[tokio::test]
async fn users_read_what_we_say_and_every_command_closes_its_way() {
    let moto = MotoServer::checking(1_000_000);
    let trust = |moto: &MotoServer, count: &str| {
        moto.request("POST", "/moto-api/reset-auth", &[("content-type", "text/plain")], count.as_bytes());
    };
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    moto.make_bucket("shared", false);
    for key in KEYS {
        moto.put("shared", key, b"email\n");
    }
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let mut signed = Vec::new();
    let mut user = |name: &str| {
        iam(&moto, "CreateUser", &[("UserName", name)]);
        let key = iam(&moto, "CreateAccessKey", &[("UserName", name)]);
        let (id, secret) = (inside(&key, "AccessKeyId"), inside(&key, "SecretAccessKey"));
        if name != "admin" {
            signed.push(format!("{name} {id} {secret}"));
        }
        Credentials::access_key(id, secret)
    };
    let mut keys = vec![("admin".to_owned(), user("admin"))];
    iam(&moto, "PutUserPolicy", &[("UserName", "admin"), ("PolicyName", "all"), ("PolicyDocument", everything)]);
    for group in ["staff", "ops"] {
        iam(&moto, "CreateGroup", &[("GroupName", group)]);
        let document = policy("shared", &mut random);
        iam(&moto, "PutGroupPolicy", &[("GroupName", group), ("PolicyName", "g"), ("PolicyDocument", &document)]);
    }
    let managed = policy("shared", &mut random);
    let made = iam(&moto, "CreatePolicy", &[("PolicyName", "managed"), ("PolicyDocument", &managed)]);
    let managed = inside(&made, "Arn").to_owned();
    let names: Vec<String> = (0..12).map(|number| format!("u{number}")).collect();
    for name in &names {
        keys.push((name.clone(), user(name)));
        if random.random_bool(0.7) {
            let document = policy("shared", &mut random);
            iam(&moto, "PutUserPolicy", &[("UserName", name), ("PolicyName", "own"), ("PolicyDocument", &document)]);
        }
        if random.random_bool(0.4) {
            let group = if random.random_bool(0.5) { "staff" } else { "ops" };
            iam(&moto, "AddUserToGroup", &[("UserName", name), ("GroupName", group)]);
        }
        if random.random_bool(0.3) {
            iam(&moto, "AttachUserPolicy", &[("UserName", name), ("PolicyArn", &managed)]);
        }
    }
    trust(&moto, "0");
    let seen = facts(&moto, "shared", keys.clone()).await;
    let missing: Vec<_> = seen.missing.iter().filter(|unseen| unseen.decides).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(seen.asked.len(), names.len() + 2);
    let unasked = BucketGrants { asked: Vec::new(), ..seen.clone() };
    let mut allowed = 0;
    for (name, asked) in names.iter().zip(&seen.asked[2..]) {
        assert!(asked.key.as_ref().unwrap().arn.as_ref().unwrap().ends_with(&format!(":user/{name}")));
        let given = seen.objects.iter().zip(&asked.reads).filter(|(_, read)| **read == Some(true));
        let given: BTreeSet<String> = given.map(|(object, _)| object.name.clone()).collect();
        allowed += given.len();
        assert_eq!(reads(&unasked, name), given, "seed {seed}: {name}");
    }
    assert!(allowed > 3, "hardly anything was allowed: {allowed}");
    let mut script = Command::new(MotoServer::python());
    let output =
        script.args(["-c", WRITING, &moto.port().to_string(), &KEYS.join(",")]).args(&signed).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let really: BTreeSet<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(writes(&unasked), really, "seed {seed}");
    trust(&moto, "1000000");
    for key in KEYS {
        moto.put("shared", key, b"email\n");
    }
    trust(&moto, "0");
    // Every way of every user is closed by its command.
    let mut now = seen;
    for _ in 0..60 {
        let ways = entries(now.clone()).into_iter().filter(|entry| entry.principal.starts_with("user/u"));
        let Some(path) = ways.flat_map(|entry| entry.paths).next() else { break };
        trust(&moto, "1000000");
        run(&moto, path.revoke.as_deref().unwrap());
        trust(&moto, "0");
        now = facts(&moto, "shared", keys.clone()).await;
        let still = entries(now.clone()).into_iter().flat_map(|entry| entry.paths).any(|other| other == path);
        assert!(!still, "seed {seed}: still there: {path:?}");
    }
    for asked in &now.asked[2..] {
        assert!(asked.reads.iter().all(|read| *read == Some(false)), "seed {seed}: {asked:?}");
    }
}
