//! The steps, and what the server lets us do of them.

use dataward_model::ErasureLevel;

use super::super::derived::Derived;
use super::super::names::split_unit_name;
use super::super::names::unit_name;
use super::super::session::Session;
use super::derived_of;
use crate::ConnectError;
use crate::scrub::Exclusive;
use crate::scrub::ScrubPlan;
use crate::scrub::ScrubStep;
use crate::scrub::ScrubWish;

pub(super) const REFRESH: &str = "refresh";
pub(super) const REFRESH_BESIDE: &str = "refresh-concurrently";
pub(super) const VACUUM: &str = "vacuum";
pub(super) const REWRITE: &str = "rewrite";
pub(super) const REINDEX: &str = "reindex";
pub(super) const ANALYZE: &str = "analyze";
pub(super) const STATISTICS: &str = "rewrite-statistics";
pub(super) const CHECKPOINT: &str = "checkpoint";
pub(super) const RECYCLE_WAL: &str = "recycle-wal";

/// Size of a table with its indexes, and whether we may work on it. No right is needed to ask.
const TABLE: &str = "\
SELECT c.oid::int8 AS number, pg_catalog.pg_total_relation_size(c.oid) AS bytes,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
 WHERE n.nspname = $1 AND c.relname = $2";

/// The tables that a table is a part of, by partitions or inheritance: their statistics hold samples of its values too.
const WHOLES: &str = "\
WITH RECURSIVE whole AS (
    SELECT i.inhparent AS oid FROM pg_catalog.pg_inherits i
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
     UNION
    SELECT i.inhparent FROM pg_catalog.pg_inherits i JOIN whole ON whole.oid = i.inhrelid)
SELECT n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned
  FROM whole
  JOIN pg_catalog.pg_class c ON c.oid = whole.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()";

/// What the whole server allows. `pg_checkpoint` came with version 15; a role that is not there is not had.
const SERVER: &str = "\
SELECT pg_catalog.current_setting('is_superuser') = 'on' AS superuser,
       COALESCE((SELECT pg_catalog.pg_has_role(oid, 'USAGE') FROM pg_catalog.pg_roles
                  WHERE rolname = 'pg_checkpoint'), false) AS checkpoint,
       pg_catalog.has_function_privilege('pg_catalog.pg_switch_wal()', 'EXECUTE')
         AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') AS switch,
       pg_catalog.current_setting('archive_mode') AS archive,
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')) AS wal_bytes,
       ARRAY(SELECT pg_catalog.format('the slot %L%s', slot_name, CASE WHEN active THEN '' ELSE ', which nobody reads' END)
               FROM pg_catalog.pg_replication_slots
              UNION ALL
             SELECT pg_catalog.format('the replica %L', application_name) FROM pg_catalog.pg_stat_replication) AS followers";

/// What keeps VACUUM from removing rows that were deleted, each with the command that ends it. Sessions of other
/// databases keep nothing; one that is at work for less than a minute is about to end by itself, one that idles in its
/// transaction is not.
const HOLDERS: &str = "\
SELECT pg_catalog.format('the session %s of %I (SELECT pg_terminate_backend(%s))', pid, usename, pid) AS holder
  FROM pg_catalog.pg_stat_activity
 WHERE backend_xmin IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() AND datname = pg_catalog.current_database()
   AND (xact_start < pg_catalog.now() - interval '1 minute' OR state LIKE 'idle in transaction%')
UNION ALL
SELECT pg_catalog.format('the prepared transaction %L of %I (ROLLBACK PREPARED %L or COMMIT PREPARED %L)', gid, owner, gid, gid)
  FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()
UNION ALL
SELECT pg_catalog.format('the replication slot %L, which %s (let it catch up, or SELECT pg_drop_replication_slot(%L))',
                         slot_name, CASE WHEN active THEN 'lags' ELSE 'nobody reads' END, slot_name)
  FROM pg_catalog.pg_replication_slots WHERE xmin IS NOT NULL
UNION ALL
SELECT pg_catalog.format('the replica %L, whose queries are waited for (hot_standby_feedback)', application_name)
  FROM pg_catalog.pg_stat_replication
 WHERE backend_xmin IS NOT NULL AND pg_catalog.age(backend_xmin) > 1000";

