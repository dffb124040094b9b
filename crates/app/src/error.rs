//! What can go wrong in a use case, grouped by what the person at the keyboard can do.

use thiserror::Error;

/// Why a use case ended without its result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// A mistake in the policy file.
    #[error(transparent)]
    Policy(Box<dataward_policy::PolicyError>),
    /// The command was used wrongly: exit code 2.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead.
        hint: Option<String>,
    },
    /// Something could not be reached, read or written: exit code 3.
    #[error("{message}")]
    Unreachable {
        /// What, and why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Refused on purpose: exit code 4.
    #[error("{message}")]
    Refused {
        /// What, and why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A fault of ours: exit code 5.
    #[error("internal error: {0}")]
    Internal(String),
}

impl AppError {
    /// A wrong use.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A wrong use, with what to type instead.
    pub fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// Something that could not be reached, read or written.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::Unreachable { message: message.into(), hint: None }
    }

    /// The exit code of product.md: 2 wrong use or policy, 3 not reached, 4 refused, 5 ours.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Policy(_) | Self::Usage { .. } => 2,
            Self::Unreachable { .. } => 3,
            Self::Refused { .. } => 4,
            Self::Internal(_) => 5,
        }
    }

    /// What to do, on a line of its own.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } | Self::Unreachable { hint, .. } | Self::Refused { hint, .. } => hint.as_deref(),
            Self::Policy(mistake) => mistake.help_text(),
            Self::Internal(_) => None,
        }
    }

    /// Where the mistake stands, as `file:line:column`, when it is one in a file.
    pub fn place(&self) -> Option<String> {
        let Self::Policy(mistake) = self else { return None };
        let (line, column) = mistake.line_column();
        Some(format!("{}:{line}:{column}", mistake.file()))
    }
}

impl From<dataward_policy::PolicyError> for AppError {
    fn from(error: dataward_policy::PolicyError) -> Self {
        Self::Policy(Box::new(error))
    }
}

impl From<dataward_store::StoreError> for AppError {
    fn from(error: dataward_store::StoreError) -> Self {
        match error {
            dataward_store::StoreError::UnknownPlace { .. } | dataward_store::StoreError::UnknownScan { .. } => {
                Self::usage(error.to_string())
            }
            _ => Self::unreachable(error.to_string()),
        }
    }
}

impl From<dataward_retain::RetainError> for AppError {
    fn from(error: dataward_retain::RetainError) -> Self {
        use dataward_retain::RetainError;
        match error {
            RetainError::Refused { message, hint } => Self::Refused { message, hint: Some(hint) },
            RetainError::Internal(text) => Self::Internal(text),
            RetainError::Evidence(error) => error.into(),
            RetainError::Seal(error) => error.into(),
            RetainError::Proof(error) => error.into(),
            RetainError::Store(error) => error.into(),
            other => Self::unreachable(other.to_string()),
        }
    }
}
