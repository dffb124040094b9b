//! The catalogue, put in order for questions.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;

use dataward_connect::mysql::catalogue::Account;
use dataward_connect::mysql::catalogue::AccountName;
use dataward_connect::mysql::catalogue::DatabaseRights;
use dataward_connect::mysql::catalogue::MysqlCatalogue;
use dataward_connect::mysql::catalogue::Product;
use dataward_connect::mysql::catalogue::RoutineRights;
use dataward_connect::mysql::catalogue::TableRights;

use super::pattern::Client;
use super::pattern::Names;
use super::pattern::address;
use super::pattern::first_wildcard;
use super::pattern::specificity;
use super::server_sort;

/// What everybody is a member of in MariaDB, from 10.11 on.
pub(super) const PUBLIC: &str = "PUBLIC";

/// Look-up tables over the facts.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) facts: MysqlCatalogue,
    accounts: HashMap<AccountName, usize>,
    /// By user, the most specific host first.
    users: HashMap<String, Vec<usize>>,
    /// By user, in the server's order.
    databases: HashMap<String, Vec<usize>>,
    /// Of each line on a database its place in the server's order.
    ranks: Vec<usize>,
    /// By user, database and table.
    tables: HashMap<(String, String), HashMap<String, Vec<usize>>>,
    /// Users with lines on tables.
    on_tables: HashSet<String>,
    routines: HashMap<(String, String), Vec<usize>>,
    /// By role, all that it brings with it: itself first, each with the chain that leads there.
    closures: HashMap<AccountName, Vec<Vec<AccountName>>>,
    objects: HashMap<(String, String), usize>,
    views: HashMap<(String, String), usize>,
    public: Option<usize>,
    /// By account, the first view or routine that runs as it, and how many do.
    run_as: HashMap<AccountName, (String, usize)>,
}

