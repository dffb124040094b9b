//! The exports, read by programs that are not ours.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use dataward_report::csv;
use dataward_report::dpv;
use dataward_report::fides;
use serde_json::Value;

use crate::fixture::lantern;

/// A Python with `modules` of the package `package`: of `DATAWARD_TEST_VENV`, else of the workspace's
/// own test tools, which are made when missing.
pub(crate) fn python_with(modules: &str, package: &str) -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv");
    let venv = std::env::var_os("DATAWARD_TEST_VENV").map_or(own, PathBuf::from);
    std::fs::create_dir_all(&venv).unwrap();
    // One test process installs, the others wait; `testkit` takes the same lock.
    let lock = File::create(venv.join("dataward.lock")).unwrap();
    lock.lock().unwrap();
    let python = venv.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    }
    let known = Command::new(&python).args(["-c", &format!("import {modules}")]).output().unwrap();
    if !known.status.success() {
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", package]));
    }
    python
}

fn python() -> PathBuf {
    python_with("fideslang, yaml", "fideslang")
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn fides_reads_our_datasets_and_knows_every_category() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("datasets.yml");
    let mut data = lantern();
    data.sources[0].tables[1].columns[1].name = "odd \"name\": #1, ünï\ncode".to_owned();
    std::fs::write(&file, fides(&data)).unwrap();
    let script = "
import sys, yaml
from fideslang.models import Dataset
from fideslang.default_taxonomy import DEFAULT_TAXONOMY
known = {category.fides_key for category in DEFAULT_TAXONOMY.data_category}
datasets = [Dataset.model_validate(one) for one in yaml.safe_load(open(sys.argv[1]))['dataset']]
def walk(fields, path):
    for field in fields:
        for key in field.data_categories or []:
            assert key in known, key
            print(path + '.' + field.name, key)
        walk(field.fields or [], path + '.' + field.name)
for dataset in datasets:
    for collection in dataset.collections:
        walk(collection.fields, dataset.fides_key + '.' + collection.name)
";
    let told = run(Command::new(python()).args(["-c", script]).arg(&file));
    for line in [
        "shop.customers.email user.contact.email",
        "shop.payments.card user.financial.credit_card",
        "files.exports/crm-contacts.jsonl.person.phones user.contact.phone_number",
        "files.logs/access.log.text user.device.ip_address",
        "shop.customers.odd \"name\": #1, ünï\ncode user.name.first",
    ] {
        assert!(told.contains(&format!("{line}\n")), "{line} is missing in\n{told}");
    }
    assert!(!told.contains("total_cents"));
}

#[test]
fn dpv_names_every_place_with_terms_of_the_vocabulary() {
    let document: Value = serde_json::from_str(&dpv(&lantern())).unwrap();
    let process = &document["@graph"][0]["dpv:hasProcess"][0];
    assert_eq!(process["dct:title"], "shop");
    assert_eq!(process["dpv:hasLegalBasis"]["@id"], "dpv:Contract");
    let places = process["dpv:hasPersonalData"].as_array().unwrap();
    let email = places.iter().find(|place| place["dct:identifier"] == "customers.email").unwrap();
    assert_eq!(email["@type"], serde_json::json!(["https://w3id.org/dpv/pd#EmailAddress"]));
    let health = places.iter().find(|place| place["dct:identifier"] == "tickets.body").unwrap();
    let types: Vec<&str> = health["@type"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(types.contains(&"https://w3id.org/dpv#SpecialCategoryPersonalData"), "{types:?}");
    let files = &document["@graph"][0]["dpv:hasProcess"][1];
    let ids =
        files["dpv:hasPersonalData"].as_array().unwrap().iter().map(|place| place["@id"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    assert!(
        ids.contains(&"urn:dataward:place:files/exports%2Fcrm-contacts.jsonl/person.phones%5B%5D".to_owned()),
        "{ids:?}"
    );
    assert!(ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))));
}

#[test]
fn csv_has_one_line_a_place_and_defuses_formulas() {
    let mut data = lantern();
    data.sources[1].tables[2].columns[1].name = "=cmd|' /C calc'!A0".to_owned();
    let text = csv(&data);
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    let email = "shop,customers,email,text,user.contact.email,e-mail address,normal,0.99,,,5012,5040,\
        ops@bluelantern.example,essential.service,contract";
    assert!(lines.contains(&email), "{text}");
    assert!(text.contains("\"'=cmd|' /C calc'!A0\""));
    assert!(!text.contains("total_cents"));
    assert!(lines.iter().any(|line| line.starts_with("files,logs/access.log,,text,user.device.ip_address")));
    assert!(lines.iter().any(|line| line.contains(",confirmed,")));
}
