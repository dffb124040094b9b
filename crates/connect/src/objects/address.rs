//! The address of a bucket: `s3://bucket/prefix?endpoint=…`.

use url::Url;

use crate::ConnectError;
use crate::amend::Whereabouts;

/// Which service speaks there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// Azure Blob Storage.
    Azure,
    /// Google Cloud Storage.
    Google,
    /// Amazon S3 or one of the many stores that speak its protocol.
    S3,
}

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    /// Not at all: the bucket is open to everyone.
    Anonymous,
    /// With the credentials the caller gives.
    Given,
    /// With the role of the machine we run on.
    Instance,
}

/// Which versions of objects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// All that are stored, deleted ones included, where the store can list them.
    All,
    /// Only what a plain read gives.
    Latest,
}

/// Where a bucket is and how to speak to it. Holds no secret, except that an address with an
/// `access_key_id` holds that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) provider: Provider,
    /// Bucket, or container for Azure.
    pub(super) bucket: String,
    /// Only keys that begin so are read; empty for all.
    pub(super) prefix: String,
    /// Scheme, host and port of a store that is not the provider's own.
    pub(super) endpoint: Option<Url>,
    pub(super) region: Option<String>,
    /// Whether an unprotected endpoint will do.
    pub(super) allow_http: bool,
    pub(super) signing: Signing,
    pub(super) versions: Versions,
    pub(super) access_key_id: Option<String>,
    /// The storage account; Azure only.
    pub(super) account: Option<String>,
}

/// The settings an address may carry, for messages.
const SETTINGS: &str = "endpoint, region, allow_http, auth (anonymous or instance), versions (all or latest), \
                        access_key_id, account";

impl Address {
    /// Parses an address such as `s3://bucket/prefix?region=eu-central-1`.
    pub(super) fn parse(text: &str) -> Result<Self, ConnectError> {
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        let wrong = |reason: String| ConnectError::Address { url: without_user(shown), reason };
        let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
        let provider = match url.scheme() {
            "s3" | "s3a" => Provider::S3,
            "gs" => Provider::Google,
            "az" | "azure" | "abfs" | "abfss" => Provider::Azure,
            other => return Err(wrong(format!("`{other}:` is not s3:, gs: or az:"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("keys do not belong in the address; give them as credentials".to_owned()));
        }
        let bucket = url.host_str().filter(|bucket| !bucket.is_empty());
        let bucket = bucket.ok_or_else(|| wrong("no bucket: write `s3://bucket/prefix`".to_owned()))?.to_owned();
        let prefix = percent_encoding::percent_decode_str(url.path().trim_start_matches('/'));
        let prefix = prefix.decode_utf8().map_err(|_| wrong("the prefix is not UTF-8".to_owned()))?.into_owned();
        let mut address = Self {
            provider,
            bucket,
            prefix,
            endpoint: None,
            region: None,
            allow_http: false,
            signing: Signing::Given,
            versions: Versions::All,
            access_key_id: None,
            account: None,
        };
        for (name, value) in url.query_pairs() {
            address.set(&name, &value).map_err(wrong)?;
        }
        if let Some(endpoint) = &address.endpoint
            && endpoint.scheme() == "http"
            && !address.allow_http
        {
            return Err(ConnectError::Transport {
                target: endpoint.host_str().unwrap_or_default().to_owned(),
                reason: "the endpoint is http:, so anyone on the way could read the objects; use https:, or add \
                         `allow_http=true` for a store on this machine"
                    .to_owned(),
            });
        }
        Ok(address)
    }

    /// Where it is: the store, the bucket, and what is looked at in it.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        let endpoint = self.endpoint.as_ref().map(|url| url.origin().ascii_serialization().replace("://", ":"));
        let store = format!("{:?} {}", self.provider, endpoint.or_else(|| self.account.clone()).unwrap_or_default());
        // A store may have several names; of two at S3 whose buckets are called alike nobody can tell whether they are one.
        let identity = (self.provider == Provider::S3).then(|| format!("s3/{}", self.bucket));
        Whereabouts::bucket(store.to_lowercase().trim(), &self.bucket, &self.prefix, identity)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("endpoint", _) => {
                let endpoint = Url::parse(value).ok().filter(|url| {
                    matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && url.username().is_empty()
                });
                let endpoint = endpoint.ok_or("`endpoint` must be like `https://storage.example.org:9000`")?;
                self.endpoint = Some(endpoint);
            }
            ("region", _) => self.region = Some(value.to_owned()),
            ("allow_http", "true") => self.allow_http = true,
            ("allow_http", "false") => self.allow_http = false,
            ("auth", "anonymous") => self.signing = Signing::Anonymous,
            ("auth", "instance") => self.signing = Signing::Instance,
            ("versions", "all") => self.versions = Versions::All,
            ("versions", "latest") => self.versions = Versions::Latest,
            ("access_key_id", _) => self.access_key_id = Some(value.to_owned()),
            ("account", _) => self.account = Some(value.to_owned()),
            (_, "") => return Err(format!("a setting has no value; the settings are {SETTINGS}")),
            ("secret_access_key" | "sas" | "sig" | "key" | "password" | "session_token", _) => {
                return Err("secrets do not belong in the address; give them as credentials".to_owned());
            }
            ("allow_http" | "auth" | "versions", _) => {
                return Err(format!("`{name}` has a value that is not known; the settings are {SETTINGS}"));
            }
            _ => return Err(format!("`{name}` is not a setting of an object store; the settings are {SETTINGS}")),
        }
        Ok(())
    }

