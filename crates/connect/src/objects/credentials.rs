//! Keys for buckets. Whoever calls reads the environment; this room never does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dataward_model::Redacted;
use object_store::BackoffConfig;
use object_store::ObjectStore;
use object_store::RetryConfig;
use object_store::StaticCredentialProvider;
use object_store::aws::AmazonS3Builder;
use object_store::aws::AwsCredential;
use object_store::aws::AwsCredentialProvider;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;

use super::address::Address;
use super::address::Provider;
use super::address::Signing;
use super::s3::client_options;
use crate::ConnectError;

/// What opens a bucket: settings with the names that the clouds' own tools use for environment
/// variables (`AWS_ACCESS_KEY_ID`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_KEY`, …).
/// Prints as `***`.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    settings: BTreeMap<String, Redacted<String>>,
}

impl Credentials {
    /// Keeps those of `variables` that concern object stores, whatever the case of their names.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let settings = variables.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        let ours = settings.filter(|(name, value)| {
            !value.is_empty() && ["aws_", "google_", "azure_"].iter().any(|prefix| name.starts_with(prefix))
        });
        Self { settings: ours.map(|(name, value)| (name, Redacted::new(value))).collect() }
    }

    /// An access key of an S3-like store.
    pub fn access_key(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::from_variables([
            ("aws_access_key_id".to_owned(), id.into()),
            ("aws_secret_access_key".to_owned(), secret.into()),
        ])
    }

    /// A secret alone (the `password` of a source); the address says whose it is with
    /// `access_key_id` or `account`. For Google it is the JSON of a service account's key.
    pub fn secret(secret: impl Into<String>) -> Self {
        let secret = secret.into();
        Self::from_variables(
            ["aws_secret_access_key", "azure_storage_account_key", "google_service_account_key"]
                .map(|name| (name.to_owned(), secret.clone())),
        )
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(|value| value.expose().as_str())
    }

    /// Takes over what the environment says of the place, where the address says nothing.
    pub(super) fn complete(&self, address: &mut Address) -> Result<(), ConnectError> {
        if address.provider != Provider::S3 {
            return Ok(());
        }
        let region = self.setting("aws_region").or_else(|| self.setting("aws_default_region"));
        address.region = address.region.take().or_else(|| region.map(str::to_owned));
        if let (None, Some(endpoint)) =
            (&address.endpoint, self.setting("aws_endpoint_url_s3").or_else(|| self.setting("aws_endpoint_url")))
        {
            let allowed = address.allow_http || self.setting("aws_allow_http") == Some("true");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("endpoint", endpoint)
                .append_pair("allow_http", if allowed { "true" } else { "false" })
                .finish();
            address.endpoint = Address::parse(&format!("s3://x?{query}"))?.endpoint;
            address.allow_http = allowed;
        }
        Ok(())
    }

    /// What signs requests to an S3-like store; none for an open bucket.
    pub(super) fn s3(&self, address: &Address) -> Result<Option<AwsCredentialProvider>, ConnectError> {
        let id = address.access_key_id.as_deref().or_else(|| self.setting("aws_access_key_id"));
        let elsewhere = ["aws_web_identity_token_file", "aws_container_credentials_relative_uri"]
            .into_iter()
            .chain(["aws_container_credentials_full_uri"])
            .any(|name| self.setting(name).is_some());
        match (address.signing, id, self.setting("aws_secret_access_key")) {
            (Signing::Anonymous, _, _) => Ok(None),
            (Signing::Given, Some(id), Some(secret)) => {
                let credential = AwsCredential {
                    key_id: id.to_owned(),
                    secret_key: secret.to_owned(),
                    token: self.setting("aws_session_token").map(str::to_owned),
                };
                // They go into headers as they are; a stray line end (a key read from a file) would not pass.
                let sendable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
                if !sendable(&credential.key_id) || !credential.token.as_deref().is_none_or(sendable) {
                    return Err(denied(address, "the access key id or session token has characters no key has"));
                }
                Ok(Some(Arc::new(StaticCredentialProvider::new(credential))))
            }
            (Signing::Instance, _, _) => self.lent(address),
            (Signing::Given, _, _) if elsewhere => self.lent(address),
            (Signing::Given, _, _) => Err(denied(
                address,
                "no access key was given; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or add `auth=anonymous` to \
                 the address of an open bucket, or `auth=instance` to use the role of this machine",
            )),
        }
    }

    /// Keys that the cloud lends to the machine, container or service account we run as.
    fn lent(&self, address: &Address) -> Result<Option<AwsCredentialProvider>, ConnectError> {
        let mut builder = AmazonS3Builder::new().with_bucket_name(&address.bucket).with_retry(retry());
        for (name, value) in &self.settings {
            if let Ok(key) = name.parse() {
                builder = builder.with_config(key, value.expose());
            }
        }
        let store = builder.build().map_err(|_| denied(address, "the settings for AWS do not fit together"))?;
        Ok(Some(store.credentials().clone()))
    }

    /// A store at Google or Azure.
    pub(super) fn store(&self, address: &Address) -> Result<Arc<dyn ObjectStore>, ConnectError> {
        let wrong = |_| {
            denied(
                address,
                "the credentials do not fit together; give the account's name and key, or a service account",
            )
        };
        let anonymous = address.signing == Signing::Anonymous;
        if address.provider == Provider::Google {
            let mut builder = GoogleCloudStorageBuilder::new();
            for (name, value) in &self.settings {
                if let Ok(key) = name.parse() {
                    builder = builder.with_config(key, value.expose());
                }
            }
            if let Some(endpoint) = &address.endpoint {
                builder = builder.with_base_url(endpoint.as_str().trim_end_matches('/'));
            }
            builder = builder.with_bucket_name(&address.bucket).with_retry(retry());
            builder = builder.with_client_options(client_options(address)).with_skip_signature(anonymous);
            return Ok(Arc::new(builder.build().map_err(wrong)?));
        }
        let mut builder = MicrosoftAzureBuilder::new();
        for (name, value) in &self.settings {
            if let Ok(key) = name.parse() {
                builder = builder.with_config(key, value.expose());
            }
        }
        if let Some(account) = &address.account {
            builder = builder.with_account(account);
        }
        if let Some(endpoint) = &address.endpoint {
            builder = builder.with_endpoint(endpoint.to_string());
        }
        builder = builder.with_container_name(&address.bucket).with_retry(retry());
        builder = builder.with_client_options(client_options(address)).with_skip_signature(anonymous);
        Ok(Arc::new(builder.build().map_err(wrong)?))
    }
}

