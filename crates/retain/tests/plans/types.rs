//! Columns of all types of each engine: what is made up fits, is known again, and what can't be is known before.

use dataward_model::SourceKind;
use dataward_policy::Action;
use dataward_retain::mask::can_make_up;
use dataward_retain::plan::Mask;
use dataward_retain::plan::Replacement;
use dataward_retain::planner::BoundRule;

use crate::world::ENGINES;
use crate::world::World;
use crate::world::rule;

/// Each type, a value of it, and whether something is made up for it.
type Types = &'static [(&'static str, &'static str, bool)];

const POSTGRES: Types = &[
    ("bigint", "7", true),
    ("bit(3)", "'101'", false),
    ("boolean", "true", true),
    ("box", "'(1,1),(0,0)'", false),
    ("bytea", "'x'", false),
    ("character(9)", "'ada'", true),
    ("character varying(30)", "'ada'", true),
    ("cidr", "'10.0.0.0/8'", true),
    ("circle", "'<(0,0),1>'", false),
    ("date", "'2020-02-02'", true),
    ("daterange", "'[2020-01-01,2021-01-01)'", false),
    ("double precision", "1.5", true),
    ("hstore", "'a=>1'", false),
    ("inet", "'10.0.0.1'", true),
    ("inet[]", "'{10.0.0.1}'", true),
    ("int4multirange", "'{[1,2)}'", false),
    ("int4range", "'[1,2)'", false),
    ("integer[]", "'{1,2}'", true),
    ("interval", "'1 day'", false),
    ("json", "'{\"a\":1}'", true),
    ("jsonb", "'{\"a\":1}'", true),
    ("jsonb[]", "ARRAY['{}'::jsonb]", true),
    ("macaddr", "'08:00:2b:01:02:03'", false),
    ("money", "7", true),
    ("mood", "'happy'", false),
    ("mood[]", "'{happy}'", true),
    ("name", "'ada'", true),
    ("numeric(9,2)", "7", true),
    ("pair", "'(1,2)'", false),
    ("point", "'(1,2)'", false),
    ("real", "1.5", true),
    ("shout", "'ADA'", false),
    ("smallint", "7", true),
    ("text", "'ada'", true),
    ("text[]", "'{ada,ben}'", true),
    ("text[][]", "'{{ada},{ben}}'", true),
    ("time without time zone", "'12:13'", true),
    ("timestamp with time zone", "'2020-02-02 12:13+00'", true),
    ("tsvector", "'ada'", false),
    ("uuid", "'11111111-2222-4333-8444-555555555555'", true),
    ("varbit", "'101'", false),
    ("xml", "'<a/>'", false),
];

const MARIADB: Types = &[
    ("bigint unsigned", "7", true),
    ("bit(3)", "b'101'", false),
    ("blob", "'ada'", false),
    ("char(9)", "'ada'", true),
    ("date", "'2020-02-02'", true),
    ("datetime(3)", "'2020-02-02 12:13:14'", true),
    ("decimal(9,2)", "7", true),
    ("double", "1.5", true),
    ("enum('a','b')", "'b'", false),
    ("geometry", "ST_GeomFromText('POINT(1 2)')", false),
    ("inet6", "'2001:db8::1'", true),
    ("int(10) unsigned zerofill", "7", true),
    ("json", "'{\"a\":1}'", true),
    ("longtext", "'ada'", true),
    ("mediumint", "7", true),
    ("set('a','b')", "'a,b'", false),
    ("time", "'12:13:14'", true),
    ("timestamp", "'2020-02-02 12:13:14'", true),
    ("tinyint(1)", "1", true),
    ("tinytext", "'ada'", true),
    ("uuid", "'11111111-2222-4333-8444-555555555555'", true),
    ("varbinary(9)", "'ada'", false),
    ("varchar(30)", "'ada'", true),
    ("year", "2020", false),
];

