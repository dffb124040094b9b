//! The certificate of an erasure: what went, how far, how that was proven, who was behind it.
//!
//! A file of canonical JSON (RFC 8785) with one line end, `dataward/certificate@1`: the statement, and a
//! signed note over its SHA-256. So a changed byte anywhere is found: it changes the statement's hash, the
//! note, or the one way to write it. Each names the hash of the file before it, and each stands in the
//! evidence log with its own, so that one that is missing is found too, the last included. Holds no value.

use std::collections::BTreeMap;

use dataward_evidence::Signer;
use dataward_evidence::VerifierKey;
use dataward_evidence::canonical::canonical_json;
use dataward_model::ErasureLevel;
use dataward_model::SourceId;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::proof_error::ProofError;
use crate::verify::Residue;

/// The name of the format, and the kind of the note.
pub const SCHEMA: &str = "dataward/certificate@1";

/// The hash that the first certificate names.
pub const NO_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// From 1 on, without a gap.
    pub number: u64,
    /// SHA-256 of the file before this one, in hex; zeros for the first.
    pub previous: String,
    /// The hash of the plan.
    pub plan: String,
    /// The source.
    pub source: SourceId,
    /// What kind of store it is, with its version.
    pub store: String,
    /// The level that the policy asks for.
    pub level_wanted: ErasureLevel,
    /// The level that the clean-up could reach.
    pub level_reached: ErasureLevel,
    /// The level that the search proved; none: not even that the rows are out of sight.
    pub level_proven: Option<ErasureLevel>,
    /// Why the level is lower than was asked for.
    pub reasons: Vec<String>,
    /// What went, by table and rule.
    pub erased: Vec<Erased>,
    /// What else there is to know of how it went: a table that was to be emptied at once and went in batches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Steps of the clean-up and how they ended.
    pub clean_up: BTreeMap<String, String>,
    /// The search: how, how much, what was found, what could not be seen.
    pub search: Residue,
    /// Who did what, when.
    pub people: People,
    /// The version of dataward.
    pub tool_version: String,
}

impl Certificate {
    /// The level that is proven: what an older version said of values that all stand elsewhere too does not count.
    pub fn proven(&self) -> Option<ErasureLevel> {
        self.level_proven.filter(|_| self.search.level().is_some() || self.search.living == 0)
    }
}

/// What went from one table by one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The table.
    pub table: String,
    /// The rule.
    pub rule: String,
    /// erase, archive, clean-up, anonymise.
    pub action: String,
    /// Rows.
    pub rows: u64,
    /// Rows that were planned and kept, by reason.
    pub kept: BTreeMap<String, u64>,
    /// HMAC over the keys of the rows, under the erasure key: who has a row and the key can tell whether it
    /// was among them.
    pub digest: String,
}

/// Who did what, when. Accounts or roles, not full names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Who planned.
    pub planned_by: String,
    /// When.
    pub planned_at: Timestamp,
    /// Who approved.
    pub approved_by: String,
    /// When.
    pub approved_at: Timestamp,
    /// Who applied.
    pub applied_by: String,
    /// When the first row went.
    pub began_at: Timestamp,
    /// When the last row went.
    pub ended_at: Timestamp,
    /// When the files were searched.
    pub verified_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Document {
    certificate: Certificate,
    schema: String,
    signature: String,
}

/// A certificate as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What it says.
    pub certificate: Certificate,
}

impl CertificateFile {
    /// Signs `certificate`.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn sign(certificate: Certificate, signer: &Signer) -> Result<Self, ProofError> {
        let signature = signer.sign_note(SCHEMA, &statement_hash(&certificate)?)?;
        let document = Document { certificate, schema: SCHEMA.to_owned(), signature };
        let bytes = write(&document)?;
        Ok(Self { bytes, certificate: document.certificate })
    }

    /// Reads a file and checks its signature. Needs nothing but the file and the key.
    ///
    /// # Errors
    /// When one byte is another than was signed.
    pub fn check(name: &str, bytes: &[u8], key: &VerifierKey) -> Result<Self, ProofError> {
        let wrong = |reason: &str| ProofError::Certificate { name: name.to_owned(), reason: reason.to_owned() };
        let document: Document =
            serde_json::from_slice(bytes).map_err(|_| wrong("it is no certificate, or it was changed"))?;
        if document.schema != SCHEMA {
            return Err(wrong("it is of another kind or version"));
        }
        key.check_note(&document.signature, SCHEMA, &statement_hash(&document.certificate)?)
            .map_err(|_| wrong("the signature does not fit: it was changed, or signed by another key"))?;
        if write(&document)? != bytes {
            return Err(wrong("it was changed: it is not written as it was signed"));
        }
        Ok(Self { bytes: bytes.to_vec(), certificate: document.certificate })
    }

    /// SHA-256 of the file: what the next one names, and what stands in the evidence log.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

fn statement_hash(certificate: &Certificate) -> Result<[u8; 32], ProofError> {
    let value = serde_json::to_value(certificate).map_err(|_| unwritable(certificate.number))?;
    Ok(Sha256::digest(canonical_json(&value)?).into())
}

