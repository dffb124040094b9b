//! Proquints (arXiv 0901.4016): sixteen bits as a word of five letters that can be read aloud.

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// The bytes as words, two for each.
pub(crate) fn encode(bytes: &[u8]) -> Vec<String> {
    let word = |pair: &[u8]| {
        let value = pair.iter().fold(0_u16, |value, byte| value << 8 | u16::from(*byte));
        let letter = |shift: u16, vowel: bool| match vowel {
            true => char::from(VOWELS[usize::from(value >> shift & 3)]),
            false => char::from(CONSONANTS[usize::from(value >> shift & 15)]),
        };
        [letter(12, false), letter(10, true), letter(6, false), letter(4, true), letter(0, false)].iter().collect()
    };
    bytes.chunks(2).map(word).collect()
}

/// The bytes of words, in whatever way they are set apart; none when a letter is not one of theirs.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    if letters.is_empty() || !letters.len().is_multiple_of(5) {
        return None;
    }
    let mut bytes = Vec::new();
    for word in letters.chunks(5) {
        let mut value = 0_u16;
        for (index, letter) in word.iter().enumerate() {
            let (alphabet, bits): (&[u8], u16) = if index % 2 == 0 { (CONSONANTS, 4) } else { (VOWELS, 2) };
            let position = alphabet.iter().position(|other| other == letter)?;
            value = value << bits | position as u16;
        }
        bytes.extend(value.to_be_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_paper_and_any_bytes_come_back() {
        assert_eq!(encode(&[127, 0, 0, 1]), ["lusab", "babad"]);
        assert_eq!(decode("Lusab BABAD"), Some(vec![127, 0, 0, 1]));
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&bytes).join("-")), Some(bytes));
        for wrong in ["", "lusa", "lusae", "xxxxx"] {
            assert_eq!(decode(wrong), None);
        }
    }
}
