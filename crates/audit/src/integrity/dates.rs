//! Dates that cannot be: not in the calendar, births to come, ends before beginnings, piles on the days
//! that programs write when they know none, and what a spreadsheet makes of codes.

use std::sync::Arc;

use super::Asked;
use super::CellCheck;
use super::Found;
use super::Reason;
use super::Tier;
use super::Today;
use super::block::BLANK;
use super::block::Block;
use super::block::Column;

pub(super) const CHECK: CellCheck = CellCheck { name: "date", summary: "a date that cannot be", run };

/// A date as year, month, day; months and days are not checked yet.
type Date = (i32, u32, u32);

/// Which number comes first where all three are numbers.
#[expect(clippy::enum_variant_names, reason = "what stands first is what they tell apart")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    DayFirst,
    MonthFirst,
    YearFirst,
}

fn run(block: &Block, asked: &Asked<'_>, found: &mut Found<'_>) {
    let today = &asked.today;
    let mut columns: Vec<(usize, Vec<Option<Date>>)> = Vec::new();
    for (place, column) in block.columns.iter().enumerate() {
        match dates_of(column) {
            Some(dates) => {
                calendar(block, place, &dates, today, found);
                piles(block, place, &dates, found);
                columns.push((place, dates.into_iter().map(|date| date.filter(exists)).collect()));
            }
            None => spreadsheet(block, place, found),
        }
    }
    orders(block, &columns, found);
}

/// The date of each different value, when the column holds dates.
fn dates_of(column: &Column) -> Option<Vec<Option<Date>>> {
    let (mut all, mut shaped, mut day_first, mut month_first, mut year_first) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for (_, value, count) in column.real_values() {
        all += count;
        if let Some((order, [a, b, _])) = parts(value) {
            shaped += count;
            match order {
                Some(order) => year_first += if order == Order::YearFirst { count } else { 0 },
                None if a > 12 && b <= 12 => day_first += count,
                None if b > 12 && a <= 12 => month_first += count,
                None => {}
            }
        }
    }
    if all < 20 || f64::from(shaped) < 0.8 * f64::from(all) {
        return None;
    }
    let order = match (day_first, month_first) {
        _ if year_first * 2 > shaped => Order::YearFirst,
        (day, month) if day > 10 * month => Order::DayFirst,
        (day, month) if month > 10 * day => Order::MonthFirst,
        // Both occur, or neither: which is which cannot be told.
        _ => return Some(column.values.iter().map(|_| None).collect()),
    };
    let date = |value: &str| {
        let (written, [a, b, c]) = parts(value)?;
        let number = |value: u32| i32::try_from(value).ok();
        match written.unwrap_or(order) {
            Order::YearFirst => Some((number(a)?, b, c)),
            Order::DayFirst => Some((number(c)?, b, a)),
            Order::MonthFirst => Some((number(c)?, a, b)),
        }
    };
    Some(column.values.iter().map(date).collect())
}

/// Three numbers with the same mark between them at the start of a value, and nothing but a time
/// behind; the order where the first is a year.
fn parts(value: &str) -> Option<(Option<Order>, [u32; 3])> {
    let (first, rest) = number(value.trim_ascii().as_bytes())?;
    let (mark, rest) = rest.split_first()?;
    if !matches!(mark, b'-' | b'/' | b'.') {
        return None;
    }
    let (second, rest) = number(rest)?;
    let (third, behind) = number(rest.strip_prefix(&[*mark])?)?;
    if !matches!(behind, [] | [b' ' | b'T', ..]) {
        return None;
    }
    let order = match (first.1, second.1, third.1) {
        (4, 1..=2, 1..=2) => Some(Order::YearFirst),
        (1..=2, 1..=2, 4) => None,
        _ => return None,
    };
    Some((order, [first.0, second.0, third.0]))
}

/// A number of one to four digits, with how many there are, and what stands behind it.
fn number(bytes: &[u8]) -> Option<((u32, usize), &[u8])> {
    let length = bytes.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    let value = bytes[..length].iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0'));
    (1..=4).contains(&length).then(|| ((value, length), &bytes[length..]))
}

fn exists(&(year, month, day): &Date) -> bool {
    u32::try_from(year).is_ok_and(|year| dataward_detect::checksum::is_date(year, month, day))
}

fn calendar(block: &Block, place: usize, dates: &[Option<Date>], today: &Today, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let births = is_birth(&column.name);
    let plain: usize =
        column.counts.iter().zip(dates).filter(|(_, date)| date.is_some()).map(|(count, _)| *count as usize).sum();
    if plain == 0 {
        return;
    }
    let none = Reason::plain("no day of the calendar");
    let future = Reason::plain("a birth in the future");
    let old = Reason::plain("a birth more than 120 years ago");
    found.values(block, place, |code| {
        let date = dates[code as usize]?;
        if !exists(&date) {
            return Some((if plain >= 100 { Tier::Certain } else { Tier::Likely }, Arc::clone(&none)));
        }
        if births && date > *today {
            return Some((Tier::Certain, Arc::clone(&future)));
        }
        (births && date.0 + 120 < today.0).then(|| (Tier::Likely, Arc::clone(&old)))
    });
}

