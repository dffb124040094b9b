//! The files of a server: tables, shared tablespace, undo, redo, binary and other logs, statistics.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dataward_model::ErasureLevel;
use futures::StreamExt;
use sqlx::AssertSqlSafe;
use sqlx::Row;

use super::super::quote::literal;
use super::super::quote::quote_identifier;
use super::super::session::Session;
use super::super::types;
use super::table_name;
use super::variable;
use crate::ConnectError;
use crate::scrub::HowRead;
use crate::scrub::LocalFiles;
use crate::scrub::RawClass;
use crate::scrub::RawPart;
use crate::scrub::RawReport;
use crate::scrub::Watch;

pub(super) async fn show(
    session: &mut Session,
    tables: &[String],
    watch: &dyn Watch,
) -> Result<RawReport, ConnectError> {
    let mut report = RawReport::default();
    for name in tables {
        show_history(session, name, watch, &mut report).await?;
        show_statistics(session, name, watch, &mut report).await?;
        tell_unreadable(session, name, &mut report).await?;
    }
    let folder = variable(session, "datadir").await.unwrap_or_default();
    let files = LocalFiles::new(&folder);
    if session.is_on_this_machine() && !folder.is_empty() && files.is_readable() {
        report.how = Some(HowRead::Files);
        for name in tables {
            show_table(session, &files, name, watch, &mut report).await?;
        }
        show_server(session, &files, watch, &mut report).await;
    } else {
        report.blind(
            ErasureLevel::L1,
            "the files of the server: run on its machine, as an account that may read its folder",
        );
    }
    report.blind(None, "dates, and numbers below 2^40, are too short to be searched for");
    report.blind(
        None,
        "a value that InnoDB splits over two pages (long rows only) is seen where 32 bytes of it are together",
    );
    report.blind(None, "replicas, backups, blocks of removed files on the disk, the server's memory and swap");
    Ok(report)
}

/// What the server itself keeps of rows that went or were changed (WITH SYSTEM VERSIONING of MariaDB).
async fn show_history(
    session: &mut Session,
    name: &str,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    let table = table_name(name)?;
    let sql = format!(
        "SELECT 1 FROM information_schema.TABLES WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA = {} AND \
         TABLE_NAME = {}",
        literal(&table.schema),
        literal(&table.table)
    );
    if session.rows(sql).await?.is_empty() {
        return Ok(());
    }
    let sql_name = format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&table.table));
    let part = RawPart { class: RawClass::History, name: format!("history of {name}"), table: Some(name.to_owned()) };
    let sql = format!("SELECT * FROM {sql_name} FOR SYSTEM_TIME ALL");
    let mut bytes = 0;
    let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(&mut session.connection);
    let mut unread = false;
    while let Some(row) = stream.next().await {
        let Ok(row) = row else {
            unread = true;
            break;
        };
        for value in (0..row.len()).filter_map(|at| types::bytes(&row, at)) {
            bytes += value.len() as u64;
            watch.look(&part, value);
        }
    }
    drop(stream);
    report.parts.push((part, bytes));
    report.blind(
        unread.then_some(ErasureLevel::L0),
        format!("{name} keeps its past (WITH SYSTEM VERSIONING); DELETE HISTORY FROM {sql_name} ends it"),
    );
    Ok(())
}

/// Smallest and largest values (MariaDB), histograms (MySQL), as SQL shows them.
async fn show_statistics(
    session: &mut Session,
    name: &str,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    let table = table_name(name)?;
    let (schema, table) = (literal(&table.schema), literal(&table.table));
    let (sql, asked) = if session.is_mariadb() {
        (
            format!(
                "SELECT CONCAT_WS(' ', min_value, max_value, DECODE_HISTOGRAM(hist_type, histogram)) \
                 FROM mysql.column_stats WHERE db_name = {schema} AND table_name = {table}"
            ),
            "mysql.column_stats",
        )
    } else {
        (
            format!(
                "SELECT CAST(HISTOGRAM AS CHAR) FROM information_schema.COLUMN_STATISTICS \
                 WHERE SCHEMA_NAME = {schema} AND TABLE_NAME = {table}"
            ),
            "information_schema.COLUMN_STATISTICS",
        )
    };
    let part =
        RawPart { class: RawClass::Statistics, name: format!("{asked} of {name}"), table: Some(name.to_owned()) };
    match session.try_rows(sql).await {
        Ok(rows) => {
            let mut bytes = 0;
            for row in &rows {
                let sample = types::text(row, 0);
                bytes += sample.len() as u64;
                watch.look(&part, sample.as_bytes());
                for text in texts_of_histogram(&sample) {
                    watch.look(&part, &text);
                }
            }
            report.parts.push((part, bytes));
            if !session.is_mariadb() && !rows.is_empty() {
                report
                    .blind(None, "histograms have the first 42 characters of a text: longer values are not seen there");
            }
        }
        Err(_) => report.blind(ErasureLevel::L2, format!("statistics: GRANT SELECT ON {asked} to the account")),
    }
    Ok(())
}

