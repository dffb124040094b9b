//! The files of a cluster: table, index, TOAST, statistics, WAL, logs; read here, or by the server.

use dataward_model::ErasureLevel;
use sqlx::Row;

use super::super::names::split_unit_name;
use super::super::session::Session;
use super::derived_of;
use crate::ConnectError;
use crate::scrub::HowRead;
use crate::scrub::LocalFiles;
use crate::scrub::RawClass;
use crate::scrub::RawPart;
use crate::scrub::RawReport;
use crate::scrub::Watch;
use crate::scrub::carve;
use crate::scrub::raw::OVERLAP;

/// The files of a table and its partitions: heap, indexes, TOAST. No right is needed to ask.
const RELATIONS: &str = "\
WITH RECURSIVE tree AS (
  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = $2
  UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid),
heaps AS (SELECT c.oid, c.reltoastrelid FROM pg_catalog.pg_class c JOIN tree ON tree.oid = c.oid),
parts AS (
  SELECT oid, 'table' AS class FROM heaps
  UNION ALL SELECT indexrelid, 'index' FROM pg_catalog.pg_index WHERE indrelid IN (SELECT oid FROM heaps)
  UNION ALL SELECT reltoastrelid, 'toast' FROM heaps WHERE reltoastrelid <> 0)
SELECT class, pg_catalog.pg_relation_filepath(oid) AS path FROM parts
 WHERE pg_catalog.pg_relation_filepath(oid) IS NOT NULL ORDER BY class, path";

/// The catalogue that holds samples, with its TOAST.
const STATISTICS: &str = "\
SELECT pg_catalog.pg_relation_filepath(oid) AS path FROM pg_catalog.pg_class
 WHERE oid = 'pg_catalog.pg_statistic'::regclass
    OR oid = (SELECT reltoastrelid FROM pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_statistic'::regclass)";

/// Samples of the columns that we may read.
const SAMPLES: &str = "\
SELECT COALESCE(most_common_vals::text, '') || ' ' || COALESCE(histogram_bounds::text, '') AS sample
  FROM pg_catalog.pg_stats WHERE schemaname = $1 AND tablename = $2";

/// Some settings are told to members of pg_read_all_settings alone; asking for them else is an error.
const SETTINGS: &str = "\
SELECT CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
            THEN pg_catalog.current_setting('data_directory') END AS folder,
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
            THEN pg_catalog.current_setting('log_directory') END AS logs,
       pg_catalog.current_setting('logging_collector', true) AS collects,
       pg_catalog.current_setting('wal_compression', true) AS wal_compression,
       pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text,bigint,bigint,boolean)', 'EXECUTE')
         AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_dir(text,boolean,boolean)', 'EXECUTE')
         AND pg_catalog.has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') AS reads_files";

/// The size of a page, as nearly every server was built.
const PAGE: usize = 8192;

/// Bytes asked of the server at a time.
const SERVER_BLOCK: usize = 1 << 20;

pub(super) async fn show(
    session: &mut Session,
    is_on_this_machine: bool,
    tables: &[String],
    watch: &dyn Watch,
) -> Result<RawReport, ConnectError> {
    let mut report = RawReport::default();
    let rows = session.rows(SETTINGS, &[]).await?;
    let row = rows.first().ok_or_else(|| session.internal("settings"))?;
    let folder: Option<String> = session.get(row, "folder")?;
    let wal_compression: Option<String> = session.get(row, "wal_compression")?;
    let collects: Option<String> = session.get(row, "collects")?;
    let logs: Option<String> = session.get(row, "logs")?;
    let local = folder
        .filter(|_| is_on_this_machine)
        .map(LocalFiles::new)
        .filter(|files| files.names("", |_| true).iter().any(|name| name == "PG_VERSION"));
    let way = match local {
        Some(files) => Way::Local(files),
        None if session.get(row, "reads_files")? => Way::Server,
        None => Way::Closed,
    };
    report.how = match way {
        Way::Local(_) => Some(HowRead::Files),
        Way::Server => Some(HowRead::Server),
        Way::Closed => None,
    };
    let copies = derived_of(session, tables).await?;
    for name in tables.iter().chain(copies.iter().map(|view| &view.name)) {
        let (schema, table) = split_unit_name(name).ok_or_else(|| session.internal("a table's name"))?;
        show_samples(session, &schema, &table, name, watch, &mut report).await?;
        for row in session.rows(RELATIONS, &[&schema, &table]).await? {
            let class = match session.get::<String>(&row, "class")?.as_str() {
                "table" => RawClass::Table,
                "index" => RawClass::Index,
                _ => RawClass::Toast,
            };
            let path: String = session.get(&row, "path")?;
            show_relation(session, &way, &path, class, Some(name), watch, &mut report).await?;
        }
    }
    for row in session.rows(STATISTICS, &[]).await? {
        let path: Option<String> = session.get(&row, "path")?;
        if let Some(path) = path {
            show_relation(session, &way, &path, RawClass::Statistics, None, watch, &mut report).await?;
        }
    }
    show_server(session, &way, watch, &mut report).await?;
    if let Way::Local(files) = &way {
        if let Some(logs) = logs.filter(|_| collects.as_deref() == Some("on")) {
            files.show_all(RawClass::Log, &logs, |_| true, watch, &mut report);
        } else {
            report.blind(None, "the server's log goes elsewhere than into its folder: it may quote statements");
        }
    }
    if matches!(way, Way::Closed) {
        report.blind(
            ErasureLevel::L1,
            "the files of the server: run on its machine as an account that may read its folder, or GRANT EXECUTE on \
             pg_read_binary_file, pg_ls_dir and pg_ls_waldir",
        );
    }
    if wal_compression.is_some_and(|how| how != "off") {
        report.blind(ErasureLevel::L2, "page images in the WAL are compressed (wal_compression)");
    }
    report.blind(None, "long values that stand in several pieces in the WAL, compressed, are not put together");
    report.blind(None, "dates, and numbers below 2^40, are too short to be searched for");
    report.blind(None, "replicas, base backups, archived WAL, blocks of removed files on the disk, memory and swap");
    Ok(report)
}

