//! The progress of a scan, and of reading tables, on standard error.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dataward_app::read_tables::ReadEvents;
use dataward_app::scan::ScanEvents;
use dataward_app::scan::SourceFacts;
use dataward_app::scan::Unit;
use dataward_app::scan::UnitOutcome;
use dataward_model::SourceId;
use indicatif::HumanBytes;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::render::numbers::counted;

/// A bar over all sources: units done of those listed, rows, bytes, time left.
pub(crate) struct ScanProgress {
    bar: ProgressBar,
    rows: AtomicU64,
    bytes_read: Arc<AtomicU64>,
    /// What there is to do, as far as it is listed: bytes where everything is read, else tables and files.
    listed: AtomicU64,
    full: bool,
}

impl ScanProgress {
    /// A bar that counts bytes when everything is read, tables and files when samples are.
    pub(crate) fn new(full: bool, bytes_read: Arc<AtomicU64>) -> Self {
        // A length of none is all done.
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{spinner:.cyan} {bar:24.cyan/dim} {percent:>3}%  {msg}  {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, rows: AtomicU64::new(0), bytes_read, listed: AtomicU64::new(0), full }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        let rows = self.rows.load(Ordering::Relaxed);
        let bytes = self.bytes_read.load(Ordering::Relaxed);
        if self.full {
            self.bar.set_position(bytes);
        }
        self.bar.set_message(format!("{}  {}", counted(rows, "row", "rows"), HumanBytes(bytes)));
    }
}

impl ScanEvents for ScanProgress {
    fn source_opened(&self, source: &SourceId, facts: &SourceFacts) {
        self.bar.println(format!("{source}: {}", facts.product));
    }

    fn unit_listed(&self, _source: &SourceId, unit: &Unit) {
        let more = if self.full { unit.bytes.unwrap_or(0) } else { 1 };
        let listed = self.listed.fetch_add(more, Ordering::Relaxed) + more;
        if listed > 0 {
            self.bar.set_length(listed);
        }
    }

    fn rows_read(&self, _source: &SourceId, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.show();
    }

    fn unit_finished(&self, _source: &SourceId, _unit: &Unit, _outcome: Option<&UnitOutcome>) {
        if !self.full {
            self.bar.inc(1);
        }
        self.show();
    }
}

/// A line that tells which table is read and how many rows were; it appears with the first table.
#[derive(Debug, Default)]
pub(crate) struct ReadProgress {
    bar: OnceLock<ProgressBar>,
    rows: AtomicU64,
}

impl ReadProgress {
    /// Takes the line away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self) -> &ProgressBar {
        self.bar.get_or_init(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        })
    }
}

impl ReadEvents for ReadProgress {
    fn table(&self, source: &SourceId, table: &str) {
        self.bar().set_prefix(format!("{source}.{table}"));
    }

    fn rows(&self, rows: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        self.bar().set_message(format!("{}  {} read", self.bar().prefix(), counted(rows, "row", "rows")));
    }
}
