//! Names that stand for whichever column of a table means it.

/// An event that tables record under many names. `retain::clock` says by which names and types a
/// column is taken for one, and asks where it is not sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symbol {
    /// When a ticket, order or account was closed.
    ClosedAt,
    /// When a contract ended or ends.
    ContractEnd,
    /// When the record was made.
    Created,
    /// When somebody stopped working here.
    EmploymentEnd,
    /// When somebody was hired.
    Hired,
    /// When an invoice was issued.
    InvoiceDate,
    /// When the person last did something. What others do to the record does not count (CNIL,
    /// Référentiel gestion commerciale: an e-mail that was merely opened neither).
    LastActivity,
    /// When the business relationship ended.
    RelationshipEnd,
    /// When something was bought, booked or paid.
    TransactionDate,
}

impl Symbol {
    /// All, in the order of their names.
    pub const ALL: [Self; 9] = [
        Self::ClosedAt,
        Self::ContractEnd,
        Self::Created,
        Self::EmploymentEnd,
        Self::Hired,
        Self::InvoiceDate,
        Self::LastActivity,
        Self::RelationshipEnd,
        Self::TransactionDate,
    ];

    /// The word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClosedAt => "closed_at",
            Self::ContractEnd => "contract_end",
            Self::Created => "created",
            Self::EmploymentEnd => "employment_end",
            Self::Hired => "hired",
            Self::InvoiceDate => "invoice_date",
            Self::LastActivity => "last_activity",
            Self::RelationshipEnd => "relationship_end",
            Self::TransactionDate => "transaction_date",
        }
    }

    /// The symbol of that name, whatever its case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|symbol| symbol.as_str().eq_ignore_ascii_case(name))
    }
}
