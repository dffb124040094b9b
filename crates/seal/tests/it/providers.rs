//! Providers against something real: SoftHSM2, the KMS of moto, an OpenBao server, GNOME Keyring.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use dataward_seal::SecretBytes;
use dataward_seal::SecretKey;
use dataward_seal::provider::AwsCredentials;
use dataward_seal::provider::AwsKms;
use dataward_seal::provider::Exchange;
use dataward_seal::provider::LocalRoot;
use dataward_seal::provider::Pkcs11;
use dataward_seal::provider::Provider;
use dataward_seal::provider::Vault;
use dataward_seal::provider::os_keyring;
use dataward_seal::provider::passphrase;
use dataward_testkit::server::moto::MotoServer;
use dataward_testkit::server::openbao::OpenBao;
use serde_json::Value;

/// HTTP over a connection of its own.
struct Plain;

#[async_trait]
impl Exchange for Plain {
    async fn post(&self, url: &str, headers: &[(String, SecretBytes)], body: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).map_err(|error| error.to_string())?;
        let mut request = format!("POST /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {}\r\n", std::str::from_utf8(value).unwrap()));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(&[request.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
        Ok((status, answer[end + 4..].to_vec()))
    }
}

/// What every provider must do.
async fn conforms(provider: &dyn Provider) {
    let key = SecretKey::random().unwrap();
    let wrapped = provider.wrap(&key, "files/1").await.unwrap();
    assert!(!wrapped.windows(32).any(|bytes| bytes == key.bytes()), "wrapped, not written down");
    assert_ne!(provider.wrap(&key, "files/1").await.unwrap(), wrapped, "never twice the same");
    assert_eq!(provider.unwrap(&wrapped, "files/1").await.unwrap().bytes(), key.bytes());
    let other_label = provider.unwrap(&wrapped, "files/2").await.unwrap_err().to_string();
    assert_eq!(other_label, "the root key is not the one that these keys were wrapped with");
    let mut changed = wrapped.clone();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    assert!(provider.unwrap(&changed, "files/1").await.is_err());
}

#[tokio::test]
async fn a_local_root_conforms() {
    conforms(&LocalRoot::new(SecretKey::random().unwrap())).await;
}

#[tokio::test]
async fn a_key_in_softhsm_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let config = folder.path().join("softhsm2.conf");
    std::fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "dataward", "--pin", "123456", "--so-pin", "654321"])
        .env("SOFTHSM2_CONF", &config)
        .output()
        .expect("softhsm2-util of Debian's package softhsm2");
    assert!(made.status.success(), "{made:?}");
    // The module reads its settings from the environment: in a process of its own.
    let this = std::env::current_exe().unwrap();
    let run = Command::new(this)
        .args(["--exact", "providers::in_a_process_with_softhsm", "--nocapture"])
        .env("SOFTHSM2_CONF", &config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("softhsm conforms"), "{said}");
}

/// Does nothing but when `a_key_in_softhsm_conforms` runs it.
#[tokio::test]
async fn in_a_process_with_softhsm() {
    if std::env::var_os("SOFTHSM2_CONF").is_none() {
        return;
    }
    let library = std::path::Path::new("/usr/lib/softhsm/libsofthsm2.so");
    let module = |pin: &str| SecretBytes::new(pin.as_bytes().to_vec());
    let hsm = Pkcs11::open(library, "dataward", "root", module("123456")).unwrap();
    let missing = hsm.wrap(&SecretKey::random().unwrap(), "x").await.unwrap_err().to_string();
    assert_eq!(missing, "the key provider pkcs11: no AES key `root` on the token `dataward`");
    hsm.make_key().unwrap();
    hsm.make_key().unwrap();
    conforms(&hsm).await;
    println!("softhsm conforms");
}

fn kms(server: &MotoServer, key: &str) -> AwsKms {
    let credentials = AwsCredentials {
        access_key: "AKIDEXAMPLE".to_owned(),
        secret_key: SecretBytes::new(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_vec()),
        session_token: None,
    };
    let endpoint = format!("http://127.0.0.1:{}", server.port());
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    AwsKms::new(Arc::new(Plain), credentials, key, "us-east-1", Some(&endpoint), Box::new(move || now))
}

