//! Which leaf of the evidence log stands for what.

use serde::Serialize;

use crate::Store;
use crate::StoreError;
use crate::row::Typed;
use crate::row::count;

/// A leaf of the evidence log and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptReceipt {
    /// What kind of thing (`scan`, `decision`, `init`, …).
    pub kind: String,
    /// Which one: the scan's id, the place decided about.
    pub object: String,
    /// The index of the leaf.
    pub log_index: u64,
    /// Leaves in the log when it was signed with this one in it.
    pub tree_size: u64,
    /// The root hash then, in base64.
    pub root_hash: String,
}

impl Store {
    /// Keeps receipts, all of them or none. A leaf has one receipt; keeping it again changes nothing.
    pub async fn keep_receipts(&self, receipts: &[KeptReceipt]) -> Result<(), StoreError> {
        const DOING: &str = "keep a receipt of the evidence log";
        const SQL: &str = "
            INSERT INTO receipts (log_index, kind, object, tree_size, root_hash) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET kind = ?2, object = ?3, tree_size = ?4, root_hash = ?5";
        let mut transaction = self.begin(DOING).await?;
        for receipt in receipts {
            sqlx::query(SQL)
                .bind(count(receipt.log_index))
                .bind(&receipt.kind)
                .bind(&receipt.object)
                .bind(count(receipt.tree_size))
                .bind(&receipt.root_hash)
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.fault(DOING, &error))?;
        }
        self.commit(DOING, transaction).await
    }

    /// The receipts of one object, oldest first.
    pub async fn receipts(&self, kind: &str, object: &str) -> Result<Vec<KeptReceipt>, StoreError> {
        const SQL: &str = "SELECT * FROM receipts WHERE kind = ? AND object = ? ORDER BY log_index";
        self.receipts_by(sqlx::query(SQL).bind(kind).bind(object)).await
    }

    /// The newest receipt of each object.
    pub async fn newest_receipts(&self) -> Result<Vec<KeptReceipt>, StoreError> {
        const SQL: &str = "
            SELECT * FROM receipts r WHERE log_index = (
                SELECT max(n.log_index) FROM receipts n WHERE n.kind = r.kind AND n.object = r.object)
            ORDER BY log_index";
        self.receipts_by(sqlx::query(SQL)).await
    }

    /// The receipt of the newest leaf: the log must not have fewer leaves than it says.
    pub async fn newest_receipt(&self) -> Result<Option<KeptReceipt>, StoreError> {
        const SQL: &str = "SELECT * FROM receipts ORDER BY tree_size DESC, log_index DESC LIMIT 1";
        Ok(self.receipts_by(sqlx::query(SQL)).await?.pop())
    }

    async fn receipts_by(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<KeptReceipt>, StoreError> {
        let receipt = |row: &sqlx::sqlite::SqliteRow| {
            Ok(KeptReceipt {
                kind: row.text("kind")?,
                object: row.text("object")?,
                log_index: row.number("log_index")?,
                tree_size: row.number("tree_size")?,
                root_hash: row.text("root_hash")?,
            })
        };
        let rows = query.fetch_all(self.reader()).await;
        rows.and_then(|rows| rows.iter().map(receipt).collect())
            .map_err(|error| self.fault("read the receipts of the evidence log", &error))
    }
}