    /// The address for messages: without settings.
    pub(super) fn shown(&self) -> String {
        let scheme = match self.provider {
            Provider::Azure => "az",
            Provider::Google => "gs",
            Provider::S3 => "s3",
        };
        let Self { bucket, prefix, .. } = self;
        if prefix.is_empty() { format!("{scheme}://{bucket}") } else { format!("{scheme}://{bucket}/{prefix}") }
    }

    /// Host and port that are spoken to, for messages.
    pub(super) fn host(&self) -> String {
        match (&self.endpoint, self.provider) {
            (Some(url), _) => {
                let host = url.host_str().unwrap_or_default();
                url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
            }
            (None, Provider::S3) => format!("s3.{}.amazonaws.com", self.region_or_default()),
            (None, Provider::Google) => "storage.googleapis.com".to_owned(),
            (None, Provider::Azure) => "blob.core.windows.net".to_owned(),
        }
    }

    /// The region requests are signed for.
    pub(super) fn region_or_default(&self) -> &str {
        self.region.as_deref().unwrap_or("us-east-1")
    }
}

/// An address that could not be parsed may hold keys before its `@`.
fn without_user(shown: &str) -> String {
    match (shown.split_once("://"), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_bucket_prefix_and_settings() {
        let address =
            Address::parse("s3://exports/2024/a%20b/?endpoint=http://127.0.0.1:5000&allow_http=true&region=eu-west-1")
                .unwrap();
        assert_eq!((address.bucket.as_str(), address.prefix.as_str()), ("exports", "2024/a b/"));
        assert_eq!(address.host(), "127.0.0.1:5000");
        assert_eq!(address.shown(), "s3://exports/2024/a b/");
        assert_eq!(address.region_or_default(), "eu-west-1");
        let address = Address::parse("gs://shop?auth=anonymous&versions=latest").unwrap();
        assert_eq!(
            (address.provider, address.signing, address.versions),
            (Provider::Google, Signing::Anonymous, Versions::Latest)
        );
        assert_eq!(Address::parse("az://backups/x?account=shop").unwrap().account.as_deref(), Some("shop"));
    }

    #[test]
    fn wrong_addresses_are_refused_in_one_sentence_without_secrets() {
        for (text, part) in [
            ("s3://", "no bucket"),
            ("ftp://x/y", "not s3:, gs: or az:"),
            ("s3://AKIA:topsecret@bucket/x", "keys do not belong in the address"),
            ("s3://b?secret_access_key=topsecret", "secrets do not belong"),
            ("s3://b?regoin=topsecret", "`regoin` is not a setting"),
            ("s3://b?versions=topsecret", "`versions` has a value"),
            ("s3://b?endpoint=topsecret", "must be like"),
            ("s3://b?topsecret", "a setting has no value"),
            ("az://b?sv=2024&sig=topsecret", "not a setting"),
            ("az://b?sig=topsecret", "secrets do not belong"),
            ("s3://b?endpoint=http://h", "anyone on the way"),
            ("s3:// AKIA:topsecret@b", "address"),
        ] {
            let message = Address::parse(text).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
            assert!(!message.contains("topsecret"), "{message}");
        }
    }
}
