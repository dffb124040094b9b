//! Notes, pages, a log and a settings file.

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::files::Folder;
use crate::shop::fill;
use crate::shop::ip_address;

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let person = folder.customer(dice).clone();
    let note = "# Handover, Tuesday\n\n- Call **{first} {last}** back on {phone}: the signed copy is here.\n\
        - {email} wants the invoice again.\n- The boiler man comes at nine.\n\n## Shelf 4\n\nStill crooked.\n";
    let note = fill(dice, note, &person);
    folder.put("notes/handover.md", note)?;
    let person = folder.customer(dice).clone();
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Reading group</title></head>\n<body>\n\
        <h1>Reading group: who brings what</h1>\n<table><tr><th>Who</th><th>Phone</th><th>Brings</th></tr>\n\
        <tr><td>{first} {last}</td><td>{phone}</td><td>tea</td></tr>\n\
        <tr><td colspan=\"2\">the shop</td><td>lamps &amp; biscuits</td></tr></table>\n</body></html>\n";
    let page = fill(dice, page, &person);
    folder.put("notes/reading-group.html", page)?;
    folder.put(
        "notes/opening-hours.txt",
        "Mon-Fri 9:30-19:00\nSat 9:30-16:00\nClosed on Sundays and on 24 December.\n",
    )?;
    access_log(folder, dice)?;
    settings(folder, dice)
}

fn access_log(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::new();
    for number in 0..900i64 {
        let day = days_before(folder.today, 9 - number / 100).strftime("%d/%b/%Y").to_string();
        let time = format!("{:02}:{:02}:{:02}", 8 + number % 100 / 10, number % 60, dice.between(0, 59));
        let path = match dice.between(0, 24) {
            0 => format!("/newsletter/confirm?email={}", folder.customer(dice).email.trim().replace('@', "%40")),
            1 => format!("/account/orders/{}", dice.between(1, 12_000)),
            2..=9 => format!("/static/cover-{}.webp", dice.between(1, 420)),
            _ => format!("/book/{}", dice.fill("9783#########0").get(..13).unwrap_or_default()),
        };
        let (ip, bytes) = (ip_address(dice), dice.between(300, 60_000));
        text.push_str(&format!("{ip} - - [{day}:{time} +0000] \"GET {path} HTTP/2.0\" 200 {bytes}\n"));
    }
    folder.put("logs/access.log", text)?;
    folder.plant(
        "collection",
        "personal-data-in-log",
        "logs/access.log",
        "mail addresses in the query part of logged requests",
    );
    Ok(())
}

fn settings(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let letters = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let (password, key) = (dice.text(letters, 16), dice.text(letters, 32));
    let text = format!(
        "# web shop, live system\nAPP_ENV=production\nDB_HOST=db.bluelantern.example\nDB_NAME=shop\nDB_USER=shop_app\n\
         DB_PASSWORD={password}\nMAIL_FROM=hello@bluelantern.example\nPAYMENT_API_KEY=demo_{key}\nLOG_LEVEL=info\n"
    );
    folder.put("config/shop.env", text)?;
    folder.plant("encryption", "password-in-file", "config/shop.env", "a live database password in a plain file");
    Ok(())
}
