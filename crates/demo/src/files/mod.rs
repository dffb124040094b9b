//! The folder of files that gather around a shop: one maker a file.

mod archive;
mod backup;
mod cards;
mod delimited;
mod invoice;
mod json_lines;
mod loyalty;
mod mail;
mod pages;
mod scan;
mod workbook;

use std::path::Path;
use std::path::PathBuf;

use dataward_model::Place;
use jiff::civil::Date;

use crate::DemoError;
use crate::Fault;
use crate::dice::Dice;
use crate::person::Person;
use crate::shop::Shop;
use crate::shop::restrict;
use crate::shop::set_mode;
use crate::shop::source;

/// Says that the folder is ours to replace.
pub(crate) const MARKER: &str = "README.txt";
pub(crate) const MARKER_TEXT: &str = "These files belong to Blue Lantern Books, a business that never was.\n\
    All persons in them are made up. `dataward demo` made them and will replace them.\n";

/// The folder being filled.
pub(crate) struct Folder<'a> {
    root: PathBuf,
    today: Date,
    customers: &'a [Person],
    count: u64,
    faults: Vec<Fault>,
}

/// Writes one file, or some that belong together.
type Maker = fn(&mut Folder, &mut Dice) -> Result<(), DemoError>;

/// Writes all files below `root` and returns how many, and what was planted.
pub(crate) fn write(root: &Path, shop: &Shop, seed: u64) -> Result<(u64, Vec<Fault>), DemoError> {
    fs_err::create_dir_all(root)?;
    let mut folder =
        Folder { root: root.to_owned(), today: shop.today, customers: &shop.customers, count: 0, faults: Vec::new() };
    let makers: [Maker; 11] = [
        archive::write,
        backup::write,
        cards::write,
        delimited::write,
        invoice::write,
        json_lines::write,
        loyalty::write,
        mail::write,
        pages::write,
        scan::write,
        workbook::write,
    ];
    restrict(root)?;
    for (maker, stream) in makers.iter().zip(101..) {
        maker(&mut folder, &mut Dice::new(seed, stream))?;
    }
    folder.put(MARKER, MARKER_TEXT)?;
    Ok((folder.count, folder.faults))
}

impl Folder<'_> {
    /// Writes a file that only its owner can read.
    fn put(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), DemoError> {
        let path = self.root.join(name);
        if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
            fs_err::create_dir_all(parent)?;
            restrict(parent)?;
        }
        fs_err::write(&path, bytes)?;
        restrict(&path)?;
        self.count += 1;
        Ok(())
    }

    /// Lets everyone on the machine read the file and find it.
    fn open_to_everyone(&mut self, name: &str) -> Result<(), DemoError> {
        let path = self.root.join(name);
        set_mode(&path, 0o644)?;
        // Every folder on the way: a closed one above would protect the file.
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root)) {
            set_mode(folder, 0o755)?;
        }
        Ok(())
    }

    /// Remembers a fault of a whole file.
    fn plant(&mut self, stage: &'static str, check: &'static str, file: &str, note: &'static str) {
        let place = Place::of_table(source("files"), file);
        self.faults.push(Fault { stage, check, place, keys: Vec::new(), note });
    }

    /// Some customer.
    fn customer(&self, dice: &mut Dice) -> &Person {
        dice.pick(self.customers)
    }
}
