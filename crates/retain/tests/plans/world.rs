//! A small business on each engine, and a plan over it from end to end.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use dataward_connect::ConnectError;
use dataward_connect::amend::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::KeyColumn;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::mysql::Mysql;
use dataward_connect::postgres::Postgres;
use dataward_connect::sqlite::Sqlite;
use dataward_evidence::Hash;
use dataward_evidence::Receipt;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::Action;
use dataward_retain::RetainError;
use dataward_retain::apply::Applied;
use dataward_retain::apply::Apply;
use dataward_retain::apply::Target;
use dataward_retain::apply::Watcher;
use dataward_retain::approve;
use dataward_retain::archive::Archive;
use dataward_retain::hold::Cover;
use dataward_retain::hold::Holds;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::make::LARGEST_TREE;
use dataward_retain::make::SourceInput;
use dataward_retain::make::make;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedRule;
use dataward_retain::planner::BoundRule;
use dataward_retain::refills::Worth;
use dataward_retain::rows_file::RowsReader;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use dataward_testkit::server::mariadb::MariaDbDatabase;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::TestDatabase;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;
use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

/// A database of one engine, and our state beside it.
pub(crate) struct World {
    pub(crate) source: Arc<dyn Amend>,
    pub(crate) folder: TempDir,
    postgres: Option<TestDatabase>,
    mariadb: Option<MariaDbDatabase>,
    /// MySQL's own server, and the name of the database there.
    mysql: Option<(MysqlServer, String)>,
    /// Rows of the largest tree that goes in one transaction.
    pub(crate) largest_tree: u32,
}

/// The engines that tests run on.
pub(crate) const ENGINES: [SourceKind; 3] = [SourceKind::Sqlite, SourceKind::Postgresql, SourceKind::Mysql];

pub(crate) fn shop() -> SourceId {
    SourceId::new("shop").unwrap()
}

