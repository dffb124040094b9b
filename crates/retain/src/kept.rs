//! After a plan has ended: its rows that stayed (changed, held, not due any more) are taken out of the ledger
//! again, or a search would find them and a replay would plan to erase them.

use std::borrow::Cow;

use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::stored;

use crate::erasure_key::ErasureKey;
use crate::error::RetainError;
use crate::gather::fetch;
use crate::ledger::KEPT;
use crate::ledger::Ledger;
use crate::ledger::LedgerHead;
use crate::ledger::LedgerWriter;
use crate::replay;

/// Rows looked at more closely at a time.
const CHUNK: usize = 500;

/// The lines that say which rows of `ledger` are still there. `head` gives what a line says of a table, beside
/// its action and columns.
///
/// # Errors
/// When the source can't be read.
pub async fn lines(
    source: &dyn Amend,
    catalogue: &Catalogue,
    ledger: &Ledger,
    key: &ErasureKey,
    head: impl Fn(&str) -> LedgerHead,
) -> Result<Vec<String>, RetainError> {
    let mut lines = Vec::new();
    for (name, found) in &replay::find(source, catalogue, ledger).await?.tables {
        let Some(table) = catalogue.table(name) else { continue };
        let columns = ledger.columns(name).to_vec();
        let own = LedgerHead { action: KEPT.to_owned(), rewrite: None, columns: columns.clone(), ..head(name) };
        let mut writer = LedgerWriter::new(key, own);
        for rows in found.rows.values() {
            for part in rows.parts(CHUNK) {
                for (at, texts) in fetch(source, table, &part).await? {
                    let identity: Vec<Option<Cow<'_, str>>> =
                        columns.iter().map(|column| texts.value(column)).collect();
                    let identity: Vec<Option<&str>> = identity.iter().map(Option::as_deref).collect();
                    writer.row(&stored::lasting_key(source.kind(), &part, at), &identity)?;
                }
            }
        }
        lines.extend(writer.finish()?);
    }
    Ok(lines)
}
