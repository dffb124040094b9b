//! Older versions: what is deleted in a bucket that keeps versions stays there as one.

use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::ClientOptions;
use object_store::ObjectMeta;
use object_store::ObjectStoreExt;
use object_store::aws::AwsAuthorizer;
use object_store::client::HttpClient;
use object_store::client::HttpConnector;
use object_store::client::HttpRequest;
use object_store::client::HttpRequestBody;
use object_store::client::ReqwestConnector;
use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;

use super::BucketAddress;
use super::Sealed;
use super::bucket::Bucket;
use super::key_path;
use super::store_error;
use crate::KeyRing;
use crate::ProtectError;
use crate::SUFFIX;
use crate::file::Watch;

/// Versions that are named; the others are counted.
const MOST_NAMES: usize = 1000;

/// An older version of an object, as the bucket's listing has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderVersion {
    /// The object's key.
    pub key: String,
    /// The version's id.
    pub version: String,
    /// Its entity tag.
    pub tag: Option<String>,
    /// Its length.
    pub bytes: u64,
}

/// What became of the older versions of objects that were sealed.
#[derive(Debug, Default)]
pub struct Report {
    /// Versions with just the bytes that were sealed, removed now.
    pub purged: u64,
    /// Older versions that are still there in plaintext.
    pub left: u64,
    /// The first thousand of them: `key (version)`.
    pub names: Vec<String>,
    /// What the store did not allow.
    pub failed: Vec<ProtectError>,
}

/// Goes through the older versions of a bucket: those with the bytes that are sealed are removed when `purge`
/// has the keys to tell. What was sealed just now is known by its tag; what an earlier run sealed (`before`) is
/// opened and compared with each older version of its length. Those with other bytes are another state of the
/// data, which is sealed nowhere: they are only named.
///
/// # Errors
/// When no client can be made. What fails below stands in the report.
pub async fn settle(
    address: &BucketAddress,
    sealed: &[Sealed],
    before: &[String],
    purge: Option<&KeyRing>,
    mut older: BoxStream<'_, Result<OlderVersion, String>>,
) -> Result<Report, ProtectError> {
    let sealed: HashMap<&str, &Sealed> = sealed.iter().map(|sealed| (sealed.key.as_str(), sealed)).collect();
    let before: HashSet<&str> = before.iter().map(String::as_str).collect();
    let eraser = Eraser::new(address)?;
    let mut opened = Opened::default();
    let mut report = Report::default();
    while let Some(found) = older.next().await {
        let version = match found {
            Ok(version) => version,
            Err(reason) => {
                report.failed.push(ProtectError::Store { place: address.base.clone(), reason });
                continue;
            }
        };
        let key = version.key.as_str();
        let known = sealed.get(key);
        if known.is_none() && !before.contains(key) {
            continue;
        }
        let same = match (purge, known) {
            (None, _) => Ok(false),
            (Some(_), Some(of)) => Ok(of.tag.is_some() && of.tag == version.tag && of.bytes == version.bytes),
            (Some(keys), None) => opened.is_same(address, keys, &version).await,
        };
        let gone = match same {
            Ok(true) => eraser.erase(&version).await.map(|()| true),
            other => other,
        };
        match gone {
            Ok(true) => {
                report.purged += 1;
                continue;
            }
            Ok(false) => {}
            Err(error) => report.failed.push(error),
        }
        report.left += 1;
        if report.names.len() < MOST_NAMES {
            report.names.push(format!("{} ({})", version.key, version.version));
        }
    }
    Ok(report)
}

/// The last sealed object that was opened to compare: versions of one key are listed one after the other.
#[derive(Default)]
struct Opened {
    key: String,
    digest: [u8; 32],
    bytes: u64,
}

impl Opened {
    /// Whether a version holds just what the object that its key was sealed to opens to.
    async fn is_same(
        &mut self,
        address: &BucketAddress,
        keys: &KeyRing,
        version: &OlderVersion,
    ) -> Result<bool, ProtectError> {
        let store = address.store.as_ref();
        let watch = Watch::default();
        let bucket = Bucket { store, keys, watch: &watch };
        if self.key != version.key {
            let name = format!("{}.{SUFFIX}", version.key);
            let meta = store.head(&key_path(&name)?).await.map_err(|error| store_error(&name, &error))?;
            (self.digest, self.bytes) = bucket.digest(&meta).await?;
            self.key.clone_from(&version.key);
        }
        if self.bytes != version.bytes {
            return Ok(false);
        }
        let meta = ObjectMeta {
            location: key_path(&version.key)?,
            last_modified: Default::default(),
            size: version.bytes,
            e_tag: None,
            version: Some(version.version.clone()),
        };
        Ok(bucket.plain_digest(&meta).await? == self.digest)
    }
}

/// Removes versions for good, which `object_store` has no call for. Signing and HTTP are its own.
struct Eraser<'a> {
    client: HttpClient,
    address: &'a BucketAddress,
}

impl<'a> Eraser<'a> {
    fn new(address: &'a BucketAddress) -> Result<Self, ProtectError> {
        let options = ClientOptions::new().with_timeout(Duration::from_secs(120)).with_allow_http(address.allow_http);
        let client = ReqwestConnector::default().connect(&options);
        let failed = |_| ProtectError::Store {
            place: address.base.clone(),
            reason: "the HTTP client could not be made".to_owned(),
        };
        Ok(Self { client: client.map_err(failed)?, address })
    }

    async fn erase(&self, version: &OlderVersion) -> Result<(), ProtectError> {
        let place = format!("{} ({})", version.key, version.version);
        let failed = |reason: &str| ProtectError::Store { place: place.clone(), reason: reason.to_owned() };
        let url = format!("{}/{}?versionId={}", self.address.base, encode(&version.key), encode(&version.version));
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = "DELETE".parse().map_err(|_| failed("cannot be asked for"))?;
        *request.uri_mut() = url.parse().map_err(|_| failed("its name cannot be sent in a request"))?;
        let credential = self.address.credentials.get_credential().await.map_err(|_| failed("no access key"))?;
        AwsAuthorizer::new(&credential, "s3", &self.address.region).authorize(&mut request, None);
        let answer = self.client.execute(request).await.map_err(|_| failed("the store did not answer"))?;
        match answer.status().as_u16() {
            200 | 204 => Ok(()),
            403 => Err(failed("the store does not allow it: grant s3:DeleteObjectVersion, or its lock must end first")),
            status => Err(failed(&format!("the store answered {status}"))),
        }
    }
}

/// As AWS signs it; slashes stay.
fn encode(text: &str) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(text, ENCODED).to_string()
}