impl Index {
    pub(super) fn new(mut facts: MysqlCatalogue) -> Self {
        facts.tables.sort_by(|a, b| (&a.database, &a.name).cmp(&(&b.database, &b.name)));
        let mut users: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, account) in facts.accounts.iter().enumerate().filter(|(_, account)| !is_role(&facts, account)) {
            users.entry(account.name.user.clone()).or_default().push(at);
        }
        let host_order = |at: &usize| {
            let host = &facts.accounts[*at].name.host;
            // `localhost` before what is as specific.
            (std::cmp::Reverse(host_order(&facts, host)), std::cmp::Reverse(host.clone()))
        };
        users.values_mut().for_each(|rows| rows.sort_by_cached_key(host_order));
        let mut databases: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, row) in facts.database_rights.iter().enumerate() {
            databases.entry(row.grantee.user.clone()).or_default().push(at);
        }
        let ranks = ranks(&facts);
        databases.values_mut().for_each(|rows| rows.sort_by_key(|at| ranks[*at]));
        let mut tables: HashMap<(String, String), HashMap<String, Vec<usize>>> = HashMap::new();
        for (at, row) in facts.table_rights.iter().enumerate() {
            let of_table = tables.entry((row.database.clone(), row.table.clone())).or_default();
            of_table.entry(row.grantee.user.clone()).or_default().push(at);
        }
        let mut routines: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for (at, row) in facts.routine_rights.iter().enumerate() {
            routines.entry((row.database.clone(), row.routine.to_lowercase())).or_default().push(at);
        }
        Self {
            accounts: facts.accounts.iter().enumerate().map(|(at, account)| (account.name.clone(), at)).collect(),
            users,
            databases,
            ranks,
            tables,
            on_tables: facts.table_rights.iter().map(|line| line.grantee.user.clone()).collect(),
            routines,
            closures: closures(&facts),
            public: facts
                .accounts
                .iter()
                .position(|account| facts.product == Product::MariaDb && account.name == AccountName::new(PUBLIC, "")),
            objects: by_name(facts.tables.iter().map(|table| (&table.database, &table.name))),
            views: by_name(facts.views.iter().map(|view| (&view.database, &view.name))),
            run_as: run_as(&facts),
            facts,
        }
    }

    /// The first view or routine that runs as an account, and how many do; none where none does.
    pub(super) fn runs_as(&self, account: &AccountName) -> Option<(&str, usize)> {
        self.run_as.get(account).map(|(first, count)| (first.as_str(), *count))
    }

    pub(super) fn is_mariadb(&self) -> bool {
        self.facts.product == Product::MariaDb
    }

    pub(super) fn account(&self, name: &AccountName) -> Option<&Account> {
        self.accounts.get(name).map(|at| &self.facts.accounts[*at])
    }

    pub(super) fn is_role(&self, account: &Account) -> bool {
        is_role(&self.facts, account)
    }

    /// The account that a client is taken for: the most specific host first, and on the same host the
    /// named one before the anonymous one.
    pub(super) fn log_in(&self, user: &str, client: &Client) -> Option<&Account> {
        let named = self.named_account(user, client);
        let anonymous = self.named_account("", client);
        match (named, anonymous) {
            (Some(named), Some(anonymous)) => {
                let order = |account: &Account| host_order(&self.facts, &account.name.host);
                Some(if order(anonymous) > order(named) { anonymous } else { named })
            }
            (named, anonymous) => named.or(anonymous),
        }
    }

    /// The account of exactly this user that a client from there gets.
    pub(super) fn named_account(&self, user: &str, client: &Client) -> Option<&Account> {
        let rows = self.users.get(user)?;
        rows.iter().map(|at| &self.facts.accounts[*at]).find(|account| client.is_at(&account.name.host))
    }

    /// The one line of `mysql.db` that counts for a user: the most specific one, be it the anonymous
    /// user's. Lines are not united.
    pub(super) fn database_line(&self, user: &str, client: &Client, database: &str) -> Option<&DatabaseRights> {
        let counts = |at: &&usize| {
            let row = &self.facts.database_rights[**at];
            client.is_at(&row.grantee.host) && self.is_database(database, &row.pattern)
        };
        let first = |name: &str| self.databases.get(name)?.iter().find(counts);
        let named = if user.is_empty() { None } else { first(user) };
        let at = named.into_iter().chain(first("")).min_by_key(|at| self.ranks[**at])?;
        Some(&self.facts.database_rights[*at])
    }

    /// The lines of `mysql.db` for exactly these grantees, in no order.
    pub(super) fn database_lines(&self, user: &str) -> impl Iterator<Item = &DatabaseRights> {
        self.databases.get(user).into_iter().flatten().map(|at| &self.facts.database_rights[*at])
    }

    /// Whether a pattern means a database.
    pub(super) fn is_database(&self, database: &str, pattern: &str) -> bool {
        if self.facts.settings.partial_revokes {
            return database == pattern;
        }
        match self.facts.settings.lower_case_names {
            true => super::pattern::matches(&database.to_lowercase(), &pattern.to_lowercase()),
            false => super::pattern::matches(database, pattern),
        }
    }

    /// The lines of `tables_priv` for a user on a table, whatever the host.
    pub(super) fn table_lines(&self, user: &str, database: &str, table: &str) -> impl Iterator<Item = &TableRights> {
        let of_table = self.tables.get(&(database.to_owned(), table.to_owned()));
        let rows = of_table.and_then(|of_table| of_table.get(user));
        rows.into_iter().flatten().map(|at| &self.facts.table_rights[*at])
    }

    /// Whether anybody has rights on this very table.
    pub(super) fn has_table_lines(&self, database: &str, table: &str) -> bool {
        self.tables.contains_key(&(database.to_owned(), table.to_owned()))
    }

    /// Whether a user of this name has rights on some table by itself.
    pub(super) fn has_table_lines_of(&self, user: &str) -> bool {
        self.on_tables.contains(user)
    }

    /// The one line of `tables_priv` that counts for a user and client.
    pub(super) fn table_line(&self, user: &str, client: &Client, database: &str, table: &str) -> Option<&TableRights> {
        let rows = self.table_lines(user, database, table).filter(|row| client.is_at(&row.grantee.host));
        rows.max_by_key(|row| self.line_order(&row.grantee.host))
    }

    /// The greater, the more specific is the host of a line on a table or routine: addresses are nothing special there.
    pub(super) fn line_order(&self, host: &str) -> u64 {
        specificity_on(self.facts.product, host, Names::Hosts)
    }

    /// The lines of `procs_priv` on a routine.
    pub(super) fn routine_lines(&self, database: &str, name: &str, is_function: bool) -> Vec<&RoutineRights> {
        let rows = self.routines.get(&(database.to_owned(), name.to_lowercase()));
        let rows = rows.into_iter().flatten().map(|at| &self.facts.routine_rights[*at]);
        rows.filter(|row| row.is_function == is_function).collect()
    }

    /// A role and all that it brings, each with the chain that leads to it.
    pub(super) fn closure(&self, role: &AccountName) -> &[Vec<AccountName>] {
        self.closures.get(role).map_or(&[], Vec::as_slice)
    }

    /// The names of all roles that an account or role belongs to.
    pub(super) fn role_names(&self, account: &Account) -> Vec<String> {
        let held = self.facts.memberships.iter().filter(|membership| membership.member == account.name);
        let roles = held.map(|membership| &membership.role).chain(self.mandatory_roles(account));
        let chains = roles.flat_map(|role| self.closure(role)).filter_map(|chain| chain.last());
        chains.map(AccountName::shown).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// PUBLIC, where there is one.
    pub(super) fn public_name(&self) -> Option<&AccountName> {
        self.public.map(|at| &self.facts.accounts[at].name)
    }

    /// The columns of a table or view.
    pub(super) fn columns(&self, database: &str, table: &str) -> Option<&[String]> {
        let at = self.objects.get(&(database.to_owned(), table.to_owned()))?;
        Some(&self.facts.tables[*at].columns)
    }

    /// A table or view, by its number.
    pub(super) fn object(&self, database: &str, table: &str) -> Option<usize> {
        self.objects.get(&(database.to_owned(), table.to_owned())).copied()
    }

    /// A view, by its number.
    pub(super) fn view(&self, database: &str, name: &str) -> Option<usize> {
        self.views.get(&(database.to_owned(), name.to_owned())).copied()
    }
}