/// What keeps rows that were deleted; none when nothing does.
pub(in super::super) async fn kept_back(session: &mut Session) -> Result<Option<String>, ConnectError> {
    let rows = session.rows(HOLDERS, &[]).await?;
    let holders: Vec<String> = rows.iter().map(|row| session.get(row, "holder")).collect::<Result<_, _>>()?;
    let reason = "VACUUM keeps the rows that older transactions could still see; end them first";
    Ok((!holders.is_empty()).then(|| format!("{reason}: {}", holders.join("; "))))
}

pub(super) async fn plan(session: &mut Session, wish: &ScrubWish) -> Result<ScrubPlan, ConnectError> {
    let mut plan = ScrubPlan::default();
    if wish.level < ErasureLevel::L1 {
        return Ok(plan);
    }
    let rows = session.rows(SERVER, &[]).await?;
    let server = rows.first().ok_or_else(|| session.internal("the server"))?;
    let superuser: bool = session.get(server, "superuser")?;
    let may_checkpoint = superuser || session.get(server, "checkpoint")?;
    let may_switch: bool = session.get(server, "switch")?;
    if let Some(reason) = kept_back(session).await? {
        plan.limit(ErasureLevel::L0, reason);
    }
    for view in derived_of(session, &wish.tables).await? {
        steps_of_view(&mut plan, &view, superuser, wish);
    }
    let mut wholes: Vec<(String, bool)> = Vec::new();
    for name in &wish.tables {
        let (schema, table) = split_unit_name(name).ok_or_else(|| session.internal("a table's name"))?;
        let rows = session.rows(TABLE, &[&schema, &table]).await?;
        let Some(row) = rows.first() else {
            let reason = "the table is not there any more".to_owned();
            return Err(ConnectError::Gone { target: format!("`{name}`"), reason });
        };
        let bytes = u64::try_from(session.get::<i64>(row, "bytes")?).unwrap_or_default();
        let owned = superuser || session.get(row, "owned")?;
        steps_of_table(&mut plan, name, bytes, owned, wish);
        for row in session.rows(WHOLES, &[&schema, &table]).await? {
            let whole = unit_name(&session.get::<String>(&row, "schema")?, &session.get::<String>(&row, "name")?);
            if !wish.tables.contains(&whole) && !wholes.iter().any(|(known, _)| *known == whole) {
                wholes.push((whole, superuser || session.get(&row, "owned")?));
            }
        }
    }
    // Last, when no part has old rows any more.
    for (whole, owned) in &wholes {
        statistics_of_table(&mut plan, whole, *owned);
    }
    if wish.level >= ErasureLevel::L2 {
        let wal_bytes = u64::try_from(session.get::<i64>(server, "wal_bytes")?).unwrap_or_default();
        steps_of_server(&mut plan, superuser, may_checkpoint, may_switch, wal_bytes);
        if session.get::<String>(server, "archive")? != "off" {
            plan.limit(
                ErasureLevel::L2,
                "WAL is archived: old values stay in the archive until it is pruned (needed for L3)",
            );
        }
        let followers: Vec<String> = session.get(server, "followers")?;
        if !followers.is_empty() {
            let reason = "WAL is kept back or copied, and they must have caught up";
            plan.limit(ErasureLevel::L1, format!("{reason}: {}", followers.join(", ")));
        }
    }
    Ok(plan)
}

/// A materialised view is filled anew from tables of which rows went.
fn steps_of_view(plan: &mut ScrubPlan, view: &Derived, superuser: bool, wish: &ScrubWish) {
    use ErasureLevel::L0;
    let (name, owned) = (view.name.as_str(), superuser || view.owned);
    let not_owned = || (!owned).then(|| format!("the account does not own `{name}`; run it as its owner"));
    let refresh = |action: &str, how: &str, lock: &str| {
        ScrubStep::new(action, Some(name), format!("REFRESH MATERIALIZED VIEW {how}{name}"))
            .cleans(L0, "what the view still shows of rows that went")
            .needs("owner of the view", lock, Some(view.bytes))
    };
    match (wish.exclusive, view.has_key) {
        (Exclusive::Allowed, _) => {
            plan.push(refresh(REFRESH, "", "ACCESS EXCLUSIVE: readers wait").unless(not_owned(), L0));
            statistics_of_table(plan, name, owned);
        }
        (Exclusive::Refused, true) => {
            plan.push(refresh(REFRESH_BESIDE, "CONCURRENTLY ", "EXCLUSIVE: reads go on").unless(not_owned(), L0));
            steps_of_table(plan, name, view.bytes, owned, wish);
        }
        (Exclusive::Refused, false) => {
            let reason = "it has no unique index, so it can be refreshed only while nobody reads it, which `--exclusive` \
                          allows: until then it shows what went";
            plan.push(refresh(REFRESH, "", "ACCESS EXCLUSIVE: readers wait").unless(Some(reason.to_owned()), L0));
        }
    }
}

