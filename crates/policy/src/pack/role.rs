//! What tables are for.

use serde::Serialize;

/// What a table is for: law speaks of invoices and letters, not of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableRole {
    /// Accounts and customers.
    Account,
    /// Applications for work.
    Applicant,
    /// Copies for the case of loss.
    Backup,
    /// Books, ledgers, entries.
    Book,
    /// Who agreed to what.
    Consent,
    /// Contracts and subscriptions.
    Contract,
    /// Applications for credit.
    CreditApplication,
    /// Personnel.
    Employee,
    /// Pictures of cameras.
    Footage,
    /// Patients and treatments.
    HealthRecord,
    /// Identity checks.
    IdentityCheck,
    /// Invoices and receipts.
    Invoice,
    /// Letters and mails about deals.
    Letter,
    /// Log lines: who came from where.
    Log,
    /// Newsletters, leads, campaigns.
    Marketing,
    /// Orders and bookings.
    Order,
    /// Payments.
    Payment,
    /// Wages.
    Payroll,
    /// Support tickets and their messages.
    Ticket,
    /// Hours worked.
    WorkingTime,
}

impl TableRole {
    /// All roles and their words.
    pub const WORDS: &[(&str, Self)] = &[
        ("account", Self::Account),
        ("applicant", Self::Applicant),
        ("backup", Self::Backup),
        ("book", Self::Book),
        ("consent", Self::Consent),
        ("contract", Self::Contract),
        ("credit-application", Self::CreditApplication),
        ("employee", Self::Employee),
        ("footage", Self::Footage),
        ("health-record", Self::HealthRecord),
        ("identity-check", Self::IdentityCheck),
        ("invoice", Self::Invoice),
        ("letter", Self::Letter),
        ("log", Self::Log),
        ("marketing", Self::Marketing),
        ("order", Self::Order),
        ("payment", Self::Payment),
        ("payroll", Self::Payroll),
        ("ticket", Self::Ticket),
        ("working-time", Self::WorkingTime),
    ];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, role)| *role == self).map_or("", |(word, _)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, role)| *role)
    }
}
