//! The Merkle tree of RFC 6962, section 2.1, in tiles.

use tlog_tiles::EMPTY_HASH;
use tlog_tiles::Hash;
use tlog_tiles::node_hash;

use crate::layout::WIDTH;

/// The right edge of a growing tree: for each level of tiles the hashes of the tile that is not
/// full yet. Takes 8 KiB for each factor of 256 in the number of entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edge {
    levels: Vec<Vec<Hash>>,
    size: u64,
}

/// A tile and where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// 0 for leaves; a hash of level n + 1 stands for 256 of level n.
    pub level: u8,
    /// Counted from the left, from 0.
    pub index: u64,
    /// 1 to 256 hashes.
    pub hashes: Vec<Hash>,
}

impl Tile {
    /// The hashes one after another, as the file has them.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }
}

impl Edge {
    /// Adds a leaf; tiles that it filled go to `full`.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<Tile>) {
        self.size += 1;
        let mut hash = leaf;
        let mut covered = 1;
        for level in 0_u8.. {
            covered *= WIDTH;
            let place = usize::from(level);
            if self.levels.len() == place {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[place];
            hashes.push(hash);
            if hashes.len() as u64 != WIDTH {
                return;
            }
            hash = subtree_hash(hashes);
            full.push(Tile { level, index: self.size / covered - 1, hashes: std::mem::take(hashes) });
        }
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash; for no leaves that of the empty string.
    pub fn root(&self) -> Hash {
        let mut below: Option<Hash> = None;
        for hashes in &self.levels {
            // What is not full below counts as one more, smaller subtree on the right: RFC 6962
            // splits at powers of two, so whole tiles always end up left of it.
            let row: Vec<Hash> = hashes.iter().copied().chain(below).collect();
            if !row.is_empty() {
                below = Some(subtree_hash(&row));
            }
        }
        below.unwrap_or(EMPTY_HASH)
    }

    /// The tiles that are not full.
    pub fn partial_tiles(&self) -> impl Iterator<Item = Tile> {
        let mut covered = 1;
        (0_u8..).zip(&self.levels).filter_map(move |(level, hashes)| {
            covered *= WIDTH;
            let tile = Tile { level, index: self.size / covered, hashes: hashes.clone() };
            (!hashes.is_empty()).then_some(tile)
        })
    }
}

/// The hash over `hashes`, which is not empty, as RFC 6962 combines subtrees.
pub fn subtree_hash(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_HASH,
        [one] => *one,
        more => {
            let split = more.len().next_power_of_two() / 2;
            node_hash(subtree_hash(&more[..split]), subtree_hash(&more[split..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest;
    use sha2::Sha256;
    use tlog_tiles::record_hash;

    use super::*;

    /// RFC 6962, section 2.1, word for word: slow, and without a line in common with the above.
    fn merkle_tree_hash(entries: &[Vec<u8>]) -> [u8; 32] {
        match entries.len() {
            0 => Sha256::digest([]).into(),
            1 => Sha256::new().chain_update([0]).chain_update(&entries[0]).finalize().into(),
            n => {
                let mut k = 1;
                while 2 * k < n {
                    k *= 2;
                }
                let (left, right) = (merkle_tree_hash(&entries[..k]), merkle_tree_hash(&entries[k..]));
                Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
            }
        }
    }

    #[test]
    fn roots_equal_those_of_the_definition_at_every_size() {
        let entries: Vec<Vec<u8>> = (0..1100_u32).map(|number| number.to_be_bytes().to_vec()).collect();
        let mut edge = Edge::default();
        assert_eq!(edge.root().0, merkle_tree_hash(&[]));
        for (position, entry) in entries.iter().enumerate() {
            edge.push(record_hash(entry), &mut Vec::new());
            if position < 40 || position % 17 == 0 || position % 256 < 3 || position % 256 > 253 {
                assert_eq!(edge.root().0, merkle_tree_hash(&entries[..=position]), "size {}", position + 1);
            }
        }
    }

    #[test]
    fn roots_equal_the_vectors_of_certificate_transparency() {
        // The eight leaves and roots of google/certificate-transparency and transparency-dev/merkle.
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::default();
        for (leaf, root) in leaves.iter().zip(roots) {
            edge.push(record_hash(&hex::decode(leaf).unwrap()), &mut Vec::new());
            assert_eq!(hex::encode(edge.root().0), root);
        }
    }

    #[test]
    fn full_tiles_come_out_once_and_partial_ones_say_where_they_belong() {
        let mut edge = Edge::default();
        let mut full = Vec::new();
        for number in 0..(256 * 256 + 300_u32) {
            edge.push(record_hash(&number.to_be_bytes()), &mut full);
        }
        let places: Vec<_> = full.iter().map(|tile| (tile.level, tile.index)).collect();
        assert_eq!(places.iter().filter(|place| place.0 == 0).count(), 257);
        assert_eq!(places[255..=257], [(0, 255), (1, 0), (0, 256)]);
        let partial: Vec<_> = edge.partial_tiles().map(|tile| (tile.level, tile.index, tile.hashes.len())).collect();
        assert_eq!(partial, [(0, 257, 44), (1, 1, 1), (2, 0, 1)]);
    }
}
