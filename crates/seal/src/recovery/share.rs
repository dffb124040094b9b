//! One printed sheet: a point of the polynomial, with a checksum against slips of the pen.

use std::fmt;

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::digest::digest;
use blahaj::Sharks;
use zeroize::Zeroizing;

use crate::SealError;
use crate::recovery::words;
use crate::secret::SecretBytes;
use crate::secret::SecretKey;

/// Key id 4, threshold 1, point 33, checksum 2.
const BYTES: usize = 40;

/// What stands on one sheet.
#[derive(Clone)]
pub struct Share {
    bytes: SecretBytes,
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Splits `code` over `shares` sheets.
pub(super) fn split(code: &SecretKey, key: &str, threshold: u8, shares: u8) -> Vec<Share> {
    let dealt = Sharks(threshold).dealer(code.bytes()).take(usize::from(shares));
    dealt.map(|point| Share::of(key, threshold, &Zeroizing::new(Vec::from(&point)))).collect()
}

/// Puts the code together again.
pub(super) fn combine(shares: &[Share], threshold: u8) -> Result<SecretKey, SealError> {
    let mut numbers: Vec<u8> = shares.iter().map(Share::number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < usize::from(threshold) {
        let sheets = if numbers.len() == 1 { "sheet" } else { "different sheets" };
        return Err(SealError::WrongSecret(format!("{} {sheets}, {threshold} are needed", numbers.len())));
    }
    let wrong = || SealError::WrongSecret("the sheets do not go together".to_owned());
    let points: Vec<blahaj::Share> = shares
        .iter()
        .map(|share| blahaj::Share::try_from(share.point()))
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    let code = Sharks(threshold).recover(&points).map_err(|_| wrong())?;
    SecretKey::from_slice(&Zeroizing::new(code))
}

impl Share {
    fn of(key: &str, threshold: u8, point: &[u8]) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        bytes.extend(hex::decode(key).expect("key ids are hex"));
        bytes.push(threshold);
        bytes.extend_from_slice(point);
        let check = digest(&SHA256, &bytes);
        bytes.extend_from_slice(&check.as_ref()[..2]);
        Self { bytes }
    }

    /// Reads the words of a sheet.
    ///
    /// # Errors
    /// When they are not those of a sheet, or one is wrong. Never says what was read.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let wrong = |what: &str| SealError::WrongSecret(format!("the words of a sheet {what}"));
        let bytes =
            words::decode(text).map(Zeroizing::new).ok_or_else(|| wrong("are not its words: check the spelling"))?;
        if bytes.len() != BYTES {
            return Err(wrong(&format!("are {}, a sheet has {}", bytes.len() / 2, BYTES / 2)));
        }
        let (body, check) = bytes.split_at(BYTES - 2);
        if digest(&SHA256, body).as_ref()[..2] != *check {
            return Err(wrong("have a mistake: the checksum is another"));
        }
        Ok(Self { bytes })
    }

    /// The words to print.
    pub fn danger_words(&self) -> Zeroizing<String> {
        Zeroizing::new(words::encode(&self.bytes).join(" "))
    }

    /// The recovery key it belongs to.
    pub fn key(&self) -> String {
        hex::encode(&self.bytes[..4])
    }

    /// The number of the sheet.
    pub fn number(&self) -> u8 {
        self.bytes[5]
    }

    /// How many sheets are needed.
    pub fn threshold(&self) -> u8 {
        self.bytes[4]
    }

    fn point(&self) -> &[u8] {
        &self.bytes[5..BYTES - 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_of_three_sheets_give_the_code_and_one_does_not() {
        let code = SecretKey::random().unwrap();
        let shares = split(&code, "0a0b0c0d", 2, 3);
        let read: Vec<Share> = shares.iter().map(|share| Share::parse(&share.danger_words()).unwrap()).collect();
        for pair in [[0, 1], [0, 2], [1, 2], [2, 0]] {
            let pair = pair.map(|index| read[index].clone());
            assert_eq!(combine(&pair, 2).unwrap().bytes(), code.bytes());
        }
        assert_eq!(combine(&read[..1], 2).unwrap_err().to_string(), "1 sheet, 2 are needed");
        let twice = [read[0].clone(), read[0].clone()];
        assert_eq!(combine(&twice, 2).unwrap_err().to_string(), "1 sheet, 2 are needed");
    }

    #[test]
    fn a_slip_of_the_pen_is_found_and_not_repeated() {
        let share = &split(&SecretKey::random().unwrap(), "0a0b0c0d", 2, 3)[0];
        let words = share.danger_words();
        let mut list: Vec<&str> = words.split(' ').collect();
        list.swap(4, 5);
        if list[4] != list[5] {
            assert_eq!(
                Share::parse(&list.join(" ")).unwrap_err().to_string(),
                "the words of a sheet have a mistake: the checksum is another"
            );
        }
        assert_eq!(Share::parse("lusab").unwrap_err().to_string(), "the words of a sheet are 1, a sheet has 20");
        assert!(Share::parse("hello").unwrap_err().to_string().ends_with("check the spelling"));
    }
}
