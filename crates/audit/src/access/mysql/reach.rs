//! Which sessions a principal can come to: by logging in, and by SET ROLE.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dataward_connect::mysql::catalogue::Account;
use dataward_connect::mysql::catalogue::AccountName;

use super::index::Index;
use super::pattern::Client;
use super::session::Session;
use super::session::by_name;

/// The sessions of one principal.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions<'i> {
    /// As it is after a log-in (or by itself, for a role).
    pub(super) direct: Vec<Session<'i>>,
    /// After SET ROLE.
    pub(super) set_role: Vec<Session<'i>>,
    /// No client is taken for it: others come first wherever it could come from.
    pub(super) shadowed: bool,
}

/// One client for each set of host patterns that a client can match: what the server decides is the same
/// for all clients of a set.
pub(super) fn clients(index: &Index) -> Vec<Client> {
    let facts = &index.facts;
    let patterns: BTreeSet<&str> = (facts.accounts.iter().map(|account| account.name.host.as_str()))
        .chain(facts.database_rights.iter().map(|line| line.grantee.host.as_str()))
        .chain(facts.table_rights.iter().map(|line| line.grantee.host.as_str()))
        .chain(facts.routine_rights.iter().map(|line| line.grantee.host.as_str()))
        .filter(|host| !host.is_empty())
        .collect();
    let loopback = if facts.settings.skip_name_resolve { None } else { Some("localhost") };
    let mut candidates = vec![
        Client::new(Some("localhost"), None),
        Client::new(loopback, Some("127.0.0.1")),
        Client::new(loopback, Some("::1")),
        // A stranger.
        Client::new(None, Some("203.0.113.77")),
    ];
    candidates.extend(patterns.iter().filter(|pattern| **pattern != "localhost").map(|pattern| example(pattern)));
    let mut known = BTreeSet::new();
    candidates.retain(|client| known.insert(patterns.iter().map(|pattern| client.is_at(pattern)).collect::<Vec<_>>()));
    candidates
}

/// A client that comes from where a pattern says, and from as few other places as may be.
fn example(pattern: &str) -> Client {
    let address = pattern.split('/').next().unwrap_or_default().replace('%', "201.202.203").replace('_', "7");
    let numeric = !pattern.is_empty() && pattern.chars().all(|character| "0123456789.%_/:abcdef".contains(character));
    if numeric && pattern.starts_with(|character: char| character.is_ascii_digit()) {
        return Client::new(None, Some(&address));
    }
    let host = pattern.replace('%', "some-host").replace("\\_", "_").replace('_', "x");
    Client::new(Some(&host), Some("203.0.113.78"))
}

/// The sessions of an account or role.
pub(super) fn sessions<'i>(index: &'i Index, account: &'i Account, clients: &[Client]) -> Sessions<'i> {
    if index.is_role(account) {
        return Sessions { direct: vec![Session::of_role(index, &account.name)], ..Sessions::default() };
    }
    // Whoever comes with a name that nobody has is taken for the anonymous user.
    let user = if account.name.user.is_empty() { "\u{1}" } else { account.name.user.as_str() };
    let mut from: Vec<Client> = clients
        .iter()
        .filter(|client| index.log_in(user, client).is_some_and(|taken| taken.name == account.name))
        .cloned()
        .collect();
    let shadowed = from.is_empty();
    if shadowed {
        // Nobody gets in as it today; its rights are still worth knowing.
        from.push(example(&account.name.host));
    }
    let mut found = Sessions { shadowed, ..Sessions::default() };
    for client in from {
        if index.is_mariadb() {
            mariadb(index, account, &client, &mut found);
        } else {
            mysql(index, account, &client, &mut found);
        }
    }
    found
}

/// One role at a time. What counts is whether some account of the same user, from there, holds it: of several the one
/// whose line stands first in `mysql.roles_mapping`.
fn mariadb<'i>(index: &'i Index, account: &'i Account, client: &Client, found: &mut Sessions<'i>) {
    let mut settable: BTreeMap<&AccountName, &'i Account> = BTreeMap::new();
    for membership in &index.facts.memberships {
        let member = &membership.member;
        if member.user == account.name.user
            && client.is_at(&member.host)
            && let (Some(holder), true) = (index.account(member), !member.host.is_empty())
        {
            settable.entry(&membership.role).or_insert(holder);
        }
    }
    let mut default = None;
    for (role, holder) in settable {
        let Some(role) = index.account(role).map(|role| &role.name) else { continue };
        let session = Session::of_account(index, holder, client, vec![role]);
        if account.default_role.as_deref() == Some(role.user.as_str()) {
            default = Some(session);
        } else {
            found.set_role.push(session);
        }
    }
    found.direct.push(default.unwrap_or_else(|| Session::of_account(index, account, client, Vec::new())));
}