/// The texts in a histogram of MySQL, which writes each as `base64:type254:` and its bytes in base64.
fn texts_of_histogram(json: &str) -> impl Iterator<Item = Vec<u8>> {
    let coded = json.split("\"base64:type").skip(1).filter_map(|rest| rest.split_once(':')?.1.split('"').next());
    coded.filter_map(|text| STANDARD.decode(text).ok())
}

/// Pages that are compressed or encrypted show no values.
async fn tell_unreadable(session: &mut Session, name: &str, report: &mut RawReport) -> Result<(), ConnectError> {
    let table = table_name(name)?;
    let rows = session
        .rows(format!(
            "SELECT ENGINE, COALESCE(ROW_FORMAT, ''), COALESCE(CREATE_OPTIONS, '') FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
            literal(&table.schema),
            literal(&table.table)
        ))
        .await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (engine, format, options) = (types::text(row, 0), types::text(row, 1), types::text(row, 2).to_lowercase());
    let why = if format.eq_ignore_ascii_case("compressed") || options.contains("page_compressed") {
        Some("its pages are compressed")
    } else if options.contains("encrypted") || options.contains("encryption='y'") {
        Some("its pages are encrypted")
    } else if ["innodb", "aria", "myisam"].iter().all(|known| !engine.eq_ignore_ascii_case(known)) {
        Some("its engine's files are not known")
    } else {
        None
    };
    if let Some(why) = why {
        report.blind(ErasureLevel::L1, format!("the file of `{name}`: {why}"));
    }
    Ok(())
}

async fn show_table(
    session: &mut Session,
    files: &LocalFiles,
    name: &str,
    watch: &dyn Watch,
    report: &mut RawReport,
) -> Result<(), ConnectError> {
    let table = table_name(name)?;
    let (folder, base) = if session.is_mariadb() {
        // The server's own way of writing names as file names.
        let encode = |text: &str| format!("CONVERT(CONVERT({} USING filename) USING binary)", literal(text));
        let sql = format!("SELECT {}, {}", encode(&table.schema), encode(&table.table));
        let rows = session.rows(sql).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        (types::text(row, 0), types::text(row, 1))
    } else {
        (file_name(&table.schema), file_name(&table.table))
    };
    let endings = [".ibd", ".MYD", ".MYI", ".MAD", ".MAI"];
    // `t.ibd`, partitions `t#P#p0.ibd`; words of full-text indexes in `FTS_…ibd`.
    let belongs = |file: &str| {
        let rest = file.strip_prefix(base.as_str());
        let own = rest.is_some_and(|rest| endings.contains(&rest) || (rest.starts_with('#') && rest.ends_with(".ibd")));
        own || (file.starts_with("FTS_") && file.ends_with(".ibd"))
    };
    let names = files.names(&folder, belongs);
    if names.is_empty() {
        report
            .blind(ErasureLevel::L1, format!("the file of `{name}` was not found: it may lie in ibdata1 or elsewhere"));
    }
    for file in names {
        let part = RawPart { class: RawClass::Table, name: file, table: Some(name.to_owned()) };
        files.show(part, watch, |_| {}, report);
    }
    Ok(())
}

/// A name as MySQL writes it into the name of a file, which it can't be asked for: letters, digits and `_` as they
/// are, all else by number. It has a shorter way for some letters; files named so are told as not found.
fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().map(|c| if plain(c) { c.to_string() } else { format!("@{:04x}", u32::from(c)) }).collect()
}

