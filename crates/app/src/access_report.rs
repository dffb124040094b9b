//! `dataward/access@1`: what `access --format json` prints. Fields may be added, never renamed.
//!
//! Entries can be millions, so they are written as the model hands them out and never held together.

use std::io;
use std::io::Write;

use dataward_audit::access::AccessChange;
use dataward_audit::access::EntryGroup;
use dataward_audit::access::Missing;
use dataward_audit::access::Note;
use dataward_audit::access::Principal;
use dataward_audit::access::diff::Reached;
use dataward_model::Remedy;
use schemars::JsonSchema;
use serde::Serialize;

use crate::review_access::AccessReview;

/// Who can do what to which customer data in one source, and through which path.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AccessReport {
    #[serde(flatten)]
    head: AccessHead,
    /// One for each principal, column and reach that can do something.
    entries: Vec<EntryLine>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct AccessHead {
    /// `dataward/access@1`.
    schema: &'static str,
    /// The source.
    source: String,
    /// postgresql, mysql, sqlite, files, objects.
    kind: String,
    /// Whether nothing was hidden from us.
    complete: bool,
    /// What was hidden from us.
    missing: Vec<MissingLine>,
    /// All accounts and roles that are not built into the server.
    principals: Vec<PrincipalLine>,
    /// Side doors, steps to more access, accounts too easy to enter: what is not an entry and matters.
    notes: Vec<NoteLine>,
    /// With --diff: what changed since the last audit that saw all rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeLine>>,
    /// With --diff: whether `changes` is all that changed. Where rights are hidden from us it is false, and what was
    /// added stands there alone: what was taken away cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes_complete: Option<bool>,
}

/// What one principal can do to one column in one way.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EntryLine {
    /// The account or role.
    pub principal: String,
    /// Whether it can log in.
    pub login: bool,
    /// The table, view, file or object.
    pub object: String,
    /// The column.
    pub column: String,
    /// Fideslang key; null where the inventory has none.
    pub category: Option<String>,
    /// select, insert, update, references.
    pub privileges: Vec<&'static str>,
    /// `all` or `some`.
    pub rows: &'static str,
    /// Where rows are `some`: the conditions, as the source writes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// `direct`, `set-role` or `definer`.
    pub reach: &'static str,
    /// Every path that gives it.
    pub paths: Vec<String>,
    /// For each path, in the same order, the statement that takes it away; null where there is none.
    pub revoke: Vec<Option<String>>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct MissingLine {
    /// What, and what cannot be told without it.
    what: String,
    /// The statement that lets us look.
    grant: Option<String>,
    /// Whether entries may be wrong without it, not only notes.
    decides: bool,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct PrincipalLine {
    name: String,
    /// Whether it can log in.
    login: bool,
    /// Why it cannot, although it is an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    barrier: Option<String>,
    /// Whether no right is ever asked of it.
    superuser: bool,
    /// Whether it stands for people whom nobody knows: everyone on the internet.
    anonymous: bool,
    /// All roles that it belongs to, directly or through others.
    roles: Vec<String>,
    /// When it was last seen at work, where the source keeps that.
    #[schemars(with = "Option<String>")]
    last_used: Option<jiff::Timestamp>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NoteLine {
    /// account, side-door, escalation, future or weakness.
    kind: &'static str,
    /// Whom it is about; null when it is about the server.
    principal: Option<String>,
    /// What.
    text: String,
    /// The statement or command that ends it.
    #[schemars(with = "Option<String>")]
    remedy: Option<Remedy>,
    /// Whether that is something to type (`command`) or not (`words`).
    remedy_kind: Option<String>,
}

/// What somebody can do to a column now and could not before, or the other way round.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeLine {
    /// The account or role.
    pub principal: String,
    /// The table, view, file or object.
    pub object: String,
    /// The column.
    pub column: String,
    /// `direct`, `set-role` or `definer`.
    pub reach: &'static str,
    /// Before; null: nothing.
    pub before: Option<ReachedLine>,
    /// Now; null: nothing.
    pub after: Option<ReachedLine>,
}

/// What can be done, and to how many rows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReachedLine {
    /// select, insert, update, references.
    pub privileges: Vec<&'static str>,
    /// `all` or `some`.
    pub rows: &'static str,
}

