//! Folders of real files, as their owners left them.

mod csv;
mod folder;
mod support;
