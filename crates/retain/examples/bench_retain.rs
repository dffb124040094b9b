//! What deletion through the gate costs, against one cascading DELETE and against a loop row by row, on a
//! PostgreSQL of one's own: ratios in one run. `./x bench retain`.
//!
//! 200,000 customers, 600,000 orders, 1,200,000 items, a fifth expired. Server CPU is that of all its processes.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::time::Instant;

use async_trait::async_trait;
use dataward_connect::ConnectError;
use dataward_connect::amend::Amend;
use dataward_connect::amend::ApprovedPlan;
use dataward_connect::amend::Batch;
use dataward_connect::amend::BatchOutcome;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::RowStream;
use dataward_connect::amend::Rows;
use dataward_connect::amend::Selection;
use dataward_connect::amend::Sql;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::Whereabouts;
use dataward_connect::postgres::Postgres;
use dataward_evidence::Hash;
use dataward_evidence::Receipt;
use dataward_model::SourceId;
use dataward_model::SourceKind;
use dataward_policy::Action;
use dataward_retain::apply::Apply;
use dataward_retain::apply::Target;
use dataward_retain::apply::Watcher;
use dataward_retain::approve;
use dataward_retain::hold::Holds;
use dataward_retain::hold_book::HoldBook;
use dataward_retain::make::LARGEST_TREE;
use dataward_retain::make::SourceInput;
use dataward_retain::make::make;
use dataward_retain::plan::Plan;
use dataward_retain::planner::BoundRule;
use dataward_retain::refills::Worth;
use dataward_retain::rows_file::RowsReader;
use dataward_seal::SecretKey;
use dataward_store::PlanState;
use dataward_store::Store;
use dataward_store::StoredPlan;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::programs;
use dataward_testkit::server::run;

const CUSTOMERS: u64 = 200_000;

/// `share` of a hundred customers are expired, all over the table.
fn schema(customers: u64, share: u64) -> String {
    format!(
        "CREATE TABLE customers (id bigint PRIMARY KEY, seen date NOT NULL, name text, email text);
         CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
             placed date, note text);
         CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
             title text, price numeric);
         INSERT INTO customers SELECT i, CASE WHEN i * 19 % 100 < {share} THEN date '2015-01-01' ELSE date '2026-01-01' END,
             'name ' || i, 'reader' || i || '@example.com' FROM generate_series(1, {customers}) i;
         INSERT INTO orders SELECT i, 1 + i % {customers}, date '2015-01-01', md5(i::text) FROM generate_series(1, {}) i;
         INSERT INTO items SELECT i, 1 + i % {}, md5(i::text), i % 100 FROM generate_series(1, {}) i;
         CREATE INDEX ON orders (customer_id); CREATE INDEX ON items (order_id);
         VACUUM ANALYZE; CHECKPOINT",
        customers * 3,
        customers * 3,
        customers * 6,
    )
}

const DUE: &str = "dataward_t.\"seen\" < date '2020-01-01'";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_else(|| "apply".to_owned());
    let server = PostgresServer::private();
    match wanted.as_str() {
        "plan" => planning(&server).await,
        "beside" => beside(&server).await,
        "share" => shares(&server).await,
        _ => applying(&server).await,
    }
}

