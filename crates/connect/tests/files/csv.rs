//! CSV as it is found in the wild.

use crate::support::Folder;
use crate::support::show;
use crate::support::shown;

#[tokio::test]
async fn delimiters_quotes_and_line_ends_are_found_by_looking() {
    let cases: [(&str, &str); 9] = [
        ("id,name\n1,Ada\n2,Bob\n", "comma"),
        ("id;name\r\n1;Ada\r\n2;Bob\r\n", "semicolon and CRLF"),
        ("id\tname\n1\tAda\n2\tBob", "tab, no end"),
        ("id|name\n1|Ada\n2|Bob\n", "pipe"),
        ("id\rname\r", "not a table"),
        ("\"id\",\"name\"\n\"1\",\"Ada\"\n\"2\",\"Bob\"\n", "all quoted"),
        ("'id','name'\n'1','Ada'\n'2','Bob'\n", "single quotes"),
        ("id, name\n1, \"Ada\"\n2, \"Bob\"\n", "spaces before quotes"),
        ("sep=;\nid;name\n1;Ada\n2;Bob\n", "declared for Excel"),
    ];
    for (text, what) in cases {
        let read = show("p.csv", text).await;
        let expected = match what {
            "not a table" => "p.csv: id\n  name\n",
            _ => "p.csv: id | name\n  1 | Ada\n  2 | Bob\n",
        };
        assert_eq!(read, expected, "{what}");
    }
}

#[tokio::test]
async fn commas_within_cells_are_no_separators_where_semicolons_are() {
    let cases = [
        ("name;address\nAda;Main Road 5, 53111 Bonn, DE\nBob;Mill Lane 7, 10115 Berlin, DE\n", "addresses"),
        ("1;Weber, Ada\n2;Krause, Bob\n3;Vogt, Cy\n", "names alone"),
        ("id;price\n1;12,50\n2;13,75\n3;9,90\n", "decimals"),
        ("1;12,50;3,10\n2;13,75;4,20\n", "decimals alone"),
        (
            "name;address;since\nAda;Main Road 5, c/o Bob, 53111 Bonn, DE;2020\nBob;Mill Lane 7, flat 2, 10115 Berlin, DE;2021\n",
            "four to a cell",
        ),
    ];
    for (text, what) in cases {
        let read = show("p.csv", text).await;
        let rows: Vec<&str> = read.lines().filter(|line| line.starts_with("  ")).collect();
        let expected: Vec<String> = text
            .lines()
            .skip(usize::from(!text.starts_with('1')))
            .map(|line| format!("  {}", line.replace(';', " | ")))
            .collect();
        assert_eq!(rows, expected, "{what}: {read}");
    }
    let numbers = "1,2,3\n4,5,6\n";
    assert!(show("p.csv", numbers).await.contains("4 | 5 | 6"), "numbers with commas between");
}

#[tokio::test]
async fn old_mac_line_ends_are_line_ends() {
    assert_eq!(show("p.csv", "id,name\r1,Ada\r2,Bob\r").await, "p.csv: id | name\n  1 | Ada\n  2 | Bob\n");
}

#[tokio::test]
async fn quoted_cells_hold_anything() {
    let text = "id,name,note\n1,\"Ada, Countess\",\"said \"\"hi\"\"\nand left\"\n2,\"\",\n3,\"Bob\" Smith,x\n";
    assert_eq!(
        show("p.csv", text).await,
        "p.csv: id | name | note\n  1 | Ada, Countess | said \"hi\"\\nand left\n  2 |  | -\n  3 | \"Bob\" Smith | x\n"
    );
    let backslashes = "id,name,note\n1,\"a \\\"b\\\" c\",x\n2,\"d\",y\n";
    assert_eq!(show("p.csv", backslashes).await, "p.csv: id | name | note\n  1 | a \"b\" c | x\n  2 | d | y\n");
}

