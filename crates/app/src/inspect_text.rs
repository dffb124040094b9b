//! `inspect`: personal data in one text, span by span. `dataward/inspect@1`.

use dataward_detect::Detector;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::AppError;

/// What was found in one text.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InspectReport {
    /// `dataward/inspect@1`.
    pub schema: &'static str,
    /// In the order of the text, without overlaps.
    pub spans: Vec<SpanReport>,
}

/// What was found in one line of `--jsonl`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LineReport {
    /// The id of the line, as it was given.
    pub id: serde_json::Value,
    /// In the order of the text, without overlaps.
    pub spans: Vec<SpanReport>,
}

/// Personal data in a text.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpanReport {
    /// First Unicode character.
    pub start: usize,
    /// One past the last Unicode character.
    pub end: usize,
    /// Fideslang key.
    pub category: String,
    /// How sure, 0 to 1.
    pub confidence: f64,
}

/// Looks into one text.
pub fn inspect_text(detector: &Detector, text: &str) -> InspectReport {
    InspectReport { schema: "dataward/inspect@1", spans: spans(detector, text) }
}

/// Looks into one line of `--jsonl`, `{"id":…,"text":"…"}`.
///
/// # Errors
/// When it is no such line; the message holds nothing of it.
pub fn inspect_line(detector: &Detector, line: &str, number: usize) -> Result<LineReport, AppError> {
    #[derive(Deserialize)]
    struct Line {
        id: serde_json::Value,
        text: String,
    }
    let Line { id, text } = serde_json::from_str(line).map_err(|error| {
        // Messages of the parser may quote the value.
        let kind = match error.classify() {
            serde_json::error::Category::Data => "the object has no `id` and `text`, or `text` is no string",
            _ => "no valid JSON",
        };
        AppError::usage_hint(
            format!("line {number}, column {}: {kind}", error.column()),
            "each line is {\"id\": …, \"text\": \"…\"}",
        )
    })?;
    Ok(LineReport { id, spans: spans(detector, &text) })
}

/// Spans in Unicode characters: one walk over the text, whatever the number of spans.
fn spans(detector: &Detector, text: &str) -> Vec<SpanReport> {
    let mut byte = 0;
    let mut chars = 0;
    let mut chars_until = |end: usize| {
        chars += text.get(byte..end).map_or(0, |piece| piece.chars().count());
        byte = end;
        chars
    };
    detector
        .spans(text)
        .into_iter()
        .map(|span| SpanReport {
            start: chars_until(span.start),
            end: chars_until(span.end),
            category: span.category.key().to_owned(),
            confidence: (span.confidence.value() * 1000.0).round() / 1000.0,
        })
        .collect()
}
