//! The hierarchy: made, kept, unlocked, turned over, recovered, shredded; and who cannot.

use std::io::Cursor;

use dataward_seal::SealError;
use dataward_seal::SecretKey;
use dataward_seal::esdk;
use dataward_seal::esdk::OpenRules;
use dataward_seal::esdk::OpenStream;
use dataward_seal::esdk::SealStream;
use dataward_seal::keys::INTEGRITY;
use dataward_seal::keys::KeyState;
use dataward_seal::keys::KeyStore;
use dataward_seal::keys::Unlocked;
use dataward_seal::provider::LocalRoot;
use dataward_seal::provider::ProviderSettings;
use dataward_seal::provider::passphrase;
use dataward_seal::recipient::HpkeIdentity;
use dataward_seal::recipient::Identity;
use dataward_seal::recovery::NewRecovery;
use dataward_seal::recovery::Share;
use jiff::Timestamp;

struct World {
    store: KeyStore,
    root: LocalRoot,
    recovery: NewRecovery,
    now: Timestamp,
}

fn file_settings() -> ProviderSettings {
    ProviderSettings::KeyFile { path: "root.key".to_owned() }
}

async fn world() -> World {
    let now: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    let root = LocalRoot::new(SecretKey::random().unwrap());
    let recovery = NewRecovery::generate(2, 3).unwrap();
    let store = KeyStore::create(file_settings(), &root, &recovery, &["files"], now).await.unwrap();
    World { store, root, recovery, now }
}

fn seal(keys: &Unlocked) -> Vec<u8> {
    let recipients = keys.recipients("files").unwrap();
    let recipients: Vec<_> = recipients.iter().map(AsRef::as_ref).collect();
    let message = esdk::begin(&recipients, keys.context("files").unwrap()).unwrap();
    let mut stream = SealStream::new(Vec::new(), message).unwrap();
    stream.push(b"customer list").unwrap();
    stream.finish().unwrap()
}

fn open(bytes: &[u8], identities: &[Box<dyn Identity>]) -> Result<Vec<u8>, SealError> {
    let identities: Vec<_> = identities.iter().map(AsRef::as_ref).collect();
    let mut input = Cursor::new(bytes);
    let message = esdk::open(&mut input, &identities, &OpenRules::default())?;
    let mut out = Vec::new();
    OpenStream::new(input, message).copy_to(&mut out)?;
    Ok(out)
}

#[tokio::test]
async fn a_kept_store_opens_with_its_root_and_with_two_sheets_but_not_with_another_root() {
    let world = world().await;
    let store = KeyStore::parse(&world.store.to_text()).unwrap();
    let keys = store.unlock(&world.root).await.unwrap();
    let file = seal(&keys);
    assert_eq!(open(&file, &keys.identities()).unwrap(), b"customer list");

    let words: Vec<_> = world.recovery.shares.iter().map(Share::danger_words).collect();
    let sheets = [Share::parse(&words[2]).unwrap(), Share::parse(&words[0]).unwrap()];
    let recovery = store.recovery.open(&sheets).unwrap();
    let rescued = store.unlock_for_recovery(&recovery).unwrap();
    assert_eq!(open(&file, &rescued.identities()).unwrap(), b"customer list");
    assert_eq!(open(&file, &[Box::new(recovery)]).unwrap(), b"customer list", "without the store, too");

    let error = store.unlock(&LocalRoot::new(SecretKey::random().unwrap())).await.unwrap_err();
    assert_eq!(error.to_string(), "the root key is not the one that these keys were wrapped with");
    let others = NewRecovery::generate(2, 3).unwrap();
    assert!(store.recovery.open(&others.shares[..2]).unwrap_err().to_string().starts_with("a sheet belongs to"));
}

#[tokio::test]
async fn turning_the_root_over_touches_no_file_and_shuts_the_old_root_out() {
    let mut world = world().await;
    let keys = world.store.unlock(&world.root).await.unwrap();
    let file = seal(&keys);
    let new = LocalRoot::new(SecretKey::random().unwrap());
    world.store.change_root(&keys, file_settings(), &new, world.now).await.unwrap();
    assert_eq!(world.store.root.version, 2);
    assert!(world.store.unlock(&world.root).await.is_err());
    let keys = world.store.unlock(&new).await.unwrap();
    assert_eq!(open(&file, &keys.identities()).unwrap(), b"customer list");
}

