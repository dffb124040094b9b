//! `keys`: init, status, rotate, recover, drill, recipients, shred.

use std::path::Path;

use dataward_evidence::KeyEvent;
use dataward_model::Clock;
pub use dataward_seal::SecretBytes;
use dataward_seal::esdk;
use dataward_seal::esdk::OpenRules;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use dataward_seal::keys::INTEGRITY;
use dataward_seal::keys::KeyState;
use dataward_seal::keys::KeyStore;
use dataward_seal::keys::NONCE_BUDGET;
use dataward_seal::recipient::Recipient;
use dataward_seal::recovery::NewRecovery;
pub use dataward_seal::recovery::Share;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::key_folder::KeyFolder;
use crate::key_root::AskSecret;
use crate::key_root::RootChoice;
use crate::recovery_kit;

/// The class of files, unless another one is named.
pub const FILES: &str = "files";
/// SP 800-57 part 1, table 1: a key that wraps keys is used by its originator for at most two years; a
/// year is what `rotate` is asked for.
const CRYPTOPERIOD_DAYS: i64 = 365;
/// A drill is due twice a year.
const DRILL_DAYS: i64 = 183;
/// What a drill seals and opens.
const CANARY: &[u8] = b"a canary of the recovery drill";

/// `dataward/keys@1`.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct KeysReport {
    /// Always `dataward/keys@1`.
    pub schema: &'static str,
    /// Who holds the root.
    pub root: String,
    /// Its version.
    pub root_version: u32,
    /// Days it has been in use.
    pub root_age_days: i64,
    /// The class keys.
    pub keys: Vec<KeyLine>,
    /// The recovery key.
    pub recovery: RecoveryLine,
    /// Names of people that files are sealed for besides.
    pub recipients: Vec<String>,
    /// Who approves what cannot be undone: `two of 3 operators`, `one person alone (solo)`, `nobody yet`.
    pub approval: String,
    /// What is due, in order.
    pub due: Vec<String>,
}

/// One version of a class key.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct KeyLine {
    /// The class.
    pub class: String,
    /// The version.
    pub version: u32,
    /// `active`, `retired` or `shredded`.
    pub state: String,
    /// Days since it was made.
    pub age_days: i64,
    /// Days after which it is to be renewed (SP 800-57 part 1 allows two years, we ask after one).
    pub cryptoperiod_days: i64,
    /// Files it has sealed, as far as commands came to their end.
    pub files: u64,
    /// Files it may seal: random nonces, a factor of two below the 2^32 of SP 800-38D.
    pub budget: u64,
}

/// The recovery key.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct RecoveryLine {
    /// Its short name.
    pub id: String,
    /// `2 of 3`
    pub sheets: String,
    /// Days since it was made.
    pub age_days: i64,
    /// Days since the sheets were last tried; none: never.
    pub last_drill_days: Option<i64>,
}

/// Makes the keys and writes the recovery kit into `kit`.
///
/// # Errors
/// When there are keys already, the holder of the root cannot be reached, or `kit` is not empty.
pub async fn init(
    folder: &KeyFolder,
    root: RootChoice,
    kit: &Path,
    (threshold, sheets): (u8, u8),
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    if folder.exists() {
        return Err(AppError::Refused {
            message: format!("there are keys already: {}", folder.file().display()),
            hint: Some("`dataward keys status` shows them, `dataward keys rotate` renews them".to_owned()),
        });
    }
    recovery_kit::claim(kit, None)?;
    let recovery = NewRecovery::generate(threshold, sheets)?;
    let (settings, root) = root.make(ask)?;
    let now = clock.now();
    let store = KeyStore::create(settings, root.as_ref(), &recovery, &[FILES], now).await?;
    // Without the kit a lost root is the end of all files: it is on the disk before the keys are.
    recovery_kit::write(kit, &store, &recovery)?;
    folder.save(&store)?;
    recovery_kit::finish(kit)?;
    folder.record(event(&store, "init", None, None), now).await?;
    Ok(report(folder, &store, now))
}

/// What there is, how old it is, what is due. Needs no secret.
///
/// # Errors
/// When there are no keys.
pub fn status(folder: &KeyFolder, clock: &dyn Clock) -> Result<KeysReport, AppError> {
    Ok(report(folder, &folder.read()?, clock.now()))
}

