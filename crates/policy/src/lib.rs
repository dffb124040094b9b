//! dataward.toml, parsed into valid types, with places for error messages.
