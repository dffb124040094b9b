//! Names and addresses in running text: a cascade of word lists, shapes and the words beside them,
//! added up as log-odds. The weights stand beside what they weigh ([`latin`]).

mod address;
mod common;
mod fields;
mod introduced;
mod japanese;
mod key;
pub(crate) mod latin;
pub(crate) mod token;
mod words;

use super::Found;

/// Finds names and addresses. `found` holds what the structured pass found: a name ends there.
pub(crate) fn find(text: &str, found: &mut Vec<Found>) {
    let tokens = token::tokens(text);
    address::find(text, &tokens, found);
    introduced::find(text, &tokens, found);
    latin::find(text, &tokens, found);
    japanese::find(text, found);
    fields::find(text, found);
}
