//! A policy file, and the state that lies beside it.

use std::path::Path;
use std::path::PathBuf;

use dataward_policy::Policy;
use dataward_store::Store;

use crate::AppError;
use crate::environment;
use crate::registry;
use crate::scan::Target;

/// The name of the policy file.
pub const POLICY_FILE: &str = "dataward.toml";

/// A policy file, and the state that lies beside it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the policy file; relative paths in it start here.
    pub root: PathBuf,
    /// The policy file.
    pub file: PathBuf,
    /// What it says.
    pub policy: Policy,
}

impl Project {
    /// The project of `explicit`, or else of the nearest policy file in `from` or above.
    ///
    /// # Errors
    /// When the file cannot be read or has a mistake. No file near is no error.
    pub fn find(explicit: Option<&Path>, from: &Path) -> Result<Option<Self>, AppError> {
        let file = match explicit {
            Some(file) => Some(file.to_owned()),
            None => from.ancestors().map(|folder| folder.join(POLICY_FILE)).find(|file| file.is_file()),
        };
        file.map(|file| Self::open(&file)).transpose()
    }

    /// Reads the policy file `file`.
    ///
    /// # Errors
    /// When it cannot be read or has a mistake.
    pub fn open(file: &Path) -> Result<Self, AppError> {
        let text = fs_err::read_to_string(file).map_err(|error| AppError::Usage {
            message: format!("cannot read the policy file: {error}"),
            hint: Some("`dataward init` writes one".to_owned()),
        })?;
        let policy = Policy::parse(&file.display().to_string(), &text)?;
        let root = file.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { root, file: file.to_owned(), policy })
    }

    /// Where our own state lies.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join(&self.policy.state_dir)
    }

    /// Our own state, made when it is not there yet.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn store(&self) -> Result<Store, AppError> {
        Ok(Store::open(&self.state_dir()).await?)
    }

    /// The declared sources, or those of `names` only, ready to be read.
    ///
    /// # Errors
    /// When a name is not declared or an address is not understood. A source whose password cannot be
    /// fetched fails when it is opened, so that the others go on.
    pub fn targets(&self, names: &[String]) -> Result<Vec<Target>, AppError> {
        if let Some(unknown) = names.iter().find(|name| !self.policy.sources.keys().any(|id| id.as_str() == *name)) {
            let known: Vec<&str> = self.policy.sources.keys().map(|id| id.as_str()).collect();
            return Err(AppError::usage_hint(
                format!("`{unknown}` is neither a source in {} nor a path or address", self.file.display()),
                if known.is_empty() {
                    "no source is declared yet".to_owned()
                } else {
                    format!("declared: {}", known.join(", "))
                },
            ));
        }
        let wanted = |id: &str| names.is_empty() || names.iter().any(|name| name == id);
        self.policy
            .sources
            .iter()
            .filter(|(id, _)| wanted(id.as_str()))
            .map(|(id, source)| {
                let password = source.password.as_ref().map(|secret| environment::secret(secret, &self.root));
                match password.transpose() {
                    Ok(password) => registry::target(id.clone(), &source.url, password, &self.root),
                    Err(error) => Ok(registry::closed(id.clone(), &source.url, &error)),
                }
            })
            .collect()
    }
}
