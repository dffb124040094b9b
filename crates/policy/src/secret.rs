//! Where a secret is kept. The policy file never holds one itself.

use std::path::PathBuf;

/// Where a password is kept; read by `app` when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file, its trailing line end left off; relative to the policy file.
    File(PathBuf),
}
