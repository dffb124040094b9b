//! Scans a table of a real MariaDB with `PROGRAM scan --full` beside `mariadb --quick … > /dev/null`, in turns, and
//! prints both times and their ratio. `bench_mysql PROGRAM [ROWS]` (5 million).

use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mariadb::PASSWORD;

const ROUNDS: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let program = std::env::args().nth(1).ok_or("the path of the program to measure is missing")?;
    let rows: u64 = std::env::args().nth(2).map_or(Ok(5_000_000), |text| text.parse())?;
    let server = MariaDbServer::private_without_tls();
    server
        .execute(
            "mysql",
            &format!(
                "CREATE DATABASE bench; USE bench;
                 CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(80), mail VARCHAR(120), phone VARCHAR(30),
                                 born DATE, seen DATETIME, balance DECIMAL(12,2), visits INT, note TEXT) ENGINE = MyISAM;
                 INSERT INTO t SELECT seq, CONCAT('Name ', seq), CONCAT('person', seq, '@example.org'),
                        CONCAT('+49 30 ', seq), DATE_ADD('1950-01-01', INTERVAL seq % 20000 DAY),
                        DATE_ADD('2020-01-01', INTERVAL seq SECOND), seq / 100, seq % 97,
                        CONCAT('The customer number ', seq, ' asked for a call back in the morning')
                   FROM seq_1_to_{rows};"
            ),
        )
        .await;
    let (mut theirs, mut ours) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let status = Command::new("mariadb")
            .args(["--no-defaults", "--quick", "--protocol=tcp", "--host=127.0.0.1", "--user=root"])
            .args([format!("--port={}", server.server().port()), format!("--password={PASSWORD}")])
            .args(["--execute=SELECT * FROM bench.t"])
            .stdout(Stdio::null())
            .status()?;
        assert!(status.success(), "mariadb ended with {status}");
        theirs = theirs.min(start.elapsed());
        let start = Instant::now();
        let status = Command::new(&program)
            .args(["scan", &server.url("bench"), "--full", "--quiet", "--format", "json"])
            .stdout(Stdio::null())
            .status()?;
        assert!(status.success(), "the scan ended with {status}");
        ours = ours.min(start.elapsed());
    }
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    println!("MariaDB, {rows} rows, best of {ROUNDS}");
    println!("  mariadb --quick        {:6.2} s", theirs.as_secs_f64());
    println!("  dataward scan --full   {:6.2} s", ours.as_secs_f64());
    println!("  ratio {ratio:.2} (goal: at least 0.70)");
    Ok(())
}
