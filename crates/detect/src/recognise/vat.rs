//! VAT numbers of the states of the European Union, of Great Britain, Switzerland and Norway, with the letters of
//! the state in front. They name firms, and sole traders only sometimes: alone they are never called personal,
//! neither in texts nor in columns. They are known so that nothing else is seen in them, and so that rules of
//! one's own can build on them. Schemes as collected by python-stdnum, against which the examples were run.

use dataward_model::Category;

use crate::checksum::luhn;
use crate::checksum::mod_11_10;
use crate::checksum::mod_97_10;
use crate::checksum::remainder;
use crate::checksum::weighted;
use crate::recognise::Candidate;
use crate::recognise::LOOSE;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::candidate::number;
use crate::recognise::national::es;

type Validate = fn(&Candidate<'_>) -> Option<Strength>;

const fn vat(
    name: &'static str,
    title: &'static str,
    country: &'static str,
    lengths: &'static [u8],
    validate: Validate,
) -> Recogniser {
    let mut this = Recogniser::new(name, title, Category::CONTACT_ORGANIZATION, Shape::Code(lengths), validate);
    this.country = country;
    this.prior(LOOSE)
}

/// The digits behind `prefix`, where they hold.
fn behind(candidate: &Candidate<'_>, prefix: &str, holds: impl Fn(&[u8]) -> bool) -> Option<Strength> {
    let digits = candidate.digits();
    let body = digits.get(prefix.len()..)?;
    let plain = candidate.compact().starts_with(prefix.as_bytes())
        && body.iter().all(|&digit| digit <= 9)
        && body.iter().any(|&digit| digit != 0);
    // The letters in front are counted in the prior: many other codes have two.
    (plain && holds(body)).then_some(Strength::by_chance(0.1))
}

/// Whether the last digit is what `check` says of the others.
fn closed(body: &[u8], check: impl Fn(&[u8]) -> u32) -> bool {
    body.split_last().is_some_and(|(&last, rest)| check(rest) == u32::from(last))
}

/// Austria: eight digits behind `U`.
pub static AT: Recogniser = vat("at-vat", "Austrian VAT number", "AT", &[11], |candidate| {
    behind(candidate, "ATU", |body| {
        closed(body, |rest| {
            let sum: u32 = rest
                .iter()
                .enumerate()
                .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
                    (0, digit) => digit,
                    (_, digit) => digit * 2 / 10 + digit * 2 % 10,
                })
                .sum();
            (96 - sum) % 10
        })
    })
})
.examples(&["ATU69070293", "ATU 1375 8584"], &["ATU94580730", "AT69070293"]);

/// Belgium: ten digits, the last two modulo 97.
pub static BE: Recogniser = vat("be-vat", "Belgian VAT number", "BE", &[12], |candidate| {
    behind(candidate, "BE", |body| body[0] <= 1 && 97 - remainder(&body[..8], 97) == u64::from(number(&body[8..])))
})
.examples(&["BE0151182913", "BE 0652.237.601"], &["BE0719540613", "BE9151182913"]);

