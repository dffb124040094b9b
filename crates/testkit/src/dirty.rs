//! Made-up tables, and damage done to them: what the integrity checks are measured on. The kinds of
//! damage are those that happen: slips of the finger, swapped values, another unit, nothing at all,
//! another way of writing, a broken dependency, shifted columns, a wrong encoding.

use std::collections::BTreeSet;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// A table of text.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is like.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<&'static str>,
    /// Its cells, row by row.
    pub rows: Vec<Vec<String>>,
}

/// A way in which cells go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The value of another row.
    Dependency,
    /// UTF-8 read as Windows-1252.
    Encoding,
    /// Written another way.
    Format,
    /// Empty, or a word for nothing.
    Missing,
    /// All cells of a row from one column on, one column further.
    Shift,
    /// Two neighbours of a row in each other's place.
    Swap,
    /// One letter wrong.
    Typo,
    /// A unit behind a number.
    Unit,
}

impl Damage {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Dependency,
        Self::Encoding,
        Self::Format,
        Self::Missing,
        Self::Shift,
        Self::Swap,
        Self::Typo,
        Self::Unit,
    ];
}

/// Damages about a `share` of the cells of `columns`; gives the cells (row, column) that are wrong now.
pub fn damage(
    table: &mut Table,
    kind: Damage,
    columns: &[&str],
    share: f64,
    random: &mut ChaCha8Rng,
) -> BTreeSet<(usize, usize)> {
    let clean = table.rows.clone();
    let places: Vec<usize> =
        table.columns.iter().enumerate().filter(|(_, name)| columns.contains(name)).map(|(place, _)| place).collect();
    let rows = table.rows.len();
    for row in 0..rows {
        for &place in &places {
            if !random.random_bool(share) {
                continue;
            }
            let value = clean[row][place].clone();
            match kind {
                Damage::Dependency => table.rows[row][place] = clean[random.random_range(0..rows)][place].clone(),
                Damage::Encoding => table.rows[row][place] = misread(&value),
                Damage::Format => table.rows[row][place] = rewritten(&value, random),
                Damage::Missing => {
                    table.rows[row][place] = (*["", "", "", "N/A"].choose(random).expect("not empty")).to_owned();
                }
                Damage::Shift => {
                    let last = table.columns.len() - 1;
                    for at in (place + 1..=last).rev() {
                        table.rows[row][at] = clean[row][at - 1].clone();
                    }
                    table.rows[row][place] = String::new();
                    break;
                }
                Damage::Swap => {
                    let other = if place + 1 < table.columns.len() { place + 1 } else { place - 1 };
                    table.rows[row][place] = clean[row][other].clone();
                    table.rows[row][other] = value;
                }
                Damage::Typo => table.rows[row][place] = slipped(&value, random),
                Damage::Unit => {
                    let unit = ["oz", " oz", " oz.", " ounce", "%", " OZ"].choose(random).expect("not empty");
                    table.rows[row][place] = format!("{value}{unit}");
                }
            }
        }
    }
    let cells = (0..rows).flat_map(|row| (0..table.columns.len()).map(move |place| (row, place)));
    cells.filter(|&(row, place)| clean[row][place] != table.rows[row][place]).collect()
}

fn slipped(value: &str, random: &mut ChaCha8Rng) -> String {
    let mut chars: Vec<char> = value.chars().collect();
    let letters: Vec<usize> = (0..chars.len()).filter(|at| chars[*at].is_alphanumeric()).collect();
    let Some(&at) = letters.choose(random) else { return value.to_owned() };
    match random.random_range(0..3) {
        0 => chars[at] = 'x',
        1 if chars.len() > 4 => {
            chars.remove(at);
        }
        _ => chars.insert(at, char::from(random.random_range(b'a'..=b'z'))),
    }
    chars.into_iter().collect()
}

fn misread(value: &str) -> String {
    value.bytes().map(char::from).collect()
}

fn rewritten(value: &str, random: &mut ChaCha8Rng) -> String {
    if let Some(minutes) = value.strip_suffix(" min").and_then(|minutes| minutes.parse::<u32>().ok()) {
        return format!("{} hr {} min", minutes / 60, minutes % 60);
    }
    if let Some((year, rest)) = value.split_once('-')
        && year.len() == 4
    {
        return format!("{}/{year}", rest.replace('-', "/"));
    }
    if value.contains(":") {
        return format!("12/02/2011 {value}");
    }
    if value.len() == 5 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value[1..].to_owned();
    }
    if random.random_bool(0.5) { value.to_uppercase() } else { format!("{value} ") }
}

