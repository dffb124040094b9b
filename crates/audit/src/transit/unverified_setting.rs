//! Lines in files of folder sources that connect without looking at the certificate.

use dataward_model::Remedy;
use dataward_model::Severity;

use super::weak_string::Weakness;
use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "transit/unverified-setting",
    summary: "settings in files that connect without checking who answers",
    needs: Needs::Facts,
    run: check,
};

/// One fault for each kind of weakness in a file; the line itself is never repeated, it may hold a password.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    let Some(transit) = &snapshot.facts.transit else { return Vec::new() };
    let mut settings: Vec<_> = transit.settings.iter().collect();
    settings.sort_by_key(|setting| (&setting.place, setting.weakness, setting.line));
    let same = |a: &&super::WeakSetting, b: &&super::WeakSetting| a.place == b.place && a.weakness == b.weakness;
    settings
        .chunk_by(same)
        .filter_map(|group| {
            let first = group.first()?;
            let lines: Vec<String> = group.iter().take(8).map(|setting| setting.line.to_string()).collect();
            let file = &first.place;
            Some(Fault {
                place: first.place.clone(),
                detail: format!("{:?}", first.weakness),
                severity: if first.weakness == Weakness::Plain { Severity::High } else { Severity::Medium },
                people: None,
                title: format!(
                    "`{file}`, line{} {}: a connection that {}",
                    if lines.len() == 1 { "" } else { "s" },
                    lines.join(", "),
                    first.weakness.as_str()
                ),
                reason: "somebody in the middle can take the server's place, read the password and all that follows"
                    .to_owned(),
                law: &["eu-gdpr-32"],
                remedy: Remedy::words(first.weakness.remedy()),
            })
        })
        .collect()
}
