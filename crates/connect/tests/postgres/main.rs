//! PostgreSQL, read from a real server.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod access;
mod cells;
mod contract;
mod copies;
mod faults;
mod only_reads;
mod scale;
mod transport;

use std::sync::Arc;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_cast::cast;
use arrow_schema::DataType;
use dataward_connect::ConnectError;
use dataward_connect::HowMuch;
use dataward_connect::Read;
use dataward_connect::ReadRequest;
use dataward_connect::conformance::Reading;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::first_error;
use dataward_connect::conformance::read_unit;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;
use dataward_testkit::server::postgres::TestDatabase;

async fn database() -> TestDatabase {
    PostgresServer::shared().database().await
}

fn source(database: &TestDatabase) -> Arc<Postgres> {
    Arc::new(Postgres::new(&database.url(), None).unwrap())
}

async fn read_all(source: &dyn Read, unit: &str) -> Reading {
    let unit = find_unit(source, unit).await.unwrap();
    read_unit(source, &unit, &ReadRequest::full()).await.unwrap()
}

async fn read_sample(source: &dyn Read, unit: &str, rows: u64) -> Reading {
    let unit = find_unit(source, unit).await.unwrap();
    read_unit(source, &unit, &ReadRequest::new(HowMuch::Sample { rows, seed: 3 })).await.unwrap()
}

async fn fails(source: &dyn Read, unit: &str) -> ConnectError {
    let unit = find_unit(source, unit).await.unwrap();
    first_error(source, &unit, &ReadRequest::full()).await.expect("reading fails")
}

/// A column's cells as text, in the order they came.
fn texts(batches: &[RecordBatch], column: &str) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for batch in batches {
        let values = batch.column_by_name(column).expect("the column was read");
        let values = cast(values, &DataType::Utf8).unwrap();
        texts.extend(values.as_string::<i32>().iter().map(|text| text.map(str::to_owned)));
        assert_eq!(values.len(), batch.num_rows());
    }
    texts
}
