//! All that is printed: results on standard output, progress, hints and errors on standard error.

pub(crate) mod access;
pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod erasure;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod integrity;
pub(crate) mod inventory;
pub(crate) mod numbers;
pub(crate) mod progress;
pub(crate) mod retain;
pub(crate) mod retain_run;
pub(crate) mod retention_policy;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod status;
pub(crate) mod style;
pub(crate) mod transit;
pub(crate) mod wrap;

use std::io::IsTerminal;
use std::io::Write;

use dataward_app::AppError;
use serde::Serialize;

use crate::arguments::Format;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::MUTED;

/// Where things are printed, and how.
pub(crate) struct Output {
    format: Format,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// Whether a program reads what we print.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether progress may be drawn: someone watches and wants it.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// How many characters fit side by side on the terminal that results go to; none for a pipe or file.
    pub(crate) fn columns(&self) -> Option<usize> {
        terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
    }

    /// Prints `value` as JSON, or else `text`.
    pub(crate) fn result(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), AppError> {
        match self.format {
            Format::Json => self.line(&to_json(value)?),
            // What has a format of its own prints it itself; all else is text.
            Format::Csv | Format::Oscal | Format::Sarif | Format::Text => self.text(&text()),
        }
    }

    /// Hands standard output to `write`, for what is too large to be held.
    pub(crate) fn stream(&self, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), AppError> {
        let mut out = std::io::BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
        written(write(&mut out).and_then(|()| out.flush()))
    }

    /// Prints text, styled where the terminal takes it and as wide as it is.
    pub(crate) fn text(&self, text: &str) -> Result<(), AppError> {
        let text = match self.columns() {
            Some(columns) => wrap::wrap(text, columns),
            None => wrap::unmarked(text),
        };
        written(anstream::stdout().lock().write_all(text.as_bytes()))
    }

    /// Prints what programs read as it is, however wide the terminal.
    pub(crate) fn raw(&self, text: &str) -> Result<(), AppError> {
        self.stream(|out| out.write_all(text.as_bytes()))
    }

    /// Prints one line.
    pub(crate) fn line(&self, text: &str) -> Result<(), AppError> {
        written(writeln!(anstream::stdout().lock(), "{text}"))
    }

    /// Prints a remark for people, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            anstream::eprintln!("{}", remark(text));
        }
    }

    /// Prints an error: what, where, what to do; as JSON on standard error for programs.
    pub(crate) fn error(&self, error: &AppError) {
        if self.is_json() {
            let hint = error.hint();
            let at = error.place();
            let report = serde_json::json!({
                "schema": "dataward/error@1", "error": error.to_string(), "at": at, "hint": hint,
                "exit": error.exit_code(),
            });
            anstream::eprintln!("{report}");
            return;
        }
        if let AppError::Policy(mistake) = error {
            let handler = miette::GraphicalReportHandler::new_themed(style::miette_theme()).with_links(false);
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut text, mistake.as_ref());
            anstream::eprintln!("{}", text.trim_matches('\n'));
            return;
        }
        anstream::eprintln!("{}", remark(&format!("{ERROR}error:{ERROR:#} {error}")));
        if let Some(hint) = error.hint() {
            anstream::eprintln!("{MUTED}hint:{MUTED:#} {CODE}{hint}{CODE:#}");
        }
    }
}

/// What goes to standard error, as wide as the terminal there.
fn remark(text: &str) -> String {
    match terminal_size::terminal_size_of(std::io::stderr()) {
        Some((width, _)) => wrap::wrap(text, usize::from(width.0)),
        None => wrap::unmarked(text),
    }
}

/// One value as a line of JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, AppError> {
    serde_json::to_string(value).map_err(|error| AppError::Internal(error.to_string()))
}

/// A reader that went away (`| head`) is no fault.
fn written(result: std::io::Result<()>) -> Result<(), AppError> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(AppError::unreachable(format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
