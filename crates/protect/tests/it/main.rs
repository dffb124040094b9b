//! Files, folders and buckets sealed in place: what a user finds afterwards, whatever happened.

mod bucket;
mod folders;
mod killed;
mod killed_bucket;
mod one_file;
mod support;