#[tokio::test]
async fn a_key_of_kms_conforms() {
    let server = MotoServer::shared();
    let headers = [("x-amz-target", "TrentService.CreateKey"), ("content-type", "application/x-amz-json-1.1")];
    let made = server.request_to("kms", "POST", "/", &headers, b"{}");
    let made: Value = serde_json::from_slice(&made).unwrap();
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
    conforms(&kms(&server, arn)).await;
    let error = kms(&server, "no-such-key").wrap(&SecretKey::random().unwrap(), "x").await.unwrap_err().to_string();
    assert!(error.starts_with("the key provider aws-kms: answered 400: "), "{error}");
}

#[tokio::test]
async fn a_transit_key_of_openbao_conforms() {
    let server = OpenBao::shared();
    let token = server.transit("conforms", "root");
    let vault = |key: &str, token: &str| {
        let token = SecretBytes::new(token.as_bytes().to_vec());
        Vault::new(Arc::new(Plain), &server.address(), "conforms", key, token)
    };
    conforms(&vault("root", &token)).await;
    let key = SecretKey::random().unwrap();
    let refused = vault("root", "s.wrong").wrap(&key, "x").await.unwrap_err().to_string();
    assert_eq!(refused, "the key provider vault: the token may not encrypt with the key `root`");
    let other = vault("other", &token).wrap(&key, "x").await.unwrap_err().to_string();
    assert_eq!(other, "the key provider vault: the token may not encrypt with the key `other`");
}

#[tokio::test]
async fn a_root_in_the_keyring_of_the_account_conforms() {
    let home = tempfile::tempdir().unwrap();
    // A session bus and a keyring of its own, unlocked as the login does it.
    let script = "printf right | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 && exec \"$@\"";
    let run = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "providers::in_a_process_with_a_keyring", "--nocapture"])
        .env("DATAWARD_TEST_KEYRING", "1")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("XDG_DATA_HOME")
        .output()
        .expect("dbus-run-session and gnome-keyring-daemon of Debian's packages dbus and gnome-keyring");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && said.contains("keyring conforms"), "{said}");
}

/// Does nothing but when `a_root_in_the_keyring_of_the_account_conforms` runs it.
#[tokio::test]
async fn in_a_process_with_a_keyring() {
    if std::env::var_os("DATAWARD_TEST_KEYRING").is_none() {
        return;
    }
    let root = LocalRoot::new(SecretKey::random().unwrap());
    os_keyring::keep("one", &root).unwrap();
    os_keyring::keep("two", &LocalRoot::new(SecretKey::random().unwrap())).unwrap();
    let fetched = os_keyring::fetch("one").unwrap();
    conforms(&fetched).await;
    let key = SecretKey::random().unwrap();
    let wrapped = root.wrap(&key, "files/1").await.unwrap();
    assert_eq!(fetched.unwrap(&wrapped, "files/1").await.unwrap().bytes(), key.bytes(), "the very same");
    let missing = os_keyring::fetch("three").unwrap_err().to_string();
    assert!(missing.contains("does not hold the root key of these keys"), "{missing}");
    println!("keyring conforms");
}

#[test]
fn without_a_keyring_it_says_what_to_take() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "providers::in_a_process_without_a_bus", "--nocapture"])
        .env("DATAWARD_TEST_NO_BUS", "1")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(said.contains("the key provider os-keyring: no keyring answers on the session bus"), "{run:?}");
}

/// Does nothing but when `without_a_keyring_it_says_what_to_take` runs it.
#[test]
fn in_a_process_without_a_bus() {
    if std::env::var_os("DATAWARD_TEST_NO_BUS").is_some() {
        println!("{}", os_keyring::fetch("one").unwrap_err());
    }
}

#[test]
fn a_passphrase_that_is_easily_guessed_is_refused() {
    for weak in ["short", "passwordpassword", "aaaaaaaaaaaaaaaaaaaa", "qwertyuiopasdfghjkl", "abcabcabcabcabcabc"] {
        let error = passphrase::choose(weak).unwrap_err().to_string();
        assert!(error.starts_with("the passphrase is too easily guessed") && !error.contains(weak), "{error}");
    }
    assert!(passphrase::choose("five odd words in line").is_ok());
}
