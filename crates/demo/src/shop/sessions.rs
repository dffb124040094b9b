//! Web sessions with the addresses they came from.

use jiff::civil::Date;

use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::shop::customers::known_by;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;

const SESSIONS: usize = 6_000;
const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "BlueLanternApp/3.2 (Android 16; Pixel 9)",
];

pub(crate) fn sheet(dice: &mut Dice, today: Date) -> Sheet {
    let rows = (0..SESSIONS).map(|_| {
        let age = dice.between(0, 180);
        let customer = dice.chance(72.0).then(|| known_by(dice, age) as i64 + 1);
        let token = dice.text(b"0123456789abcdef", 32);
        let started = format!("{} {}", iso(days_before(today, age)), dice.time());
        row![token, customer, ip_address(dice), *dice.pick(BROWSERS), started]
    });
    Sheet::new("sessions", rows.collect())
}

/// An address of a range that providers give to customers, or of IPv6's documentation range.
pub(crate) fn ip_address(dice: &mut Dice) -> String {
    if dice.chance(15.0) {
        let hex = b"0123456789abcdef";
        return format!("2001:db8:{}:{}::{}", dice.text(hex, 4), dice.text(hex, 3), dice.text(b"123456789abcdef", 2));
    }
    let first = *dice.pick(&[77i64, 84, 87, 91, 93, 178, 188, 217, 46, 62]);
    format!("{first}.{}.{}.{}", dice.between(1, 254), dice.between(0, 255), dice.between(1, 254))
}
