//! What a table is for: as the policy says, else by the words of its name.

use dataward_model::unit::files_of;
use dataward_policy::RetentionFacts;
use dataward_policy::TableRole;
use serde::Serialize;

use super::HeldTable;

/// A role of a table, and why it is taken for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundRole {
    /// The role.
    pub role: TableRole,
    /// Why, in a few words.
    pub why: String,
}

/// Words of table and file names, in the languages of our users.
const WORDS: &[(TableRole, &[&str])] = &[
    (
        TableRole::Account,
        &[
            "account",
            "accounts",
            "customer",
            "customers",
            "client",
            "clients",
            "user",
            "users",
            "member",
            "members",
            "kunde",
            "kunden",
            "kundschaft",
            "clientes",
            "clienti",
            "subscriber",
            "subscribers",
            "profile",
            "profiles",
            "person",
            "people",
            "persons",
            "contact",
            "contacts",
            "konten",
            "utilisateurs",
            "usuarios",
        ],
    ),
    (
        TableRole::Applicant,
        &[
            "applicant",
            "applicants",
            "application",
            "applications",
            "candidate",
            "candidates",
            "bewerber",
            "bewerbungen",
        ],
    ),
    (TableRole::Backup, &["backup", "backups", "dump", "dumps", "bak"]),
    (TableRole::Book, &["ledger", "journal", "buchungen", "booking entries", "acc trans", "gl", "general ledger"]),
    (TableRole::Consent, &["consent", "consents", "einwilligung", "einwilligungen", "opt in", "optins"]),
    (
        TableRole::Contract,
        &["contract", "contracts", "vertrag", "vertraege", "subscription", "subscriptions", "agreement", "agreements"],
    ),
    (
        TableRole::CreditApplication,
        &["credit application", "credit applications", "loan application", "loan applications"],
    ),
    (
        TableRole::Employee,
        &["employee", "employees", "staff", "mitarbeiter", "personnel", "personal", "angestellte", "worker", "workers"],
    ),
    (TableRole::Footage, &["footage", "cctv", "camera", "cameras", "video"]),
    (
        TableRole::HealthRecord,
        &["patient", "patients", "treatment", "treatments", "diagnosis", "diagnoses", "medical", "patienten"],
    ),
    (
        TableRole::IdentityCheck,
        &["kyc", "identity check", "identity checks", "id check", "id checks", "verification", "verifications"],
    ),
    (
        TableRole::Invoice,
        &[
            "invoice",
            "invoices",
            "rechnung",
            "rechnungen",
            "receipt",
            "receipts",
            "bill",
            "bills",
            "billing",
            "facture",
            "factures",
            "factura",
            "facturas",
            "fattura",
            "fatture",
            "voucher",
            "vouchers",
            "credit note",
            "credit notes",
            "invoice line",
        ],
    ),
    (
        TableRole::Letter,
        &[
            "letter",
            "letters",
            "mail",
            "mails",
            "correspondence",
            "inbox",
            "complaint",
            "complaints",
            "brief",
            "briefe",
            "schreiben",
            "korrespondenz",
            "reklamation",
            "reklamationen",
            "beschwerde",
            "beschwerden",
            "lettre",
            "lettres",
            "courrier",
            "courriers",
            "réclamation",
            "réclamations",
            "carta",
            "cartas",
            "lettera",
            "lettere",
        ],
    ),
    (
        TableRole::Log,
        &[
            "log",
            "logs",
            "access log",
            "audit log",
            "event",
            "events",
            "session",
            "sessions",
            "request",
            "requests",
            "visit",
            "visits",
        ],
    ),
    (
        TableRole::Marketing,
        &[
            "newsletter",
            "newsletters",
            "lead",
            "leads",
            "prospect",
            "prospects",
            "campaign",
            "campaigns",
            "mailing",
            "mailings",
            "marketing",
        ],
    ),
    (
        TableRole::Order,
        &[
            "order",
            "orders",
            "purchase",
            "purchases",
            "bestellung",
            "bestellungen",
            "commande",
            "commandes",
            "pedido",
            "pedidos",
            "sale",
            "sales",
            "cart",
            "carts",
            "rental",
            "rentals",
            "reservation",
            "reservations",
            "booking",
            "bookings",
            "order item",
            "order items",
            "auftrag",
            "auftraege",
        ],
    ),
    (
        TableRole::Payment,
        &[
            "payment",
            "payments",
            "transaction",
            "transactions",
            "zahlung",
            "zahlungen",
            "refund",
            "refunds",
            "payout",
            "payouts",
            "paiement",
            "pago",
            "pagos",
        ],
    ),
    (TableRole::Payroll, &["payroll", "payslip", "payslips", "salary", "salaries", "wage", "wages", "lohn", "gehalt"]),
    (
        TableRole::Ticket,
        &[
            "ticket",
            "tickets",
            "support",
            "helpdesk",
            "case",
            "cases",
            "issue",
            "issues",
            "anfrage",
            "anfragen",
            "complaint",
            "complaints",
            "conversation",
            "conversations",
            "chat",
            "chats",
        ],
    ),
    (
        TableRole::WorkingTime,
        &[
            "timesheet",
            "timesheets",
            "working time",
            "shift",
            "shifts",
            "attendance",
            "zeiterfassung",
            "time card",
            "time cards",
        ],
    ),
];

