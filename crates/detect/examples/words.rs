//! Prints what the lexicon knows of each word on standard input.

use std::io::BufRead;

use dataward_detect::lexicon;
use dataward_detect::lexicon::Kind;

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        for word in line.split_whitespace() {
            let entry = lexicon::look_up(word);
            let kinds: Vec<_> = Kind::ALL.iter().filter(|&&kind| entry.is(kind)).collect();
            println!(
                "{word:<16} given {:?} surname {:?} city {:?} {:?} {kinds:?}",
                entry.given(),
                entry.surname(),
                entry.city(),
                entry.city_country()
            );
        }
    }
}