const OWNER: &str = "owner of the table or of the database";

fn steps_of_table(plan: &mut ScrubPlan, name: &str, bytes: u64, owned: bool, wish: &ScrubWish) {
    use ErasureLevel::L0;
    use ErasureLevel::L1;
    let not_owned = || (!owned).then(|| format!("the account does not own `{name}`; run it as its owner"));
    let step = |action: &str, statement: &str| ScrubStep::new(action, Some(name), format!("{statement} {name}"));
    plan.push(
        step(VACUUM, "VACUUM")
            .cleans(L1, "dead rows; most bytes of them stay in the pages")
            .needs(OWNER, "SHARE UPDATE EXCLUSIVE: reads and writes go on", None)
            .unless(not_owned(), L0),
    );
    // A rewrite makes the indexes anew too.
    match wish.exclusive {
        Exclusive::Allowed => plan.push(
            step(REWRITE, "VACUUM FULL")
                .cleans(L1, "everything in table, TOAST and indexes: they are written into new files")
                .needs(OWNER, "ACCESS EXCLUSIVE: readers and writers wait", Some(bytes))
                .unless(not_owned(), L0),
        ),
        Exclusive::Refused => {
            plan.push(
                step(REINDEX, "REINDEX TABLE CONCURRENTLY")
                    .cleans(L1, "everything in the indexes")
                    .needs(OWNER, "SHARE UPDATE EXCLUSIVE: reads and writes go on", Some(bytes))
                    .unless(not_owned(), L0),
            );
            let reason = "it needs an exclusive lock, which `--exclusive` allows: until then bytes of deleted rows stay in \
                          the table's pages, or until new rows overwrite them";
            plan.push(
                step(REWRITE, "VACUUM FULL")
                    .cleans(L1, "everything in table and TOAST")
                    .needs(OWNER, "ACCESS EXCLUSIVE: readers and writers wait", Some(bytes))
                    .unless(Some(reason.to_owned()), L0),
            );
        }
    }
    statistics_of_table(plan, name, owned);
}

fn statistics_of_table(plan: &mut ScrubPlan, name: &str, owned: bool) {
    let not_owned = (!owned).then(|| format!("the account does not own `{name}`; run it as its owner"));
    plan.push(
        ScrubStep::new(ANALYZE, Some(name), format!("ANALYZE {name}"))
            .cleans(ErasureLevel::L2, "samples of erased values in pg_stats, which SQL can read")
            .needs(OWNER, "SHARE UPDATE EXCLUSIVE: reads and writes go on", None)
            .unless(not_owned, ErasureLevel::L1),
    );
}

fn steps_of_server(plan: &mut ScrubPlan, superuser: bool, may_checkpoint: bool, may_switch: bool, wal_bytes: u64) {
    use ErasureLevel::L1;
    use ErasureLevel::L2;
    plan.push(
        ScrubStep::new(STATISTICS, None, "VACUUM FULL pg_catalog.pg_statistic")
            .cleans(L2, "old samples in the pages of pg_statistic")
            .needs("superuser", "ACCESS EXCLUSIVE on pg_statistic, briefly", None)
            .unless((!superuser).then(|| "only a superuser may rewrite the catalogue".to_owned()), L1),
    );
    let checkpoint = "GRANT pg_checkpoint TO the account (version 15 and later), or use a superuser";
    plan.push(
        ScrubStep::new(CHECKPOINT, None, "CHECKPOINT")
            .cleans(L1, "old pages on disk: the new ones are written out")
            .needs("superuser or pg_checkpoint", "none", None)
            .unless((!may_checkpoint).then(|| checkpoint.to_owned()), L1),
    );
    let wanted = "GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_ls_waldir() and pg_checkpoint TO the account";
    plan.push(
        ScrubStep::new(RECYCLE_WAL, None, "SELECT pg_switch_wal(), for each file in pg_wal; CHECKPOINT")
            .cleans(L2, "WAL: old files are written over with new, empty ones")
            .needs("superuser, or EXECUTE on pg_switch_wal and pg_ls_waldir", "none", Some(2 * wal_bytes))
            .unless((!(may_checkpoint && may_switch)).then(|| wanted.to_owned()), L1),
    );
}
