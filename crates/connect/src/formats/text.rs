//! Plain text: notes, Markdown, logs, configuration, source code, and whatever else is text and
//! no other format wants. Secrets live there.

use std::io::BufRead;

use super::Certainty;
use super::DocumentWriter;
use super::Format;
use super::Head;
use super::Input;
use super::Out;
use super::limits::from_io;
use super::text_rows::TextRows;
use crate::ConnectError;

/// Any text.
pub(super) struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn matches(&self, head: &Head<'_>) -> Certainty {
        let named = head.has_extension(EXTENSIONS) || FILE_NAMES.contains(&head.file_name().as_str());
        match head.text() {
            Some(_) if named => Certainty::Likely,
            Some(_) => Certainty::Possible,
            None => Certainty::No,
        }
    }

    fn decode(&self, input: Input<'_>, out: &mut Out) -> Result<(), ConnectError> {
        let name = input.name().to_owned();
        let mut document = DocumentWriter::begin(out, &name)?;
        let mut emit = |row: &str| document.push(row);
        let mut rows = TextRows::new(&mut emit);
        each_piece(input, &mut |piece| rows.push(piece))?;
        rows.end_row()?;
        document.finish()
    }
}

/// Calls `visit` with all the text of `input`, a block at a time.
pub(super) fn each_piece(
    input: Input<'_>,
    visit: &mut dyn FnMut(&str) -> Result<(), ConnectError>,
) -> Result<(), ConnectError> {
    let name = input.name().to_owned();
    let mut text = input.into_text();
    loop {
        let block = text.fill_buf().map_err(|error| from_io(&name, &error))?;
        if block.is_empty() {
            return Ok(());
        }
        let taken = block.len();
        visit(&String::from_utf8_lossy(block))?;
        text.consume(taken);
    }
}

/// Text even where it looks a little like something else (a log full of commas).
const EXTENSIONS: &[&str] = &[
    "adoc",
    "bat",
    "c",
    "cfg",
    "cnf",
    "conf",
    "config",
    "cpp",
    "cs",
    "css",
    "diff",
    "env",
    "go",
    "h",
    "ini",
    "java",
    "js",
    "jsx",
    "kt",
    "log",
    "lua",
    "markdown",
    "md",
    "mdown",
    "org",
    "patch",
    "php",
    "pl",
    "properties",
    "ps1",
    "py",
    "rb",
    "rs",
    "rst",
    "scala",
    "scss",
    "sh",
    "swift",
    "tex",
    "text",
    "textile",
    "tf",
    "tfvars",
    "toml",
    "ts",
    "tsx",
    "txt",
    "vue",
    "yaml",
    "yml",
];

const FILE_NAMES: &[&str] = &[
    ".env",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "authorized_keys",
    "changelog",
    "crontab",
    "dockerfile",
    "htpasswd",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "known_hosts",
    "license",
    "makefile",
    "passwd",
    "readme",
    "shadow",
];
