//! Orders, their items and payments.

use jiff::civil::Date;

use crate::Fault;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::numbers;
use crate::person::Person;
use crate::shop::column;
use crate::shop::customers::known_by;
use crate::shop::sheet::Sheet;
use crate::shop::sheet::row;
use crate::shop::table;

const ORDERS: i64 = 12_000;
/// German tax law lets nobody need an order longer than this.
const OVER_AGE_DAYS: i64 = 3_653;

/// The tables, and how many days ago each customer ordered last, by index.
pub(crate) fn sheets(
    dice: &mut Dice,
    today: Date,
    customers: &[Person],
    isbns: &[String],
    faults: &mut Vec<Fault>,
) -> (Vec<Option<i64>>, Vec<Sheet>) {
    let mut latest: Vec<Option<i64>> = vec![None; customers.len()];
    let (mut orders, mut items, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    let (mut orphans, mut over_age, mut full_cards) = (Vec::new(), Vec::new(), Vec::new());
    for order in 1..=ORDERS {
        // Order numbers grow with time: the first ones are the oldest.
        let age = ((ORDERS - order) as f64 / ORDERS as f64).powf(1.6) * 4_150.0 + dice.between(0, 5) as f64;
        let age = age as i64;
        let placed = format!("{} {}", iso(days_before(today, age)), dice.time());
        let index = known_by(dice, age);
        latest[index] = latest[index].min(Some(age)).or(Some(age));
        let person = &customers[index];
        let orphaned = order % 701 == 0;
        let customer = if orphaned { 90_000 + order } else { index as i64 + 1 };
        if orphaned {
            orphans.push(order.to_string());
        }
        if age > OVER_AGE_DAYS {
            over_age.push(order.to_string());
        }
        let mut total = 0;
        for line in 1..=dice.between(1, 3) {
            let (quantity, price) = (dice.between(1, 2), dice.between(499, 4_999));
            total += quantity * price;
            items.push(row![order, line, dice.pick(isbns).as_str(), quantity, price]);
        }
        let currency = match person.country {
            "GB" => "GBP",
            "US" => "USD",
            _ => "EUR",
        };
        let status = if age < 4 { "packing" } else { *dice.pick(&["delivered", "delivered", "delivered", "returned"]) };
        let delivery = dice.chance(60.0).then(|| delivery(person));
        let gift = dice.chance(4.0).then(|| gift_message(dice, person));
        orders.push(row![order, customer, placed.clone(), status, total, currency, delivery, gift]);
        let card = numbers::card(dice);
        let (method, card, iban) = match dice.between(0, 9) {
            0..=4 if dice.chance(1.2) => {
                full_cards.push(order.to_string());
                ("card", Some(card), None)
            }
            0..=4 => ("card", Some(numbers::masked_card(&card)), None),
            5..=6 => ("sepa", None, Some(numbers::iban(dice, person.country))),
            7..=8 => ("wallet", None, None),
            _ => ("invoice", None, None),
        };
        payments.push(row![order, order, method, card, iban, total, placed]);
    }
    let fault = |stage, check, place, keys, note| Fault { stage, check, place, keys, note };
    faults.extend([
        fault("integrity", "orphan", column("orders", "customer_id"), orphans, "orders of customers who are not there"),
        fault("retention", "over-age", table("orders"), over_age, "older than ten years"),
        fault(
            "encryption",
            "full-card",
            column("payments", "card"),
            full_cards,
            "a whole card number among masked ones",
        ),
    ]);
    (latest, vec![Sheet::new("orders", orders), Sheet::new("order_items", items), Sheet::new("payments", payments)])
}

fn delivery(person: &Person) -> String {
    serde_json::json!({
        "name": person.name(),
        "street": person.street,
        "postal_code": person.postal_code,
        "city": person.town,
        "country": person.country,
        "phone": person.phone,
    })
    .to_string()
}

fn gift_message(dice: &mut Dice, person: &Person) -> String {
    let template = *dice.pick(&[
        "Happy birthday, dear {friend}! Love, {first}",
        "For {friend}, who reads faster than I can buy. {first} {last}",
        "Alles Gute zum Geburtstag, {friend}! Deine {first}",
        "Gute Besserung, liebe {friend}. Herzlich, Familie {last}",
        "Joyeux Noël {friend}, grosses bises de {first}",
        "Congratulations on the new job!",
    ]);
    let friend =
        *dice.pick(&["Clara", "Oma Hilde", "Tante Gerda", "Marcel", "Ruth", "Leonie", "Herr Dr. Brandt", "Paulina"]);
    template.replace("{friend}", friend).replace("{first}", &person.first).replace("{last}", &person.last)
}
