//! Small worlds of which everybody knows the answer.

use dataward_audit::access::AccessModel;
use dataward_audit::access::NoteKind;
use dataward_audit::access::postgres::PostgresModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::postgres::Postgres;
use dataward_model::Remedy;
use dataward_testkit::server::postgres::PostgresServer;

use sqlx::Connection;

use crate::world::entries;

const SHOP: &str = "
    CREATE ROLE support LOGIN; CREATE ROLE readers; GRANT readers TO support;
    CREATE ROLE billing LOGIN NOINHERIT; CREATE ROLE shop_app LOGIN; GRANT shop_app TO billing;
    CREATE ROLE intern LOGIN; CREATE ROLE analyst LOGIN; CREATE ROLE manager LOGIN;
    CREATE TABLE customers (id int, email text);
    ALTER TABLE customers OWNER TO shop_app;
    GRANT SELECT ON customers TO readers;
    CREATE VIEW mailing AS SELECT email FROM customers; GRANT SELECT ON mailing TO intern;
    CREATE FUNCTION find(text) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN RETURN QUERY EXECUTE 'SELECT email FROM customers WHERE email = $1' USING $1; END $$;
    REVOKE EXECUTE ON FUNCTION find FROM PUBLIC; GRANT EXECUTE ON FUNCTION find TO analyst;
    ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
    CREATE POLICY half ON customers FOR SELECT TO readers USING (id % 2 = 0);
    CREATE POLICY own ON customers FOR SELECT TO shop_app USING (true);
    GRANT pg_read_server_files TO analyst;
    GRANT readers TO manager WITH ADMIN OPTION;
    REVOKE readers FROM manager; GRANT shop_app TO manager WITH ADMIN OPTION;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO readers;
    CREATE SCHEMA closed; CREATE TABLE closed.notes (note text); GRANT SELECT ON closed.notes TO intern;";

async fn model_of(url: &str) -> PostgresModel {
    match Postgres::new(url, None).unwrap().grants().await.unwrap() {
        GrantFacts::Postgres(facts) => PostgresModel::new(*facts),
        #[allow(unreachable_patterns)]
        _ => panic!("not PostgreSQL"),
    }
}

