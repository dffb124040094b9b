//! The careful way: rows that can't go are left alone and say why.

use sqlx::AssertSqlSafe;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::super::fault;
use super::super::session::Session;
use super::begin;
use super::bind_batch;
use super::statement;
use crate::amend::Batch;
use crate::amend::BatchDone;
use crate::amend::SkipReason;

/// Rows of the largest batch of which those that a trigger refuses are found within one transaction: two statements
/// a row when all are.
pub(super) const MOST_ISOLATED: usize = 256;

/// All batches in one transaction, and whether it was done: not where some stay of rows that go as a whole. `at` is the
/// batch at work: where it ends in an error, the one that the error is about.
pub(super) async fn run(
    session: &mut Session,
    batches: &[Batch],
    at: &mut usize,
) -> Result<(Vec<BatchDone>, bool), sqlx::Error> {
    begin(session).await?;
    let mut all = Vec::with_capacity(batches.len());
    let mut broken = false;
    for (number, batch) in batches.iter().enumerate() {
        *at = number;
        if broken {
            all.push(look(session, batch).await?.after_a_break());
            continue;
        }
        let rows: Vec<usize> = (0..batch.rows().len()).collect();
        let done = run_part(session, batch, &rows).await?;
        broken = batch.is_broken_by(&done);
        all.push(done);
    }
    session.run_or_state(if broken { "ROLLBACK" } else { "COMMIT" }).await?;
    Ok((all, !broken))
}

/// What would be done, and nothing is.
pub(super) async fn look(session: &mut Session, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    let mut done = BatchDone::default();
    let query = sqlx::query(AssertSqlSafe(statement::why(batch))).persistent(false);
    for row in bind_batch(query, batch, None).fetch_all(&mut session.connection).await? {
        let at = (row.try_get::<i64, _>("n")? - 1) as u32;
        match seen(&row)? {
            Some(reason) => done.skipped.push((at, reason)),
            None => done.changed.push(at),
        }
    }
    Ok(done)
}

/// A batch of which a trigger or a constraint refuses rows: halved until only these are left.
pub(super) async fn isolate(session: &mut Session, batch: &Batch) -> Result<BatchDone, sqlx::Error> {
    begin(session).await?;
    let mut done = BatchDone::default();
    let mut work: Vec<Vec<usize>> = vec![(0..batch.rows().len()).collect()];
    while let Some(part) = work.pop() {
        session.run_or_state("SAVEPOINT dataward").await?;
        match run_part(session, batch, &part).await {
            Ok(more) => {
                session.run_or_state("RELEASE SAVEPOINT dataward").await?;
                done.changed.extend(more.changed);
                done.skipped.extend(more.skipped);
                done.said.extend(more.said);
            }
            Err(error) => {
                let Some(said) = fault::refusal(&error, batch.table()) else { return Err(error) };
                session.run_or_state("ROLLBACK TO SAVEPOINT dataward; RELEASE SAVEPOINT dataward").await?;
                match part[..] {
                    [one] => {
                        // A rule with INSTEAD lets no statement give back what it did: it keeps the row.
                        let by_rule =
                            fault::sqlstate(&error).as_deref() == Some("0A000") && !batch.table().rules.is_empty();
                        let reason = if by_rule { SkipReason::KeptByServer } else { SkipReason::Refused };
                        done.said.insert(if by_rule { kept(batch) } else { said });
                        done.skipped.push((one as u32, reason));
                    }
                    _ => {
                        let (first, second) = part.split_at(part.len() / 2);
                        work.push(second.to_vec());
                        work.push(first.to_vec());
                    }
                }
            }
        }
    }
    session.run_or_state("COMMIT").await?;
    done.changed.sort_unstable();
    done.skipped.sort_unstable();
    Ok(done)
}

fn kept(batch: &Batch) -> String {
    let table = batch.table();
    format!("the server keeps rows of {} without a word{}", table.name, table.actors())
}

/// The rows at these positions.
async fn run_part(session: &mut Session, batch: &Batch, positions: &[usize]) -> Result<BatchDone, sqlx::Error> {
    let query = sqlx::query(AssertSqlSafe(statement::change(batch))).persistent(false);
    let rows = bind_batch(query, batch, Some(positions)).fetch_all(&mut session.connection).await?;
    let mut left = vec![true; positions.len()];
    let mut done = BatchDone::default();
    for row in rows {
        let at = (row.try_get::<i64, _>(0)? - 1) as usize;
        left[at] = false;
        done.changed.push(positions[at] as u32);
    }
    done.changed.sort_unstable();
    let left: Vec<usize> = positions.iter().zip(left).filter(|(_, left)| *left).map(|(at, _)| *at).collect();
    if left.is_empty() {
        return Ok(done);
    }
    let query = sqlx::query(AssertSqlSafe(statement::why(batch))).persistent(false);
    for row in bind_batch(query, batch, Some(&left)).fetch_all(&mut session.connection).await? {
        let at = left[(row.try_get::<i64, _>("n")? - 1) as usize] as u32;
        // None: changed between the two statements.
        let reason = reason(&row, batch)?.unwrap_or(SkipReason::Changed);
        if reason == SkipReason::KeptByServer {
            done.said.insert(kept(batch));
        }
        done.skipped.push((at, reason));
    }
    Ok(done)
}

/// Why a row was left alone: where nothing speaks against it, no policy of row security lets this account change what it
/// sees, or the server kept it.
pub(super) fn reason(row: &PgRow, batch: &Batch) -> Result<Option<SkipReason>, sqlx::Error> {
    let otherwise = match () {
        () if batch.table().row_security => Some(SkipReason::Denied),
        () if !batch.table().actors().is_empty() => Some(SkipReason::KeptByServer),
        () => None,
    };
    Ok(seen(row)?.or(otherwise))
}

fn seen(row: &PgRow) -> Result<Option<SkipReason>, sqlx::Error> {
    Ok(match () {
        () if !row.try_get::<bool, _>("there")? => Some(SkipReason::Gone),
        () if row.try_get("held")? => Some(SkipReason::Held),
        () if !row.try_get::<bool, _>("same")? => Some(SkipReason::Changed),
        () if !row.try_get::<bool, _>("due")? => Some(SkipReason::NotDue),
        () if row.try_get("referenced")? => Some(SkipReason::Referenced),
        () => None,
    })
}
