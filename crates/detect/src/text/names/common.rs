//! Everyday words: they begin sentences and are nobody's name.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;
use std::sync::LazyLock;

use crate::column::sample::hash_bytes;

/// Words that manuals in nine languages write small, folded, by hash.
static COMMON: LazyLock<HashSet<u64, BuildHasherDefault<Hashed>>> =
    LazyLock::new(|| words().map(|word| hash_bytes(crate::lexicon::fold(word).as_bytes())).collect());

/// These words.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    include_str!("../../../data/text/common.txt").lines()
}

/// Takes a number that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash_bytes(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Whether a folded word is an everyday one.
pub(super) fn is_common(folded: &str) -> bool {
    COMMON.contains(&hash_bytes(folded.as_bytes()))
}
