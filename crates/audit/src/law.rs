//! The legal rules that findings name, by the ids of the rule pack. Not legal advice: each says where
//! it stands, so that a reader can check it.

/// A legal rule or a requirement of a standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    /// The id that findings carry.
    pub id: &'static str,
    /// Where it stands, as a lawyer cites it.
    pub authority: &'static str,
    /// What it asks for, in a few words.
    pub asks: &'static str,
    /// Where to read it.
    pub source: &'static str,
}

const GDPR: &str = "https://eur-lex.europa.eu/eli/reg/2016/679/oj";
const PCI: &str = "https://www.pcisecuritystandards.org/";
const OURS: &str = "docs/book/audit.md";

const fn law(id: &'static str, authority: &'static str, asks: &'static str, source: &'static str) -> Law {
    Law { id, authority, asks, source }
}

/// All of them, by id. One line each.
pub const LAWS: &[Law] = &[
    law("default-audit-access-verification", "dataward default audit plan", "access is verified every month", OURS),
    law(
        "default-audit-data-collection-review",
        "dataward default audit plan",
        "sources are reviewed every quarter",
        OURS,
    ),
    law("default-audit-integrity-check", "dataward default audit plan", "data is checked every six months", OURS),
    law("eu-gdpr-13-2-a", "GDPR art. 13(2)(a), 14(2)(a), 15(1)(d)", "people are told how long data is kept", GDPR),
    law("eu-gdpr-24-1", "GDPR art. 24(1)", "measures are reviewed and updated, and the business can show it", GDPR),
    law(
        "eu-gdpr-30",
        "GDPR art. 30(1)",
        "a record of each processing: purposes, categories, time limits, measures",
        GDPR,
    ),
    law("eu-gdpr-32", "GDPR art. 32(1)", "security that fits the risk: encryption, access, regular testing", GDPR),
    law("eu-gdpr-34", "GDPR art. 34(3)(a)", "encrypted data spares the notice of a breach to people", GDPR),
    law(
        "eu-gdpr-35",
        "GDPR art. 35",
        "an impact assessment before special categories are processed on a large scale",
        GDPR,
    ),
    law("eu-gdpr-5-1-b", "GDPR art. 5(1)(b)", "purpose limitation: collected for stated purposes", GDPR),
    law("eu-gdpr-5-1-c", "GDPR art. 5(1)(c)", "data minimisation: no more than the purpose needs", GDPR),
    law("eu-gdpr-5-1-d", "GDPR art. 5(1)(d)", "accuracy: data is right and kept up to date", GDPR),
    law("eu-gdpr-5-1-e", "GDPR art. 5(1)(e)", "storage limitation: kept no longer than the purpose needs", GDPR),
    law("eu-gdpr-5-1-f", "GDPR art. 5(1)(f)", "integrity and confidentiality", GDPR),
    law("eu-gdpr-6-1", "GDPR art. 6(1)", "each processing has a lawful basis", GDPR),
    law(
        "eu-gdpr-8",
        "GDPR art. 8",
        "children's consent to online services needs the parents below 16 (13 to 16 by member state)",
        GDPR,
    ),
    law("eu-gdpr-9", "GDPR art. 9", "special categories are processed only under one of ten conditions", GDPR),
    law("pci-3-2-1", "PCI DSS 4.0.1 req. 3.2.1", "account data is kept to a minimum", PCI),
    law("pci-3-3-1", "PCI DSS 4.0.1 req. 3.3.1", "sensitive authentication data is not kept after authorisation", PCI),
    law("pci-3-5-1", "PCI DSS 4.0.1 req. 3.5.1", "card numbers are unreadable wherever they are stored", PCI),
    law("pci-4-2-1", "PCI DSS 4.0.1 req. 4.2.1", "card numbers are encrypted on open networks", PCI),
    law("pci-7-2-1", "PCI DSS 4.0.1 req. 7.2.1", "access follows need to know and least privilege", PCI),
    law("pci-7-2-4", "PCI DSS 4.0.1 req. 7.2.4", "user accounts and their rights are reviewed every six months", PCI),
    law("pci-8-3-1", "PCI DSS 4.0.1 req. 8.3.1", "every log-in is authenticated", PCI),
];

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Law> {
    LAWS.iter().find(|law| law.id == id)
}
