//! Why data may be used at all.

use serde::Serialize;

/// GDPR art. 6(1) (a) to (f).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LawfulBasis {
    /// (a)
    Consent,
    /// (b)
    Contract,
    /// (f)
    LegitimateInterests,
    /// (c)
    LegalObligation,
    /// (e)
    PublicTask,
    /// (d)
    VitalInterests,
}

impl LawfulBasis {
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("consent", Self::Consent),
        ("contract", Self::Contract),
        ("legal_obligation", Self::LegalObligation),
        ("vital_interests", Self::VitalInterests),
        ("public_task", Self::PublicTask),
        ("legitimate_interests", Self::LegitimateInterests),
    ];

    /// The word of the policy file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegitimateInterests => "legitimate_interests",
            Self::LegalObligation => "legal_obligation",
            Self::PublicTask => "public_task",
            Self::VitalInterests => "vital_interests",
        }
    }
}
