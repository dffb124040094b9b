//! Made-up values and the CHECK rules of SQLite: what fits is made up, what is refused stays and stops nothing else.

use std::process::Command;

use dataward_testkit::sqlite;

use crate::support::Desk;

const POLICY: &str = "[business]\nname = \"Blue Lantern Books\"\n\n[source.shop]\nurl = \"sqlite:shop.db\"\n\n\
    [[retain]]\nname = \"People\"\nwhat = \"shop.people\"\nkeep = \"1 year\"\nfrom = \"last_seen\"\nthen = \"anonymise\"\n";

#[test]
fn one_row_that_a_check_refuses_does_not_stop_the_others() {
    let desk = Desk::new();
    desk.write("dataward.toml", POLICY);
    let mut script = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL CHECK (length(email) <= 40),
            phone TEXT NOT NULL CHECK (id <> 7 OR phone NOT LIKE '+999%'),
            country VARCHAR(2) NOT NULL CHECK (length(country) = 2),
            gender TEXT NOT NULL CHECK (gender IN ('female', 'male')), birth_date TEXT NOT NULL CHECK (birth_date GLOB '????-??-??'),
            last_seen TEXT NOT NULL);"
        .to_owned();
    for n in 0..60 {
        script += &format!(
            "INSERT INTO people VALUES ({n}, 'reader{n}@lantern.example', '+49 170 {n:07}', 'DE', '{}', '19{:02}-0{}-1{}', '2019-05-04');",
            if n % 3 == 0 { "female" } else { "male" },
            40 + n % 50,
            1 + n % 9,
            n % 10
        );
    }
    sqlite::make(&desk.path().join("shop.db"), &script);
    desk.json(&["scan", "--full"]);
    let plan = desk.json(&["retain", "plan"]);
    let warned = plan["warnings"].as_array().unwrap().iter().filter(|warning| warning["kind"] == "check");
    let warned: Vec<&str> = warned.map(|warning| warning["text"].as_str().unwrap()).collect();
    assert!(warned.iter().any(|text| text.contains("shop.people.phone")), "{plan:#}");
    assert!(warned.iter().all(|text| !text.contains("email") && !text.contains("country")), "{warned:?}");
    desk.json(&["retain", "approve"]);
    let applied = desk.json(&["retain", "apply"]);
    assert_eq!(
        (&applied["tables"][0]["changed"], &applied["tables"][0]["skipped"]["refused"]),
        (&59.into(), &1.into()),
        "{applied:#}"
    );
    let ask = |sql: &str| {
        let out = Command::new("sqlite3").arg(desk.path().join("shop.db")).arg(sql).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(ask("SELECT id, email FROM people WHERE email LIKE '%lantern.example'"), "7|reader7@lantern.example");
    let columns = plan["tables"][0]["columns"].to_string();
    assert!(columns.contains("email") && columns.contains("birth_date"), "{columns}");
    assert_eq!(ask("SELECT DISTINCT birth_date FROM people WHERE id <> 7"), "1900-01-01");
    // What was made up is known again: only the row that stayed is due still.
    let again = desk.json(&["retain", "plan"]);
    assert_eq!(again["tables"][0]["rows"], 1, "{again:#}");
}
