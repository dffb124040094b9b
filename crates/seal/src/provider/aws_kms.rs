//! AWS KMS: `Encrypt` and `Decrypt` as plain HTTP requests signed with Signature Version 4.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::SHA256;
use aws_lc_rs::digest::digest;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use zeroize::Zeroizing;

use crate::SealError;
use crate::provider::Exchange;
use crate::provider::Provider;
use crate::provider::another_root;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// Who asks KMS.
#[derive(Clone)]
pub struct AwsCredentials {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: SecretBytes,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretBytes>,
}

/// A key of KMS.
pub struct AwsKms {
    exchange: Arc<dyn Exchange>,
    credentials: AwsCredentials,
    key: String,
    region: String,
    endpoint: String,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl AwsKms {
    /// The key `key` in `region`; at `endpoint` when it is not Amazon's. `now` dates the requests.
    pub fn new(
        exchange: Arc<dyn Exchange>,
        credentials: AwsCredentials,
        key: &str,
        region: &str,
        endpoint: Option<&str>,
        now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        let endpoint = endpoint.map_or_else(|| format!("https://kms.{region}.amazonaws.com"), str::to_owned);
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Self { exchange, credentials, key: key.to_owned(), region: region.to_owned(), endpoint, now }
    }

    async fn call(&self, action: &str, body: &Value, field: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let failed = |message: String| SealError::Provider { provider: "aws-kms", message };
        let body = Zeroizing::new(body.to_string());
        let headers = self.signed(action, body.as_bytes());
        let url = format!("{}/", self.endpoint);
        let (status, answer) = self.exchange.post(&url, &headers, body.as_bytes()).await.map_err(failed)?;
        let answer = Zeroizing::new(answer);
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|_| failed(format!("answered {status}, no JSON")))?;
        if status != 200 {
            // The type of a fault is a word of KMS's; its message may quote.
            let kind = answer["__type"].as_str().and_then(|kind| kind.rsplit('#').next()).unwrap_or("an unknown fault");
            return Err(match kind {
                "InvalidCiphertextException" | "IncorrectKeyException" => another_root(),
                kind if kind.chars().all(|c| c.is_ascii_alphanumeric()) => failed(format!("answered {status}: {kind}")),
                _ => failed(format!("answered {status}")),
            });
        }
        let text = answer[field].as_str().and_then(|text| STANDARD.decode(text).ok());
        text.map(Zeroizing::new).ok_or_else(|| failed(format!("answered without `{field}`")))
    }

    /// The headers of a request, signed.
    fn signed(&self, action: &str, body: &[u8]) -> Vec<(String, SecretBytes)> {
        let time = (self.now)().strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let host = self.endpoint.split("://").nth(1).unwrap_or_default();
        let mut headers = vec![
            ("content-type", b"application/x-amz-json-1.1".to_vec()),
            ("host", host.as_bytes().to_vec()),
            ("x-amz-date", time.clone().into_bytes()),
        ];
        if let Some(token) = &self.credentials.session_token {
            headers.push(("x-amz-security-token", token.to_vec()));
        }
        headers.push(("x-amz-target", format!("TrentService.{action}").into_bytes()));
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut canonical = Zeroizing::new(b"POST\n/\n\n".to_vec());
        for (name, value) in &headers {
            canonical.extend([name.as_bytes(), b":", value, b"\n"].concat());
        }
        canonical.extend(format!("\n{names}\n{}", hex::encode(digest(&SHA256, body))).into_bytes());
        let scope = format!("{day}/{}/kms/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(digest(&SHA256, &canonical)));
        let mut key = Zeroizing::new([b"AWS4", self.credentials.secret_key.as_slice()].concat());
        for part in [day, &self.region, "kms", "aws4_request"] {
            key = Zeroizing::new(sign(&key, part).as_ref().to_vec());
        }
        let signature = hex::encode(sign(&key, &to_sign));
        let access = &self.credentials.access_key;
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization", authorization.into_bytes()));
        let sent = headers.into_iter().filter(|(name, _)| *name != "host");
        sent.map(|(name, value)| (name.to_owned(), SecretBytes::new(value))).collect()
    }
}

fn sign(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

#[async_trait]
impl Provider for AwsKms {
    async fn wrap(&self, key: &SecretKey, label: &str) -> Result<Vec<u8>, SealError> {
        let text = Zeroizing::new(STANDARD.encode(key.bytes()));
        let body = json!({ "KeyId": self.key, "Plaintext": *text, "EncryptionContext": { "dataward": label } });
        Ok(self.call("Encrypt", &body, "CiphertextBlob").await?.to_vec())
    }

    async fn unwrap(&self, wrapped: &[u8], label: &str) -> Result<SecretKey, SealError> {
        let body = json!({
            "KeyId": self.key,
            "CiphertextBlob": STANDARD.encode(wrapped),
            "EncryptionContext": { "dataward": label },
        });
        SecretKey::from_slice(&self.call("Decrypt", &body, "Plaintext").await?)
    }
}
