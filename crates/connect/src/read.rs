//! The reading side of every connector.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use arrow_array::RecordBatch;
use async_trait::async_trait;
use dataward_model::Skipped;
use dataward_model::SourceKind;
use dataward_model::TableHead;
use futures::stream::BoxStream;
use serde::Deserialize;
use serde::Serialize;

use crate::Clients;
use crate::ConnectError;
use crate::SelfCheck;
use crate::at_rest::AtRest;
use crate::uses::TableCounters;

/// A source that can be read. Implementations never write, never lock above a reader's lock, and
/// hold memory bounded by [`ReadRequest::batch_bytes`] whatever the size of the data.
#[async_trait]
pub trait Read: Send + Sync {
    /// What kind of store it is.
    fn kind(&self) -> SourceKind;

    /// Connects (or opens) and says what is there. The first thing that is called; the place where
    /// a wrong password, an unknown host, missing TLS or an unreadable folder shows.
    async fn open(&self) -> Result<SourceFacts, ConnectError>;

    /// Lists what can be read, as it is found. A unit that cannot be listed comes as an error in
    /// the stream ([`ConnectError::skip`] turns it into a line under `skipped`); the rest goes on.
    async fn units(&self) -> Result<UnitStream, ConnectError>;

    /// Reads one unit. An error in the stream ends the unit; parts of a unit that cannot be read
    /// (a member of an archive) come as [`Chunk::Skipped`] and the rest goes on.
    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError>;

    /// How the server's clients are connected; none where there is no server.
    async fn clients(&self) -> Result<Option<Clients>, ConnectError> {
        Ok(None)
    }

    /// What the server counts of the use of its tables; none where nobody counts, or we are not told.
    async fn uses(&self) -> Result<Option<Vec<TableCounters>>, ConnectError> {
        Ok(None)
    }

    /// How what is stored is encrypted.
    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        Ok(AtRest::default())
    }

    /// What the engine's own checks say of what it stores; none where there is no engine.
    async fn self_check(&self) -> Result<Option<SelfCheck>, ConnectError> {
        Ok(None)
    }

    /// How many units may be read at the same time.
    fn parallel_reads(&self) -> usize {
        4
    }
}

/// Units as they are found.
pub type UnitStream = BoxStream<'static, Result<Unit, ConnectError>>;

/// What a unit holds, in order.
pub type ChunkStream = BoxStream<'static, Result<Chunk, ConnectError>>;

/// What a source says of itself. Holds no secret and no value of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// Product and version, for people: `PostgreSQL 15.18`, `folder`, `SQLite 3.50`.
    pub product: String,
    /// The account we read as, where there is one.
    pub account: Option<String>,
    /// How the connection is protected.
    pub transport: TransportSecurity,
}

/// How the way to a source is protected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransportSecurity {
    /// Nothing leaves this machine: a file or a Unix socket.
    Local,
    /// Anyone on the way can read along.
    Plain,
    /// TLS; certificate checked against a trusted root and the host name or not.
    Tls {
        /// Whether the certificate was checked.
        verified: bool,
    },
}

/// What is read in one go: a table, a view, a file, an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// `schema.table`, a path relative to the source, an object key. Unique within the source.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Rows, as the source estimates them. Not exact.
    pub rows_estimate: Option<u64>,
    /// Bytes stored, as the source says.
    pub bytes: Option<u64>,
    /// Equal as long as nothing changed; none when the source cannot tell.
    pub fingerprint: Option<Fingerprint>,
    /// Who else can read the stored bytes, where that can be seen without asking further.
    pub exposure: Option<Exposure>,
}

/// The kinds of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// A file in a folder.
    File,
    /// A table that lies on another server.
    ForeignTable,
    /// A view whose rows are stored.
    MaterialisedView,
    /// An object in a bucket.
    Object,
    /// An older version of an object.
    ObjectVersion,
    /// A table, whole or partitioned (its partitions are not units of their own).
    Table,
    /// A view.
    View,
}

/// Equal as long as nothing changed. Made from what a source says of a unit (size, modification
/// time, change counters), never from values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// Who can read stored bytes beside their owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Every account of this machine, or anyone on the net for an object.
    Everyone,
    /// The owner's group.
    Group,
    /// Only the owner.
    Owner,
}

/// How to read a unit.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Everything, or a sample.
    pub how_much: HowMuch,
    /// Roughly how many bytes of values one batch may hold.
    pub batch_bytes: usize,
    /// Of mails only when each was sent, of calendars and cards of when each entry is, a line each: what their age is
    /// counted from.
    pub mail_dates: bool,
    /// All bytes as text, as they lie there: what is packed is unpacked, nothing else is made of them.
    pub as_it_lies: bool,
    /// Set to true to make the stream end soon with [`ConnectError::Cancelled`].
    pub cancel: Arc<AtomicBool>,
    /// Bytes read so far, counted up by the reader, for the progress bar. For compressed files
    /// this counts stored bytes, so that it reaches [`Unit::bytes`].
    pub bytes_read: Arc<AtomicU64>,
}

impl ReadRequest {
    /// Reads everything in batches of about 1 MiB.
    pub fn full() -> Self {
        Self::new(HowMuch::Everything)
    }

    /// Reads `how_much` in batches of about 1 MiB.
    pub fn new(how_much: HowMuch) -> Self {
        Self {
            how_much,
            batch_bytes: 1 << 20,
            mail_dates: false,
            as_it_lies: false,
            cancel: Arc::default(),
            bytes_read: Arc::default(),
        }
    }

    /// Fails once the reader was asked to stop; call between batches.
    pub fn check_cancelled(&self) -> Result<(), ConnectError> {
        if self.cancel.load(Ordering::Relaxed) { Err(ConnectError::Cancelled) } else { Ok(()) }
    }
}

/// How much of a unit to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HowMuch {
    /// Every row.
    Everything,
    /// About `rows` rows of each table, taken at random from the whole table; the same `seed` over
    /// the same data gives the same rows. A table that is not larger is read whole.
    Sample {
        /// Rows of each table.
        rows: u64,
        /// Seed of the choice.
        seed: u64,
    },
}

/// What comes out of a unit, in this order for each table in it: one `Begin`, any number of
/// `Rows`, one `End`. `Skipped` may stand between tables.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// A table or document begins.
    Begin(TableHead),
    /// Rows of it. Columns are matched by name: a batch may lack columns of the head and bring
    /// new ones (JSON). Types may be any of Arrow's; text is `Utf8` or `LargeUtf8`.
    Rows(RecordBatch),
    /// The table ends.
    End {
        /// Rows in the whole table, where that is known by now (always after a full read).
        rows_total: Option<u64>,
    },
    /// Part of the unit was not read.
    Skipped(Skipped),
}
