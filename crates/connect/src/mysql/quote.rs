//! Names and texts inside SQL. The text protocol binds nothing, so this is the only way in.

use std::fmt::Write;

/// `name` as an identifier; right in every SQL mode.
pub fn quote_identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `text` as a literal for people to read and run: quotes doubled, backslashes too.
pub(super) fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// `text` as a literal that no SQL mode and no character set can change the meaning of.
pub(super) fn literal(text: &str) -> String {
    let mut hex = String::from("_utf8mb4 X'");
    for byte in text.as_bytes() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02X}");
    }
    hex.push('\'');
    hex
}
