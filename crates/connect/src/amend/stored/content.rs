//! How old the content of a file is: the latest day in it, or in one of its columns.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_cast::cast;
use arrow_schema::DataType;
use dataward_model::TableHead;
use dataward_model::TableShape;
use futures::StreamExt;
use sha2::Digest;
use sha2::Sha256;

use super::Mention;
use super::Stored;
use super::dates;
use super::mention;
use crate::Chunk;
use crate::Read;
use crate::ReadRequest;
use crate::Unit;

/// What the content of one file says of its age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContentDates {
    /// The latest day of all columns that hold days alone, or of the lines of a log.
    pub(crate) latest: Option<String>,
    /// The latest day of each column that was asked for; none: there is none, or one cell is no day.
    pub(crate) columns: Vec<Option<String>>,
    /// Part of it could not be read, or a column that says when has a cell that is no day: nobody knows how
    /// old it is.
    pub(crate) doubtful: bool,
}

/// What was read before, by whoever shares it: the same file in the same state is not read again for the next
/// question about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadBefore {
    dates: Known<ContentDates>,
    mentions: Known<Vec<u8>>,
}

/// What is known of files, by a digest of their states and of what was asked.
type Known<T> = Arc<Mutex<HashMap<[u8; 16], T>>>;

impl ReadBefore {
    /// What the content of a file says, which is read unless it was.
    pub(crate) async fn dates(&self, read: &dyn Read, stored: &Stored, columns: &[String]) -> ContentDates {
        let key = key_of(stored, columns);
        once(&self.dates, key, dates(read, &stored.unit(), columns)).await
    }

    /// Of each mention, whether the content of a file has it.
    pub(crate) async fn mentions(&self, read: &dyn Read, stored: &Stored, mentions: &[Mention]) -> Vec<u8> {
        let columns: Vec<String> = mentions.iter().map(Mention::column).collect();
        once(&self.mentions, key_of(stored, &columns), mention::search(read, &stored.unit(), mentions)).await
    }
}

/// What is known by this key, found out once.
async fn once<T: Clone>(known: &Known<T>, key: [u8; 16], find: impl Future<Output = T>) -> T {
    let known_by_now = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    match known_by_now {
        Some(known) => known,
        None => {
            let found = find.await;
            known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
            found
        }
    }
}

/// The first half of a digest over the file's name, version and state, and the columns that were asked for.
fn key_of(stored: &Stored, columns: &[String]) -> [u8; 16] {
    let mut digest = Sha256::new();
    let texts = [&stored.path, &stored.version].into_iter().chain(columns);
    texts.for_each(|text| digest.update([&(text.len() as u64).to_be_bytes(), text.as_bytes()].concat()));
    digest.update(stored.state.to_be_bytes());
    *digest.finalize().first_chunk().expect("a digest has more than sixteen bytes")
}

/// Words in the names of columns whose days say nothing of the record.
const OF_PEOPLE: &[&str] = &["birth", "born", "dob", "geburt", "naissance", "nascita", "nacimiento"];

/// A column with fewer days than this among its cells is no column of days.
const DAYS: f64 = 0.5;

/// Reads all of `unit`. What can't be read makes it doubtful.
async fn dates(read: &dyn Read, unit: &Unit, columns: &[String]) -> ContentDates {
    let mut look = Look::new(columns);
    match read.read(unit, &ReadRequest { mail_dates: true, ..ReadRequest::full() }).await {
        Err(_) => look.doubtful = true,
        Ok(mut chunks) => {
            while let Some(chunk) = chunks.next().await {
                match chunk {
                    Ok(Chunk::Begin(head)) => look.begin(&head),
                    Ok(Chunk::Rows(batch)) => look.rows(&batch),
                    Ok(Chunk::End { .. }) => look.end(),
                    Ok(Chunk::Skipped(_)) | Err(_) => look.doubtful = true,
                }
            }
            look.end();
        }
    }
    look.finish()
}

struct Look<'a> {
    wanted: &'a [String],
    is_document: bool,
    /// Of the table at hand.
    seen: Vec<(String, Seen)>,
    /// Of the text at hand.
    lines: Seen,
    found: ContentDates,
    /// Of each wanted column, whether a cell of it was no day.
    broken: Vec<bool>,
    doubtful: bool,
    /// The member of an archive at hand.
    member: Option<Member>,
    dated_members: bool,
    undated_members: bool,
}

/// What stands before the name of a member of an archive.
const PACKED: &str = "!/";

/// The archive's member that a table or document is, or is a part of: what stands before a `#`, unless that is its own.
fn member_of(name: &str) -> Option<&str> {
    let start = name.rfind(PACKED)? + PACKED.len();
    let is_file = |end: &usize| name[start..*end].rsplit('/').next().is_some_and(|file| file.contains('.'));
    let end = name[start..].match_indices('#').map(|(at, _)| start + at).find(is_file).unwrap_or(name.len());
    Some(&name[..end])
}

