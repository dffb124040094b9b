//! Cell-level precision, recall and F1 of the integrity checks over damaged tables.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_audit::integrity::Answer;
use dataward_audit::integrity::Answers;
use dataward_audit::integrity::Issue;
use dataward_audit::integrity::Row;
use dataward_audit::integrity::TableCheck;
use dataward_audit::integrity::Tier;
use dataward_model::ColumnHead;
use dataward_model::TableHead;
use dataward_testkit::dirty;
use dataward_testkit::dirty::Damage;
use dataward_testkit::dirty::Table;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The cells that are wrong: row and column.
pub(crate) type Cells = BTreeSet<(usize, usize)>;

/// How well cells were named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
}

impl Score {
    pub(crate) fn of(named: &Cells, wrong: &Cells) -> Self {
        let right = named.intersection(wrong).count() as f64;
        Self { precision: right / named.len().max(1) as f64, recall: right / wrong.len().max(1) as f64 }
    }

    pub(crate) fn f1(self) -> f64 {
        2.0 * self.precision * self.recall / (self.precision + self.recall).max(1e-9)
    }
}

/// Four tables damaged as public ones are known to be, each with what is wrong in it.
pub(crate) fn mixed(seed: u64) -> Vec<(Table, Cells)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let random = &mut random;
    let mut clinics = dirty::clinics(1_000, random);
    let all = clinics.columns.clone();
    let clean = clinics.clone();
    dirty::damage(&mut clinics, Damage::Typo, &all, 0.03, random);
    let mut timetable = dirty::timetable(2_376, random);
    let times = ["sched_dep_time", "act_dep_time", "sched_arr_time", "act_arr_time"];
    let clean_times = timetable.clone();
    dirty::damage(&mut timetable, Damage::Dependency, &times, 0.2, random);
    dirty::damage(&mut timetable, Damage::Missing, &times, 0.15, random);
    dirty::damage(&mut timetable, Damage::Format, &times, 0.05, random);
    let mut breweries = dirty::breweries(2_410, random);
    let clean_breweries = breweries.clone();
    dirty::damage(&mut breweries, Damage::Unit, &["ounces"], 0.45, random);
    dirty::damage(&mut breweries, Damage::Unit, &["abv"], 0.2, random);
    dirty::damage(&mut breweries, Damage::Missing, &["ibu"], 0.3, random);
    dirty::damage(&mut breweries, Damage::Missing, &["state"], 0.05, random);
    let mut films = dirty::films(7_000, random);
    let clean_films = films.clone();
    dirty::damage(&mut films, Damage::Format, &["duration", "release_date"], 0.15, random);
    dirty::damage(&mut films, Damage::Missing, &["director", "rating_count"], 0.05, random);
    dirty::damage(&mut films, Damage::Encoding, &["director", "actors"], 0.1, random);
    vec![
        compared(clinics, &clean),
        compared(timetable, &clean_times),
        compared(breweries, &clean_breweries),
        compared(films, &clean_films),
    ]
}

fn compared(table: Table, clean: &Table) -> (Table, Cells) {
    let wrong = differences(&table, clean);
    (table, wrong)
}

/// The cells in which a table differs from itself before it was damaged.
pub(crate) fn differences(table: &Table, clean: &Table) -> Cells {
    let cells = table.rows.iter().zip(&clean.rows).enumerate();
    cells
        .flat_map(|(row, (now, before))| {
            now.iter()
                .zip(before)
                .enumerate()
                .filter(|(_, (now, before))| now != before)
                .map(move |(column, _)| (row, column))
        })
        .collect()
}

/// All issues of a table.
pub(crate) fn issues(table: &Table) -> Vec<Issue> {
    check(table, &batch(table), &Arc::default())
}

/// The rows of a table as a source would hand them out.
pub(crate) fn batch(table: &Table) -> RecordBatch {
    let arrays = table.columns.iter().enumerate().map(|(place, name)| {
        let cells: StringArray = table.rows.iter().map(|row| Some(row[place].as_str())).collect();
        (*name, Arc::new(cells) as ArrayRef)
    });
    RecordBatch::try_from_iter(arrays).expect("columns are equally long")
}

/// All issues of a table whose rows are already there, after what its owner said.
pub(crate) fn check(table: &Table, batch: &RecordBatch, answers: &Arc<Answers>) -> Vec<Issue> {
    let heads = table.columns.iter().map(|name| ColumnHead::new(*name, "text")).collect();
    let mut check = TableCheck::new(&TableHead::table(table.name, heads), (2026, 11, 24)).with_answers(answers);
    check.add(batch);
    check.finish().issues
}

/// Answers that the owner gives at a sitting, before the audit runs again.
const AT_ONCE: usize = 5;

