//! Work grows with the text and no faster, names and addresses included: callgrind counts the
//! instructions over texts made of one piece repeated, and over four times as much of it. A quadratic
//! step would count sixteen times as much.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;

#[expect(dead_code, reason = "the property tests use the rest of it")]
mod checks;

/// Bytes of the short texts. The long ones are four times as long.
const SHORT: usize = 1_500;
/// Four times the text, at most this many times the work.
const MOST: f64 = 5.0;

fn look(piece: &str, size: usize) {
    checks::text(checks::detector(true), &piece.repeat(size / piece.len()));
}

/// Each piece has functions of its own, by whose names callgrind tells the counts apart.
macro_rules! pieces {
    ($($name:ident = $piece:expr,)*) => {
        $(mod $name {
            #[inline(never)]
            pub(super) fn counted_short() {
                super::look($piece, super::SHORT);
                // A body like another's would be merged with it.
                super::black_box(concat!(stringify!($name), " short"));
            }

            #[inline(never)]
            pub(super) fn counted_long() {
                super::look($piece, super::SHORT * 4);
                super::black_box(concat!(stringify!($name), " long"));
            }
        })*

        const PIECES: &[(&str, fn(), fn())] =
            &[$((stringify!($name), $name::counted_short, $name::counted_long),)*];
    };
}

// Pieces that, repeated, make something long: a word, a run, a list, a line, a document.
pieces! {
    small_letters = "a",
    capitals = "A",
    given_names = "Anna ",
    small_names = "anna kowalski ",
    lists_of_names = "Anna Meier, ",
    lines_of_names = "Anna\n",
    wide_gaps = "Anna   ",
    blank_lines = "\n",
    blanks = " ",
    hyphens = "Anna-",
    apostrophes = "O'",
    particles = "van der ",
    titles = "Dr. ",
    french_titles = "M. ",
    letters_ends = "Kind regards,\nAnna\n",
    german_ends = "Mit freundlichen Grüßen\n",
    keys = "\"name\": ",
    labels = "name:\n",
    colons = ": ",
    quotes = "\"",
    joints = "a=",
    passwords = "password: ",
    users = "user ",
    armour = "-----BEGIN PRIVATE KEY",
    web_tokens = "eyJ",
    logins = "://a:",
    hashes = "$2b$",
    ats = "@",
    half_addresses = "a@b.",
    addresses_of_mail = "a.b@c.de ",
    digits = "1",
    digits_apart = "1 ",
    digits_dotted = "1.",
    phones = "+49 30 ",
    dates = "2024-02-29 ",
    hours = "12:",
    hexadecimal = "ab:",
    double_colons = "::",
    codes = "A1",
    accounts = "DE89 3704 ",
    half_networks = "192.168.",
    cards = "4111 1111 ",
    german_addresses = "Hauptstraße 5, 10115 Berlin\n",
    postal_codes = "10115 Berlin ",
    american_addresses = "Springfield, IL 62704 ",
    french_addresses = "12 rue de la Paix ",
    british_codes = "SW1A 1AA ",
    unnamed_addresses = "Bygget 91, 340 12 Annerstad ",
    kanji = "田",
    surnames_in_kanji = "田中",
    names_in_kanji = "佐藤健一様、",
    katakana = "ドナルド",
    dotted_katakana = "ドナルド・",
    prefectures = "東京都千代田区",
    years = "年",
    eras = "昭和45年3月12日",
    wide_digits = "１",
    wide_blanks = "　",
    illnesses = "asthma, ",
    codes_of_illnesses = "E11.9 ",
    codes_with_illnesses = "A00.0 asthma ",
    said_illnesses = "He has diabetes. ",
    cells = "name,city,x\nAnna,Rom,1\n",
    cells_in_a_line = "name;",
    documents = "{\"name\":\"Anna\"},",
    open_documents = "{\"a\":",
    elements = "<name>Anna</name>",
    accents = "e\u{301}",
    own_rules = "LC-12345678 ",
    shouts = "MÜLLER ",
    births = "geb. 3. März 1980 ",
    months = "März ",
}

#[test]
fn four_times_the_text_is_at_most_five_times_the_work() {
    let counts = std::env::temp_dir().join(format!("dataward-linear-{}", std::process::id()));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*counted_*"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe().expect("the test knows its own program"))
        .args(["--exact", "every_piece_twice", "--test-threads=1"])
        .output()
        .expect("valgrind is installed (./x test does)");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let annotated = Command::new("callgrind_annotate")
        .args(["--inclusive=yes", "--threshold=100", "--auto=no"])
        .arg(&counts)
        .output()
        .expect("callgrind_annotate comes with valgrind");
    let _ = std::fs::remove_file(&counts);
    let counted = by_function(&String::from_utf8_lossy(&annotated.stdout));
    let mut slow = Vec::new();
    for (name, ..) in PIECES {
        let count = |size: &str| *counted.get(&format!("{name}::counted_{size}")).expect("callgrind saw each function");
        let (short, long) = (count("short"), count("long"));
        if long > short * MOST {
            slow.push(format!("{name}: {short:.0}, then {long:.0} instructions"));
        }
    }
    assert!(slow.is_empty(), "work grows faster than the text:\n{}", slow.join("\n"));
}

/// Instructions by `module::function`, calls included, as `callgrind_annotate` lists them.
fn by_function(listing: &str) -> BTreeMap<String, f64> {
    let counts = listing.lines().filter_map(|line| {
        let count = line.trim_start().split(' ').next()?.replace(',', "").parse().ok()?;
        let name = line.split("linear::").nth(1)?.split([' ', '[']).next()?;
        Some((name.to_owned(), count))
    });
    counts.collect()
}

/// What callgrind runs; without it, that no piece makes the scanner panic.
#[test]
fn every_piece_twice() {
    look("Anna Meier, tel 030 1234567, asthma, 10115 Berlin, 田中さん $2b$ a@b.de", 100);
    for (_, short, long) in PIECES {
        short();
        long();
    }
}