struct Member {
    name: String,
    /// The latest day of those before it.
    before: Option<String>,
    /// Something stands in it.
    has_any: bool,
}

#[derive(Default)]
struct Seen {
    cells: u64,
    days: u64,
    latest: Option<String>,
}

impl<'a> Look<'a> {
    fn new(wanted: &'a [String]) -> Self {
        let found = ContentDates { columns: vec![None; wanted.len()], ..ContentDates::default() };
        Self {
            wanted,
            is_document: false,
            seen: Vec::new(),
            lines: Seen::default(),
            found,
            broken: vec![false; wanted.len()],
            doubtful: false,
            member: None,
            dated_members: false,
            undated_members: false,
        }
    }

    fn begin(&mut self, head: &TableHead) {
        self.end();
        self.is_document = head.shape == TableShape::Document;
        let packed = member_of(&head.name).map(str::to_owned);
        if self.member.as_ref().map(|member| &member.name) != packed.as_ref() {
            self.end_member();
            self.member = packed.map(|name| Member { name, before: self.found.latest.take(), has_any: false });
        }
    }

    /// A member of an archive has ended: one that says nothing of its age may be the newest.
    fn end_member(&mut self) {
        let Some(member) = self.member.take() else { return };
        match &self.found.latest {
            Some(_) => self.dated_members = true,
            None => self.undated_members |= member.has_any,
        }
        self.found.latest = self.found.latest.take().max(member.before);
    }

    fn rows(&mut self, batch: &RecordBatch) {
        for (place, (field, column)) in batch.schema_ref().fields().iter().zip(batch.columns()).enumerate() {
            if matches!(field.data_type(), DataType::Boolean | DataType::Binary | DataType::LargeBinary) {
                continue;
            }
            let Ok(texts) = cast(column, &DataType::Utf8) else { continue };
            let Some(texts) = texts.as_any().downcast_ref::<StringArray>() else { continue };
            if let Some(member) = &mut self.member {
                member.has_any = true;
            }
            if self.is_document {
                texts.iter().flatten().flat_map(str::lines).for_each(|line| self.line(line));
                continue;
            }
            let is_it = |(name, _): &(String, Seen)| name == field.name();
            // Mostly it stands where it stood: tables have ten thousand columns too.
            let same = Some(place).filter(|at| self.seen.get(*at).is_some_and(is_it));
            let at = same.or_else(|| self.seen.iter().position(is_it)).unwrap_or_else(|| {
                self.seen.push((field.name().clone(), Seen::default()));
                self.seen.len() - 1
            });
            let seen = &mut self.seen[at].1;
            for cell in texts.iter().flatten().filter(|cell| !cell.trim().is_empty()) {
                seen.cells += 1;
                if let Some(day) = dates::of_cell(cell) {
                    seen.days += 1;
                    seen.latest = seen.latest.take().max(Some(day));
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.lines.cells += 1;
        if let Some(day) = dates::latest_in_text(line) {
            self.lines.days += 1;
            self.lines.latest = self.lines.latest.take().max(Some(day));
        }
    }

    /// A table has ended: what its columns say counts. A text counts when it is a log: when half of its lines
    /// have a day. The only day in a letter may be when somebody was born.
    fn end(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.days > 0 && lines.days as f64 >= DAYS * lines.cells as f64 {
            self.found.latest = self.found.latest.take().max(lines.latest);
        }
        for (name, seen) in std::mem::take(&mut self.seen) {
            let whole = seen.days == seen.cells;
            if let Some(at) = self.wanted.iter().position(|wanted| *wanted == name) {
                self.broken[at] |= !whole;
                let latest = &mut self.found.columns[at];
                *latest = latest.take().max(seen.latest.clone());
            }
            let lower = name.to_lowercase();
            if seen.days == 0 || OF_PEOPLE.iter().any(|word| lower.contains(word)) {
                continue;
            }
            if whole {
                self.found.latest = self.found.latest.take().max(seen.latest);
            } else if seen.days as f64 >= DAYS * seen.cells as f64 {
                self.doubtful = true;
            }
        }
    }

    fn finish(mut self) -> ContentDates {
        self.end_member();
        self.doubtful |= self.dated_members && self.undated_members;
        for (latest, broken) in self.found.columns.iter_mut().zip(&self.broken) {
            if *broken || self.doubtful {
                *latest = None;
            }
        }
        if self.doubtful {
            self.found.latest = None;
            self.found.doubtful = true;
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_an_archive_is_told_from_another_whatever_it_is_called() {
        for (name, member) in [
            ("a.csv", None),
            ("b.zip!/a.csv", Some("b.zip!/a.csv")),
            ("b.zip!/book.xlsx#Sheet 1", Some("b.zip!/book.xlsx")),
            ("b.zip!/No #1.pdf", Some("b.zip!/No #1.pdf")),
            ("b#2.zip!/c.tar!/x.d/#7.xlsx#A", Some("b#2.zip!/c.tar!/x.d/#7.xlsx")),
        ] {
            assert_eq!(member_of(name), member, "{name}");
        }
    }
}
