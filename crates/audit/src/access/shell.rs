//! Words of a shell, for commands that a person is to run.

use std::fmt::Write;

/// `text` as one word of a shell. Control characters stand in it as what they are called (`$'a\nb'`, which bash, zsh,
/// ksh and POSIX of 2024 read): as themselves they would break the line, or steer the terminal.
pub(super) fn word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-+@:".contains(character);
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.to_owned();
    }
    if !text.contains(char::is_control) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut out = String::from("$'");
    for character in text.chars() {
        match character {
            '\n' => out += r"\n",
            '\r' => out += r"\r",
            '\t' => out += r"\t",
            '\\' | '\'' => out.extend(['\\', character]),
            other if other.is_control() => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, r"\{byte:03o}");
                }
            }
            other => out.push(other),
        }
    }
    out + "'"
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        for text in
            ["a.csv", "two words", "it's", "-rf", "", "line\nbreak", "bell\u{7}\t\\'x", "C1\u{85}7", "$(id) `id`"]
        {
            let said = Command::new("bash").args(["-c", &format!("printf %s {}", word(text))]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), text, "{}", word(text));
            assert!(!word(text).contains(char::is_control), "{}", word(text));
        }
    }
}
