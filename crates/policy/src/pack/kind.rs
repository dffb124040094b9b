//! The words of rules, as types.

use jiff::civil::Date;
use serde::Serialize;

use crate::Period;
use crate::Wait;

/// Makes an enum of words, its list and the way back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them and their words.
            pub const WORDS: &[(&str, Self)] = &[$(($word, Self::$variant),)*];

            /// The word of the pack.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            pub(crate) fn parse(word: &str) -> Option<Self> {
                Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
            }
        }
    };
}

words! {
    /// What a rule asks for.
    RuleKind {
        /// An assessment before something begins.
        Assessment = "assessment",
        /// How often something is audited.
        AuditFrequency = "audit_frequency",
        /// Erased data is blocked first.
        Blocking = "blocking",
        /// An assessment after a breach.
        BreachAssessment = "breach_assessment",
        /// A notice of a breach to an authority.
        BreachNoticeAuthority = "breach_notice_authority",
        /// A notice of a breach to others.
        BreachNoticeOther = "breach_notice_other",
        /// A notice of a breach to the people concerned.
        BreachNoticeSubject = "breach_notice_subject",
        /// A record that shows compliance.
        ComplianceRecord = "compliance_record",
        /// A stage of dataward's default audit plan.
        DefaultAudit = "default_audit",
        /// A period of dataward's default policy.
        DefaultRetention = "default_retention",
        /// Data has to go.
        DisposalDuty = "disposal_duty",
        /// What may leave the country.
        ExportLimit = "export_limit",
        /// Kept no longer.
        MaxRetention = "max_retention",
        /// Kept at least so long.
        MinRetention = "min_retention",
        /// People are told before their data goes.
        PreErasureNotice = "pre_erasure_notice",
        /// A record of processing.
        RecordOfProcessing = "record_of_processing",
        /// Kept, but not used.
        Restriction = "restriction",
        /// A measure of security.
        SecurityControl = "security_control",
        /// An answer to a person.
        SubjectRequest = "subject_request",
        /// Stops a period from ending.
        Tolling = "tolling",
        /// Training of staff.
        Training = "training",
        /// What people are told.
        Transparency = "transparency",
    }
}

words! {
    /// A term that is no number.
    OpenTerm {
        /// As long as the record it belongs to.
        AsLongAsRecord = "as_long_as_record",
        /// As soon as feasible.
        AsSoonAsFeasible = "as_soon_as_feasible",
        /// As soon as possible.
        AsSoonAsPossible = "as_soon_as_possible",
        /// When a payment is authorised.
        AtAuthorization = "at_authorization",
        /// Whenever something is disposed of.
        AtDisposal = "at_disposal",
        /// When it is needed no longer.
        AtEndOfNeed = "at_end_of_need",
        /// When the period has ended.
        AtPeriodEnd = "at_period_end",
        /// Before processing begins.
        BeforeProcessing = "before_processing",
        /// All the time.
        Continuous = "continuous",
        /// When the services end.
        EndOfServices = "end_of_services",
        /// As long as claims can be made.
        LimitationPeriod = "limitation_period",
        /// No term.
        None = "none",
        /// Again and again.
        Periodic = "periodic",
        /// As long as the purpose needs it.
        Purpose = "purpose",
        /// As soon as that is practicable.
        ReasonablyPracticable = "reasonably_practicable",
        /// Within a reasonable time.
        ReasonableTime = "reasonable_time",
        /// Until something happens.
        UntilEvent = "until_event",
        /// Without delay.
        WithoutDelay = "without_delay",
        /// Without undue delay.
        WithoutUndueDelay = "without_undue_delay",
    }
}

words! {
    /// To which day a start is moved.
    Rounding {
        /// 31 December.
        CalendarYearEnd = "calendar_year_end",
        /// The last day of the fiscal year.
        FiscalYearEnd = "fiscal_year_end",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// How sure a rule is.
    RuleConfidence {
        /// A person confirms it before it deletes anything.
        Medium = "medium",
        /// The wording was read, or it is undisputed.
        High = "high",
    }
}

words! {
    /// What a rule was taken from.
    LawEvidence {
        /// General knowledge, not read again.
        Known = "known",
        /// A regulator, a law firm or a quotation.
        SecondarySeen = "secondary_seen",
        /// The wording itself.
        TextSeen = "text_seen",
    }
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Days on which business is done.
    BusinessDays(u16),
    /// Hours, as the clock runs.
    Hours(Wait),
    /// No number.
    Open(OpenTerm),
    /// By the calendar.
    Period(Period),
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BusinessDays(count) => write!(f, "{count} business days"),
            Self::Hours(wait) => write!(f, "{} hours", wait.hours()),
            Self::Open(term) => f.write_str(&term.as_str().replace('_', " ")),
            Self::Period(period) => write!(f, "{period}"),
        }
    }
}

impl Serialize for Term {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a rule is law today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force, and a date of it is in doubt: treated as of medium confidence.
    CheckDate,
    /// From this day on.
    Future(Date),
    /// In force.
    InForce,
    /// The rule that says how is not there yet.
    PendingRule,
    /// A proposal.
    Proposed,
}

impl Status {
    /// The word of the pack.
    pub fn as_text(self) -> String {
        match self {
            Self::CheckDate => "check_date".to_owned(),
            Self::Future(day) => format!("future:{day}"),
            Self::InForce => "in_force".to_owned(),
            Self::PendingRule => "pending_rule".to_owned(),
            Self::Proposed => "proposed".to_owned(),
        }
    }
}

/// Whether a lawyer of the business has looked at a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// On this day.
    Reviewed(Date),
    /// Not yet.
    Unreviewed,
}

impl Review {
    /// The word of the pack.
    pub fn as_text(self) -> String {
        match self {
            Self::Reviewed(day) => format!("reviewed:{day}"),
            Self::Unreviewed => "unreviewed".to_owned(),
        }
    }
}

/// What a rule does to a period of keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A period that dataward proposes.
    Default,
    /// To be done, but no period that a table can be measured by.
    Duty,
    /// A reason to keep: no duty to keep, none to delete.
    Justification,
    /// Gone when it has ended.
    Maximum,
    /// Kept until it has ended.
    Minimum,
    /// Nothing of a table: an answer, a notice, an audit.
    Process,
}
