//! Is it really gone? Searches the files of a store for what was erased, and says which level is proven.
//!
//! `connect` shows the bytes of the files ([`Scrub::raw`]), a [`Seeker`] looks for [`Traces`] in them, and
//! [`judge`] draws the conclusion: a level is proven when every kind of file that belongs to it was seen and
//! nothing was found. What could not be seen lowers the level and stands in the report with what would open
//! it. Values that still stand in living rows (another customer of the same name, a copy of the table) are left out and
//! counted; where they all do, nothing is proven.

pub mod forms;
mod seek;
pub mod traces;

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::BinaryArray;
use arrow_array::LargeBinaryArray;
use arrow_array::LargeStringArray;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_connect::Chunk;
use dataward_connect::ConnectError;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::Scrub;
use dataward_connect::scrub::BlindSpot;
use dataward_connect::scrub::HowRead;
use dataward_connect::scrub::RawClass;
use dataward_connect::scrub::RawPart;
use dataward_connect::scrub::RawReport;
use dataward_connect::scrub::Watch;
use dataward_model::ErasureLevel;
use dataward_model::counted;
use futures::StreamExt;
use serde::Deserialize;
use serde::Serialize;

pub use seek::Seeker;
pub use traces::TraceGatherer;
pub use traces::TracedColumn;
pub use traces::Traces;

use crate::erasure_key::ErasureKey;
use seek::Found;

/// What a search found, and what it proves. Holds no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residue {
    /// The best level that is proven; none: not even that the rows are out of sight.
    pub proven: Option<ErasureLevel>,
    /// How the files were read; none: no file was.
    pub how: Option<HowRead>,
    /// Rows that were erased.
    pub rows: u64,
    /// Of how many of them the values were looked for.
    pub rows_sampled: u64,
    /// Different values that were looked for.
    pub values: u64,
    /// Values too short to be looked for.
    pub too_short: u64,
    /// Values that stand in living rows too: nothing can be said about them.
    pub living: u64,
    /// Where these were met first, by table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub living_in: BTreeMap<String, u64>,
    /// Rows of the ledger that can be selected again; none: it was not looked.
    pub selectable: Option<u64>,
    /// What was found by kind of file, in the order of the levels.
    pub classes: Vec<ClassResidue>,
    /// What was found by file: only files with residue.
    pub parts: Vec<PartResidue>,
    /// Bytes that were searched.
    pub bytes: u64,
    /// With 95 % confidence at most this share of the erased rows still has a value in what was searched, in
    /// millionths; 0 when all rows were looked for. The rule of three: 3 / n.
    pub missed_at_most_ppm: u64,
    /// What could not be seen.
    pub blind: Vec<BlindSpot>,
}

/// What was found in one kind of file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassResidue {
    /// The kind.
    pub class: RawClass,
    /// The level that it stands for.
    pub level: ErasureLevel,
    /// Files that were searched.
    pub files: u64,
    /// Different values that were found.
    pub found: u64,
}

/// What was found in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartResidue {
    /// The file.
    #[serde(flatten)]
    pub part: RawPart,
    /// Different values that were found.
    pub found: u64,
    /// Which columns they came from, `table.column`, with how many.
    pub columns: BTreeMap<String, u64>,
}

impl Residue {
    /// The level that is proven of the values of which anything can be said: none where each of them stands elsewhere
    /// too, whatever an older search made of that.
    pub fn level(&self) -> Option<ErasureLevel> {
        self.proven.filter(|_| self.living == 0 || self.living < self.values)
    }

    /// Of how many values nothing is proven, and where they stand; none where that is none.
    pub fn not_proven(&self) -> Option<String> {
        if self.living == 0 {
            return None;
        }
        let places: Vec<String> = match self.living_in.len() {
            1 => self.living_in.keys().cloned().collect(),
            _ => self.living_in.iter().map(|(table, values)| format!("{table} ({values})")).collect(),
        };
        let stand = if self.living == 1 { "stands" } else { "stand" };
        let values = counted(self.values, "value", "values");
        let place = places.join(", ");
        let said = format!("not proven: {} of {values} {stand} in {place} too", self.living);
        Some(match self.values - self.living.min(self.values) {
            0 => said,
            rest => format!("proven for {rest} of {values}; {said}"),
        })
    }

    /// Different values found in this kind of file.
    pub fn found(&self, class: RawClass) -> u64 {
        self.classes.iter().find(|residue| residue.class == class).map_or(0, |residue| residue.found)
    }
}