#[tokio::test]
async fn a_new_version_seals_and_the_old_one_still_opens() {
    let mut world = world().await;
    let keys = world.store.unlock(&world.root).await.unwrap();
    let old = seal(&keys);
    assert_eq!(world.store.rotate_class(&keys, &world.root, "files", world.now).await.unwrap(), 2);
    let keys = world.store.unlock(&world.root).await.unwrap();
    let new = seal(&keys);
    assert!(String::from_utf8_lossy(&new[..200]).contains("files/2"));
    for file in [&old, &new] {
        assert_eq!(open(file, &keys.identities()).unwrap(), b"customer list");
    }
    assert_eq!(world.store.version("files", 1).unwrap().state, KeyState::Retired(world.now));
}

#[tokio::test]
async fn what_a_shredded_key_sealed_stays_closed_to_the_root_and_open_to_the_recovery_key_alone() {
    let mut world = world().await;
    let keys = world.store.unlock(&world.root).await.unwrap();
    let file = seal(&keys);
    world.store.shred(&keys, "files", 1, world.now).unwrap();
    let keys = world.store.unlock(&world.root).await.unwrap();
    assert!(open(&file, &keys.identities()).unwrap_err().to_string().starts_with("none of your keys opens this"));
    assert!(keys.recipients("files").is_err(), "nothing seals until the class is rotated");
    assert!(world.store.shred(&keys, "files", 1, world.now).is_err(), "only once");
    assert!(world.store.shred(&keys, INTEGRITY, 1, world.now).is_err());
}

#[tokio::test]
async fn a_store_that_was_changed_by_hand_is_refused() {
    let mut world = world().await;
    let keys = world.store.unlock(&world.root).await.unwrap();
    let thief = HpkeIdentity::generate().unwrap().recipient().unwrap().to_string();
    let friend = HpkeIdentity::generate().unwrap().recipient().unwrap().to_string();
    world.store.add_person(&keys, "auditor", &friend, world.now).unwrap();
    assert!(world.store.unlock(&world.root).await.is_ok());
    let changes = [
        world.store.to_text().replace(&friend, &thief),
        world.store.to_text().replace("auditor", "nobody"),
        world.store.to_text().replace("\"uses\": 0", "\"uses\": 1"),
        world.store.to_text().replace("\"threshold\": 2", "\"threshold\": 1"),
    ];
    for text in changes {
        let changed = KeyStore::parse(&text).unwrap();
        assert_ne!(changed, world.store);
        let error = changed.unlock(&world.root).await.unwrap_err().to_string();
        assert!(error.contains("was changed by someone without the root key"), "{error}");
    }
    assert!(world.store.add_person(&keys, "x y", &friend, world.now).is_err());
    assert!(world.store.add_person(&keys, "x", "dwpq1qqqq", world.now).is_err());
    assert!(world.store.remove_person(&keys, "auditor").unwrap());
    assert!(!world.store.remove_person(&keys, "auditor").unwrap());
}

#[tokio::test]
async fn no_key_stands_in_the_store_and_none_is_printed() {
    let world = world().await;
    let keys = world.store.unlock(&world.root).await.unwrap();
    assert_eq!(format!("{keys:?} {:?}", world.root), "*** LocalRoot { key: *** }");
    let printed = format!("{:?}", world.recovery);
    for share in &world.recovery.shares {
        let words = share.danger_words();
        assert!(!printed.contains(words.split(' ').nth(5).unwrap()));
        assert!(!world.store.to_text().contains(words.as_str()));
    }
    let text = String::from_utf8(world.root.danger_text().to_vec()).unwrap();
    assert!(!world.store.to_text().contains(text.trim()));
    assert_eq!(LocalRoot::parse(&text).unwrap().danger_text(), world.root.danger_text());
}

#[test]
fn a_passphrase_gives_the_same_root_again_and_a_guess_is_told() {
    let (settings, root) = passphrase::choose("five odd words in line").unwrap();
    assert_eq!(settings.root("five odd words in line").unwrap().danger_text(), root.danger_text());
    assert_eq!(settings.root("five odd words in time").unwrap_err().to_string(), "the passphrase is not the right one");
    for weak in ["short", "aaaaaaaaaaaaaaaaaaaaa"] {
        assert!(passphrase::choose(weak).unwrap_err().to_string().contains("too easily guessed"));
    }
}

#[test]
fn recovery_needs_sensible_numbers() {
    for (threshold, shares) in [(1, 3), (4, 3), (2, 11)] {
        assert!(NewRecovery::generate(threshold, shares).is_err());
    }
}