const CITIES: &[(&str, &str, &str)] = &[
    ("birmingham", "al", "jefferson"),
    ("dothan", "al", "houston"),
    ("florence", "al", "lauderdale"),
    ("huntsville", "al", "madison"),
    ("phoenix", "az", "maricopa"),
    ("tucson", "az", "pima"),
    ("portland", "or", "multnomah"),
    ("bend", "or", "deschutes"),
    ("denver", "co", "denver"),
    ("boulder", "co", "boulder"),
    ("san diego", "ca", "san diego"),
    ("petaluma", "ca", "sonoma"),
    ("kalamazoo", "mi", "kalamazoo"),
    ("grand rapids", "mi", "kent"),
    ("asheville", "nc", "buncombe"),
    ("austin", "tx", "travis"),
    ("houston", "tx", "harris"),
    ("burlington", "vt", "chittenden"),
    ("seattle", "wa", "king"),
    ("milwaukee", "wi", "milwaukee"),
];
const MEASURES: &[(&str, &str, &str)] = &[
    ("ami-1", "heart attack", "heart attack patients given aspirin at arrival"),
    ("ami-2", "heart attack", "heart attack patients given aspirin at discharge"),
    ("ami-5", "heart attack", "heart attack patients given beta blocker at discharge"),
    ("hf-1", "heart failure", "heart failure patients given discharge instructions"),
    ("hf-2", "heart failure", "heart failure patients given an evaluation of left ventricular systolic function"),
    ("pn-2", "pneumonia", "pneumonia patients assessed and given pneumococcal vaccination"),
    ("pn-3b", "pneumonia", "pneumonia patients whose initial blood culture was performed before the first antibiotic"),
    ("scip-inf-1", "surgical infection prevention", "surgery patients who were given an antibiotic within one hour"),
    (
        "scip-vte-1",
        "surgical infection prevention",
        "surgery patients whose doctors ordered treatments to prevent blood clots",
    ),
    ("cac-1", "children s asthma care", "children who received reliever medication while hospitalized for asthma"),
];
const WORDS: &[&str] = &[
    "Golden", "Iron", "River", "Old", "Lucky", "Bear", "Night", "Copper", "Wild", "Stone", "Moon", "Harvest", "Black",
    "Silent", "Summer", "Raven", "Amber", "North", "Crooked", "Velvet", "Thunder", "Cedar", "Rusty", "Midnight",
    "Salt", "Winter", "Fox",
];
const STYLES: &[&str] = &[
    "American IPA",
    "American Pale Ale (APA)",
    "American Amber / Red Ale",
    "American Porter",
    "Witbier",
    "Oatmeal Stout",
    "Fruit / Vegetable Beer",
    "Kölsch",
    "Saison / Farmhouse Ale",
    "American Double / Imperial IPA",
];
const GIVEN: &[&str] =
    &["Anna", "Jürgen", "María", "Luís", "Zoë", "Peter", "François", "Katarzyna", "Ole", "Inês", "Björn", "Mia"];
const FAMILY: &[&str] = &[
    "Müller",
    "García",
    "Smith",
    "Lefèvre",
    "Nowak",
    "Sjöberg",
    "Rossi",
    "Gonçalves",
    "Jansen",
    "Brown",
    "O'Neil",
    "Weiß",
];

fn pick<'t, T>(list: &'t [T], random: &mut ChaCha8Rng) -> &'t T {
    list.choose(random).expect("the lists are not empty")
}

/// Hospitals and what they are measured by: nearly every column follows from another.
pub fn clinics(rows: usize, random: &mut ChaCha8Rng) -> Table {
    let clinics: Vec<[String; 7]> = (0..rows / 18 + 4)
        .map(|number| {
            let (city, state, county) = pick(CITIES, random);
            [
                (10_001 + number * 7).to_string(),
                format!("{} {} medical center", pick(WORDS, random), pick(WORDS, random)).to_lowercase(),
                format!("{} {} street", random.random_range(100..9999), pick(WORDS, random)).to_lowercase(),
                (*city).to_owned(),
                (*state).to_owned(),
                random.random_range(10_000..99_999).to_string(),
                (*county).to_owned(),
            ]
        })
        .collect();
    let rows = (0..rows).map(|_| {
        let clinic = pick(&clinics, random);
        let (code, condition, name) = pick(MEASURES, random);
        let mut row = clinic.to_vec();
        row.extend([condition.to_string(), code.to_string(), name.to_string()]);
        row.push(format!("{}%", random.random_range(20..100)));
        row.push(format!("{}_{code}", clinic[4]));
        row
    });
    let columns = vec![
        "provider_number",
        "hospital_name",
        "address",
        "city",
        "state",
        "zip",
        "county",
        "condition",
        "measure_code",
        "measure_name",
        "score",
        "state_avg",
    ];
    Table { name: "clinics", columns, rows: rows.collect() }
}

