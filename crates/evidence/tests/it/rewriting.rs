//! The whole log rewritten by someone who has the key: found given one older head.

use dataward_evidence::Entry;
use dataward_evidence::EvidenceError;
use dataward_evidence::Log;
use dataward_evidence::verify::verify_on;
use proptest::prelude::*;

use crate::world::*;

#[derive(Clone, Debug)]
enum Attack {
    Change,
    Drop,
    Insert,
    Reorder,
    Rewind,
}

fn any_attack() -> impl Strategy<Value = Attack> {
    prop_oneof![
        Just(Attack::Change),
        Just(Attack::Drop),
        Just(Attack::Insert),
        Just(Attack::Reorder),
        Just(Attack::Rewind)
    ]
}

fn rewrite(attack: &Attack, honest: &[Entry], place: usize) -> Vec<Entry> {
    let mut entries = honest.to_vec();
    match attack {
        Attack::Change => entries[place] = entry("back-dated"),
        Attack::Drop => {
            entries.remove(place);
        }
        Attack::Insert => entries.insert(place, entry("never happened")),
        Attack::Reorder => entries.swap(place, (place + 1) % honest.len()),
        Attack::Rewind => entries.truncate(place),
    }
    entries
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rewriting_is_found_given_one_older_head(
        attack in any_attack(),
        size in 2..520_u64,
        place in any::<prop::sample::Index>(),
        grown in 0..600_u64,
    ) {
        let honest = entries(0..size);
        let (_, heads) = log_of(std::slice::from_ref(&honest));
        // The forger's log is signed with the right key, and has grown past the honest one or not.
        let mut forged = rewrite(&attack, &honest, place.index(honest.len()));
        if !matches!(attack, Attack::Rewind) {
            forged.extend(entries(10_000..10_000 + grown));
        }
        let (disk, _) = log_of(&[forged]);
        let key = signer().verifier_key();
        prop_assert!(verify_on(&disk, &key, &[]).unwrap().is_sound(), "it looks well by itself");
        prop_assert!(!verify_on(&disk, &key, &heads).unwrap().is_sound());
        let refused = Log::open_on(disk, signer(), &heads);
        let known_fault = matches!(refused, Err(EvidenceError::Forked { .. } | EvidenceError::Rewound { .. }));
        prop_assert!(known_fault);
    }
}

#[test]
fn an_old_backup_is_refused_and_so_is_going_on_with_it() {
    let (disk, _) = log_of(&[entries(0..300)]);
    let backup = disk.copy();
    let mut log = Log::open_on(disk, signer(), &[]).unwrap();
    log.append(&entries(300..310)).unwrap();
    let newest = [dataward_evidence::KnownHead::from(log.head())];
    let error = Log::open_on(backup.copy(), signer(), &newest).unwrap_err();
    assert!(matches!(error, EvidenceError::Rewound { found: 300, known: 310, .. }), "{error}");
    // Without the newer head nobody can tell; as soon as it is there, the fork shows.
    let mut forked = Log::open_on(backup.clone(), signer(), &[]).unwrap();
    forked.append(&entries(500..520)).unwrap();
    assert!(!verify_on(&backup, &signer().verifier_key(), &newest).unwrap().is_sound());
}
