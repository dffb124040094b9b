//! `init`: the policy file it writes, and what it says.

use crate::support::Desk;

#[test]
fn init_writes_a_file_that_scan_takes() {
    let desk = Desk::new();
    desk.write("my exports/a.csv", "email\nada@example.org\nbob@example.org\n");
    let said = desk.run(&["init", "shop=my exports", "--business", "Blue Lantern", "--jurisdiction", "EU,DE", "--yes"]);
    assert_eq!(said.code, 0, "{said:?}");
    let policy = desk.read("dataward.toml");
    assert!(policy.contains("[source.shop]\nurl = \"file:my exports\""), "{policy}");
    assert!(policy.contains("jurisdictions = [\"EU\", \"DE\"]"), "{policy}");
    assert_eq!(desk.run(&["scan"]).code, 0);
    assert!(desk.run(&["inventory"]).out.contains("user.contact.email"));
}

#[test]
fn an_existing_policy_is_left_as_it_is() {
    let desk = Desk::with_exports();
    let before = desk.read("dataward.toml");
    let said = desk.run(&["init", "exports", "--yes"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(desk.read("dataward.toml"), before);
}

#[test]
fn a_password_that_was_typed_does_not_reach_the_file() {
    let desk = Desk::new();
    let said = desk.run(&["init", "shop=postgres://ada:s3cret@localhost/shop", "--yes", "--no-test"]);
    assert_eq!(said.code, 0, "{said:?}");
    let policy = desk.read("dataward.toml");
    assert!(!policy.contains("s3cret"), "{policy}");
    assert!(policy.contains("password = { env = \"SHOP_PASSWORD\" }"), "{policy}");
    assert!(said.out.contains("export SHOP_PASSWORD"), "{}", said.out);
    assert!(!said.out.contains("s3cret"), "{}", said.out);
    assert!(said.out.contains("GRANT "), "how to make a user that can only read: {}", said.out);
}

#[test]
fn secrets_anywhere_in_an_address_reach_neither_the_file_nor_a_message() {
    let desk = Desk::new();
    let said = desk.run(&[
        "init",
        "shop=postgres://ada@localhost/shop?password=s3cret&sslpassword=s3cret",
        "blobs=az://shop:s3cret@backups/daily",
        "tokens=az://backups?account=shop&sv=2024-11-04&sig=s3cret",
        "bucket=s3://AKIA7:s3cret@exports?region=eu-central-1",
        "link=s3://exports/a.csv?X-Amz-Credential=s3cret&X-Amz-Signature=s3cret",
        "--yes",
        "--no-test",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let policy = desk.read("dataward.toml");
    assert!(!policy.contains("s3cret") && !format!("{said:?}").contains("s3cret"), "{policy}{said:?}");
    for line in [
        "url = \"postgres://ada@localhost/shop\"\npassword = { env = \"SHOP_PASSWORD\" }",
        "url = \"az://backups/daily?account=shop\"\npassword = { env = \"BLOBS_PASSWORD\" }",
        "url = \"az://backups?account=shop\"\n#",
        "url = \"s3://exports?region=eu-central-1&access_key_id=AKIA7\"\npassword = { env = \"BUCKET_PASSWORD\" }",
        "url = \"s3://exports/a.csv\"\n#",
    ] {
        assert!(policy.contains(line), "{line}: {policy}");
    }
    assert!(said.out.contains("Left out of the address of `tokens`: `sv`, `sig`."), "{}", said.out);
    assert!(said.out.contains("AZURE_STORAGE_SAS_TOKEN"), "{}", said.out);
}

#[test]
fn an_address_that_is_wrong_is_not_repeated_with_its_password() {
    let desk = Desk::new();
    for address in [
        "postgres//ada:s3cret@db/shop",
        "host=db user=ada password=s3cret",
        "postgres:ada:s3cret@db/shop",
        "mysql://ada:12/s3cret@db/shop",
        "mysql://ada@db/shop?s3cret",
        "mysql://ada@db/shop?hush=s3cret",
        "postgres://ada@db/shop?sslpassword=s3cret",
        "az://backups?sv=2024-11-04&sig=s3cret",
        "s3://AKIA:12/s3cret@bucket",
        "sqlite:shop.db?key=s3cret",
        "ftp://ada:s3cret@host",
    ] {
        for arguments in [&["scan", address][..], &["access", address], &["init", address, "--yes", "--no-test"]] {
            let said = desk.run(arguments);
            assert!(said.code != 0 || arguments[0] == "init", "{arguments:?}: {said:?}");
            assert!(!format!("{said:?}").contains("s3cret"), "{arguments:?}: {said:?}");
        }
        let _ = std::fs::remove_file(desk.path().join("dataward.toml"));
        desk.write("dataward.toml", format!("[business]\nname = \"Shop\"\n\n[source.shop]\nurl = \"{address}\"\n"));
        let said = desk.run(&["scan"]);
        assert!(said.code != 0 && !format!("{said:?}").contains("s3cret"), "{address}: {said:?}");
        std::fs::remove_file(desk.path().join("dataward.toml")).unwrap();
    }
}

#[test]
fn a_source_that_does_not_answer_is_said_and_the_file_is_written() {
    let desk = Desk::new();
    let port = dataward_testkit::server::free_port();
    let said = desk.run(&["init", &format!("shop=postgres://ada@127.0.0.1:{port}/shop"), "--yes"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("shop: cannot reach"), "{}", said.err);
    assert!(desk.path().join("dataward.toml").is_file());
}

#[tokio::test]
async fn a_password_that_was_forgotten_is_said_and_the_policy_file_has_the_line_for_it() {
    let database = dataward_testkit::server::mariadb::MariaDbServer::shared().database().await;
    let desk = Desk::new();
    let address = format!("shop=mysql://root@{}", database.server().place(database.name()));
    let said = desk.run(&["init", &address, "--yes"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.err.contains("no password was given for `root`") && !said.err.contains("wrong password"),
        "{}",
        said.err
    );
    assert!(said.err.contains("export SHOP_PASSWORD"), "{}", said.err);
    let policy = desk.read("dataward.toml");
    assert!(policy.contains("# password = { env = \"SHOP_PASSWORD\" }"), "{policy}");
    desk.write("dataward.toml", policy.replace("# password = ", "password = "));
    let mut command = desk.command(&["scan", "shop"]);
    let scan = command.env("SHOP_PASSWORD", dataward_testkit::server::mariadb::PASSWORD).output().unwrap();
    assert_eq!(scan.status.code(), Some(0), "{scan:?}");
}

#[test]
fn the_account_of_a_server_is_made_once_for_two_databases_of_it() {
    let desk = Desk::new();
    let said = desk.run(&[
        "init",
        "shop=postgres://ada@db.example/shop",
        "crm=postgres://ada@db.example/crm",
        "other=postgres://ada@elsewhere.example/crm",
        "--yes",
        "--no-test",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.out.matches("CREATE ROLE").count(), 2, "one on each server: {}", said.out);
    assert_eq!(said.out.matches("GRANT CONNECT ON DATABASE").count(), 3, "{}", said.out);
}