/// What several sites say of the same flights.
pub fn timetable(rows: usize, random: &mut ChaCha8Rng) -> Table {
    let time = |random: &mut ChaCha8Rng| {
        format!(
            "{}:{:02} {}.m.",
            random.random_range(1..13),
            random.random_range(0..60),
            if random.random_bool(0.5) { "a" } else { "p" }
        )
    };
    let sites: Vec<String> = (0..24).map(|site| format!("site{site}")).collect();
    let mut table = Vec::new();
    let mut number = 0;
    while table.len() < rows {
        let flight = format!(
            "{}-{}-{}-{}",
            pick(&["AA", "UA", "CO", "DL"], random),
            random.random_range(10..5000),
            pick(&["JFK", "SFO", "ORD", "MIA"], random),
            pick(&["LAX", "DFW", "BOS", "IAH"], random)
        );
        let times: Vec<String> = (0..4).map(|_| time(random)).collect();
        for site in &sites {
            number += 1;
            let mut row = vec![number.to_string(), site.clone(), flight.clone()];
            row.extend(times.iter().cloned());
            table.push(row);
        }
    }
    table.truncate(rows);
    let columns = vec!["tuple_id", "src", "flight", "sched_dep_time", "act_dep_time", "sched_arr_time", "act_arr_time"];
    Table { name: "timetable", columns, rows: table }
}

/// Beers and who brews them.
pub fn breweries(rows: usize, random: &mut ChaCha8Rng) -> Table {
    let brewers: Vec<[String; 4]> = (0..rows / 6 + 3)
        .map(|number| {
            let (city, state, _) = pick(CITIES, random);
            [
                number.to_string(),
                format!("{} {} Brewing Company", pick(WORDS, random), pick(WORDS, random)),
                (*city).to_owned(),
                state.to_uppercase(),
            ]
        })
        .collect();
    let rows = (0..rows).map(|number| {
        let brewer = pick(&brewers, random);
        let mut row = vec![
            number.to_string(),
            random.random_range(1..2700).to_string(),
            format!("{} {}", pick(WORDS, random), pick(WORDS, random)),
            (*pick(STYLES, random)).to_owned(),
            (*pick(&["12.0", "12.0", "12.0", "16.0", "16.0", "24.0", "19.2"], random)).to_owned(),
            format!("0.0{}", random.random_range(35..99)),
            random.random_range(5..120).to_string(),
        ];
        row.extend(brewer.iter().cloned());
        row
    });
    let columns = vec![
        "index",
        "id",
        "beer_name",
        "style",
        "ounces",
        "abv",
        "ibu",
        "brewery_id",
        "brewery_name",
        "city",
        "state",
    ];
    Table { name: "breweries", columns, rows: rows.collect() }
}

/// Films: few columns follow from others, many are empty by right.
pub fn films(rows: usize, random: &mut ChaCha8Rng) -> Table {
    let rows = (0..rows).map(|number| {
        let name = |random: &mut ChaCha8Rng| format!("{} {}", pick(GIVEN, random), pick(FAMILY, random));
        vec![
            format!("tt{:07}", 100_000 + number * 13),
            format!("The {} {}", pick(WORDS, random), pick(WORDS, random)),
            random.random_range(1950..2016).to_string(),
            format!(
                "{}-{:02}-{:02}",
                random.random_range(1950..2016),
                random.random_range(1..13),
                random.random_range(1..29)
            ),
            name(random),
            format!("{},{}", name(random), name(random)),
            format!("{} min", random.random_range(71..185)),
            (*pick(&["USA", "USA", "USA", "UK", "France", "Germany"], random)).to_owned(),
            format!("{:.1}", random.random_range(1.0..9.9)),
            random.random_range(100..900_000).to_string(),
            if random.random_bool(0.4) {
                String::new()
            } else {
                format!("{} of {}", pick(WORDS, random), pick(WORDS, random))
            },
        ]
    });
    let columns = vec![
        "id",
        "name",
        "year",
        "release_date",
        "director",
        "actors",
        "duration",
        "country",
        "rating_value",
        "rating_count",
        "tagline",
    ];
    Table { name: "films", columns, rows: rows.collect() }
}

/// Customers of a shop.
pub fn customers(rows: usize, random: &mut ChaCha8Rng) -> Table {
    let rows = (0..rows).map(|number| {
        let (given, family) = (pick(GIVEN, random), pick(FAMILY, random));
        let (city, state, _) = pick(CITIES, random);
        let created = (random.random_range(2015..2024), random.random_range(1..13), random.random_range(1..29));
        vec![
            number.to_string(),
            (*given).to_owned(),
            (*family).to_owned(),
            format!("customer{number}@example.{}", pick(&["org", "com", "net"], random)),
            format!(
                "{}-{:02}-{:02}",
                random.random_range(1940..2006),
                random.random_range(1..13),
                random.random_range(1..29)
            ),
            format!("{:05}", random.random_range(1001..99_999)),
            (*city).to_owned(),
            state.to_uppercase(),
            format!("{}-{:02}-{:02}", created.0, created.1, created.2),
            format!(
                "{}-{:02}-{:02}",
                created.0 + random.random_range(0..2),
                created.1.max(random.random_range(1..13)),
                created.2.max(random.random_range(1..29))
            ),
            format!("{}.{:02}", random.random_range(0..900), random.random_range(0..100)),
        ]
    });
    let columns = vec![
        "id",
        "first_name",
        "last_name",
        "email",
        "birth_date",
        "zip",
        "city",
        "state",
        "created_at",
        "updated_at",
        "spent",
    ];
    Table { name: "customers", columns, rows: rows.collect() }
}