/// Writes the whole answer as one JSON value.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_json(review: &AccessReview, out: &mut dyn Write) -> io::Result<()> {
    let head = AccessHead {
        schema: "dataward/access@1",
        source: review.source.to_string(),
        kind: review.kind.as_str().to_owned(),
        complete: review.is_complete(),
        missing: review.model.missing().iter().map(missing_line).collect(),
        principals: review.model.principals().iter().map(principal_line).collect(),
        notes: review.model.notes().iter().map(note_line).collect(),
        changes: review.changes.as_ref().map(|changes| changes.iter().map(ChangeLine::new).collect()),
        changes_complete: review.changes.as_ref().map(|_| !review.is_hidden()),
    };
    let head = serde_json::to_string(&head)?;
    write!(out, "{},\"entries\":[", head.trim_end_matches('}'))?;
    let mut result = Ok(());
    let mut writer = EntryWriter::default();
    review.visit(&mut |group| {
        if result.is_ok() {
            result = writer.write(group, out);
        }
    });
    result?;
    out.write_all(b"]}\n")
}

/// Writes groups of entries; what stays the same from column to column is put into words once.
#[derive(Default)]
struct EntryWriter {
    begun: bool,
    before: Vec<u8>,
    after: Vec<u8>,
}

impl EntryWriter {
    fn write(&mut self, group: &EntryGroup<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.before.clear();
        self.before.extend_from_slice(b"{\"principal\":");
        serde_json::to_writer(&mut self.before, group.principal)?;
        write!(self.before, ",\"login\":{},\"object\":", group.login)?;
        serde_json::to_writer(&mut self.before, group.object)?;
        self.before.extend_from_slice(b",\"column\":");
        self.after.clear();
        self.after.extend_from_slice(b",\"privileges\":[");
        for (index, word) in group.privileges.words().enumerate() {
            write!(self.after, "{}\"{word}\"", if index > 0 { "," } else { "" })?;
        }
        write!(self.after, "],\"rows\":\"{}\"", group.rows.as_str())?;
        if !group.rows.conditions().is_empty() {
            self.after.extend_from_slice(b",\"conditions\":");
            serde_json::to_writer(&mut self.after, group.rows.conditions())?;
        }
        write!(self.after, ",\"reach\":\"{}\",\"paths\":[", group.reach.as_str())?;
        for (index, path) in group.paths.iter().enumerate() {
            self.after.extend_from_slice(if index > 0 { b"," } else { b"" });
            serde_json::to_writer(&mut self.after, &path.text)?;
        }
        self.after.extend_from_slice(b"],\"revoke\":[");
        for (index, path) in group.paths.iter().enumerate() {
            self.after.extend_from_slice(if index > 0 { b"," } else { b"" });
            serde_json::to_writer(&mut self.after, &path.revoke)?;
        }
        self.after.extend_from_slice(b"]}");
        for (column, category) in group.columns {
            if std::mem::replace(&mut self.begun, true) {
                out.write_all(b",")?;
            }
            out.write_all(&self.before)?;
            serde_json::to_writer(&mut *out, column)?;
            match category {
                Some(category) => write!(out, ",\"category\":\"{category}\"")?,
                None => out.write_all(b",\"category\":null")?,
            }
            out.write_all(&self.after)?;
        }
        Ok(())
    }
}

fn missing_line(missing: &Missing) -> MissingLine {
    MissingLine { what: missing.what.clone(), grant: missing.grant.clone(), decides: missing.decides }
}

fn principal_line(principal: &Principal) -> PrincipalLine {
    PrincipalLine {
        name: principal.name.clone(),
        login: principal.login,
        barrier: principal.barrier.clone(),
        superuser: principal.superuser,
        anonymous: principal.anonymous,
        roles: principal.roles.clone(),
        last_used: principal.last_used,
    }
}

fn note_line(note: &Note) -> NoteLine {
    NoteLine {
        kind: note.kind.as_str(),
        principal: note.principal.clone(),
        text: note.text.clone(),
        remedy: note.remedy.clone(),
        remedy_kind: note.remedy.as_ref().map(|remedy| remedy.kind().to_owned()),
    }
}

impl ChangeLine {
    /// The line for a change.
    pub fn new(change: &AccessChange) -> Self {
        let reached = |reached: Reached| ReachedLine {
            privileges: reached.privileges.words().collect(),
            rows: if reached.all_rows { "all" } else { "some" },
        };
        Self {
            principal: change.principal.clone(),
            object: change.object.clone(),
            column: change.column.clone(),
            reach: change.reach.as_str(),
            before: change.before.map(reached),
            after: change.after.map(reached),
        }
    }
}
