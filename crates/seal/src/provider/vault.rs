//! The transit engine of Vault and OpenBao, over its documented HTTP API: `encrypt` and `decrypt`.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;
use zeroize::Zeroizing;

use crate::SealError;
use crate::provider::Exchange;
use crate::provider::Provider;
use crate::provider::another_root;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// A key of a transit engine.
pub struct Vault {
    exchange: Arc<dyn Exchange>,
    address: String,
    mount: String,
    key: String,
    token: SecretBytes,
}

impl Vault {
    /// The key `key` of the engine at `mount`; `token` may encrypt and decrypt with it.
    pub fn new(exchange: Arc<dyn Exchange>, address: &str, mount: &str, key: &str, token: SecretBytes) -> Self {
        let address = address.trim_end_matches('/').to_owned();
        Self { exchange, address, mount: mount.to_owned(), key: key.to_owned(), token }
    }

    async fn call(&self, verb: &str, body: &Value, field: &str) -> Result<String, SealError> {
        let failed = |message: String| SealError::Provider { provider: "vault", message };
        let url = format!("{}/v1/{}/{verb}/{}", self.address, self.mount, self.key);
        let headers = [("x-vault-token".to_owned(), self.token.clone())];
        let body = Zeroizing::new(body.to_string());
        let (status, answer) = self.exchange.post(&url, &headers, body.as_bytes()).await.map_err(failed)?;
        let answer = Zeroizing::new(answer);
        match status {
            200 => {}
            // Transit answers 400 to a ciphertext that does not open.
            400 if verb == "decrypt" => return Err(another_root()),
            403 => return Err(failed(format!("the token may not {verb} with the key `{}`", self.key))),
            404 => return Err(failed(format!("no transit key `{}` at `{}`", self.key, self.mount))),
            503 => return Err(failed("is sealed or standing by".to_owned())),
            other => return Err(failed(format!("answered {other}"))),
        }
        let answer: Value = serde_json::from_slice(&answer).map_err(|_| failed("answered no JSON".to_owned()))?;
        let text = answer["data"][field].as_str();
        text.map(str::to_owned).ok_or_else(|| failed(format!("answered without `{field}`")))
    }
}

#[async_trait]
impl Provider for Vault {
    async fn wrap(&self, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
        let text = Zeroizing::new(STANDARD.encode(key.bytes()));
        let body = json!({ "plaintext": *text, "associated_data": STANDARD.encode(label) });
        Ok(self.call("encrypt", &body, "ciphertext").await?.into_bytes())
    }

    async fn unwrap(&self, wrapped: &[u8], label: &str) -> Result<SecretKey, SealError> {
        let ciphertext = std::str::from_utf8(wrapped).map_err(|_| another_root())?;
        let body = json!({ "ciphertext": ciphertext, "associated_data": STANDARD.encode(label) });
        let text = Zeroizing::new(self.call("decrypt", &body, "plaintext").await?);
        let key = STANDARD.decode(text.as_str()).map(Zeroizing::new).map_err(|_| another_root())?;
        SecretKey::from_slice(&key)
    }
}
