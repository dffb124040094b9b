//! Lines of cells without a header: where some cells are surely about a person, their neighbours are
//! read as what stands beside such cells in any register.

use dataward_model::Category;

use super::Found;
use crate::column::shape;

/// Longer lines are no records of one person.
const LONGEST: usize = 2048;
/// Fewer cells are an enumeration.
const FEWEST_CELLS: usize = 5;
/// Younger people are in few registers, and orders and payments have dates of these years.
const YOUNGEST: u32 = 14;

/// Finds what the cells beside known ones hold.
pub(crate) fn find(text: &str, this_year: i16, found: &mut Vec<Found>) {
    if found.is_empty() {
        return;
    }
    let mut sure: Vec<(usize, usize, Category)> =
        found.iter().filter(|one| one.log_odds > 0.0).map(|one| (one.start, one.end, one.category.clone())).collect();
    sure.sort_by_key(|(start, ..)| *start);
    let mut from = 0;
    let mut start = 0;
    for line in text.split('\n') {
        let end = start + line.len();
        while sure.get(from).is_some_and(|(_, until, _)| *until <= start) {
            from += 1;
        }
        let inside = sure.get(from..).unwrap_or_default();
        let inside = inside.get(..inside.partition_point(|(at, ..)| *at < end)).unwrap_or_default();
        if line.len() <= LONGEST && inside.len() >= 2 {
            record(line, start, inside, this_year, found);
        }
        start = end + 1;
    }
}

struct Cell<'t> {
    start: usize,
    text: &'t str,
    known: Option<Category>,
}

fn record(line: &str, start: usize, inside: &[(usize, usize, Category)], this_year: i16, found: &mut Vec<Found>) {
    let delimiter = [';', '\t', '|', ','].into_iter().find(|one| line.matches(*one).count() + 1 >= FEWEST_CELLS);
    let Some(delimiter) = delimiter else { return };
    let mut at = start;
    let mut cells: Vec<Cell> = Vec::new();
    for cell in line.split(delimiter) {
        let value = cell.trim().trim_matches('"');
        let from = at + (value.as_ptr() as usize - cell.as_ptr() as usize);
        let whole = |(begin, end, _): &&(usize, usize, Category)| {
            *begin < from + value.len() && *end > from && (end - begin) * 10 >= value.len() * 7
        };
        let overlaps = inside.iter().any(|(begin, end, _)| *begin < from + value.len() && *end > from);
        let known = inside.iter().find(whole).map(|(_, _, category)| category.clone());
        // What is found inside a cell only makes it no free one.
        let text = if known.is_none() && overlaps { "" } else { value };
        cells.push(Cell { start: from, text, known });
        at += cell.len() + delimiter.len_utf8();
    }
    let tidy = cells.iter().filter(|cell| cell.text.split_whitespace().count() <= 5).count();
    let persons = cells.iter().filter(|cell| cell.known.as_ref().is_some_and(about_a_person)).count();
    if persons < 2 || tidy * 4 < cells.len() * 3 {
        return;
    }
    for index in 0..cells.len() {
        if cells[index].known.is_some() {
            continue;
        }
        if let Some((category, log_odds)) = read(&cells, index, this_year) {
            let (start, text) = (cells[index].start, cells[index].text);
            found.push(Found { start, end: start + text.len(), category: category.clone(), log_odds });
            cells[index].known = Some(category);
        }
    }
}

fn about_a_person(category: &Category) -> bool {
    category.is_within(&Category::NAME)
        || [Category::EMAIL, Category::PHONE_NUMBER, Category::NATIONAL_ID, Category::BANK_ACCOUNT, Category::STREET]
            .contains(category)
}

/// What the free cell at `index` holds, by its form and its neighbours.
fn read(cells: &[Cell], index: usize, this_year: i16) -> Option<(Category, f32)> {
    let text = cells[index].text;
    let beside = |offset: isize| index.checked_add_signed(offset).and_then(|at| cells.get(at));
    let is =
        |offset: isize, category: &Category| beside(offset).is_some_and(|cell| cell.known.as_ref() == Some(category));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if let Some(date) = shape::date(text) {
        let born = (1915..=u32::from(this_year.unsigned_abs()) - YOUNGEST).contains(&date.year) && !date.timed;
        return born.then_some((Category::DATE_OF_BIRTH, 1.2));
    }
    let postal = (3..=8).contains(&digits) && text.len() <= 9 && shape::postal_code(text) > 0.0;
    let street_before = is(-1, &Category::STREET) || is(-2, &Category::STREET);
    if postal && (street_before || is(1, &Category::CITY) || is(1, &Category::STREET)) {
        return Some((Category::POSTAL_CODE, 2.0));
    }
    let words = text.split_whitespace().count();
    let capital = text.starts_with(|c: char| c.is_uppercase());
    let named = capital && digits == 0 && words <= 4 && letters * 10 >= text.chars().count() * 8 && letters >= 2;
    if named && (is(-1, &Category::POSTAL_CODE) || is(-1, &Category::STREET) || is(1, &Category::POSTAL_CODE)) {
        return Some((Category::CITY, 1.5));
    }
    let next_is_postal = beside(1).is_some_and(|cell| {
        let digits = cell.text.bytes().filter(u8::is_ascii_digit).count();
        (4..=7).contains(&digits) && cell.text.len() <= 8 && shape::postal_code(cell.text) > 0.0
    });
    let numbered = digits > 0 && digits <= 5 && letters >= 4 && capital && text.split_whitespace().count() <= 6;
    if numbered && words > 1 && next_is_postal {
        return Some((Category::STREET, 1.5));
    }
    let marks = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-/.() ".contains(&byte));
    let dialled = text.starts_with(['+', '0', '(']) || text.contains(['-', ' ']) && (9..=11).contains(&digits);
    if marks && (8..=15).contains(&digits) && letters == 0 && dialled && !text.starts_with("0.") {
        return Some((Category::PHONE_NUMBER, 1.2));
    }
    let name_beside = [-1, 1].into_iter().any(|offset| {
        beside(offset).is_some_and(|cell| {
            cell.known.as_ref().is_some_and(|known| known.is_within(&Category::NAME)) && !cell.text.contains(' ')
        })
    });
    (named && name_beside && words <= 3 && index < 5).then_some((Category::NAME, 0.8))
}

#[cfg(test)]
mod tests {
    use dataward_model::Category;

    use crate::Detector;
    use crate::Options;

    fn found(text: &str) -> Vec<(String, Category)> {
        let detector = Detector::new(Options { today: (2026, 11, 29), names_in_text: true }).unwrap();
        let spans = detector.spans(text).into_iter();
        spans.map(|span| (text[span.start..span.end].to_owned(), span.category)).collect()
    }

    #[test]
    fn the_cells_of_a_person_are_read_without_a_header() {
        let spans =
            found("7741;Schuster;Engelbert;03.12.1940;Auerstraße 84;3250;Lyss;DE44 5001 0517 5407 3249 31;aktiv");
        let of = |category: &Category| spans.iter().find(|(_, found)| found == category).map(|(text, _)| text.as_str());
        assert_eq!(of(&Category::DATE_OF_BIRTH), Some("03.12.1940"));
        assert_eq!(of(&Category::POSTAL_CODE), Some("3250"));
        assert_eq!(of(&Category::CITY), Some("Lyss"));
    }

    #[test]
    fn cells_of_orders_stay_what_they_are() {
        let line = "2024-11-03;INV-20931;Walnut Desk;12345;Blue;149.00;EUR;paid";
        assert!(found(line).is_empty(), "{:?}", found(line));
    }
}
