//! The S3 protocol as far as we need it and `object_store` does not offer it: listing with
//! versions and storage classes, ranges of one version, errors by their code.
//!
//! Signing, credentials and HTTP are `object_store`'s.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::TryStreamExt;
use futures::stream;
use jiff::Timestamp;
use object_store::ClientOptions;
use object_store::aws::AwsAuthorizer;
use object_store::aws::AwsCredentialProvider;
use object_store::client::HttpClient;
use object_store::client::HttpConnector;
use object_store::client::HttpErrorKind;
use object_store::client::HttpRequest;
use object_store::client::HttpRequestBody;
use object_store::client::ReqwestConnector;

use super::address::Address;
use super::bucket::Bucket;
use super::bucket::Entry;
use super::bucket::EntryStream;
use super::bucket::Keeping;
use super::bucket::Part;
use super::bucket::Removed;
use super::errors;
use super::grants::AclGrant;
use super::grants::BucketSettings;
use super::grants::Unseen;
use super::iam::Identities;
use super::listing;
use super::listing::Cursor;
use super::listing::Page;
use crate::ConnectError;

/// One bucket of an S3-like store.
#[derive(Debug)]
pub(super) struct S3 {
    client: HttpClient,
    /// None for requests that are not signed.
    pub(super) credentials: Option<AwsCredentialProvider>,
    pub(super) address: Address,
    /// Scheme, host and bucket, without a slash at the end.
    pub(super) base: String,
    page_objects: usize,
}

/// How a request went, when an answer came.
pub(super) struct Answer {
    pub(super) status: u16,
    region: Option<String>,
    /// `x-amz-server-side-encryption`.
    encryption: Option<String>,
    /// `x-amz-object-lock-mode`, or `x-amz-object-lock-legal-hold: ON`.
    locked: bool,
    pub(super) body: Bytes,
}

impl S3 {
    /// Speaks to the bucket of `address`, signing with `credentials` where there are any.
    pub(super) fn new(address: Address, credentials: Option<AwsCredentialProvider>) -> Result<Self, ConnectError> {
        let endpoint = match &address.endpoint {
            Some(endpoint) => endpoint.as_str().trim_end_matches('/').to_owned(),
            None => format!("https://{}", address.host()),
        };
        let options = client_options(&address);
        let client = ReqwestConnector::default().connect(&options).map_err(|_| ConnectError::Internal {
            target: address.shown(),
            reason: "the HTTP client could not be made".to_owned(),
        })?;
        let base = format!("{endpoint}/{}", encode(&address.bucket));
        Ok(Self { client, credentials, address, base, page_objects: PAGE_OBJECTS })
    }

    /// Lists in pages of `page_objects`; at most 1,000 come whatever is asked for.
    #[cfg(test)]
    pub(super) fn with_page_objects(mut self, page_objects: usize) -> Self {
        self.page_objects = page_objects;
        self
    }

