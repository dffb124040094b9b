//! Bank accounts: IBAN by registry and modulo 97, BIC by shape and country.

use dataward_model::Category;

use crate::checksum;
use crate::recognise::Candidate;
use crate::recognise::LOOSE;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;

/// An international bank account number, in one piece or in groups.
pub static IBAN: Recogniser = Recogniser::new(
    "iban",
    "bank account (IBAN)",
    Category::BANK_ACCOUNT,
    Shape::Code(&[15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33]),
    iban,
)
.prior(TELLING)
.context(&["iban", "konto", "account", "compte", "cuenta", "conto", "conta", "rekening", "rachunek", "口座"])
.examples(
    &["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606", "NL91ABNA0417164300"],
    &["DE88 3704 0044 0532 0130 00", "GB82WEST1234569876543", "XX89370400440532013000"],
);

/// A bank's code. It names a bank, not a person, unless it stands beside an account; words like
/// `ABSOLUTE` have its shape, so in text it needs context.
pub static BIC: Recogniser =
    Recogniser::new("bic", "bank code (BIC)", Category::BANK_ACCOUNT, Shape::Code(&[8, 11]), bic)
        .prior(LOOSE)
        .context(&["bic", "swift", "swift code", "bic/swift"])
        .examples(&["DEUTDEFF", "NEDSZAJJXXX", "BNPAFRPP"], &["DEUTXXFF", "12345678", "deutdeff"]);

fn iban(candidate: &Candidate<'_>) -> Option<Strength> {
    let code = candidate.compact();
    if !code[2..4].iter().all(u8::is_ascii_digit) || !code[..2].iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let country = [code[0], code[1]];
    let known = IBAN_LENGTHS.binary_search_by(|(name, _)| name.as_bytes().cmp(&country[..])).ok()?;
    if usize::from(IBAN_LENGTHS[known].1) != code.len()
        || !candidate.marks().only(Marks::SPACE | Marks::HYPHEN | Marks::DOT)
        || !checksum::mod_97_10(code[4..].iter().chain(&code[..4]).copied())
    {
        return None;
    }
    Some(Strength::by_chance(1.0 / 97.0 * 0.1 * 0.03))
}

fn bic(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().as_bytes();
    let shaped = matches!(text.len(), 8 | 11)
        && text[..6].iter().all(u8::is_ascii_uppercase)
        && text[6..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (shaped && ISO_COUNTRIES.as_bytes().chunks(2).any(|country| country == &text[4..6]))
        .then_some(Strength::by_chance(0.35))
}

/// Whether two upper-case letters are an ISO 3166 country.
pub fn is_country(code: &[u8]) -> bool {
    ISO_COUNTRIES.as_bytes().chunks(2).any(|country| country == code)
}

/// Lengths of the SWIFT IBAN registry, release 98, and of the partial list; sorted.
const IBAN_LENGTHS: &[(&str, u8)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AO", 25),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BF", 28),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BJ", 28),
    ("BR", 29),
    ("BY", 28),
    ("CF", 27),
    ("CG", 27),
    ("CH", 21),
    ("CI", 28),
    ("CM", 27),
    ("CR", 22),
    ("CV", 25),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("DZ", 26),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GA", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GQ", 27),
    ("GR", 27),
    ("GT", 28),
    ("GW", 25),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IR", 26),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KM", 27),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MA", 28),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MG", 27),
    ("MK", 19),
    ("ML", 28),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("MZ", 25),
    ("NE", 28),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SN", 28),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TD", 27),
    ("TG", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// ISO 3166-1 alpha-2, one after another.
const ISO_COUNTRIES: &str = "ADAEAFAGAIALAMAOARATAUAWAZBABBBDBEBFBGBHBIBJBMBNBOBRBSBTBWBYBZCACDCFCGCHCICLCMCNCOCRCUCVCYCZDEDJDKDMDODZECEEEGERESETFIFJFMFOFRGAGBGDGEGGGHGIGLGMGNGQGRGTGWGYHKHNHRHTHUIDIEILIMINIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMGMHMKMLMMMNMOMRMSMTMUMVMWMXMYMZNANCNENGNINLNONPNRNZOMPAPEPFPGPHPKPLPRPSPTPWPYQARORSRURWSASBSCSDSESGSISKSLSMSNSOSRSSSTSVSYSZTDTGTHTJTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWSXKYEZAZMZW";