/// How we come to the bytes.
enum Way {
    Closed,
    Local(LocalFiles),
    Server,
}

async fn show_samples(
    session: &mut Session,
    schema: &str,
    table: &str,
    name: &str,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    let part =
        RawPart { class: RawClass::Statistics, name: format!("pg_stats of {name}"), table: Some(name.to_owned()) };
    let mut bytes = 0;
    for row in session.rows(SAMPLES, &[schema, table]).await? {
        let sample: String = session.get(&row, "sample")?;
        bytes += sample.len() as u64;
        watch.look(&part, sample.as_bytes());
    }
    report.parts.push((part, bytes));
    Ok(())
}

/// Shows a relation: its file and the further ones of 1 GB each, `path.1` and so on.
async fn show_relation(
    session: &mut Session,
    way: &Way,
    path: &str,
    class: RawClass,
    table: Option<&str>,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    for number in 0.. {
        let name = if number == 0 { path.to_owned() } else { format!("{path}.{number}") };
        let part = RawPart { class, name, table: table.map(str::to_owned) };
        let before = report.parts.len();
        show_file(session, way, part, watch, report).await?;
        if report.parts.len() == before {
            break;
        }
    }
    Ok(())
}

/// Shows one file, with what stands compressed in it.
async fn show_file(
    session: &mut Session,
    way: &Way,
    part: RawPart,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    let mut unpacker = Unpacker { chunks: carve::Chunks::default(), part: part.clone() };
    match way {
        Way::Closed => {}
        Way::Local(files) => files.show(part, watch, |pages| unpacker.pages(pages, watch), report),
        Way::Server => {
            const READ: &str = "SELECT pg_catalog.pg_read_binary_file($1, $2::int8, $3::int8, true)";
            let mut kept: Vec<u8> = Vec::new();
            let mut total = 0_usize;
            loop {
                let bound = [part.name.as_str(), &total.to_string(), &SERVER_BLOCK.to_string()];
                let rows = session.rows(READ, &bound).await?;
                let read: Option<Vec<u8>> = rows.first().and_then(|row| row.try_get(0).ok().flatten());
                let Some(read) = read.filter(|read| !read.is_empty()) else { break };
                total += read.len();
                unpacker.pages(&read, watch);
                kept.extend_from_slice(&read);
                watch.look(&part, &kept);
                kept.drain(..kept.len() - OVERLAP.min(kept.len()));
            }
            if total > 0 {
                report.parts.push((part, total as u64));
            }
        }
    }
    unpacker.chunks.finish(|value| watch.look(&unpacker.part, value));
    Ok(())
}

struct Unpacker {
    chunks: carve::Chunks,
    part: RawPart,
}

impl Unpacker {
    fn pages(&mut self, pages: &[u8], watch: &dyn Watch) {
        let Self { chunks, part } = self;
        for page in pages.chunks(PAGE) {
            carve::inline_values(page, |value| watch.look(part, value));
            if matches!(part.class, RawClass::Toast | RawClass::Statistics) {
                chunks.take(page, |value| watch.look(part, value));
            }
        }
    }
}

/// Shows what belongs to no table: WAL, spilled sorts, texts of statements.
async fn show_server(
    session: &mut Session,
    way: &Way,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    const WAL: &str = "SELECT name FROM pg_catalog.pg_ls_waldir() ORDER BY name";
    let wal = match way {
        Way::Closed => Vec::new(),
        Way::Local(files) => files.names("pg_wal", |_| true),
        Way::Server => {
            let rows = session.rows(WAL, &[]).await?;
            rows.iter()
                .filter_map(|row| row.try_get::<String, _>(0).ok())
                .map(|name| format!("pg_wal/{name}"))
                .collect()
        }
    };
    for name in wal {
        show_file(session, way, RawPart { class: RawClass::Redo, name, table: None }, watch, report).await?;
    }
    let statements = "pg_stat_tmp/pgss_query_texts.stat".to_owned();
    show_file(session, way, RawPart { class: RawClass::Log, name: statements, table: None }, watch, report).await?;
    if let Way::Local(files) = way {
        files.show_all(RawClass::Temporary, "base/pgsql_tmp", |_| true, watch, report);
    }
    Ok(())
}