/// Searches the files of the tables for `traces`. What `read` still holds is no residue; without it, every
/// value that is found is.
///
/// # Errors
/// When the source cannot be reached.
pub async fn search(
    scrub: &dyn Scrub,
    read: Option<&dyn Read>,
    tables: &[String],
    traces: &Traces,
    key: &ErasureKey,
    selectable: Option<u64>,
) -> Result<Residue, ConnectError> {
    let mut seeker = Seeker::new(traces, key);
    let (mut unread, mut shown) = (None, Vec::new());
    if let Some(read) = read {
        let copies = scrub.copies(tables).await?;
        unread = look_at_living(read, &copies, &mut seeker).await?;
        if !copies.is_empty() {
            shown = look_at_copies(read, &copies, &seeker).await?;
        }
    }
    let mut raw = scrub.raw(tables, &seeker).await?;
    raw.blind.extend(unread);
    raw.parts.extend(shown);
    Ok(judge(traces, seeker, raw, selectable))
}

/// Notes every value that stands in living rows. What could not be read makes residue seem larger, never
/// smaller: it is told, and lowers nothing.
/// Copies of what tables had are left out.
async fn look_at_living(
    read: &dyn Read,
    copies: &[String],
    seeker: &mut Seeker,
) -> Result<Option<BlindSpot>, ConnectError> {
    let mut unread = 0_u64;
    let mut units = read.units().await?;
    while let Some(unit) = units.next().await {
        let Ok(unit) = unit else {
            unread += 1;
            continue;
        };
        if copies.contains(&unit.name) {
            continue;
        }
        let Ok(mut chunks) = read.read(&unit, &ReadRequest::full()).await else {
            unread += 1;
            continue;
        };
        seeker.enter(&unit.name);
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(Chunk::Rows(batch)) => look_at_batch(&batch, seeker),
                Ok(_) => {}
                Err(_) => unread += 1,
            }
        }
    }
    let what = format!(
        "{} could not be read: values that live on there count as residue elsewhere",
        counted(unread, "table", "tables")
    );
    Ok((unread > 0).then_some(BlindSpot { level: None, what }))
}

/// Searches what materialised views show: whoever selects from them sees it. What lives on elsewhere is no residue.
async fn look_at_copies(
    read: &dyn Read,
    copies: &[String],
    seeker: &Seeker,
) -> Result<Vec<(RawPart, u64)>, ConnectError> {
    let mut parts = Vec::new();
    let mut units = read.units().await?;
    while let Some(unit) = units.next().await {
        let Some(unit) = unit.ok().filter(|unit| copies.contains(&unit.name)) else { continue };
        let part = RawPart { class: RawClass::View, name: unit.name.clone(), table: Some(unit.name.clone()) };
        let mut bytes = 0;
        // One that can't be read shows nothing to this account; its files are searched all the same.
        let Ok(mut chunks) = read.read(&unit, &ReadRequest::full()).await else { continue };
        while let Some(Ok(chunk)) = chunks.next().await {
            let Chunk::Rows(batch) = chunk else { continue };
            for column in batch.columns() {
                let texts = column.as_any().downcast_ref::<StringArray>();
                let long = column.as_any().downcast_ref::<LargeStringArray>();
                let texts = texts.into_iter().flatten().chain(long.into_iter().flatten()).flatten();
                for text in texts {
                    bytes += text.len() as u64;
                    seeker.look(&part, text.as_bytes());
                }
            }
        }
        parts.push((part, bytes));
    }
    Ok(parts)
}

fn look_at_batch(batch: &RecordBatch, seeker: &mut Seeker) {
    for column in batch.columns() {
        let column = column.as_any();
        if let Some(texts) = column.downcast_ref::<StringArray>() {
            seeker.live(slice(texts.value_data(), texts.value_offsets()));
            texts.iter().flatten().for_each(|text| seeker.live_value(text.as_bytes()));
        } else if let Some(texts) = column.downcast_ref::<LargeStringArray>() {
            seeker.live(slice(texts.value_data(), texts.value_offsets()));
            texts.iter().flatten().for_each(|text| seeker.live_value(text.as_bytes()));
        } else if let Some(bytes) = column.downcast_ref::<BinaryArray>() {
            seeker.live(slice(bytes.value_data(), bytes.value_offsets()));
        } else if let Some(bytes) = column.downcast_ref::<LargeBinaryArray>() {
            seeker.live(slice(bytes.value_data(), bytes.value_offsets()));
        }
    }
}

