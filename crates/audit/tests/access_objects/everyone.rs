//! What everyone on the internet gets, by random policies and access control lists.

use std::collections::BTreeSet;

use dataward_audit::access::Privileges;
use dataward_audit::access::objects::EVERYONE;
use dataward_connect::objects::grants::BucketGrants;
use dataward_testkit::server::moto::MotoServer;
use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::entries;
use crate::facts;
use crate::run;

const KEYS: [&str; 6] = ["a.csv", "public/b.csv", "public/deep/c.csv", "private/d.csv", "it's.csv", "two words.csv"];

fn policy(bucket: &str, random: &mut StdRng) -> String {
    let statements: Vec<String> = (0..random.random_range(1..4))
        .map(|number| {
            let effect = if random.random_bool(0.75) { "Allow" } else { "Deny" };
            let actions = ["s3:GetObject", "s3:Get*", "s3:*", "s3:PutObject", "s3:GetObjectAcl", "s3:List*", "*"];
            let mut actions: Vec<&str> = actions.choose_multiple(random, 2).copied().collect();
            actions.dedup();
            let resources = ["*", "public/*", "a.csv", "public/deep/*", "*.csv", "nothing/*", "private/d.csv"];
            let resource = resources.choose(random).unwrap();
            let principal = if random.random_bool(0.5) { r#""*""# } else { r#"{"AWS":"*"}"# };
            let actions = actions.iter().map(|action| format!("\"{action}\"")).collect::<Vec<_>>().join(",");
            format!(
                r#"{{"Sid":"s{number}","Effect":"{effect}","Principal":{principal},"Action":[{actions}],"Resource":"arn:aws:s3:::{bucket}/{resource}"}}"#
            )
        })
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn make(moto: &MotoServer, bucket: &str, random: &mut StdRng) {
    moto.make_bucket(bucket, false);
    for key in KEYS {
        let acl = if random.random_bool(0.2) { "public-read" } else { "private" };
        let path = format!("/{bucket}/{}", key.replace(' ', "%20"));
        moto.request("PUT", &path, &[("x-amz-acl", acl)], b"email\nada@example.org\n");
    }
    if random.random_bool(0.8) {
        moto.request("PUT", &format!("/{bucket}?policy"), &[], policy(bucket, random).as_bytes());
    }
}

/// What we say of everyone, without what was answered.
fn said(facts: &BucketGrants) -> BTreeSet<String> {
    let facts = BucketGrants { asked: Vec::new(), ..facts.clone() };
    let reads = entries(facts).into_iter().filter(|entry| entry.privileges.has(Privileges::SELECT));
    reads.filter(|entry| entry.principal == EVERYONE).map(|entry| entry.object).collect()
}

fn given(facts: &BucketGrants) -> BTreeSet<String> {
    let anyone = facts.asked.iter().find(|asked| asked.key.is_none()).unwrap();
    let given = facts.objects.iter().zip(&anyone.reads).filter(|(_, read)| **read == Some(true));
    given.map(|(object, _)| object.name.clone()).collect()
}

#[tokio::test]
async fn everyone_reads_what_we_say_and_every_command_closes_its_way() {
    let moto = MotoServer::shared();
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let (mut open, mut closed) = (0, 0);
    #[expect(clippy::disallowed_methods, reason = "how many buckets is told by the environment")]
    let buckets = std::env::var("DATAWARD_BUCKETS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    for number in 0..buckets {
        let bucket = format!("open-{}-{number}", seed % 1_000_000);
        make(&moto, &bucket, &mut random);
        let mut seen = facts(&moto, &bucket, Vec::new()).await;
        assert_eq!(seen.objects.len(), KEYS.len());
        assert_eq!(said(&seen), given(&seen), "seed {seed}, {bucket}: {:#?}", seen.settings);
        open += given(&seen).len();
        // One command after the other, until nothing is open.
        for _ in 0..20 {
            let ways = entries(seen.clone()).into_iter().filter(|entry| entry.principal == EVERYONE);
            let Some(path) = ways.flat_map(|entry| entry.paths).next() else { break };
            run(&moto, path.revoke.as_deref().unwrap());
            seen = facts(&moto, &bucket, Vec::new()).await;
            let still = entries(seen.clone()).into_iter().flat_map(|entry| entry.paths);
            let still: Vec<_> = still.filter(|other| *other == path).collect();
            assert!(still.is_empty(), "seed {seed}, {bucket}: still there: {path:?}");
            closed += 1;
        }
        assert_eq!(given(&seen), BTreeSet::new(), "seed {seed}, {bucket}");
    }
    assert!(open > buckets / 2 && closed > buckets / 2, "hardly anything was open: {open}, {closed}");
}

#[tokio::test]
async fn what_the_store_answers_goes_before_what_its_settings_say() {
    let moto = MotoServer::shared();
    moto.make_bucket("answers", false);
    moto.put("answers", "a.csv", b"email\n");
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::answers/*"}}"#;
    moto.request("PUT", "/answers?policy", &[], policy.as_bytes());
    let seen = facts(&moto, "answers", Vec::new()).await;
    let mut refused = seen.clone();
    refused.asked.iter_mut().for_each(|asked| asked.reads.fill(Some(false)));
    assert!(!entries(refused).iter().any(|entry| entry.principal == EVERYONE));
    let mut unexplained = seen;
    unexplained.settings = None;
    let entry = entries(unexplained).into_iter().find(|entry| entry.principal == EVERYONE).unwrap();
    assert_eq!(entry.paths[0].text, "everyone: it was asked for without a key, and was given");
}
