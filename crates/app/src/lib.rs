//! Use cases: what the commands (and later the web pages) do, one verb and noun a file.
//!
//! Floor 4. Wires the rooms below together; prints nothing, asks nobody. Begin with
//! [`project::Project`] (a policy file and the state beside it), [`registry`] (the one list of
//! connectors) and [`scan_sources`].

pub mod access_report;
pub mod apply_plan;
pub mod approvals;
pub mod approve_plan;
pub mod audit;
pub mod check_integrity;
pub mod decide_entry;
pub mod drop_plan;
pub mod encrypt_plan;
pub mod end_archives;
pub mod environment;
mod erasure_folder;
pub mod error;
pub mod evidence_log;
pub mod export_findings;
pub mod export_inventory;
pub mod finding_groups;
pub mod finding_line;
mod further_font;
pub mod hold_data;
mod hold_places;
pub mod init_policy;
pub mod inspect_text;
pub mod key_folder;
pub mod key_root;
pub mod legal_rules;
pub mod list_inventory;
pub mod manage_keys;
pub mod next_steps;
pub mod notify_people;
pub mod own_rules;
pub mod plan_retention;
pub mod probe_endpoints;
pub mod project;
pub mod protect_files;
mod protect_objects;
pub mod protect_report;
pub mod read_tables;
mod record_erasure;
pub mod registry;
pub mod replay_ledger;
pub mod retention_report;
pub mod review_access;
pub mod review_findings;
pub mod review_retention;
pub mod run_audit;
pub mod run_demo;
pub mod run_retention;
pub mod scan;
pub mod scan_sources;
pub mod schedule;
pub mod schema;
pub mod score;
pub mod show_status;
pub mod shred_key;
pub mod simulate_retention;
mod spill;
pub mod transit_report;
pub mod verify_erasure;
pub mod verify_evidence;
pub mod write_report;

mod audit_picture;
mod bind_clocks;
mod bind_references;
mod bind_retention;
mod bind_stored;
mod convert;
mod count_held;
mod key_file;
mod plan_folder;
mod precedents;
mod print_certificate;
mod record_sealing;
mod recovery_kit;
mod report_data;
mod retention_picture;
mod review_inventory;

pub use dataward_policy::parse_category;
pub use error::AppError;
pub use own_rules::own_rules;
pub use project::Project;
