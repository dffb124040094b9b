//! The inventory as JSON-LD in the W3C Data Privacy Vocabulary (version 2).
//!
//! Each source is a `dpv:Process` with its purpose, legal basis and the personal data in it; each
//! place is data of the classes that the vocabulary's personal-data extension has for its category.

use dataward_model::Category;
use dataward_model::Sensitivity;
use serde_json::Value;
use serde_json::json;

use crate::data::ReportData;
use crate::data::SourceReport;

/// The inventory as JSON-LD. All terms are full IRIs or prefixes declared in its own `@context`,
/// so that nothing has to be fetched to read it.
pub fn dpv(data: &ReportData) -> String {
    let business = data.business.as_deref().unwrap_or("unnamed business");
    let document = json!({
        "@context": {
            "dpv": "https://w3id.org/dpv#",
            "pd": "https://w3id.org/dpv/pd#",
            "dct": "http://purl.org/dc/terms/",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@graph": [{
            "@id": "urn:dataward:inventory",
            "@type": "dpv:DataProcessingRecord",
            "dct:created": { "@type": "xsd:dateTime", "@value": data.generated_at.to_string() },
            "dct:creator": format!("dataward {}", data.tool_version),
            "dpv:hasDataController": { "@type": "dpv:DataController", "dpv:hasName": business },
            "dpv:hasProcess": data.sources.iter().map(process).collect::<Vec<_>>(),
        }],
    });
    let mut text = format!("{document:#}");
    text.push('\n');
    text
}

fn process(source: &SourceReport) -> Value {
    let id = format!("urn:dataward:source:{}", encode(source.id.as_str()));
    let mut process = json!({
        "@id": id,
        "@type": "dpv:Process",
        "dct:title": source.id.as_str(),
        "dpv:hasDataSubject": { "@id": "dpv:Customer" },
        "dpv:hasPersonalData": personal_data(source),
    });
    if let Some(purpose) = &source.purpose {
        process["dpv:hasPurpose"] = json!({ "@type": "dpv:Purpose", "rdfs:label": purpose });
    }
    if let Some(basis) = &source.lawful_basis {
        process["dpv:hasLegalBasis"] = legal_basis(basis);
    }
    if let Some(origin) = &source.collected_from {
        process["dpv:hasDataSource"] = json!({ "@type": "dpv:DataSource", "rdfs:label": origin });
    }
    process
}

fn personal_data(source: &SourceReport) -> Vec<Value> {
    let mut places = Vec::new();
    for table in &source.tables {
        for (column, category) in table.personal_columns() {
            let also: Vec<&Category> = [category].into_iter().chain(&column.also).collect();
            places.push(place(source, &[&table.name, &column.name], &also));
        }
        if !table.spans.is_empty() {
            let categories: Vec<&Category> = table.spans.iter().map(|span| &span.category).collect();
            places.push(place(source, &[&table.name], &categories));
        }
    }
    places
}

fn place(source: &SourceReport, path: &[&str], categories: &[&Category]) -> Value {
    let mut types: Vec<String> = categories.iter().map(|category| category.dpv_iri()).collect();
    let worst = categories.iter().map(|category| category.sensitivity()).max();
    match worst {
        Some(Sensitivity::Special) => types.push("https://w3id.org/dpv#SpecialCategoryPersonalData".to_owned()),
        Some(Sensitivity::High) => types.push("https://w3id.org/dpv#SensitivePersonalData".to_owned()),
        _ => {}
    }
    types.sort();
    types.dedup();
    let encoded: Vec<String> = path.iter().map(|part| encode(part)).collect();
    json!({
        "@id": format!("urn:dataward:place:{}/{}", encode(source.id.as_str()), encoded.join("/")),
        "@type": types,
        "dct:identifier": path.join("."),
        "dct:subject": categories.iter().map(|category| category.key()).collect::<Vec<_>>(),
    })
}

/// The vocabulary's own terms for the grounds of GDPR article 6; any other ground keeps its name.
fn legal_basis(basis: &str) -> Value {
    let term = match basis.to_lowercase().replace(['_', '-'], " ").as_str() {
        "consent" => "dpv:Consent",
        "contract" => "dpv:Contract",
        "legal obligation" => "dpv:LegalObligation",
        "legitimate interest" | "legitimate interests" => "dpv:LegitimateInterest",
        "public interest" | "public task" => "dpv:PublicInterest",
        "vital interest" | "vital interests" => "dpv:VitalInterest",
        _ => return json!({ "@type": "dpv:LegalBasis", "rdfs:label": basis }),
    };
    json!({ "@id": term })
}

/// `text` as a part of a URN: everything but unreserved characters percent-encoded.
fn encode(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}
