//! Ways to a right, in words, and the statement that ends each.

use dataward_connect::mysql::catalogue::AccountName;
use dataward_connect::mysql::catalogue::Membership;
use dataward_connect::mysql::catalogue::MysqlCatalogue;
use dataward_connect::mysql::catalogue::Routine;
use dataward_connect::mysql::catalogue::View;

use super::session::On;
use super::session::Session;
use super::session::Source;
use crate::access::entry::Path;
use crate::access::entry::Privileges;
use crate::access::entry::Reach;
use crate::access::give_back::rights_in_words;
use crate::access::model::Principal;
use crate::access::model::RightsOn;

/// The way through one line of the grant tables; `column` where the right is on that column alone.
pub(super) fn of_line(
    principal: &Principal,
    reach: Reach,
    session: &Session<'_>,
    source: &Source<'_>,
    column: Option<&str>,
    held: Privileges,
) -> Path {
    let words: Vec<&str> = held.words().collect();
    let list = |quoted: bool| {
        let words = words.iter().map(|word| {
            let word = word.to_uppercase();
            match column {
                Some(column) if quoted => format!("{word} ({})", identifier(column)),
                Some(column) => format!("{word} ({column})"),
                None => word,
            }
        });
        words.collect::<Vec<_>>().join(", ")
    };
    let granted = format!("GRANT {} ON {} TO {}", list(false), shown(&source.on), source.grantee.quoted());
    Path {
        text: format!("{}: {granted}{}", chain(principal, reach, session, source), relied_on(session, source)),
        revoke: revoke(session, source, &list(true), &quoted(&source.on)),
    }
}

/// The way through a view that runs as somebody else.
pub(super) fn of_view(
    principal: &Principal,
    reach: Reach,
    session: &Session<'_>,
    source: &Source<'_>,
    view: &View,
    column: &str,
    held: Privileges,
) -> Path {
    let alone = privileges_of(source).and(held).is_none();
    let line = of_line(principal, reach, session, source, alone.then_some(column), held);
    let runs = if view.invoker { String::new() } else { format!(" as {}", view.definer.shown()) };
    Path { text: format!("{}; view {}.{} reads{runs}", line.text, view.database, view.name), ..line }
}

/// The way through a routine that runs as somebody else.
pub(super) fn of_routine(
    principal: &Principal,
    reach: Reach,
    session: &Session<'_>,
    source: &Source<'_>,
    routine: &Routine,
) -> Path {
    let kind = if routine.is_function { "FUNCTION" } else { "PROCEDURE" };
    let (on, quoted_on) = match &source.on {
        On::Table(database, name) => {
            (format!("{kind} {database}.{name}"), format!("{kind} {}.{}", identifier(database), identifier(name)))
        }
        other => (shown(other), quoted(other)),
    };
    let granted = format!("GRANT EXECUTE ON {on} TO {}", source.grantee.quoted());
    let runs = if routine.invoker { String::new() } else { format!(" as {}", routine.definer.shown()) };
    let kind = kind.to_lowercase();
    Path {
        text: format!(
            "{}: {granted}; {kind} {}.{} reads{runs}",
            chain(principal, reach, session, source),
            routine.database,
            routine.name
        ),
        revoke: revoke(session, source, "EXECUTE", &quoted_on),
    }
}

/// The statement that gives an account rights on a table.
pub(super) fn grant(facts: &MysqlCatalogue, principal: &str, object: &str, rights: &RightsOn<'_>) -> Option<String> {
    let account = facts.accounts.iter().find(|account| account.name.shown() == principal)?;
    let table = facts.tables.iter().find(|table| format!("{}.{}", table.database, table.name) == object)?;
    let thing = format!("{}.{}", identifier(&table.database), identifier(&table.name));
    let rights = rights_in_words(rights, identifier);
    Some(format!("GRANT {rights} ON {thing} TO {};", account.name.quoted()))
}

fn privileges_of(source: &Source<'_>) -> Privileges {
    super::privileges(source.rights)
}