/// Any set of roles at a time. All of them are the most, but for one thing: of the lines on a database those
/// with one pattern count, so that leaving out a role that brings another one may give more.
fn mysql<'i>(index: &'i Index, account: &'i Account, client: &Client, found: &mut Sessions<'i>) {
    let default = index.log_in_roles(account);
    let all = index.held_roles(account);
    let mut sets: Vec<Vec<&'i AccountName>> = vec![all.clone()];
    let hiding = index.hiding_roles(&all);
    // Without each first, which is the most on one database; then without several.
    for from in [1, usize::MAX] {
        for hiding in &hiding {
            for at in 0..sets.len().min(from) {
                let fewer: Vec<&AccountName> = sets[at].iter().copied().filter(|role| !hiding.contains(role)).collect();
                if sets.len() < MOST_SETS && !sets.contains(&fewer) {
                    sets.push(fewer);
                }
            }
        }
    }
    // Without roles the lines of other hosts and of the anonymous user count, which active ones hide.
    sets.push(Vec::new());
    sets.retain(|set| *set != default);
    sets.dedup();
    found.set_role.extend(sets.into_iter().map(|set| Session::of_account(index, account, client, set)));
    found.direct.push(Session::of_account(index, account, client, default));
}

/// Sets of roles of one account that are looked at.
const MOST_SETS: usize = 64;

impl Index {
    /// MySQL: for each database and each pattern that means it, those of `roles` that bring a line with them
    /// that comes before it.
    fn hiding_roles<'r>(&self, roles: &[&'r AccountName]) -> BTreeSet<Vec<&'r AccountName>> {
        let databases: BTreeSet<&str> = self.facts.tables.iter().map(|table| table.database.as_str()).collect();
        let mut hiding = BTreeSet::new();
        for database in databases {
            let first = |role: &AccountName| {
                let brought = self.closure(role).iter().filter_map(|chain| chain.last());
                let lines = brought.flat_map(|brought| {
                    self.database_lines(&brought.user).filter(move |line| line.grantee == *brought)
                });
                let lines = lines.filter(|line| self.is_database(database, &line.pattern));
                lines.map(|line| by_name(&line.pattern)).min()
            };
            let firsts: Vec<_> = roles.iter().filter_map(|role| Some((*role, first(role)?))).collect();
            for (_, last) in &firsts {
                // Those before it, and it too: then the account's own line counts.
                for also in [false, true] {
                    let before = firsts.iter().filter(|(_, first)| first < last || also && first == last);
                    hiding.insert(before.map(|(role, _)| *role).collect::<Vec<_>>());
                }
            }
        }
        hiding.retain(|roles| !roles.is_empty());
        hiding
    }

    /// MySQL: the roles that an account holds, mandatory ones too.
    pub(super) fn held_roles(&self, account: &Account) -> Vec<&AccountName> {
        let held = self.facts.memberships.iter().filter(|membership| membership.member == account.name);
        let held: BTreeSet<&AccountName> =
            held.map(|membership| &membership.role).chain(self.mandatory_roles(account)).collect();
        held.into_iter().filter(|role| self.account(role).is_some()).collect()
    }

    /// MySQL: the mandatory roles of an account, which the anonymous ones have none of.
    pub(super) fn mandatory_roles(&self, account: &Account) -> &[AccountName] {
        if account.name.user.is_empty() { &[] } else { &self.facts.settings.mandatory_roles }
    }

    /// MySQL: the roles that are active after a log-in: in MySQL 9 mandatory ones too.
    fn log_in_roles(&self, account: &Account) -> Vec<&AccountName> {
        if self.facts.settings.all_roles_on_login {
            return self.held_roles(account);
        }
        let (default, mandatory) = (self.default_roles(account), self.mandatory_roles(account));
        let all_have = |role: &AccountName| self.facts.settings.mandatory_on_login && mandatory.contains(role);
        self.held_roles(account).into_iter().filter(|role| default.contains(role) || all_have(role)).collect()
    }

    /// MySQL: the roles that are active where views and routines of the account run: the default ones, also
    /// where a log-in activates all.
    pub(super) fn default_roles(&self, account: &Account) -> Vec<&AccountName> {
        let held = self.held_roles(account);
        let default = self.facts.default_roles.iter().filter(|(member, _)| *member == account.name);
        let default: BTreeSet<&AccountName> = default.map(|(_, role)| role).collect();
        held.into_iter().filter(|role| default.contains(role)).collect()
    }
}