/// What `table` is for.
pub fn find_roles(facts: &RetentionFacts, table: &HeldTable) -> Vec<FoundRole> {
    if let Some(declared) = facts.roles.get(&table.name) {
        return declared.iter().map(|role| FoundRole { role: *role, why: "the policy says so".to_owned() }).collect();
    }
    let words = words(&table.name.table);
    let name = table.name.table.to_lowercase();
    let found = named(&words, "its name");
    let is_mail = files_of(&name).any(|file| MAILS.iter().any(|ending| file.ends_with(ending)));
    let mail = is_mail.then(|| FoundRole { role: TableRole::Letter, why: "it is mail".to_owned() });
    let found = if found.is_empty() && !is_mail { by_folder(&table.name.table) } else { found };
    let named = found.into_iter().filter(|found| !is_mail || found.role != TableRole::Letter);
    mail.into_iter().chain(named).collect()
}

/// The roles that these words name.
fn named(words: &[String], of: &str) -> Vec<FoundRole> {
    let role = |(role, names): &(TableRole, &[&str])| {
        let name = names.iter().find(|name| is_within(name, words))?;
        Some(FoundRole { role: *role, why: format!("{of} has `{name}`") })
    };
    WORDS.iter().filter_map(role).collect()
}

/// Papers that are kept in folders of their own. That a folder is called after people, logs or backups says nothing of
/// what the files in it are for.
const FILED: [TableRole; 8] = [
    TableRole::Book,
    TableRole::Contract,
    TableRole::HealthRecord,
    TableRole::Invoice,
    TableRole::Order,
    TableRole::Payment,
    TableRole::Payroll,
    TableRole::WorkingTime,
];

/// `invoices/2024/0001.pdf` says by its folder what it is: the nearest that says something counts.
fn by_folder(path: &str) -> Vec<FoundRole> {
    let Some((folders, _)) = path.split('#').next().unwrap_or(path).rsplit_once('/') else { return Vec::new() };
    let of_folder = |folder: &str| {
        let mut found = named(&words(folder), "its folder");
        found.retain(|found| FILED.contains(&found.role));
        found
    };
    folders.rsplit('/').map(of_folder).find(|found| !found.is_empty()).unwrap_or_default()
}

/// What files of mail end in.
const MAILS: [&str; 5] = [".eml", ".emlx", ".mbox", ".msg", ".pst"];

/// Whether the words of `name` stand in `words` one after the other.
fn is_within(name: &str, words: &[String]) -> bool {
    let name: Vec<&str> = name.split(' ').collect();
    words.windows(name.len()).any(|window| window.iter().zip(&name).all(|(a, b)| a == b))
}

/// The words of a table's or file's own name: schema, folders and the ending left away.
fn words(table: &str) -> Vec<String> {
    let file = table.rsplit(['/', '\\']).next().unwrap_or(table);
    let file = file.split('#').next().unwrap_or(file);
    let parts: Vec<&str> = file.split('.').collect();
    // `public.orders` and `orders.csv.gz`: endings of files are known, schemas stand before.
    const ENDINGS: &[&str] = &[
        "csv", "tsv", "json", "jsonl", "ndjson", "parquet", "xlsx", "xls", "ods", "txt", "log", "gz", "zst", "zip",
        "xml", "html", "pdf", "eml", "mbox", "sql", "md", "docx", "db", "sqlite", "bz2", "xz", "tar",
    ];
    let own = parts.iter().rev().find(|part| !ENDINGS.contains(&part.to_lowercase().as_str())).copied().unwrap_or(file);
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before_lower = false;
    for character in own.chars() {
        if !character.is_alphabetic() || (character.is_uppercase() && before_lower) {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphabetic() {
            word.extend(character.to_lowercase());
        }
        before_lower = character.is_lowercase();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use dataward_model::SourceId;
    use dataward_policy::TableName;

    use super::*;

    fn roles(table: &str) -> Vec<&'static str> {
        let name = TableName { source: SourceId::new("shop").unwrap(), table: table.to_owned() };
        let held = HeldTable { name, is_file: false, columns: Vec::new() };
        find_roles(&RetentionFacts::default(), &held).into_iter().map(|found| found.role.as_str()).collect()
    }

    #[test]
    fn names_of_tables_and_files_say_what_they_are_for() {
        for (table, expected) in [
            ("public.orders", vec!["order"]),
            ("main.InvoiceLine", vec!["invoice"]),
            ("exports/2024/kunden_2024-01.csv", vec!["account"]),
            ("backup/shop.sql.gz", vec![]),
            ("Rechnungen/2024/0001.pdf", vec!["invoice"]),
            ("invoices/march/payslip-7.pdf", vec!["payroll"]),
            ("clients/ada/notes.txt", vec![]),
            ("support_tickets", vec!["ticket"]),
            ("tickets.jsonl#messages", vec!["ticket"]),
            ("public.border", vec![]),
            ("Employee", vec!["employee"]),
            ("2024-03-03 Lindemann.eml", vec!["letter"]),
            ("post/mails.mbox!/prices.csv", vec!["letter"]),
        ] {
            assert_eq!(roles(table), expected, "{table}");
        }
    }
}
