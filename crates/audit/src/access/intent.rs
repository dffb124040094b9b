//! What the policy wants, against what is so: access that nobody gave on purpose, and rules that
//! nothing comes of.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_model::Category;
use dataward_policy::AccessKind;
use dataward_policy::AccessRule;
use jiff::civil::Date;

use crate::access::entry::Privileges;
use crate::access::model::AccessModel;
use crate::access::model::Principal;
use crate::access::model::Scope;

/// The `[access]` table of the policy, as it stands on a day.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    rules: BTreeMap<Category, Vec<AccessRule>>,
    /// Roles by member, so that a rule for a role counts for those in it.
    roles: BTreeMap<String, Vec<String>>,
    today: Date,
}

/// Access that the policy does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwanted {
    /// The account.
    pub principal: String,
    /// The table, view or file.
    pub object: String,
    /// The columns that hold the category, and all that gives the access.
    pub columns: BTreeSet<String>,
    /// The category.
    pub category: Category,
    /// What it can do and should not.
    pub privileges: Privileges,
    /// Path and the statement that takes it away.
    pub paths: BTreeSet<crate::access::Path>,
    /// The day after which the policy no longer gives it; none: it never did.
    pub ended: Option<Date>,
}

/// Rules by what comes of them in one source: the category, and whom they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Somebody can do what they give.
    pub effective: BTreeSet<(Category, String)>,
    /// Nobody can: there is no such account or role here, or it has no such right.
    pub idle: BTreeSet<(Category, String)>,
}

impl Intent {
    /// The rules as they stand on `today`, for the accounts and roles of a source.
    pub fn new(rules: &BTreeMap<Category, Vec<AccessRule>>, today: Date, principals: &[Principal]) -> Self {
        let roles = principals.iter().map(|one| (one.name.clone(), one.roles.clone())).collect();
        Self { rules: rules.clone(), roles, today }
    }

    /// Whether the policy says anything about `category`.
    pub fn speaks_of(&self, category: &Category) -> bool {
        self.closest(category).is_some()
    }

    /// Whether the policy speaks of `category` and keeps some of `privileges` from `principal`.
    pub fn refuses(&self, principal: &str, category: &Category, privileges: Privileges) -> bool {
        !self.refused(principal, category, privileges).is_none()
    }

    /// Which of `privileges` the policy keeps from `principal`.
    pub fn refused(&self, principal: &str, category: &Category, privileges: Privileges) -> Privileges {
        let Some(rules) = self.closest(category) else { return Privileges::NONE };
        let in_force = |rule: &&AccessRule| rule.until.is_none_or(|until| self.today <= until);
        let given = rules
            .iter()
            .filter(in_force)
            .filter(|rule| self.names(rule, principal))
            .map(|rule| match rule.may {
                AccessKind::Read => Privileges::SELECT.with(Privileges::REFERENCES),
                AccessKind::Write => Privileges::ALL,
            })
            .fold(Privileges::NONE, Privileges::with);
        privileges.without(given)
    }

    /// Whether the policy gives all of `privileges` on `category` to whoever has an account.
    pub fn gives_anyone(&self, category: &Category, privileges: Privileges) -> bool {
        self.speaks_of(category) && self.refused(AccessRule::ANYONE, category, privileges).is_none()
    }

    /// Everything that accounts can do and the policy does not give, one for each principal, object
    /// and category. Roles that cannot log in do nothing by themselves and are left out.
    pub fn unwanted(&self, model: &dyn AccessModel, scope: &Scope) -> Vec<Unwanted> {
        let mut found: BTreeMap<(String, String, Category), Unwanted> = BTreeMap::new();
        model.visit(scope, &mut |group| {
            if !group.login {
                return;
            }
            for (column, category) in group.columns {
                let Some(category) = category else { continue };
                let refused = self.refused(group.principal, category, group.privileges);
                if refused.is_none() {
                    continue;
                }
                let key = (group.principal.to_owned(), group.object.to_owned(), (*category).clone());
                let entry = found.entry(key).or_insert_with(|| Unwanted {
                    principal: group.principal.to_owned(),
                    object: group.object.to_owned(),
                    columns: BTreeSet::new(),
                    category: (*category).clone(),
                    privileges: Privileges::NONE,
                    paths: BTreeSet::new(),
                    ended: self.ended(group.principal, category),
                });
                entry.columns.insert((*column).to_owned());
                entry.privileges = entry.privileges.with(refused);
                // Where one way cannot be closed, closing the others changes nothing.
                let lasting: Vec<_> = group.paths.iter().filter(|path| path.revoke.is_none()).collect();
                match lasting.is_empty() {
                    true => entry.paths.extend(group.paths.iter().cloned()),
                    false => entry.paths.extend(lasting.into_iter().cloned()),
                }
            }
        });
        found.into_values().collect()
    }

