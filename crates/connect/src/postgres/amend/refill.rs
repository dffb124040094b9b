//! Emptying tables at once: the rows that stay are set aside, the tables truncated and filled again, in one
//! transaction that keeps everybody else out.
//!
//! Where most rows go this is cheaper than to delete them, and it leaves new files: no bloat, no erased row in them.
//! The tables stay the tables that they are, with their rights, policies, views, sequences, comments and settings;
//! only the foreign keys among them are taken off and put on again as they were, so that the server checks them once
//! for the whole table. What could not come back as it was is an obstacle ([`OBSTACLES`]), asked for when the plan is
//! made and again under the lock; then rows go in batches.
//!
//! Rows come back by `COPY … FREEZE`: a transaction that began before us (a `pg_dump` that waited for our lock) sees
//! them too. Rows written in any other way would be too new for it, and the table empty.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;
use std::time::Instant;

use futures::TryStreamExt;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use tokio::time::timeout;

use super::DURABLE;
use super::bind_batch;
use super::careful::reason;
use super::statement;
use crate::amend::AtOnce;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::Limits;
use crate::amend::SkipReason;
use crate::amend::TableFacts;
use crate::postgres::session::Session;

/// Why tables can't be emptied and filled again: kind, and what it is about. `$1` are their names as in SQL.
pub(super) const OBSTACLES: &str = include_str!("obstacles.sql");

/// The foreign keys among the tables of `$1`: table, name, definition, comment, the tables that they refer to, and the
/// equality of their columns as SQL over the aliases `c` and `p`.
const AMONG: &str = include_str!("among.sql");

/// Keys sent to the server in one statement.
const SENT: usize = 50_000;

/// Bytes of rows that are on their way at a time.
const ON_THE_WAY: u64 = 8 << 20;

/// An obstacle in a few words: `kind: what`, as [`OBSTACLES`] says it.
pub(super) fn obstacle(text: &str) -> String {
    let (kind, what) = text.split_once(": ").unwrap_or((text, ""));
    match kind {
        "event-trigger" => format!("the event trigger `{what}` watches changes of tables"),
        "foreign-key" => format!("the foreign key `{what}` is tied to something else or switched off in part"),
        "generated" => format!("{what} is computed, and might be computed otherwise today"),
        "gone" => format!("{what} is not there any more"),
        "owner" => format!("{what} belongs to another account"),
        "partition" => format!("{what} is no plain table, or others inherit from it"),
        "published" => format!("the publication `{what}` would send every row that stays to its subscribers again"),
        "referenced" => format!("{what} refers to it since"),
        "replicated" => format!("the logical replication slot `{what}` would get every row that stays again"),
        "row-security" => format!("row security hides rows of {what} from this account"),
        "rule" => format!("the rule `{what}` makes the server do something else"),
        "storage" => format!("{what} is stored in a way of its own"),
        "temporary" => format!("this account may make no temporary tables in `{what}`"),
        "trigger" => format!("the trigger `{what}` wants to see single rows, or is switched otherwise than usual"),
        "type" => format!("{what} has a type that can't be copied as it is"),
        "unproven" => format!("the constraint `{what}` was never checked (NOT VALID)"),
        "version" => format!("{what} is too old for it"),
        _ => text.to_owned(),
    }
}

/// How a try ended.
pub(super) enum Refilled {
    /// It is done: one answer for each batch.
    Done(Vec<BatchDone>),
    /// It can't be done so, or not in the time: nothing was changed.
    Not,
}

/// A foreign key among the tables.
struct Among {
    child: String,
    name: String,
    definition: String,
    comment: Option<String>,
    parent: String,
    on: String,
}

/// A table that is emptied, and what is known of it.
struct Emptied<'a> {
    /// As it stands in SQL.
    name: &'a str,
    /// Its facts and batches; none of its rows may go, then it has none.
    batches: Vec<usize>,
    facts: Option<&'a TableFacts>,
    /// Its columns that can be written, quoted.
    columns: String,
}

/// Empties the tables of the batches and fills them again with what stays.
///
/// # Errors
/// When the server says so or can't be reached. The session must not be used again then.
pub(super) async fn refill(
    session: &mut Session,
    batches: &[Batch],
    at_once: &AtOnce,
) -> Result<Refilled, sqlx::Error> {
    // A row that came meanwhile and refers to one that goes is found by the foreign keys: then all are looked at.
    for careful in [false, true] {
        match Refill::begin(session, batches, at_once).await?.run(careful).await {
            Err(error) if !careful && is_reference(&error) => {
                session.run_or_state("ROLLBACK").await?;
            }
            Ok(Refilled::Done(done)) => {
                session.run_or_state("COMMIT").await?;
                return Ok(Refilled::Done(done));
            }
            Ok(Refilled::Not) => {
                session.run_or_state("ROLLBACK").await?;
                return Ok(Refilled::Not);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Refilled::Not)
}

fn is_reference(error: &sqlx::Error) -> bool {
    super::fault::sqlstate(error).is_some_and(|state| state == "23503")
}

/// What is asked of rows that are taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// Nothing when what takes them along goes too and is asked: it is all or nothing.
    Once,
    /// Their own condition, row by row.
    Each,
}

struct Refill<'a> {
    session: &'a mut Session,
    batches: &'a [Batch],
    at_once: &'a AtOnce,
    tables: Vec<Emptied<'a>>,
    /// When the lock must be given back; none before it is taken.
    until: Option<Instant>,
}

