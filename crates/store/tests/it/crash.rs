//! `kill -9` in the middle of writing.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use dataward_store::InventoryFilter;
use dataward_store::ScanState;
use tempfile::tempdir;

use crate::world::*;

const COLUMNS: usize = 25;

/// The test is its own victim: run again with the variable set it records units until it is killed.
#[tokio::test]
async fn killed_while_writing_every_acknowledged_unit_is_there_and_whole() {
    const CHILD: &str = "DATAWARD_STORE_TEST_KILLED";
    if let Ok(folder) = std::env::var(CHILD) {
        return record_for_ever(Path::new(&folder)).await;
    }
    for kill_after in [0, 1, 2, 3, 5, 8, 13, 21] {
        let folder = tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::killed_while_writing_every_acknowledged_unit_is_there_and_whole", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = Vec::new();
        for line in lines {
            if let Some(unit) = line.unwrap().strip_prefix("recorded ") {
                acknowledged.push(unit.to_owned());
                if acknowledged.len() > kill_after {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let store = open(folder.path()).await;
        let unfinished = store.latest_unfinished_scan().await.unwrap().unwrap();
        assert_eq!(unfinished.state, ScanState::Running);
        let finished = store.finished_units(&unfinished.id, &shop()).await.unwrap();
        for unit in &acknowledged {
            assert!(finished.contains(unit), "{unit} was acknowledged, then lost");
        }
        let columns = store.inventory(&InventoryFilter::default()).await.unwrap().len();
        assert_eq!(columns, finished.len() * COLUMNS, "half a unit was left behind");
    }
}

async fn record_for_ever(folder: &Path) {
    let store = open(folder).await;
    let scan = store.begin_scan(minute(1), &request()).await.unwrap();
    for number in 0_u64.. {
        let name = format!("public.t{number}");
        let columns = (0..COLUMNS).map(|column_number| column(&format!("c{column_number}"), None)).collect();
        store.record_units(&scan, minute(1), &[table(&name, columns)]).await.unwrap();
        let mut stdout = std::io::stdout();
        writeln!(stdout, "recorded {name}").unwrap();
        stdout.flush().unwrap();
    }
}
