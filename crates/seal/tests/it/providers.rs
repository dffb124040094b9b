//! Providers against something real: SoftHSM2, the KMS of moto, and Vault's documented HTTP API.

#![expect(clippy::disallowed_methods, reason = "a test is told by the environment where its tools are")]

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataward_seal::SecretBytes;
use dataward_seal::SecretKey;
use dataward_seal::provider::AwsCredentials;
use dataward_seal::provider::AwsKms;
use dataward_seal::provider::Exchange;
use dataward_seal::provider::LocalRoot;
use dataward_seal::provider::Pkcs11;
use dataward_seal::provider::Provider;
use dataward_seal::provider::Vault;
use dataward_testkit::server::moto::MotoServer;
use serde_json::Value;
use serde_json::json;

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

/// The two calls of the transit engine, as its API documentation has them: not a real server.
fn transit(listener: TcpListener) {
    let root = SecretKey::random().unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        let (head, body) = loop {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8(request.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                break (head.to_owned(), serde_json::from_str::<Value>(body).unwrap());
            }
        };
        let label = body["associated_data"].as_str().unwrap();
        let local = LocalRoot::new(root.clone());
        let run = |future: std::pin::Pin<Box<dyn Future<Output = Result<Value, ()>> + '_>>| {
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
        };
        let answer = if !head.contains("x-vault-token: s.right") {
            Err(403)
        } else if head.starts_with("POST /v1/transit/encrypt/root ") {
            run(Box::pin(async {
                let key =
                    SecretKey::from_slice(&STANDARD.decode(body["plaintext"].as_str().unwrap()).unwrap()).unwrap();
                let wrapped = STANDARD.encode(local.wrap(&key, label).await.unwrap());
                Ok(json!({ "data": { "ciphertext": format!("vault:v1:{wrapped}") } }))
            }))
            .map_err(|()| 400)
        } else if head.starts_with("POST /v1/transit/decrypt/root ") {
            run(Box::pin(async {
                let text = body["ciphertext"].as_str().unwrap().strip_prefix("vault:v1:").ok_or(())?;
                let wrapped = STANDARD.decode(text).map_err(|_| ())?;
                let key = local.unwrap(&wrapped, label).await.map_err(|_| ())?;
                Ok(json!({ "data": { "plaintext": STANDARD.encode(key.bytes()) } }))
            }))
            .map_err(|()| 400)
        } else {
            Err(404)
        };
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(status) => (status, json!({ "errors": ["quotes the request: secret"] })),
        };
        write!(stream, "HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n{body}").unwrap();
    }
}

#[tokio::test]
async fn a_transit_key_by_the_documented_api_conforms() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    std::thread::spawn(|| transit(listener));
    let vault = |key: &str, token: &str| {
        Vault::new(Arc::new(Plain), &address, "transit", key, SecretBytes::new(token.as_bytes().to_vec()))
    };
    conforms(&vault("root", "s.right")).await;
    let key = SecretKey::random().unwrap();
    let refused = vault("root", "s.wrong").wrap(&key, "x").await.unwrap_err().to_string();
    assert_eq!(refused, "the key provider vault: the token may not encrypt with the key `root`");
    let missing = vault("other", "s.right").wrap(&key, "x").await.unwrap_err().to_string();
    assert_eq!(missing, "the key provider vault: no transit key `other` at `transit`");
}
