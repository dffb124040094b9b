//! The program as a user meets it: what is typed, what is printed, the exit code, what is left behind.

mod access;
mod audit;
mod bad_input;
mod chinook;
mod demo;
mod erasure;
mod help;
mod init;
mod inspect;
mod integrity;
mod integrity_tables;
mod inventory;
mod leak;
mod own_doing;
mod protect_rules;
mod rescan;
mod retain;
mod retain_policy;
mod review;
mod rules;
mod schema;
mod seal;
mod seal_pipes;
mod shred;
mod support;
mod transit;
