//! Who may do what in a PostgreSQL database, as its catalogue has it.
//!
//! One snapshot, at most twenty statements whatever the number of roles and tables, nothing
//! written, no lock beyond a reader's on the catalogue. Begin with [`PostgresGrants`].

mod acl;
mod body;
mod facts;
mod node_tree;
mod query_tree;
mod read;
mod search_path;
mod tokens;

use async_trait::async_trait;

pub use facts::*;

use super::Postgres;
use crate::ConnectError;
use crate::GrantFacts;
use crate::Grants;

pub use super::names::quote_identifier;
pub use super::names::unit_name;

#[async_trait]
impl Grants for Postgres {
    async fn grants(&self) -> Result<GrantFacts, ConnectError> {
        Ok(GrantFacts::Postgres(Box::new(read::facts(&self.pool).await?)))
    }
}
