#!/usr/bin/env python3
"""Judges the program as it is used: writes the held-out tables into SQLite files, those of each style of
names into as few as their names allow, runs `dataward scan … --format json` on each and scores what it prints.

    python3 bench/columns/through_scan.py target/release/dataward target/heldout/columns.jsonl
"""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter

FAMILIES = {"user.name": "name", "user.contact.address": "address", "user.contact.phone_number": "phone", "user.contact.fax_number": "phone",
            "user.authorization": "secret", "user.financial": "financial", "user.government_id": "government", "user.device": "device",
            "user.demographic": "demographic", "user.health_and_medical": "health", "user.location": "location"}


def family(key):
    if key is None:
        return None
    for prefix, name in FAMILIES.items():
        if key == prefix or key.startswith(prefix + "."):
            return name
    return key


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def dealt(tables):
    """The tables of each file by their names: no two of one name, none with two columns that SQLite takes for one."""
    files = []
    for table in tables:
        names = [column["name"].lower() for column in table["columns"]]
        if len(set(names)) < len(names):
            continue
        name = table["table"].lower()
        free = next((one for one in files if name not in one), None)
        if free is None:
            files.append(free := {})
        free[name] = table
    return files


def write(path, tables):
    db = sqlite3.connect(path)
    for table in tables.values():
        columns = ", ".join(f"{quote(c['name'])} {'INTEGER' if c['type'] == 'bigint' else 'TEXT'}" for c in table["columns"])
        db.execute(f"CREATE TABLE {quote(table['table'])} ({columns})")
        marks = ", ".join("?" * len(table["columns"]))
        db.executemany(f"INSERT INTO {quote(table['table'])} VALUES ({marks})", zip(*table["cells"]))
    db.commit()
    db.close()


def main(program, file):
    tables = [json.loads(line) for line in open(file, encoding="utf-8")]
    score = {part: Counter() for part in ("seen", "unseen")}
    with tempfile.TemporaryDirectory() as folder:
        for style in ("telling", "cryptic", "opaque", "misleading"):
            files = dealt([table for table in tables if table["style"] == style])
            for at, tables_of_file in enumerate(files):
                path = os.path.join(folder, f"{style}{at}.db")
                write(path, tables_of_file)
                out = subprocess.run([program, "scan", path, "--format", "json", "--quiet", "--all"], capture_output=True, text=True, cwd=folder)
                found = {}
                for table in json.loads(out.stdout)["sources"][0]["tables"]:
                    for column in table["columns"]:
                        found[table["table"].lower(), column["column"]] = column["category"]
                        found[table["table"].lower().split(".")[-1], column["column"]] = column["category"]
                for name, table in tables_of_file.items():
                    for column in (column for column in table["columns"] if not column["debatable"]):
                        judge(score[table["part"]], column, found.get((name, column["name"])))
            count = sum(len(tables_of_file) for tables_of_file in files)
            print(f"{style}: {count} tables scanned in {len(files)} files, {sum(t['style'] == style for t in tables) - count} left out for their names")
    for part, count in score.items():
        f1 = {kind: 2 * count[kind] / max(1, count["true"] + count["said"]) for kind in ("exact", "family", "personal")}
        print(f"{part}: exact {f1['exact']:.3f}  family {f1['family']:.3f}  personal or not {f1['personal']:.3f}  "
              f"hard negatives flagged {100 * count['flagged'] / max(1, count['hard']):.1f} % of {count['hard']}")


def judge(count, column, said):
    truth = column["category"]
    count["true"] += truth is not None
    count["said"] += said is not None
    if truth and said:
        count["personal"] += 1
        count["exact"] += truth == said
        count["family"] += family(truth) == family(said)
    if column["hard"]:
        count["hard"] += 1
        count["flagged"] += said is not None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), sys.argv[2])