fn is_birth(name: &str) -> bool {
    let name = name.to_lowercase();
    [
        "birth", "born", "bday", "dob", "geburt", "geboren", "naiss", "nacim", "nascim", "nascita", "urodz", "född",
        "fodsel", "geboorte", "生年",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// The days that programs write when they know none.
const DEFAULTS: &[Date] = &[
    (1, 1, 1),
    (1753, 1, 1),
    (1900, 1, 1),
    (1899, 12, 30),
    (1970, 1, 1),
    (1980, 1, 1),
    (2099, 12, 31),
    (9999, 12, 31),
    (0, 0, 0),
];

fn piles(block: &Block, place: usize, dates: &[Option<Date>], found: &mut Found<'_>) {
    let column = &block.columns[place];
    let distinct = column.distinct();
    let reason = Reason::new(
        "a day that programs write when they know none",
        "a day that programs write when they know none, in more rows than chance would have it",
    );
    found.values(block, place, |code| {
        let date = dates[code as usize]?;
        let count = column.counts[code as usize];
        let usual = f64::from(u32::try_from(column.filled()).unwrap_or(u32::MAX)) / f64::from(distinct.max(1));
        (code != BLANK && DEFAULTS.contains(&date) && distinct > 20 && count >= 3 && f64::from(count) >= 5.0 * usual)
            .then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

/// `Mar-17`, `2-Sep`: what a spreadsheet makes of codes; few among values that are no dates.
fn spreadsheet(block: &Block, place: usize, found: &mut Found<'_>) {
    let column = &block.columns[place];
    let is_made = |value: &str| {
        let Some((a, b)) = value.trim().split_once('-') else { return false };
        let number = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        (number(a) && MONTHS.contains(&b)) || (number(b) && MONTHS.contains(&a))
    };
    let made: u32 = column.filled_values().filter(|(_, value, _)| is_made(value)).map(|(_, _, count)| count).sum();
    if made == 0 || column.filled() < 20 || made as usize * 10 > column.filled() {
        return;
    }
    let reason = Reason::new(
        "a month and a number, as spreadsheets make of codes",
        "a month and a number, as spreadsheets make of codes, where few values look so",
    );
    found.values(block, place, |code| {
        is_made(&column.values[code as usize]).then(|| (Tier::Likely, Arc::clone(&reason)))
    });
}

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Pairs of columns where one day nearly never comes after the other.
fn orders(block: &Block, columns: &[(usize, Vec<Option<Date>>)], found: &mut Found<'_>) {
    /// Columns that are compared with each other.
    const MOST: usize = 40;
    // One number for each day, in their order; the years of four digits fit.
    let number =
        |date: &Option<Date>| date.map_or(i32::MIN, |(year, month, day)| year * 512 + (month * 32 + day) as i32);
    let columns: Vec<(usize, Vec<i32>)> =
        columns.iter().take(MOST).map(|(place, dates)| (*place, dates.iter().map(number).collect())).collect();
    for (at, (first, early)) in columns.iter().enumerate() {
        for (second, late) in &columns[at + 1..] {
            let (codes, other_codes) = (&block.columns[*first].codes, &block.columns[*second].codes);
            let days =
                || codes.iter().zip(other_codes).map(|(code, other)| (early[*code as usize], late[*other as usize]));
            let (mut both, mut before, mut after) = (0_usize, 0_usize, 0_usize);
            for (one, other) in days().filter(|(one, other)| *one != i32::MIN && *other != i32::MIN) {
                both += 1;
                before += usize::from(one < other);
                after += usize::from(one > other);
            }
            for ((first, second), (usual, wrong), order) in [
                ((*first, *second), (before, after), std::cmp::Ordering::Greater),
                ((*second, *first), (after, before), std::cmp::Ordering::Less),
            ] {
                if both < 50 || wrong == 0 || wrong * 50 > both || usual * 2 < both {
                    continue;
                }
                let first = &block.columns[first].name;
                let reason = Reason::new(
                    format!("before `{first}`"),
                    format!("before `{first}`, which comes first in {} of {both} rows", both - wrong),
                );
                for (row, (one, other)) in days().enumerate() {
                    if one != i32::MIN && other != i32::MIN && one.cmp(&other) == order {
                        found.cell(row, second, Tier::Likely, &reason);
                    }
                }
            }
        }
    }
}
