//! Names of units for paths, and back. File names are bytes; names of units are text.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// The path as text. Bytes that are no UTF-8 become U+FFFD and two hexadecimal digits each, so that
/// different paths have different names.
pub fn name_of(path: &Path) -> String {
    let mut name = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                STRAY => "\u{fffd}".bytes().for_each(|byte| push_byte(&mut name, byte)),
                other => name.push(other),
            }
        }
        chunk.invalid().iter().for_each(|byte| push_byte(&mut name, *byte));
    }
    name
}

/// The path that has this name; none for a name that no path below a folder has.
pub fn path_of(name: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut pieces = name.split(STRAY);
    bytes.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    let path = PathBuf::from(OsString::from_vec(bytes));
    let stays_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    stays_below.then_some(path)
}

fn push_byte(name: &mut String, byte: u8) {
    name.push(STRAY);
    name.push_str(&format!("{byte:02X}"));
}

const STRAY: char = '\u{fffd}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_name_of_its_own_and_comes_back() {
        let paths: [&[u8]; 6] =
            [b"a/b.csv", "é/ü.csv".as_bytes(), b"caf\xe9.csv", b"caf\xea.csv", "caf\u{fffd}E9.csv".as_bytes(), b"\xff"];
        let names: Vec<String> =
            paths.iter().map(|path| name_of(Path::new(std::ffi::OsStr::from_bytes(path)))).collect();
        for (path, name) in paths.iter().zip(&names) {
            assert_eq!(path_of(name).unwrap().as_os_str().as_bytes(), *path, "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        for name in ["/etc/passwd", "../secret", "a/../../secret", "\u{fffd}2E\u{fffd}2E/secret"] {
            assert_eq!(path_of(name), None, "{name}");
        }
    }
}
