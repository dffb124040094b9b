//! Files, folders and buckets sealed in place: what a user finds afterwards, whatever happened.

mod bucket;
mod folders;
mod killed;
mod one_file;
mod support;
