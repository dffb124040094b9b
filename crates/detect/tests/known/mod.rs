//! Tables written down with what each column holds: `== table`, then `column kind` pairs (`-` not about a
//! person, `?` opinions differ), then rows, one a line, cells separated by `|`.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::Int64Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use dataward_detect::Detector;
use dataward_detect::TableVerdict;
use dataward_model::ColumnHead;
use dataward_model::TableHead;

/// One table.
pub(crate) struct Known {
    pub(crate) table: String,
    /// Names and kinds.
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The tables of a text, in order.
pub(crate) fn read(text: &str) -> Vec<Known> {
    let mut tables: Vec<Known> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(table) = line.strip_prefix("== ") {
            tables.push(Known { table: table.to_owned(), columns: Vec::new(), rows: Vec::new() });
            continue;
        }
        let known = tables.last_mut().expect("a table has a head");
        if known.columns.is_empty() {
            let pairs = line.split('|').map(|pair| pair.rsplit_once(' ').expect("a column has a kind"));
            known.columns = pairs.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        } else {
            known.rows.push(line.split('|').map(str::to_owned).collect());
        }
    }
    tables
}

/// The category of a kind; none where it is not about a person.
pub(crate) fn key(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "first" => "user.name.first",
        "last" => "user.name.last",
        "name" => "user.name",
        "email" => "user.contact.email",
        "phone" => "user.contact.phone_number",
        "fax" => "user.contact.fax_number",
        "street" => "user.contact.address.street",
        "city" => "user.contact.address.city",
        "state" => "user.contact.address.state",
        "postal" => "user.contact.address.postal_code",
        "country" => "user.contact.address.country",
        "org" => "user.contact.organization",
        "url" => "user.contact.url",
        "job" => "user.job_title",
        "dob" => "user.demographic.date_of_birth",
        "gender" => "user.demographic.gender",
        "marital" => "user.demographic.marital_status",
        "lang" | "language" => "user.demographic.language",
        "age" => "user.demographic.age_range",
        "religion" => "user.demographic.religious_belief",
        "ethnicity" => "user.demographic.race_ethnicity",
        "party" => "user.demographic.political_opinion",
        "username" => "user.account.username",
        "password" => "user.authorization.password",
        "token" => "user.authorization.credentials",
        "ip" => "user.device.ip_address",
        "device" => "user.device",
        "device_id" => "user.device.device_id",
        "national" => "user.government_id.national_identification_number",
        "passport" => "user.government_id.passport_number",
        "licence" => "user.government_id.drivers_license_number",
        "plate" => "user.government_id.vehicle_registration",
        "card" => "user.financial.credit_card",
        "bank" => "user.financial.bank_account",
        "salary" => "user.financial",
        "record" => "user.health_and_medical.record_id",
        "insurance" => "user.health_and_medical.insurance_beneficiary_id",
        "health" => "user.health_and_medical",
        "location" => "user.location.precise",
        "content" => "user.content",
        "-" | "?" => return None,
        other => panic!("`{other}` is no kind"),
    })
}

/// What a table is taken for, its columns named as they are or, where `opaque`, `c1`, `c2` … in a table `t1`.
pub(crate) fn verdict(detector: &Detector, known: &Known, opaque: bool) -> TableVerdict {
    let name = |at: usize| if opaque { format!("c{}", at + 1) } else { known.columns[at].0.clone() };
    let mut heads = Vec::new();
    let mut arrays: Vec<(String, ArrayRef, bool)> = Vec::new();
    for (at, (_, kind)) in known.columns.iter().enumerate() {
        let cells = || known.rows.iter().map(|row| row.get(at).map(String::as_str).filter(|cell| !cell.is_empty()));
        // Databases keep counts and amounts as numbers, codes and phones as text.
        let number = |cell: &str| !cell.starts_with(['0', '+']) || cell == "0";
        let whole = matches!(kind.as_str(), "-" | "salary" | "age")
            && cells().flatten().all(|cell| number(cell) && cell.parse::<i64>().is_ok());
        let array: ArrayRef = if whole {
            Arc::new(cells().map(|cell| cell.and_then(|cell| cell.parse().ok())).collect::<Int64Array>())
        } else {
            Arc::new(cells().collect::<StringArray>())
        };
        heads.push(ColumnHead::new(name(at), if whole { "bigint" } else { "text" }));
        arrays.push((name(at), array, true));
    }
    let table = if opaque { "t1" } else { known.table.as_str() };
    let mut profile = detector.profile(&TableHead::table(table, heads));
    profile.update(detector, &RecordBatch::try_from_iter_with_nullable(arrays).expect("columns are equally long"));
    profile.verdict(detector)
}
