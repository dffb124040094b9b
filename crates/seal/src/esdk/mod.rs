//! Messages in the format of the AWS Encryption SDK: what `encrypt` writes, and every stock SDK reads.
//!
//! We write version 2 with suite 0x0478 (AES-256-GCM, HKDF-SHA512, key commitment) in frames of
//! 64 KiB; we read that, 0x0578 and, when asked to, all older suites. Sections are those of the
//! format's specification (aws-encryption-sdk-specification, data-format/). Begin at [`message`]
//! (header and keys), then [`stream`] (bodies in order) or [`frame`] (frames anywhere in a file).

pub mod context;
pub mod frame;
pub mod header;
pub mod message;
pub mod stream;
pub mod suite;

pub use context::Context;
pub use frame::Layout;
pub use frame::MessageKey;
pub use header::Body;
pub use header::EncryptedDataKey;
pub use header::Header;
pub use message::FRAME_LENGTH;
pub use message::Message;
pub use message::OlderSuites;
pub use message::OpenRules;
pub use message::begin;
pub use message::open;
pub use stream::OpenStream;
pub use stream::SealStream;
pub use suite::Suite;
