//! Buckets as other tools fill them: marks of folders, names that promise what is not so.

use dataward_testkit::server::moto::MotoServer;

use crate::support::Desk;
use crate::support::Said;

fn with_key(desk: &Desk, arguments: &[&str]) -> Said {
    let mut command = desk.command(arguments);
    Said::of(command.env("AWS_ACCESS_KEY_ID", "any").env("AWS_SECRET_ACCESS_KEY", "any").output().unwrap())
}

fn keys(moto: &MotoServer, bucket: &str) -> Vec<String> {
    let listing = String::from_utf8(moto.request("GET", &format!("/{bucket}?list-type=2"), &[], b"")).unwrap();
    let keys = listing.split("<Key>").skip(1).filter_map(|part| part.split_once("</Key>"));
    keys.map(|(key, _)| key.to_owned()).collect()
}

fn desk() -> (Desk, MotoServer) {
    let desk = Desk::with_exports();
    assert_eq!(desk.run(&["keys", "init", "--root", "file:root.key"]).code, 0);
    (desk, MotoServer::shared())
}

#[test]
fn marks_of_folders_are_left_alone_in_both_directions() {
    let (desk, moto) = desk();
    moto.make_bucket("seal-marks", false);
    moto.put("seal-marks", "leer/", b"");
    moto.put("seal-marks", "voll/", b"");
    moto.put("seal-marks", "voll/a.csv", b"email\nada@example.org\n");
    moto.put("seal-marks", "nichts", b"");
    let before = keys(&moto, "seal-marks");
    let url = moto.url("seal-marks");
    let said = with_key(&desk, &["encrypt", "--in-place", &url]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(keys(&moto, "seal-marks"), ["leer/", "nichts.dw", "voll/", "voll/a.csv.dw"]);
    let said = with_key(&desk, &["encrypt", "--in-place", &url]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = with_key(&desk, &["decrypt", "--in-place", &url]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(keys(&moto, "seal-marks"), before);
}

#[test]
fn an_object_whose_name_says_sealed_and_that_is_not_is_named() {
    let (desk, moto) = desk();
    moto.make_bucket("seal-foreign", false);
    moto.put("seal-foreign", "sub/schon.csv", b"email\nada@example.org\n");
    moto.put("seal-foreign", "sub/schon.csv.dw", b"nothing that was ever sealed");
    let said = with_key(&desk, &["encrypt", "--in-place", &moto.url("seal-foreign")]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("sub/schon.csv.dw") && said.out.contains("it is not sealed"), "{said:?}");
    assert_eq!(keys(&moto, "seal-foreign"), ["sub/schon.csv", "sub/schon.csv.dw"]);
}
