//! dataward's own state: scans, inventory, findings.
