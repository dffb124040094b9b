//! A backup from before the shop moved to SQLite: what `pg_dump` wrote, compressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::DemoError;
use crate::dice::Dice;
use crate::dice::days_before;
use crate::dice::iso;
use crate::files::Folder;

const NAME: &str = "backup/shop-before-move.sql.gz";
const HEAD: &str = "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 12.9\n-- Dumped by pg_dump version 12.9\n\n\
    SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n\
    CREATE TABLE public.clients (\n    client_id integer NOT NULL,\n    full_name text,\n    email character varying(120),\n    \
    phone character varying(40),\n    joined date\n);\n\n\
    COPY public.clients (client_id, full_name, email, phone, joined) FROM stdin;\n";

pub(crate) fn write(folder: &mut Folder, dice: &mut Dice) -> Result<(), DemoError> {
    let mut text = String::from(HEAD);
    for number in 1..=600 {
        let joined = iso(days_before(folder.today, 2_900 + dice.between(0, 1_000)));
        let person = folder.customer(dice);
        let phone = if person.phone.is_empty() { "\\N" } else { &person.phone };
        text.push_str(&format!("{number}\t{}\t{}\t{phone}\t{joined}\n", person.name(), person.email.trim()));
    }
    text.push_str("\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    folder.put(NAME, encoder.finish()?)?;
    folder.plant("retention", "forgotten-backup", NAME, "a backup of eight years ago with everyone in it");
    Ok(())
}
