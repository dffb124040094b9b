//! Folders of real files, as their owners left them.

mod archives;
mod csv;
mod folder;
mod garbage;
mod json;
mod support;
mod workbooks;
