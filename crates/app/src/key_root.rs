//! The root of the keys: how it is named on the command line, and how its holder is reached.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dataward_model::Clock;
use dataward_seal::SecretBytes;
use dataward_seal::SecretKey;
use dataward_seal::provider::AwsCredentials;
use dataward_seal::provider::AwsKms;
use dataward_seal::provider::Exchange;
use dataward_seal::provider::LocalRoot;
use dataward_seal::provider::Pkcs11;
use dataward_seal::provider::Provider;
use dataward_seal::provider::ProviderSettings;
use dataward_seal::provider::Vault;
use dataward_seal::provider::os_keyring;
use dataward_seal::provider::passphrase;

use crate::AppError;
use crate::environment;
use crate::environment::SystemClock;

/// Asks for a secret: a passphrase, a PIN, a token. Says what it is for.
pub type AskSecret<'a> = dyn Fn(&str) -> Result<SecretBytes, AppError> + Sync + 'a;

/// Where a new root is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootChoice {
    /// `kms:KEY?region=…&endpoint=…`
    AwsKms {
        /// Key id, ARN or alias.
        key: String,
        /// The region.
        region: String,
        /// Where KMS is, when not at Amazon's address of the region.
        endpoint: Option<String>,
    },
    /// `file:PATH`
    KeyFile(PathBuf),
    /// `keyring`
    OsKeyring,
    /// `passphrase`
    Passphrase,
    /// `pkcs11:MODULE?token=…&key=…`
    Pkcs11 {
        /// The module's library.
        module: PathBuf,
        /// The label of the token.
        token: String,
        /// The label of the key.
        key: String,
    },
    /// `systemd:NAME`
    SystemdCredential(String),
    /// `vault:https://HOST:PORT/MOUNT/KEY`
    Vault {
        /// Scheme, host and port.
        address: String,
        /// Where the transit engine is mounted.
        mount: String,
        /// The name of the key.
        key: String,
    },
}

const FORMS: &str = "passphrase, keyring, file:PATH, systemd:NAME, vault:https://HOST/MOUNT/KEY, \
                     kms:KEY?region=REGION, pkcs11:MODULE?token=LABEL&key=LABEL";

impl RootChoice {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is none of the forms.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        let wrong = || AppError::usage_hint(format!("`{text}` is no root"), format!("one of: {FORMS}"));
        if text == "passphrase" {
            return Ok(Self::Passphrase);
        }
        if text == "keyring" {
            return Ok(Self::OsKeyring);
        }
        let (kind, rest) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).ok_or_else(wrong)?;
        let (name, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let setting = |wanted: &str| {
            let pairs = settings.split('&').filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.to_owned())
        };
        match kind {
            "file" => Ok(Self::KeyFile(PathBuf::from(rest))),
            "kms" => Ok(Self::AwsKms {
                key: name.to_owned(),
                region: setting("region").ok_or_else(wrong)?,
                endpoint: setting("endpoint"),
            }),
            "pkcs11" => Ok(Self::Pkcs11 {
                module: PathBuf::from(name),
                token: setting("token").ok_or_else(wrong)?,
                key: setting("key").ok_or_else(wrong)?,
            }),
            "systemd" => Ok(Self::SystemdCredential(rest.to_owned())),
            "vault" => {
                let (address, key) = rest.rsplit_once('/').ok_or_else(wrong)?;
                let (address, mount) = address.rsplit_once('/').ok_or_else(wrong)?;
                let local = ["http://127.0.0.1", "http://localhost"].iter().any(|local| address.starts_with(local));
                if !address.starts_with("https://") && !local {
                    return Err(AppError::usage("a Vault is reached by https:// only"));
                }
                Ok(Self::Vault { address: address.to_owned(), mount: mount.to_owned(), key: key.to_owned() })
            }
            _ => Err(wrong()),
        }
    }

    /// Makes the root where that is ours to do, and the settings to keep.
    ///
    /// # Errors
    /// When its holder cannot be reached, or a key file is there already.
    pub fn make(self, ask: &AskSecret<'_>) -> Result<(ProviderSettings, Box<dyn Provider>), AppError> {
        let settings = match self {
            Self::AwsKms { key, region, endpoint } => ProviderSettings::AwsKms { key, region, endpoint },
            Self::KeyFile(path) => {
                let path = std::path::absolute(&path)
                    .map_err(|error| AppError::unreachable(format!("cannot tell where the key file is: {error}")))?;
                if path.exists() {
                    return Err(AppError::usage_hint(
                        format!("`{}` is there already", path.display()),
                        "name a new file; an existing root key is never taken over",
                    ));
                }
                let root = LocalRoot::new(SecretKey::random()?);
                let text = root.danger_text();
                let text = std::str::from_utf8(&text).map_err(|_| AppError::Internal("hex is text".to_owned()))?;
                environment::write_secret(&path, text)?;
                return Ok((ProviderSettings::KeyFile { path: path.display().to_string() }, Box::new(root)));
            }
            Self::OsKeyring => {
                let root = LocalRoot::new(SecretKey::random()?);
                // Tells this root from those of other businesses in the same keyring.
                let id = format!("{}", SystemClock.now().as_millisecond());
                os_keyring::keep(&id, &root)?;
                return Ok((ProviderSettings::OsKeyring { id }, Box::new(root)));
            }
            Self::Passphrase => {
                let secret = ask("a new passphrase for the keys")?;
                let (settings, root) = passphrase::choose(text_of(&secret)?)?;
                return Ok((ProviderSettings::Passphrase(settings), Box::new(root)));
            }
            Self::Pkcs11 { module, token, key } => {
                let pin = ask(&format!("the PIN of the token `{token}`"))?;
                let hsm = Pkcs11::open(&module, &token, &key, pin)?;
                hsm.make_key()?;
                let module = module.display().to_string();
                return Ok((ProviderSettings::Pkcs11 { module, token, key }, Box::new(hsm)));
            }
            Self::SystemdCredential(name) => ProviderSettings::SystemdCredential { name },
            Self::Vault { address, mount, key } => ProviderSettings::Vault { address, mount, key },
        };
        let provider = reach(&settings, ask)?;
        Ok((settings, provider))
    }
}

