//! What every column really holds, to hold a scan against.

use dataward_model::Category;
use serde::Serialize;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "holds", content = "category")]
pub enum Holds {
    /// Data of this category.
    Category(Category),
    /// Good people differ: neither answer is wrong.
    Either,
    /// Nothing about a person.
    Nothing,
}

/// The truth about one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnTruth {
    /// `shop` or `files`.
    pub source: &'static str,
    /// Table, or path below `files`.
    pub table: &'static str,
    /// The column; for JSON the dotted path.
    pub column: &'static str,
    /// What it holds.
    #[serde(flatten)]
    pub holds: Holds,
}

/// `-` is nothing, `?` is either, anything else a category.
const TRUTH: &[(&str, &str, &str, &str)] = &[
    ("shop", "publishers", "publisher_id", "-"),
    ("shop", "publishers", "company", "-"),
    ("shop", "publishers", "town", "-"),
    ("shop", "publishers", "website", "-"),
    ("shop", "books", "isbn", "-"),
    ("shop", "books", "title", "-"),
    ("shop", "books", "publisher_id", "-"),
    ("shop", "books", "genre", "-"),
    ("shop", "books", "published", "-"),
    ("shop", "books", "price_cents", "-"),
    ("shop", "books", "stock", "-"),
    ("shop", "pickup_points", "point_id", "-"),
    ("shop", "pickup_points", "name", "-"),
    ("shop", "pickup_points", "latitude", "-"),
    ("shop", "pickup_points", "longitude", "-"),
    ("shop", "pickup_points", "opens", "-"),
    ("shop", "staff", "staff_id", "?"),
    ("shop", "staff", "name", "user.name"),
    ("shop", "staff", "job_title", "?"),
    ("shop", "staff", "email", "user.contact.email"),
    ("shop", "staff", "phone", "user.contact.phone_number"),
    ("shop", "staff", "birth_date", "user.demographic.date_of_birth"),
    ("shop", "staff", "tax_id", "user.government_id.national_identification_number"),
    ("shop", "staff", "iban", "user.financial.bank_account"),
    ("shop", "staff", "hired_on", "-"),
    ("shop", "staff", "left_on", "-"),
    ("shop", "customers", "customer_id", "?"),
    ("shop", "customers", "first_name", "user.name.first"),
    ("shop", "customers", "last_name", "user.name.last"),
    ("shop", "customers", "email", "user.contact.email"),
    ("shop", "customers", "phone", "user.contact.phone_number"),
    ("shop", "customers", "street", "user.contact.address.street"),
    ("shop", "customers", "postal_code", "user.contact.address.postal_code"),
    ("shop", "customers", "city", "user.contact.address.city"),
    ("shop", "customers", "country", "user.contact.address.country"),
    ("shop", "customers", "birth_date", "user.demographic.date_of_birth"),
    ("shop", "customers", "language", "?"),
    ("shop", "customers", "password_hash", "user.authorization.password"),
    ("shop", "customers", "created_at", "-"),
    ("shop", "customers", "last_activity", "-"),
    ("shop", "orders", "order_id", "-"),
    ("shop", "orders", "customer_id", "?"),
    ("shop", "orders", "placed_at", "-"),
    ("shop", "orders", "status", "-"),
    ("shop", "orders", "total_cents", "-"),
    ("shop", "orders", "currency", "-"),
    ("shop", "orders", "delivery", "user.content"),
    ("shop", "orders", "gift_message", "user.content"),
    ("shop", "order_items", "order_id", "-"),
    ("shop", "order_items", "line", "-"),
    ("shop", "order_items", "isbn", "-"),
    ("shop", "order_items", "quantity", "-"),
    ("shop", "order_items", "price_cents", "-"),
    ("shop", "payments", "payment_id", "-"),
    ("shop", "payments", "order_id", "-"),
    ("shop", "payments", "method", "-"),
    ("shop", "payments", "card", "user.financial.credit_card"),
    ("shop", "payments", "iban", "user.financial.bank_account"),
    ("shop", "payments", "amount_cents", "-"),
    ("shop", "payments", "paid_at", "-"),
    ("shop", "tickets", "ticket_id", "-"),
    ("shop", "tickets", "customer_id", "?"),
    ("shop", "tickets", "staff_id", "?"),
    ("shop", "tickets", "subject", "-"),
    ("shop", "tickets", "body", "user.content"),
    ("shop", "tickets", "opened_at", "-"),
    ("shop", "tickets", "closed_at", "-"),
    ("shop", "newsletter", "subscriber_id", "?"),
    ("shop", "newsletter", "email", "user.contact.email"),
    ("shop", "newsletter", "first_name", "user.name.first"),
    ("shop", "newsletter", "consented_at", "?"),
    ("shop", "newsletter", "consent_ip", "user.device.ip_address"),
    ("shop", "newsletter", "signed_up_on", "-"),
    ("shop", "newsletter", "unsubscribed_at", "?"),
    ("shop", "newsletter", "active", "-"),
    ("shop", "sessions", "session_id", "?"),
    ("shop", "sessions", "customer_id", "?"),
    ("shop", "sessions", "ip_address", "user.device.ip_address"),
    ("shop", "sessions", "user_agent", "?"),
    ("shop", "sessions", "started_at", "-"),
    ("files", "exports/kunden_2023.csv", "Kd-Nr", "?"),
    ("files", "exports/kunden_2023.csv", "Vorname", "user.name.first"),
    ("files", "exports/kunden_2023.csv", "Nachname", "user.name.last"),
    ("files", "exports/kunden_2023.csv", "Straße", "user.contact.address.street"),
    ("files", "exports/kunden_2023.csv", "PLZ", "user.contact.address.postal_code"),
    ("files", "exports/kunden_2023.csv", "Ort", "user.contact.address.city"),
    ("files", "exports/kunden_2023.csv", "E-Mail", "user.contact.email"),
    ("files", "exports/kunden_2023.csv", "Geburtsdatum", "user.demographic.date_of_birth"),
    ("files", "exports/kunden_2023.csv", "Umsatz €", "-"),
    ("files", "exports/crm-contacts.jsonl", "id", "?"),
    ("files", "exports/crm-contacts.jsonl", "person.name", "user.name"),
    ("files", "exports/crm-contacts.jsonl", "person.mail", "user.contact.email"),
    ("files", "exports/crm-contacts.jsonl", "person.phones[]", "user.contact.phone_number"),
    ("files", "exports/crm-contacts.jsonl", "stage", "-"),
    ("files", "exports/crm-contacts.jsonl", "note", "user.content"),
    ("files", "exports/loyalty.parquet", "member", "?"),
    ("files", "exports/loyalty.parquet", "email", "user.contact.email"),
    ("files", "exports/loyalty.parquet", "birthday", "user.demographic.date_of_birth"),
    ("files", "exports/loyalty.parquet", "points", "-"),
    ("files", "exports/stock.csv", "ean", "-"),
    ("files", "exports/stock.csv", "title", "-"),
    ("files", "exports/stock.csv", "warehouse", "-"),
    ("files", "exports/stock.csv", "quantity", "-"),
    ("files", "exports/stock.csv", "counted_on", "-"),
    ("files", "till/card-list.csv", "terminal", "-"),
    ("files", "till/card-list.csv", "holder", "user.name"),
    ("files", "till/card-list.csv", "card", "user.financial.credit_card"),
    ("files", "till/card-list.csv", "expires", "?"),
    ("files", "till/card-list.csv", "amount", "-"),
    ("files", "staff/holiday-plan.xlsx#Plan", "Name", "user.name"),
    ("files", "staff/holiday-plan.xlsx#Plan", "Phone", "user.contact.phone_number"),
    ("files", "staff/holiday-plan.xlsx#Plan", "From", "-"),
    ("files", "staff/holiday-plan.xlsx#Plan", "Until", "-"),
    ("files", "staff/holiday-plan.xlsx#Opening hours", "Day", "-"),
    ("files", "staff/holiday-plan.xlsx#Opening hours", "Opens", "-"),
    ("files", "staff/holiday-plan.xlsx#Opening hours", "Closes", "-"),
];

/// The truth about every column.
pub(crate) fn columns() -> Vec<ColumnTruth> {
    let holds = |key: &str| match (key, Category::parse(key)) {
        (_, Some(category)) => Holds::Category(category),
        ("?", None) => Holds::Either,
        _ => Holds::Nothing,
    };
    TRUTH.iter().map(|(source, table, column, key)| ColumnTruth { source, table, column, holds: holds(key) }).collect()
}