impl World {
    /// An empty database.
    pub(crate) async fn new(kind: SourceKind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut postgres, mut mariadb) = (None, None);
        let source: Arc<dyn Amend> = match kind {
            SourceKind::Postgresql => {
                let database = PostgresServer::shared().database().await;
                let source = Arc::new(Postgres::new(&database.url(), None).unwrap());
                postgres = Some(database);
                source
            }
            SourceKind::Mysql => {
                let database = MariaDbServer::shared().database().await;
                let source = Arc::new(Mysql::new(&database.url(), None).unwrap());
                mariadb = Some(database);
                source
            }
            _ => Arc::new(Sqlite::new(folder.path().join("shop.db"))),
        };
        let world = Self { source, folder, postgres, mariadb, mysql: None, largest_tree: LARGEST_TREE };
        if kind == SourceKind::Sqlite {
            world.execute("CREATE TABLE first (a); DROP TABLE first").await;
        }
        world
    }

    /// An empty database of MySQL's own server.
    pub(crate) async fn on_mysql() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = MysqlServer::shared();
        let name = format!("world_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        server.execute("mysql", &format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
        let source = Arc::new(Mysql::new(&server.url(&name), None).unwrap());
        Self { mysql: Some((server, name)), ..Self::over(source) }
    }

    /// This database of a PostgreSQL of one's own.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let source = Arc::new(Postgres::new(&database.url(), None).unwrap());
        Self { postgres: Some(database), ..Self::over(source) }
    }

    /// A world over what `source` stores.
    pub(crate) fn over(source: Arc<dyn Amend>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { source, folder, postgres: None, mariadb: None, mysql: None, largest_tree: LARGEST_TREE }
    }

    /// The address of the PostgreSQL database.
    pub(crate) fn postgres_url(&self) -> String {
        self.postgres.as_ref().expect("a PostgreSQL world").url()
    }

    /// A second connection to the same PostgreSQL database.
    pub(crate) async fn postgres_connection(&self) -> sqlx::PgConnection {
        self.postgres.as_ref().expect("a PostgreSQL world").connect().await
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    /// Runs statements as the owner of the data.
    pub(crate) async fn execute(&self, script: &str) {
        match (&self.postgres, &self.mariadb, &self.mysql) {
            (Some(database), ..) => database.execute(script).await,
            (_, Some(database), _) => database.execute(script).await,
            (.., Some((server, database))) => server.execute(database, script).await,
            _ => {
                let options =
                    SqliteConnectOptions::new().filename(self.file()).create_if_missing(true).foreign_keys(true);
                let mut connection = options.connect().await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(script.to_owned()))
                    .execute(&mut connection)
                    .await
                    .unwrap_or_else(|error| panic!("{error}\nin: {script}"));
                connection.close().await.unwrap();
            }
        }
    }

    /// Loads a dump by `psql`, and leaves out what made-up rows could not know or get on with: checks, triggers, and
    /// the rows that it brings.
    pub(crate) fn load_postgres(&self, script: &str) {
        const EXTENSIONS: &str = "CREATE EXTENSION pgcrypto; CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm;
             CREATE EXTENSION tablefunc;";
        const LEAVE_OUT: &str = "DO $$DECLARE one record; BEGIN
             FOR one IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
                        WHERE contype IN ('c', 'x') AND conrelid <> 0 AND coninhcount = 0
             LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname); END LOOP;
             FOR one IN SELECT tgrelid::regclass AS of, tgname FROM pg_trigger WHERE NOT tgisinternal
             LOOP EXECUTE format('DROP TRIGGER %I ON %s', one.tgname, one.of); END LOOP;
             FOR one IN SELECT oid::regclass AS of FROM pg_class
                        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
             LOOP EXECUTE format('TRUNCATE %s CASCADE', one.of); END LOOP; END$$;";
        let file = self.folder.path().join("dump.sql");
        std::fs::write(&file, format!("{EXTENSIONS}\n{script}\n{LEAVE_OUT}")).unwrap();
        run(std::process::Command::new(programs().join("psql"))
            .args(["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"])
            .arg("--file")
            .arg(&file)
            .arg(self.postgres_url()));
    }

    /// The name of a table as the catalogue has it.
    pub(crate) async fn name(&self, table: &str) -> String {
        let catalogue = self.source.catalogue().await.unwrap();
        let ending = format!(".{table}");
        let found = catalogue.tables.iter().find(|known| known.name == table || known.name.ends_with(&ending));
        found.unwrap_or_else(|| panic!("no table {table}")).name.clone()
    }

    /// The keys of all rows of a table with one whole number as its key.
    pub(crate) async fn keys(&self, table: &str) -> BTreeSet<i64> {
        let catalogue = self.source.catalogue().await.unwrap();
        let name = self.name(table).await;
        let selection = Selection::new(catalogue.table(&name).unwrap(), Sql::always());
        let mut chunks = self.source.select(&selection).await.unwrap();
        let mut keys = BTreeSet::new();
        while let Some(chunk) = chunks.next().await {
            let KeyColumn::Integers(values) = &chunk.unwrap().rows.keys[0] else { panic!("a whole number") };
            keys.extend(values);
        }
        keys
    }

    /// A number that a statement gives.
    pub(crate) async fn number(&self, table: &str, condition: &str) -> Result<u64, ConnectError> {
        let catalogue = self.source.catalogue().await?;
        let name = self.name(table).await;
        self.source.count(catalogue.table(&name).unwrap(), &Sql::from_trusted(condition)).await
    }

    /// Makes a plan.
    pub(crate) async fn plan(&self, rules: Vec<BoundRule>, covers: Vec<Cover>) -> Planned {
        let catalogue = self.source.catalogue().await.unwrap();
        self.plan_with(catalogue, rules, covers).await
    }

    /// Makes a plan over these facts.
    pub(crate) async fn plan_with(&self, catalogue: Catalogue, rules: Vec<BoundRule>, covers: Vec<Cover>) -> Planned {
        let doubtful = rules.iter().map(|_| (Sql::never(), Sql::never())).collect();
        let input = SourceInput {
            id: shop(),
            source: self.source.as_ref(),
            references: catalogue.foreign_keys.clone(),
            catalogue: catalogue.clone(),
            rules: rules.clone(),
            doubtful,
            holds: Holds::new(covers.clone()),
            // Small worlds are worth it too, where a rule lets them.
            worth: Worth { share: 0.0, rows: 1 },
            largest_tree: self.largest_tree,
        };
        let rows = self.folder.path().join("rows");
        let plan = make(empty_plan(), &[input], &[], &rows, key()).await.unwrap();
        let hash = plan.hash().unwrap();
        let store = Store::open(&self.folder.path().join("state")).await.unwrap();
        let stored = StoredPlan {
            hash: hash.clone(),
            made_at: plan.made_at,
            made_by: plan.made_by.clone(),
            state: PlanState::Approved,
            rows: plan.rows(),
            row_key: Some(key().bytes().to_vec()),
            approved: None,
            receipt: None,
            started_at: None,
            finished_at: None,
            notes: Vec::new(),
        };
        store.save_plan(&stored).await.unwrap();
        Planned { plan, hash, rows, store, catalogue, covers, source: Arc::clone(&self.source), archive: None, rules }
    }
}