/// Makes a new version of the key of `class`, or its first.
///
/// # Errors
/// When the keys cannot be unlocked.
pub async fn rotate_class(
    folder: &KeyFolder,
    class: &str,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    let (mut store, keys, root) = folder.unlock(ask).await?;
    let now = clock.now();
    let version = store.rotate_class(&keys, root.as_ref(), class, now).await?;
    folder.save(&store)?;
    folder.record(event(&store, "rotate", Some(class), Some(version)), now).await?;
    Ok(report(folder, &store, now))
}

/// Wraps all keys anew under another root; no file is touched.
///
/// # Errors
/// When either root cannot be reached.
pub async fn rotate_root(
    folder: &KeyFolder,
    choice: RootChoice,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    let (mut store, keys, _) = folder.unlock(ask).await?;
    let (settings, root) = choice.make(ask)?;
    let now = clock.now();
    store.change_root(&keys, settings, root.as_ref(), now).await?;
    folder.save(&store)?;
    folder.record(event(&store, "rotate-root", None, None), now).await?;
    Ok(report(folder, &store, now))
}

/// Opens the keys with the sheets and puts them under a new root.
///
/// # Errors
/// When the sheets do not open them.
pub async fn recover(
    folder: &KeyFolder,
    shares: &[Share],
    choice: RootChoice,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    let mut store = folder.read()?;
    let keys = store.unlock_for_recovery(&store.recovery.open(shares)?)?;
    let (settings, root) = choice.make(ask)?;
    let now = clock.now();
    store.change_root(&keys, settings, root.as_ref(), now).await?;
    folder.save(&store)?;
    folder.record(event(&store, "recover", None, None), now).await?;
    Ok(report(folder, &store, now))
}

/// Replaces the recovery key and writes a new kit. Files are sealed for the new one from then on;
/// `rewrap` changes those there are.
///
/// # Errors
/// When the keys cannot be unlocked, or `kit` is not empty.
pub async fn renew_recovery(
    folder: &KeyFolder,
    kit: &Path,
    (threshold, sheets): (u8, u8),
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    recovery_kit::claim(kit, Some(&folder.read()?))?;
    let (mut store, keys, _) = folder.unlock(ask).await?;
    let recovery = NewRecovery::generate(threshold, sheets)?;
    let now = clock.now();
    store.change_recovery(&keys, &recovery, now)?;
    recovery_kit::write(kit, &store, &recovery)?;
    folder.save(&store)?;
    recovery_kit::finish(kit)?;
    folder.record(event(&store, "renew-recovery", None, None), now).await?;
    Ok(report(folder, &store, now))
}

/// Tries the sheets: they must open every key there is, and a canary that is sealed as each class seals, by the
/// recovery key alone, as somebody without this key store would. The date is kept.
///
/// # Errors
/// When the sheets do not open the keys or a canary.
pub async fn drill(folder: &KeyFolder, shares: &[Share], clock: &dyn Clock) -> Result<KeysReport, AppError> {
    let mut store = folder.read()?;
    let recovery = store.recovery.open(shares)?;
    let keys = store.unlock_for_recovery(&recovery)?;
    for class in keys.classes() {
        let message = esdk::begin(&recipients(&keys.recipients(&class)?), keys.context(&class)?)?;
        let mut sealed = SealStream::new(Vec::new(), message)?;
        sealed.push(CANARY)?;
        let sealed = sealed.finish()?;
        let mut input = sealed.as_slice();
        let opened = esdk::open(&mut input, &[&recovery], &OpenRules::default())?;
        let mut canary = Vec::new();
        OpenStream::new(input, opened).copy_to(&mut canary)?;
        if canary != CANARY {
            return Err(AppError::Internal(format!("a canary sealed for `{class}` opens to something else")));
        }
    }
    let now = clock.now();
    store.note_drill(&keys, now)?;
    folder.save(&store)?;
    folder.record(event(&store, "drill", None, None), now).await?;
    Ok(report(folder, &store, now))
}

