//! Counting what is read, to prove what was not.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use async_trait::async_trait;
use dataward_model::SourceKind;

use crate::ChunkStream;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::SourceFacts;
use crate::Unit;
use crate::UnitStream;

/// A source that counts how often each unit of it is read.
#[derive(Debug, Default)]
pub struct Recorded<S> {
    source: S,
    reads: Mutex<BTreeMap<String, usize>>,
}

impl<S> Recorded<S> {
    /// Counts reads of `source` from now on.
    pub fn new(source: S) -> Self {
        Self { source, reads: Mutex::default() }
    }

    /// The source itself.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// How often each unit was read; units that were not read do not stand here.
    pub fn reads(&self) -> BTreeMap<String, usize> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, name: &str) {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        *reads.entry(name.to_owned()).or_default() += 1;
    }

    /// Begins to count anew.
    pub fn forget(&self) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[async_trait]
impl<S: Read> Read for Recorded<S> {
    fn kind(&self) -> SourceKind {
        self.source.kind()
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        self.source.open().await
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        self.source.units().await
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        self.count(&unit.name);
        self.source.read(unit, request).await
    }

    fn parallel_reads(&self) -> usize {
        self.source.parallel_reads()
    }
}
