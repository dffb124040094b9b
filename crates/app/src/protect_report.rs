//! What encrypting, decrypting and looking at files came to.

use std::collections::BTreeMap;

use dataward_protect::tree;
use schemars::JsonSchema;
use serde::Serialize;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sealed files to plaintext.
    Decrypt,
    /// Plaintext to sealed files.
    Encrypt,
    /// Sealed anew for those who are recipients now.
    Rewrap,
    /// Opened and thrown away.
    Verify,
}

impl Action {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decrypt => "decrypt",
            Self::Encrypt => "encrypt",
            Self::Rewrap => "rewrap",
            Self::Verify => "verify",
        }
    }
}

/// `dataward/protect@1`.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct ProtectReport {
    /// Always `dataward/protect@1`.
    pub schema: String,
    /// `encrypt`, `decrypt`, `rewrap` or `verify`.
    pub action: String,
    /// The class keys and their versions that files are sealed with now.
    pub key: Option<String>,
    /// Files done now.
    pub files: u64,
    /// Files that were so already.
    pub already: u64,
    /// Bytes of plaintext.
    pub bytes: u64,
    /// Files that are not sealed, when verifying; at most a thousand.
    pub plain: Vec<String>,
    /// Leftovers of runs that were killed, removed now.
    pub leftovers: u64,
    /// How many failed or were left as they are.
    pub failures: u64,
    /// Why; at most a thousand.
    pub failed: Vec<String>,
    /// The hash of the plan that was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Files of the plan that are there no more, plain or sealed.
    pub gone: u64,
    /// Files that the policy wants encrypted and that can still be read, by looking again afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl ProtectReport {
    pub(crate) fn new(action: Action) -> Self {
        Self { schema: "dataward/protect@1".to_owned(), action: action.as_str().to_owned(), ..Self::default() }
    }

    /// Adds what was done below a folder; what was done for each class.
    pub(crate) fn add(&mut self, done: tree::Report) -> BTreeMap<Option<String>, tree::Part> {
        self.files += done.done;
        self.already += done.already;
        self.bytes += done.bytes;
        self.leftovers += done.leftovers;
        self.failures += done.failures;
        self.plain.extend(done.plain.iter().map(|path| path.display().to_string()));
        self.failed.extend(done.failed.iter().map(ToString::to_string));
        done.classes
    }
}
