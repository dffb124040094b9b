//! The cells of generated columns, by the names that `schemas.txt` uses.

use dataward_detect::recognise::Candidate;
use dataward_detect::recognise::registry::RECOGNISERS;
use dataward_detect::recognise::registry::match_candidate;
use dataward_model::Category;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::generate::Values;

type Random = ChaCha8Rng;

/// The people behind the rows of a table: the same in all its columns.
pub(crate) struct People {
    first: Vec<String>,
    last: Vec<String>,
}

impl People {
    pub(crate) fn new(values: &Values, locale: &str, rows: usize, unknown: f64, random: &mut Random) -> Self {
        let list = |kind: &str, random: &mut Random| -> Vec<String> {
            let known = values.list(locale, kind);
            (0..rows)
                .map(|_| {
                    let word = known.choose(random).cloned().unwrap_or_default();
                    if random.random_bool(unknown) {
                        blend(&word, known.choose(random).map_or("", String::as_str))
                    } else {
                        word
                    }
                })
                .collect()
        };
        Self { first: list("given", random), last: list("surname", random) }
    }
}

/// A name that stands in no list: the head of one and the tail of another.
fn blend(one: &str, other: &str) -> String {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if a.len() < 3 || b.len() < 3 {
        return one.to_owned();
    }
    a[..a.len().div_ceil(2)].iter().chain(&b[b.len() / 2..]).collect()
}

/// What a generator's cells are about a person.
pub(crate) fn category(kind: &str) -> Option<Category> {
    Some(match kind {
        "first" => Category::FIRST_NAME,
        "last" => Category::LAST_NAME,
        "name" | "kana" => Category::NAME,
        "email" | "upper_login" => Category::EMAIL,
        "phone" => Category::PHONE_NUMBER,
        "fax" => Category::FAX_NUMBER,
        "street" | "street2" => Category::STREET,
        "city" => Category::CITY,
        "state" | "state_code" => Category::STATE,
        "postal" => Category::POSTAL_CODE,
        "country" | "country_code" => Category::COUNTRY,
        "org" | "company" => Category::CONTACT_ORGANIZATION,
        "url_person" => Category::CONTACT_URL,
        "dob" | "birth_year" => Category::DATE_OF_BIRTH,
        "gender" | "gender_code" | "gender_int" => Category::GENDER,
        "marital" | "marital_code" => Category::MARITAL_STATUS,
        "language" | "language_code" => Category::LANGUAGE,
        "age" => Category::AGE_RANGE,
        "religion" => Category::RELIGION,
        "ethnicity" => Category::RACE_ETHNICITY,
        "party" => Category::POLITICAL_OPINION,
        "job" => Category::JOB_TITLE,
        "username" => Category::USERNAME,
        "hash" | "md5" => Category::PASSWORD,
        "token" => Category::CREDENTIALS,
        "token_cookie" => Category::COOKIE_ID,
        "ip" => Category::IP_ADDRESS,
        "mac" | "imei" => Category::DEVICE_ID,
        "agent" => Category::DEVICE,
        "card" => Category::CREDIT_CARD,
        "iban" | "bic" => Category::BANK_ACCOUNT,
        "salary" => Category::FINANCIAL,
        "national" | "ssn" | "ssn_digits" | "digits_id" | "vat_person" => Category::NATIONAL_ID,
        "passport" => Category::PASSPORT_NUMBER,
        "licence" => Category::DRIVERS_LICENSE,
        "plate" | "vin" => Category::VEHICLE_REGISTRATION,
        "insurance" => Category::INSURANCE_ID,
        "mrn" => Category::MEDICAL_RECORD_ID,
        "diagnosis" | "icd" | "allergy" | "blood" => Category::HEALTH,
        "degree" => Category::PRECISE_LOCATION,
        "prose" | "bio" | "json_pii" | "log_pii" | "vcard" | "eav" => Category::CONTENT,
        _ => return None,
    })
}

pub(crate) fn fill(
    kind: &str,
    people: &People,
    values: &Values,
    locale: &str,
    rows: usize,
    random: &mut Random,
) -> Vec<Option<String>> {
    let missing =
        if matches!(kind, "seq" | "fk") { 0.0 } else { *[0.0, 0.0, 0.1, 0.4].choose(random).expect("shares") };
    if kind == "empty" {
        return vec![None; rows];
    }
    let way = random.random_range(0..4_u32);
    let start = random.random_range(1..5_000_i64);
    let national = national(locale);
    (0..rows)
        .map(|row| {
            let cell = cell(kind, people, values, locale, row, way, start, national, random);
            (!random.random_bool(missing)).then_some(cell)
        })
        .collect()
}

