//! Where the key store lies, and how it is opened and saved.

use std::path::Path;
use std::path::PathBuf;

use dataward_evidence::Event;
use dataward_evidence::KeyEvent;
use dataward_seal::SealError;
use dataward_seal::keys::KeyStore;
use dataward_seal::keys::Unlocked;
use dataward_seal::provider::Provider;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::evidence_log;
use crate::key_root;
use crate::key_root::AskSecret;

/// The key store within its folder.
const STORE: &str = "keys.json";

/// A folder with a key store, and the project whose log hears of it.
#[derive(Clone, Debug)]
pub struct KeyFolder {
    folder: PathBuf,
    project: Option<Project>,
}

impl KeyFolder {
    /// `explicit`, or else `keys` within the state of the project near.
    ///
    /// # Errors
    /// When there is neither.
    pub fn find(explicit: Option<&Path>, project: Option<Project>) -> Result<Self, AppError> {
        let folder = match (explicit, &project) {
            (Some(folder), _) => folder.to_owned(),
            (None, Some(project)) => project.state_dir().join("keys"),
            (None, None) => {
                return Err(AppError::usage_hint(
                    "no dataward.toml here or in a folder above, so no keys either",
                    "name their folder with --keys, or begin with `dataward init`",
                ));
            }
        };
        Ok(Self { folder, project })
    }

    /// The file.
    pub fn file(&self) -> PathBuf {
        self.folder.join(STORE)
    }

    /// Whether there are keys.
    pub fn exists(&self) -> bool {
        self.file().exists()
    }

    /// The project, if there is one.
    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref()
    }

    /// Reads the key store.
    ///
    /// # Errors
    /// When there is none, or it is not what was written.
    pub fn read(&self) -> Result<KeyStore, AppError> {
        match fs_err::read_to_string(self.file()) {
            Ok(text) => Ok(KeyStore::parse(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(AppError::usage_hint("there are no keys yet", "dataward keys init"))
            }
            Err(error) => Err(AppError::unreachable(format!("cannot read the key store: {error}"))),
        }
    }

    /// Reads the key store and unlocks it with its root.
    ///
    /// # Errors
    /// When the root cannot be reached or is another one.
    pub async fn unlock(&self, ask: &AskSecret<'_>) -> Result<(KeyStore, Unlocked, Box<dyn Provider>), AppError> {
        let store = self.read()?;
        let root = key_root::reach(&store.root.provider, ask)?;
        let keys = store.unlock(root.as_ref()).await?;
        Ok((store, keys, root))
    }

    /// Writes the key store, whole or not at all, for those who may write to its folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, store: &KeyStore) -> Result<(), AppError> {
        let failed = |error| AppError::unreachable(format!("cannot make the folder of the keys: {error}"));
        // A folder that was there before keeps its mode: what else lies in it is not ours.
        dataward_owner::folder(&self.folder).map_err(failed)?;
        environment::write_file(&self.file(), store.to_text())?;
        fs_err::File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    /// Logs what was done with keys, where there is a log.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(crate) async fn record(&self, event: KeyEvent, now: Timestamp) -> Result<(), AppError> {
        let Some(project) = &self.project else { return Ok(()) };
        let store = project.store().await?;
        evidence_log::record_all(project, &store, vec![Event::Keys(event)], now).await.map(drop)
    }
}

impl From<SealError> for AppError {
    fn from(error: SealError) -> Self {
        let message = error.to_string();
        match error {
            SealError::BadKey(_) | SealError::WrongSecret(_) | SealError::Unsupported(_) => Self::usage(message),
            SealError::Internal(_) => Self::Internal(message),
            _ => Self::unreachable(message),
        }
    }
}
