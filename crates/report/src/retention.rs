//! Retention in the report: what went, what stayed, what is next.

use jiff::Timestamp;

use crate::words;

/// How far retention is. Holds counts and hashes of plans, no value.
#[derive(Clone, Debug, Default)]
pub struct RetentionPicture {
    /// Plans that were carried out, newest first.
    pub runs: Vec<RetentionRun>,
    /// The plan that waits: its hash, its rows, and for what (`an approval`).
    pub waiting: Option<(String, u64, String)>,
    /// Holds in force.
    pub holds: u64,
    /// Certificates of erasure so far.
    pub certificates: u64,
    /// When the next plan is due.
    pub next: Option<Timestamp>,
}

/// A plan that was carried out.
#[derive(Clone, Debug)]
pub struct RetentionRun {
    /// Its hash.
    pub plan: String,
    /// When it had ended.
    pub ended: Timestamp,
    /// Who approved it.
    pub approved_by: String,
    /// By place and what happened: rows or files that went or were changed.
    pub went: Vec<(String, u64)>,
    /// Rows or files that were planned and left alone, by why.
    pub stayed: Vec<(String, u64)>,
}

/// Plans that a report tells; older ones stand in the evidence log.
const RUNS: usize = 12;

impl RetentionPicture {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.waiting.is_none() && self.holds == 0
    }

    pub(crate) fn shown(&self) -> &[RetentionRun] {
        &self.runs[..self.runs.len().min(RUNS)]
    }

    /// What is next, in sentences.
    pub(crate) fn next(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((plan, rows, what)) = &self.waiting {
            lines.push(format!(
                "The plan {} over {} waits for {what}.",
                short(plan),
                words::count(*rows, "row or file", "rows and files")
            ));
        }
        if let Some(next) = self.next {
            lines.push(format!("The next plan is due on {}.", words::day(next)));
        }
        if self.holds > 0 {
            lines.push(format!("{} in the way of deletions.", words::count(self.holds, "hold stands", "holds stand")));
        }
        if self.certificates > 0 {
            let count = words::count(self.certificates, "certificate says", "certificates say");
            lines.push(format!("{count} how far what went was proven to be gone."));
        }
        lines
    }
}

impl RetentionRun {
    pub(crate) fn short(&self) -> &str {
        short(&self.plan)
    }

    pub(crate) fn day(&self) -> String {
        words::day(self.ended)
    }

    pub(crate) fn went(&self) -> String {
        told(&self.went)
    }

    pub(crate) fn stayed(&self) -> String {
        told(&self.stayed)
    }
}

fn told(parts: &[(String, u64)]) -> String {
    let told: Vec<String> = parts.iter().map(|(what, rows)| format!("{what}: {}", words::number(*rows))).collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join("; ") }
}

fn short(plan: &str) -> &str {
    plan.get(..12).unwrap_or(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_next_is_said_in_sentences() {
        let picture = RetentionPicture {
            waiting: Some(("0123456789abcdef".to_owned(), 3, "an approval".to_owned())),
            holds: 1,
            certificates: 2,
            ..RetentionPicture::default()
        };
        assert!(!picture.is_empty());
        assert_eq!(
            picture.next(),
            [
                "The plan 0123456789ab over 3 rows and files waits for an approval.",
                "1 hold stands in the way of deletions.",
                "2 certificates say how far what went was proven to be gone.",
            ]
        );
    }
}
