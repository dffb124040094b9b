#!/usr/bin/env python3
"""Makes labelled columns that the classifier was never fitted on: schemas of real applications
(schemas.txt) filled by generators that are not ours, in eleven locales and four styles of names.

    python3 -m venv target/heldout/venv && target/heldout/venv/bin/pip install Faker mimesis
    npm --prefix target/heldout/node install @faker-js/faker
    target/heldout/venv/bin/python bench/columns/heldout.py target/heldout/columns.jsonl

Then `cargo run --release -p dataward-detect --example columns -- heldout target/heldout/columns.jsonl`
prints the looked-at part with its misses and of the never-looked-at part the totals only. Which
part a table belongs to follows from a hash of its name. The same seed gives the same file.
"""
import hashlib
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
import values

HERE = os.path.dirname(os.path.abspath(__file__))
CATEGORY = {
    "first": "user.name.first", "last": "user.name.last", "upper_last": "user.name.last", "name": "user.name",
    "name_last_first": "user.name", "ssr_name": "user.name", "name_email": "user.content", "email": "user.contact.email",
    "phone": "user.contact.phone_number", "phone_digits": "user.contact.phone_number", "fax": "user.contact.fax_number",
    "street": "user.contact.address.street", "city": "user.contact.address.city", "state": "user.contact.address.state",
    "postal": "user.contact.address.postal_code", "country": "user.contact.address.country",
    "country_code": "user.contact.address.country", "postal_city": "user.contact.address.city", "org": "user.contact.organization",
    "dob": "user.demographic.date_of_birth", "year_birth": "user.demographic.date_of_birth", "gender": "user.demographic.gender",
    "gender_code": "user.demographic.gender", "gender_int": "user.demographic.gender", "marital": "user.demographic.marital_status",
    "language": "user.demographic.language", "lang_code": "user.demographic.language", "locale_code": "user.demographic.language",
    "religion": "user.demographic.religious_belief", "ethnicity": "user.demographic.race_ethnicity",
    "job": "user.job_title", "username": "user.account.username", "hash": "user.authorization.password",
    "bcrypt": "user.authorization.password", "token32": "user.authorization.credentials", "ip": "user.device.ip_address",
    "agent": "user.device", "card": "user.financial.credit_card", "iban": "user.financial.bank_account",
    "iban_compact": "user.financial.bank_account", "salary": "user.financial",
    "national": "user.government_id.national_identification_number", "ssn_any": "user.government_id.national_identification_number",
    "passport": "user.government_id.passport_number", "licence": "user.government_id.drivers_license_number",
    "plate": "user.government_id.vehicle_registration", "mrn": "user.health_and_medical.record_id", "icd": "user.health_and_medical",
    "diagnosis": "user.health_and_medical", "drug": "user.health_and_medical", "blood": "user.health_and_medical",
    "degree": "user.location.precise", "prose_pii": "user.content", "prose_clinical": "user.content", "json_pii": "user.content",
    "log_pii": "user.content", "eav": "user.content", "vcard": "user.content", "contact_json": "user.content",
    "mail_headers": "user.content", "bio": "user.content",
}
LOCAL = {"Kontakte": "de", "Rechnungen": "de", "Fournisseurs": "fr", "salaries_fr": "fr", "pazienti": "it", "ordini": "it", "alumnos": "es",
         "proveedores": "es", "funcionarios": "pt", "produtos": "pt", "patienten": "nl", "pracownicy": "pl", "medlemmar": "sv", "社員マスタ": "ja",
         "商品マスタ": "ja", "顧客台帳": "ja", "llx_socpeople": "fr", "llx_societe": "fr", "emp": "en", "HR.EMPLOYEES": "en", "patient_data": "en"}
STYLES = ["telling", "cryptic", "opaque", "misleading"]
INTEGERS = {"seq", "fk", "int", "year", "epoch", "epoch_ms", "stamp14", "stamp8", "gender_int", "month_number", "day_number", "hhmm", "year_birth",
            "flight_number", "http_status", "salary"}


def words(name):
    out = [""]
    for c in name:
        if c in "_ .-":
            out.append("")
        elif c.isupper() and out[-1] and out[-1][-1].islower():
            out.append(c)
        else:
            out[-1] += c
    return [word for word in out if word]


