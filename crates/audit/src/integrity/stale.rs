//! What was not looked after: rows of persons that nobody touched for two years, and addresses that mail
//! came back from.

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

pub(super) const CHECK: CellCheck =
    CellCheck { name: "stale", summary: "not confirmed for years, or mail to it came back", run };

/// Months without any change after which contact data is worth asking for.
const MONTHS: i32 = 24;

fn run(block: &Block, asked: &Asked<'_>, found: &mut Found<'_>) {
    let today = &asked.today;
    let Some(address) = block.columns.iter().position(is_address) else { return };
    for (place, column) in block.columns.iter().enumerate() {
        bounced(block, place, address, found);
        if is_confirmation(&column.name) {
            untouched(block, place, today, found);
        }
    }
}

/// Whether nearly all values are e-mail addresses.
fn is_address(column: &Column) -> bool {
    let filled = column.filled();
    let mail = |value: &str| value.split_once('@').is_some_and(|(_, host)| host.contains('.') && !value.contains(' '));
    let tried: Vec<bool> = column.filled_values().take(500).map(|(_, value, _)| mail(value)).collect();
    filled >= 20 && tried.iter().filter(|mail| **mail).count() * 10 >= tried.len() * 8
}

/// A state that says so, in a row with an address.
fn bounced(block: &Block, place: usize, address: usize, found: &mut Found<'_>) {
    const WORDS: &[&str] =
        &["bounced", "hard_bounce", "hard bounce", "hardbounce", "undeliverable", "invalid_address", "unzustellbar"];
    let column = &block.columns[place];
    if column.distinct() > 50 {
        return;
    }
    let says: Vec<bool> =
        column.values.iter().map(|value| WORDS.contains(&value.trim().to_lowercase().as_str())).collect();
    if !says.contains(&true) {
        return;
    }
    let reason = Reason::plain(format!("`{}` says that mail to it came back", column.name));
    for (row, code) in column.codes.iter().enumerate() {
        if says[*code as usize] && block.columns[address].codes[row] != BLANK {
            found.cell(row, address, Tier::Likely, &reason);
        }
    }
}

fn is_confirmation(name: &str) -> bool {
    let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    [
        "updatedat",
        "updatedon",
        "lastupdate",
        "modifiedat",
        "lastmodified",
        "lastseen",
        "lastverified",
        "verifiedat",
        "confirmedat",
        "updated",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn untouched(block: &Block, place: usize, today: &Today, found: &mut Found<'_>) {
    let reason = Reason::plain(format!("nobody changed or confirmed the row for {MONTHS} months"));
    found.values(block, place, |code| {
        let value = &block.columns[place].values[code as usize];
        let mut parts = value.get(..10)?.split('-');
        let (year, month) = (parts.next()?.parse::<i32>().ok()?, parts.next()?.parse::<i32>().ok()?);
        let age = (today.0 - year) * 12 + today.1 as i32 - month;
        (code != BLANK && (1900..=today.0).contains(&year) && age > MONTHS).then(|| (Tier::Hint, Arc::clone(&reason)))
    });
}
