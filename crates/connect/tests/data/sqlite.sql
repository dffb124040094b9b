PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  full_name TEXT NOT NULL,
  email VARCHAR(120) UNIQUE,
  phone, -- no type
  balance NUMERIC DEFAULT (0.00),
  photo BLOB,
  notes TEXT, /* many */
  born DATE CHECK (born > '1900-01-01')
);
INSERT INTO customers VALUES(1,'Ada Lovelace','ada@example.org','+44 20 7946 0958',12.5,X'00ff10',replace('First line\ntab	end; back\slash ''quote''','\n',char(10)),'1915-12-10');
INSERT INTO customers VALUES(2,'Grace O''Hopper','grace@example.org',NULL,-3.25,NULL,'','1936-12-09');
INSERT INTO customers VALUES(3,'Zoë Ünïcode 🦀',NULL,'',1000000,X'6869','\.','1990-02-28');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE, placed_at TEXT, note TEXT);
INSERT INTO orders VALUES(1,1,'2024-05-01 10:00','');
INSERT INTO orders VALUES(2,1,NULL,NULL);
INSERT INTO orders VALUES(3,3,'2025-01-01','(1,2),(3)');
CREATE TABLE empty_table (a int, b text);
CREATE TABLE [Odd "Name", ünï] ("select" TEXT, `a b` TEXT, PRIMARY KEY ("select", `a b`)) WITHOUT ROWID;
INSERT INTO "Odd ""Name"", ünï" VALUES('k','v');
INSERT INTO "Odd ""Name"", ünï" VALUES('k2','v2');
CREATE TRIGGER t AFTER INSERT ON orders BEGIN INSERT INTO empty_table VALUES (1,'x'); END;
COMMIT;
