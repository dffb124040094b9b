//! What the encryption audit gathers: what encrypts the disks, files, tables and columns of each source,
//! and how that was seen. The inventory keeps it.

use async_trait::async_trait;
use dataward_audit::Facts;
use dataward_audit::encryption::EncryptionFacts;
use dataward_audit::encryption::SourceAtRest;
use dataward_connect::at_rest::Protection;
use dataward_connect::at_rest::columns;
use dataward_model::Skipped;
use dataward_model::SourceKind;
use dataward_policy::AuditStage;
use dataward_store::ProtectionRecord;
use futures::StreamExt;

use super::AuditContext;
use super::Gather;
use super::Gathered;
use crate::AppError;
use crate::scan::Target;

/// Gathers for the encryption stage.
pub(crate) struct Encryption;

/// Tables of which cells are read in search of ciphertext.
const MOST_TABLES: usize = 1_000;

#[async_trait]
impl Gather for Encryption {
    fn stage(&self) -> AuditStage {
        AuditStage::Encryption
    }

    async fn gather(&self, context: &AuditContext<'_>, facts: &mut Facts) -> Result<Gathered, AppError> {
        let mut gathered = Gathered::default();
        let mut found = EncryptionFacts::default();
        let (mut looked_at, mut encrypted) = (0, 0);
        for target in context.targets {
            let at_rest = match target.connector.at_rest().await {
                Ok(at_rest) => at_rest,
                Err(error) => {
                    gathered.skipped.push((target.id.clone(), error.skip("")));
                    continue;
                }
            };
            let (columns, skipped) = sealed_columns(target).await;
            gathered.skipped.extend(skipped.into_iter().map(|skipped| (target.id.clone(), skipped)));
            looked_at += at_rest.looked_at;
            encrypted += (at_rest.protections.len() + columns.len()) as u64;
            let records: Vec<ProtectionRecord> = at_rest
                .protections
                .iter()
                .chain(columns.iter().map(|(_, protection)| protection))
                .map(record)
                .collect();
            context.store.record_protections(&target.id, context.now, &records).await?;
            found.sources.push(SourceAtRest {
                source: target.id.clone(),
                protections: at_rest.protections,
                columns,
                readable: at_rest.readable,
                unseen: at_rest.unseen,
            });
            gathered.looked_at.push(target.id.clone());
        }
        gathered.counts.insert("files, objects and tables".to_owned(), looked_at);
        gathered.counts.insert("places proven encrypted".to_owned(), encrypted);
        facts.encryption = Some(found);
        Ok(gathered)
    }
}

/// Columns of a database that hold ciphertext alone.
async fn sealed_columns(target: &Target) -> (Vec<(String, Protection)>, Vec<Skipped>) {
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    let is_database =
        matches!(target.connector.kind(), SourceKind::Postgresql | SourceKind::Mysql | SourceKind::Sqlite);
    if !is_database {
        return (found, skipped);
    }
    let mut units = match target.connector.units().await {
        Ok(units) => units.take(MOST_TABLES),
        Err(error) => return (found, vec![error.skip("")]),
    };
    while let Some(unit) = units.next().await {
        match unit {
            Ok(unit) => match columns::of_unit(target.connector.as_ref(), &unit).await {
                Ok(columns) => found.extend(columns),
                Err(error) => skipped.push(error.skip(unit.name.as_str())),
            },
            Err(error) => skipped.push(error.skip("")),
        }
    }
    (found, skipped)
}

fn record(protection: &Protection) -> ProtectionRecord {
    ProtectionRecord {
        unit: protection.unit.clone(),
        column: protection.column.clone(),
        by: protection.by.clone(),
        proof: protection.proof.clone(),
        holds: Vec::new(),
    }
}
