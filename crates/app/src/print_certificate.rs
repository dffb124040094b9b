//! A certificate of erasure as a PDF, for people. What counts is the signed file: its hash stands on the page.

use std::path::Path;

use dataward_model::counted;
use dataward_report::pdf::Block;
use dataward_report::pdf::Document;
use dataward_report::pdf::Table;
use dataward_report::pdf::pdf;
use dataward_retain::certificate::Certificate;
use dataward_retain::certificate::CertificateFile;

use crate::AppError;
use crate::environment;
use crate::further_font::further_font;

/// Prints a certificate that was checked into `out`.
pub(crate) fn print_certificate(file: &CertificateFile, out: &Path) -> Result<(), AppError> {
    let bytes = pdf(&document(file))
        .map_err(|error| AppError::Internal(format!("the certificate cannot be printed: {error}")))?;
    environment::write_file(out, bytes)
}

fn document(file: &CertificateFile) -> Document {
    let certificate = &file.certificate;
    let mut document = Document::new(format!("Certificate of deletion {}", certificate.number), "dataward");
    document.made = Some(certificate.people.verified_at);
    document.further_font = Some(further_font);
    document.foot = format!("dataward {} · certificate {}", certificate.tool_version, certificate.number);
    document.push(Block::Lead(lead(certificate)));
    let proven = certificate.proven().map_or("none".to_owned(), |level| format!("{level}, {}", level.meaning()));
    let hash = hex::encode(file.hash());
    document.facts(&[
        ("Source", certificate.source.to_string()),
        ("Store", certificate.store.clone()),
        ("Level wanted", format!("{}, {}", certificate.level_wanted, certificate.level_wanted.meaning())),
        ("Level that the clean-up could reach", certificate.level_reached.to_string()),
        ("Level proven", proven),
        ("Plan", format!("`{}`", certificate.plan)),
        ("Certificate before it", format!("`{}`", certificate.previous)),
        ("SHA-256 of the signed file", format!("`{hash}`")),
    ]);
    document.heading(1, "What went");
    let mut table =
        Table::new("Rows or files by table and rule", &["Table", "Rule", "What", "Went", "Stayed", "Digest"]);
    for line in &certificate.erased {
        let stayed: Vec<String> = line.kept.iter().map(|(reason, rows)| format!("{reason}: {rows}")).collect();
        let digest = format!("`{}`", line.digest.get(..16).unwrap_or(&line.digest));
        table.row([
            line.table.clone(),
            line.rule.clone(),
            line.action.clone(),
            line.rows.to_string(),
            stayed.join("; "),
            digest,
        ]);
    }
    document.push(Block::Table(table.numbers(&[3])));
    for note in &certificate.notes {
        document.paragraph(note.clone());
    }
    document.heading(1, "Who");
    let people = &certificate.people;
    document.facts(&[
        ("Planned", format!("{}, {}", people.planned_by, people.planned_at)),
        ("Approved", format!("{}, {}", people.approved_by, people.approved_at)),
        ("Applied", format!("{}, {} to {}", people.applied_by, people.began_at, people.ended_at)),
        ("Searched", people.verified_at.to_string()),
    ]);
    document.heading(1, "What could not be seen");
    if certificate.search.blind.is_empty() && certificate.search.living == 0 {
        document.paragraph("Nothing that was to be searched stayed unseen.");
    }
    if let Some(not_proven) = certificate.search.not_proven() {
        document.paragraph(format!("**Values that stand elsewhere too:** {not_proven}"));
    }
    for spot in &certificate.search.blind {
        let level = spot.level.map_or_else(String::new, |level| format!("**{level} is not proven:** "));
        document.paragraph(format!("{level}{}", spot.what));
    }
    for reason in &certificate.reasons {
        document.paragraph(format!("Why not further: {reason}"));
    }
    document.note(
        "This page is for people. Proof is the signed file: `dataward retain verify --certificate FILE --key log.vkey` checks \
         it without the project. It holds no value that was erased.",
    );
    document
}

fn lead(certificate: &Certificate) -> String {
    let rows: u64 = certificate.erased.iter().map(|line| line.rows).sum();
    let found: u64 = certificate.search.classes.iter().map(|class| class.found).sum();
    if certificate.search.living > 0 && certificate.proven().is_none() {
        return format!(
            "{} went from `{}`. That they are gone is {}.",
            counted(rows, "row or file", "rows or files"),
            certificate.source,
            certificate.search.not_proven().unwrap_or_default()
        );
    }
    let again = certificate.search.selectable.unwrap_or(0);
    let elsewhere =
        certificate.search.not_proven().map(|not_proven| format!(" Of its values: {not_proven}.")).unwrap_or_default();
    format!(
        "{} went from `{}`. Searched afterwards: {again} can be selected again, {} found in files.{elsewhere}",
        counted(rows, "row or file", "rows or files"),
        certificate.source,
        counted(found, "erased value was", "erased values were")
    )
}
