"""Speed and memory of `dataward scan --full` on CSV, beside ripgrep on the same bytes in the same run.

usage: scan.py PROGRAM [GIB_LARGE]

Both run on one core (taskset). ripgrep counts matches of four patterns alternated (e-mail, phone, card,
IBAN) without Unicode; goal: at least 0.25 of its speed. Memory: 1 GiB, then GIB_LARGE (8) GiB, then one
cell of 1 GiB, which must be refused; goal: at most 256 MiB resident each time.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time

PATTERNS = "|".join([
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\+?[0-9][0-9 ()/.-]{7,}[0-9]",
    r"\b(?:[0-9][ -]?){13,19}\b",
    r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\b",
])
FOLDER = "target/bench"
MIB = 1 << 20


def block(size):
    """Dense rows of made-up people, `size` bytes of them, whole rows."""
    rng = random.Random(7)
    given = "Ada Grace Alan Edsger Barbara Donald Katherine Margaret Dennis Radia".split()
    family = "Larkspur Quill Ember Thistle Rowan Sorrel Bracken Fennel Juniper Hazel".split()
    rows, length = [], 0
    while length < size:
        first, last = rng.choice(given), rng.choice(family)
        number = rng.randrange(10**7)
        card = "4" + "".join(str(rng.randrange(10)) for _ in range(15))
        row = (
            f"{number},{first},{last},{first.lower()}.{last.lower()}{number % 997}@example.org,"
            f"+49 30 {rng.randrange(10**7):07},{card},DE{rng.randrange(10**20):020},"
            f"{rng.randrange(1940, 2008)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02},"
            f"{rng.randrange(200)} Lantern Street,{rng.randrange(10**5):05},Berlin\n"
        )
        rows.append(row)
        length += len(row)
    return "".join(rows).encode()


def write(path, gib):
    size = int(gib * (1 << 30))
    if os.path.exists(path) and os.path.getsize(path) >= size:
        return
    head = b"id,first_name,last_name,email,phone,card,iban,birth_date,street,postal_code,city\n"
    body = block(32 * MIB)
    with open(path, "wb") as file:
        file.write(head)
        while file.tell() < size:
            file.write(body)


def run(command, good=(0,)):
    """Seconds by the clock and of the processor, and the largest resident MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in good:
        sys.exit(f"{command} ended with {process.returncode}: {errors.decode()[:500]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, output


def peak(command, good=(0,)):
    """The largest resident MiB of a command, by a process of its own."""
    code = (
        "import resource,subprocess,sys;"
        "r=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE);"
        "sys.stdout.buffer.write(r.stdout);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss//1024,file=sys.stderr);"
        "sys.exit(r.returncode)"
    )
    result = subprocess.run([sys.executable, "-c", code, *command], capture_output=True)
    if result.returncode not in good:
        sys.exit(f"{command} ended with {result.returncode}: {result.stderr.decode()[:500]}")
    return int(result.stderr.split()[-1]), result.stdout


def main():
    program = os.path.abspath(sys.argv[1])
    large = float(sys.argv[2]) if len(sys.argv) > 2 else 8
    os.makedirs(FOLDER, exist_ok=True)
    one = f"{FOLDER}/1g.csv"
    write(one, 1)
    size = os.path.getsize(one)
    scan = [program, "scan", one, "--full", "--quiet", "--format", "json"]
    core = ["taskset", "-c", "0"]
    ours, theirs = [], []
    run(core + ["cat", one])
    for _ in range(3):
        theirs.append(run(core + ["rg", "--no-unicode", "--count-matches", PATTERNS, one])[1])
        ours.append(run(core + scan)[1])
    print("scan --full of 1 GiB CSV, processor time, best of 3, one core")
    print(f"  ripgrep  {size / min(theirs) / 1e6:7.0f} MB/s")
    print(f"  dataward {size / min(ours) / 1e6:7.0f} MB/s   ratio {min(theirs) / min(ours):.2f} (goal 0.25)")
    memory, output = peak(scan)
    found = [c["column"] for c in json.loads(output)["sources"][0]["tables"][0]["columns"] if c["category"]]
    print(f"memory   1 GiB: {memory} MiB resident (goal 256), {len(found)} columns found")
    many = f"{FOLDER}/large.csv"
    write(many, large)
    memory, _ = peak([program, "scan", many, "--full", "--quiet", "--format", "json"])
    print(f"memory   {large:g} GiB: {memory} MiB resident (goal 256)")
    os.remove(many)
    cell = f"{FOLDER}/cell.csv"
    with open(cell, "wb") as file:
        file.write(b"email,note\nada@example.org,\"")
        for _ in range(1024):
            file.write(b"x" * MIB)
        file.write(b"\"\nbob@example.org,short\n")
    memory, output = peak([program, "scan", cell, "--full", "--quiet", "--format", "json"], good=(0, 3))
    skipped = json.loads(output)["sources"][0]["skipped"]
    print(f"memory   one cell of 1 GiB: {memory} MiB resident (goal 256), refused: {bool(skipped)}")
    os.remove(cell)


main()