impl<'a> Refill<'a> {
    async fn begin(session: &'a mut Session, batches: &'a [Batch], at_once: &'a AtOnce) -> Result<Self, sqlx::Error> {
        let mut tables: Vec<Emptied<'a>> = Vec::new();
        for name in &at_once.tables {
            let of_table =
                |(at, batch): (usize, &'a Batch)| (batch.table().name_sql() == name.as_str()).then_some((at, batch));
            let found: Vec<(usize, &Batch)> = batches.iter().enumerate().filter_map(of_table).collect();
            let facts = found.first().map(|(_, batch)| batch.table());
            let of = found.iter().map(|(at, _)| *at).collect();
            tables.push(Emptied { name, batches: of, facts, columns: String::new() });
        }
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
             SET LOCAL jit = off; {DURABLE}; SET CONSTRAINTS ALL IMMEDIATE",
            Limits::default().lock.as_millis(),
            at_once.longest().as_millis(),
        );
        session.run_or_state(&begin).await?;
        Ok(Self { session, batches, at_once, tables, until: None })
    }

    async fn run(&mut self, careful: bool) -> Result<Refilled, sqlx::Error> {
        for at in 0..self.tables.len() {
            self.send_keys(at).await?;
        }
        let names: Vec<&str> = self.tables.iter().map(|table| table.name).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "));
        self.session.run_or_state(&lock).await?;
        self.until = Some(Instant::now() + self.at_once.longest());
        if !self.texts(OBSTACLES).await?.is_empty() {
            return Ok(Refilled::Not);
        }
        let among = self.among().await?;
        let mut stays = self.set_aside(Some(Ask::Once)).await?;
        let planned: u64 = self.batches.iter().map(|batch| batch.rows().len() as u64).sum();
        let goes = stays.iter().map(|(all, stays)| all - stays).sum::<u64>();
        let mut done: Vec<BatchDone> = self.batches.iter().map(super::all_of).collect();
        if careful || goes != planned {
            self.settle(&among).await?;
            done = self.what_goes().await?;
            if done.iter().all(|done| done.changed.is_empty()) {
                return Ok(Refilled::Done(done));
            }
            stays = self.set_aside(None).await?;
        }
        for key in &among {
            let drop = format!("ALTER TABLE {} DROP CONSTRAINT {}", key.child, key.name);
            self.within(&drop).await?;
        }
        let names: Vec<&str> = self.tables.iter().map(|table| table.name).collect();
        self.within(&format!("TRUNCATE TABLE ONLY {}", names.join(", ONLY "))).await?;
        for (at, (_, stays)) in stays.iter().enumerate() {
            if self.fill(at).await? != *stays {
                return Ok(Refilled::Not);
            }
        }
        for key in &among {
            let add = format!("ALTER TABLE {} ADD CONSTRAINT {} {}", key.child, key.name, key.definition);
            self.within(&add).await?;
            if let Some(comment) = &key.comment {
                let comment = format!("COMMENT ON CONSTRAINT {} ON {} IS {comment}", key.name, key.child);
                self.within(&comment).await?;
            }
        }
        Ok(Refilled::Done(done))
    }

    /// The keys and versions of the rows that are to go, as a table of the session: `w` says why a row does not go.
    async fn send_keys(&mut self, at: usize) -> Result<(), sqlx::Error> {
        let Some(facts) = self.tables[at].facts else { return Ok(()) };
        self.session.run_or_state(&statement::gone_table(facts, at)).await?;
        for number in self.tables[at].batches.clone() {
            let batch = &self.batches[number];
            let sql = statement::send_gone(batch, at, number);
            for first in (0..batch.rows().len()).step_by(SENT) {
                let positions: Vec<usize> = (first..batch.rows().len().min(first + SENT)).collect();
                let query = sqlx::query(AssertSqlSafe(sql.clone())).persistent(false);
                let query = bind_batch(query, batch, Some(&positions)).bind(first as i32);
                query.execute(&mut self.session.connection).await?;
            }
        }
        self.session.run_or_state(&format!("ANALYZE pg_temp.dw_gone_{at}")).await
    }

