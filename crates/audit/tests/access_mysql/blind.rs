//! Accounts that may not read the grant tables, and servers with little in them.

use dataward_audit::access::Scope;
use dataward_audit::access::model_of;
use dataward_connect::Grants;
use dataward_connect::mysql::Mysql;
use dataward_testkit::server::mariadb::MariaDbServer;

#[tokio::test]
async fn an_account_that_sees_little_is_told_what_to_grant_and_what_it_holds_itself() {
    let database = MariaDbServer::shared().database().await;
    let name = database.name().to_owned();
    let user = format!("blind_{name}");
    database
        .execute(&format!(
            "CREATE TABLE people (id INT, email VARCHAR(50));
             CREATE OR REPLACE USER '{user}'@'%' IDENTIFIED BY 'x'; GRANT SELECT ON {name}.* TO '{user}'@'%'"
        ))
        .await;
    let url = format!("mysql://{user}:x@{}", database.server().place(&name));
    let model = model_of(Mysql::new(&url, None).unwrap().grants().await.unwrap());
    assert!(model.missing().iter().any(|missing| {
        missing.decides
            && missing.grant.as_deref() == Some(&format!("GRANT SELECT ON mysql.global_priv TO '{user}'@'%'"))
    }));
    let mut own = Vec::new();
    model.visit(&Scope::everything(), &mut |group| {
        own.extend(group.entries().map(|entry| (entry.principal, entry.object, entry.column)));
    });
    let entry = |column: &str| (format!("{user}@%"), format!("{name}.people"), column.to_owned());
    assert_eq!(own, [entry("id"), entry("email")]);
    database.execute(&format!("DROP USER '{user}'@'%'")).await;
}