fn denied(address: &Address, reason: &str) -> ConnectError {
    ConnectError::Denied { target: address.shown(), reason: reason.to_owned() }
}

/// The library's own patience is three minutes, too long to wait for a wrong name.
fn retry() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 3, retry_timeout: Duration::from_secs(30) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_print() {
        let credentials = Credentials::access_key("AKIA", "topsecret");
        let printed = format!("{credentials:?}");
        assert!(!printed.contains("topsecret") && !printed.contains("AKIA"), "{printed}");
    }

    #[test]
    fn the_environment_completes_the_address_but_never_overrules_it() {
        let variables =
            [("AWS_REGION", "eu-north-1"), ("AWS_ENDPOINT_URL", "https://store.example.org"), ("PATH", "/bin")];
        let credentials = Credentials::from_variables(variables.map(|(name, value)| (name.into(), value.into())));
        let mut address = Address::parse("s3://b").unwrap();
        credentials.complete(&mut address).unwrap();
        assert_eq!((address.region_or_default(), address.host().as_str()), ("eu-north-1", "store.example.org"));
        let mut address = Address::parse("s3://b?region=us-west-2&endpoint=https://other.example.org").unwrap();
        credentials.complete(&mut address).unwrap();
        assert_eq!((address.region_or_default(), address.host().as_str()), ("us-west-2", "other.example.org"));
    }

    #[test]
    fn a_bucket_without_any_key_says_what_to_set() {
        let address = Address::parse("s3://b").unwrap();
        let message = Credentials::default().s3(&address).unwrap_err().to_string();
        assert!(message.contains("AWS_ACCESS_KEY_ID") && message.contains("auth=anonymous"), "{message}");
        let by_secret = Address::parse("s3://b?access_key_id=AKIA").unwrap();
        assert!(Credentials::secret("s").s3(&by_secret).unwrap().is_some());
        assert!(Credentials::default().s3(&Address::parse("s3://b?auth=anonymous").unwrap()).unwrap().is_none());
    }
}
