//! `s3://bucket/prefix?…`: where a bucket is, and what signs the requests.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::aws::AwsCredentialProvider;
use percent_encoding::percent_decode_str;

use crate::ProtectError;

/// A bucket and what lies in it below a prefix.
pub struct BucketAddress {
    /// The bucket.
    pub store: Arc<dyn ObjectStore>,
    /// The prefix; empty for all of the bucket.
    pub prefix: String,
    pub(super) credentials: AwsCredentialProvider,
    pub(super) region: String,
    /// Scheme, host and bucket, without a slash at the end.
    pub(super) base: String,
    pub(super) allow_http: bool,
}

impl BucketAddress {
    /// The bucket and prefix of `s3://bucket/prefix?endpoint=…&region=…&allow_http=true`, signed with what
    /// `variables` say (`AWS_ACCESS_KEY_ID` and the others), or with `secret` and the address's
    /// `access_key_id`.
    ///
    /// # Errors
    /// When the address is none, its prefix is not UTF-8, or it asks for plain HTTP without `allow_http=true`.
    pub fn s3(
        url: &str,
        variables: impl Iterator<Item = (String, String)>,
        secret: Option<&str>,
    ) -> Result<Self, ProtectError> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let wrong = |reason: &str| ProtectError::Store { place: address.to_owned(), reason: reason.to_owned() };
        let rest = address.strip_prefix("s3://").ok_or_else(|| wrong("objects are sealed in s3:// buckets only"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        // As the connector reads it: `M%C3%A4rz` and `März` are the same place.
        let prefix = percent_decode_str(prefix).decode_utf8().map_err(|_| wrong("the prefix is not UTF-8"))?;
        let mut builder = AmazonS3Builder::new();
        for (name, value) in variables {
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        if let Some(secret) = secret {
            builder = builder.with_secret_access_key(secret);
        }
        builder = builder.with_bucket_name(bucket);
        let allow_http = query.split('&').any(|pair| pair == "allow_http=true");
        builder = builder.with_allow_http(allow_http);
        let (mut endpoint, mut region) = (None, None);
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "access_key_id" => builder = builder.with_access_key_id(value),
                // How the bucket is read; sealing goes by what is there now.
                "allow_http" | "versions" => {}
                "endpoint" if value.starts_with("http://") && !allow_http => {
                    return Err(wrong(
                        "the endpoint is http:, so anyone on the way could read the objects; add `allow_http=true`",
                    ));
                }
                "endpoint" => {
                    builder = builder.with_endpoint(value);
                    endpoint = Some(value.trim_end_matches('/').to_owned());
                }
                "region" => {
                    builder = builder.with_region(value);
                    region = Some(value.to_owned());
                }
                _ => {
                    return Err(wrong(&format!(
                        "`{name}` is no setting of a bucket here: endpoint, region, allow_http"
                    )));
                }
            }
        }
        let store = builder.build().map_err(|_| wrong("the address and the credentials do not fit together"))?;
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
        Ok(Self {
            credentials: store.credentials().clone(),
            store: Arc::new(store),
            prefix: prefix.into_owned(),
            base: format!("{endpoint}/{bucket}"),
            region,
            allow_http,
        })
    }

    /// Whether the object `key` of this bucket lies below `other`, which may be a part of it.
    pub fn is_within(&self, other: &Self, key: &str) -> bool {
        self.base == other.base && key.starts_with(&other.prefix)
    }
}
