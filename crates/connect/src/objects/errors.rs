//! What answers and failures of object stores mean for the person who reads the message. Bodies and
//! library messages are looked at, never copied: they may hold keys, signatures or names.

use std::error::Error;

use object_store::client::HttpError;
use object_store::client::HttpErrorKind;

use super::address::Address;
use super::listing::error_code;
use crate::ConnectError;

/// An answer of an S3-like store that is no success. `target` is the bucket or the key.
pub(super) fn from_s3(
    address: &Address,
    target: String,
    status: u16,
    region: Option<&str>,
    body: &[u8],
) -> ConnectError {
    let code = error_code(body).unwrap_or_default();
    let denied = |target: String, reason: &str| ConnectError::Denied { target, reason: reason.to_owned() };
    match (code.as_str(), status) {
        ("NoSuchBucket", _) => ConnectError::Unreachable {
            target,
            reason: format!("{} knows no such bucket; check its name and `endpoint`", address.host()),
        },
        ("InvalidAccessKeyId", _) => denied(target, "the store does not know the access key id; check the credentials"),
        ("SignatureDoesNotMatch", _) => denied(target, "the secret access key does not belong to the access key id"),
        ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => {
            denied(target, "the session token is no longer valid; fetch new credentials")
        }
        ("RequestTimeTooSkewed", _) => denied(target, "the clock of this machine is wrong; set it"),
        ("InvalidObjectState", _) => denied(target, ARCHIVED),
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
        | ("", 301) => {
            let region =
                region.filter(|region| region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            ConnectError::Address {
                url: address.shown(),
                reason: match region {
                    Some(region) => format!("the bucket lies in another region; add `region={region}`"),
                    None => "the bucket lies in another region; add `region=…` with the right one".to_owned(),
                },
            }
        }
        ("PreconditionFailed", _) | (_, 412) => {
            ConnectError::Gone { target, reason: "the object was replaced since it was listed; scan again".to_owned() }
        }
        ("NoSuchKey" | "NoSuchVersion", _) | ("", 404) => {
            ConnectError::Gone { target, reason: "the object was deleted since it was listed".to_owned() }
        }
        ("InvalidRange", _) | (_, 416) => {
            ConnectError::Gone { target, reason: "the object is shorter than when it was listed".to_owned() }
        }
        (_, 401 | 403) => denied(target, &rights(address)),
        ("NotImplemented" | "MethodNotAllowed", _) | (_, 405 | 501) => {
            ConnectError::Limit { target, reason: "the store does not offer this".to_owned() }
        }
        (_, 429 | 500..) => ConnectError::Unreachable {
            target,
            reason: format!("{} is out of order or overloaded (status {status}); try again later", address.host()),
        },
        ("", _) => ConnectError::Malformed { target, reason: format!("the store answered with status {status}") },
        (code, _) => ConnectError::Malformed { target, reason: format!("the store answered {code} (status {status})") },
    }
}

/// A request that got no answer from `host`.
pub(super) fn from_http(host: &str, error: &HttpError) -> ConnectError {
    let words = chain(error).to_ascii_lowercase();
    let target = host.to_owned();
    if ["certificate", "invalidmessage", "alertreceived", "handshake"].iter().any(|word| words.contains(word)) {
        let reason = if words.contains("unknownissuer") || words.contains("unknown issuer") {
            "its certificate was not issued by anyone this machine trusts; add the issuer to the system's certificates"
        } else if words.contains("notvalidforname") || words.contains("not valid for name") {
            "its certificate is for another name; check `endpoint`"
        } else if words.contains("expired") {
            "its certificate has expired; renew it"
        } else if words.contains("invalidmessage") {
            "it does not speak TLS there; check the port, or use `http:` with `allow_http=true` on this machine"
        } else {
            "TLS could not be agreed on"
        };
        return ConnectError::Transport { target, reason: reason.to_owned() };
    }
    let reason = match error.kind() {
        _ if words.contains("dns error") || words.contains("failed to lookup") => "no host of that name is known",
        HttpErrorKind::Connect if words.contains("refused") => "nothing listens there; check host and port",
        HttpErrorKind::Connect => "no connection could be made; check host, port and firewall",
        HttpErrorKind::Timeout => "it did not answer in time",
        HttpErrorKind::Interrupted | HttpErrorKind::Request => "the connection broke",
        _ => "its answer could not be understood; is it an object store?",
    };
    ConnectError::Unreachable { target, reason: reason.to_owned() }
}

/// A failure of `object_store` (Google, Azure). `target` is the bucket or the key.
pub(super) fn from_store(address: &Address, target: &str, error: &object_store::Error) -> ConnectError {
    use object_store::Error as Store;
    let target = target.to_owned();
    match error {
        Store::NotFound { .. } if target == address.shown() => ConnectError::Unreachable {
            target,
            reason: format!("{} knows no such bucket or container; check its name", address.host()),
        },
        Store::NotFound { .. } => {
            ConnectError::Gone { target, reason: "the object was deleted since it was listed".to_owned() }
        }
        Store::PermissionDenied { .. } => ConnectError::Denied { target, reason: rights(address) },
        Store::Unauthenticated { .. } => ConnectError::Denied {
            target,
            reason: "the store does not accept the credentials; check account and key".to_owned(),
        },
        Store::Precondition { .. } | Store::NotModified { .. } => {
            ConnectError::Gone { target, reason: "the object was replaced since it was listed; scan again".to_owned() }
        }
        Store::InvalidPath { .. } => {
            ConnectError::Malformed { target, reason: "its key has an empty part, `.` or `..`; rename it".to_owned() }
        }
        other => {
            let mut source: Option<&(dyn Error + 'static)> = Some(other);
            while let Some(error) = source {
                if let Some(http) = error.downcast_ref::<HttpError>() {
                    return from_http(&address.host(), http);
                }
                source = error.source();
            }
            ConnectError::Unreachable { target, reason: "the store refused the request".to_owned() }
        }
    }
}

/// Why an archived object is not read, and what to do.
pub(super) const ARCHIVED: &str =
    "it lies in an archive storage class and cannot be read at once; restore it first, then scan again";

fn rights(address: &Address) -> String {
    use super::address::Provider;
    match address.provider {
        Provider::S3 => {
            "the account may not; it needs s3:ListBucket and s3:GetObject, and for older versions \
             s3:ListBucketVersions and s3:GetObjectVersion"
        }
        Provider::Google => "the account may not; it needs the role `Storage Object Viewer` on the bucket",
        Provider::Azure => "the account may not; it needs the role `Storage Blob Data Reader` on the container",
    }
    .to_owned()
}

/// All messages of a chain of errors, to look for words in. Debug too: rustls names its kinds there.
fn chain(error: &HttpError) -> String {
    let mut words = String::new();
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        words.push_str(&format!("{error} {error:?} "));
        source = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_one_sentence_each_and_quote_nothing() {
        let address = Address::parse("s3://shop").unwrap();
        for (status, code, part) in [
            (404, "NoSuchBucket", "knows no such bucket"),
            (403, "InvalidAccessKeyId", "does not know the access key id"),
            (403, "SignatureDoesNotMatch", "does not belong to the access key id"),
            (403, "AccessDenied", "s3:ListBucket"),
            (403, "", "s3:ListBucket"),
            (400, "ExpiredToken", "no longer valid"),
            (301, "PermanentRedirect", "add `region=eu-west-1`"),
            (412, "PreconditionFailed", "replaced since it was listed"),
            (404, "NoSuchKey", "deleted since it was listed"),
            (403, "InvalidObjectState", "archive storage class"),
            (503, "SlowDown", "overloaded"),
            (400, "SomethingNew", "SomethingNew (status 400)"),
        ] {
            let body = format!("<Error><Code>{code}</Code><Message>ada@example.org</Message></Error>");
            let message = from_s3(&address, "s3://shop".into(), status, Some("eu-west-1"), body.as_bytes()).to_string();
            assert!(message.contains(part), "{code}: {message}");
            assert!(!message.contains("ada@"), "{message}");
        }
    }
}