#[tokio::test]
async fn ragged_rows_keep_what_they_have() {
    let text = "id,name,city\n1,Ada\n2,Bob,Rome,left,over\n\n3,Cy,Bonn\n4,Di,Oslo\n";
    assert_eq!(
        show("p.csv", text).await,
        "p.csv: id | name | city | column_4 | column_5\n  1 | Ada | - | - | -\n  2 | Bob | Rome | left | over\n  3 | Cy | Bonn | - | -\n  4 | Di | Oslo | - | -\n"
    );
}

#[tokio::test]
async fn a_first_row_of_data_never_becomes_the_names_of_columns() {
    let cases = [
        ("Max,Mustermann,Berlin\nErika,Musterfrau,Bonn\nTom,Tester,Köln\n", false),
        ("1,Ada,ada@example.org\n2,Bob,bob@example.org\n", false),
        ("ada@example.org\nbob@example.org\n", false),
        ("2024-01-01,12.50\n2024-01-02,13.50\n", false),
        ("Vorname,Nachname,Ort\nErika,Musterfrau,Bonn\n", true),
        ("customerId,e-mail\n1,ada@example.org\n", true),
        ("Shelf,Copies\nA,1\nB,2\n", true),
        ("email\nada@example.org\n", true),
        ("id,name\n", true),
        ("first_seen_in,shelf_mark\nWinter Garden,Upper Left\nSummer Hall,Lower Right\n", true),
    ];
    for (text, has_header) in cases {
        let folder = Folder::new();
        folder.write("p.csv", text);
        let reading = folder.read("p.csv").await;
        let named = !reading.tables[0].head.columns.iter().any(|column| column.name.starts_with("column_"));
        assert_eq!(named, has_header, "{text}");
        let rows = text.lines().count() as u64 - u64::from(has_header);
        assert_eq!((reading.tables[0].rows, reading.tables[0].rows_total), (rows, Some(rows)), "{text}");
    }
}

#[tokio::test]
async fn titles_above_the_table_are_read_as_text() {
    let text = "Export of Ada Lovelace\n\nid,name,city\n1,Bob,Rome\n2,Cy,Bonn\n";
    assert_eq!(
        show("p.csv", text).await,
        "p.csv#above the table: text\n  Export of Ada Lovelace\np.csv: id | name | city\n  1 | Bob | Rome\n  2 | Cy | Bonn\n"
    );
}

#[tokio::test]
async fn comments_are_not_rows() {
    let text = "#id,name\n1,Ada\n# half time\n2,Bob\n";
    let rest: String = (3..200).map(|id| format!("{id},P\n")).collect();
    let folder = Folder::new();
    folder.write("p.csv", format!("{text}{rest}# the end\n"));
    let reading = folder.read("p.csv").await;
    assert_eq!(reading.tables[0].head.columns[0].name, "id");
    assert!(!shown(&reading).contains("the end"), "{}", shown(&reading));
}

#[tokio::test]
async fn empty_and_repeated_names_are_told_apart() {
    assert_eq!(
        show("p.csv", "name,,name,id\nAda,x,Lovelace,1\n").await,
        "p.csv: name | column_2 | name_2 | id\n  Ada | x | Lovelace | 1\n"
    );
}

#[tokio::test]
async fn any_encoding_becomes_utf_8() {
    let expected = "p.csv: id | name\n  1 | Müller\n  2 | Søren\n";
    let text = "id,name\n1,Müller\n2,Søren\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> = text.chars().map(|character| character as u8).collect();
    assert_eq!(show("p.csv", text).await, expected);
    assert_eq!(show("p.csv", format!("\u{feff}{text}")).await, expected);
    assert_eq!(show("p.csv", [b"\xff\xfe".as_slice(), &utf_16].concat()).await, expected);
    assert_eq!(show("p.csv", &utf_16).await, expected);
    assert_eq!(show("p.csv", &latin_1).await, expected);
}

