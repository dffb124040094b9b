#!/usr/bin/env python3
"""Judges the program as it is used: writes the held-out tables into SQLite files, one for each style of
names, runs `dataward scan … --format json` on each and scores what it prints.

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


def main(program, file):
    tables = [json.loads(line) for line in open(file, encoding="utf-8")]
    score = {part: Counter() for part in ("seen", "unseen")}
    with tempfile.TemporaryDirectory() as folder:
        for style in ("telling", "cryptic", "opaque", "misleading"):
            path = os.path.join(folder, style + ".db")
            db = sqlite3.connect(path)
            truth, skipped = {}, 0
            for table in (table for table in tables if table["style"] == style):
                names = [column["name"] for column in table["columns"]]
                if table["table"].lower() in truth or len({name.lower() for name in names}) < len(names):
                    skipped += 1
                    continue
                truth[table["table"].lower()] = table
                columns = ", ".join(f"{quote(c['name'])} {'INTEGER' if c['type'] == 'bigint' else 'TEXT'}" for c in table["columns"])
                db.execute(f"CREATE TABLE {quote(table['table'])} ({columns})")
                rows = zip(*table["cells"])
                db.executemany(f"INSERT INTO {quote(table['table'])} VALUES ({', '.join('?' * len(names))})", rows)
            db.commit()
            db.close()
            out = subprocess.run([program, "scan", path, "--format", "json", "--quiet", "--all"], capture_output=True, text=True, cwd=folder)
            report = json.loads(out.stdout)
            found = {}
            for table in report["sources"][0]["tables"]:
                for column in table["columns"]:
                    found[table["table"].lower(), column["column"]] = column["category"]
                    found[table["table"].lower().split(".")[-1], column["column"]] = column["category"]
            for name, table in truth.items():
                for column in table["columns"]:
                    if not column["debatable"]:
                        judge(score[table["part"]], column, found.get((name, column["name"])))
            print(f"{style}: {len(truth)} tables scanned, {skipped} left out for their names")
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
