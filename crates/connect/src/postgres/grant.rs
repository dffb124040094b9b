//! The SQL that makes an account which can read and do nothing else, as text for `init`.

use super::names::quote_identifier;

/// Statements for an administrator to run in `database`. Nothing here is run by us.
pub fn least_privilege(account: &str, database: &str) -> String {
    let account = quote_identifier(account);
    let database = quote_identifier(database);
    format!(
        "\
-- Run as an administrator of the database. Then set a password: \\password {account}
CREATE ROLE {account} LOGIN CONNECTION LIMIT 8;
ALTER ROLE {account} SET default_transaction_read_only = on;
GRANT CONNECT ON DATABASE {database} TO {account};
-- PostgreSQL 14 and later: every table of every schema.
GRANT pg_read_all_data TO {account};
-- PostgreSQL 13, or to give less: for each schema
--   GRANT USAGE ON SCHEMA public TO {account};
--   GRANT SELECT ON ALL TABLES IN SCHEMA public TO {account};
-- Where row-level security hides rows that have to be looked at:
--   ALTER ROLE {account} BYPASSRLS;
"
    )
}