def cryptic(name, r):
    """As programmers short of characters write: vowels out, four letters a word, prefixes."""
    parts = words(name)
    way = r.randrange(4)
    if way == 0:
        return "_".join(word[:4] for word in parts).upper()
    if way == 1:
        return "_".join(word[0] + "".join(c for c in word[1:] if c.lower() not in "aeiou")[:4] for word in parts).lower()
    if way == 2:
        return "".join(word[:3] for word in parts).lower()
    return r.choice(["zz_", "tx", "f_", "K_", "u"]) + "".join(parts).lower()


NEUTRAL = ["value", "data", "info", "field_value", "text1", "code", "ref", "remark", "attr", "label", "entry", "item_desc"]
FALSE = ["email", "phone", "customer_name", "address", "first_name", "city", "ssn", "birth_date", "ip_address", "contact", "user", "mobile"]


def rename(name, style, personal, at, r, prefix):
    if style == "cryptic":
        return cryptic(name, r)
    if style == "opaque":
        return f"{prefix}{at + 1}"
    if style == "misleading" and r.random() < 0.6:
        return r.choice(NEUTRAL if personal else FALSE)
    return name


def main(out):
    node = os.path.join(os.path.dirname(os.path.abspath(out)), "node")
    script = os.path.join(node, "pools.mjs")
    with open(os.path.join(HERE, "pools.mjs")) as source, open(script, "w") as copy:
        copy.write(source.read())
    pools = json.loads(subprocess.run(["node", script, "7"], cwd=node, capture_output=True, check=True, text=True).stdout)
    count = 0
    with open(out, "w") as file:
        for line in open(os.path.join(HERE, "schemas.txt"), encoding="utf-8"):
            line = line.strip()
            if not line or line.startswith(("#", "[")):
                continue
            table, columns = [part.strip() for part in line.split("|", 1)]
            columns = [column.rsplit(":", 1) for column in columns.split()]
            for style in STYLES:
                made = fill(table, columns, style, pools)
                file.write(json.dumps(made, ensure_ascii=False) + "\n")
                count += len(made["columns"])
    print(f"{count} columns written to {out}")


def fill(table, columns, style, pools):
    seed = int(hashlib.sha256(f"{table}/{style}/3".encode()).hexdigest()[:12], 16)
    r = random.Random(seed)
    locale = LOCAL.get(table) or r.choice(values.LOCALES)
    generator = r.choice(["faker", "mimesis", "fakerjs"])
    v = values.Values(generator, locale, pools, seed)
    rows = r.choice([8, 20, 50, 120, 300])
    prefix = r.choice(["c", "v", "col_", "f", "attr", "x"])
    people = [v.person() for _ in range(rows)]
    named, taken, cells = [], set(), []
    for at, (name, kind) in enumerate(columns):
        hard, nobody, debatable = "~" in kind, "!" in kind, kind.endswith("-")
        kind = kind.rstrip("-!~").replace("!", "").replace("~", "")
        kind, _, as_kind = kind.partition("=")
        if kind == "skip":
            continue
        category = None if nobody or hard else CATEGORY.get(as_kind or kind)
        shown = rename(name, style, category is not None, at, r, prefix)
        while shown in taken:
            shown += "_2"
        taken.add(shown)
        v.column = name
        gaps = 0.0 if kind in ("seq", "fk") else r.choice([0, 0, 0, 0.15, 0.5])
        column = []
        for row in range(rows):
            value = None if r.random() < gaps else v.of(kind, row, people[row])
            column.append(value if value not in (None, "") else None)
        named.append({"name": shown, "type": "bigint" if kind in INTEGERS else "text", "category": category, "hard": hard,
                      "debatable": debatable, "kind": kind})
        cells.append(column)
    part = "unseen" if hashlib.sha256(table.encode()).digest()[0] % 2 else "seen"
    shown = table if style in ("telling", "misleading") or r.random() < 0.3 else (f"t{r.randrange(100)}" if style == "opaque" else cryptic(table, r))
    return {"table": shown, "of": table, "part": part, "style": style, "locale": locale, "generator": generator, "columns": named, "cells": cells}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
