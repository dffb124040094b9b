CREATE TABLE publishers (
    publisher_id INTEGER PRIMARY KEY,
    company      TEXT NOT NULL,
    town         TEXT NOT NULL,
    website      TEXT
);
CREATE TABLE books (
    isbn         TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    publisher_id INTEGER NOT NULL REFERENCES publishers (publisher_id),
    genre        TEXT NOT NULL,
    published    TEXT NOT NULL,
    price_cents  INTEGER NOT NULL,
    stock        INTEGER NOT NULL
);
CREATE TABLE pickup_points (
    point_id  INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    latitude  REAL NOT NULL,
    longitude REAL NOT NULL,
    opens     TEXT NOT NULL
);
CREATE TABLE staff (
    staff_id   INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    job_title  TEXT NOT NULL,
    email      TEXT NOT NULL,
    phone      TEXT,
    birth_date TEXT,
    tax_id     TEXT,
    iban       TEXT,
    hired_on   TEXT NOT NULL,
    left_on    TEXT
);
CREATE TABLE customers (
    customer_id   INTEGER PRIMARY KEY,
    first_name    TEXT,
    last_name     TEXT,
    email         TEXT,
    phone         TEXT,
    street        TEXT,
    postal_code   TEXT,
    city          TEXT,
    country       TEXT,
    birth_date    TEXT,
    language      TEXT,
    password_hash TEXT,
    created_at    TEXT NOT NULL,
    last_activity TEXT NOT NULL
);
CREATE TABLE orders (
    order_id     INTEGER PRIMARY KEY,
    customer_id  INTEGER NOT NULL, -- the web shop never declared the reference
    placed_at    TEXT NOT NULL,
    status       TEXT NOT NULL,
    total_cents  INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    delivery     TEXT,             -- JSON, as the checkout form sends it
    gift_message TEXT
);
CREATE TABLE order_items (
    order_id    INTEGER NOT NULL REFERENCES orders (order_id),
    line        INTEGER NOT NULL,
    isbn        TEXT NOT NULL REFERENCES books (isbn),
    quantity    INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (order_id, line)
) WITHOUT ROWID;
CREATE TABLE payments (
    payment_id   INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (order_id),
    method       TEXT NOT NULL,
    card         TEXT,
    iban         TEXT,
    amount_cents INTEGER NOT NULL,
    paid_at      TEXT NOT NULL
);
CREATE TABLE tickets (
    ticket_id   INTEGER PRIMARY KEY,
    customer_id INTEGER REFERENCES customers (customer_id),
    staff_id    INTEGER REFERENCES staff (staff_id),
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    opened_at   TEXT NOT NULL,
    closed_at   TEXT
);
CREATE TABLE newsletter (
    subscriber_id   INTEGER PRIMARY KEY,
    email           TEXT NOT NULL,
    first_name      TEXT,
    consented_at    TEXT,
    consent_ip      TEXT,
    signed_up_on    TEXT NOT NULL,
    unsubscribed_at TEXT,
    active          INTEGER NOT NULL
);
CREATE TABLE sessions (
    session_id  TEXT PRIMARY KEY,
    customer_id INTEGER REFERENCES customers (customer_id),
    ip_address  TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    started_at  TEXT NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX payments_by_order ON payments (order_id);
