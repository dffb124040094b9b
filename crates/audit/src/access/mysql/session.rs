//! Sessions: who a client is once it is in, and which lines of the grant tables count for it then.

use std::collections::BTreeMap;

use dataward_connect::mysql::catalogue::Account;
use dataward_connect::mysql::catalogue::AccountName;
use dataward_connect::mysql::catalogue::DatabaseRights;
use dataward_connect::mysql::catalogue::Rights;

use super::index::Index;
use super::pattern::Client;
use super::pattern::Names;
use super::pattern::specificity;

/// What the server checks rights with.
#[derive(Clone, Debug)]
pub(super) struct Session<'i> {
    /// What it stands in.
    pub(super) index: &'i Index,
    /// The user of the account; empty for the anonymous one and where a role runs a view or routine, the role's
    /// name where it is looked at by itself.
    pub(super) user: &'i str,
    /// The account whose rights on everything count: after SET ROLE in MariaDB the one that holds the
    /// role, which may be another one of the same user. None where a role itself acts.
    pub(super) account: Option<&'i Account>,
    /// Where it comes from.
    pub(super) client: Client,
    /// The active roles.
    pub(super) roles: Vec<&'i AccountName>,
    /// With active roles, and where a routine of this database reads a view: see [`Session::within_routine`].
    pub(super) in_routine: Option<&'i str>,
}

/// One line of the grant tables that gives a session rights on a table.
#[derive(Clone, Debug)]
pub(super) struct Source<'i> {
    /// On the whole table.
    pub(super) rights: Rights,
    /// On single columns.
    pub(super) columns: Option<&'i BTreeMap<String, Rights>>,
    /// Whose line it is.
    pub(super) grantee: &'i AccountName,
    /// Through which role, as the chain to it; none for a line of one's own.
    pub(super) chain: &'i [AccountName],
    /// On what it was granted.
    pub(super) on: On<'i>,
}

/// What was granted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum On<'i> {
    Everything,
    Database(&'i str),
    Table(&'i str, &'i str),
}

impl Source<'_> {
    /// The rights on one column.
    pub(super) fn on_column(&self, column: &str) -> Rights {
        self.rights | self.column_only(column)
    }

    /// The rights granted on this very column.
    pub(super) fn column_only(&self, column: &str) -> Rights {
        let Some(columns) = self.columns else { return Rights::NONE };
        columns.get(column).copied().unwrap_or_else(|| {
            let lower = column.to_lowercase();
            columns.iter().find(|(name, _)| name.to_lowercase() == lower).map_or(Rights::NONE, |(_, rights)| *rights)
        })
    }
}

impl<'i> Session<'i> {
    /// Someone who logs in as an account from there, with no role but those in `roles`.
    pub(super) fn of_account(
        index: &'i Index,
        account: &'i Account,
        client: &Client,
        roles: Vec<&'i AccountName>,
    ) -> Self {
        Self {
            index,
            user: &account.name.user,
            account: Some(account),
            client: client.clone(),
            roles,
            in_routine: None,
        }
    }

    /// A role by itself: what it has to give.
    pub(super) fn of_role(index: &'i Index, role: &'i AccountName) -> Self {
        Self { index, user: &role.user, account: None, client: nowhere(), roles: vec![role], in_routine: None }
    }

    /// The session in which views and routines of this definer run; none when there is no such account
    /// any more, so that they fail. A role runs them as the anonymous user from nowhere, with that one's lines for
    /// every host, but without its rights on everything.
    pub(super) fn of_definer(index: &'i Index, definer: &AccountName) -> Option<Self> {
        if definer.host.is_empty() {
            return index
                .facts
                .accounts
                .iter()
                .find(|account| account.name == *definer)
                .map(|role| Self { user: "", ..Self::of_role(index, &role.name) });
        }
        let client = Client::new(Some(&definer.host), Some(&definer.host));
        let account = index.named_account(&definer.user, &client)?;
        let roles = if index.is_mariadb() { Vec::new() } else { index.default_roles(account) };
        Some(Self::of_account(index, account, &client, roles))
    }

    /// The session in which a definer's view runs that is read within a routine of `database`: for what lies in that
    /// database, rights of a definer of MySQL with active roles do not count there that are on a pattern with an escape
    /// (`test\_%`, even `test\_x`; seen on 9.7; the view fails for everybody, though by itself it works).
    pub(super) fn within_routine(&self, database: &'i str) -> Self {
        Self { in_routine: Some(database).filter(|_| self.counts_exact_lines(self.index)), ..self.clone() }
    }

