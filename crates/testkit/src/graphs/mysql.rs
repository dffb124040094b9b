//! Random accounts, roles, grants, views and routines for MariaDB and MySQL.
//!
//! Every cell of every table holds a text of its own, its *canary*: whoever gets to see it has read that
//! column, by whatever way.

use rand::Rng;
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// The password of every account of a graph.
pub const PASSWORD: &str = "x";

/// Which server the graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// MariaDB 10.6 or later.
    MariaDb,
    /// MySQL 8 or later.
    Mysql,
}

/// A graph as statements for the superuser.
#[derive(Clone, Debug)]
pub struct Graph {
    /// For which server.
    pub flavour: Flavour,
    /// Made from this.
    pub seed: u64,
    /// Removes an older graph and makes this one. A statement may be refused by the server (a role that
    /// would hold itself, a grant of nothing): that is part of the graph.
    pub statements: Vec<String>,
    /// Names to log in with; some have no account of their own.
    pub users: Vec<String>,
    /// All roles.
    pub roles: Vec<String>,
    /// Tables and views with their columns.
    pub relations: Vec<Relation>,
    /// Functions and procedures without arguments.
    pub routines: Vec<Routine>,
}

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Database.
    pub database: String,
    /// Name.
    pub name: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Whether it is a view.
    pub is_view: bool,
}

/// A function or procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routine {
    /// Database.
    pub database: String,
    /// Name.
    pub name: String,
    /// Whether it is a function.
    pub is_function: bool,
}

/// Names of databases, some of which are patterns that mean others.
const DATABASES: [&str; 6] = ["shop", "shop_eu", "shopXeu", "sh%p", "crm", "test_x"];
const PATTERNS: [&str; 14] = [
    "shop",
    "shop_eu",
    "shop\\_eu",
    "shop%",
    "sh%",
    "s%",
    "%",
    "crm",
    "cr_",
    "c%m",
    "test\\_%",
    "shop__u",
    "sh\\%p",
    "%eu",
];
const HOSTS: [&str; 6] = ["%", "localhost", "127.0.0.1", "127.0.0.%", "10.%", "local%"];
const USERS: [&str; 5] = ["app", "ro", "bob", "o'brien", "audit"];
const ROLES: [&str; 4] = ["r1", "r2", "r3", "role x"];
const TABLES: [&str; 4] = ["customers", "orders", "odd`name", "staff"];
const COLUMNS: [&str; 4] = ["id", "email", "full name", "Note"];
const RIGHTS: [&str; 6] = ["SELECT", "SELECT", "INSERT", "UPDATE", "CREATE", "EXECUTE"];

/// `name` as an identifier.
pub fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `text` as a literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

impl Relation {
    /// As it stands in SQL.
    pub fn quoted(&self) -> String {
        format!("{}.{}", identifier(&self.database), identifier(&self.name))
    }

    /// `database.name`.
    pub fn shown(&self) -> String {
        format!("{}.{}", self.database, self.name)
    }
}

impl Graph {
    /// The graph of a seed.
    pub fn random(flavour: Flavour, seed: u64) -> Self {
        let graph = Self {
            flavour,
            seed,
            statements: Vec::new(),
            users: USERS.iter().map(|user| (*user).to_owned()).chain(["nobody".to_owned()]).collect(),
            roles: Vec::new(),
            relations: Vec::new(),
            routines: Vec::new(),
        };
        let mut maker = Maker {
            random: ChaCha8Rng::seed_from_u64(seed),
            graph,
            accounts: Vec::new(),
            grantees: Vec::new(),
            below_views: Vec::new(),
        };
        maker.tables();
        maker.accounts();
        maker.roles();
        maker.views();
        maker.routines();
        maker.grants();
        if flavour == Flavour::Mysql {
            maker.rights_of_mysql();
        }
        // Before it, MariaDB 10.11 may hold back a right that comes by a role and stands in the tables (seed 303:
        // a role's UPDATE on everything, where the account has a line on the table itself). After a restart
        // it is there.
        maker.say("FLUSH PRIVILEGES".to_owned());
        maker.graph
    }
}

struct Maker {
    random: ChaCha8Rng,
    graph: Graph,
    /// As they stand in SQL.
    accounts: Vec<String>,
    /// Accounts, roles and PUBLIC.
    grantees: Vec<String>,
    /// What views read.
    below_views: Vec<String>,
}

