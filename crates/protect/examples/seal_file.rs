//! Seals a file or folder on the path that `dataward encrypt` takes, for `bench/encrypt.py`:
//! `seal_file init KEYS` once, then `seal_file KEYS encrypt|decrypt|rewrap SOURCE TARGET`. The root key
//! is known to all: for measuring alone.

use std::error::Error;
use std::path::Path;

use dataward_protect::KeyRing;
use dataward_protect::Sealing;
use dataward_protect::file::Watch;
use dataward_protect::tree;
use dataward_protect::tree::Work;
use dataward_seal::SecretKey;
use dataward_seal::keys::KeyStore;
use dataward_seal::provider::LocalRoot;
use dataward_seal::provider::ProviderSettings;
use dataward_seal::recovery::NewRecovery;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = LocalRoot::new(SecretKey::of(&[7; 32]));
    if let ["init", file] = words[..] {
        let settings = ProviderSettings::KeyFile { path: "none".to_owned() };
        let recovery = NewRecovery::generate(2, 3)?;
        let keys = KeyStore::create(settings, &root, &recovery, &["files"], "2026-01-01T00:00:00Z".parse()?).await?;
        return Ok(std::fs::write(file, keys.to_text())?);
    }
    let [file, action, source, target] = words[..] else { return Err("what?".into()) };
    let keys = KeyStore::parse(&std::fs::read_to_string(file)?)?.unlock(&root).await?;
    let ring = KeyRing {
        sealing: Sealing { recipients: keys.recipients("files")?, context: keys.context("files")? },
        identities: keys.identities(),
        ..KeyRing::default()
    };
    let (source, target) = (Path::new(source), Path::new(target));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let watch = Watch::default();
    let report = match (action, source.is_dir()) {
        ("encrypt", false) => return Ok(tree::seal_file(source, target, &ring, threads, &watch).map(drop)?),
        ("decrypt", false) => return Ok(tree::open_file(source, target, &ring, threads, &watch).map(drop)?),
        ("encrypt", true) => tree::run(source, &Work::SealInto(target.to_owned()), &ring, threads, &watch)?,
        ("decrypt", true) => tree::run(source, &Work::OpenInto(target.to_owned()), &ring, threads, &watch)?,
        ("in-place", _) => tree::run(source, &Work::SealInPlace, &ring, threads, &watch)?,
        ("rewrap", _) => tree::run(source, &Work::Rewrap, &ring, threads, &watch)?,
        _ => return Err("what?".into()),
    };
    match report.failed.into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