fn national(locale: &str) -> &'static str {
    match locale {
        "de" => "de-steuer-id",
        "fr" => "fr-nir",
        "es" => "es-nif",
        "it" => "it-codice-fiscale",
        "pt" => "br-cpf",
        "nl" => "nl-bsn",
        "pl" => "pl-pesel",
        "sv" => "se-personnummer",
        "da" => "dk-cpr",
        "fi" => "fi-hetu",
        "cs" => "cz-rodne-cislo",
        "ja" => "jp-my-number",
        "zh" => "cn-resident-id-digits",
        "ko" => "kr-rrn",
        "tr" => "tr-tckn",
        "ru" => "ru-snils",
        "gb" => "gb-nino",
        _ => "us-ssn",
    }
}

/// A value that a recogniser takes: its example with other digits and letters, until it passes.
fn passing(name: &str, random: &mut Random) -> String {
    let Some(at) = RECOGNISERS.iter().position(|recogniser| recogniser.name.starts_with(name)) else {
        return format!("{}", random.random_range(100_000_000_u64..999_999_999));
    };
    let recogniser = RECOGNISERS[at];
    let example = recogniser.examples.choose(random).copied().unwrap_or("");
    for _ in 0..3000 {
        let changed: String = example
            .chars()
            .map(|c| match c {
                '0'..='9' if random.random_bool(0.5) => char::from(b'0' + random.random_range(0..10)),
                other => other,
            })
            .collect();
        if match_candidate(&Candidate::new(&changed)).iter().any(|(id, _)| id.index() == at) {
            return changed;
        }
    }
    example.to_owned()
}

fn digits(count: usize, random: &mut Random) -> String {
    (0..count).map(|at| char::from(b'0' + random.random_range(u8::from(at == 0)..10))).collect()
}

fn letters(count: usize, random: &mut Random) -> String {
    (0..count).map(|_| char::from(b'A' + random.random_range(0..26))).collect()
}

fn hex(count: usize, random: &mut Random) -> String {
    (0..count).map(|_| char::from_digit(random.random_range(0..16), 16).expect("a hexadecimal digit")).collect()
}

fn random_text(count: usize, random: &mut Random) -> String {
    const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..count).map(|_| char::from(*ALL.choose(random).expect("letters"))).collect()
}

fn pick<'v>(list: &[&'v str], random: &mut Random) -> &'v str {
    list.choose(random).copied().unwrap_or("")
}

fn ascii(text: &str) -> String {
    let folded = dataward_detect::lexicon::fold(text);
    let plain: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.is_empty() { "user".to_owned() } else { plain }
}

fn date(from: i32, to: i32, random: &mut Random) -> (i32, u32, u32) {
    (random.random_range(from..=to), random.random_range(1..=12), random.random_range(1..=28))
}

fn written(date: (i32, u32, u32), way: u32, locale: &str) -> String {
    let (y, m, d) = date;
    match (way, locale) {
        (1, "en") => format!("{m:02}/{d:02}/{y}"),
        (1, "ja" | "zh") => format!("{y}年{m}月{d}日"),
        (1, _) => format!("{d:02}.{m:02}.{y}"),
        (2, _) => format!("{y}-{m:02}-{d:02} 00:00:00"),
        (3, "gb" | "fr" | "es" | "it" | "pt") => format!("{d:02}/{m:02}/{y}"),
        _ => format!("{y}-{m:02}-{d:02}"),
    }
}