    /// Sets the rows aside that stay: of each table how many rows it has, and how many stay. With `ask` each row is
    /// asked whether it may go: what may not, stays.
    async fn set_aside(&mut self, ask: Option<Ask>) -> Result<Vec<(u64, u64)>, sqlx::Error> {
        let mut counts = Vec::with_capacity(self.tables.len());
        for at in 0..self.tables.len() {
            let name = self.tables[at].name.to_owned();
            let columns = self.columns(&name).await?;
            let all: i64 = self.one(format!("SELECT count(*) FROM {name}")).await?;
            let goes = match self.tables[at].facts {
                None => "FALSE".to_owned(),
                Some(facts) => {
                    statement::is_gone(facts, at, &ask.map(|ask| self.conditions(at, ask)).unwrap_or_default())
                }
            };
            let sql = format!(
                "DROP TABLE IF EXISTS pg_temp.dw_kept_{at}; CREATE TEMPORARY TABLE dw_kept_{at} ON COMMIT DROP AS \
                 SELECT {columns} FROM {name} AS {} WHERE NOT ({goes})",
                crate::amend::ALIAS
            );
            self.within(&sql).await?;
            let stays: i64 = self.one(format!("SELECT count(*) FROM pg_temp.dw_kept_{at}")).await?;
            self.tables[at].columns = columns;
            counts.push((all as u64, stays as u64));
        }
        Ok(counts)
    }

    /// What must be true of a row of a table, by the batch that it is in.
    fn conditions(&self, at: usize, ask: Ask) -> Vec<(usize, String)> {
        let of = |number: &usize| {
            let batch = &self.batches[*number];
            let is_asked_above = ask == Ask::Once && batch.taken_by().is_some_and(|parent| self.is_emptied(parent));
            let condition = if is_asked_above { "TRUE" } else { batch.condition().as_str() };
            (*number, format!("({condition}) AND NOT COALESCE(({}), FALSE)", batch.held().as_str()))
        };
        self.tables[at].batches.iter().map(of).collect()
    }

