//! Keys and encryption as a user meets them; and without us, with the AWS Encryption SDKs.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::support::Desk;
use crate::support::Said;

/// A desk with keys under a root in a file, and the recovery kit.
fn desk_with_keys() -> Desk {
    let desk = Desk::with_exports();
    let said = desk.run(&["keys", "init", "--root", "file:root.key"]);
    assert_eq!(said.code, 0, "{said:?}");
    desk
}

/// Runs the program with `input` on standard input; what it wrote, as bytes.
fn pipe(desk: &Desk, arguments: &[&str], input: &[u8]) -> (i32, Vec<u8>, String) {
    let mut command = desk.command(arguments);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    (output.status.code().unwrap_or(-1), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn words(desk: &Desk, number: usize) -> String {
    words_of(&desk.path().join(format!("recovery-kit/sheet-{number}-of-3.pdf")))
}

/// The words on a printed sheet, as somebody reads them from the page.
pub(crate) fn words_of(sheet: &Path) -> String {
    let read = Command::new("pdftotext").arg("-layout").arg(sheet).arg("-").output();
    let read = read.expect("pdftotext of Debian's package poppler-utils");
    let text = String::from_utf8(read.stdout).unwrap();
    // Rows of numbered words; the reading goes by the numbers.
    let mut numbered: Vec<(usize, &str)> = Vec::new();
    let mut before: Option<usize> = None;
    for token in text.split_whitespace() {
        let is_word = token.len() == 5 && token.bytes().all(|byte| byte.is_ascii_lowercase());
        match (before.take(), token.trim_end_matches('.').parse::<usize>()) {
            (Some(number), Err(_)) if is_word => numbered.push((number, token)),
            (_, Ok(number)) => before = Some(number),
            _ => {}
        }
    }
    numbered.sort_unstable();
    assert_eq!(numbered.len(), 20, "{text}");
    numbered.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

fn sheets(desk: &Desk) -> [String; 2] {
    [1, 3].map(|number| {
        let name = format!("sheet-{number}.txt");
        desk.write(&name, words(desk, number));
        name
    })
}

#[test]
fn a_dump_goes_through_a_pipe_and_comes_back() {
    let desk = desk_with_keys();
    let dump: Vec<u8> = (0..300_000_u32).flat_map(|line| format!("{line}\tada@example.com\n").into_bytes()).collect();
    let (code, sealed, error) = pipe(&desk, &["encrypt"], &dump);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(!sealed.windows(11).any(|part| part == b"ada@example"));
    let (code, plain, _) = pipe(&desk, &["decrypt"], &sealed);
    assert!(code == 0 && plain == dump);

    // Cut off: what came before is true, and the exit code tells.
    let (code, plain, error) = pipe(&desk, &["decrypt"], &sealed[..sealed.len() - 100]);
    assert!(code == 3 && dump.starts_with(&plain), "{code}");
    assert!(error.contains("the message is cut off"), "{error}");

    std::fs::write(desk.path().join("backup.dw"), &sealed).unwrap();
    let output = desk.command(&["decrypt", "--range", "70000-70010", "backup.dw"]).output().unwrap();
    assert_eq!(output.stdout, dump[70_000..=70_010]);
}

#[test]
fn a_folder_is_encrypted_in_place_verified_and_decrypted() {
    let desk = desk_with_keys();
    desk.write("exports/a/customers.csv", "email\nada@example.com\n");
    desk.write("exports/b.txt", "plain");
    let report = desk.json(&["encrypt", "--in-place", "--recursive", "exports"]);
    assert_eq!((&report["files"], &report["failures"]), (&2.into(), &0.into()), "{report}");
    assert!(desk.path().join("exports/a/customers.csv.dw").exists());
    assert!(!desk.path().join("exports/a/customers.csv").exists());
    assert_eq!(desk.json(&["verify", "exports"])["files"], 2);

    desk.write("exports/new.csv", "more");
    let said = desk.run(&["verify", "exports"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("plaintext exports/new.csv"), "{said:?}");

    assert_eq!(desk.json(&["decrypt", "--in-place", "-r", "exports"])["files"], 2);
    assert_eq!(desk.read("exports/a/customers.csv"), "email\nada@example.com\n");
    let status = desk.json(&["keys", "status"]);
    assert_eq!((&status["keys"][0]["files"], &status["keys"][0]["state"]), (&2.into(), &"active".into()));
    let log = desk.json(&["evidence", "show"]);
    let names: Vec<&str> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["statement"]["subject"][0]["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"keys/encrypt/files/1"), "{names:?}");
    assert!(desk.run(&["evidence", "verify"]).code == 0);
}

#[test]
fn sheets_recover_the_keys_after_the_root_is_lost_and_a_drill_is_remembered() {
    let desk = desk_with_keys();
    desk.write("list", "customers");
    desk.json(&["encrypt", "list"]);
    let [one, two] = sheets(&desk);
    assert_eq!(desk.json(&["keys", "status"])["due"][0], "dataward keys drill");
    let drilled = desk.json(&["keys", "drill", "--sheet", &one, "--sheet", &two]);
    assert_eq!(drilled["recovery"]["last_drill_days"], 0);

    std::fs::remove_file(desk.path().join("root.key")).unwrap();
    assert_eq!(desk.run(&["decrypt", "list.dw", "-o", "back"]).code, 3);
    let too_few = desk.run(&["keys", "recover", "--root", "file:new.key", "--sheet", &one]);
    assert_eq!(too_few.code, 2, "{too_few:?}");
    assert!(too_few.err.contains("1 sheet, 2 are needed"), "{too_few:?}");
    let recovered = desk.json(&["keys", "recover", "--root", "file:new.key", "--sheet", &one, "--sheet", &two]);
    assert_eq!(recovered["root_version"], 2);
    assert_eq!(desk.run(&["decrypt", "list.dw", "-o", "back"]).code, 0);
    assert_eq!(desk.read("back"), "customers");
}

#[test]
fn a_passphrase_comes_from_a_file_or_a_descriptor_and_is_never_repeated() {
    let desk = Desk::with_exports();
    desk.write("phrase", "five odd words in line\n");
    desk.write("wrong", "five odd words in time\n");
    let said = desk.run(&["keys", "init", "--secret-file", "phrase"]);
    assert_eq!(said.code, 0, "{said:?}");
    desk.write("a", "text");
    let wrong = desk.run(&["encrypt", "a", "--secret-file", "wrong"]);
    assert_eq!((wrong.code, wrong.err.contains("the passphrase is not the right one")), (2, true), "{wrong:?}");
    let run = Command::new("sh")
        .args(["-c", "exec \"$0\" encrypt a --secret-fd 3 3<phrase", env!("CARGO_BIN_EXE_dataward")])
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let nobody = desk.run(&["encrypt", "a"]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("--secret-file"), "{nobody:?}");
    let text = desk.read(".dataward/keys/keys.json") + &format!("{said:?}{wrong:?}{nobody:?}");
    assert!(!text.contains("odd words"), "the passphrase is written down");
}

#[test]
fn recipients_open_with_a_key_of_their_own_until_files_are_rewrapped() {
    let desk = desk_with_keys();
    let made = desk.run(&["keys", "recipients", "new", "auditor.key"]);
    desk.json(&["keys", "recipients", "add", "auditor", made.out.trim()]);
    desk.write("a", "for the auditor");
    desk.json(&["encrypt", "a"]);
    let theirs = desk.run(&["decrypt", "a.dw", "--identity", "auditor.key"]);
    assert_eq!((theirs.code, theirs.out.as_str()), (0, "for the auditor"), "{theirs:?}");
    desk.json(&["keys", "recipients", "remove", "auditor"]);
    assert_eq!(desk.json(&["rewrap", "a.dw"])["files"], 1);
    let theirs = desk.run(&["decrypt", "a.dw", "--identity", "auditor.key"]);
    assert!(theirs.err.contains("none of your keys opens this"), "{theirs:?}");
    assert_eq!(desk.run(&["decrypt", "a.dw", "-o", "b"]).code, 0);
}

#[test]
fn an_age_file_for_a_person_opens_with_their_key() {
    let desk = Desk::new();
    let text = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
    let identity: dataward_seal::age::AgeIdentity = text.parse().unwrap();
    let recipient = &identity.recipient().unwrap();
    desk.write("key", text);
    desk.write("a", "hand over");
    let said = desk.run(&["encrypt", "--as", "age", "--recipient", recipient, "-o", "a.age", "a"]);
    assert_eq!(said.code, 0, "{said:?}");
    let opened = desk.run(&["decrypt", "--identity", "key", "a.age"]);
    assert_eq!((opened.code, opened.out.as_str()), (0, "hand over"), "{opened:?}");
}

/// The Python of the test tools, with the AWS Encryption SDK.
fn python() -> PathBuf {
    let folder = std::env::var_os("DATAWARD_TEST_VENV")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/venv"), PathBuf::from);
    folder.join("bin/python3")
}

/// `getpass` without a terminal reads standard input, after a warning on standard error.
fn script(program: &Path, arguments: &[&str], folder: &Path, input: &str) -> Said {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env_remove("AWS_PROFILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}: run ./x test, which installs it", program.display()));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Said::of(child.wait_with_output().unwrap())
}

/// Node's packages of the test tools, where scripts of the desk look for them.
fn link_node_modules(desk: &Desk) {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/node/node_modules");
    let modules = modules.canonicalize().expect("./x test installs it");
    std::os::unix::fs::symlink(modules, desk.path().join("node_modules")).unwrap();
}

#[test]
fn the_rescue_scripts_open_our_files_with_two_sheets_and_without_us() {
    let desk = desk_with_keys();
    link_node_modules(&desk);
    for length in [0, 65_536, 200_000] {
        desk.write("a", vec![b'x'; length]);
        desk.json(&["encrypt", "a"]);
        let words = format!("{}\n{}\n", words(&desk, 2), words(&desk, 3));
        // Without a terminal of its own the script reads the words from standard input.
        let said = script(
            Path::new("setsid"),
            &["-w", python().to_str().unwrap(), "recovery-kit/rescue.py", "a.dw", "out"],
            desk.path(),
            &words,
        );
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(desk.read("out").len(), length);
        let said = script(Path::new("node"), &["recovery-kit/rescue.js", "a.dw", "out-js"], desk.path(), &words);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(desk.read("out-js"), desk.read("out"));
        std::fs::remove_file(desk.path().join("a.dw")).unwrap();
    }
    // What was cut off, one sheet alone, a misread letter: an error, and the exit code tells.
    desk.write("a", vec![b'x'; 200_000]);
    desk.json(&["encrypt", "a"]);
    let sealed = std::fs::read(desk.path().join("a.dw")).unwrap();
    desk.write("cut.dw", &sealed[..sealed.len() - 100]);
    let both = format!("{}\n{}\n", words(&desk, 1), words(&desk, 3));
    let node =
        |file: &str, input: &str| script(Path::new("node"), &["recovery-kit/rescue.js", file, "o"], desk.path(), input);
    assert_eq!(node("cut.dw", &both).code, 1);
    let said = node("a.dw", &format!("{}\n", words(&desk, 1)));
    assert_eq!((said.code, said.err.contains("not enough sheets")), (1, true), "{said:?}");
    let said = node("a.dw", &both.replacen(|letter: char| letter.is_ascii_lowercase(), "x", 1));
    assert_eq!((said.code, said.err.contains("was misread")), (1, true), "{said:?}");
}

/// What Python's SDK seals for our recovery key.
const THEIRS: &str = r#"
import sys, aws_encryption_sdk as sdk
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey
pem = open("recovery-kit/recovery-public.pem", "rb").read()
key = WrappingKey(WrappingAlgorithm.RSA_OAEP_SHA256_MGF1, pem, EncryptionKeyType.PUBLIC)
master = RawMasterKey(provider_id="recovery", key_id=sys.argv[1], wrapping_key=key)
client = sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
for suite, name in ((AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY, "plain.dw"), (AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384, "signed.dw")):
    sealed, _ = client.encrypt(source=b"theirs" * 5000, key_provider=master, algorithm=suite, encryption_context={"a": "b"})
    open(name, "wb").write(sealed)
"#;

#[test]
fn what_the_python_sdk_seals_opens_with_our_recovery_key() {
    use dataward_seal::esdk;
    use dataward_seal::recovery::Share;
    let desk = desk_with_keys();
    let store = dataward_seal::keys::KeyStore::parse(&desk.read(".dataward/keys/keys.json")).unwrap();
    desk.write("theirs.py", THEIRS);
    let said = script(&python(), &["theirs.py", &store.recovery.id], desk.path(), "");
    assert_eq!(said.code, 0, "{said:?}");
    let shares = [1, 2].map(|number| Share::parse(&words(&desk, number)).unwrap());
    let recovery = store.recovery.open(&shares).unwrap();
    for name in ["plain.dw", "signed.dw"] {
        let mut input = std::fs::File::open(desk.path().join(name)).unwrap();
        let message = esdk::open(&mut input, &[&recovery], &Default::default()).unwrap();
        let mut plain = Vec::new();
        esdk::OpenStream::new(input, message).copy_to(&mut plain).unwrap();
        assert!(plain == b"theirs".repeat(5000), "{name}");
    }
}

/// Opens our file with the JavaScript SDK, and seals one that we must open.
const NODE: &str = r#"
const crypto = require("crypto"), fs = require("fs");
const { buildClient, CommitmentPolicy, RawRsaKeyringNode } = require("@aws-crypto/client-node");
const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const [, , id, passphrase] = process.argv;
const privateKey = crypto.createPrivateKey({ key: fs.readFileSync("recovery-kit/recovery-private.pem"), passphrase })
  .export({ type: "pkcs8", format: "pem" });
const keyring = new RawRsaKeyringNode({
  keyName: id, keyNamespace: "recovery", oaepHash: "sha256",
  rsaKey: { privateKey, publicKey: fs.readFileSync("recovery-kit/recovery-public.pem", "utf8") },
});
(async () => {
  const { plaintext } = await decrypt(keyring, fs.readFileSync("a.dw"));
  fs.writeFileSync("out", plaintext);
  const { result } = await encrypt(keyring, Buffer.from("from node"));
  fs.writeFileSync("node.dw", result);
})().catch(error => { console.error(error); process.exit(1); });
"#;

#[test]
fn the_javascript_sdk_opens_ours_and_we_open_theirs() {
    use dataward_seal::esdk;
    use dataward_seal::recovery::Share;
    let desk = desk_with_keys();
    let store = dataward_seal::keys::KeyStore::parse(&desk.read(".dataward/keys/keys.json")).unwrap();
    let shares = [1, 3].map(|number| Share::parse(&words(&desk, number)).unwrap());
    desk.write("a", "for node".repeat(20_000));
    desk.json(&["encrypt", "a"]);
    desk.write("sdk.js", NODE);
    link_node_modules(&desk);
    let password = store.recovery.danger_password(&shares).unwrap();
    let password = std::str::from_utf8(&password).unwrap();
    let said = script(Path::new("node"), &["sdk.js", &store.recovery.id, password], desk.path(), "");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(desk.read("out"), "for node".repeat(20_000));
    let recovery = store.recovery.open(&shares).unwrap();
    let mut input = std::fs::File::open(desk.path().join("node.dw")).unwrap();
    let message = esdk::open(&mut input, &[&recovery], &Default::default()).unwrap();
    let mut plain = Vec::new();
    esdk::OpenStream::new(input, message).copy_to(&mut plain).unwrap();
    assert_eq!(plain, b"from node");
}

#[test]
fn a_file_that_is_there_already_is_not_decrypted_over_and_that_is_no_success() {
    let desk = desk_with_keys();
    desk.write("list", "customers");
    desk.json(&["encrypt", "list"]);
    let said = desk.run(&["decrypt", "list.dw"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(!said.out.contains('✓') && said.out.contains("is there already"), "{said:?}");
    assert_eq!(desk.read("list"), "customers");
}

#[test]
fn a_sealed_file_with_a_name_of_its_own_wants_a_place_for_what_it_holds() {
    let desk = desk_with_keys();
    desk.write("rows", "customers");
    desk.json(&["encrypt", "rows"]);
    std::fs::rename(desk.path().join("rows.dw"), desk.path().join("rows.parquet.esdk")).unwrap();
    let said = desk.run(&["decrypt", "rows.parquet.esdk"]);
    assert!(said.code != 0 && said.out.contains("name a place with `-o`"), "{said:?}");
    assert!(!said.out.contains("there already"), "{said:?}");
    desk.json(&["decrypt", "rows.parquet.esdk", "-o", "back"]);
    let back = desk.path().join("back");
    let back = if back.is_dir() { back.join("rows.parquet.esdk") } else { back };
    assert_eq!(std::fs::read_to_string(back).unwrap(), "customers");
}

#[test]
fn several_files_go_into_a_folder_that_is_made_for_them_and_never_over_a_file() {
    let desk = desk_with_keys();
    desk.write("a.csv", "email\nada@example.org\n");
    desk.write("b.csv", "email\ngrace@example.org\n");
    desk.write("taken", "something else");
    let said = desk.run(&["encrypt", "-o", "new/place", "a.csv", "b.csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(["a.csv.dw", "b.csv.dw"].iter().all(|name| desk.path().join("new/place").join(name).is_file()));
    let refused = desk.run(&["encrypt", "-o", "taken", "a.csv", "b.csv"]);
    assert_eq!((refused.code, desk.read("taken").as_str()), (2, "something else"), "{refused:?}");
}
