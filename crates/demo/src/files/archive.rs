//! An archive of the old web site, forgotten with the orders of its time in it.

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::files::Folder;
use crate::files::workbook::zipped;

const NAME: &str = "archive/old-site.zip";

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut orders = String::from("order_no|ordered_on|customer|email|city\n");
    for number in 0..150 {
        let day = iso(days_before(folder.today, 4_100 + number));
        let person = folder.customer(dice);
        orders.push_str(&format!("{}|{day}|{}|{}|{}\n", 500 + number, person.name(), person.email.trim(), person.town));
    }
    let page = "<html><body><h1>Blue Lantern Books</h1><p>We have moved. See you there!</p></body></html>\n";
    let parts = [("htdocs/index.html", page.as_bytes()), ("htdocs/admin/orders.csv", orders.as_bytes())];
    folder.put(NAME, zipped(parts.into_iter())?)?;
    folder.plant("retention", "over-age", NAME, "orders of a web site that closed eleven years ago");
    Ok(())
}