#[tokio::test]
async fn stray_bytes_far_below_an_ascii_start_are_read_as_windows_1252() {
    let mut bytes = b"id,name\n".to_vec();
    (0..20_000).for_each(|id| bytes.extend(format!("{id},Ada\n").bytes()));
    bytes.extend(b"20000,M\xfcller\n");
    let folder = Folder::new();
    folder.write("p.csv", bytes);
    assert!(shown(&folder.read("p.csv").await).ends_with("  20000 | Müller\n"));
}

#[tokio::test]
async fn bad_bytes_spoil_only_their_own_cell() {
    assert_eq!(
        show("p.csv", b"id,name,city\n1,\xc3\xa9\xc3\xa8\xc3\xa0\xc3\xb6\xc3\xbc\xc3\xa4\xc3\x9f\xc3\xb8\xc3\xa5,Bonn\n2,a\xffb,Rome\n3,c\0d,Oslo\n").await,
        "p.csv: id | name | city\n  1 | éèàöüäßøå | Bonn\n  2 | a\u{fffd}b | Rome\n  3 | c\\0d | Oslo\n"
    );
}

#[tokio::test]
async fn ten_thousand_columns_are_columns() {
    let header: Vec<String> = (0..10_000).map(|column| format!("field_{column}")).collect();
    let row: Vec<String> = (0..10_000).map(|column| column.to_string()).collect();
    let folder = Folder::new();
    folder.write("wide.csv", format!("{}\n{}\n{}\n", header.join(","), row.join(","), row.join(",")));
    let reading = folder.read("wide.csv").await;
    assert_eq!((reading.tables[0].head.columns.len(), reading.tables[0].rows), (10_000, 2));
    assert_eq!(reading.tables[0].head.columns[9_999].name, "field_9999");
}

#[tokio::test]
async fn a_huge_cell_is_refused_and_the_rest_is_read() {
    let huge = "x".repeat(9 << 20);
    for cell in [huge.clone(), format!("\"{huge}\n,{huge}\"")] {
        let folder = Folder::new();
        folder.write("p.csv", format!("id,name\n1,Ada\n2,{cell}\n3,Bob\n"));
        assert_eq!(
            folder.show("p.csv").await,
            "p.csv: id | name\n  1 | Ada\n  3 | Bob\nskipped p.csv: 1 row(s) of more than 8 MiB were not read; all other rows were\n"
        );
    }
}

#[tokio::test]
async fn a_sample_of_a_large_file_comes_from_all_of_it_and_can_be_taken_again() {
    let folder = Folder::new();
    let mut text = String::from("id,name,note\n");
    for id in 0..260_000 {
        text.push_str(&format!("{id},\"Person, {id}\",\"two\nlines of a note\"\n"));
    }
    folder.write("p.csv", &text);
    let first = folder.sample("p.csv", 2000, 7).await;
    assert_eq!(shown(&first), shown(&folder.sample("p.csv", 2000, 7).await));
    assert_ne!(shown(&first), shown(&folder.sample("p.csv", 2000, 8).await));
    let ids: Vec<u64> =
        shown(&first).lines().skip(1).map(|line| line.trim().split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(ids.len(), 2000);
    assert!(ids.is_sorted());
    let of_the_first_half = ids.iter().filter(|id| **id < 130_000).count();
    assert!((800..1200).contains(&of_the_first_half), "{of_the_first_half}");
    assert_eq!(first.tables[0].nulls.values().sum::<u64>(), 0);
}

#[tokio::test]
async fn people_above_their_figures_are_not_what_columns_are_called() {
    assert_eq!(
        show("sales.csv", "product,price,Anna Meier,Bob Smith\nlamp,3,1,2\nbook,4,3,4\n").await,
        "sales.csv: product | price | [name] | [name]_2\n  lamp | 3 | 1 | 2\n  book | 4 | 3 | 4\n"
    );
}