fn phone(locale: &str, way: u32, random: &mut Random) -> String {
    let n = |count, random: &mut Random| digits(count, random);
    match (locale, way) {
        (_, 0) => {
            let (code, size) = match locale {
                "gb" => ("44 20", 8),
                "de" => ("49 30", 8),
                "fr" => ("33 6", 8),
                "es" => ("34 6", 8),
                "it" => ("39 347", 7),
                "pt" => ("55 11 9", 8),
                "nl" => ("31 6", 8),
                "pl" => ("48 60", 7),
                "sv" => ("46 70", 7),
                "da" => ("45 2", 7),
                "fi" => ("358 40", 7),
                "cs" => ("420 60", 7),
                "ja" => ("81 90", 8),
                "zh" => ("86 138", 8),
                "ko" => ("82 10", 8),
                "tr" => ("90 53", 8),
                "ru" => ("7 916", 7),
                _ => ("1 212", 7),
            };
            format!("+{code}{}", n(size, random))
        }
        ("en", 1) => format!("({}) 555-{}", pick(&["212", "415", "305", "617", "702"], random), n(4, random)),
        ("en", 2) => {
            format!("{}-{}-{}", pick(&["212", "415", "305", "617", "702"], random), n(3, random), n(4, random))
        }
        ("en", _) => format!("{}{}", pick(&["212", "415", "305", "617", "702"], random), n(7, random)),
        ("gb", _) => format!("020 {} {}", n(4, random), n(4, random)),
        ("de", 1) => format!("030/{}", n(7, random)),
        ("de", _) => format!("0171 {}", n(7, random)),
        ("fr", 1) => format!("06 {} {} {} {}", n(2, random), n(2, random), n(2, random), n(2, random)),
        ("fr", _) => format!("06{}", n(8, random)),
        ("es", 1) => format!("6{} {} {}", n(2, random), n(3, random), n(3, random)),
        ("es", _) => format!("6{}", n(8, random)),
        ("it", _) => format!("347 {}", n(7, random)),
        ("pt", _) => format!("(11) 9{}-{}", n(4, random), n(4, random)),
        ("nl", _) => format!("06-{}", n(8, random)),
        ("pl", _) => format!("60{} {} {}", n(1, random), n(3, random), n(3, random)),
        ("sv", _) => format!("070-{} {} {}", n(3, random), n(2, random), n(2, random)),
        ("da", _) => format!("{} {} {} {}", n(2, random), n(2, random), n(2, random), n(2, random)),
        ("fi", _) => format!("040 {}", n(7, random)),
        ("cs", _) => format!("60{} {} {}", n(1, random), n(3, random), n(3, random)),
        ("ja", 1) => format!("090-{}-{}", n(4, random), n(4, random)),
        ("ja", _) => format!("03-{}-{}", n(4, random), n(4, random)),
        ("zh", _) => format!("138{}", n(8, random)),
        ("ko", _) => format!("010-{}-{}", n(4, random), n(4, random)),
        ("tr", _) => format!("0532 {} {} {}", n(3, random), n(2, random), n(2, random)),
        ("ru", _) => format!("8 (916) {}-{}-{}", n(3, random), n(2, random), n(2, random)),
        _ => format!("({}) {}-{}", n(3, random), n(3, random), n(4, random)),
    }
}

fn postal(locale: &str, random: &mut Random) -> String {
    match locale {
        "gb" => format!(
            "{}{} {}{}",
            pick(&["SW", "M", "LS", "B", "EC"], random),
            random.random_range(1..20),
            random.random_range(1..10),
            letters(2, random)
        ),
        "nl" => format!("{} {}", digits(4, random), letters(2, random)),
        "pl" => format!("{}-{}", digits(2, random), digits(3, random)),
        "pt" => format!("{}-{}", digits(5, random), digits(3, random)),
        "ja" => format!("{}-{}", digits(3, random), digits(4, random)),
        "sv" | "cs" => format!("{} {}", digits(3, random), digits(2, random)),
        "da" => digits(4, random),
        "zh" | "ru" => digits(6, random),
        _ => digits(5, random),
    }
}

