//! `demo`: a made-up business, and the whole loop on it.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::run_demo::DemoReport;
use dataward_app::run_demo::run_demo;
use dataward_app::scan::ScanEvents;
use dataward_app::scan::events::Quiet;

use crate::arguments::DemoArguments;
use crate::render;
use crate::render::Output;
use crate::render::numbers::count;
use crate::render::numbers::counted;
use crate::render::progress::ScanProgress;
use crate::render::style::CODE;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

pub(crate) async fn demo(arguments: DemoArguments, output: &Output) -> Result<u8, AppError> {
    let progress = output.shows_progress().then(|| Arc::new(ScanProgress::new(true, Arc::default())));
    let events: Arc<dyn ScanEvents> = match &progress {
        Some(progress) => Arc::clone(progress) as Arc<dyn ScanEvents>,
        None => Arc::new(Quiet),
    };
    let started = Instant::now();
    let result = run_demo(&arguments.folder, arguments.seed, events, &SystemClock).await;
    if let Some(progress) = progress {
        progress.clear();
    }
    let report = result?;
    output.result(&report, || text(&report, started.elapsed()))?;
    Ok(0)
}

fn text(report: &DemoReport, took: Duration) -> String {
    let mut out = String::new();
    let folder = report.folder.display();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{HEAD}Blue Lantern Books{HEAD:#}, a bookshop that never was, lies in {CODE}{folder}{CODE:#}: {} made-up people, \
         {} in {}, {} of exports, mails and backups, and {} planted for audits to find.\n",
        count(report.people),
        counted(report.rows, "row", "rows"),
        counted(report.tables, "table", "tables"),
        counted(report.files, "file", "files"),
        counted(report.planted_faults, "fault", "faults"),
    );
    step(&mut out, 1, "dataward scan --full", "read every row and file, and found:");
    for source in &report.scan.sources {
        let personal =
            source.tables.iter().filter(|table| table.columns.iter().any(|column| column.category.is_some())).count();
        let columns = source.tables.iter().flat_map(|table| &table.columns);
        let documents = source.documents.iter().filter(|document| !document.spans.is_empty()).count();
        let _ = writeln!(
            out,
            "     {:<6} {} with personal data in {} of {}, and {} of {}",
            source.source,
            counted(columns.filter(|column| column.category.is_some()).count() as u64, "column", "columns"),
            personal,
            counted(source.tables.len() as u64, "table", "tables"),
            documents,
            counted(source.documents.len() as u64, "document", "documents"),
        );
    }
    step(&mut out, 2, "dataward status", "put it together:");
    for line in render::status::status(&report.status).lines() {
        let _ = writeln!(out, "     {line}");
    }
    step(
        &mut out,
        3,
        "dataward retain policy",
        "held the policy against the law, and found what somebody has to decide:",
    );
    for line in render::retention_policy::to_decide(&report.retention).lines() {
        let _ = writeln!(out, "     {line}");
    }
    step(&mut out, 4, "dataward report", "wrote it down for people:");
    let _ = writeln!(out, "     {}", report.report.file);
    step(&mut out, 5, "dataward evidence verify", "checked the signed log of all this:");
    let _ = writeln!(out, "     {GOOD}✓{GOOD:#} {}", report.evidence.summary());
    let _ = writeln!(out, "\n{MUTED}All in {:.1} seconds.{MUTED:#} {HEAD}Try next:{HEAD:#}", took.as_secs_f64());
    let tries = [
        (format!("cd {folder}"), "everything below runs there"),
        ("dataward inventory".to_owned(), "each column with personal data, and how sure that is"),
        ("dataward inventory explain shop.customers.email".to_owned(), "why"),
        ("dataward inventory overrule shop.customers.language none".to_owned(), "what you say lasts"),
        ("dataward retain policy shop.tickets".to_owned(), "which laws speak of it, and what they ask"),
        ("dataward scan --since-last".to_owned(), "reads only what changed: nothing, now"),
        ("dataward scan /your/own/folder".to_owned(), "your own data; leaves no trace"),
    ];
    for (command, what) in tries {
        let _ = writeln!(out, "  {CODE}{command:<58}{CODE:#} {MUTED}{what}{MUTED:#}");
    }
    out
}

fn step(out: &mut String, number: u8, command: &str, what: &str) {
    let _ = writeln!(out, "\n{HEAD}{number}.{HEAD:#} {CODE}{command}{CODE:#} {what}");
}
