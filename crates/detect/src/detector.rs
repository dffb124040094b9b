//! The detector: all tables and automata, built once and shared by all threads.

use std::fmt;
use std::sync::Arc;

use dataward_model::TableHead;
use thiserror::Error;

use crate::OwnRules;
use crate::Precedent;
use crate::Span;
use crate::TableProfile;
use crate::column::identity::SketchKey;

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// The present day as year, month, day; birth dates are judged against it.
    pub today: (i16, u8, u8),
    /// Whether names and addresses are looked for in running text (slower than the rest).
    pub names_in_text: bool,
}

/// Why options were refused.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct InvalidOptions(String);

/// All recognisers, ready to use.
#[derive(Clone)]
pub struct Detector {
    options: Options,
    own: Arc<OwnRules>,
    precedents: Vec<Precedent>,
    sketch_key: Option<SketchKey>,
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Detector {
    /// Builds all automata and lists. Takes some milliseconds; do it once.
    ///
    /// # Errors
    /// When a user's own recogniser does not compile.
    pub fn new(options: Options) -> Result<Self, InvalidOptions> {
        Ok(Self { options, own: Arc::default(), precedents: Vec::new(), sketch_key: None })
    }

    /// With rules of the user's own: they win over ours.
    pub fn with_own(mut self, own: OwnRules) -> Self {
        self.own = Arc::new(own);
        self
    }

    /// With what people decided about columns earlier: it counts as evidence for like columns.
    pub fn with_precedents(mut self, precedents: Vec<Precedent>) -> Self {
        self.precedents = precedents;
        self
    }

    /// With the project's key for sketches of people: without one none are made.
    pub fn with_sketch_key(mut self, key: [u8; 16]) -> Self {
        self.sketch_key = Some(key);
        self
    }

    pub(crate) fn sketch_key(&self) -> Option<&SketchKey> {
        self.sketch_key.as_ref()
    }

    /// The rules of the user's own.
    pub fn own(&self) -> &OwnRules {
        &self.own
    }

    pub(crate) fn precedents(&self) -> &[Precedent] {
        &self.precedents
    }

    /// What it was built from.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// An empty profile for a table.
    pub fn profile(&self, head: &TableHead) -> TableProfile {
        TableProfile::new(head)
    }

    /// Personal data in a text: in order, without overlaps.
    pub fn spans(&self, text: &str) -> Vec<Span> {
        crate::text::spans(self, text)
    }
}