/// In tables that are STRICT and in others.
const SQLITE: Types = &[
    ("", "'ada'", true),
    ("BLOB", "x'0102'", false),
    ("BOOLEAN", "1", true),
    ("DATETIME", "'2020-02-02'", true),
    ("DECIMAL(9,2)", "7", true),
    ("INT", "7", true),
    ("JSON", "'{\"a\":1}'", true),
    ("REAL", "1.5", true),
    ("TEXT", "'ada'", true),
    ("VARCHAR(30)", "'ada'", true),
];

const STRICT: [&str; 4] = ["BLOB", "INT", "REAL", "TEXT"];

/// A table with a column that may be NULL and one that may not, and one row.
fn table(number: usize, (sql_type, value, _): (&str, &str, bool), strict: bool) -> String {
    let end = if strict { " STRICT" } else { "" };
    format!(
        "CREATE TABLE t{number} (id INTEGER NOT NULL PRIMARY KEY, must {sql_type} NOT NULL, may {sql_type} NULL){end};
         INSERT INTO t{number} VALUES (1, {value}, {value});"
    )
}

#[tokio::test]
async fn a_column_of_any_type_is_made_up_or_emptied_or_known_not_to_be() {
    for kind in ENGINES {
        let world = World::new(kind).await;
        let (types, first) = match kind {
            SourceKind::Postgresql => (
                POSTGRES,
                "CREATE EXTENSION IF NOT EXISTS hstore; CREATE TYPE mood AS ENUM ('happy', 'sad');
                 CREATE TYPE pair AS (a int, b int); CREATE DOMAIN shout AS text CHECK (VALUE = upper(VALUE));",
            ),
            SourceKind::Mysql => (MARIADB, ""),
            _ => (SQLITE, ""),
        };
        let mut made: Vec<(&str, &str, bool, bool)> =
            types.iter().map(|(sql_type, value, can)| (*sql_type, *value, *can, false)).collect();
        if kind == SourceKind::Sqlite {
            let strict = types.iter().filter(|(sql_type, ..)| STRICT.contains(sql_type));
            made.extend(strict.map(|(sql_type, value, can)| (*sql_type, *value, *can, true)));
        }
        let script: String = made
            .iter()
            .enumerate()
            .map(|(number, (sql_type, value, can, strict))| table(number, (sql_type, value, *can), *strict))
            .collect();
        world.execute(&format!("{first}{script}")).await;
        let mut rules: Vec<BoundRule> = Vec::new();
        let catalogue = world.source.catalogue().await.unwrap();
        for (number, (sql_type, _, can, _)) in made.iter().enumerate() {
            let name = world.name(&format!("t{number}")).await;
            let facts = catalogue.table(&name).unwrap();
            let mut columns = Vec::new();
            for column in ["must", "may"] {
                let column = facts.column(column).unwrap();
                assert_eq!(can_make_up(kind, column, false), *can, "{kind} {sql_type} {}", column.sql_type);
                let with = match (can, column.nullable) {
                    (true, _) => Mask::MadeUp {
                        category: "user.name".to_owned(),
                        max_chars: column.max_chars,
                        sql_type: column.sql_type.clone(),
                        check: None,
                    },
                    (false, true) => Mask::Null,
                    // A plan refuses it.
                    (false, false) => continue,
                };
                columns.push(Replacement { column: column.name.clone(), with });
            }
            rules.push(BoundRule { action: Action::Anonymise, columns, ..rule(&name, "1 = 1") });
        }
        let planned = world.plan(rules.clone(), Vec::new()).await;
        assert_eq!(planned.plan.rows(), rules.len() as u64, "{kind}");
        let applied = planned.apply().await;
        assert_eq!(applied.changed.iter().sum::<u64>(), rules.len() as u64, "{kind} {applied:?}");
        let again = world.plan(rules, Vec::new()).await;
        let left: Vec<&str> = again.plan.steps.iter().map(|step| step.table.columns[1].sql_type.as_str()).collect();
        assert_eq!(left, Vec::<&str>::new(), "{kind}: what was made up is known again");
    }
}
