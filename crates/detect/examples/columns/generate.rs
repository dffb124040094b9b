//! Labelled tables: the schemas of `schemas.txt` filled with values of `values.tsv`, in four styles
//! of names, with unknown names mixed in so that no list is ever complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Int64Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::TableProfile;
use dataward_model::Category;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::cells;

/// How columns are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Style {
    Telling,
    Cryptic,
    Opaque,
    Misleading,
}

pub(crate) const STYLES: [Style; 4] = [Style::Telling, Style::Cryptic, Style::Opaque, Style::Misleading];

/// What is true of a column.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) category: Option<Category>,
    /// Left out of fitting and measuring: opinions differ.
    pub(crate) debatable: bool,
    pub(crate) hard_negative: bool,
    pub(crate) style: Style,
    pub(crate) kind: String,
}

pub(crate) struct LabelledTable {
    pub(crate) profile: TableProfile,
    pub(crate) labels: BTreeMap<String, Label>,
}

struct Schema {
    name: String,
    locales: Vec<String>,
    columns: Vec<(String, String)>,
    unseen: bool,
}

pub(crate) struct Values {
    lists: BTreeMap<(String, String), Vec<String>>,
}

impl Values {
    pub(crate) fn load() -> Self {
        let mut lists = BTreeMap::new();
        for line in include_str!("values.tsv").lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            if let (Some(locale), Some(kind), Some(list)) = (fields.next(), fields.next(), fields.next()) {
                lists.insert((locale.to_owned(), kind.to_owned()), list.split('|').map(str::to_owned).collect());
            }
        }
        Self { lists }
    }

    pub(crate) fn list(&self, locale: &str, kind: &str) -> &[String] {
        let own = self.lists.get(&(locale.to_owned(), kind.to_owned()));
        own.or_else(|| self.lists.get(&("en".to_owned(), kind.to_owned()))).map_or(&[], Vec::as_slice)
    }
}

pub(crate) const LOCALES: &[&str] =
    &["en", "gb", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "fi", "cs", "ja", "zh", "ko", "tr", "ru"];

/// All tables of the train or the unseen part, `rounds` times with other values and names.
pub(crate) fn tables(detector: &Detector, unseen: bool, rounds: u64, seed: u64) -> Vec<LabelledTable> {
    let values = Values::load();
    let mut all = Vec::new();
    for (at, schema) in schemas().iter().enumerate().filter(|(_, schema)| schema.unseen == unseen) {
        for round in 0..rounds {
            for style in STYLES {
                let mut random = ChaCha8Rng::seed_from_u64(seed ^ (at as u64) << 20 ^ round << 8 ^ style as u64);
                let locales: Vec<&str> = if schema.locales == ["*"] {
                    LOCALES.to_vec()
                } else {
                    schema.locales.iter().map(String::as_str).collect()
                };
                let locale = locales.choose(&mut random).expect("a schema has locales");
                all.push(table(detector, &values, schema, locale, style, &mut random));
            }
        }
    }
    all
}

fn schemas() -> Vec<Schema> {
    let mut schemas = Vec::new();
    let mut unseen = false;
    for line in
        include_str!("schemas.txt").lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(part) = line.strip_prefix('[') {
            unseen = part.starts_with("unseen");
            continue;
        }
        let (head, columns) = line.split_once('|').expect("a schema has columns");
        let (name, locales) = head.split_once('@').expect("a schema has locales");
        schemas.push(Schema {
            name: name.trim().to_owned(),
            locales: locales.trim().split(',').map(str::to_owned).collect(),
            columns: columns
                .split_whitespace()
                .map(|column| column.split_once(':').expect("a column has a generator"))
                .map(|(name, generator)| (name.to_owned(), generator.to_owned()))
                .collect(),
            unseen,
        });
    }
    schemas
}

