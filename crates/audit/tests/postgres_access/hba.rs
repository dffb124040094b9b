//! Who gets in by pg_hba.conf: random files, and everybody who tries.

use dataward_audit::access::AccessModel;
use dataward_audit::access::postgres::PostgresModel;
use dataward_connect::GrantFacts;
use dataward_connect::Grants;
use dataward_connect::postgres::Postgres;
use dataward_testkit::server::postgres::PostgresServer;
use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgSslMode;

const ACCOUNTS: [&str; 6] = ["ada", "bob", "cleo", "dan", "eve", "fay"];

const ROLES: &str = "
    CREATE ROLE staff; CREATE ROLE ada LOGIN PASSWORD 'x'; CREATE ROLE bob LOGIN PASSWORD 'x' IN ROLE staff;
    CREATE ROLE cleo LOGIN; CREATE ROLE dan LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01' IN ROLE staff;
    CREATE ROLE eve LOGIN PASSWORD 'x' CONNECTION LIMIT 0; CREATE ROLE fay LOGIN SUPERUSER PASSWORD 'x';
    CREATE DATABASE shop; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO ada, bob, cleo, dan, eve;";

/// A file of lines that all are about this machine, so that everything can be tried from here.
fn file(random: &mut StdRng) -> String {
    let mut text = "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\n".to_owned();
    for _ in 0..random.random_range(1..7) {
        let kind = ["host", "hostssl", "hostnossl", "local"].choose(random).unwrap();
        let database = ["all", "shop", "postgres,shop", "sameuser", "replication"].choose(random).unwrap();
        let user = ["all", "ada", "bob,cleo", "+staff", "dan", "eve,fay", "cleo"].choose(random).unwrap();
        let method = ["scram-sha-256", "reject", "trust", "scram-sha-256"].choose(random).unwrap();
        let address = if *kind == "local" { "" } else { "127.0.0.1/32" };
        text += &format!("{kind} {database} {user} {address} {method}\n");
    }
    if random.random_bool(0.2) {
        text += "host all all not-an-address/99 nonsense\n";
    }
    text
}

/// Loads a file, and waits until it counts: the time of loading is that of the new one then.
async fn load(server: &PostgresServer, text: &str) -> bool {
    let mut connection = server.connect("postgres").await;
    let loaded = "SELECT pg_conf_load_time()::text";
    let before: String = sqlx::query_scalar(loaded).fetch_one(&mut connection).await.unwrap();
    let broken = text.contains("nonsense");
    std::fs::write(server.server().inside().join("data/pg_hba.conf"), text).unwrap();
    server.execute("postgres", "SELECT pg_reload_conf()").await;
    loop {
        let mut fresh = server.connect("postgres").await;
        let now: String = sqlx::query_scalar(loaded).fetch_one(&mut fresh).await.unwrap();
        if now != before {
            return !broken;
        }
    }
}

async fn gets_in(server: &PostgresServer, account: &str) -> bool {
    let by_socket = PgConnectOptions::new_without_pgpass().socket(server.socket_folder()).ssl_mode(PgSslMode::Disable);
    let by_net = || PgConnectOptions::new_without_pgpass().host("127.0.0.1");
    for options in [by_socket, by_net().ssl_mode(PgSslMode::Disable), by_net().ssl_mode(PgSslMode::Require)] {
        let options = options.port(server.server().port()).username(account).password("x").database("shop");
        if options.disable_statement_logging().connect().await.is_ok() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn who_gets_in_is_who_is_said_to() {
    let server = PostgresServer::private();
    for statement in ROLES.split(';').filter(|statement| !statement.trim().is_empty()) {
        server.execute("postgres", statement).await;
    }
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let (mut inside, mut outside) = (0, 0);
    for _ in 0..40 {
        let text = file(&mut random);
        if !load(&server, &text).await {
            // The server goes on with the file that it had; that of the disk is listed as broken.
            let model = model(&server).await;
            assert!(model.notes().iter().any(|note| note.text.contains("is not understood by the server")), "{text}");
            continue;
        }
        let model = model(&server).await;
        let socket = "of pg_hba.conf lets everybody on the machine in by the socket without any proof, as postgres";
        assert!(model.notes().iter().any(|note| note.text.contains(socket)), "{text}\n{:#?}", model.notes());
        for account in ACCOUNTS {
            let said = model.principals().iter().find(|one| one.name == account).unwrap();
            let really = gets_in(&server, account).await;
            assert_eq!(said.login, really, "seed {seed}: {account} ({:?}) by\n{text}", said.barrier);
            *(if really { &mut inside } else { &mut outside }) += 1;
        }
    }
    assert!(inside > 20 && outside > 20, "{inside} got in and {outside} did not");
}

async fn model(server: &PostgresServer) -> PostgresModel {
    match Postgres::new(&server.url("shop"), None).unwrap().grants().await.unwrap() {
        GrantFacts::Postgres(facts) => PostgresModel::new(*facts),
        other => panic!("{other:?}"),
    }
}