impl Maker {
    fn say(&mut self, statement: String) {
        self.graph.statements.push(statement);
    }

    fn one<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from.choose(&mut self.random).copied().expect("the list is not empty")
    }

    fn chance(&mut self, of: f64) -> bool {
        self.random.random_bool(of)
    }

    fn tables(&mut self) {
        for database in DATABASES {
            self.say(format!("DROP DATABASE IF EXISTS {}", identifier(database)));
        }
        let count = self.random.random_range(2..=4);
        let databases: Vec<&str> = DATABASES.choose_multiple(&mut self.random, count).copied().collect();
        for database in databases {
            self.say(format!("CREATE DATABASE {}", identifier(database)));
            let count = self.random.random_range(1..=2);
            let tables: Vec<&str> = TABLES.choose_multiple(&mut self.random, count).copied().collect();
            for table in tables {
                let count = self.random.random_range(2..=COLUMNS.len());
                let columns: Vec<String> = COLUMNS[..count].iter().map(|column| (*column).to_owned()).collect();
                let relation = Relation { database: database.into(), name: table.into(), columns, is_view: false };
                let heads = relation.columns.iter().map(|column| format!("{} VARCHAR(80)", identifier(column)));
                self.say(format!("CREATE TABLE {} ({})", relation.quoted(), heads.collect::<Vec<_>>().join(", ")));
                for row in 1..=2 {
                    let cells = relation.columns.iter().map(|column| literal(&canary(&relation, column, row)));
                    self.say(format!(
                        "INSERT INTO {} VALUES ({})",
                        relation.quoted(),
                        cells.collect::<Vec<_>>().join(", ")
                    ));
                }
                self.graph.relations.push(relation);
            }
        }
    }

    fn accounts(&mut self) {
        let mut names: Vec<(&str, &str)> = Vec::new();
        for _ in 0..self.random.random_range(5..=9) {
            let user = if self.random.random_bool(0.15) { "" } else { self.one(&USERS) };
            let host = self.one(&HOSTS);
            if !names.contains(&(user, host)) {
                names.push((user, host));
            }
        }
        for (user, host) in names {
            let account = format!("{}@{}", literal(user), literal(host));
            self.say(format!("CREATE USER {account} IDENTIFIED BY '{PASSWORD}'"));
            self.accounts.push(account.clone());
            self.grantees.push(account);
        }
    }

    fn roles(&mut self) {
        let count = self.random.random_range(1..=ROLES.len());
        let roles = &ROLES[..count];
        for role in roles {
            self.say(format!("CREATE ROLE {}", literal(role)));
            self.graph.roles.push((*role).to_owned());
            self.grantees.push(literal(role));
        }
        // A role may be given to one made later, so that no ring comes up.
        for (at, role) in roles.iter().enumerate() {
            for later in &roles[at + 1..] {
                if self.chance(0.4) {
                    self.say(format!("GRANT {} TO {}", literal(role), literal(later)));
                }
            }
        }
        for account in self.accounts.clone() {
            for role in roles {
                if self.chance(0.3) {
                    let admin = if self.chance(0.2) { " WITH ADMIN OPTION" } else { "" };
                    self.say(format!("GRANT {} TO {account}{admin}", literal(role)));
                    if self.chance(0.3) {
                        self.say(match self.graph.flavour {
                            Flavour::MariaDb => format!("SET DEFAULT ROLE {} FOR {account}", literal(role)),
                            Flavour::Mysql => format!("SET DEFAULT ROLE {} TO {account}", literal(role)),
                        });
                    }
                }
            }
        }
        if self.graph.flavour == Flavour::MariaDb {
            self.grantees.push("PUBLIC".to_owned());
            if self.chance(0.1) {
                let role = self.one(roles);
                self.say(format!("GRANT {} TO PUBLIC", literal(role)));
            }
        }
    }

    fn views(&mut self) {
        for number in 0..self.random.random_range(1..=5) {
            let below = self.graph.relations.choose(&mut self.random).cloned().expect("there are tables");
            self.below_views.push(below.shown());
            let database = self.graph.relations.choose(&mut self.random).expect("there are tables").database.clone();
            let count = self.random.random_range(1..=below.columns.len());
            let shown: Vec<String> = below.columns.choose_multiple(&mut self.random, count).cloned().collect();
            let mut items: Vec<String> = Vec::new();
            let mut columns = Vec::new();
            for (at, column) in shown.iter().enumerate() {
                let name = format!("c{at}");
                let value = format!("a.{}", identifier(column));
                let value = match self.random.random_range(0..8) {
                    0 => format!("concat('<', {value}, '>')"),
                    1 => format!("CASE WHEN {value} IS NULL THEN 'none' ELSE {value} END"),
                    2 => format!("length({value})"),
                    3 => format!(
                        "(SELECT max(b.{0}) FROM {1} b WHERE b.{0} = a.{0})",
                        identifier(column),
                        below.quoted()
                    ),
                    _ => value,
                };
                items.push(format!("{value} AS {name}"));
                columns.push(name);
            }
            let rest = match self.random.random_range(0..6) {
                0 => format!(" WHERE a.{} LIKE '%'", identifier(self.any(&below.columns).as_str())),
                1 => format!(" WHERE EXISTS (SELECT 1 FROM {} e)", self.any_relation().quoted()),
                2 => format!(
                    " UNION SELECT {} FROM {} z",
                    vec!["''"; columns.len()].join(", "),
                    self.any_relation().quoted()
                ),
                _ => String::new(),
            };
            let definer = self.definer();
            let security = if self.chance(0.3) { "INVOKER" } else { "DEFINER" };
            let view = Relation { database, name: format!("v{number}"), columns, is_view: true };
            self.say(format!(
                "CREATE DEFINER = {definer} SQL SECURITY {security} VIEW {} AS SELECT {} FROM {} a{rest}",
                view.quoted(),
                items.join(", "),
                below.quoted()
            ));
            self.graph.relations.push(view);
        }
    }

    fn any(&mut self, from: &[String]) -> String {
        from.choose(&mut self.random).cloned().expect("the list is not empty")
    }

    fn any_relation(&mut self) -> Relation {
        self.graph.relations.choose(&mut self.random).cloned().expect("there are tables")
    }

    fn definer(&mut self) -> String {
        match self.random.random_range(0..10) {
            0..=3 => "root@localhost".to_owned(),
            4 => "'gone'@'localhost'".to_owned(),
            5 if self.graph.flavour == Flavour::MariaDb => literal(&self.any(&self.graph.roles.clone())),
            _ => self.any(&self.accounts.clone()),
        }
    }

    fn routines(&mut self) {
        for number in 0..self.random.random_range(0..=4) {
            let mut below = self.any_relation();
            // MySQL garbles such a name in the texts of routines that it shows: `odd``name` as `oodd`namee`.
            while self.graph.flavour == Flavour::Mysql && below.name.contains('`') {
                below = self.any_relation();
            }
            let column = identifier(&self.any(&below.columns));
            let other = identifier(&self.any(&below.columns));
            let from = below.quoted();
            let is_function = self.chance(0.5);
            let query = format!("SELECT {column} FROM {from}");
            let body = match (is_function, self.random.random_range(0..5)) {
                (true, 0) => format!("BEGIN DECLARE x TEXT; SELECT max({column}) INTO x FROM {from}; RETURN x; END"),
                (true, 1) => format!("RETURN (SELECT count({column}) FROM {from})"),
                (true, _) => format!("RETURN (SELECT max(t.{column}) FROM {from} t WHERE t.{other} <> '')"),
                (false, 0) => format!("SELECT * FROM {from}"),
                (false, 1) => format!("BEGIN IF 1 = 1 THEN {query}; END IF; END"),
                (false, 2) => format!("BEGIN PREPARE s FROM {}; EXECUTE s; DEALLOCATE PREPARE s; END", literal(&query)),
                (false, 3) => {
                    format!("BEGIN SELECT 'no' AS answer; SELECT {column} AS x, count(*) FROM {from} a GROUP BY 1; END")
                }
                (false, _) => query,
            };
            let definer = self.definer();
            let security = if self.chance(0.3) { "INVOKER" } else { "DEFINER" };
            let kind = if is_function { "FUNCTION" } else { "PROCEDURE" };
            let returns = if is_function { "RETURNS TEXT READS SQL DATA" } else { "READS SQL DATA" };
            let routine = Routine { database: below.database.clone(), name: format!("p{number}"), is_function };
            let name = format!("{}.{}", identifier(&routine.database), identifier(&routine.name));
            self.say(format!("CREATE DEFINER = {definer} {kind} {name}() {returns} SQL SECURITY {security} {body}"));
            self.graph.routines.push(routine);
        }
    }

    fn grants(&mut self) {
        for grantee in self.grantees.clone() {
            if self.chance(0.06) {
                let right = self.one(&["SELECT", "UPDATE", "EXECUTE", "INSERT, SELECT"]);
                self.say(format!("GRANT {right} ON *.* TO {grantee}"));
            }
            for _ in 0..self.random.random_range(0..=3) {
                let pattern = identifier(self.one(&PATTERNS));
                let rights = self.rights();
                self.say(format!("GRANT {rights} ON {pattern}.* TO {grantee}"));
            }
            for _ in 0..self.random.random_range(0..=3) {
                let relation = self.any_relation();
                let rights = self.rights().replace("EXECUTE", "DELETE");
                self.say(format!("GRANT {rights} ON {} TO {grantee}", relation.quoted()));
            }
            for _ in 0..self.random.random_range(0..=2) {
                let relation = self.any_relation();
                let column = identifier(&self.any(&relation.columns));
                // MySQL shows those columns of a view that its definer may read, where the model says that
                // the view fails, and notes it.
                let seen = self.graph.flavour == Flavour::Mysql && self.below_views.contains(&relation.shown());
                let rights: &[&str] =
                    if seen { &["UPDATE", "INSERT"] } else { &["SELECT", "SELECT", "UPDATE", "INSERT"] };
                let right = self.one(rights);
                self.say(format!("GRANT {right} ({column}) ON {} TO {grantee}", relation.quoted()));
            }
            for routine in self.graph.routines.clone() {
                if self.chance(0.3) {
                    let kind = if routine.is_function { "FUNCTION" } else { "PROCEDURE" };
                    let name = format!("{}.{}", identifier(&routine.database), identifier(&routine.name));
                    self.say(format!("GRANT EXECUTE ON {kind} {name} TO {grantee}"));
                }
            }
        }
    }

    /// What only MySQL has: roles that are active at once, newer rights on everything, and
    /// databases taken out of rights on everything.
    fn rights_of_mysql(&mut self) {
        let accounts = self.accounts.clone();
        if self.chance(0.3) {
            self.say("SET GLOBAL activate_all_roles_on_login = ON".to_owned());
        }
        // No mandatory roles: their rule is not found, and the model says so wherever they are set.
        for right in ["ROLE_ADMIN", "SYSTEM_USER", "BACKUP_ADMIN", "SHOW_ROUTINE", "SET_ANY_DEFINER"] {
            if self.chance(0.15) {
                let grantee = self.any(&self.grantees.clone());
                self.say(format!("GRANT {right} ON *.* TO {grantee}"));
            }
        }
        if self.chance(0.4) {
            self.say("SET GLOBAL partial_revokes = ON".to_owned());
            for account in accounts {
                if self.chance(0.4) {
                    let right = self.one(&["SELECT", "SELECT, UPDATE", "INSERT, SELECT", "EXECUTE, SELECT"]);
                    self.say(format!("GRANT {right} ON *.* TO {account}"));
                    let database = identifier(&self.any_relation().database);
                    let taken = self.one(&["SELECT", "UPDATE", "SELECT", "INSERT"]);
                    self.say(format!("REVOKE {taken} ON {database}.* FROM {account}"));
                }
            }
        }
    }

    fn rights(&mut self) -> String {
        let count = self.random.random_range(1..=3);
        let mut rights: Vec<&str> = RIGHTS.choose_multiple(&mut self.random, count).copied().collect();
        rights.sort_unstable();
        rights.dedup();
        rights.join(", ")
    }
}

/// The text of a cell: no other has it.
pub fn canary(relation: &Relation, column: &str, row: u32) -> String {
    format!("{}#{row}", mark(&relation.shown(), column))
}

/// What all canaries of a column begin with.
pub fn mark(table: &str, column: &str) -> String {
    format!("[{table}|{column}]")
}
