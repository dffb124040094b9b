//! The append-only, signed, Merkle-tree log of what was done, and its verifier.