fn recipients(boxes: &[Box<dyn Recipient>]) -> Vec<&dyn Recipient> {
    boxes.iter().map(AsRef::as_ref).collect()
}

/// Adds a person that files are sealed for from now on, by their public key.
///
/// # Errors
/// When the keys cannot be unlocked or the public key is none.
pub async fn add_recipient(
    folder: &KeyFolder,
    name: &str,
    public: &str,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    let (mut store, keys, _) = folder.unlock(ask).await?;
    let now = clock.now();
    store.add_person(&keys, name, public, now)?;
    folder.save(&store)?;
    folder.record(event(&store, "add-recipient", None, None), now).await?;
    Ok(report(folder, &store, now))
}

/// Takes a person out. Files that are sealed for them stay so until they are rewrapped.
///
/// # Errors
/// When the keys cannot be unlocked or there is no such person.
pub async fn remove_recipient(
    folder: &KeyFolder,
    name: &str,
    ask: &AskSecret<'_>,
    clock: &dyn Clock,
) -> Result<KeysReport, AppError> {
    let (mut store, keys, _) = folder.unlock(ask).await?;
    let now = clock.now();
    if !store.remove_person(&keys, name)? {
        return Err(AppError::usage_hint(format!("there is no recipient `{name}`"), "dataward keys recipients list"));
    }
    folder.save(&store)?;
    folder.record(event(&store, "remove-recipient", None, None), now).await?;
    Ok(report(folder, &store, now))
}

pub(crate) fn event(store: &KeyStore, what: &str, class: Option<&str>, version: Option<u32>) -> KeyEvent {
    KeyEvent {
        action: what.to_owned(),
        class: class.map(str::to_owned),
        version,
        root: store.root.provider.kind().to_owned(),
        root_version: store.root.version,
        recovery: store.recovery.id.clone(),
        files: None,
        bytes: None,
        sources: Vec::new(),
        plan: None,
        approved_by: Vec::new(),
    }
}

/// Who approves, in words.
fn approval(folder: &KeyFolder) -> String {
    let Some(rule) = folder.project().map(|project| &project.policy.approval) else {
        return "no policy near".to_owned();
    };
    match (rule.solo, rule.operators.len()) {
        (true, _) => "one person alone (solo)".to_owned(),
        (false, 0 | 1) => "nobody yet: name two operators under [approval]".to_owned(),
        (false, count) => format!("two of {count} operators"),
    }
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs() / 86_400
}

fn report(folder: &KeyFolder, store: &KeyStore, now: Timestamp) -> KeysReport {
    let mut due = Vec::new();
    let mut keys = Vec::new();
    for (class, versions) in store.classes.iter().filter(|(class, _)| *class != INTEGRITY) {
        for record in versions {
            let age = days(record.created, now);
            let state = match record.state {
                KeyState::Active => "active",
                KeyState::Retired(_) => "retired",
                KeyState::Shredded(_) => "shredded",
            };
            if record.state == KeyState::Active && (age >= CRYPTOPERIOD_DAYS || record.uses >= NONCE_BUDGET / 2) {
                due.push(format!("dataward keys rotate --class {class}"));
            }
            keys.push(KeyLine {
                class: class.clone(),
                version: record.version,
                state: state.to_owned(),
                age_days: age,
                cryptoperiod_days: CRYPTOPERIOD_DAYS,
                files: record.uses,
                budget: NONCE_BUDGET,
            });
        }
    }
    let last_drill_days = store.recovery.last_drill.map(|at| days(at, now));
    if last_drill_days.is_none_or(|days| days >= DRILL_DAYS) {
        due.push("dataward keys drill".to_owned());
    }
    KeysReport {
        schema: "dataward/keys@1",
        root: store.root.provider.kind().to_owned(),
        root_version: store.root.version,
        root_age_days: days(store.root.created, now),
        keys,
        recovery: RecoveryLine {
            id: store.recovery.id.clone(),
            sheets: format!("{} of {}", store.recovery.threshold, store.recovery.shares),
            age_days: days(store.recovery.created, now),
            last_drill_days,
        },
        approval: approval(folder),
        recipients: store.recipients.iter().map(|person| person.name.clone()).collect(),
        due,
    }
}
