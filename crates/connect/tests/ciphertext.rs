//! What real programs encrypted, and what they only packed, is told apart by its bytes.

use std::path::Path;
use std::path::PathBuf;

use dataward_connect::Read;
use dataward_connect::files::Files;

/// The Python that has the tools of `test-tools.txt`.
fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv/bin/python")
}

/// Runs a line of shell in a folder with a readable `people.csv`; what `sealed` looks like then.
async fn sealed_by(line: &str, gnupg: &Path) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..2_000).map(|row| format!("ada{row}@example.org,Berlin\n")).collect();
    std::fs::write(folder.path().join("people.csv"), format!("email,city\n{rows}")).unwrap();
    let mut shell = std::process::Command::new("bash");
    let said = shell
        .args(["-euc", line])
        .current_dir(folder.path())
        .env("GNUPGHOME", gnupg)
        .env("PYTHON", python())
        .output()
        .unwrap();
    assert!(said.status.success(), "{line}: {}", String::from_utf8_lossy(&said.stderr));
    let found = Files::new(folder.path().join("sealed")).at_rest().await.unwrap();
    assert_eq!(found.looked_at, 1);
    found.protections.into_iter().find(|known| known.unit.is_some()).map(|known| known.by)
}

#[tokio::test]
async fn what_real_programs_sealed_is_known_and_what_they_only_packed_is_not() {
    /// Writes a PDF of so many pages.
    const PDF: &str = "python3 -c '
import sys
pages = int(sys.argv[1])
kids = b\" \".join(b\"%d 0 R\" % (3 + page) for page in range(pages))
bodies = [b\"<</Type/Catalog/Pages 2 0 R>>\", b\"<</Type/Pages/Count %d/Kids[%s]>>\" % (pages, kids)]
bodies += [b\"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>\"] * pages
out, places = b\"%PDF-1.4\\n\", []
for number, body in enumerate(bodies, 1):
    places.append(len(out))
    out += b\"%d 0 obj\\n%s\\nendobj\\n\" % (number, body)
table = b\"\".join(b\"%010d 00000 n \\n\" % place for place in places)
end = b\"trailer\\n<</Size %d/Root 1 0 R>>\\nstartxref\\n%d\\n%%%%EOF\\n\" % (len(bodies) + 1, len(out))
open(sys.argv[2], \"wb\").write(out + b\"xref\\n0 %d\\n0000000000 65535 f \\n%s%s\" % (len(bodies) + 1, table, end))'";
    /// Writes a workbook, and the same with a password, as Office would.
    const OFFICE: &str = "$PYTHON -c '
import zipfile
from msoffcrypto.format.ooxml import OOXMLFile
TYPES = \"<Types xmlns=\\\"http://schemas.openxmlformats.org/package/2006/content-types\\\"/>\"
with zipfile.ZipFile(\"people.xlsx\", \"w\") as book:
    book.write(\"people.csv\")
    book.writestr(\"[Content_Types].xml\", TYPES)
    book.writestr(\"xl/workbook.xml\", \"<workbook/>\")
OOXMLFile(open(\"people.xlsx\", \"rb\")).encrypt(\"x\", open(\"sealed.xlsx\", \"wb\"))'";
    const GPG: &str = "gpg --batch --quiet --pinentry-mode loopback --passphrase x --s2k-count 65536";
    let gnupg = tempfile::tempdir().unwrap();
    for (line, expected) in [
        ("age-keygen -o key 2>/dev/null; age -r $(age-keygen -y key) -o sealed people.csv", Some("age")),
        ("age-keygen -o key 2>/dev/null; age -a -r $(age-keygen -y key) -o sealed people.csv", Some("age")),
        ("openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in people.csv -out sealed", Some("openssl enc")),
        (&format!("{GPG} -o sealed -c people.csv"), Some("OpenPGP")),
        (&format!("{GPG} --armor -o sealed -c people.csv"), Some("OpenPGP")),
        (
            &format!(
                "gpg --batch --quiet --passphrase '' --quick-gen-key ada@example.org future-default default never; \
                 {GPG} --trust-model always -r ada@example.org -o sealed -e people.csv"
            ),
            Some("OpenPGP"),
        ),
        // A container as it stands on a disk; formatting needs no device.
        (
            "truncate -s 20M sealed; echo x | cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 \
             --pbkdf-force-iterations 1000 sealed -",
            Some("LUKS"),
        ),
        (
            "{ echo \"PRAGMA key = 'x'; CREATE TABLE people (email, city);\"; echo .mode csv; \
             echo .import people.csv people; } | sqlcipher sealed >/dev/null",
            // Where its pages have 4,096 bytes, as from version 4 on, its name is told too.
            Some("cipher without a header"),
        ),
        ("7z a -bso0 -px sealed.7z people.csv; mv sealed.7z sealed", Some("7z with AES")),
        ("7z a -bso0 -px -mhe=on sealed.7z people.csv; mv sealed.7z sealed", Some("7z with AES")),
        // With several files the header that tells the method is packed itself.
        (
            "for n in 1 2 3; do cp people.csv $n.csv; done; 7z a -bso0 -px s.7z ?.csv; mv s.7z sealed",
            Some("7z with AES"),
        ),
        ("for n in 1 2 3; do cp people.csv $n.csv; done; 7z a -bso0 s.7z ?.csv; mv s.7z sealed", None),
        ("7z a -bso0 -tzip -px -mem=AES256 sealed.zip people.csv; mv sealed.zip sealed", Some("ZIP with AES")),
        ("7z a -bso0 -tzip -px -mem=ZipCrypto sealed.zip people.csv; mv sealed.zip sealed", None),
        (&format!("{PDF} 3 plain.pdf; qpdf --encrypt x y 256 -- plain.pdf sealed"), Some("PDF with a password")),
        (&format!("{PDF} 4000 plain.pdf; qpdf --encrypt x y 256 -- plain.pdf sealed"), Some("PDF with a password")),
        (
            &format!("{PDF} 4000 plain.pdf; qpdf --linearize --encrypt x y 256 -- plain.pdf sealed"),
            Some("PDF with a password"),
        ),
        (
            &format!("{PDF} 40000 plain.pdf; qpdf --object-streams=generate --encrypt x y 256 -- plain.pdf sealed"),
            Some("PDF with a password"),
        ),
        (
            &format!("{PDF} 3 plain.pdf; qpdf --allow-weak-crypto --encrypt x y 40 -- plain.pdf sealed"),
            Some("PDF with a password"),
        ),
        // Its owner forbids to change it; everybody can read it.
        (&format!("{PDF} 3 plain.pdf; qpdf --encrypt '' y 256 -- plain.pdf sealed"), None),
        (&format!("{PDF} 3 sealed"), None),
        (&format!("{OFFICE} && mv sealed.xlsx sealed"), Some("Office with a password")),
        (&format!("{OFFICE} && mv people.xlsx sealed"), None),
        ("gzip -c people.csv > sealed", None),
        ("sqlite3 sealed 'CREATE TABLE people (email)'", None),
        ("gpg --batch --export -o sealed ada@example.org", None),
    ] {
        let found = sealed_by(line, gnupg.path()).await;
        let is_expected = match (&found, expected) {
            (Some(found), Some(expected)) => found.ends_with(expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(is_expected, "{line}: {found:?}");
    }
    std::process::Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", gnupg.path()).status().unwrap();
}
