//! What a server says in a TLS handshake: hellos and certificates, written and read without a key.
//!
//! A prober asks with hellos that no library would send (SSL 3.0, export ciphers, one suite at a time)
//! and reads answers that no library would take, so both stand here; nothing here does I/O, holds a
//! secret or checks a signature. Sockets are for `connect::transit`, which also asks rustls whether a
//! chain can be trusted; what is good or bad about the answers is for `audit::transit`.
//!
//! Begin with [`hello::ClientHello`] (what is asked), [`flight::FlightReader`] (what is answered) and
//! [`facts::EndpointFacts`] (what is known in the end).

pub mod certificate;
pub mod der;
pub mod facts;
pub mod flight;
pub mod group;
pub mod hello;
pub mod names;
pub mod ocsp;
pub mod ssl2;
pub mod suite;
pub mod version;

pub use certificate::Certificate;
pub use facts::EndpointFacts;
pub use flight::Answer;
pub use flight::Flight;
pub use flight::FlightReader;
pub use group::Group;
pub use hello::ClientHello;
pub use suite::Suite;
pub use version::Version;
