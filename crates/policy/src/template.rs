//! The commented policy file that `init` writes.

use std::fmt::Write;

use dataward_model::SourceId;

use crate::SecretRef;

/// What `init` knows when it writes the file.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name of the business.
    pub business: String,
    /// `EU`, `DE`, `US-CA`.
    pub jurisdictions: Vec<String>,
    /// `retail`, …
    pub sectors: Vec<String>,
    /// The sources in the order they were given.
    pub sources: Vec<TemplateSource>,
}

/// A source for [`Template`].
#[derive(Clone, Debug)]
pub struct TemplateSource {
    /// Its name.
    pub id: SourceId,
    /// Its address, without a password.
    pub url: String,
    /// Where its password is kept.
    pub password: Option<SecretRef>,
    /// The environment variable to name should its server ask for a password; none where it asks for none.
    pub password_if_asked: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
}

impl Template {
    /// The text of the file; [`crate::Policy::parse`] takes it as it is.
    pub fn render(&self) -> String {
        let mut out = String::from(HEAD);
        let list = |words: &[String]| words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", ");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "[business]\nname = {}", quote(&self.business));
        let _ = writeln!(
            out,
            "jurisdictions = [{}]   # where you and your customers are: \"EU\", \"DE\", \"US-CA\", …",
            list(&self.jurisdictions)
        );
        let _ = writeln!(out, "sectors = [{}]   # \"retail\", \"health\", \"finance\", …", list(&self.sectors));
        for source in &self.sources {
            let _ = writeln!(out, "\n[source.{}]\nurl = {}", source.id, quote(&source.url));
            match &source.password {
                Some(SecretRef::Env(name)) => {
                    let _ = writeln!(out, "password = {{ env = {} }}", quote(name));
                }
                Some(SecretRef::File(path)) => {
                    let _ = writeln!(out, "password = {{ file = {} }}", quote(&path.to_string_lossy()));
                }
                None => {
                    if let Some(name) = &source.password_if_asked {
                        let line = format!("# password = {{ env = {} }}", quote(name));
                        let _ = writeln!(out, "{line:<37} # where the server asks for one");
                    }
                }
            }
            out.push_str("# purpose = \"essential.service\"       # what the data is used for\n");
            out.push_str("# lawful_basis = \"contract\"           # consent, contract, legal_obligation, legitimate_interests, …\n");
            out.push_str("# collected_from = \"checkout form\"    # where it comes from\n");
            match &source.owner {
                Some(owner) => {
                    let _ = writeln!(out, "owner = {}", quote(owner));
                }
                None => out.push_str("# owner = \"you@example.com\"           # who looks after it\n"),
            }
        }
        out.push_str(AUDIT_PLAN);
        out.push_str(RETENTION);
        if let Some(source) = self.sources.first() {
            out.push_str(&RETENTION_PLACES.replace("SOURCE", source.id.as_str()));
        }
        out
    }
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const HEAD: &str = "\
# What this business holds, where, who may read it, how long it is kept.
# `dataward scan` reads the sources, `dataward status` says what to do next.
# Passwords never stand in this file: name an environment variable or a file.

";

const AUDIT_PLAN: &str = "
# Who may read or change which category. `dataward access --propose` writes it from what is so today.
# [access]
# \"user.contact\" = [\"shop_app\", \"support_ro\"]

[audit]                       # daily, weekly, monthly, quarterly, half-yearly, yearly, never, or \"0 6 1 * *\"
collection = \"quarterly\"      # are the sources still the declared ones?
access     = \"monthly\"        # who can read what?
integrity  = \"half-yearly\"    # is the data right?
encryption = \"monthly\"        # is it encrypted where it lies?
transit    = \"weekly\"         # is it encrypted on the way?
";

const RETENTION: &str = "
# How long what is kept, and what happens then: erase, archive, clean-up, anonymise.
[[retain]]
name = \"E-mail addresses\"
what = \"user.contact.email\"
keep = \"2 years\"
from = \"last_activity\"
then = \"erase\"                # permanent erasure
";

/// Rules over tables that only the owner knows: left as comments.
const RETENTION_PLACES: &str = "
# [[retain]]
# name = \"Transaction records\"
# what = \"SOURCE.orders\"       # the table as `dataward inventory` names it
# keep = \"5 years\"
# from = \"end_of_fiscal_year(placed_at)\"
# then = \"archive\"             # secure archiving: encrypted, with its own end

# [[retain]]
# name = \"Support tickets\"
# what = \"SOURCE.tickets\"
# keep = \"3 months\"
# from = \"closed_at\"
# then = \"clean-up\"            # database clean-up: rows go, space is reclaimed
";