/// `app@% <- readers <- all_readers`.
fn chain(principal: &Principal, reach: Reach, session: &Session<'_>, source: &Source<'_>) -> String {
    let mut text = principal.name.clone();
    if reach == Reach::SetRole && source.chain.is_empty() && !is_principal(principal, source.grantee) {
        let roles: Vec<&str> = session.roles.iter().map(|role| role.user.as_str()).collect();
        text.push_str(&format!(" (SET ROLE {})", roles.join(", ")));
    }
    for role in source.chain {
        if !is_principal(principal, role) {
            text.push_str(" <- ");
            text.push_str(&if role.host == "%" { role.user.clone() } else { role.shown() });
        }
    }
    if source.chain.is_empty() && !is_principal(principal, source.grantee) {
        text.push_str(" <- ");
        text.push_str(&source.grantee.shown());
    }
    text
}

/// What stops to work once a line is taken away: views and routines that run as its account.
fn relied_on(session: &Session<'_>, source: &Source<'_>) -> String {
    match session.index.runs_as(source.grantee) {
        Some((first, 1)) => format!("; {first} runs as it, and may fail without"),
        Some((first, count)) => format!("; {first} and {} more run as it, and may fail without", count - 1),
        None => String::new(),
    }
}

/// Takes the role away from whoever holds it, where the right comes by one; else the right itself. None for
/// the rights of an account that gives itself everything back: the statement would end nothing, and whoever runs it
/// may be that account.
fn revoke(session: &Session<'_>, source: &Source<'_>, words: &str, on: &str) -> Option<String> {
    let index = session.index;
    let administrator = index.account(source.grantee).is_some_and(super::gives_itself_everything);
    let from_line = || (!administrator).then(|| format!("REVOKE {words} ON {on} FROM {};", source.grantee.quoted()));
    match (source.chain, session.account) {
        // A line of one's own, PUBLIC's, or a role's that is looked at by itself.
        ([] | [_], None) | ([], _) => from_line(),
        ([only], _) if is_public(only) => from_line(),
        ([first, second, ..], holder) if is_public(first) || holder.is_none() => {
            Some(format!("REVOKE {} FROM {};", second.quoted(), first.quoted()))
        }
        ([role, ..], Some(holder)) => {
            let facts = &index.facts;
            // In MariaDB a session may set a role that any account of its user holds which it could have logged in as.
            let may_set_it = |one: &&Membership| {
                one.role == *role
                    && one.member.user == holder.name.user
                    && !one.member.host.is_empty()
                    && session.client.is_at(&one.member.host)
            };
            let holders: Vec<&AccountName> = match index.is_mariadb() {
                true => facts.memberships.iter().filter(may_set_it).map(|one| &one.member).collect(),
                false => vec![&holder.name],
            };
            let taken: Vec<String> =
                holders.iter().map(|name| format!("REVOKE {} FROM {};", role.quoted(), name.quoted())).collect();
            let taken = taken.join(" ");
            let mandatory = &facts.settings.mandatory_roles;
            if !mandatory.contains(role) {
                return Some(taken);
            }
            // Whoever holds a role because all do cannot lose it alone.
            let others: Vec<String> =
                mandatory.iter().filter(|other| *other != role).map(AccountName::quoted).collect();
            let setting = format!("SET PERSIST mandatory_roles = {};", text_literal(&others.join(",")));
            let is_member = |one: &&Membership| one.member == holder.name && one.role == *role;
            Some(match facts.memberships.iter().find(is_member) {
                Some(_) => format!("{setting} {taken}"),
                None => setting,
            })
        }
        ([_, _, ..], None) => from_line(),
    }
}

fn is_public(name: &AccountName) -> bool {
    name.host.is_empty() && name.user == super::index::PUBLIC
}

fn is_principal(principal: &Principal, name: &AccountName) -> bool {
    principal.name == name.shown()
}

/// For people.
fn shown(on: &On<'_>) -> String {
    match on {
        On::Everything => "*.*".to_owned(),
        On::Database(pattern) => format!("{pattern}.*"),
        On::Table(database, table) => format!("{database}.{table}"),
    }
}

/// For the server.
fn quoted(on: &On<'_>) -> String {
    match on {
        On::Everything => "*.*".to_owned(),
        On::Database(pattern) => format!("{}.*", identifier(pattern)),
        On::Table(database, table) => format!("{}.{}", identifier(database), identifier(table)),
    }
}

/// A text in a statement.
fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