    /// Whether rows go of the table of this name, as the inventory has it.
    fn is_emptied(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.facts.is_some_and(|facts| facts.name == name))
    }

    /// Finds out which rows do not go: they may not, a row that stays refers to them, or the one because of which they
    /// would go stays.
    async fn settle(&mut self, among: &[Among]) -> Result<(), sqlx::Error> {
        for at in 0..self.tables.len() {
            if let Some(facts) = self.tables[at].facts {
                let sql = statement::may_not_go(facts, at, &self.conditions(at, Ask::Each));
                self.within(&sql).await?;
            }
        }
        loop {
            let mut stays = 0;
            for key in among {
                let place = |name: &str| self.tables.iter().position(|table| table.name == name);
                let (Some(child), Some(parent)) = (place(&key.child), place(&key.parent)) else { continue };
                let Some(of_parent) = self.tables[parent].facts else { continue };
                let of_child = (key.child.as_str(), self.tables[child].facts.map(|facts| (facts, child)));
                stays += self.count(&statement::keeps_its_parent(&key.on, of_child, (of_parent, parent))).await?;
                let taken = |number: &usize| self.batches[*number].taken_by() == Some(of_parent.name.as_str());
                let taken: Vec<usize> = self.tables[child].batches.iter().copied().filter(taken).collect();
                if let (Some(of_child), false) = (self.tables[child].facts, taken.is_empty()) {
                    let (child, parent) = ((of_child, child), (of_parent, parent));
                    stays += self.count(&statement::stays_with_its_parent(&key.on, child, parent, &taken)).await?;
                }
            }
            if stays == 0 {
                return Ok(());
            }
        }
    }

    /// What became of each row of the batches.
    async fn what_goes(&mut self) -> Result<Vec<BatchDone>, sqlx::Error> {
        let mut done = vec![BatchDone::default(); self.batches.len()];
        let mut refused: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.tables.len() {
            if self.tables[at].facts.is_none() {
                continue;
            }
            let sql = format!("SELECT \"dw s\", \"dw n\", \"dw w\" FROM pg_temp.dw_gone_{at} ORDER BY 1, 2");
            let rows =
                sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut self.session.connection).await?;
            for row in rows {
                let (number, position) = (row.try_get::<i32, _>(0)? as usize, row.try_get::<i32, _>(1)? as u32);
                match row.try_get::<i32, _>(2)? {
                    0 => done[number].changed.push(position),
                    statement::REFERENCED => done[number].skipped.push((position, SkipReason::Referenced)),
                    statement::TOGETHER => done[number].skipped.push((position, SkipReason::Together)),
                    _ => refused.entry(number).or_default().push(position as usize),
                }
            }
        }
        for (number, positions) in refused {
            for part in positions.chunks(SENT) {
                let query = sqlx::query(AssertSqlSafe(statement::why(&self.batches[number]))).persistent(false);
                let query = bind_batch(query, &self.batches[number], Some(part));
                for row in query.fetch_all(&mut self.session.connection).await? {
                    let at = part[(row.try_get::<i64, _>("n")? - 1) as usize] as u32;
                    let reason = reason(&row, &self.batches[number])?.unwrap_or(SkipReason::Changed);
                    done[number].skipped.push((at, reason));
                }
            }
        }
        Ok(done)
    }

    /// Fills a table with what was set aside, part by part; how many rows that were.
    async fn fill(&mut self, at: usize) -> Result<u64, sqlx::Error> {
        let (name, columns) = (self.tables[at].name, self.tables[at].columns.clone());
        let kept = format!("pg_temp.dw_kept_{at}");
        let pages: i64 = self.one(format!("SELECT pg_catalog.pg_relation_size('{kept}') / 8192")).await?;
        let bytes: i64 = self.one(format!("SELECT pg_catalog.pg_table_size('{kept}')")).await?;
        let step = (pages as u64 * ON_THE_WAY / bytes.max(1) as u64).max(1);
        let mut rows = 0;
        for page in (0..pages as u64).step_by(step as usize) {
            let part = format!(
                "COPY (SELECT {columns} FROM {kept} WHERE ctid >= '({page},0)' AND ctid < '({},0)') TO STDOUT (FORMAT binary)",
                page + step
            );
            self.limit().await?;
            let left = self.left();
            let mut buffer: Vec<u8> = Vec::with_capacity(ON_THE_WAY as usize);
            let reading = async {
                let mut stream = self.session.connection.copy_out_raw(&part).await?;
                while let Some(bytes) = stream.try_next().await? {
                    buffer.extend_from_slice(&bytes);
                }
                Ok::<_, sqlx::Error>(())
            };
            timeout(left, reading).await.map_err(|_| too_late())??;
            let into = format!("COPY {name} ({columns}) FROM STDIN (FORMAT binary, FREEZE)");
            let writing = async {
                let mut copy = self.session.connection.copy_in_raw(&into).await?;
                copy.send(buffer).await?;
                copy.finish().await
            };
            rows += timeout(left, writing).await.map_err(|_| too_late())??;
        }
        Ok(rows)
    }

    async fn among(&mut self) -> Result<Vec<Among>, sqlx::Error> {
        let query = sqlx::query(AMONG).persistent(false).bind(self.names());
        let rows = query.fetch_all(&mut self.session.connection).await?;
        let key = |row: &sqlx::postgres::PgRow| {
            Ok(Among {
                child: row.try_get(0)?,
                name: row.try_get(1)?,
                definition: row.try_get(2)?,
                comment: row.try_get(3)?,
                parent: row.try_get(4)?,
                on: row.try_get(5)?,
            })
        };
        rows.iter().map(key).collect()
    }

    fn names(&self) -> Vec<String> {
        self.tables.iter().map(|table| table.name.to_owned()).collect()
    }

    /// The columns of a table that can be written, in order.
    async fn columns(&mut self, table: &str) -> Result<String, sqlx::Error> {
        const COLUMNS: &str = "\
SELECT COALESCE(pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', ' ORDER BY attnum), '')
FROM pg_catalog.pg_attribute
WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''";
        let query = sqlx::query(COLUMNS).persistent(false).bind(table.to_owned());
        query.fetch_one(&mut self.session.connection).await?.try_get(0)
    }

    async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, sqlx::Error> {
        let query = sqlx::query(sql).persistent(false).bind(self.names());
        query.fetch_all(&mut self.session.connection).await?.iter().map(|row| row.try_get(0)).collect()
    }

    async fn one(&mut self, sql: String) -> Result<i64, sqlx::Error> {
        self.limit().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        query.fetch_one(&mut self.session.connection).await?.try_get(0)
    }

    async fn count(&mut self, sql: &str) -> Result<u64, sqlx::Error> {
        self.limit().await?;
        let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(false);
        Ok(query.execute(&mut self.session.connection).await?.rows_affected())
    }

    /// A statement, within what is left of the time.
    async fn within(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        self.limit().await?;
        let left = self.left();
        self.session.run_or_state_within(sql, left).await
    }

    /// Tells the server how long the next statement may take.
    async fn limit(&mut self) -> Result<(), sqlx::Error> {
        let left = self.left();
        if left.is_zero() {
            return Err(too_late());
        }
        let mut set = String::new();
        let _ = write!(set, "SET LOCAL statement_timeout = {}", left.as_millis().max(1));
        self.session.run_or_state(&set).await
    }

    fn left(&self) -> Duration {
        self.until.map_or(self.at_once.longest(), |until| until.saturating_duration_since(Instant::now()))
    }
}

/// Our own time is up; the server's says 57014.
fn too_late() -> sqlx::Error {
    sqlx::Error::PoolTimedOut
}
