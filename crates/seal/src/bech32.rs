//! Bech32 (BIP 173) without its limit of 90 characters, as age writes keys.

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// `prefix`, `1`, the bytes and a checksum, in lower case.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut groups = regroup(bytes.iter().copied(), 8, 5, true).expect("bytes always fit");
    let check = checksum(prefix, &[&groups[..], &[0; 6]].concat()) ^ 1;
    groups.extend((0..6).map(|index| (check >> (5 * (5 - index)) & 31) as u8));
    let text: String = groups.iter().map(|group| char::from(ALPHABET[usize::from(*group)])).collect();
    format!("{prefix}1{text}")
}

/// The prefix in lower case, and the bytes; none when the checksum or anything else is wrong.
pub(crate) fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return None;
    }
    let (prefix, rest) = lower.rsplit_once('1')?;
    let groups: Option<Vec<u8>> =
        rest.bytes().map(|c| ALPHABET.iter().position(|other| *other == c).map(|index| index as u8)).collect();
    let groups = groups?;
    if prefix.is_empty() || !prefix.is_ascii() || groups.len() < 6 || checksum(prefix, &groups) != 1 {
        return None;
    }
    let bytes = regroup(groups[..groups.len() - 6].iter().copied(), 5, 8, false)?;
    Some((prefix.to_owned(), bytes))
}

fn checksum(prefix: &str, groups: &[u8]) -> u32 {
    let high = prefix.bytes().map(|c| c >> 5);
    let low = prefix.bytes().map(|c| c & 31);
    let all = high.chain([0]).chain(low).chain(groups.iter().copied());
    all.fold(1, |sum, value| {
        let top = sum >> 25;
        let sum = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(sum, |sum, (_, g)| sum ^ g)
    })
}

fn regroup(values: impl Iterator<Item = u8>, from: u32, to: u32, pad: bool) -> Option<Vec<u8>> {
    let (mut out, mut gathered, mut bits) = (Vec::new(), 0_u32, 0);
    let mask = (1 << to) - 1;
    for value in values {
        gathered = (gathered << from | u32::from(value)) & 0xfff;
        bits += from;
        while bits >= to {
            bits -= to;
            out.push((gathered >> bits & mask) as u8);
        }
    }
    if pad {
        if bits > 0 {
            out.push((gathered << (to - bits) & mask) as u8);
        }
    } else if bits >= from || gathered & ((1 << bits) - 1) != 0 {
        return None;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts_and_any_bytes_come_back() {
        // BIP 173.
        assert_eq!(encode("a", &[]), "a12uel5l");
        assert_eq!(decode("A12UEL5L"), Some(("a".to_owned(), Vec::new())));
        assert_eq!(decode("A12uEL5L"), None);
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).map(|value: u8| value.wrapping_mul(37)).collect();
            assert_eq!(decode(&encode("key", &bytes)), Some(("key".to_owned(), bytes)));
        }
    }

    #[test]
    fn a_changed_character_is_found() {
        let text = encode("dwpq", &[7; 40]);
        for position in 5..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[position] = if changed[position] == b'q' { b'p' } else { b'q' };
            assert_eq!(decode(&String::from_utf8(changed).unwrap()), None);
        }
    }
}