    /// Every line that gives this session rights on a table or on a column of it.
    pub(super) fn sources(&self, index: &'i Index, database: &'i str, table: &'i str) -> Vec<Source<'i>> {
        self.with_table_sources(index, database, table, &self.outer_sources(index, database))
    }

    /// The same where the lines on everything and on the database are known already.
    pub(super) fn with_table_sources(
        &self,
        index: &'i Index,
        database: &'i str,
        table: &'i str,
        outer: &[Source<'i>],
    ) -> Vec<Source<'i>> {
        let mut sources = outer.to_vec();
        if index.has_table_lines(database, table) {
            self.table_sources(index, database, table, &mut sources);
        }
        sources.retain(|source| !source.rights.is_none() || source.columns.is_some_and(|columns| !columns.is_empty()));
        sources
    }

    /// The rights on one column.
    pub(super) fn on_column(&self, index: &'i Index, database: &'i str, table: &'i str, column: &str) -> Rights {
        let sources = self.sources(index, database, table);
        sources.iter().fold(Rights::NONE, |all, source| all | source.on_column(column))
    }

    /// Whether it may run a routine, and through which lines.
    pub(super) fn routine_sources(
        &self,
        index: &'i Index,
        database: &'i str,
        name: &'i str,
        is_function: bool,
    ) -> Vec<Source<'i>> {
        let mut sources = self.outer_sources(index, database);
        let lines = index.routine_lines(database, name, is_function);
        let own = lines.iter().filter(|line| line.grantee.user == self.user && !line.grantee.host.is_empty());
        let own = match self.counts_exact_lines(index) {
            true => own.filter(|line| self.is_own(&line.grantee)).max_by_key(|_| 0),
            false => own
                .filter(|line| self.client.is_at(&line.grantee.host))
                .max_by_key(|line| index.line_order(&line.grantee.host)),
        };
        if let Some(line) = own.filter(|_| self.has_own_lines()) {
            sources.push(source(line.rights, &line.grantee, &[], On::Table(database, name)));
        }
        for chain in self.chains(index) {
            let Some(role) = chain.last() else { continue };
            for line in lines.iter().filter(|line| line.grantee == *role) {
                sources.push(source(line.rights, &line.grantee, chain, On::Table(database, name)));
            }
        }
        sources.retain(|source| source.rights.has(Rights::EXECUTE));
        sources
    }

