//! The policy file that fits the business.

/// A `dataward.toml` for the business, with paths relative to its folder. One thing is left out on
/// purpose: nobody owns `files`, and nobody said what for and on what ground it is kept.
pub fn policy_text() -> String {
    POLICY.to_owned()
}

const POLICY: &str = r#"# The policy of Blue Lantern Books, a business that never was.
# Change something and run `dataward scan` again.

[business]
name = "Blue Lantern Books"
jurisdictions = ["EU", "DE", "US-CA"]
sectors = ["retail"]

[source.shop]
url = "sqlite:shop.db"
purpose = "essential.service"
lawful_basis = "contract"
collected_from = "checkout form"
owner = "ops@bluelantern.example"

# Nobody has said who owns this folder, what it is for, and on what ground it is kept.
[source.files]
url = "file:files"

# Who may read what: `dataward access` shows what is so, `dataward audit access` finds what should not be.
[access]
"user.contact" = ["shop_app", "support_ro"]
"user.financial" = ["billing"]

[audit]
collection = "quarterly"
access = "monthly"
integrity = "half-yearly"

[[retain]]
name = "E-mail addresses"
what = "user.contact.email"
keep = "2 years"
from = "last_activity"
then = "erase"

[[retain]]
name = "Transaction records"
what = "shop.orders"
keep = "5 years"
from = "end_of_fiscal_year(placed_at)"
then = "archive"

[[retain]]
name = "Support tickets"
what = "shop.tickets"
keep = "3 months"
from = "closed_at"
then = "clean-up"
"#;
