//! The newsletter and its consents.

use jiff::civil::Date;

use crate::Fault;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::person::Person;
use crate::shop::column;
use crate::shop::sessions::ip_address;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;

const SUBSCRIBERS: i64 = 3_200;
/// Older consents than this were never renewed.
const STALE_AFTER_DAYS: i64 = 5 * 365;

pub(crate) fn sheet(dice: &mut Dice, today: Date, customers: &[Person], faults: &mut Vec<Fault>) -> Sheet {
    let (mut stale, mut unproven, mut still_sent) = (Vec::new(), Vec::new(), Vec::new());
    let rows = (1..=SUBSCRIBERS).map(|id| {
        // Every third subscriber never bought anything.
        let person = if id % 3 == 0 {
            Person::imagine(dice, today, 10_000 + id as usize)
        } else {
            customers[(id as usize * 7) % customers.len()].clone()
        };
        let age = 10 + (dice.leaning() * 2900.0) as i64;
        let proven = !dice.chance(1.5);
        let unsubscribed = dice.chance(11.0);
        let active = !unsubscribed || dice.chance(7.0);
        let key = || id.to_string();
        if !proven {
            unproven.push(key());
        } else if age > STALE_AFTER_DAYS && active && !unsubscribed {
            stale.push(key());
        }
        if unsubscribed && active {
            still_sent.push(key());
        }
        let day = iso(days_before(today, age));
        let consented = proven.then(|| format!("{day} {}", dice.time()));
        let ip = proven.then(|| ip_address(dice));
        let left = unsubscribed.then(|| format!("{} {}", iso(days_before(today, age / 3)), dice.time()));
        let first = dice.chance(80.0).then(|| person.first.clone());
        row![id, person.email.trim().to_owned(), first, consented, ip, day, left, i64::from(active)]
    });
    let sheet = Sheet::new("newsletter", rows.collect());
    let fault = |check, keys, note| Fault {
        stage: "collection",
        check,
        place: column("newsletter", "consented_at"),
        keys,
        note,
    };
    faults.extend([
        fault("stale-consent", stale, "consent older than five years, never renewed"),
        fault("no-proof", unproven, "nobody can show when and where this person consented"),
        fault("withdrawn", still_sent, "unsubscribed, and still active"),
    ]);
    sheet
}