/// The holder of a root that is in use.
///
/// # Errors
/// When it cannot be reached, or the secret that opens it is another one.
pub fn reach(settings: &ProviderSettings, ask: &AskSecret<'_>) -> Result<Box<dyn Provider>, AppError> {
    Ok(match settings {
        ProviderSettings::AwsKms { key, region, endpoint } => {
            let variable = |name: &str| {
                environment::variable(name).ok_or_else(|| AppError::usage(format!("`{name}` is not set: KMS needs it")))
            };
            let credentials = AwsCredentials {
                access_key: variable("AWS_ACCESS_KEY_ID")?,
                secret_key: SecretBytes::new(variable("AWS_SECRET_ACCESS_KEY")?.into_bytes()),
                session_token: environment::variable("AWS_SESSION_TOKEN")
                    .map(|text| SecretBytes::new(text.into_bytes())),
            };
            let http = Arc::new(Http::new()?);
            let now = Box::new(|| SystemClock.now());
            Box::new(AwsKms::new(http, credentials, key, region, endpoint.as_deref(), now))
        }
        ProviderSettings::KeyFile { path } => Box::new(key_file(Path::new(path), "the root key")?),
        ProviderSettings::OsKeyring { id } => Box::new(os_keyring::fetch(id)?),
        ProviderSettings::Passphrase(passphrase) => {
            Box::new(passphrase.root(text_of(&ask("the passphrase of the keys")?)?)?)
        }
        ProviderSettings::Pkcs11 { module, token, key } => {
            let pin = ask(&format!("the PIN of the token `{token}`"))?;
            Box::new(Pkcs11::open(Path::new(module), token, key, pin)?)
        }
        ProviderSettings::SystemdCredential { name } => {
            let folder = environment::variable("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                AppError::usage_hint(
                    "systemd gave us no credentials",
                    format!("put `LoadCredentialEncrypted={name}:FILE` into the unit of the service"),
                )
            })?;
            Box::new(key_file(&Path::new(&folder).join(name), "the credential")?)
        }
        ProviderSettings::Vault { address, mount, key } => {
            let token = ask(&format!("the token for the transit key `{key}`"))?;
            Box::new(Vault::new(Arc::new(Http::new()?), address, mount, key, token))
        }
    })
}

fn key_file(path: &Path, what: &str) -> Result<LocalRoot, AppError> {
    let text = fs_err::read(path)
        .map(SecretBytes::new)
        .map_err(|error| AppError::unreachable(format!("cannot read {what}: {error}")))?;
    Ok(LocalRoot::parse(text_of(&text)?)?)
}

fn text_of(secret: &SecretBytes) -> Result<&str, AppError> {
    std::str::from_utf8(secret).map_err(|_| AppError::usage("the secret is not text"))
}

/// HTTP for the providers that speak it.
struct Http {
    client: reqwest::Client,
}

impl Http {
    fn new() -> Result<Self, AppError> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build();
        Ok(Self { client: client.map_err(|_| AppError::Internal("no HTTP client can be made".to_owned()))? })
    }
}

#[async_trait]
impl Exchange for Http {
    async fn post(&self, url: &str, headers: &[(String, SecretBytes)], body: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let mut request = self.client.post(url).body(body.to_vec());
        for (name, value) in headers {
            let mut value = reqwest::header::HeaderValue::from_bytes(value).map_err(|_| "a header is malformed")?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        // What the library says may quote the address with its query; ours have none.
        let mut answer = request.send().await.map_err(|error| match error.is_timeout() {
            true => "does not answer in time".to_owned(),
            false => "cannot be reached".to_owned(),
        })?;
        let status = answer.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| "the answer broke off".to_owned())? {
            if bytes.len() + chunk.len() > 1 << 20 {
                return Err("the answer is too long".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((status, bytes))
    }
}