fn table(
    detector: &Detector,
    values: &Values,
    schema: &Schema,
    locale: &str,
    style: Style,
    random: &mut ChaCha8Rng,
) -> LabelledTable {
    let rows = *[12_usize, 25, 60, 150, 400].choose(random).expect("there are sizes");
    let unknown = *[0.0, 0.1, 0.3, 0.5].choose(random).expect("there are shares");
    let table_name = match style {
        Style::Opaque if random.random_bool(0.7) => format!("t{}", random.random_range(1..99)),
        Style::Cryptic if random.random_bool(0.5) => cryptic(&schema.name, random),
        _ => schema.name.clone(),
    };
    let mut heads = Vec::new();
    let mut arrays: Vec<(String, ArrayRef)> = Vec::new();
    let mut labels = BTreeMap::new();
    let numbered = random.random_range(0..4);
    let people = cells::People::new(values, locale, rows, unknown, random);
    for (at, (column, generator)) in schema.columns.iter().enumerate() {
        let debatable = generator.ends_with('-');
        let kind = generator.trim_end_matches(['!', '~', '-']);
        if kind == "skip" {
            continue;
        }
        let not_personal = generator.contains('!');
        let category = if not_personal { None } else { cells::category(kind) };
        let hard_negative = generator.contains('~');
        let mut name = match style {
            Style::Telling => column.clone(),
            Style::Cryptic => cryptic(column, random),
            Style::Opaque => match numbered {
                0 => format!("c{}", at + 1),
                1 => format!("v{}", at + 1),
                2 => format!("COL_{}", at + 1),
                _ => format!("field{:02}", at + 1),
            },
            Style::Misleading => misleading(column, category.is_some(), random),
        };
        while labels.contains_key(&name) {
            name.push('2');
        }
        let cells = cells::fill(kind, &people, values, locale, rows, random);
        let whole = matches!(
            kind,
            "seq" | "fk" | "int" | "year" | "age" | "epoch" | "epoch_ms" | "gender_int" | "birth_year" | "port"
        ) && random.random_bool(0.7);
        let array: ArrayRef = if whole {
            Arc::new(
                cells.iter().map(|cell| cell.as_deref().and_then(|text| text.parse().ok())).collect::<Int64Array>(),
            )
        } else {
            Arc::new(cells.iter().map(Option::as_deref).collect::<StringArray>())
        };
        heads.push(ColumnHead::new(&name, if whole { "bigint" } else { "text" }));
        labels.insert(name.clone(), Label { category, debatable, hard_negative, style, kind: kind.to_owned() });
        arrays.push((name, array));
    }
    let head = TableHead::table(table_name, heads);
    let mut profile = detector.profile(&head);
    let batch = RecordBatch::try_from_iter(arrays).expect("columns are equally long");
    profile.update(detector, &batch);
    LabelledTable { profile, labels }
}

/// Abbreviates as programmers of the eighties did.
fn cryptic(name: &str, random: &mut ChaCha8Rng) -> String {
    let words: Vec<String> = name
        .split(['_', ' ', '.'])
        .flat_map(|word| {
            let mut parts = vec![String::new()];
            for c in word.chars() {
                if c.is_uppercase()
                    && parts.last().is_some_and(|part| part.chars().last().is_some_and(char::is_lowercase))
                {
                    parts.push(String::new());
                }
                parts.last_mut().expect("one part").push(c);
            }
            parts
        })
        .filter(|word| !word.is_empty())
        .collect();
    let way = random.random_range(0..4);
    let short: Vec<String> = words
        .iter()
        .map(|word| match way {
            0 => word.chars().take(4).collect(),
            1 => word
                .char_indices()
                .filter(|(at, c)| *at == 0 || !"aeiouAEIOU".contains(*c))
                .map(|(_, c)| c)
                .take(5)
                .collect(),
            2 => word.chars().take(3).collect(),
            _ => word.clone(),
        })
        .collect();
    match way {
        0 => short.join("_").to_uppercase(),
        1 => short.join("_").to_lowercase(),
        2 => short.join(""),
        _ => format!(
            "{}_{}",
            ["x", "cust", "tbl", "p", "usr", "rec", "f"].choose(random).expect("prefixes"),
            words.join("").to_lowercase()
        ),
    }
}

fn misleading(column: &str, personal: bool, random: &mut ChaCha8Rng) -> String {
    let choices: &[&str] = if personal {
        &[
            "notes",
            "reference",
            "code",
            "label",
            "info",
            "title",
            "description",
            "value",
            "key",
            "remark",
            "item",
            "attribute",
            "ext_ref",
            "details",
            "tag",
        ]
    } else {
        &[
            "email_flag",
            "phone_count",
            "address_code",
            "city_bin",
            "name",
            "contact",
            "customer_no",
            "user_ref",
            "mail",
            "tel",
            "address",
            "city",
            "ip",
            "first",
            "person_cd",
        ]
    };
    if random.random_bool(0.5) { column.to_owned() } else { (*choices.choose(random).expect("choices")).to_owned() }
}