fn run_as(facts: &MysqlCatalogue) -> HashMap<AccountName, (String, usize)> {
    let views = facts.views.iter().filter(|view| !view.invoker);
    let views = views.map(|view| (&view.definer, "the view", &view.database, &view.name));
    let routines = facts.routines.iter().filter(|routine| !routine.invoker);
    let routines = routines.map(|routine| (&routine.definer, "the routine", &routine.database, &routine.name));
    let mut found: HashMap<AccountName, (String, usize)> = HashMap::new();
    for (definer, kind, database, name) in views.chain(routines) {
        let first = || (format!("{kind} {database}.{name}"), 0);
        found.entry(definer.clone()).or_insert_with(first).1 += 1;
    }
    found
}

fn is_role(facts: &MysqlCatalogue, account: &Account) -> bool {
    account.is_role && (facts.product == Product::Mysql || account.name.host.is_empty())
}

fn by_name<'a>(names: impl Iterator<Item = (&'a String, &'a String)>) -> HashMap<(String, String), usize> {
    names.enumerate().map(|(at, (database, name))| ((database.clone(), name.clone()), at)).collect()
}

fn specificity_on(product: Product, pattern: &str, names: Names) -> u64 {
    match product {
        Product::MariaDb => specificity(pattern, names),
        Product::Mysql => first_wildcard(pattern),
    }
}

/// The server's order of hosts: the greater, the more specific. MySQL puts addresses before names from 8.0.23 on.
fn host_order(facts: &MysqlCatalogue, host: &str) -> (u64, u64) {
    let knows_addresses = facts.product == Product::Mysql && facts.version >= (8, 0, 23);
    (if knows_addresses { address(host) } else { 0 }, specificity_on(facts.product, host, Names::Hosts))
}

/// Of each line of `mysql.db` its place in the server's order: host, then database, then named before anonymous.
/// For what MySQL holds for the same (`shop%` and `shop_eu`) see [`server_sort`].
fn ranks(facts: &MysqlCatalogue) -> Vec<usize> {
    let order = |at: &usize| {
        let row = &facts.database_rights[*at];
        (
            host_order(facts, &row.grantee.host),
            specificity_on(facts.product, &row.pattern, Names::Databases),
            !row.grantee.user.is_empty(),
        )
    };
    let mut rows: Vec<usize> = (0..facts.database_rights.len()).collect();
    if facts.product == Product::Mysql {
        // By the primary key of the table first, as it is read.
        rows.sort_by_key(|at| {
            let row = &facts.database_rights[*at];
            (row.grantee.host.to_ascii_uppercase(), &row.grantee.user, &row.pattern)
        });
        server_sort::sort(&mut rows, &|a, b| order(a) > order(b));
    } else {
        rows.sort_by_key(|at| std::cmp::Reverse(order(at)));
    }
    let mut ranks = vec![0; rows.len()];
    for (rank, at) in rows.into_iter().enumerate() {
        ranks[at] = rank;
    }
    ranks
}

/// Everything each role brings with it, by the shortest chain.
fn closures(facts: &MysqlCatalogue) -> HashMap<AccountName, Vec<Vec<AccountName>>> {
    let mut held: BTreeMap<&AccountName, Vec<&AccountName>> = BTreeMap::new();
    for membership in &facts.memberships {
        held.entry(&membership.member).or_default().push(&membership.role);
    }
    let roles = facts.accounts.iter().filter(|account| is_role(facts, account)).map(|account| &account.name);
    // In MySQL any account may be given to another like a role.
    let given = facts.memberships.iter().map(|membership| &membership.role);
    let starts: BTreeSet<&AccountName> = roles.chain(given).chain(&facts.settings.mandatory_roles).collect();
    let closure = |start: &AccountName| {
        let mut chains = vec![vec![start.clone()]];
        let mut known = BTreeSet::from([start.clone()]);
        let mut next = 0;
        while let Some(chain) = chains.get(next).cloned() {
            for role in chain.last().and_then(|last| held.get(last)).into_iter().flatten() {
                if known.insert((*role).clone()) {
                    let mut longer = chain.clone();
                    longer.push((*role).clone());
                    chains.push(longer);
                }
            }
            next += 1;
        }
        chains
    };
    starts.into_iter().map(|start| (start.clone(), closure(start))).collect()
}
