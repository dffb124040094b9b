//! What a file may cost us at most, and the account of it. Bombs end here.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::ConnectError;

/// Limits for one unit. The defaults let every honest file through that we know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one cell; a larger one is refused and listed, its row goes on without it.
    pub cell_bytes: usize,
    /// How deep archives may lie in each other; `a.tar.gz` counts two.
    pub depth: u32,
    /// Bytes of one document that must be in memory as a whole (PDF, mail, one workbook).
    pub document_bytes: u64,
    /// Bytes that may come out of all compressed layers of a unit together.
    pub inflated_bytes: u64,
    /// How deep JSON may be nested.
    pub json_depth: usize,
    /// Bytes kept in memory of what must be read at random; more goes to an unnamed temporary file.
    pub memory_bytes: u64,
    /// How many bytes may come out of one stored byte, once `ratio_floor_bytes` came out.
    /// Text rarely packs better than 30 to 1; deflate ends at 1032 to 1.
    pub ratio: u64,
    /// Below this many bytes the ratio does not matter.
    pub ratio_floor_bytes: u64,
    /// Bytes of an unnamed temporary file.
    pub spool_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cell_bytes: 8 << 20,
            depth: 5,
            document_bytes: 64 << 20,
            inflated_bytes: 8 << 30,
            json_depth: 200,
            memory_bytes: 8 << 20,
            ratio: 200,
            ratio_floor_bytes: 32 << 20,
            spool_bytes: 4 << 30,
        }
    }
}

/// What is left to a unit; shared by all that is read inside it.
#[derive(Debug)]
pub struct Budget {
    /// The limits it started with.
    pub limits: Limits,
    inflated: AtomicU64,
}

impl Budget {
    /// A fresh budget for one unit.
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, inflated: AtomicU64::new(0) })
    }

    /// Fails once the unit has used up its budget. Archives ask before each member, so that they
    /// end with one line rather than one for each member left.
    pub fn check(&self, target: &str) -> Result<(), ConnectError> {
        if self.inflated.load(Ordering::Relaxed) <= self.limits.inflated_bytes {
            return Ok(());
        }
        Err(ConnectError::Limit {
            target: target.to_owned(),
            reason: format!(
                "more than {} come out of it; unpack it yourself and scan the folder",
                human_bytes(self.limits.inflated_bytes)
            ),
        })
    }

    fn spend(&self, bytes: u64) {
        self.inflated.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A decompressor under watch: fails when too much comes out of too little, or the unit's budget
/// is used up.
pub struct Watched<R> {
    inner: R,
    target: String,
    stored: Arc<AtomicU64>,
    out: u64,
    budget: Arc<Budget>,
}

impl<R: io::Read> Watched<R> {
    /// Watches `inner`, which decompresses `stored` bytes (as counted so far, or in all) of `target`.
    pub fn new(inner: R, target: &str, stored: Arc<AtomicU64>, budget: Arc<Budget>) -> Self {
        Self { inner, target: target.to_owned(), stored, out: 0, budget }
    }
}

impl<R: io::Read> io::Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.out += read as u64;
        self.budget.spend(read as u64);
        self.budget.check(&self.target).map_err(io::Error::other)?;
        let limits = &self.budget.limits;
        let stored = self.stored.load(Ordering::Relaxed).max(1);
        if self.out > limits.ratio_floor_bytes && self.out / stored > limits.ratio {
            return Err(io::Error::other(ConnectError::Limit {
                target: self.target.clone(),
                reason: format!(
                    "more than {} bytes come out of each stored byte, as in a decompression bomb; \
                     if you trust it, unpack it yourself and scan the result",
                    limits.ratio
                ),
            }));
        }
        Ok(read)
    }
}

/// Makes an error of this room from one of the file system or a decompressor. Never copies the
/// library's message, which may quote data; finds our own error in the chain where there is one.
pub fn from_io(target: &str, error: &io::Error) -> ConnectError {
    if let Some(own) = own_error(error) {
        return own.clone();
    }
    let target = target.to_owned();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ConnectError::Malformed {
            target,
            reason: "it ends too early; it was cut off or is still being written".into(),
        },
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            ConnectError::Malformed { target, reason: "its bytes are damaged or not what its name claims".into() }
        }
        io::ErrorKind::NotFound => {
            ConnectError::Gone { target, reason: "it was removed or renamed; scan again".into() }
        }
        io::ErrorKind::PermissionDenied => ConnectError::Denied {
            target,
            reason:
                "the account that runs dataward may not read it; run as an account that may, or grant it read access"
                    .into(),
        },
        io::ErrorKind::StorageFull => ConnectError::Internal {
            target,
            reason: "the disk for temporary files is full; set TMPDIR to a folder with more space".into(),
        },
        kind => ConnectError::Unreachable { target, reason: format!("reading failed: {kind}") },
    }
}

/// The error of this room that some library wrapped on its way up.
pub fn own_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a ConnectError> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(own) = error.downcast_ref::<ConnectError>() {
            return Some(own);
        }
        current = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

/// `8 GiB`, `64 MiB`, `12 KiB`, `7 bytes`: rounded down.
pub fn human_bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