fn street(values: &Values, locale: &str, random: &mut Random) -> String {
    let name = values.list(locale, "surname").choose(random).cloned().unwrap_or_default();
    let given = values.list(locale, "given").choose(random).cloned().unwrap_or_default();
    let n = random.random_range(1..240);
    match locale {
        "en" | "gb" => match random.random_range(0..6) {
            0 => format!("{n} {name} {}, Apt. {}", pick(&["St", "Ave", "Rd"], random), random.random_range(1..40)),
            1 => format!("P.O. Box {n}"),
            _ => format!(
                "{n} {name} {}",
                pick(&["Street", "Avenue", "Road", "Lane", "Drive", "Way", "Blvd", "Ct", "Parkway"], random)
            ),
        },
        "de" => {
            pick(&["Haupt", "Bahnhof", "Garten", "Linden", "Schiller"], random).to_owned()
                + &format!("{} {n}", pick(&["straße", "str.", "weg", "gasse", "allee"], random))
        }
        "fr" => format!("{n} {} {given} {name}", pick(&["rue", "avenue", "boulevard", "place", "chemin"], random)),
        "es" => format!("{} {name}, {n}", pick(&["Calle", "C/", "Avda.", "Plaza", "Paseo"], random)),
        "it" => format!("{} {given} {name}, {n}", pick(&["Via", "Viale", "Piazza", "Corso"], random)),
        "pt" => format!("{} {given} {name}, {n}", pick(&["Rua", "Avenida", "Travessa", "Praça", "Alameda"], random)),
        "nl" => format!("{name}{} {n}", pick(&["straat", "laan", "weg", "plein"], random)),
        "pl" => format!("{} {name} {n}/{}", pick(&["ul.", "al.", "os."], random), random.random_range(1..60)),
        "sv" => format!("{name}{} {n}", pick(&["gatan", "vägen", "gränd"], random)),
        "da" => format!("{name}{} {n}", pick(&["vej", "gade", "stien"], random)),
        "fi" => format!("{name}{} {n}", pick(&["katu", "tie", "polku"], random)),
        "cs" => format!("{name}ova {n}/{}", random.random_range(1..30)),
        "ja" => format!(
            "{}{}丁目{}-{}",
            values.list("ja", "surname").choose(random).cloned().unwrap_or_default() + "町",
            n % 9 + 1,
            n % 30 + 1,
            n % 12 + 1
        ),
        "zh" => format!("{}路{n}号", values.list("zh", "city").choose(random).cloned().unwrap_or_default()),
        "ko" => format!("{}로 {n}", values.list("ko", "city").choose(random).cloned().unwrap_or_default()),
        "tr" => format!("{name} {} No:{n}", pick(&["Sokak", "Caddesi", "Mah."], random)),
        "ru" => format!("{} {name}, д. {n}", pick(&["ул.", "пр.", "пер."], random)),
        _ => format!("{n} {name}"),
    }
}

fn country(random: &mut Random) -> (&'static str, &'static str) {
    *[
        ("USA", "US"),
        ("Germany", "DE"),
        ("France", "FR"),
        ("United Kingdom", "GB"),
        ("Spain", "ES"),
        ("Italy", "IT"),
        ("Brazil", "BR"),
        ("Canada", "CA"),
        ("Japan", "JP"),
        ("Poland", "PL"),
        ("Mexico", "MX"),
        ("Sweden", "SE"),
        ("India", "IN"),
        ("Austria", "AT"),
    ]
    .choose(random)
    .expect("countries")
}

fn words(values: &Values, locale: &str, count: usize, random: &mut Random) -> String {
    let list = values.list(locale, "word");
    (0..count).map(|_| list.choose(random).map_or("", String::as_str)).collect::<Vec<_>>().join(" ")
}