async fn show_server(session: &mut Session, files: &LocalFiles, watch: &dyn Watch, report: &mut RawReport) {
    let undo_folder = variable(session, "innodb_undo_directory").await.unwrap_or_default();
    let undo_folder = undo_folder.trim_start_matches("./").to_owned();
    files.show_all(RawClass::Undo, "", |name| name.starts_with("ibdata"), watch, report);
    if session.is_mariadb() {
        files.show_all(RawClass::Undo, &undo_folder, |name| name.starts_with("undo"), watch, report);
    } else {
        show_undo_of_mysql(session, files, watch, report).await;
    }
    let redo_folder = variable(session, "innodb_log_group_home_dir").await.unwrap_or_default();
    let redo_folder = redo_folder.trim_start_matches("./").to_owned();
    let is_redo = |name: &str| name.starts_with("ib_logfile") || name.starts_with("aria_log.");
    files.show_all(RawClass::Redo, &redo_folder, is_redo, watch, report);
    let beneath = Path::new(&redo_folder).join("#innodb_redo").display().to_string();
    files.show_all(RawClass::Redo, &beneath, |_| true, watch, report);
    // Pages on their way to the tables' files, MySQL's; those of MariaDB lie in ibdata1.
    let twice = variable(session, "innodb_doublewrite_dir").await.unwrap_or_default();
    let is_twice = |name: &str| name.ends_with(".dblwr") || name.ends_with(".bdblwr");
    files.show_all(RawClass::Redo, twice.trim_start_matches("./"), is_twice, watch, report);
    files.show_all(RawClass::Temporary, "", |name| name.starts_with("ibtmp"), watch, report);
    files.show_all(RawClass::Temporary, "#innodb_temp", |_| true, watch, report);
    files.show_all(RawClass::Statistics, "mysql", |name| name.starts_with("column_stats."), watch, report);
    if !session.is_mariadb() {
        // Where the histograms are.
        files.show_all(RawClass::Statistics, "", |name| name == "mysql.ibd", watch, report);
    }
    for (setting, class) in [("log_bin_basename", RawClass::Binlog), ("relay_log_basename", RawClass::Binlog)] {
        let Some(base) = variable(session, setting).await.filter(|base| !base.is_empty()) else { continue };
        let Some((folder, stem)) = base.rsplit_once('/') else { continue };
        files.show_all(class, folder, |name| name.starts_with(&format!("{stem}.")), watch, report);
    }
    for setting in ["general_log_file", "slow_query_log_file", "log_error"] {
        let Some(name) = variable(session, setting).await.filter(|name| !name.is_empty()) else { continue };
        let part = RawPart { class: RawClass::Log, name: name.trim_start_matches("./").to_owned(), table: None };
        files.show(part, watch, |_| {}, report);
    }
    for (setting, class, what) in [
        ("log_bin_compress", ErasureLevel::L2, "events of the binary log are compressed"),
        ("encrypt_binlog", ErasureLevel::L2, "the binary log is encrypted"),
        ("innodb_encrypt_log", ErasureLevel::L2, "the redo log is encrypted"),
        ("binlog_transaction_compression", ErasureLevel::L2, "events of the binary log are compressed"),
        ("binlog_encryption", ErasureLevel::L2, "the binary log is encrypted"),
        ("innodb_redo_log_encrypt", ErasureLevel::L2, "the redo log is encrypted"),
        ("innodb_undo_log_encrypt", ErasureLevel::L2, "the undo log is encrypted"),
    ] {
        if variable(session, setting).await.as_deref() == Some("1") {
            report.blind(class, format!("{what} ({setting})"));
        }
    }
}

/// Its undo tablespaces, wherever they lie.
async fn show_undo_of_mysql(session: &mut Session, files: &LocalFiles, watch: &dyn Watch, report: &mut RawReport) {
    let sql = "SELECT FILE_NAME FROM information_schema.FILES WHERE FILE_TYPE = 'UNDO LOG' ORDER BY FILE_NAME";
    let rows = session.try_rows(sql.to_owned()).await.unwrap_or_default();
    if rows.is_empty() {
        report
            .blind(ErasureLevel::L2, "the undo log: GRANT PROCESS ON *.* to the account, so that its files are known");
    }
    for row in rows {
        let name = types::text(&row, 0).trim_start_matches("./").to_owned();
        files.show(RawPart { class: RawClass::Undo, name, table: None }, watch, |_| {}, report);
    }
}
