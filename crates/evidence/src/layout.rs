//! Where things lie in a log: paths and bundles of C2SP tlog-tiles.

/// The signed head.
pub const CHECKPOINT: &str = "checkpoint";
/// A signed head that is about to take the place of the old one.
pub const CHECKPOINT_NEXT: &str = "checkpoint.next";
/// The verifier key, as signed notes write it.
pub const VERIFIER_KEY: &str = "log.vkey";
/// The public key in PEM, for OpenSSL.
pub const PUBLIC_KEY: &str = "log.pub.pem";

/// Hashes in a full tile and entries in a full bundle.
pub const WIDTH: u64 = 256;

/// The longest entry: its length is written in two bytes.
pub const ENTRY_LIMIT: usize = u16::MAX as usize;

/// `tile/<level>/<index>[.p/<width>]`.
pub fn tile_path(level: u8, index: u64, width: u64) -> String {
    format!("tile/{level}/{}{}", index_path(index), partial_suffix(width))
}

/// `tile/entries/<index>[.p/<width>]`.
pub fn entries_path(index: u64, width: u64) -> String {
    format!("tile/entries/{}{}", index_path(index), partial_suffix(width))
}

/// Every tile and bundle of a log of `size` entries, with its width.
pub fn expected_files(size: u64) -> Vec<String> {
    let mut files = Vec::new();
    for (index, width) in row(size) {
        files.push(entries_path(index, width));
    }
    let (mut level, mut hashes) = (0, size);
    while hashes > 0 {
        for (index, width) in row(hashes) {
            files.push(tile_path(level, index, width));
        }
        hashes /= WIDTH;
        level += 1;
    }
    files
}

/// The tiles that `hashes` hashes of one level fill: index and width.
pub(crate) fn row(hashes: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..hashes.div_ceil(WIDTH)).map(move |index| (index, (hashes - index * WIDTH).min(WIDTH)))
}

/// Thousands as folders: 1234067 is `x001/x234/067`.
fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

fn partial_suffix(width: u64) -> String {
    if width == WIDTH { String::new() } else { format!(".p/{width}") }
}

/// Entries one after another, each after its length in two bytes, most significant first.
///
/// Entries are at most [`ENTRY_LIMIT`] bytes long.
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a Vec<u8>>) -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).expect("entries are checked against ENTRY_LIMIT when they are made");
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    bundle
}

/// The entries of a bundle of `width` entries; none if there are more, fewer or half of one.
pub fn decode_bundle(mut bundle: &[u8], width: u64) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bundle = rest;
    }
    (bundle.is_empty() && entries.len() as u64 == width).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(tile_path(1, 0, 7), "tile/1/000.p/7");
        assert_eq!(entries_path(1_000, 1), "tile/entries/x001/000.p/1");
    }

    #[test]
    fn a_log_of_seventy_thousand_has_the_tiles_of_the_example_in_the_specification() {
        // C2SP tlog-tiles: 273 full tiles at level 0, one of 112; one full at level 1, one of 17;
        // one hash at level 2.
        let files = expected_files(70_000);
        assert_eq!(files.iter().filter(|file| file.starts_with("tile/0/")).count(), 274);
        for file in ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"] {
            assert!(files.iter().any(|known| known == file), "{file}");
        }
        assert_eq!(files.len(), 274 + 274 + 2 + 1);
    }

    #[test]
    fn half_an_entry_is_no_bundle() {
        let bundle = encode_bundle(&[b"one".to_vec(), Vec::new(), b"three".to_vec()]);
        assert_eq!(decode_bundle(&bundle, 3).unwrap(), [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
        assert_eq!(decode_bundle(&bundle, 2), None);
        assert_eq!(decode_bundle(&bundle[..bundle.len() - 1], 3), None);
        assert_eq!(decode_bundle(&[bundle, vec![0]].concat(), 3), None);
    }
}