/// The part of a column's values that its offsets speak of.
fn slice<'a, O: Copy + TryInto<usize>>(data: &'a [u8], offsets: &[O]) -> &'a [u8] {
    let at = |offset: Option<&O>| offset.and_then(|offset| (*offset).try_into().ok()).unwrap_or(0_usize);
    data.get(at(offsets.first())..at(offsets.last())).unwrap_or_default()
}

/// Draws the conclusion from what was shown and found. Pure.
pub fn judge(traces: &Traces, seeker: Seeker, raw: RawReport, selectable: Option<u64>) -> Residue {
    let living_in = seeker.undecidable();
    let values = seeker.total() as u64;
    let mut by_class: BTreeMap<RawClass, (u64, Found)> = BTreeMap::new();
    for (part, _) in &raw.parts {
        by_class.entry(part.class).or_default().0 += 1;
    }
    let mut parts = Vec::new();
    for (part, found) in seeker.into_found() {
        by_class.entry(part.class).or_default().1.join(&found);
        let mut columns = BTreeMap::new();
        for value in found.iter() {
            let column = traces.values.get(value as usize).and_then(|at| traces.columns.get(*at as usize));
            if let Some(column) = column {
                *columns.entry(format!("{}.{}", column.table, column.column)).or_default() += 1;
            }
        }
        parts.push(PartResidue { part, found: found.count(), columns });
    }
    let mut classes: Vec<ClassResidue> = by_class
        .into_iter()
        .map(|(class, (files, found))| ClassResidue { class, level: class.level(), files, found: found.count() })
        .collect();
    classes.sort_by_key(|residue| (residue.level, residue.class));
    let missed_at_most_ppm = match traces.sampled {
        sampled if sampled >= traces.rows => 0,
        0 => 1_000_000,
        sampled => (3_000_000 / sampled).min(1_000_000),
    };
    let living = living_in.values().sum::<u64>();
    // Of values that all stand elsewhere too nothing was proven.
    let proven = proven(&classes, &raw, selectable, values > 0 || traces.rows == 0);
    let proven = proven.filter(|_| living == 0 || living < values);
    Residue {
        proven,
        how: raw.how,
        rows: traces.rows,
        rows_sampled: traces.sampled,
        values,
        too_short: traces.columns.iter().map(|column| column.too_short).sum(),
        living,
        living_in,
        selectable,
        classes,
        parts,
        bytes: raw.parts.iter().map(|(_, bytes)| bytes).sum(),
        missed_at_most_ppm,
        blind: raw.blind,
    }
}

/// What a new listing of files or objects proves: nothing was searched, as they went whole and by name. `rows`
/// went, `selectable` of them are there again. Pure.
pub fn judge_listing(rows: u64, selectable: u64, raw: RawReport) -> Residue {
    let clean = |level: ErasureLevel| !raw.blind.iter().any(|spot| spot.level == Some(level));
    let proven = (selectable == 0).then(|| match (clean(ErasureLevel::L1), clean(ErasureLevel::L2)) {
        (false, _) => ErasureLevel::L0,
        (true, false) => ErasureLevel::L1,
        (true, true) => ErasureLevel::L2,
    });
    Residue {
        proven,
        how: raw.how,
        rows,
        rows_sampled: rows,
        values: 0,
        too_short: 0,
        living: 0,
        living_in: BTreeMap::new(),
        selectable: Some(selectable),
        classes: Vec::new(),
        parts: Vec::new(),
        bytes: 0,
        missed_at_most_ppm: 0,
        blind: raw.blind,
    }
}

fn proven(
    classes: &[ClassResidue],
    raw: &RawReport,
    selectable: Option<u64>,
    has_values: bool,
) -> Option<ErasureLevel> {
    // A view that still shows it is selectable too.
    let shown = classes.iter().any(|class| class.level == ErasureLevel::L0 && class.found > 0);
    if selectable != Some(0) || shown {
        return None;
    }
    let clean = |level: ErasureLevel| {
        let residue = classes.iter().any(|class| class.level == level && class.found > 0);
        let blind = raw.blind.iter().any(|spot| spot.level == Some(level));
        !residue && !blind && has_values
    };
    // A table has files; a log or journal may be none.
    if raw.how.is_none() || !classes.iter().any(|class| class.level == ErasureLevel::L1 && class.files > 0) {
        return Some(ErasureLevel::L0);
    }
    match (clean(ErasureLevel::L1), clean(ErasureLevel::L2)) {
        (false, _) => Some(ErasureLevel::L0),
        (true, false) => Some(ErasureLevel::L1),
        (true, true) => Some(ErasureLevel::L2),
    }
}
