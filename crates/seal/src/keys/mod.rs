//! The hierarchy: a root that a provider holds, class keys under it, a recovery key beside it.
//!
//! Class keys (one per class of data and version) are kept wrapped twice: by the root, and for the
//! recovery key. Turning the root over re-wraps tens of them and touches no data; a new version of
//! a class key counts for what is sealed from then on. Begin at [`KeyStore`] (what is kept) and
//! [`Unlocked`] (what opens and seals).

mod store;
mod unlocked;
pub(crate) mod wrap;

pub use store::ClassVersion;
pub use store::INTEGRITY;
pub use store::KeyState;
pub use store::KeyStore;
pub use store::NONCE_BUDGET;
pub use store::PersonRecord;
pub use store::RecoveryRecord;
pub use store::RootRecord;
pub use unlocked::Unlocked;