#[expect(clippy::too_many_arguments, reason = "a generator needs all that a table has settled")]
fn cell(
    kind: &str,
    people: &People,
    values: &Values,
    locale: &str,
    row: usize,
    way: u32,
    start: i64,
    national: &str,
    random: &mut Random,
) -> String {
    let (first, last) = (&people.first[row], &people.last[row]);
    let asian = matches!(locale, "ja" | "zh" | "ko");
    let one = |key: &str, random: &mut Random| values.list(locale, key).choose(random).cloned().unwrap_or_default();
    match kind {
        "first" => {
            if way == 3 && !asian {
                first.to_uppercase()
            } else {
                first.clone()
            }
        }
        "last" => {
            if way == 3 && !asian {
                last.to_uppercase()
            } else {
                last.clone()
            }
        }
        "name" => match (asian, way) {
            (true, 0) => format!("{last} {first}"),
            (true, _) => format!("{last}{first}"),
            (_, 1) => format!("{last}, {first}"),
            (_, 2) => format!("{last} {first}"),
            _ => format!("{first} {last}"),
        },
        "kana" => pick(
            &["サトウ ハナコ", "スズキ イチロウ", "タカハシ ミサキ", "タナカ ケン", "イトウ ユミ", "ワタナベ ショウ"],
            random,
        )
        .to_owned(),
        "email" => {
            let domain = pick(
                &["gmail.com", "example.org", "yahoo.co.jp", "web.de", "hotmail.com", "mail.ru", "acme.io"],
                random,
            );
            format!(
                "{}.{}{}@{domain}",
                ascii(first),
                ascii(last),
                if row.is_multiple_of(3) { format!("{}", row % 99) } else { String::new() }
            )
        }
        "upper_login" => format!("{}{}", &ascii(first)[..1], ascii(last)).to_uppercase(),
        "phone" | "fax" => phone(locale, way, random),
        "street" => street(values, locale, random),
        "street2" => {
            format!("{} {}", pick(&["Apt.", "Suite", "Floor", "Unit", "Apt"], random), random.random_range(1..90))
        }
        "city" => one("city", random),
        "state" => one("state", random),
        "state_code" => match locale {
            "it" => pick(&["RM", "MI", "TO", "NA", "FI", "BO", "PA", "VE", "BA"], random),
            "pt" => pick(&["SP", "RJ", "MG", "BA", "RS", "PR", "SC", "PE"], random),
            _ => pick(&["CA", "NY", "TX", "FL", "WA", "IL", "OH", "NV", "MA", "UT"], random),
        }
        .to_owned(),
        "postal" => postal(locale, random),
        "country" => country(random).0.to_owned(),
        "country_code" => country(random).1.to_owned(),
        "org" | "company" | "bank" => {
            let name = one("surname", random);
            let form = match locale {
                "de" => pick(&["GmbH", "AG", "& Co. KG", "Söhne"], random),
                "fr" => pick(&["SARL", "S.A.", "et Fils"], random),
                "es" => pick(&["S.L.", "S.A.", "Hermanos"], random),
                "it" => pick(&["S.r.l.", "S.p.A."], random),
                "ja" => return format!("株式会社{name}"),
                "zh" => return format!("{name}有限公司"),
                _ => pick(&["Ltd", "Inc.", "LLC", "Group", "Corp", "Partners", "and Sons", ""], random),
            };
            if kind == "bank" { format!("{name} Bank") } else { format!("{name} {form}").trim().to_owned() }
        }
        "url_person" => {
            if way < 2 {
                format!("https://www.linkedin.com/in/{}-{}", ascii(first), ascii(last))
            } else {
                format!("https://{}{}.example.net", ascii(first), ascii(last))
            }
        }
        "dob" => written(date(1940, 2006, random), way, locale),
        "birth_year" => random.random_range(1930..2000).to_string(),
        "hired" => written(date(2005, 2026, random), way, locale),
        "recent" => written(date(2023, 2026, random), way, locale),
        "timestamp" => {
            let (y, m, d) = date(2018, 2026, random);
            format!(
                "{y}-{m:02}-{d:02} {:02}:{:02}:{:02}",
                random.random_range(0..24),
                random.random_range(0..60),
                random.random_range(0..60)
            )
        }
        "gender" => match locale {
            "de" => pick(&["männlich", "weiblich", "divers"], random),
            "es" => pick(&["Hombre", "Mujer"], random),
            "ja" => pick(&["男性", "女性"], random),
            "zh" => pick(&["男", "女"], random),
            "ko" => pick(&["남", "여"], random),
            "tr" => pick(&["Erkek", "Kadın"], random),
            _ => {
                if way.is_multiple_of(2) {
                    pick(&["Male", "Female"], random)
                } else {
                    pick(&["male", "female", "other"], random)
                }
            }
        }
        .to_owned(),
        "gender_code" => pick(&["M", "F"], random).to_owned(),
        "gender_int" => pick(&["1", "2"], random).to_owned(),
        "marital" => pick(&["single", "married", "divorced", "widowed"], random).to_owned(),
        "marital_code" => pick(&["M", "S"], random).to_owned(),
        "language" => {
            pick(&["English", "German", "French", "Spanish", "Italian", "Japanese", "Mandarin"], random).to_owned()
        }
        "language_code" => if way.is_multiple_of(2) {
            pick(&["en_US", "de_DE", "fr_FR", "es_ES", "nl_NL"], random)
        } else {
            pick(&["en", "de", "fr", "es", "nl", "it"], random)
        }
        .to_owned(),
        "age" => random.random_range(1..80).to_string(),
        "religion" => {
            pick(&["Catholic", "Protestant", "Muslim", "Jewish", "Hindu", "Buddhist", "none"], random).to_owned()
        }
        "ethnicity" => {
            pick(&["White", "Black or African American", "Asian", "Hispanic", "Native American"], random).to_owned()
        }
        "party" => pick(&["Democrat", "Republican", "Independent", "Libertarian", "Green"], random).to_owned(),
        "job" => one("job", random),
        "username" => match way {
            0 => format!("{}{}", &ascii(first)[..1], ascii(last)),
            1 => format!("{}.{}", ascii(first), ascii(last)),
            2 => format!("{}{}", ascii(first), random.random_range(1..999)),
            _ => format!("{}_{}", ascii(last), pick(&["x", "dev", "77", "the1st", "rocks", "22"], random)),
        },
        "hash" => match way {
            0 => format!("$2y$10${}", random_text(53, random)),
            1 => hex(40, random),
            2 => hex(64, random),
            _ => format!("$P$B{}", random_text(30, random)),
        },
        "md5" => hex(32, random),
        "token" | "token_cookie" => {
            if way.is_multiple_of(2) {
                random_text(32, random)
            } else {
                hex(40, random)
            }
        }
        "ip" => format!(
            "{}.{}.{}.{}",
            random.random_range(11..223),
            random.random_range(0..255),
            random.random_range(0..255),
            random.random_range(1..255)
        ),
        "mac" => (0..6).map(|_| hex(2, random)).collect::<Vec<_>>().join(":"),
        "imei" => passing("imei", random),
        "agent" => format!(
            "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
            pick(&["Windows NT 10.0; Win64; x64", "X11; Linux x86_64", "Macintosh; Intel Mac OS X 10_15_7"], random),
            random.random_range(80..130)
        ),
        "card" => passing("payment-card", random),
        "iban" => passing("iban", random),
        "bic" => passing("bic", random),
        "salary" => format!("{}", random.random_range(18..150) * 1000),
        "national" => passing(national, random),
        "ssn" => format!(
            "{}-{}-{}",
            random.random_range(100..665),
            random.random_range(10..99),
            random.random_range(1000..9999)
        ),
        "ssn_digits" | "digits_id" => digits(9, random),
        "vat_person" => format!("DE{}", digits(9, random)),
        "passport" => format!("{}{}", letters(2, random), digits(7, random)),
        "licence" => format!("{}{}", letters(1, random), digits(8, random)),
        "plate" => {
            format!("{}-{}{} {}", pick(&["B", "M", "HH", "K", "7"], random), letters(2, random), "", digits(3, random))
        }
        "vin" => passing("vin", random),
        "insurance" => format!("{}{}", letters(1, random), digits(9, random)),
        "mrn" => format!("MRN{}", digits(7, random)),
        "diagnosis" => pick(
            &[
                "Type 2 diabetes",
                "Hypertension",
                "Asthma",
                "Migraine",
                "Depression",
                "Influenza",
                "Fracture of wrist",
                "Chronic gastritis",
                "Otitis media",
                "Atrial fibrillation",
            ],
            random,
        )
        .to_owned(),
        "icd" => format!("{}{}.{}", letters(1, random), digits(2, random), random.random_range(0..10)),
        "allergy" => pick(&["Penicillin", "Latex", "Peanut", "none known", "Ibuprofen", "Pollen"], random).to_owned(),
        "blood" => pick(&["A+", "A-", "B+", "O+", "O-", "AB+"], random).to_owned(),
        "degree" => format!("{:.6}", random.random_range(30.0..60.0)),
        "prose" | "bio" => {
            let filler = words(values, "en", 8, random);
            match row % 5 {
                0 => format!(
                    "Customer called and {filler}. Reach them at {}.{}@example.com or {}.",
                    ascii(first),
                    ascii(last),
                    phone("en", 2, random)
                ),
                1 => format!(
                    "Spoke with {first} {last} about the {filler}, will call back on {}",
                    phone(locale, 0, random)
                ),
                _ => format!("The {filler} was discussed, please check again next week."),
            }
        }
        "json_pii" => format!(
            "{{\"user\":{{\"email\":\"{}@example.org\",\"first_name\":\"{}\"}},\"action\":\"login\",\"n\":{row}}}",
            ascii(first),
            ascii(first)
        ),
        "json_plain" => format!(
            "{{\"host\":\"web-{row}\",\"region\":\"eu\",\"latency_ms\":{},\"ok\":true}}",
            random.random_range(1..900)
        ),
        "log_pii" => format!(
            "2024-03-0{} 10:1{}:22 INFO login ok user={} ip=84.17.{}.{}",
            row % 9 + 1,
            row % 6,
            ascii(last),
            random.random_range(1..250),
            random.random_range(1..250)
        ),
        "log_plain" => format!(
            "2024-03-0{} 10:1{}:22 WARN cache miss key=item:{} took {}ms",
            row % 9 + 1,
            row % 6,
            digits(6, random),
            digits(3, random)
        ),
        "vcard" => format!(
            "BEGIN:VCARD VERSION:3.0 N:{last};{first} EMAIL:{}@example.com TEL:+49 30 {} END:VCARD",
            ascii(first),
            digits(7, random)
        ),
        "eav" => match row % 6 {
            0 => format!("{}@example.com", ascii(first)),
            1 => phone(locale, 0, random),
            2 => "true".to_owned(),
            3 => last.clone(),
            4 => digits(3, random),
            _ => pick(&["dark", "light", "en_US", "a:0:{}"], random).to_owned(),
        },
        "honorific" => pick(&["Mr.", "Mrs.", "Ms.", "Dr."], random).to_owned(),
        "particle" => pick(&["van", "de", "van der", ""], random).to_owned(),
        "plz_city" => format!("{} {}", postal(locale, random), one("city", random)),
        _ => negative(kind, values, locale, row, way, start, random),
    }
}

