//! Whatever the bytes and whatever the name: a sentence or a table, never a panic.

use dataward_connect::ReadRequest;
use dataward_connect::conformance::find_unit;
use dataward_connect::conformance::first_error;
use proptest::prelude::*;

use crate::support::Folder;

const EXTENSIONS: &[&str] = &[
    "csv", "json", "jsonl", "parquet", "xlsx", "xls", "ods", "gz", "bz2", "xz", "zst", "zip", "tar", "txt", "db",
    "eml", "pdf", "sql", "",
];
const BEGINNINGS: &[&[u8]] = &[
    b"",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b\x08",
    b"BZh91AY&SY",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"[{\"a\":",
    b"\"a\",\"b\n",
    b"\xff\xfe",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_never_an_accident(
        extension in 0..EXTENSIONS.len(),
        beginning in 0..BEGINNINGS.len(),
        rest in prop_oneof![proptest::collection::vec(any::<u8>(), 0..2000), "[ -~\n,;\"{}\\[\\]]{0,800}".prop_map(String::into_bytes)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async {
            let folder = Folder::new();
            let name = format!("x.{}", EXTENSIONS[extension]);
            folder.write(&name, [BEGINNINGS[beginning], &rest].concat());
            let unit = find_unit(&folder.files, &name).await.unwrap();
            first_error(&folder.files, &unit, &ReadRequest::full()).await
        });
        let message = outcome.map(|error| error.to_string()).unwrap_or_default();
        prop_assert!(!message.starts_with("internal error"), "{}", message);
    }
}