/// Bulgaria: nine digits of firms.
pub static BG: Recogniser = vat("bg-vat", "Bulgarian VAT number", "BG", &[11], |candidate| {
    behind(candidate, "BG", |body| {
        closed(body, |rest| match weighted(rest, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
            10 => weighted(rest, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
            check => check,
        })
    })
})
.examples(&["BG926050948", "BG826590834"], &["BG261435778"]);

/// Switzerland: `CHE`, nine digits, the tax's name in one of the languages.
pub static CH: Recogniser = vat("ch-vat", "Swiss VAT number", "CH", &[12, 15, 16], |candidate| {
    let (compact, digits) = (candidate.compact(), candidate.digits());
    let (body, tail) = (digits.get(3..12)?, compact.get(12..)?);
    let named = tail.is_empty() || [&b"MWST"[..], b"TVA", b"IVA", b"TPV"].contains(&tail);
    let holds = body.iter().all(|&digit| digit <= 9)
        && closed(body, |rest| (11 - weighted(rest, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11);
    (compact.starts_with(b"CHE") && named && holds).then_some(Strength::by_chance(0.1))
})
.examples(&["CHE-237.603.955 MWST", "CHE502397142"], &["CHE-237.603.956 MWST", "CHE-237.603.955 GMBH"]);

/// Cyprus: eight digits and a letter.
pub static CY: Recogniser = vat("cy-vat", "Cypriot VAT number", "CY", &[11], |candidate| {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let digits = candidate.digits();
    let body = digits.get(2..10)?;
    let holds = candidate.reads("CY99999999A") && !body.starts_with(&[1, 2]);
    let value = |(at, &digit): (usize, &u8)| if at % 2 == 0 { ODD[usize::from(digit % 10)] } else { u32::from(digit) };
    let sum: u32 = body.iter().enumerate().map(value).sum();
    (holds && u32::from(candidate.compact()[10] - b'A') == sum % 26).then_some(Strength::by_chance(0.04))
})
.examples(&["CY41015996J", "CY35915107E"], &["CY04310145W"]);

/// Czechia: eight digits of firms.
pub static CZ: Recogniser = vat("cz-vat", "Czech VAT number", "CZ", &[10], |candidate| {
    behind(candidate, "CZ", |body| {
        body[0] != 9
            && closed(body, |rest| match (11 - weighted(rest, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 11 {
                0 => 1,
                check => check % 10,
            })
    })
})
.examples(&["CZ61425532", "CZ54578973"], &["CZ81537639"]);

/// Germany: nine digits, ISO 7064.
pub static DE: Recogniser = vat("de-vat", "German VAT number", "DE", &[11], |candidate| {
    behind(candidate, "DE", |body| body[0] != 0 && mod_11_10(body))
})
.examples(&["DE119101748", "DE 814 164 474"], &["DE924080623", "119101748"]);

/// Denmark: eight digits modulo 11.
pub static DK: Recogniser = vat("dk-vat", "Danish VAT number", "DK", &[10], |candidate| {
    behind(candidate, "DK", |body| body[0] != 0 && weighted(body, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11))
})
.examples(&["DK14487603", "DK 97 78 94 95"], &["DK40587762"]);

/// Estonia: nine digits.
pub static EE: Recogniser = vat("ee-vat", "Estonian VAT number", "EE", &[11], |candidate| {
    behind(candidate, "EE", |body| weighted(body, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))
})
.examples(&["EE361663403", "EE026070331"], &["EE042864652"]);

/// Spain: a firm's CIF or a person's NIF.
pub static ES: Recogniser = vat("es-vat", "Spanish VAT number", "ES", &[11], |candidate| {
    let (compact, digits) = (candidate.compact(), candidate.digits());
    if !compact.starts_with(b"ES") {
        return None;
    }
    let body = digits.get(3..10)?;
    let firm = b"ABCDEFGHJNPQRSUVW".contains(&compact[2]) && body.iter().all(|&digit| digit <= 9);
    if firm {
        let check = (0..=9).find(|&check| luhn(&[body, &[check]].concat()))?;
        let last = compact[10];
        let closed = last == b'0' + check || last == b"JABCDEFGHI"[usize::from(check)];
        return closed.then_some(Strength::by_chance(0.1));
    }
    let rest = candidate.text().get(2..)?.trim_start_matches([' ', '-']);
    (es::NIF.validate)(&Candidate::new(rest))
})
.examples(&["ESB78737426", "ES54362315K"], &["ESB49791834", "ESB7873742"]);

/// Finland: eight digits modulo 11.
pub static FI: Recogniser = vat("fi-vat", "Finnish VAT number", "FI", &[10], |candidate| {
    behind(candidate, "FI", |body| weighted(body, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11))
})
.examples(&["FI28754226", "FI80342464"], &["FI55166742"]);

/// France: a key of two digits and the SIREN.
pub static FR: Recogniser = vat("fr-vat", "French VAT number", "FR", &[13], |candidate| {
    behind(candidate, "FR", |body| {
        let siren = &body[2..];
        luhn(siren) && (12 + 3 * (remainder(siren, 97))) % 97 == u64::from(number(&body[..2]))
    })
})
.examples(&["FR00076145093", "FR 70 861 303 824"], &["FR15419309346", "FR71861303824"]);

/// Great Britain and, as `XI`, Northern Ireland: nine digits, twelve of branches.
pub static GB: Recogniser = vat("gb-vat", "British VAT number", "GB", &[11, 14], |candidate| {
    let holds = |body: &[u8]| {
        let rest = weighted(&body[..9], &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
        matches!(rest, 0 | 42)
    };
    behind(candidate, "GB", holds).or_else(|| behind(candidate, "XI", holds))
})
.examples(&["GB957200427", "GB 188 2919 15"], &["GB957200428", "957200427"]);

/// Greece: nine digits behind `EL`.
pub static GR: Recogniser = vat("gr-vat", "Greek VAT number", "GR", &[11], |candidate| {
    behind(candidate, "EL", |body| {
        closed(body, |rest| rest.iter().fold(0, |sum, &digit| (sum + u32::from(digit)) * 2) % 11 % 10)
    })
})
.examples(&["EL413668733", "EL550418110"], &["EL277774810"]);

/// Croatia: eleven digits, ISO 7064, the OIB of firm or person.
pub static HR: Recogniser =
    vat("hr-vat", "Croatian VAT number", "HR", &[13], |candidate| behind(candidate, "HR", mod_11_10))
        .examples(&["HR14281413353", "HR56859164191"], &["HR21892102681"]);

/// Hungary: eight digits.
pub static HU: Recogniser = vat("hu-vat", "Hungarian VAT number", "HU", &[10], |candidate| {
    behind(candidate, "HU", |body| weighted(body, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10))
})
.examples(&["HU20850010", "HU98442872"], &["HU58997884"]);

/// Ireland: seven digits, a check letter, perhaps one more.
pub static IE: Recogniser = vat("ie-vat", "Irish VAT number", "IE", &[10, 11], |candidate| {
    let (compact, digits) = (candidate.compact(), candidate.digits());
    let body = digits.get(2..9)?;
    let shaped = candidate.reads("IE9999999A") || candidate.reads("IE9999999AA");
    let more = match compact.get(10) {
        Some(letter @ b'A'..=b'I') => u32::from(letter - b'A') + 1,
        Some(b'W') | None => 0,
        Some(_) => return None,
    };
    let rest = (weighted(body, &[8, 7, 6, 5, 4, 3, 2]) + more * 9) % 23;
    let letter = b"WABCDEFGHIJKLMNOPQRSTUV"[usize::try_from(rest).ok()?];
    (shaped && compact[9] == letter).then_some(Strength::by_chance(0.05))
})
.examples(&["IE0889657CF", "IE4670967CH"], &["IE1380848FF"]);

/// Italy: eleven digits by Luhn, the eighth to tenth a province's.
pub static IT: Recogniser = vat("it-vat", "Italian VAT number", "IT", &[13], |candidate| {
    behind(candidate, "IT", |body| luhn(body) && matches!(number(&body[7..10]), 1..=100 | 120 | 121 | 888 | 999))
})
.examples(&["IT25604440930", "IT 32880590156"], &["IT58219035708"]);

/// Lithuania: nine or twelve digits.
pub static LT: Recogniser = vat("lt-vat", "Lithuanian VAT number", "LT", &[11, 14], |candidate| {
    behind(candidate, "LT", |body| {
        body[body.len() - 2] == 1
            && closed(body, |rest| match weighted(rest, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2]) % 11 {
                10 => weighted(rest, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]) % 11 % 10,
                check => check,
            })
    })
})
.examples(&["LT325441710", "LT117809413"], &["LT245633889"]);

/// Luxembourg: eight digits, the last two modulo 89.
pub static LU: Recogniser = vat("lu-vat", "Luxembourgish VAT number", "LU", &[10], |candidate| {
    behind(candidate, "LU", |body| number(&body[..6]) % 89 == number(&body[6..]))
})
.examples(&["LU01948482", "LU51663175"], &["LU14034026"]);

/// Latvia: eleven digits of firms.
pub static LV: Recogniser = vat("lv-vat", "Latvian VAT number", "LV", &[13], |candidate| {
    behind(candidate, "LV", |body| body[0] > 3 && weighted(body, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3)
})
.examples(&["LV44979469212", "LV45997162724"], &["LV48095135653"]);

/// Malta: eight digits modulo 37.
pub static MT: Recogniser = vat("mt-vat", "Maltese VAT number", "MT", &[10], |candidate| {
    behind(candidate, "MT", |body| body[0] != 0 && weighted(body, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37))
})
.examples(&["MT69205716", "MT43613057"], &["MT48726287"]);

/// The Netherlands: nine digits, `B`, two digits; the whole modulo 97 or the nine as a BSN.
pub static NL: Recogniser = vat("nl-vat", "Dutch VAT number", "NL", &[14], |candidate| {
    let digits = candidate.digits();
    let body = digits.get(2..11)?;
    let eleven = closed(body, |rest| weighted(rest, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11);
    let holds = candidate.reads("NL999999999B99") && (eleven || mod_97_10(candidate.compact().iter().copied()));
    holds.then_some(Strength::by_chance(0.1))
})
.examples(&["NL275521485B01", "NL304207819B01"], &["NL338993033B01"]);

/// Norway: nine digits modulo 11 and `MVA`.
pub static NO: Recogniser = vat("no-vat", "Norwegian VAT number", "NO", &[12, 14], |candidate| {
    let compact = candidate.compact();
    let digits = candidate.digits();
    let from = if compact.starts_with(b"NO") { 2 } else { 0 };
    let body = digits.get(from..from + 9)?;
    let holds = compact.get(from + 9..) == Some(b"MVA")
        && body.iter().all(|&digit| digit <= 9)
        && weighted(body, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    holds.then_some(Strength::by_chance(0.1))
})
.examples(&["NO 864 449 190 MVA", "884851602MVA"], &["NO 864 449 191 MVA", "884851602"]);

/// Poland: ten digits modulo 11, the NIP of firm or trader.
pub static PL: Recogniser = vat("pl-vat", "Polish VAT number", "PL", &[12], |candidate| {
    behind(candidate, "PL", |body| closed(body, |rest| weighted(rest, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11))
})
.examples(&["PL1790991467", "PL 580-660-44-82"], &["PL5636619129"]);

/// Portugal: nine digits modulo 11.
pub static PT: Recogniser = vat("pt-vat", "Portuguese VAT number", "PT", &[11], |candidate| {
    behind(candidate, "PT", |body| {
        body[0] != 0 && closed(body, |rest| (11 - weighted(rest, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10)
    })
})
.examples(&["PT896109135", "PT837131855"], &["PT970258290"]);

/// Romania: six to ten digits.
pub static RO: Recogniser = vat("ro-vat", "Romanian VAT number", "RO", &[8, 9, 10, 11, 12], |candidate| {
    behind(candidate, "RO", |body| {
        const WEIGHTS: [u32; 9] = [7, 5, 3, 2, 1, 7, 5, 3, 2];
        body[0] != 0 && closed(body, |rest| weighted(rest, &WEIGHTS[9 - rest.len()..]) * 10 % 11 % 10)
    })
})
.examples(&["RO86109510", "RO51378893"], &["RO16844535"]);

/// Sweden: the ten digits of firm or person by Luhn, and two more.
pub static SE: Recogniser = vat("se-vat", "Swedish VAT number", "SE", &[14], |candidate| {
    behind(candidate, "SE", |body| luhn(&body[..10]) && number(&body[10..]) > 0)
})
.examples(&["SE501517124101", "SE367044509101"], &["SE014048411301"]);

/// Slovenia: eight digits modulo 11.
pub static SI: Recogniser = vat("si-vat", "Slovenian VAT number", "SI", &[10], |candidate| {
    behind(candidate, "SI", |body| {
        body[0] != 0
            && closed(body, |rest| match 11 - weighted(rest, &[8, 7, 6, 5, 4, 3, 2]) % 11 {
                10 => 0,
                check => check,
            })
    })
})
.examples(&["SI93484950", "SI70087695"], &["SI18911547"]);

/// Slovakia: ten digits, a multiple of 11.
pub static SK: Recogniser = vat("sk-vat", "Slovak VAT number", "SK", &[12], |candidate| {
    behind(candidate, "SK", |body| body[0] != 0 && matches!(body[2], 2..=4 | 7..=9) && remainder(body, 11) == 0)
})
.examples(&["SK7739940890", "SK9343089360"], &["SK2329988105"]);
