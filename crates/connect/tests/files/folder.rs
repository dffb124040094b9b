//! The folder itself: the contract, links, rights, odd names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::conformance;
use dataward_connect::conformance::Expected;
use dataward_connect::conformance::Suite;
use dataward_connect::conformance::list_units;
use dataward_connect::files::Files;

use crate::support::Folder;

#[tokio::test]
async fn a_folder_keeps_the_contract() {
    let folder = Folder::new();
    let people: String = (0..5000).map(|id| format!("{id},{}\n", if id % 10 == 0 { "" } else { "Ada" })).collect();
    folder
        .write("people.csv", format!("id,name\n{people}"))
        .write("nobody.csv", "id,name\n")
        .write("deep/.hidden/a \"few\".😀.tsv", "id\tname\n1\tAda\n2\tBob\n")
        .write(".gitignore", "*.csv\n")
        .write(".dataward/state.csv", "id,name\n1,ours\n");
    let expected = vec![
        Expected::new("people.csv", 5000, &["id", "name"]).position("id").nulls("name", 500),
        Expected::new("nobody.csv", 0, &["id", "name"]),
        Expected::new("deep/.hidden/a \"few\".😀.tsv", 2, &["id", "name"]),
        Expected::new(".gitignore", 1, &["text"]),
    ];
    Suite::new(Arc::new(folder.files.clone()), expected).check().await.unwrap();
    conformance::check_fingerprint(&folder.files, "people.csv", async || {
        folder.write("people.csv", "id,name\n1,Ada\n");
    })
    .await
    .unwrap();
    conformance::check_gone(&folder.files, "people.csv", async || {
        std::fs::remove_file(folder.path().join("people.csv")).unwrap();
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_single_file_is_a_source() {
    let folder = Folder::new();
    folder.write("a.csv", "id,name\n1,Ada\n").write("b.csv", "id,name\n1,Bob\n");
    let source = Files::new(folder.path().join("a.csv"));
    assert_eq!(source.open().await.unwrap().product, "file");
    Suite::new(Arc::new(source), vec![Expected::new("a.csv", 1, &["id", "name"])]).check().await.unwrap();
}

#[tokio::test]
async fn a_missing_folder_is_said_at_the_door() {
    let error = Files::new("/no/such/folder").open().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot reach `/no/such/folder`: there is no such file or folder; check the path");
}

#[tokio::test]
async fn links_are_not_followed_in_circles_or_outside() {
    let folder = Folder::new();
    let outside = Folder::new();
    outside.write("secret.csv", "id,name\n1,Ada\n");
    folder.write("in/a.csv", "id,name\n1,Ada\n");
    symlink(folder.path().join("in/a.csv"), folder.path().join("twice.csv")).unwrap();
    symlink(folder.path(), folder.path().join("in/round")).unwrap();
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink("nowhere", folder.path().join("broken")).unwrap();
    let names: Vec<String> = list_units(&folder.files).await.unwrap().into_iter().map(|unit| unit.name).collect();
    assert_eq!(names, ["broken", "in/a.csv", "in/round", "out"]);
    assert_eq!(folder.refusal("broken").await, "this is a link to something that is not there");
    assert_eq!(
        folder.refusal("in/round").await,
        "this is a link back to a folder above it, which would go round in circles"
    );
    assert_eq!(
        folder.refusal("out").await,
        "this is a link to something outside of the folder; scan that as a source of its own"
    );
}

#[tokio::test]
async fn a_socket_is_not_opened() {
    let folder = Folder::new();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("app.sock")).unwrap();
    assert_eq!(folder.refusal("app.sock").await, "this is a socket of a running program, with nothing stored in it");
}

#[tokio::test]
async fn names_that_are_no_text_are_read_all_the_same() {
    let folder = Folder::new();
    for byte in [0xe8u8, 0xe9] {
        let name = [b"caf".as_slice(), &[byte], b".csv"].concat();
        std::fs::write(folder.path().join(OsStr::from_bytes(&name)), format!("id,name\n{byte},Ada\n")).unwrap();
    }
    assert_eq!(folder.show("caf\u{fffd}E8.csv").await, "caf\u{fffd}E8.csv: id | name\n  232 | Ada\n");
    assert_eq!(folder.show("caf\u{fffd}E9.csv").await, "caf\u{fffd}E9.csv: id | name\n  233 | Ada\n");
}

#[tokio::test]
async fn files_that_nobody_can_look_into_are_named_as_such() {
    let folder = Folder::new();
    folder.write("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01").write("empty.csv", "");
    assert_eq!(folder.refusal("photo.jpg").await, "it is an image (image/jpeg); dataward does not read text in images");
    assert_eq!(folder.show("empty.csv").await, "");
    // Version, suite, message id, an encryption context of four bytes, one wrapped key.
    let header = [b"\x02\x04\x78".as_slice(), &[7; 32], b"\0\x04abcd\0\x01"].concat();
    folder.write("cards.csv.dw", header);
    let sealed = folder.refusal("cards.csv.dw").await;
    assert_eq!(sealed, "it is encrypted (AWS Encryption SDK); what is in it is not looked at");
}

#[tokio::test]
async fn a_cancelled_read_says_so() {
    let folder = Folder::new();
    folder.write("a.csv", "id,name\n1,Ada\n");
    let request = dataward_connect::ReadRequest::full();
    request.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    let unit = conformance::find_unit(&folder.files, "a.csv").await.unwrap();
    let error = conformance::first_error(&folder.files, &unit, &request).await;
    assert!(matches!(error, Some(ConnectError::Cancelled)));
}
