//! JSON as programs export it.

use crate::support::Folder;
use crate::support::refusal;
use crate::support::show;

#[tokio::test]
async fn an_array_of_objects_is_a_table_with_dotted_columns() {
    let text = r#"[
      {"id": 1, "customer": {"name": "Ada", "address": {"city": "Rome"}}, "paid": 12.50, "tags": ["a", "b"]},
      {"id": 9007199254740993, "customer": {"name": null}, "late": true, "items": [{"sku": "x"}, {"sku": "y", "n": 2}]}
    ]"#;
    assert_eq!(
        show("o.json", text).await,
        "o.json: id | customer.name | customer.address.city | paid | late | items[].n | items[].sku | tags[]\n  \
         1 | Ada | Rome | 12.50 | - | - | - | [a, b]\n  \
         9007199254740993 | - | - | - | true | [2] | [x, y] | -\n"
    );
}

#[tokio::test]
async fn arrays_of_a_document_are_tables_of_their_own() {
    let text = r#"{"shop": "Blue Lantern", "owner": {"mail": "o@example.org"},
        "customers": [{"id": 1, "name": "Ada"}], "archive": {"orders": [{"no": 7}, {"no": 8}]}, "rows": [[1, "x"], [2, "y"]]}"#;
    assert_eq!(
        show("shop.json", text).await,
        "shop.json#customers: id | name\n  1 | Ada\n\
         shop.json#archive.orders: no\n  7\n  8\n\
         shop.json#rows: column_1 | column_2\n  1 | x\n  2 | y\n\
         shop.json: shop | owner.mail\n  Blue Lantern | o@example.org\n"
    );
}

#[tokio::test]
async fn lines_and_documents_in_a_row_are_rows() {
    let expected = "p.jsonl: id | name\n  1 | Ada\n  2 | Bob\n";
    assert_eq!(show("p.jsonl", "{\"id\":1,\"name\":\"Ada\"}\n{\"id\":2,\"name\":\"Bob\"}\n").await, expected);
    assert_eq!(
        show("p.jsonl", "\u{feff}{\"id\":1,\"name\":\"Ada\"}\r\n\r\n{\"id\":2,\"name\":\"Bob\"}").await,
        expected
    );
    assert_eq!(show("p.jsonl", "\x1e{\"id\":1,\"name\":\"Ada\"}\n\x1e{\"id\":2,\"name\":\"Bob\"}\n").await, expected);
    let named_otherwise = show("events.log", "{\"id\":1,\"name\":\"Ada\"}\n{\"id\":2,\"name\":\"Bob\"}\n").await;
    assert_eq!(named_otherwise, expected.replace("p.jsonl", "events.log"));
    let glued = show("p.json", "{\"id\":1}{\"id\":2}").await;
    assert_eq!(glued, "p.json: id\n  1\np.json: id\n  2\n");
}

#[tokio::test]
async fn a_broken_line_costs_only_itself() {
    let text = "{\"id\":1}\n{\"id\":\"secret\n{\"id\":3}\nnonsense\n{\"id\":5}\n";
    assert_eq!(
        show("p.jsonl", text).await,
        "p.jsonl: id\n  1\n  3\n  5\nskipped p.jsonl: 2 line(s) could not be read; the first: cannot read p.jsonl: \
         not valid JSON at line 2, column 14: expected the end of a string\n"
    );
}

#[tokio::test]
async fn escapes_and_doubled_keys_keep_their_values() {
    let text = r#"[{"name":"M\u00fcller \ud83d\ude00 \"x\"\n","name":"again"}]"#;
    assert_eq!(show("p.json", text).await, "p.json: name | name#2\n  Müller 😀 \"x\"\\n | again\n");
}

#[tokio::test]
async fn keys_that_are_data_do_not_become_names() {
    let text = r#"{"users":{"ada@example.org":{"age":36},"bob@example.org":{"age":40}},"1234567":"x"}"#;
    assert_eq!(
        show("p.json", text).await,
        "p.json: *[] | *key\n".replace("*[] | *key", "* | *key | users.*.age | users.*key")
            + "  [x] | [1234567] | [36, 40] | [ada@example.org, bob@example.org]\n"
    );
}

#[tokio::test]
async fn people_and_records_by_key_are_values_of_one_column() {
    assert_eq!(
        show("p.json", r#"{"Anna Meier": {"phone": "1"}, "Bob Smith": {"phone": "2", "orders": [{"no": 3}]}}"#).await,
        "p.json: *.orders[].no | *.phone | *key\n  [3] | [1, 2] | [Anna Meier, Bob Smith]\n"
    );
    assert_eq!(
        show(
            "p.jsonl",
            "{\"id\": 1, \"hours\": {\"Anna\": 7, \"Giuseppe\": 8}}\n{\"id\": 2, \"hours\": {\"Heinz\": 5}}\n"
        )
        .await,
        "p.jsonl: id | hours.* | hours.*key\n  1 | [7, 8] | [Anna, Giuseppe]\n  2 | [5] | [Heinz]\n"
    );
    // As in the first row, so in those that follow.
    assert_eq!(
        show("p.json", r#"[{"Anna":3,"Kthx":5},{"Anna":2,"Kthx":4}]"#).await,
        "p.json: * | *key\n  [3, 5] | [Anna, Kthx]\n  [2, 4] | [Anna, Kthx]\n"
    );
    let logins = r#"{"lantern7":{"mail":"a","paid":1},"ada.l":{"mail":"b","paid":2},"hop":{"paid":3,"mail":"c"}}"#;
    assert_eq!(
        show("p.json", logins).await,
        "p.json: *.mail | *.paid | *key\n  [a, b, c] | [1, 2, 3] | [lantern7, ada.l, hop]\n"
    );
    assert_eq!(
        show("p.json", r#"{"Anna Meier": [{"phone": "1"}], "shop": "Blue Lantern"}"#).await,
        "p.json: shop | *[].phone | *key\n  Blue Lantern | [1] | [Anna Meier]\n"
    );
}

#[tokio::test]
async fn faults_are_named_by_line_and_column_without_quoting() {
    assert_eq!(
        refusal("p.json", "{\n \"mail\" \"secret@example.org\"}").await,
        "cannot read p.json: not valid JSON at line 2, column 9: expected a colon"
    );
    let read = show("p.json", "[{\"id\": 1},\n {\"id\": 2},\n {\"id\": tru").await;
    assert_eq!(read, "p.json: id\n  1\n  2\nskipped p.json: cannot read p.json: the JSON ends too early, in line 3\n");
}

#[tokio::test]
async fn towers_of_brackets_are_refused() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("[{}", "{\"a\":[".repeat(100_000))] {
        let error = refusal("p.json", &text).await;
        assert!(error.contains("its JSON is nested more than 200 deep at line 1, column"), "{error}");
    }
}

#[tokio::test]
async fn a_million_numbers_stream_by() {
    let folder = Folder::new();
    let numbers: Vec<String> = (0..200_000).map(|number| format!("{{\"n\":{number}}}")).collect();
    folder.write("p.json", format!("[{}]", numbers.join(",")));
    let reading = folder.read("p.json").await;
    assert_eq!((reading.tables[0].rows, reading.tables[0].rows_total), (200_000, Some(200_000)));
    let sample = folder.sample("p.json", 500, 3).await;
    assert_eq!((sample.tables[0].rows, sample.tables[0].rows_total), (500, Some(200_000)));
}
