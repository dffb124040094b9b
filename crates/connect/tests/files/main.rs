//! Folders of real files, as their owners left them.

mod archives;
mod csv;
mod folder;
mod json;
mod support;
