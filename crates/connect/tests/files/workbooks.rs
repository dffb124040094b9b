//! Workbooks, Parquet and databases among the files.

use std::io::Write;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::DictionaryArray;
use arrow_array::Int64Array;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_array::StructArray;
use arrow_array::TimestampMillisecondArray;
use arrow_array::types::Int32Type;
use dataward_connect::conformance::Expected;
use dataward_connect::conformance::Suite;
use dataward_connect::formats::Limits;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::Folder;
use crate::support::refusal;
use crate::support::show;

fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook as Excel writes it, with one sheet of these rows.
fn xlsx(rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    zipped(&[
        ("[Content_Types].xml", &format!("<Types xmlns=\"{PACKAGE}/content-types\"/>")),
        (
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\">\
                 <Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
                 <sheet name=\"People\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\">\
                 <Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
                 <Relationship Id=\"rId2\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            &format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")),
    ])
}

fn row(number: u32, cells: &[&str]) -> String {
    let cell = |(column, text): (usize, &&str)| {
        let place = format!("{}{number}", char::from(b'A' + column as u8));
        match text.strip_prefix('=') {
            Some(date) => format!("<c r=\"{place}\" s=\"1\"><v>{date}</v></c>"),
            None if text.is_empty() => String::new(),
            None if text.parse::<f64>().is_ok() => format!("<c r=\"{place}\"><v>{text}</v></c>"),
            None => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        }
    };
    format!("<row r=\"{number}\">{}</row>", cells.iter().enumerate().map(cell).collect::<String>())
}

#[tokio::test]
async fn a_sheet_is_a_table_below_its_title() {
    let rows = [
        row(1, &["", "Customers of Blue Lantern"]),
        row(3, &["", "id", "name", "born", "city"]),
        row(4, &["", "1", "Ada", "=33217", "Rome"]),
        row(5, &["", "2", "Bob", "=33217.5", ""]),
        row(6, &["", "3", "Cy", "", "Oslo", "note"]),
    ];
    assert_eq!(
        show("book.xlsx", xlsx(&rows.concat())).await,
        "book.xlsx#People#above the table: text\n  Customers of Blue Lantern\n\
         book.xlsx#People: id | name | born | city | column_5\n  \
         1 | Ada | 1990-12-10 | Rome | -\n  2 | Bob | 1990-12-10 12:00:00 | - | -\n  3 | Cy | - | Oslo | note\n"
    );
}

#[tokio::test]
async fn the_old_and_the_open_formats_are_read_too() {
    assert_eq!(
        show("people.xls", include_bytes!("../data/people.xls")).await,
        "people.xls#People: id | name | born\n  1 | Ada | 1990-12-10\n"
    );
    let content = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
        xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
        <office:body><office:spreadsheet><table:table table:name=\"People\">\
        <table:table-row><table:table-cell office:value-type=\"string\"><text:p>id</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"string\"><text:p>name</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell office:value-type=\"float\" office:value=\"7\"><text:p>7</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"string\"><text:p>Ada</text:p></table:table-cell></table:table-row>\
        </table:table></office:spreadsheet></office:body></office:document-content>";
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    let ods = zipped(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", content),
    ]);
    assert_eq!(show("people.ods", ods).await, "people.ods#People: id | name\n  7 | Ada\n");
}

#[tokio::test]
async fn a_workbook_that_is_a_bomb_is_refused_before_it_unpacks() {
    let folder = Folder::with_limits(Limits { ratio_floor_bytes: 1 << 20, ..Limits::default() });
    folder.write("bomb.xlsx", xlsx(&" ".repeat(8 << 20)));
    assert_eq!(
        folder.refusal("bomb.xlsx").await,
        "refused to read bomb.xlsx!/xl/worksheets/sheet1.xml: more than 200 bytes come out of each stored byte, \
         as in a decompression bomb; if you trust it, unpack it yourself and scan the result"
    );
}

#[tokio::test]
async fn a_damaged_workbook_is_named() {
    let bytes = xlsx(&row(1, &["id"]));
    let error = refusal("book.xlsx", &bytes[..bytes.len() / 2]).await;
    assert!(error.starts_with("cannot read book.xlsx: "), "{error}");
}

fn parquet_of(rows: i64) -> Vec<u8> {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let name: ArrayRef = Arc::new(StringArray::from_iter((0..rows).map(|id| (id % 10 != 0).then_some("Ada"))));
    let kind: ArrayRef = Arc::new((0..rows).map(|_| "gold").collect::<DictionaryArray<Int32Type>>());
    let seen: ArrayRef = Arc::new(TimestampMillisecondArray::from_iter_values(0..rows));
    let fields = arrow_schema::Fields::from(vec![arrow_schema::Field::new("city", arrow_schema::DataType::Utf8, true)]);
    let cities: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|_| "Rome")));
    let address: ArrayRef = Arc::new(StructArray::new(fields, vec![cities], None));
    let columns = [("id", id), ("name", name), ("kind", kind), ("seen", seen), ("address", address)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2000)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn parquet_keeps_the_contract() {
    let folder = Folder::new();
    folder
        .write("people.parquet", parquet_of(9000))
        .write("few.parquet", parquet_of(2))
        .write("none.parquet", parquet_of(0));
    let columns = ["id", "name", "kind", "seen", "address"];
    let expected = vec![
        Expected::new("people.parquet", 9000, &columns).position("id").nulls("name", 900),
        Expected::new("few.parquet", 2, &columns),
        Expected::new("none.parquet", 0, &columns),
    ];
    Suite::new(Arc::new(folder.files.clone()), expected).check().await.unwrap();
    assert_eq!(
        folder.show("few.parquet").await,
        "few.parquet: id | name | kind | seen | address\n  \
         0 | - | gold | 1970-01-01T00:00:00 | {city: Rome}\n  1 | Ada | gold | 1970-01-01T00:00:00.001 | {city: Rome}\n"
    );
}

#[tokio::test]
async fn half_a_parquet_file_is_said_to_be_half_a_file() {
    let bytes = parquet_of(5000);
    assert_eq!(
        refusal("p.parquet", &bytes[..bytes.len() / 2]).await,
        "cannot read p.parquet: the table of contents at its end is missing; the file was cut off or is still being written"
    );
    let mut garbled = bytes.clone();
    let middle = garbled.len() - 200;
    garbled[middle..middle + 150].fill(0xff);
    let error = refusal("p.parquet", &garbled).await;
    assert!(error.starts_with("cannot read p.parquet: "), "{error}");
}

#[tokio::test]
async fn a_database_among_the_files_is_read_by_its_tables() {
    use sqlx::Connection;
    let folder = Folder::new();
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("shop.db")).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    for statement in [
        "create table customers (id integer primary key, name text)",
        "insert into customers values (1, 'Ada'), (2, 'Bob')",
        "create table notes (note text)",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    assert_eq!(
        folder.show("shop.db").await,
        "shop.db#customers: id | name\n  1 | Ada\n  2 | Bob\nshop.db#notes: note\n"
    );
}