    /// The lines on everything and on the database.
    pub(super) fn outer_sources(&self, index: &'i Index, database: &'i str) -> Vec<Source<'i>> {
        let mut sources = Vec::new();
        if let Some(account) = self.account {
            sources.push(source(everywhere(account, database), &account.name, &[], On::Everything));
        }
        for chain in self.chains(index) {
            if let Some(role) = chain.last().and_then(|role| index.account(role)) {
                sources.push(source(everywhere(role, database), &role.name, chain, On::Everything));
            }
        }
        match self.counts_exact_lines(index) {
            true => self.united_database_lines(index, database, &mut sources),
            false => self.first_database_lines(index, database, &mut sources),
        }
        sources
    }

    /// One line for oneself, one for each active role and one for PUBLIC.
    fn first_database_lines(&self, index: &'i Index, database: &'i str, sources: &mut Vec<Source<'i>>) {
        let mut push = |line: &'i DatabaseRights, chain| {
            sources.push(source(line.rights, &line.grantee, chain, On::Database(&line.pattern)));
        };
        if self.has_own_lines()
            && let Some(line) = index.database_line(self.user, &self.client, database)
        {
            push(line, &[][..]);
        }
        let public = index.public_name();
        for role in self.roles.iter().copied().chain(public) {
            // Lines of a role and of those that it brings are put together where their patterns are the
            // same; then the most specific one counts.
            let lines: Vec<(&'i DatabaseRights, &'i [AccountName])> = (index.closure(role).iter())
                .flat_map(|chain| {
                    let grantee = &chain[chain.len() - 1];
                    let lines = index.database_lines(&grantee.user).filter(|line| line.grantee.host.is_empty());
                    lines.map(|line| (line, chain.as_slice()))
                })
                .filter(|(line, _)| index.is_database(database, &line.pattern))
                .collect();
            let order = |line: &DatabaseRights| (specificity(&line.pattern, Names::Databases), line.pattern.clone());
            match lines.iter().map(|(line, _)| order(line)).max() {
                Some(first) => {
                    lines
                        .into_iter()
                        .filter(|(line, _)| order(line) == first)
                        .for_each(|(line, chain)| push(line, chain));
                }
                // The anonymous user's lines for every host are everybody's, roles' too.
                None => {
                    if let Some(line) = index.database_line("", &nowhere(), database) {
                        push(line, &[][..]);
                    }
                }
            }
        }
    }

    /// MySQL with active roles: of the lines of exactly this account and of all active roles, those with one
    /// pattern, united: the very name, else the first by [`by_name`], be it the least specific.
    fn united_database_lines(&self, index: &'i Index, database: &'i str, sources: &mut Vec<Source<'i>>) {
        let mut found: Vec<Source<'i>> = Vec::new();
        let own = self.account.map(|account| (&account.name, &[][..]));
        let roles = self.chains(index).into_iter().filter_map(|chain| Some((chain.last()?, chain)));
        for (grantee, chain) in own.into_iter().chain(roles) {
            let lines = index.database_lines(&grantee.user).filter(|line| line.grantee == *grantee);
            let lines = lines.filter(|line| self.in_routine != Some(database) || !line.pattern.contains('\\'));
            for line in lines.filter(|line| index.is_database(database, &line.pattern)) {
                found.push(source(line.rights, &line.grantee, chain, On::Database(&line.pattern)));
            }
        }
        found.retain(|source| !source.rights.is_none());
        let pattern = |source: &Source<'i>| match source.on {
            On::Database(pattern) => by_name(pattern),
            _ => by_name(""),
        };
        let first = found.iter().map(pattern).min();
        found.retain(|source| Some(pattern(source)) == first);
        sources.extend(found);
    }

    /// Its own line on a table, not those of roles.
    pub(super) fn own_table_source(&self, index: &'i Index, database: &'i str, table: &'i str) -> Option<Source<'i>> {
        let line = match self.counts_exact_lines(index) {
            true => index.table_lines(self.user, database, table).find(|line| self.is_own(&line.grantee)),
            false => index.table_line(self.user, &self.client, database, table),
        };
        let line = line.filter(|_| self.has_own_lines())?;
        let own = source(line.rights, &line.grantee, &[], On::Table(database, table));
        Some(Source { columns: Some(&line.columns), ..own })
    }

    /// Whether lines of its user count: not for a role that is looked at by itself.
    fn has_own_lines(&self) -> bool {
        self.account.is_some() || self.user.is_empty()
    }

    fn table_sources(&self, index: &'i Index, database: &'i str, table: &'i str, sources: &mut Vec<Source<'i>>) {
        sources.extend(self.own_table_source(index, database, table));
        for chain in self.chains(index) {
            let Some(role) = chain.last() else { continue };
            for line in index.table_lines(&role.user, database, table).filter(|line| line.grantee == *role) {
                let mut of_role = source(line.rights, &line.grantee, chain, On::Table(database, table));
                of_role.columns = Some(&line.columns);
                sources.push(of_role);
            }
        }
    }

    /// Chains to every role whose lines count: the active ones, what they bring, PUBLIC.
    fn chains(&self, index: &'i Index) -> Vec<&'i [AccountName]> {
        let roles = self.roles.iter().copied().chain(index.public_name());
        roles.flat_map(|role| index.closure(role)).map(Vec::as_slice).collect()
    }

    /// MySQL with active roles looks at the lines of the account itself, without patterns of hosts.
    fn counts_exact_lines(&self, index: &Index) -> bool {
        !index.is_mariadb() && !self.roles.is_empty()
    }

    fn is_own(&self, grantee: &AccountName) -> bool {
        self.account.is_some_and(|account| account.name == *grantee)
    }
}

/// The rights on everything, less what was taken out for a database.
fn everywhere(account: &Account, database: &str) -> Rights {
    match account.restrictions.get(database) {
        Some(taken) => account.rights.without(*taken),
        None => account.rights,
    }
}

fn source<'i>(rights: Rights, grantee: &'i AccountName, chain: &'i [AccountName], on: On<'i>) -> Source<'i> {
    Source { rights, columns: None, grantee, chain, on }
}

/// The order in which MySQL with active roles looks at patterns of databases: first those without wildcards,
/// escaped ones being wildcards too, then by their bytes, so that `%` comes before `shop%`.
pub(super) fn by_name(pattern: &str) -> (bool, &str) {
    (pattern.contains(['%', '_']), pattern)
}

/// Where a role comes from.
fn nowhere() -> Client {
    Client::new(None, None)
}
