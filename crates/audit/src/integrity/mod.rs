//! Integrity audit: is the data right? Its checks are registered in [`crate::checks`].
