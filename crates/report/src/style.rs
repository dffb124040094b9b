//! The style sheet of the report, and its hash for the page's content security policy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest;
use sha2::Sha256;

/// The style sheet, as it stands between the tags.
pub(crate) const STYLE: &str = include_str!("../templates/report.css");

/// What `style-src` allows: this sheet and no other.
pub(crate) fn style_hash() -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(STYLE)))
}