/// A plan that was made.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) hash: String,
    pub(crate) rows: PathBuf,
    pub(crate) store: Store,
    pub(crate) catalogue: Catalogue,
    pub(crate) covers: Vec<Cover>,
    pub(crate) source: Arc<dyn Amend>,
    pub(crate) archive: Option<Archive>,
    pub(crate) rules: Vec<BoundRule>,
}

impl Planned {
    /// Rows that go from a table, by its last name.
    pub(crate) fn goes(&self, table: &str) -> u64 {
        let ending = format!(".{table}");
        let of = |name: &str| name == table || name.ends_with(&ending);
        self.plan.steps.iter().filter(|step| of(&step.table.name)).map(|step| step.rows).sum()
    }

    /// Applies it to the end.
    pub(crate) async fn apply(&self) -> Applied {
        self.try_apply(&self.covers, &Silent, &AtomicBool::new(false)).await.unwrap()
    }

    /// Applies it under other holds, watched, until somebody says stop.
    pub(crate) async fn try_apply(
        &self,
        covers: &[Cover],
        watcher: &dyn Watcher,
        cancel: &AtomicBool,
    ) -> Result<Applied, RetainError> {
        let receipt = Receipt { index: 0, size: 1, root: Hash([0; 32]) };
        let approved = approve::approved(&self.plan, &self.hash, &receipt);
        let target = Target {
            source: Arc::clone(&self.source),
            catalogue: self.catalogue.clone(),
            references: self.catalogue.foreign_keys.clone(),
        };
        let targets = BTreeMap::from([(shop(), target)]);
        let always = covers.iter().map(|cover| (shop(), cover.clone())).collect();
        let holds = HoldBook::new(&self.store, key(), always);
        let apply = Apply {
            plan: &self.plan,
            hash: &self.hash,
            approved: &approved,
            targets: &targets,
            store: &self.store,
            holds: &holds,
            archive: self.archive.as_ref(),
            cancel,
            watcher,
        };
        apply.run(RowsReader::open(&self.rows, key(), &self.plan.rows_sha256).unwrap()).await
    }
}

/// Watches nothing.
pub(crate) struct Silent;

impl Watcher for Silent {
    fn progress(&self, _done: u64, _of: u64) {}
}

/// A rule on the rows of a table.
pub(crate) fn rule(table: &str, due: &str) -> BoundRule {
    BoundRule {
        rule: 0,
        table: table.to_owned(),
        action: Action::Erase,
        due: Sql::from_trusted(due),
        columns: Vec::new(),
        archive: None,
        basis: None,
        children: BTreeMap::new(),
        minimums: BTreeMap::new(),
        may_lock: None,
    }
}

fn key() -> SecretKey {
    SecretKey::of(&[9; 32])
}

fn empty_plan() -> Plan {
    Plan {
        made_at: "2026-11-29T12:00:00Z".parse().unwrap(),
        made_by: "ops".to_owned(),
        policy_sha256: String::new(),
        pack: String::new(),
        four_eyes: false,
        rules: vec![PlannedRule {
            name: "rule".to_owned(),
            what: "shop".to_owned(),
            keep: "1 year".to_owned(),
            from: "day".to_owned(),
            then: "erase".to_owned(),
            notify_hours: None,
        }],
        steps: Vec::new(),
        sources: BTreeMap::new(),
        archives: Vec::new(),
        due: Vec::new(),
        kept: Vec::new(),
        warnings: Vec::new(),
        rows_sha256: String::new(),
        chunks: 0,
    }
}
