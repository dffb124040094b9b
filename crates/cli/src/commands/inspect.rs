//! `inspect`: personal data in one text.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::inspect_text::InspectReport;
use dataward_app::inspect_text::inspect_line;
use dataward_app::inspect_text::inspect_text;
use dataward_app::own_rules;
use dataward_app::scan_sources::detector;
use dataward_model::Category;

use crate::arguments::Global;
use crate::arguments::InspectArguments;
use crate::commands::here;
use crate::render::Output;
use crate::render::numbers::counted;
use crate::render::style;
use crate::render::style::MUTED;
use crate::render::to_json;

/// A text is held in memory whole: larger ones are for `scan`, which streams.
const LARGEST_TEXT: u64 = 64 << 20;

pub(crate) fn inspect(global: &Global, arguments: InspectArguments, output: &Output) -> Result<u8, AppError> {
    let near = Project::find(global.policy.as_deref(), &here()?)?;
    let own = near.as_ref().map(own_rules).transpose()?.unwrap_or_default();
    let detector = detector(&SystemClock, !arguments.no_names)?.with_own(own);
    let input = open(&arguments.file)?;
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidData => AppError::usage_hint(
            format!("{} is not UTF-8 text", shown(&arguments.file)),
            "for other files and encodings: dataward scan FILE",
        ),
        _ => AppError::unreachable(format!("cannot read {}: {error}", shown(&arguments.file))),
    };
    if arguments.jsonl {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for (number, line) in input.lines().enumerate() {
            let line = line.map_err(unreadable)?;
            if line.trim().is_empty() {
                continue;
            }
            let report = inspect_line(&detector, &line, number + 1)?;
            if writeln!(out, "{}", to_json(&report)?).is_err() {
                return Ok(0);
            }
        }
        // A reader that went away is no fault.
        let _ = out.flush();
        return Ok(0);
    }
    let mut text = String::new();
    input.take(LARGEST_TEXT + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST_TEXT {
        return Err(AppError::usage_hint(
            format!("{} has more than 64 MiB", shown(&arguments.file)),
            "for large files: dataward scan FILE",
        ));
    }
    let report = inspect_text(&detector, &text);
    output.result(&report, || render(&report, &text))?;
    Ok(0)
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, AppError> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    if file.is_dir() {
        return Err(AppError::usage_hint(
            format!("`{}` is a folder", file.display()),
            format!("dataward scan {}", file.display()),
        ));
    }
    let file =
        fs_err::File::open(file).map_err(|error| AppError::unreachable(format!("cannot read the text: {error}")))?;
    Ok(Box::new(BufReader::new(file)))
}

fn shown(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}

/// Line and column of each span, what it is, how sure; the text itself is not repeated.
fn render(report: &InspectReport, text: &str) -> String {
    let mut out = String::new();
    let (mut line, mut column, mut at) = (1, 1, 0);
    let mut chars = text.chars();
    for span in &report.spans {
        while at < span.start {
            match chars.next() {
                Some('\n') => (line, column) = (line + 1, 1),
                Some(_) => column += 1,
                None => break,
            }
            at += 1;
        }
        let category = Category::parse(&span.category);
        let title = category.as_ref().map_or(span.category.as_str(), |category| category.title());
        let style = style::sensitivity(category.as_ref().map_or("low", |category| category.sensitivity().as_str()));
        out.push_str(&format!(
            "{:>10}  {style}●{style:#} {title:<34} {:>4}  {MUTED}{}, {}{MUTED:#}\n",
            format!("{line}:{column}"),
            format!("{:.0}%", span.confidence * 100.0),
            counted((span.end - span.start) as u64, "character", "characters"),
            span.category,
        ));
    }
    if report.spans.is_empty() {
        out.push_str("Nothing personal found.\n");
    }
    out
}