/// Cells that are not about a person.
fn negative(
    kind: &str,
    values: &Values,
    locale: &str,
    row: usize,
    way: u32,
    start: i64,
    random: &mut Random,
) -> String {
    let one = |key: &str, random: &mut Random| values.list(locale, key).choose(random).cloned().unwrap_or_default();
    let n = |from: u64, to: u64, random: &mut Random| random.random_range(from..to);
    match kind {
        "seq" => (start + row as i64).to_string(),
        "fk" => n(1, 60, random).to_string(),
        "int" => n(0, 3000, random).to_string(),
        "price" => format!("{}.{:02}", n(1, 900, random), n(0, 100, random)),
        "decimal" => format!("{:.3}", random.random_range(0.0..100.0)),
        "flag" => match way {
            0 => pick(&["0", "1"], random),
            1 => pick(&["Y", "N"], random),
            2 => pick(&["true", "false"], random),
            _ => pick(&["yes", "no"], random),
        }
        .to_owned(),
        "enum" => pick(&["new", "open", "paid", "shipped", "closed", "pending", "basic", "premium"], random).to_owned(),
        "code" => format!("{}{:03}", letters(2, random), n(1, 999, random)),
        "year" => n(1950, 2026, random).to_string(),
        "month_number" => n(1, 13, random).to_string(),
        "port" => n(1000, 65000, random).to_string(),
        "orderno" => match way {
            0 => format!("ORD-2024-{:05}", n(1, 99_999, random)),
            1 => format!("{}", 4_000_000_000 + n(1, 9_999_999, random)),
            2 => format!("1000{:05}", row + 13),
            _ => format!("{}-{}-{}", n(100, 999, random), digits(7, random), digits(7, random)),
        },
        "tracking" => {
            if way.is_multiple_of(2) {
                format!("1Z{}{}", letters(3, random), digits(11, random))
            } else {
                digits(16, random).replacen(|_: char| true, "9", 1)
            }
        }
        "epoch" => n(1_500_000_000, 1_760_000_000, random).to_string(),
        "epoch_ms" => n(1_500_000_000_000, 1_760_000_000_000, random).to_string(),
        "ean" => gs1("400", 12, random),
        "isbn" => gs1("978", 12, random),
        "sku" => {
            format!("{}-{}-{}", letters(3, random), digits(4, random), pick(&["BLK", "RED", "XL", "S", "07"], random))
        }
        "uuid" => {
            format!("{}-{}-4{}-a{}-{}", hex(8, random), hex(4, random), hex(3, random), hex(3, random), hex(12, random))
        }
        "sha256" => hex(64, random),
        "sha1" => hex(40, random),
        "version" => format!("{}.{}.{}", n(0, 12, random), n(0, 20, random), n(0, 40, random)),
        "version4" => format!("{}.{}.{}.{}", n(1, 12, random), n(0, 20, random), n(0, 300, random), n(0, 40, random)),
        "product" | "dish" => one("product", random),
        "title" | "subject" => one("title", random),
        "artist" => {
            if row.is_multiple_of(3) {
                format!("{} {}", one("given", random), one("surname", random))
            } else {
                format!("The {}", one("title", random))
            }
        }
        "genre" => one("genre", random),
        "animal" => format!(
            "{} {}",
            pick(&["Red", "Common", "Northern", "Lesser"], random),
            pick(&["Kestrel", "Fox", "Pike", "Heron", "Otter", "Warbler"], random)
        ),
        "team" => format!("{} {}", one("city", random), pick(&["Tigers", "United", "Rovers", "Eagles", "FC"], random)),
        "place_name" => format!(
            "{} {}",
            pick(&["Grand", "Royal", "Central", "Park", "Alpen"], random),
            pick(&["Hotel", "Arena", "Hall", "Store", "Plaza"], random)
        ),
        "airport" => {
            format!("{} {}", one("city", random), pick(&["Airport", "International Airport", "Regional"], random))
        }
        "iata" => letters(3, random),
        "flight" => format!("{}{}", letters(2, random), n(100, 9999, random)),
        "hostname" => {
            format!("{}-{:02}.example.internal", pick(&["web", "db", "cache", "mail"], random), n(1, 40, random))
        }
        "datacenter" => pick(&["eu-west-1", "us-east-2", "fra1", "ams3"], random).to_owned(),
        "path" => format!(
            "/{}/{}/{}",
            pick(&["srv", "home", "var"], random),
            pick(&["www", "data", "lib"], random),
            hex(6, random)
        ),
        "filename" => format!(
            "{}_{}.{}",
            pick(&["report", "scan", "invoice", "IMG"], random),
            n(1, 9999, random),
            pick(&["pdf", "png", "xlsx"], random)
        ),
        "url" => format!("https://cdn.example.com/{}/{}.jpg", hex(4, random), hex(8, random)),
        "slug" => one("product", random).to_lowercase().replace(' ', "-"),
        "mime" => pick(&["image/png", "application/pdf", "text/csv"], random).to_owned(),
        "currency" => pick(&["EUR", "USD", "GBP", "JPY"], random).to_owned(),
        "timezone" => pick(&["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"], random).to_owned(),
        "department" => {
            pick(&["Sales", "Marketing", "Finance", "Human Resources", "Research", "Production"], random).to_owned()
        }
        "colour" => pick(&["red", "blue", "olive", "black", "white", "jade"], random).to_owned(),
        "vehicle" => {
            pick(&["Golf", "Civic", "Model 3", "Corolla", "Airbus A320", "Boeing 737", "Clio"], random).to_owned()
        }
        "card_brand" => pick(&["Visa", "MasterCard", "American Express", "Vista", "Distinguish"], random).to_owned(),
        "card_expiry" => format!("{:02}/{}", n(1, 13, random), n(25, 32, random)),
        "bin" => format!("4{}", digits(5, random)),
        "taxcode" => format!("{}{}", pick(&["V", "A", "M", "T"], random), n(0, 30, random)),
        "vat" => format!("DE{}", digits(9, random)),
        "coupon" => format!("{}{}", pick(&["SAVE", "SUMMER", "WELCOME"], random), n(5, 50, random)),
        "template" => {
            pick(&["welcome_mail", "reset_password", "order_confirmation", "newsletter_may"], random).to_owned()
        }
        "quantity" => {
            format!("{} {} x {} g", n(1, 40, random), pick(&["boxes", "bags", "jars"], random), n(10, 900, random))
        }
        "hours" => "Mo-Fr 09:00-18:00".to_owned(),
        "room" => format!("{}{}", letters(1, random), n(1, 300, random)),
        "metric" => {
            pick(&["cpu.load", "mem.used", "disk.io", "net.rx", "nickname", "billing_phone"], random).to_owned()
        }
        "blurb" | "changelog" => format!(
            "A {} story of a {} and a {} who must fight the {}.",
            words(values, "en", 1, random),
            words(values, "en", 2, random),
            words(values, "en", 1, random),
            words(values, "en", 2, random)
        ),
        _ => words(values, "en", 2, random),
    }
}

fn gs1(prefix: &str, size: usize, random: &mut Random) -> String {
    let body = format!("{prefix}{}", digits(size - prefix.len(), random));
    let sum: u32 =
        body.bytes().enumerate().map(|(at, byte)| u32::from(byte - b'0') * if at % 2 == 0 { 1 } else { 3 }).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
