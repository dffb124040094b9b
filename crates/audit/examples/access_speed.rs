//! How long it takes to tell who can do what on a large server: 1,000 roles, 5,000 tables of ten columns.
//! Prints seconds, memory and the statements that the server was asked, and fails where a goal is missed.
//! Run by `./x bench access`.

use std::time::Instant;

use dataward_audit::access::AccessSnapshot;
use dataward_audit::access::Scope;
use dataward_audit::access::model_of;
use dataward_connect::Grants;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;

/// The goals: seconds from the first statement to the last entry, MiB, statements.
const SECONDS: f64 = 10.0;
const MEBIBYTES: u64 = 512;
const STATEMENTS: usize = 20;

/// Roles, groups among them in three levels, and schemas.
const ROLES: &str = r#"
DO $$ BEGIN
  FOR i IN 0..999 LOOP
    EXECUTE format('CREATE ROLE r%s %s', i, CASE WHEN i < 150 THEN '' ELSE 'LOGIN' END);
  END LOOP;
  FOR i IN 20..149 LOOP EXECUTE format('GRANT r%s TO r%s', i % 20, i); END LOOP;
  FOR i IN 150..999 LOOP
    EXECUTE format('GRANT r%s, r%s, r%s TO r%s', 20 + i % 130, 20 + (i * 7) % 130, (i * 3) % 20, i);
  END LOOP;
  FOR s IN 0..19 LOOP
    EXECUTE format('CREATE SCHEMA s%s AUTHORIZATION r%s', s, s);
    EXECUTE format('GRANT USAGE ON SCHEMA s%s TO PUBLIC', s);
  END LOOP;
END $$
"#;

/// Tables with grants to groups, roles and single columns, row security, views and functions of others. Commits
/// now and then: a transaction locks each table that it makes.
const TABLES: &str = r#"
DO $$ DECLARE t text; BEGIN
  FOR i IN 0..4999 LOOP
    t := format('s%s.t%s', i % 20, i);
    EXECUTE format('CREATE TABLE %s (c0 int, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 text)', t);
    EXECUTE format('ALTER TABLE %s OWNER TO r%s', t, i % 150);
    EXECUTE format('GRANT SELECT ON %s TO r%s', t, 20 + i % 130);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO r%s', t, 20 + (i * 11) % 130);
    IF i % 3 = 0 THEN EXECUTE format('GRANT SELECT ON %s TO r%s', t, 150 + i % 850); END IF;
    IF i % 10 = 0 THEN EXECUTE format('GRANT SELECT (c1, c3) ON %s TO r%s', t, 150 + (i * 13) % 850); END IF;
    IF i % 20 = 0 THEN
      EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
      EXECUTE format('CREATE POLICY p ON %s TO r%s USING (c0 > 1)', t, 20 + i % 130);
    END IF;
    IF i % 10 = 1 THEN
      EXECUTE format('CREATE VIEW s%s.v%s AS SELECT c1, c2 FROM %s', i % 20, i, t);
      EXECUTE format('GRANT SELECT ON s%s.v%s TO r%s', i % 20, i, 20 + (i * 17) % 130);
    END IF;
    IF i % 50 = 2 THEN
      EXECUTE format('CREATE FUNCTION s%s.f%s() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS ''SELECT c4 FROM %s''', i % 20, i, t);
    END IF;
    IF i % 100 = 99 THEN COMMIT; END IF;
  END LOOP;
END $$
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = PostgresServer::private();
    server.execute("postgres", ROLES).await;
    server.execute("postgres", TABLES).await;
    server.execute("postgres", "ANALYZE; ALTER DATABASE postgres SET log_statement = 'all'").await;
    let begun = Instant::now();
    let facts = Postgres::new(&server.url("postgres"), None).unwrap().grants().await.unwrap();
    let read = begun.elapsed().as_secs_f64();
    let model = model_of(facts);
    assert!(model.missing().is_empty(), "{:?}", model.missing());
    let worked_out = begun.elapsed().as_secs_f64();
    let mut entries = 0usize;
    let mut paths = 0usize;
    model.visit(&Scope::everything(), &mut |group| {
        entries += group.columns.len();
        paths += group.paths.len();
    });
    let visited = begun.elapsed().as_secs_f64();
    let snapshot = AccessSnapshot::of(&*model, &Scope::everything());
    let kept = begun.elapsed().as_secs_f64();
    let answer = serde_json::to_string(&snapshot).unwrap();
    let peak = peak_mebibytes();
    let log = server.server().log();
    let asked: Vec<&str> =
        log.lines().filter(|line| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ")).collect();
    let setting = ["BEGIN", "SET ", "COMMIT", "ROLLBACK"];
    let statements =
        asked.iter().filter(|line| !setting.iter().any(|word| line.contains(&format!(": {word}")))).count();
    let writes = ["INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "GRANT", "REVOKE", "COPY", "CALL", "ALTER"];
    let wrote = asked.iter().filter(|line| writes.iter().any(|word| line.contains(&format!(": {word} ")))).count();
    println!(
        "1,000 roles, 5,000 tables of 10 columns: {entries} entries, {paths} paths in groups, {} notes",
        model.notes().len()
    );
    println!(
        "catalogue {read:.2} s, model {:.2} s, every entry with its paths {:.2} s, answer to keep {:.2} s ({} KiB)",
        worked_out - read,
        visited - worked_out,
        kept - visited,
        answer.len() >> 10
    );
    println!(
        "together {visited:.2} s (goal {SECONDS} s), {peak} MiB (goal {MEBIBYTES}), {statements} statements (goal {STATEMENTS}), {wrote} of them write"
    );
    assert!(visited <= SECONDS && peak <= MEBIBYTES && statements <= STATEMENTS && wrote == 0, "a goal is missed");
}

/// The most memory that this process has held at once.
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1024
}
