//! A set of roles, by their place in the list of roles.

/// A set of roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RoleSet(Vec<u64>);

impl RoleSet {
    /// Nobody, of `count` roles.
    pub(super) fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// All of `count` roles.
    pub(super) fn all(count: usize) -> Self {
        (0..count).fold(Self::none(count), |mut set, role| {
            set.insert(role);
            set
        })
    }

    pub(super) fn insert(&mut self, role: usize) {
        self.0[role / 64] |= 1 << (role % 64);
    }

    pub(super) fn contains(&self, role: usize) -> bool {
        self.0.get(role / 64).is_some_and(|word| word & (1 << (role % 64)) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub(super) fn keep(&mut self, other: &Self) {
        for (word, kept) in self.0.iter_mut().zip(&other.0) {
            *word &= kept;
        }
    }

    pub(super) fn remove(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(&other.0) {
            *word &= !gone;
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.keep(other);
        both
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            let word = *word;
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        })
    }
}
