//! "Blue Lantern Books": a small business that never was, made afresh from a seed.
//!
//! [`build`] writes an SQLite shop and a folder of the files that gather around one, with a fault
//! for every stage of an audit planted in them. The same seed and day give the same bytes. All
//! persons are made up; mail addresses end in domains that RFC 2606 keeps free, phone numbers come
//! from ranges kept for fiction where a country has one, card numbers from the ranges of test cards.
//!
//! The [`Summary`] says what is true of the business (which column holds what, which rows are
//! wrong), so that tests and benchmarks can hold what the tool finds against it.
//! Start reading at [`build`], then `shop/mod.rs` and `files/mod.rs`.

mod dice;
mod error;
mod files;
mod locales;
mod numbers;
mod person;
mod policy;
mod shop;
mod summary;
mod truth;

use std::path::Path;

use jiff::civil::Date;

pub use crate::error::DemoError;
pub use crate::policy::policy_text;
pub use crate::summary::Fault;
pub use crate::summary::Summary;
pub use crate::truth::ColumnTruth;
pub use crate::truth::Holds;

/// The name of the business.
pub const BUSINESS: &str = "Blue Lantern Books";
/// The seed that `dataward demo` uses.
pub const DEFAULT_SEED: u64 = 1847;

/// Makes the business in `dir` (created when missing): `shop.db` and the folder `files`.
///
/// What an earlier build left there is replaced. Blocks for a second or two; may be called from
/// inside a running tokio runtime.
///
/// # Errors
/// When `dir` cannot be written, or is not empty and was not made by an earlier build.
pub fn build(dir: &Path, seed: u64, today: Date) -> Result<Summary, DemoError> {
    make_room(dir)?;
    let shop = shop::Shop::imagine(seed, today);
    let mut summary = Summary { people: shop.people(), ..Summary::default() };
    let (shop_result, files_result) = std::thread::scope(|scope| {
        let database = scope.spawn(|| shop.write(&dir.join("shop.db")));
        let files = files::write(&dir.join("files"), &shop, seed);
        (database.join(), files)
    });
    let rows = match shop_result {
        Ok(rows) => rows?,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let (file_count, file_faults) = files_result?;
    summary.tables = rows.len() as u64;
    summary.rows = rows.iter().map(|(_, count)| count).sum();
    summary.files = file_count;
    summary.faults = shop.faults();
    summary.faults.extend(file_faults);
    summary.columns = truth::columns();
    summary.policy = policy_text();
    Ok(summary)
}

/// Empties `dir` of an earlier build; refuses a folder that holds anything else.
fn make_room(dir: &Path) -> Result<(), DemoError> {
    fs_err::create_dir_all(dir)?;
    let files = dir.join("files");
    let marker = files.join(files::MARKER);
    let is_ours = fs_err::read(&marker).is_ok_and(|text| text == files::MARKER_TEXT.as_bytes())
        && match fs_err::read(dir.join("dataward.toml")) {
            Ok(text) => text == policy_text().as_bytes(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
    if !is_ours && fs_err::read_dir(dir)?.next().is_some() {
        return Err(DemoError::NotOurs { dir: dir.to_owned() });
    }
    if marker.exists() {
        fs_err::remove_dir_all(&files)?;
        for name in ["shop.db", "shop.db-journal"] {
            match fs_err::remove_file(dir.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
    }
    Ok(())
}