    /// Sends a request, again where that may help.
    pub(super) async fn send(
        &self,
        target: &str,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ConnectError> {
        self.send_to("s3", target, url, headers).await
    }

    /// The same to another service that the store's keys are for.
    pub(super) async fn send_to(
        &self,
        service: &'static str,
        target: &str,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ConnectError> {
        self.send_as("GET", service, target, url, headers).await
    }

    /// The same with another method than GET.
    async fn send_as(
        &self,
        method: &str,
        service: &'static str,
        target: &str,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ConnectError> {
        let mut tries = 0;
        loop {
            let outcome = self.send_once(method, service, target, url, headers).await;
            let pause = Duration::from_millis(200 << tries);
            tries += 1;
            match outcome {
                Ok(answer) if matches!(answer.status, 429 | 500 | 502..=504) && tries < TRIES => {}
                Ok(answer) => return Ok(answer),
                Err(Failure::Passing(_)) if tries < TRIES => {}
                Err(Failure::Passing(error) | Failure::Final(error)) => return Err(error),
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn send_once(
        &self,
        method: &str,
        service: &'static str,
        target: &str,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, Failure> {
        let unsendable = || {
            Failure::Final(ConnectError::Malformed {
                target: target.to_owned(),
                reason: "its name cannot be sent in a request".to_owned(),
            })
        };
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = url.parse().map_err(|_| unsendable())?;
        *request.method_mut() = method.parse().map_err(|_| unsendable())?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().map_err(|_| unsendable())?);
        }
        if let Some(provider) = &self.credentials {
            let credential = provider.get_credential().await.map_err(|_| {
                Failure::Final(ConnectError::Denied {
                    target: self.address.shown(),
                    reason: "no access key could be had from this machine's role; set AWS_ACCESS_KEY_ID and \
                             AWS_SECRET_ACCESS_KEY"
                        .to_owned(),
                })
            })?;
            // Accounts are kept in one region for all.
            let region = if service == "iam" { "us-east-1" } else { self.address.region_or_default() };
            AwsAuthorizer::new(&credential, service, region).authorize(&mut request, None);
        }
        let host = self.address.host();
        let failed = |error: object_store::client::HttpError| {
            let passing =
                matches!(error.kind(), HttpErrorKind::Interrupted | HttpErrorKind::Request | HttpErrorKind::Timeout);
            let error = errors::from_http(&host, &error);
            if passing { Failure::Passing(error) } else { Failure::Final(error) }
        };
        let response = self.client.execute(request).await.map_err(&failed)?;
        let status = response.status().as_u16();
        let region = response.headers().get("x-amz-bucket-region").and_then(|value| value.to_str().ok());
        let region = region.map(str::to_owned);
        let encryption = response.headers().get("x-amz-server-side-encryption");
        let encryption = encryption.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let lock = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retained = lock("x-amz-object-lock-mode").filter(|mode| !mode.is_empty());
        let retained = retained.is_some_and(|_| !is_over(lock("x-amz-object-lock-retain-until-date"), lock("date")));
        let locked = retained || lock("x-amz-object-lock-legal-hold") == Some("ON");
        let body = response.into_body().bytes().await.map_err(failed)?;
        Ok(Answer { status, region, encryption, locked, body })
    }

    pub(super) fn refused(&self, target: String, answer: &Answer) -> ConnectError {
        errors::from_s3(&self.address, target, answer.status, answer.region.as_deref(), &answer.body)
    }

    async fn page(&self, versions: bool, cursor: Option<&Cursor>, most: usize) -> Result<Page, ConnectError> {
        self.page_below(&self.address.prefix, versions, cursor, most).await
    }

    async fn page_below(
        &self,
        prefix: &str,
        versions: bool,
        cursor: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, ConnectError> {
        let mut query = if versions { "versions=".to_owned() } else { "list-type=2".to_owned() };
        let mut add = |name: &str, value: &str| {
            query.push_str(&format!("&{name}={}", encode(value)));
        };
        add("encoding-type", "url");
        add("max-keys", &most.to_string());
        if !prefix.is_empty() {
            add("prefix", prefix);
        }
        match cursor {
            None => {}
            Some(Cursor::Token(token)) => add("continuation-token", token),
            Some(Cursor::Marker { key, version }) => {
                add("key-marker", key);
                if let Some(version) = version {
                    add("version-id-marker", version);
                }
            }
        }
        let target = self.address.shown();
        let answer = self.send(&target, &format!("{}?{query}", self.base), &[]).await?;
        if answer.status != 200 {
            return Err(self.refused(target, &answer));
        }
        listing::parse(&answer.body).ok_or_else(|| ConnectError::Malformed {
            target,
            reason: "the answer is not a listing of a bucket; is the endpoint an S3-like store?".to_owned(),
        })
    }

    /// Whether a setting of the bucket is there and says one of these words.
    async fn says(&self, target: &str, url: &str, words: &[&str]) -> bool {
        let answer = self.send(target, url, &[]).await;
        answer.is_ok_and(|answer| {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            answer.status == 200 && words.iter().any(|word| body.contains(word))
        })
    }

    pub(super) fn object_url(&self, key: &str, version: Option<&str>) -> String {
        let mut url = format!("{}/{}", self.base, encode(key));
        if let Some(version) = version {
            url.push_str("?versionId=");
            url.push_str(&encode(version));
        }
        url
    }
}

#[async_trait]
impl Bucket for S3 {
    async fn probe(&self) -> Result<(), ConnectError> {
        self.page(false, None, 1).await.map(|_| ())
    }

    fn entries(self: Arc<Self>, versions: bool) -> EntryStream {
        let pages = stream::try_unfold(Some(None), move |state: Option<Option<Cursor>>| {
            let bucket = self.clone();
            async move {
                let Some(cursor) = state else { return Ok(None) };
                let page = bucket.page(versions, cursor.as_ref(), bucket.page_objects).await?;
                if page.next.is_some() && page.next == cursor {
                    return Err(ConnectError::Malformed {
                        target: bucket.address.shown(),
                        reason: "its listing goes round in circles; this looks like a fault of the store".to_owned(),
                    });
                }
                let entries = stream::iter(page.entries.into_iter().map(Ok::<Entry, ConnectError>));
                Ok(Some((entries, page.next.map(Some))))
            }
        });
        pages.try_flatten().boxed()
    }

    async fn encryption(&self, key: Option<&str>) -> Result<Option<String>, ConnectError> {
        let word = |algorithm: &str| match algorithm {
            "AES256" => "SSE-S3 (AES-256)".to_owned(),
            "aws:kms" => "SSE-KMS".to_owned(),
            "aws:kms:dsse" => "DSSE-KMS".to_owned(),
            _ => "server-side encryption".to_owned(),
        };
        let Some(key) = key else {
            let shown = self.address.shown();
            let answer = self.send(&shown, &format!("{}?encryption=", self.base), &[]).await?;
            return match answer.status {
                200 => {
                    let body = String::from_utf8_lossy(&answer.body);
                    let inside = body.split("<SSEAlgorithm>").nth(1).and_then(|rest| rest.split('<').next());
                    Ok(inside.map(word))
                }
                // ServerSideEncryptionConfigurationNotFoundError.
                404 => Ok(None),
                _ => Err(self.refused(shown, &answer)),
            };
        };
        let first = [("range", "bytes=0-0".to_owned())];
        let answer = self.send(key, &self.object_url(key, None), &first).await?;
        match answer.status {
            200 | 206 | 416 => Ok(answer.encryption.as_deref().map(word)),
            _ => Err(self.refused(key.to_owned(), &answer)),
        }
    }

    async fn settings(&self, missing: &mut Vec<Unseen>) -> Result<Option<BucketSettings>, ConnectError> {
        self.read_settings(missing).await.map(Some)
    }

    async fn caller(&self) -> Option<String> {
        self.read_caller().await
    }

    async fn identities(&self) -> Option<Result<Identities, ConnectError>> {
        Some(self.read_identities().await)
    }

    async fn list_of(&self, key: &str) -> Result<Option<Vec<AclGrant>>, ConnectError> {
        self.read_list(Some(key)).await.map(|found| found.map(|(_, list)| list))
    }

    async fn gives(&self, key: &str, version: Option<&str>) -> Result<bool, ConnectError> {
        let first = [("range", "bytes=0-0".to_owned())];
        let answer = self.send(key, &self.object_url(key, version), &first).await?;
        match answer.status {
            200 | 206 | 416 => Ok(true),
            // Whoever may not list a bucket is told that what it may not read is not there.
            401 | 403 | 404 => Ok(false),
            _ => Err(self.refused(key.to_owned(), &answer)),
        }
    }

    async fn versions_of(&self, key: &str) -> Result<Vec<Entry>, ConnectError> {
        let mut found = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let page = self.page_below(key, true, cursor.as_ref(), self.page_objects).await?;
            // Other keys that begin so come after it.
            let passed = page.entries.iter().any(|entry| entry.key.as_str() > key);
            found.extend(page.entries.into_iter().filter(|entry| entry.key == key));
            if passed || page.next.is_none() || page.next == cursor {
                return Ok(found);
            }
            cursor = page.next;
        }
    }

    async fn keeps(&self, key: &str, version: Option<&str>) -> Result<Option<Removed>, ConnectError> {
        let first = [("range", "bytes=0-0".to_owned())];
        let seen = self.send(key, &self.object_url(key, version), &first).await?;
        Ok(match seen.status {
            401 | 403 => Some(Removed::Denied),
            _ => seen.locked.then_some(Removed::Protected),
        })
    }

    async fn remove(&self, key: &str, version: Option<&str>) -> Result<Removed, ConnectError> {
        let answer = self.send_as("DELETE", "s3", key, &self.object_url(key, version), &[]).await?;
        match answer.status {
            200 | 204 | 404 => Ok(Removed::Gone),
            401 | 403 => {
                let kept = self.keeps(key, version).await;
                Ok(kept.ok().flatten().unwrap_or(Removed::Denied))
            }
            _ => Err(self.refused(key.to_owned(), &answer)),
        }
    }

    fn refuses_before_it_looks(&self) -> bool {
        true
    }

    async fn keeping(&self) -> Keeping {
        let shown = self.address.shown();
        let prefix = encode(&self.address.prefix);
        let uploads = self.send(&shown, &format!("{}?uploads=&prefix={prefix}", self.base), &[]).await;
        let unfinished = uploads.map_or(0, |answer| String::from_utf8_lossy(&answer.body).matches("<Upload>").count());
        Keeping {
            locks: self.says(&shown, &format!("{}?object-lock=", self.base), &["Enabled"]).await,
            replicated: self.says(&shown, &format!("{}?replication=", self.base), &["<Rule>"]).await,
            unfinished: unfinished as u64,
            versions_unseen: false,
        }
    }

    async fn range(&self, part: &Part) -> Result<Bytes, ConnectError> {
        if !fits_an_address(&part.key) {
            return Err(ConnectError::Malformed {
                target: part.key.clone(),
                reason: "a part of its key is `.` or `..`, which web addresses cannot hold; rename it".to_owned(),
            });
        }
        let mut headers = vec![("range", format!("bytes={}-{}", part.range.start, part.range.end.saturating_sub(1)))];
        if let Some(tag) = &part.tag {
            headers.push(("if-match", tag.clone()));
        }
        let url = self.object_url(&part.key, part.version.as_deref());
        let answer = self.send(&part.key, &url, &headers).await?;
        match answer.status {
            206 => Ok(answer.body),
            // A store that knows no ranges sends everything.
            200 => {
                let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(answer.body.len());
                Ok(answer.body.slice(bound(part.range.start)..bound(part.range.end)))
            }
            _ => Err(self.refused(part.key.clone(), &answer)),
        }
    }
}

/// Whether a retention of the store has ended by the store's own clock; its mode and day stand on the version for ever.
fn is_over(until: Option<&str>, now: Option<&str>) -> bool {
    let until = until.and_then(|until| until.parse::<Timestamp>().ok());
    let now = now.and_then(|now| jiff::fmt::rfc2822::parse(now).ok());
    until.zip(now).is_some_and(|(until, now)| until <= now.timestamp())
}

enum Failure {
    /// Trying again would not help.
    Final(ConnectError),
    /// The connection broke; the next try may go through.
    Passing(ConnectError),
}

/// Whether the address of an object with this key is its own: `.` and `..` are taken out of web addresses on the
/// way, and the request would reach another object.
pub(super) fn fits_an_address(key: &str) -> bool {
    !key.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// How all clients behave: patient with slow lines, not with silent ones.
pub(super) fn client_options(address: &Address) -> ClientOptions {
    ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(10))
        .with_timeout(Duration::from_secs(120))
        .with_allow_http(address.allow_http)
}

/// Encodes a key for the path or a value for the query as AWS signs it; slashes stay, which S3
/// accepts in both.
pub(super) fn encode(text: &str) -> String {
    use percent_encoding::AsciiSet;
    use percent_encoding::NON_ALPHANUMERIC;
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    percent_encoding::utf8_percent_encode(text, ENCODED).to_string()
}

/// The most S3 lists in one answer.
const PAGE_OBJECTS: usize = 1000;

/// How often a request is sent at most.
const TRIES: u32 = 4;

#[cfg(test)]
mod tests {
    use super::is_over;

    #[test]
    fn a_retention_ends_by_the_clock_of_the_store() {
        let now = Some("Mon, 30 Nov 2026 14:00:00 GMT");
        assert!(is_over(Some("2026-11-30T13:59:59Z"), now));
        assert!(!is_over(Some("2026-11-30T14:00:01.000Z"), now));
        assert!(!is_over(Some("2020-01-01T00:00:00Z"), None), "who knows what day it is there");
        assert!(!is_over(None, now));
    }
}
