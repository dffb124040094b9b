//! The card list of the till, which everyone on the machine can read.

use crate::DemoError;
use crate::dice::Dice;
use crate::files::Folder;
use crate::numbers;

const NAME: &str = "till/card-list.csv";

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::from("terminal,holder,card,expires,amount\n");
    for _ in 0..120 {
        let holder = folder.customer(dice).name();
        let (year, month) = (dice.between(27, 31), dice.between(1, 12));
        let line = (dice.between(1, 3), numbers::card(dice), dice.between(4, 90), dice.between(0, 99));
        text.push_str(&format!("T{},{holder},{},{month:02}/{year},{}.{:02}\n", line.0, line.1, line.2, line.3));
    }
    folder.put(NAME, text)?;
    folder.open_to_everyone(NAME)?;
    folder.plant("access", "world-readable", NAME, "every account of this machine can read whole card numbers");
    folder.plant("encryption", "plaintext", NAME, "whole card numbers in a plain file");
    Ok(())
}
