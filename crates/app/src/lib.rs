//! Use cases, one a file, and the registry of parts.