/// The issues after an owner gave some `answers`: of the findings that are shown, those of most cells first, whether
/// their cells are wrong in the main. As findings do, they show what is likely or certain; of hints alone there is none.
#[allow(dead_code, reason = "not every file that measures teaches")]
pub(crate) fn taught(table: &Table, wrong: &Cells, answers: usize) -> Vec<Issue> {
    let batch = batch(table);
    let (mut given, mut known) = (Vec::<Answer>::new(), Arc::<Answers>::default());
    loop {
        let found = check(table, &batch, &known);
        let mut shown: BTreeMap<(&str, &str, &str), Vec<Issue>> = BTreeMap::new();
        for issue in found.iter().filter(|issue| issue.tier >= Tier::Likely) {
            shown.entry((&issue.column, issue.check, &issue.pattern)).or_default().push(issue.clone());
        }
        let is_open =
            |(column, check, pattern): &(&str, &str, &str)| known.of(table.name, column, check, pattern).is_none();
        let mut questions: Vec<_> = shown.into_iter().filter(|(question, _)| is_open(question)).collect();
        questions.sort_by_key(|(question, issues)| (std::cmp::Reverse(issues.len()), *question));
        questions.truncate(AT_ONCE.min(answers - given.len()));
        if questions.is_empty() {
            return found;
        }
        for ((column, check, pattern), issues) in questions {
            let cells = named(table, &issues, Tier::Likely);
            let right = cells.intersection(wrong).count();
            let [name, column, check, pattern] = [table.name, column, check, pattern].map(str::to_owned);
            given.push(Answer { table: name, column, check, pattern, is_right: right * 2 >= cells.len() });
        }
        known = Arc::new(Answers::new(given.clone()));
    }
}

/// The cells that issues of a tier or above name.
pub(crate) fn named(table: &Table, issues: &[Issue], least: Tier) -> Cells {
    issues
        .iter()
        .filter(|issue| issue.tier >= least)
        .map(|issue| {
            let Row::Index(row) = issue.row else { panic!("tables without keys have indexes") };
            let column = table.columns.iter().position(|name| *name == issue.column).expect("a column of the table");
            (usize::try_from(row).expect("few rows"), column)
        })
        .collect()
}

/// Those of `wrong` that leave a trace: a value whose way of writing or size the column has not when it is `clean`, or
/// that other rows with the same value of another column contradict, nearly always. Who puts one right value of a column
/// in the place of another, where nothing else tells it, leaves none.
#[allow(dead_code, reason = "not every file that measures asks for it")]
pub(crate) fn traced(wrong: &Cells, table: &Table, clean: &Table) -> Cells {
    let columns = 0..clean.columns.len();
    let known: Vec<BTreeSet<&str>> =
        columns.clone().map(|column| clean.rows.iter().map(|row| row[column].as_str()).collect()).collect();
    let number = |text: &str| text.trim().parse::<f64>().ok();
    // Of numbers that hardly repeat, those within the range are right ones.
    let ranges: Vec<Option<(f64, f64)>> = columns
        .clone()
        .map(|column| {
            let numbers: Option<Vec<f64>> = clean
                .rows
                .iter()
                .map(|row| &row[column])
                .filter(|cell| !cell.is_empty())
                .map(|cell| number(cell))
                .collect();
            let numbers = numbers.filter(|numbers| !numbers.is_empty() && known[column].len() > 20)?;
            Some((numbers.iter().copied().fold(f64::MAX, f64::min), numbers.iter().copied().fold(f64::MIN, f64::max)))
        })
        .collect();
    let is_usual = |column: usize, text: &str| {
        let in_range = |(low, high): (f64, f64)| {
            number(text).is_some_and(|number| (low..=high).contains(&number)) && text == text.trim()
        };
        known[column].contains(text) || ranges[column].is_some_and(in_range)
    };
    // Which columns tell which, by some rows of the clean table: groups of three rows and more, of which 98 % agree.
    let some = &clean.rows[..clean.rows.len().min(1_000)];
    let codes: Vec<Vec<usize>> = columns
        .clone()
        .map(|column| {
            let (mut numbers, mut codes) = (BTreeMap::new(), Vec::new());
            for row in some {
                let next = numbers.len();
                codes.push(*numbers.entry(row[column].as_str()).or_insert(next));
            }
            codes
        })
        .collect();
    let tells = |key: usize, told: usize| {
        let mut groups: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (key, told) in codes[key].iter().zip(&codes[told]) {
            *groups.entry(*key).or_default().entry(*told).or_default() += 1;
        }
        let large = groups.values().filter(|group| group.values().sum::<usize>() >= 3);
        let (all, most) = large.fold((0, 0), |(all, most), group| {
            (all + group.values().sum::<usize>(), most + group.values().copied().max().unwrap_or(0))
        });
        known[told].len() > 2 && all * 2 >= some.len() && most * 100 >= all * 98
    };
    let told: Vec<bool> =
        columns.clone().map(|told| columns.clone().any(|key| key != told && tells(key, told))).collect();
    wrong
        .iter()
        .copied()
        .filter(|(row, column)| told[*column] || !is_usual(*column, &table.rows[*row][*column]))
        .collect()
}
