#!/usr/bin/env python3
"""What an integrity audit over many large tables costs: folders with 1, 4 and 8 tables of a million rows (keys, references,
e-mail addresses, amounts), audited one after another; memory must not grow with their number.

    integrity_memory.py PROGRAM [ROWS]

Prints for each folder the processor time, the wall time and the most memory (resident), and the ratios to one table."""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write(file, table, rows):
    numbers = random.Random(table)
    with open(file, "w") as out:
        out.write("id,customer_id,email,phone,city,amount,created_at\n")
        for row in range(rows):
            customer = numbers.randrange(rows)
            day = f"20{10 + row % 15}-{1 + row % 12:02}-{1 + row % 28:02}"
            out.write(
                f"{row},{customer},c{customer}@example.org,0{300000000 + customer},"
                f"Town {customer % 500},{numbers.randrange(90000) / 100:.2f},{day}\n"
            )


def main(program, rows):
    with tempfile.TemporaryDirectory() as folder:
        first = None
        for tables in (1, 4, 8):
            place = Path(folder) / f"{tables}"
            place.mkdir()
            for table in range(tables):
                write(place / f"t{table}.csv", table, rows)
            start = time.monotonic()
            child = subprocess.Popen(
                [program, "audit", "integrity", str(place), "--format", "json"], stdout=subprocess.DEVNULL
            )
            _, status, usage = os.wait4(child.pid, 0)
            wall, processors = time.monotonic() - start, usage.ru_utime + usage.ru_stime
            peak = usage.ru_maxrss / 1024
            first = first or (processors, peak)
            print(
                f"{tables} tables of {rows:,} rows: {processors:.1f} s of processors ({processors / first[0]:.2f}), "
                f"{wall:.1f} s, {peak:.0f} MiB ({peak / first[1]:.2f}), exit {os.waitstatus_to_exitcode(status)}",
                flush=True,
            )
            for file in place.iterdir():
                file.unlink()


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
