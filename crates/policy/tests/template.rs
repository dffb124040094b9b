//! The file that `init` writes is one that `parse` takes.

use dataward_model::SourceId;
use dataward_policy::Policy;
use dataward_policy::SecretRef;
use dataward_policy::template::Template;
use dataward_policy::template::TemplateSource;

#[test]
fn the_written_file_reads_back() {
    let text = Template {
        business: "Ada \"& Sons\" \\ Köln".to_owned(),
        jurisdictions: vec!["EU".to_owned()],
        sectors: vec![],
        sources: vec![TemplateSource {
            id: SourceId::new("shop").unwrap(),
            url: "postgres://dataward@localhost/shop".to_owned(),
            password: Some(SecretRef::Env("SHOP_PASSWORD".to_owned())),
            password_if_asked: None,
            owner: None,
        }],
    }
    .render();
    let policy = Policy::parse("dataward.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(policy.business.name, "Ada \"& Sons\" \\ Köln");
    assert_eq!(policy.sources.len(), 1);
    assert_eq!(policy.retain.len(), 1);
    // With every comment taken away it still holds: the examples in it are right too.
    let bare: String = text.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let without_prose: String =
        bare.split_inclusive('\n').filter(|line| line.contains('=') || line.starts_with('[')).collect();
    Policy::parse("dataward.toml", &without_prose).unwrap_or_else(|error| panic!("{error}\n{without_prose}"));
}
