//! Cards, government ids, credentials and special categories that we could read in the store: what
//! we can read is not encrypted.

use dataward_model::Category;
use dataward_model::Remedy;
use dataward_model::Sensitivity;
use dataward_model::Severity;

use crate::Check;
use crate::Fault;
use crate::Needs;
use crate::Snapshot;

/// The check.
pub const CHECK: Check = Check {
    name: "encryption/readable-secrets",
    summary: "readable in the clear: cards, ids, credentials, special categories",
    needs: Needs::Inventory,
    run: check,
};

/// One fault for each table with columns that must not lie in the clear.
fn check(snapshot: &Snapshot<'_>) -> Vec<Fault> {
    snapshot
        .tables
        .iter()
        .filter_map(|table| {
            let grave =
                |category: &Category| category.sensitivity() >= Sensitivity::High && *category != Category::PASSWORD;
            let columns: Vec<_> = table.columns.iter().filter(|column| grave(&column.category)).collect();
            let worst = columns.iter().map(|column| column.category.sensitivity()).max()?;
            let has_cards = columns.iter().any(|column| column.category == Category::CREDIT_CARD);
            let mut what: Vec<&str> = columns.iter().map(|column| column.category.title()).collect();
            what.sort_unstable();
            what.dedup();
            Some(Fault {
                place: table.place(),
                detail: String::new(),
                people: table.people,
                severity: if has_cards || worst == Sensitivity::Special { Severity::High } else { Severity::Medium },
                title: format!("`{}` can be read in the clear: {}", table.place(), what.join(", ")),
                reason: if has_cards {
                    "card numbers must be unreadable wherever they are stored (PCI DSS 4.0, requirement 3.5); \
                     encryption is also what spares you breach notices (GDPR art. 34(3)(a))"
                        .to_owned()
                } else {
                    "what harms people when it leaks should be encrypted (GDPR art. 32(1)(a)); encryption is also \
                     what spares you breach notices (GDPR art. 34(3)(a))"
                        .to_owned()
                },
                law: if has_cards { &["pci-3-5-1", "eu-gdpr-32", "eu-gdpr-34"] } else { &["eu-gdpr-32", "eu-gdpr-34"] },
                remedy: Remedy::words("delete what is not needed, and encrypt the rest where it lies"),
            })
        })
        .collect()
}
