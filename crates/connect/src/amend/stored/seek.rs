//! The columns of a listing that say whom the content of files mentions, filled where a row's fate hangs on it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::Row;

use super::ALL_MARKS;
use super::Listing;
use super::Mention;
use super::Stored;
use super::broken;
use super::mention;
use crate::ConnectError;
use crate::Read;
use crate::sqlite::quote_identifier;

impl Listing {
    /// Columns for all whom these conditions speak of.
    pub(super) async fn add_mentions(&mut self, texts: &[&str]) -> Result<Vec<Mention>, ConnectError> {
        let mentions = Mention::all_in(texts);
        if !mentions.is_empty() {
            // What is held of one version is asked of others under its path.
            let index = sqlx::raw_sql("CREATE INDEX paths ON facts (path)").execute(&mut self.connection).await;
            index.map_err(|error| broken(&error))?;
        }
        for mention in &mentions {
            let column = quote_identifier(&mention.column());
            let add = format!("ALTER TABLE facts ADD COLUMN {column} INTEGER NOT NULL DEFAULT {}", mention::ABSENT);
            let added = sqlx::raw_sql(AssertSqlSafe(add)).execute(&mut self.connection).await;
            added.map_err(|error| broken(&error))?;
        }
        Ok(mentions)
    }

    /// Says the same of all rows.
    pub(super) async fn mark(&mut self, mentions: &[Mention], mark: u8) -> Result<(), ConnectError> {
        for mention in mentions {
            let set = format!("UPDATE facts SET {} = {mark}", quote_identifier(&mention.column()));
            let set = sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut self.connection).await;
            set.map_err(|error| broken(&error))?;
        }
        Ok(())
    }

    /// Looks into the content of the rows of which `ask`, which gives their numbers and so many flags, says something
    /// else by whom they mention. Asked is of all alike: nothing may hang on one being mentioned and another not.
    pub(super) async fn seek(
        &mut self,
        mentions: &[Mention],
        ask: &str,
        flags: usize,
        read: &dyn Read,
    ) -> Result<(), ConnectError> {
        if mentions.is_empty() {
            return Ok(());
        }
        let mut answers: BTreeMap<usize, Vec<(u8, Vec<i64>)>> = BTreeMap::new();
        for mark in ALL_MARKS {
            self.mark(mentions, mark).await?;
            let found = sqlx::query(AssertSqlSafe(ask.to_owned())).fetch_all(&mut self.connection).await;
            for row in found.map_err(|error| broken(&error))? {
                let get = |at: usize| row.try_get::<i64, _>(at).map_err(|error| broken(&error));
                let flags = (1..=flags).map(get).collect::<Result<_, _>>()?;
                answers.entry(get(0)? as usize).or_default().push((mark, flags));
            }
        }
        self.mark(mentions, mention::ABSENT).await?;
        let hangs_on_it =
            |said: &[(u8, Vec<i64>)]| said.len() < ALL_MARKS.len() || said.iter().any(|(_, flags)| *flags != said[0].1);
        let (marks, mut wanted): (BTreeSet<usize>, BTreeSet<usize>) =
            answers.iter().filter(|(_, said)| hangs_on_it(said)).map(|(n, _)| *n).partition(|n| self.stored[*n].marker);
        // A mark of deletion is held for what it hides, which need not be asked for itself.
        let hiding: BTreeSet<&str> = marks.iter().map(|n| self.stored[*n].path.as_str()).collect();
        let is_hidden = |one: &Stored| !one.marker && hiding.contains(one.path.as_str());
        wanted.extend((0..self.stored.len()).filter(|n| !hiding.is_empty() && is_hidden(&self.stored[*n])));
        let mut reading: Vec<BoxFuture<'_, (usize, Vec<u8>)>> = Vec::new();
        for n in wanted {
            let (stored, before) = (&self.stored[n], &self.before);
            reading.push(async move { (n, before.mentions(read, stored, mentions).await) }.boxed());
        }
        let reading = futures::stream::iter(reading).buffer_unordered(read.parallel_reads());
        let found: Vec<(usize, Vec<u8>)> = reading.collect().await;
        for (at, mention) in mentions.iter().enumerate() {
            let marks: Vec<(usize, u8)> = found.iter().map(|(n, marks)| (*n, marks[at])).collect();
            let set = format!(
                "UPDATE facts SET {} = value ->> 1 FROM json_each(?1) WHERE n = value ->> 0",
                quote_identifier(&mention.column())
            );
            let set =
                sqlx::query(AssertSqlSafe(set)).bind(json!(marks).to_string()).execute(&mut self.connection).await;
            set.map_err(|error| broken(&error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dataward_model::SourceKind;
    use jiff::Timestamp;

    use super::super::ReadBefore;
    use super::super::catalogue;
    use super::*;
    use crate::UnitKind;
    use crate::amend::Selection;
    use crate::amend::Sql;
    use crate::memory::Memory;

    #[tokio::test]
    async fn a_mark_of_deletion_is_held_for_what_it_hides_though_only_marks_are_asked_for() {
        let stored = |version: &str, marker| Stored {
            path: "letter.txt".to_owned(),
            version: version.to_owned(),
            kind: UnitKind::ObjectVersion,
            bytes: 1,
            modified: Timestamp::UNIX_EPOCH,
            fingerprint: None,
            state: 1,
            names: 1,
            latest: marker,
            marker,
            stays: None,
        };
        let mention = Mention::of("Anna Krause", true).unwrap();
        let memory = Memory::new();
        memory.put_document(&stored("1", false).unit().name, &["for Anna Krause"]).unwrap();
        let table = catalogue(SourceKind::Objects, String::new(), 2, 2).tables.remove(0);
        let all = vec![stored("1", false), stored("2", true)];
        let listing = Listing::new(&table, all, &ReadBefore::default()).await.unwrap();
        let hidden = mention.may_stand().as_str().replace(&format!("{}.", crate::amend::ALIAS), "other.");
        let held = format!("EXISTS (SELECT 1 FROM stored AS other WHERE other.marker = 0 AND {hidden})");
        let selection = Selection {
            flags: vec![Sql::from_trusted(held)],
            ..Selection::new(&table, Sql::from_trusted("\"marker\""))
        };
        let selected = listing.select(&selection, &memory).await.unwrap();
        assert_eq!((selected.rows.len(), selected.flags), (1, vec![vec![true]]));
    }
}
