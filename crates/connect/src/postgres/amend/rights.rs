//! Whether the account may do what a plan means to do, and whether the server lets anybody.

use super::super::derived::derived;
use super::super::names::split_unit_name;
use super::super::scrub::plan::kept_back;
use super::super::session::Session;
use crate::ConnectError;
use crate::amend::Intent;
use crate::amend::Note;

/// Columns come one on a line.
const RIGHTS: &str = "\
SELECT pg_catalog.row_security_active(c.oid) AS secured,
       EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', 'd')
               AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS r (id)
                           WHERE r.id = 0 OR pg_catalog.pg_has_role(r.id, 'USAGE'))) AS policy_deletes,
       EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', 'w')
               AND EXISTS (SELECT FROM pg_catalog.unnest(p.polroles) AS r (id)
                           WHERE r.id = 0 OR pg_catalog.pg_has_role(r.id, 'USAGE'))) AS policy_updates,
       pg_catalog.has_table_privilege(c.oid, 'DELETE') AS deletes,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE')
         OR (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE'))
               FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attname = ANY (pg_catalog.string_to_array($3, E'\\n'))) AS updates
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2";

const SERVER: &str = "SELECT pg_catalog.pg_is_in_recovery() AS replica, CURRENT_USER::text AS account";

pub(super) async fn obstacles(session: &mut Session, intents: &[Intent<'_>]) -> Result<Vec<Note>, ConnectError> {
    let mut notes = Vec::new();
    let rows = session.rows(SERVER, &[]).await?;
    let server = rows.first().ok_or_else(|| session.internal("the server"))?;
    let account: String = session.get(server, "account")?;
    if session.get(server, "replica")? {
        let text = "the server is a replica and takes no changes: name the primary in the policy file before you apply";
        notes.push(Note { kind: "takes-no-changes", text: text.to_owned() });
    }
    for intent in intents {
        let Some((schema, table)) = split_unit_name(&intent.table.name) else { continue };
        let columns = intent.rewrites.join("\n");
        let rows = session.rows(RIGHTS, &[&schema, &table, &columns]).await?;
        let Some(row) = rows.first() else { continue };
        let may_delete: bool = session.get(row, "deletes")?;
        let may_update: Option<bool> = session.get(row, "updates")?;
        let mut lacks = Vec::new();
        if intent.erases && !may_delete {
            lacks.push("DELETE");
        }
        if !intent.rewrites.is_empty() && may_update != Some(true) {
            lacks.push("UPDATE");
        }
        let mut hidden = Vec::new();
        if session.get(row, "secured")? {
            if intent.erases && !session.get::<bool>(row, "policy_deletes")? {
                hidden.push(("DELETE", "USING (true)"));
            }
            if !intent.rewrites.is_empty() && !session.get::<bool>(row, "policy_updates")? {
                hidden.push(("UPDATE", "USING (true) WITH CHECK (true)"));
            }
        }
        for (statement, rows) in hidden {
            let text = format!(
                "row security of {} lets the account {account} see rows and has no policy by which it may {statement} them, \
                 so all of them would stay: CREATE POLICY retention_{} ON {} FOR {statement} TO {account} {rows}",
                intent.table.name,
                statement.to_lowercase(),
                intent.table.name_sql()
            );
            notes.push(Note { kind: "no-right", text });
        }
        if !lacks.is_empty() {
            let lacks = lacks.join(", ");
            let text = format!(
                "the account {account} may not do that with {}, and an apply would stop there: GRANT {lacks} ON {} TO {account}",
                intent.table.name,
                intent.table.name_sql()
            );
            notes.push(Note { kind: "no-right", text });
        }
    }
    let tables: Vec<String> = intents.iter().map(|intent| intent.table.name_sql().to_owned()).collect();
    for view in derived(session, &tables).await? {
        let text = format!(
            "the materialised view {} reads tables of this plan, and shows what goes until it is refreshed after the apply: \
             REFRESH MATERIALIZED VIEW {} (`dataward retain verify --exclusive` does it)",
            view.name, view.sql
        );
        notes.push(Note { kind: "materialised-view", text });
    }
    if let Some(text) = kept_back(session).await? {
        notes.push(Note { kind: "rows-kept-back", text });
    }
    Ok(notes)
}
