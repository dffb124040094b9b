//! Laws that findings name are those of the rule pack, where it has them.

use dataward_audit::law::LAWS;

/// The pack speaks of duties with periods; principles and single requirements of standards have none and
/// stand in our list alone.
const PRINCIPLES: &[&str] = &[
    "eu-gdpr-24-1",
    "eu-gdpr-5-1-b",
    "eu-gdpr-5-1-c",
    "eu-gdpr-5-1-d",
    "eu-gdpr-5-1-f",
    "eu-gdpr-6-1",
    "eu-gdpr-8",
    "eu-gdpr-9",
];

#[test]
fn ids_are_those_of_the_rule_pack() {
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/legal/rules.toml");
    let pack = std::fs::read_to_string(pack).expect("the rule pack lies in shared/legal, beside the work tree");
    let known = |id: &str| pack.contains(&format!("\nid = \"{id}\"\n"));
    let strange: Vec<&str> = LAWS
        .iter()
        .map(|law| law.id)
        .filter(|id| !known(id) && !PRINCIPLES.contains(id) && !id.starts_with("pci-"))
        .collect();
    assert!(strange.is_empty(), "{strange:?} are neither in the pack nor principles");
    for id in PRINCIPLES {
        assert!(!known(id), "{id} is in the pack now: take it off the list");
    }
}
