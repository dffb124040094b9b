//! The rights side of the connectors: who there is and what was granted, as the catalogue has it.
//!
//! What the grants come to is not worked out here but in `audit::access`, from these plain values.

use async_trait::async_trait;

use crate::ConnectError;
use crate::files::grants::FileGrants;
use crate::mysql::catalogue::MysqlCatalogue;
use crate::objects::grants::BucketGrants;
use crate::postgres::grants::PostgresGrants;

/// A source that can say who may do what.
#[async_trait]
pub trait Grants: Send + Sync {
    /// Reads the facts of rights in one snapshot, without writing anything. What may not be looked at
    /// is left out and stands in the engine's own list of what is missing.
    async fn grants(&self) -> Result<GrantFacts, ConnectError>;
}

/// The facts of one engine. One variant an engine: they have little in common but their use.
#[derive(Clone, Debug)]
pub enum GrantFacts {
    /// Files, and databases that are files.
    Files(Box<FileGrants>),
    /// MySQL or MariaDB.
    Mysql(Box<MysqlCatalogue>),
    /// Buckets.
    Objects(Box<BucketGrants>),
    /// PostgreSQL.
    Postgres(Box<PostgresGrants>),
}
