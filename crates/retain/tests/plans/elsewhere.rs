//! Other databases of a server whose rows refer to those of the source.

use std::collections::BTreeSet;
use std::sync::Arc;

use dataward_connect::mysql::Mysql;
use dataward_testkit::server::mariadb::MariaDbServer;
use dataward_testkit::server::mysql::MysqlServer;

use crate::world::World;
use crate::world::rule;

const SHOP: &str = "CREATE DATABASE shop; CREATE DATABASE `Web-Staging`;
    CREATE TABLE shop.customers (id INT PRIMARY KEY, due INT);
    CREATE TABLE `Web-Staging`.notes (id INT PRIMARY KEY, customer_id INT,
        FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE);
    CREATE TABLE `Web-Staging`.items (id INT PRIMARY KEY, customer_id INT,
        FOREIGN KEY (customer_id) REFERENCES shop.customers (id));
    CREATE TABLE `Web-Staging`.links (id INT PRIMARY KEY, note_id INT,
        FOREIGN KEY (note_id) REFERENCES `Web-Staging`.notes (id) ON DELETE SET NULL);
    INSERT INTO shop.customers VALUES (1, 1), (2, 1), (3, 1), (4, 0);
    INSERT INTO `Web-Staging`.notes VALUES (10, 1); INSERT INTO `Web-Staging`.items VALUES (20, 2);
    INSERT INTO `Web-Staging`.links VALUES (30, 10)";

#[tokio::test]
async fn rows_of_other_databases_keep_what_they_refer_to_and_go_with_it_where_the_source_is_the_whole_server() {
    let (mariadb, mysql) = (MariaDbServer::private_with(&[]), MysqlServer::private(&[]));
    mariadb.execute("mysql", SHOP).await;
    mysql.execute("mysql", SHOP).await;
    for (product, url, server) in
        [("MariaDB", mariadb.url("shop"), mariadb.url("")), ("MySQL", mysql.url("shop"), mysql.url(""))]
    {
        let world = World::over(Arc::new(Mysql::new(&url, None).unwrap()));
        let planned = world.plan(vec![rule("shop.customers", "due = 1")], Vec::new()).await;
        assert_eq!(planned.plan.rows(), 1, "{product}");
        let kept: BTreeSet<&str> = planned.plan.kept.iter().map(|kept| kept.reason.as_str()).collect();
        for table in ["Web-Staging.notes", "Web-Staging.items"] {
            let told = kept.iter().any(|reason| reason.contains(table) && reason.contains("another database"));
            assert!(told, "{product}: {kept:?}");
        }
        planned.apply().await;
        assert_eq!(world.keys("customers").await, BTreeSet::from([1, 2, 4]), "{product}");

        let world = World::over(Arc::new(Mysql::new(&server, None).unwrap()));
        let planned = world.plan(vec![rule("shop.customers", "due = 1")], Vec::new()).await;
        assert_eq!(planned.goes("notes"), 1, "{product}: its parent takes it along");
        planned.apply().await;
        assert_eq!(world.keys("customers").await, BTreeSet::from([2, 4]), "{product}");
        assert_eq!(world.number("links", "note_id IS NULL").await.unwrap(), 1, "{product}");
    }
}