async fn applying(server: &PostgresServer) {
    println!("{CUSTOMERS} customers, {} orders, {} items, a fifth expired", CUSTOMERS * 3, CUSTOMERS * 6);
    fresh(server, "cascade", 20).await;
    let before = Spent::now(server);
    server.execute("cascade", &format!("DELETE FROM customers AS dataward_t WHERE {DUE}")).await;
    let cascade = before.until_now(server);
    println!("one DELETE with cascades: {cascade}");

    fresh(server, "gate", 20).await;
    let folder = tempfile::tempdir().expect("a folder");
    let timed = Arc::new(Timed {
        inner: Postgres::new(&server.url("gate"), None).expect("an address"),
        longest: Mutex::default(),
    });
    let before = Spent::now(server);
    let (plan, hash, catalogue) = plan(timed.as_ref(), folder.path()).await;
    let planned = before.until_now(server);
    println!("planning: {planned}, {} rows in {} chunks", plan.rows(), plan.chunks);
    let before = Spent::now(server);
    let rows = apply(&plan, &hash, catalogue, Arc::clone(&timed) as Arc<dyn Amend>, folder.path()).await;
    let gate = before.until_now(server);
    let longest = *timed.longest.lock().expect("nobody panicked");
    println!("through the gate: {gate}, {rows} rows, longest transaction {} ms", longest.as_millis());

    fresh(server, "loop", 20).await;
    let before = Spent::now(server);
    let subjects = row_by_row(server, 1_000).await;
    let few = before.until_now(server);
    let factor = (CUSTOMERS / 5) as f64 / subjects as f64;
    println!(
        "row by row, {subjects} customers: {few}; all of them about {:.1} s wall, {:.1} s CPU",
        few.wall.as_secs_f64() * factor,
        few.cpu * factor
    );
    println!("CPU, gate against one cascading DELETE: {:.2} (goal 1.6)", gate.cpu / cascade.cpu);
    println!(
        "wall, row by row against the gate: {:.1} (goal 8)",
        few.wall.as_secs_f64() * factor / gate.wall.as_secs_f64()
    );
}

/// From which share on it is cheaper to empty the tables at once than to delete in batches.
async fn shares(server: &PostgresServer) {
    println!("share that goes | one cascading DELETE | in batches | at once | at once / batches | locked");
    for share in [40, 50, 60, 70, 80, 90] {
        fresh(server, "cascade", share).await;
        let before = Spent::now(server);
        server.execute("cascade", &format!("DELETE FROM customers AS dataward_t WHERE {DUE}")).await;
        let cascade = before.until_now(server);
        let mut spent = Vec::new();
        for may_lock in [None, Some(600)] {
            fresh(server, "gate", share).await;
            let folder = tempfile::tempdir().expect("a folder");
            let inner = Postgres::new(&server.url("gate"), None).expect("an address");
            let timed = Arc::new(Timed { inner, longest: Mutex::default() });
            let (plan, hash, catalogue) = plan_of(timed.as_ref(), folder.path(), "public.customers", may_lock).await;
            assert_eq!(plan.steps.iter().all(|step| step.at_once.is_some()), may_lock.is_some());
            let before = Spent::now(server);
            apply(&plan, &hash, catalogue, Arc::clone(&timed) as Arc<dyn Amend>, folder.path()).await;
            let longest = *timed.longest.lock().expect("nobody panicked");
            spent.push((before.until_now(server), longest));
            drop(timed);
            server.execute("postgres", "DROP DATABASE gate WITH (FORCE)").await;
        }
        server.execute("postgres", "DROP DATABASE cascade WITH (FORCE)").await;
        let ((batches, _), (at_once, locked)) = (&spent[0], &spent[1]);
        println!(
            "{share:>3} % | {:.2} s | {:.2} s | {:.2} s | {:.2} | {:.1} s",
            cascade.cpu,
            batches.cpu,
            at_once.cpu,
            at_once.cpu / batches.cpu,
            locked.as_secs_f64()
        );
    }
}

async fn planning(server: &PostgresServer) {
    let statements = format!(
        "CREATE TABLE events (id bigint PRIMARY KEY, seen date NOT NULL, what text);
         INSERT INTO events SELECT i, CASE WHEN i % 5 = 0 THEN date '2015-01-01' ELSE date '2026-01-01' END, 'x'
         FROM generate_series(1, {}) i; VACUUM ANALYZE",
        10_000_000
    );
    server.execute("postgres", "CREATE DATABASE plan").await;
    for statement in statements.split(';') {
        server.execute("plan", statement).await;
    }
    let source = Postgres::new(&server.url("plan"), None).expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let before = Spent::now(server);
    let (plan, _, _) = plan_of(&source, folder.path(), "public.events", None).await;
    println!("planning {} of 10,000,000 rows: {} (goal 60 s)", plan.rows(), before.until_now(server));
}