    /// What comes of the rules in this source, of those that speak of something in it.
    pub fn judged(&self, model: &dyn AccessModel, scope: &Scope) -> Judged {
        let mut judged = Judged::default();
        let mut held: BTreeSet<Category> = BTreeSet::new();
        model.visit(scope, &mut |group| {
            for (_, category) in group.columns {
                let Some((closest, rules)) = category.and_then(|category| self.closest_entry(category)) else {
                    continue;
                };
                held.insert(closest.clone());
                for rule in rules.iter().filter(|rule| self.names(rule, group.principal)) {
                    judged.effective.insert((closest.clone(), rule.who.clone()));
                }
            }
        });
        for (category, rules) in self.rules.iter().filter(|(category, _)| held.contains(category)) {
            for rule in rules.iter().filter(|rule| rule.who != AccessRule::ANYONE) {
                let known = (category.clone(), rule.who.clone());
                if !judged.effective.contains(&known) {
                    judged.idle.insert(known);
                }
            }
        }
        judged
    }

    fn ended(&self, principal: &str, category: &Category) -> Option<Date> {
        let rules = self.closest(category)?;
        rules.iter().filter(|rule| self.names(rule, principal)).filter_map(|rule| rule.until).max()
    }

    fn names(&self, rule: &AccessRule, principal: &str) -> bool {
        rule.who == AccessRule::ANYONE
            || rule.who == principal
            || self.roles.get(principal).is_some_and(|roles| roles.contains(&rule.who))
    }

    fn closest(&self, category: &Category) -> Option<&[AccessRule]> {
        self.closest_entry(category).map(|(_, rules)| rules)
    }

    /// The rules for the longest category that `category` is within.
    fn closest_entry(&self, category: &Category) -> Option<(&Category, &[AccessRule])> {
        let above = self.rules.iter().filter(|(above, _)| category.is_within(above));
        above.max_by_key(|(above, _)| above.key().len()).map(|(above, rules)| (above, rules.as_slice()))
    }
}

/// An `[access]` table that gives what accounts can do today, for the owner to shorten and sign.
/// Accounts that were not seen at work come with a remark.
pub fn propose(model: &dyn AccessModel, scope: &Scope) -> String {
    let mut found: BTreeMap<Category, BTreeMap<String, Privileges>> = BTreeMap::new();
    model.visit(scope, &mut |group| {
        if !group.login {
            return;
        }
        for category in group.columns.iter().filter_map(|(_, category)| *category) {
            let rights = found.entry(category.clone()).or_default().entry(group.principal.to_owned()).or_default();
            *rights = rights.with(group.privileges);
        }
    });
    let text = |value: &str| toml_text(value);
    let mut out = String::from("[access]\n");
    for (category, principals) in found {
        out += &format!("{} = [\n", text(category.key()));
        for (name, rights) in principals {
            let may = if rights.writes() { "write" } else { "read" };
            let known = model.principals().iter().find(|principal| principal.name == name);
            if known.is_some_and(|principal| principal.anonymous) {
                // Nobody signs this: it is to be closed.
                out += &format!("  # {name} on the internet can {may} it today: close that, do not give it\n");
                continue;
            }
            let remark = match known {
                Some(Principal { superuser: true, .. }) => "  # superuser: no rule keeps it from anything".to_owned(),
                Some(Principal { last_used: Some(at), .. }) => {
                    format!("  # last seen {}", at.to_zoned(jiff::tz::TimeZone::UTC).date())
                }
                _ => "  # not seen at work: needed?".to_owned(),
            };
            out += &format!("  {{ who = {}, may = \"{may}\" }},{remark}\n", text(&name));
        }
        out += "]\n";
    }
    out
}

/// A TOML basic string.
fn toml_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