#[tokio::test]
async fn every_way_to_a_column_is_told_with_the_statement_that_closes_it() {
    let server = PostgresServer::private();
    server.execute("postgres", SHOP).await;
    let model = model_of(&server.url("postgres")).await;
    let mut lines: Vec<String> = entries(&model)
        .iter()
        .filter(|entry| entry.object == "public.customers" && entry.column == "email" && entry.principal != "postgres")
        .flat_map(|entry| {
            let head =
                format!("{} {} {} {}", entry.principal, entry.reach.as_str(), entry.privileges, entry.rows.as_str());
            entry
                .paths
                .iter()
                .map(move |path| format!("{head} | {} | {}", path.text, path.revoke.as_deref().unwrap_or("-")))
        })
        .collect();
    lines.sort();
    let expected = [
        "analyst definer select some | analyst: GRANT EXECUTE ON public.find(text), which reads public.customers as postgres | REVOKE EXECUTE ON FUNCTION public.find(text) FROM analyst;",
        "billing set-role select, insert, update, references all | billing -> SET ROLE shop_app; shop_app: GRANT SELECT, INSERT, UPDATE, REFERENCES ON public.customers | REVOKE shop_app FROM billing;",
        "intern definer select all | intern: GRANT SELECT ON public.mailing, which reads public.customers as postgres | REVOKE SELECT ON TABLE public.mailing FROM intern;",
        "manager direct select, insert, update, references all | manager <- shop_app: GRANT SELECT, INSERT, UPDATE, REFERENCES ON public.customers | REVOKE shop_app FROM manager;",
        "readers direct select some | readers: GRANT SELECT ON public.customers | REVOKE SELECT ON TABLE public.customers FROM readers;",
        "shop_app direct select, insert, update, references all | shop_app: GRANT SELECT, INSERT, UPDATE, REFERENCES ON public.customers | REVOKE SELECT, INSERT, UPDATE, REFERENCES ON TABLE public.customers FROM shop_app;",
        "support direct select some | support <- readers: GRANT SELECT ON public.customers | REVOKE readers FROM support;",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_function_that_everybody_may_call_stays_with_those_who_have_its_owners_rights() {
    // Found by seed 1822065213 of the random worlds: the statement for PUBLIC alone did not close it.
    let server = PostgresServer::private();
    let world = "
        CREATE ROLE keeper; CREATE ROLE helper LOGIN; GRANT keeper TO helper;
        CREATE SCHEMA closed; CREATE TABLE closed.notes (note text); GRANT SELECT ON closed.notes TO keeper;
        CREATE FUNCTION notes() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
            BEGIN ATOMIC SELECT note FROM closed.notes; END;
        ALTER FUNCTION notes() OWNER TO keeper;";
    server.execute("postgres", world).await;
    let model = model_of(&server.url("postgres")).await;
    let helper = entries(&model).into_iter().find(|entry| entry.principal == "helper" && entry.column == "note");
    let statements: Vec<String> = helper.unwrap().paths.into_iter().filter_map(|path| path.revoke).collect();
    assert_eq!(statements, ["REVOKE EXECUTE ON FUNCTION public.notes() FROM PUBLIC;", "REVOKE keeper FROM helper;"]);
}

#[tokio::test]
async fn what_is_no_entry_and_matters_is_noted() {
    let server = PostgresServer::private();
    server.execute("postgres", SHOP).await;
    let model = model_of(&server.url("postgres")).await;
    let noted = |kind: NoteKind, principal: Option<&str>, text: &str| {
        let mut notes = model.notes().iter();
        let found =
            notes.any(|note| note.kind == kind && note.principal.as_deref() == principal && note.text.contains(text));
        assert!(found, "{text}: {:#?}", model.notes());
    };
    noted(NoteKind::SideDoor, Some("analyst"), "pg_read_server_files");
    noted(NoteKind::SideDoor, None, "public.find puts statements together as it runs");
    noted(NoteKind::Escalation, Some("manager"), "gives the role shop_app to whom it likes");
    noted(NoteKind::Escalation, None, "looks names up where its caller says");
    noted(NoteKind::Future, Some("readers"), "a new table of postgres would be readable by readers");
    noted(NoteKind::Weakness, Some("intern"), "kept out only by lacking USAGE");
}

#[tokio::test]
async fn an_account_that_may_not_see_everything_is_told_what_to_grant() {
    let server = PostgresServer::private();
    server.execute("postgres", "CREATE ROLE auditor LOGIN PASSWORD 'x'; CREATE TABLE t (a text)").await;
    let url = format!("postgres://auditor:x@{}", server.place("postgres"));
    let model = model_of(&url).await;
    assert!(!model.missing().is_empty());
    assert!(entries(&model).iter().any(|entry| entry.object == "public.t"), "what can be told is told");
    for missing in model.missing() {
        assert!(!missing.decides, "{missing:?}");
        server.execute("postgres", missing.grant.as_deref().unwrap()).await;
    }
    assert_eq!(model_of(&url).await.missing(), []);
    server.execute("postgres", "REVOKE SELECT ON pg_catalog.pg_rewrite FROM PUBLIC").await;
    let model = model_of(&url).await;
    let [missing] = model.missing() else { panic!("{:?}", model.missing()) };
    assert!(missing.decides);
    assert_eq!(missing.grant.as_deref(), Some("GRANT SELECT ON pg_catalog.pg_rewrite TO \"auditor\";"));
}

#[tokio::test]
async fn the_catalogue_is_read_in_at_most_twenty_statements_that_write_nothing() {
    let server = PostgresServer::private();
    server.execute("postgres", SHOP).await;
    server.execute("postgres", "ALTER DATABASE postgres SET log_statement = 'all'").await;
    model_of(&server.url("postgres")).await;
    let log = server.server().log();
    let begins = |line: &str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
    let statements: Vec<&str> = log.lines().filter(|line| begins(line)).collect();
    let setting = ["BEGIN", "SET ", "COMMIT"];
    let asking =
        statements.iter().filter(|line| !setting.iter().any(|word| line.contains(&format!(": {word}")))).count();
    assert!((10..=20).contains(&asking), "{asking}: {statements:#?}");
    assert!(statements.iter().any(|line| line.contains("READ ONLY")), "{statements:#?}");
    for writes in ["INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "GRANT", "REVOKE", "COPY", "CALL", "DO"] {
        let found = statements.iter().find(|line| line.contains(&format!(": {writes} ")));
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn log_ins_at_other_servers_are_listed_even_to_those_without_rights_on_them() {
    let server = PostgresServer::private();
    let world = "CREATE ROLE auditor LOGIN PASSWORD 'x'; CREATE ROLE worker LOGIN; CREATE TABLE t (a text);
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER elsewhere FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE far (email text) SERVER elsewhere;
        CREATE USER MAPPING FOR worker SERVER elsewhere OPTIONS (user 'root', password 'topsecret');
        CREATE USER MAPPING FOR PUBLIC SERVER elsewhere";
    server.execute("postgres", world).await;
    let model = model_of(&format!("postgres://auditor:x@{}", server.place("postgres"))).await;
    for whom in [Some("worker"), None] {
        let found = model.notes().iter().find(|note| {
            note.principal.as_deref() == whom && note.text.contains("is somebody else at the foreign server elsewhere")
        });
        assert!(found.is_some(), "{whom:?}: {:#?}", model.notes());
    }
    assert!(!format!("{:?}", model.notes()).contains("topsecret"));
    assert!(entries(&model).iter().any(|entry| entry.object == "public.far" && entry.principal == "postgres"));
}

#[tokio::test]
async fn a_program_that_works_as_the_superuser_is_noted() {
    let server = PostgresServer::private();
    let url = format!("{}?application_name=webshop", server.url("postgres"));
    let _working = sqlx::PgConnection::connect(&url).await.unwrap();
    let model = model_of(&server.url("postgres")).await;
    let found = model.notes().iter().any(|note| {
        note.principal.as_deref() == Some("postgres")
            && note.text == "is a superuser, and the program webshop works as it"
    });
    assert!(found, "{:#?}", model.notes());
    let principal = model.principals().iter().find(|one| one.name == "postgres").unwrap();
    assert!(principal.last_used.is_some());
}

#[tokio::test]
async fn a_copy_made_through_a_view_that_asks_is_a_way_for_those_who_read_the_table_too() {
    let server = PostgresServer::private();
    let world = "CREATE ROLE keeper LOGIN; CREATE TABLE people (email text); GRANT SELECT ON people TO keeper;
        CREATE VIEW asking WITH (security_invoker = on) AS SELECT email FROM people;
        CREATE MATERIALIZED VIEW copy AS SELECT email FROM asking; ALTER MATERIALIZED VIEW copy OWNER TO keeper";
    server.execute("postgres", world).await;
    let model = model_of(&server.url("postgres")).await;
    let all = entries(&model);
    let entry = all.iter().find(|entry| entry.principal == "keeper" && entry.object == "public.people").unwrap();
    let copies = entry.paths.iter().filter(|path| path.text.contains("which holds a copy of rows of public.people"));
    assert_eq!(copies.count(), 1, "{entry:#?}");
}

#[tokio::test]
async fn a_copy_holds_what_its_owner_came_to_see() {
    // Found by seed 1324544155 of PostgreSQL 15: a copy made through a view that asks was taken to hold what its owner
    // does not see.
    let server = PostgresServer::private();
    let world = "CREATE ROLE keeper; CREATE ROLE reader LOGIN; CREATE TABLE people (email text);
        INSERT INTO people VALUES ('ada@example.org'); GRANT SELECT ON people TO keeper;
        ALTER TABLE people ENABLE ROW LEVEL SECURITY;
        CREATE VIEW asking WITH (security_invoker = on) AS SELECT email FROM people; GRANT SELECT ON asking TO keeper;
        CREATE MATERIALIZED VIEW copy AS SELECT email FROM asking WITH NO DATA;
        ALTER MATERIALIZED VIEW copy OWNER TO keeper; REFRESH MATERIALIZED VIEW copy; GRANT SELECT ON copy TO reader";
    server.execute("postgres", world).await;
    let mut connection = server.connect("postgres").await;
    let copied: i64 = sqlx::query_scalar("SELECT count(*) FROM copy").fetch_one(&mut connection).await.unwrap();
    assert_eq!(copied, 0);
    let model = model_of(&server.url("postgres")).await;
    let reads = |principal: &str| {
        entries(&model).iter().any(|entry| entry.principal == principal && entry.object == "public.people")
    };
    assert!(!reads("reader"));
    server
        .execute("postgres", "CREATE POLICY all_rows ON people TO keeper USING (true); REFRESH MATERIALIZED VIEW copy")
        .await;
    let model = model_of(&server.url("postgres")).await;
    assert!(entries(&model).iter().any(|entry| entry.principal == "reader" && entry.object == "public.people"));
}

#[tokio::test]
async fn a_view_inside_a_function_that_asks_is_a_way_for_those_who_read_the_table_too() {
    // Found by seeds 1324544112 and 1324544279 of PostgreSQL 15: with the grant on the table gone it was still read.
    let server = PostgresServer::private();
    let world = "CREATE ROLE clerk LOGIN; CREATE SCHEMA closed; CREATE TABLE people (email text);
        GRANT SELECT ON people TO clerk; CREATE VIEW closed.mails AS SELECT email FROM people;
        GRANT SELECT ON closed.mails TO clerk; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        CREATE FUNCTION mails() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT email FROM closed.mails; END;
        REVOKE EXECUTE ON FUNCTION mails FROM PUBLIC; GRANT EXECUTE ON FUNCTION mails TO clerk";
    server.execute("postgres", world).await;
    let model = model_of(&server.url("postgres")).await;
    let all = entries(&model);
    let entry = all.iter().find(|entry| entry.principal == "clerk" && entry.object == "public.people").unwrap();
    let ways: Vec<(&str, &str)> =
        entry.paths.iter().map(|path| (path.text.as_str(), path.revoke.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        ways,
        [
            ("clerk: GRANT SELECT ON public.people", "REVOKE SELECT ON TABLE public.people FROM clerk;"),
            (
                "clerk: GRANT EXECUTE ON public.mails(), through which it reads a view of public.people",
                "REVOKE EXECUTE ON FUNCTION public.mails() FROM clerk;"
            ),
        ]
    );
}

#[tokio::test]
async fn what_two_roles_of_one_session_come_to_together_is_noted_and_so() {
    let server = PostgresServer::private();
    let world = "CREATE ROLE looker; CREATE ROLE reader; CREATE ROLE clerk LOGIN NOINHERIT; GRANT looker, reader TO clerk;
        CREATE SCHEMA closed; CREATE TABLE closed.people (email text); INSERT INTO closed.people VALUES ('ada@example.org');
        GRANT USAGE ON SCHEMA closed TO looker; GRANT SELECT ON closed.people TO reader";
    server.execute("postgres", world).await;
    let model = model_of(&server.url("postgres")).await;
    assert!(!entries(&model).iter().any(|entry| entry.principal == "clerk"), "neither role alone comes to it");
    let mut weak = model.notes().iter().filter(|note| note.kind == NoteKind::Weakness);
    let note = weak.find(|note| note.principal.as_deref() == Some("clerk")).unwrap();
    assert_eq!(
        note.text,
        "may become looker, which looks names up in the schema closed, and may become reader, which may read 1 table of it: a \
         statement that it prepares as the one still runs as the other, for which no USAGE is asked"
    );
    let session =
        "SET SESSION AUTHORIZATION clerk; SET ROLE looker; PREPARE all_of_them AS SELECT * FROM closed.people;
        SET ROLE reader; EXECUTE all_of_them";
    let mut connection = server.connect("postgres").await;
    let rows = sqlx::raw_sql(session).fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 1);
    server.execute("postgres", note.remedy.as_ref().unwrap().as_str()).await;
    let mut connection = server.connect("postgres").await;
    assert!(sqlx::raw_sql(session).fetch_all(&mut connection).await.is_err());
    let after = model_of(&server.url("postgres")).await;
    assert!(!after.notes().iter().any(|note| note.text.contains("that it prepares")));
}

#[tokio::test]
async fn a_right_given_by_two_is_two_ways_that_name_who_gave_it() {
    let server = PostgresServer::private();
    let world = "CREATE ROLE ada; CREATE ROLE clerk LOGIN; CREATE TABLE people (email text);
        GRANT SELECT ON people TO ada WITH GRANT OPTION; GRANT SELECT ON people TO clerk;
        SET ROLE ada; GRANT SELECT ON people TO clerk; RESET ROLE";
    server.execute("postgres", world).await;
    let model = model_of(&server.url("postgres")).await;
    let all = entries(&model);
    let entry = all.iter().find(|entry| entry.principal == "clerk").unwrap();
    let mut ways: Vec<(&str, &str)> =
        entry.paths.iter().map(|path| (path.text.as_str(), path.revoke.as_deref().unwrap_or("-"))).collect();
    ways.sort();
    assert_eq!(
        ways,
        [
            ("clerk: GRANT SELECT ON public.people", "REVOKE SELECT ON TABLE public.people FROM clerk;"),
            (
                "clerk: GRANT SELECT ON public.people GRANTED BY ada",
                "SET ROLE ada; REVOKE SELECT ON TABLE public.people FROM clerk; RESET ROLE;"
            ),
        ]
    );
}

#[tokio::test]
async fn a_role_whose_members_a_policy_holds_is_noted_before_somebody_is_taken_out_of_it() {
    let server = PostgresServer::private();
    let made = "CREATE ROLE held; CREATE ROLE clerk LOGIN; CREATE ROLE lonely; GRANT held TO clerk;
        CREATE TABLE customers (id int, email text); GRANT SELECT ON customers TO clerk;
        ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON customers USING (true);
        CREATE POLICY few ON customers AS RESTRICTIVE TO held USING (id < 10);
        CREATE POLICY of_nobody ON customers AS RESTRICTIVE TO lonely USING (id < 10);
        CREATE POLICY of_all ON customers AS RESTRICTIVE USING (id < 1000)";
    server.execute("postgres", made).await;
    let model = model_of(&server.url("postgres")).await;
    let notes = model.notes().iter().filter(|note| note.text.contains("taken out of"));
    let notes: Vec<(&str, Option<&str>)> =
        notes.map(|note| (note.text.as_str(), note.remedy.as_ref().map(Remedy::as_str))).collect();
    let expected = (
        "whoever is taken out of held sees more of public.customers: the restrictive policy few holds its members alone",
        Some("ALTER POLICY few ON public.customers TO PUBLIC;"),
    );
    assert_eq!(notes, [expected]);
}