/// Databases of which rows go beside the load, one after the other: a single one is done within a few seconds, in which
/// the load varies by itself.
const GATES: usize = 6;

/// Seconds in which the load is alone, before and after.
const ALONE: Duration = Duration::from_secs(10);

/// What a load of short transactions loses while rows are deleted beside it, by the server's own count of transactions.
async fn beside(server: &PostgresServer) {
    let mut gates = Vec::new();
    for number in 0..GATES {
        let name = format!("gate{number}");
        fresh(server, &name, 20).await;
        let folder = tempfile::tempdir().expect("a folder");
        let source: Arc<dyn Amend> = Arc::new(Postgres::new(&server.url(&name), None).expect("an address"));
        let planned = plan(source.as_ref(), folder.path()).await;
        gates.push((planned, source, folder));
    }
    server.execute("postgres", "CREATE DATABASE load").await;
    let pgbench = || {
        let mut command = std::process::Command::new(programs().join("pgbench"));
        command.arg("--host").arg(server.socket_folder()).arg(format!("--port={}", server.server().port()));
        command.arg("--username=postgres");
        command
    };
    run(pgbench().args(["--initialize", "--quiet", "--scale=10", "load"]));
    let mut load = pgbench()
        .args(["--client=4", "--jobs=2", "--no-vacuum", "--time=600", "load"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pgbench starts");
    // The first seconds fill caches.
    tokio::time::sleep(ALONE).await;
    let before = Rate::begin(server).await;
    tokio::time::sleep(ALONE).await;
    let before = before.end(server).await;
    let (during, begun) = (Rate::begin(server).await, Instant::now());
    let mut rows = 0;
    for ((plan, hash, catalogue), source, folder) in gates {
        rows += apply(&plan, &hash, catalogue, source, folder.path()).await;
    }
    let (during, took) = (during.end(server).await, begun.elapsed());
    let after = Rate::begin(server).await;
    tokio::time::sleep(ALONE).await;
    let after = after.end(server).await;
    load.kill().expect("pgbench ends");
    load.wait().expect("pgbench ends");
    println!("{rows} rows in {:.1} s beside a load", took.as_secs_f64());
    println!("transactions/s: {before:.0} before, {during:.0} beside, {after:.0} after");
    let loss = 1.0 - during / ((before + after) / 2.0);
    println!("lost to the load while rows go: {:.1} % (goal 10)", 100.0 * loss);
}

/// Transactions of the load from here on. Sessions hand their counts over once in a second.
struct Rate {
    begun: Instant,
    commits: i64,
}

impl Rate {
    async fn begin(server: &PostgresServer) -> Self {
        Self { begun: Instant::now(), commits: commits(server).await }
    }

    /// In a second.
    async fn end(self, server: &PostgresServer) -> f64 {
        (commits(server).await - self.commits) as f64 / self.begun.elapsed().as_secs_f64()
    }
}

async fn commits(server: &PostgresServer) -> i64 {
    let mut connection = server.connect("postgres").await;
    let count = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'load'";
    sqlx::query_scalar(count).fetch_one(&mut connection).await.expect("a count")
}

async fn fresh(server: &PostgresServer, name: &str, share: u64) {
    server.execute("postgres", &format!("CREATE DATABASE {name}")).await;
    for statement in schema(CUSTOMERS, share).split(';') {
        server.execute(name, statement).await;
    }
}

async fn plan(source: &dyn Amend, folder: &std::path::Path) -> (Plan, String, Catalogue) {
    plan_of(source, folder, "public.customers", None).await
}

async fn plan_of(
    source: &dyn Amend,
    folder: &std::path::Path,
    table: &str,
    may_lock: Option<u32>,
) -> (Plan, String, Catalogue) {
    let catalogue = source.catalogue().await.expect("a catalogue");
    let rule = BoundRule {
        rule: 0,
        table: table.to_owned(),
        action: Action::Erase,
        due: Sql::from_trusted(DUE),
        columns: Vec::new(),
        archive: None,
        basis: None,
        children: BTreeMap::new(),
        minimums: BTreeMap::new(),
        may_lock,
    };
    let input = SourceInput {
        id: SourceId::new("shop").expect("a name"),
        source,
        references: catalogue.foreign_keys.clone(),
        catalogue: catalogue.clone(),
        rules: vec![rule],
        doubtful: vec![(Sql::never(), Sql::never())],
        holds: Holds::default(),
        worth: Worth { share: 0.0, rows: 1 },
        largest_tree: LARGEST_TREE,
    };
    let empty = Plan {
        made_at: "2026-11-29T12:00:00Z".parse().expect("a time"),
        made_by: "bench".to_owned(),
        policy_sha256: String::new(),
        pack: String::new(),
        four_eyes: false,
        rules: Vec::new(),
        steps: Vec::new(),
        sources: BTreeMap::new(),
        archives: Vec::new(),
        due: Vec::new(),
        kept: Vec::new(),
        warnings: Vec::new(),
        rows_sha256: String::new(),
        chunks: 0,
    };
    let plan = make(empty, &[input], &[], &folder.join("rows"), SecretKey::of(&[1; 32])).await.expect("a plan");
    let hash = plan.hash().expect("a hash");
    (plan, hash, catalogue)
}

async fn apply(plan: &Plan, hash: &str, catalogue: Catalogue, source: Arc<dyn Amend>, folder: &std::path::Path) -> u64 {
    let store = Store::open(&folder.join("state")).await.expect("a state");
    let stored = StoredPlan {
        hash: hash.to_owned(),
        made_at: plan.made_at,
        made_by: "bench".to_owned(),
        state: PlanState::Approved,
        rows: plan.rows(),
        row_key: None,
        approved: None,
        receipt: None,
        started_at: None,
        finished_at: None,
        notes: Vec::new(),
    };
    store.save_plan(&stored).await.expect("saved");
    let approved = approve::approved(plan, hash, &Receipt { index: 0, size: 1, root: Hash([0; 32]) });
    let references = catalogue.foreign_keys.clone();
    let shop = SourceId::new("shop").expect("a name");
    let targets = BTreeMap::from([(shop, Target { source, catalogue, references })]);
    let holds = HoldBook::new(&store, SecretKey::of(&[1; 32]), Vec::new());
    let apply = Apply {
        plan,
        hash,
        approved: &approved,
        targets: &targets,
        store: &store,
        holds: &holds,
        archive: None,
        cancel: &AtomicBool::new(false),
        watcher: &Silent,
    };
    let rows = RowsReader::open(&folder.join("rows"), SecretKey::of(&[1; 32]), &plan.rows_sha256).expect("rows");
    apply.run(rows).await.expect("applied").changed.iter().sum()
}

/// What every peer does: a statement for each row, a transaction for each customer.
async fn row_by_row(server: &PostgresServer, subjects: i64) -> u64 {
    let mut connection = server.connect("loop").await;
    let customers: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM customers WHERE seen < date '2020-01-01' ORDER BY id LIMIT $1")
            .bind(subjects)
            .fetch_all(&mut connection)
            .await
            .expect("customers");
    for customer in &customers {
        sqlx::raw_sql("BEGIN").execute(&mut connection).await.expect("begun");
        let orders: Vec<i64> = sqlx::query_scalar("SELECT id FROM orders WHERE customer_id = $1")
            .bind(customer)
            .fetch_all(&mut connection)
            .await
            .expect("orders");
        for order in orders {
            let items: Vec<i64> = sqlx::query_scalar("SELECT id FROM items WHERE order_id = $1")
                .bind(order)
                .fetch_all(&mut connection)
                .await
                .expect("items");
            for item in items {
                sqlx::query("DELETE FROM items WHERE id = $1").bind(item).execute(&mut connection).await.expect("gone");
            }
            sqlx::query("DELETE FROM orders WHERE id = $1").bind(order).execute(&mut connection).await.expect("gone");
        }
        sqlx::query("DELETE FROM customers WHERE id = $1").bind(customer).execute(&mut connection).await.expect("gone");
        sqlx::raw_sql("COMMIT").execute(&mut connection).await.expect("committed");
    }
    customers.len() as u64
}

struct Silent;

impl Watcher for Silent {
    fn progress(&self, _done: u64, _of: u64) {}
}

/// Notes the longest transaction.
struct Timed {
    inner: Postgres,
    longest: Mutex<Duration>,
}

#[async_trait]
impl Amend for Timed {
    fn kind(&self) -> SourceKind {
        SourceKind::Postgresql
    }

    fn whereabouts(&self) -> Whereabouts {
        self.inner.whereabouts()
    }

    async fn catalogue(&self) -> Result<Catalogue, ConnectError> {
        self.inner.catalogue().await
    }

    async fn select(&self, selection: &Selection) -> Result<RowStream, ConnectError> {
        self.inner.select(selection).await
    }

    async fn count(&self, table: &TableFacts, condition: &Sql) -> Result<u64, ConnectError> {
        self.inner.count(table, condition).await
    }

    async fn fetch(&self, table: &TableFacts, rows: &Rows) -> Result<arrow_array::RecordBatch, ConnectError> {
        self.inner.fetch(table, rows).await
    }

    async fn at_once_obstacles(&self, tables: &[String]) -> Result<Option<Vec<String>>, ConnectError> {
        self.inner.at_once_obstacles(tables).await
    }

    async fn amend(&self, plan: &ApprovedPlan, batches: &[Batch]) -> Result<BatchOutcome, ConnectError> {
        let outcome = self.inner.amend(plan, batches).await?;
        if let BatchOutcome::Done(done) = &outcome {
            let took = done.iter().map(|done| done.took).max().unwrap_or_default();
            let mut longest = self.longest.lock().expect("nobody panicked");
            *longest = (*longest).max(took);
        }
        Ok(outcome)
    }

    async fn reclaim(&self, plan: &ApprovedPlan, table: &TableFacts) -> Result<(), ConnectError> {
        self.inner.reclaim(plan, table).await
    }
}

/// Wall time, and CPU seconds of all processes of the server, those that ended included.
struct Spent {
    wall: Duration,
    cpu: f64,
    begun: Instant,
}

impl Spent {
    fn now(server: &PostgresServer) -> Self {
        let file = server.server().folder().join("data/data/postmaster.pid");
        let file = if file.exists() { file } else { server.socket_folder().join("data/postmaster.pid") };
        let text = fs_err::read_to_string(file).expect("the server writes its process id");
        let postmaster: u32 = text.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
        let mut ticks = ticks_of(postmaster, true);
        for entry in fs_err::read_dir("/proc").expect("there is /proc").flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if parent_of(id) == Some(postmaster) {
                ticks += ticks_of(id, false);
            }
        }
        Self { wall: Duration::ZERO, cpu: ticks as f64 / 100.0, begun: Instant::now() }
    }

    fn until_now(self, server: &PostgresServer) -> Self {
        let wall = self.begun.elapsed();
        Self { wall, cpu: Self::now(server).cpu - self.cpu, begun: self.begun }
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s of server CPU, {:.2} s wall", self.cpu, self.wall.as_secs_f64())
    }
}

fn fields(id: u32) -> Option<Vec<String>> {
    let text = fs_err::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, after) = text.rsplit_once(')')?;
    Some(after.split_whitespace().map(str::to_owned).collect())
}

fn parent_of(id: u32) -> Option<u32> {
    fields(id)?.get(1)?.parse().ok()
}

/// utime and stime; with `all` those of children that ended too (proc(5), fields 14 to 17).
fn ticks_of(id: u32, all: bool) -> u64 {
    let Some(fields) = fields(id) else { return 0 };
    let last = if all { 14 } else { 12 };
    fields[11..=last].iter().filter_map(|field| field.parse::<u64>().ok()).sum()
}