fn write(document: &Document) -> Result<Vec<u8>, ProofError> {
    let value = serde_json::to_value(document).map_err(|_| unwritable(document.certificate.number))?;
    let mut bytes = canonical_json(&value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn unwritable(number: u64) -> ProofError {
    ProofError::Certificate { name: number.to_string(), reason: "it cannot be written as JSON".to_owned() }
}

/// Checks that `files`, in the order of their numbers, are a chain without a gap, and that the hashes that
/// `logged` has (of the evidence log, in order) are theirs.
///
/// # Errors
/// At the first that is missing, doubled or in the wrong place.
pub fn check_chain(files: &[CertificateFile], logged: &[[u8; 32]]) -> Result<(), ProofError> {
    let mut previous = NO_PREVIOUS.to_owned();
    for (file, expected) in files.iter().zip(1..) {
        let broken = |reason: String| ProofError::Certificate { name: expected.to_string(), reason };
        if file.certificate.number != expected {
            return Err(broken(format!("it is missing; number {} stands in its place", file.certificate.number)));
        }
        if file.certificate.previous != previous {
            return Err(broken("it does not follow the one before it".to_owned()));
        }
        previous = hex::encode(file.hash());
    }
    for (at, hash) in logged.iter().enumerate() {
        let reason = match files.get(at) {
            None => "it is missing; the evidence log knows it",
            Some(file) if file.hash() != *hash => "the evidence log knows another one in its place",
            Some(_) => continue,
        };
        return Err(ProofError::Certificate { name: (at + 1).to_string(), reason: reason.to_owned() });
    }
    if files.len() > logged.len() {
        let reason = "the evidence log does not know it; `dataward retain verify` enters it".to_owned();
        return Err(ProofError::Certificate { name: (logged.len() + 1).to_string(), reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("blue-lantern.example/evidence", &[7; 32]).unwrap()
    }

    fn certificate(number: u64, previous: String) -> Certificate {
        let at: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        Certificate {
            number,
            previous,
            plan: "f00d".into(),
            source: SourceId::new("shop").unwrap(),
            store: "PostgreSQL 15.18".into(),
            level_wanted: ErasureLevel::L2,
            level_reached: ErasureLevel::L2,
            level_proven: Some(ErasureLevel::L2),
            reasons: vec![],
            erased: vec![Erased {
                table: "public.customers".into(),
                rule: "E-mail addresses".into(),
                action: "erase".into(),
                rows: 12_000,
                kept: BTreeMap::from([("held".into(), 3)]),
                digest: "ab".repeat(32),
            }],
            notes: Vec::new(),
            clean_up: BTreeMap::from([("vacuum public.customers".into(), "done".into())]),
            search: Residue {
                proven: Some(ErasureLevel::L2),
                how: None,
                rows: 12_000,
                rows_sampled: 12_000,
                values: 12_000,
                too_short: 0,
                living: 0,
                living_in: BTreeMap::new(),
                selectable: Some(0),
                classes: vec![],
                parts: vec![],
                bytes: 1 << 20,
                missed_at_most_ppm: 0,
                blind: vec![],
            },
            people: People {
                planned_by: "ops".into(),
                planned_at: at,
                approved_by: "dpo".into(),
                approved_at: at,
                applied_by: "ops".into(),
                began_at: at,
                ended_at: at,
                verified_at: at,
            },
            tool_version: "0.1.0".into(),
        }
    }

    fn chain(length: u64) -> Vec<CertificateFile> {
        let mut files: Vec<CertificateFile> = Vec::new();
        for number in 1..=length {
            let previous = files.last().map_or(NO_PREVIOUS.to_owned(), |file| hex::encode(file.hash()));
            files.push(CertificateFile::sign(certificate(number, previous), &signer()).unwrap());
        }
        files
    }

    #[test]
    fn every_changed_byte_is_found() {
        let file = chain(1).remove(0);
        let key = signer().verifier_key();
        assert_eq!(CertificateFile::check("1", &file.bytes, &key).unwrap(), file);
        for at in 0..file.bytes.len() {
            for flip in [1, 0x20, 0x80] {
                let mut changed = file.bytes.clone();
                changed[at] ^= flip;
                assert!(CertificateFile::check("1", &changed, &key).is_err(), "byte {at} flipped by {flip}");
            }
            assert!(CertificateFile::check("1", &file.bytes[..at], &key).is_err(), "cut at {at}");
        }
        let mut longer = file.bytes.clone();
        longer.push(b'\n');
        assert!(CertificateFile::check("1", &longer, &key).is_err());
        let other = Signer::new("blue-lantern.example/evidence", &[8; 32]).unwrap().verifier_key();
        assert!(CertificateFile::check("1", &file.bytes, &other).is_err(), "another key");
    }

    #[test]
    fn a_missing_one_breaks_the_chain_the_last_one_too() {
        let files = chain(4);
        let logged: Vec<[u8; 32]> = files.iter().map(CertificateFile::hash).collect();
        check_chain(&files, &logged).unwrap();
        for missing in 0..files.len() {
            let mut left = files.clone();
            left.remove(missing);
            let error = check_chain(&left, &logged).unwrap_err().to_string();
            assert!(error.starts_with(&format!("certificate {}: it is missing", missing + 1)), "{error}");
        }
        let mut swapped = files.clone();
        swapped.swap(1, 2);
        assert!(check_chain(&swapped, &logged).is_err());
        assert!(check_chain(&files, &logged[..3]).is_err(), "one that the log does not know");
        // A chain that was made anew from the middle on is not the one in the log.
        let mut forged = files[..2].to_vec();
        let mut third = certificate(3, hex::encode(files[1].hash()));
        third.erased.clear();
        forged.push(CertificateFile::sign(third, &signer()).unwrap());
        assert!(check_chain(&forged, &logged[..3]).is_err());
    }
}
