"""Values for held-out columns, by kind and locale, from three generators that are not ours:
Faker and mimesis (PyPI) and @faker-js/faker (npm). What no generator has is written here by hand."""
import random
import string
import unicodedata
from datetime import date, datetime, timedelta

FAKER = {"en": "en_US", "gb": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "pt": "pt_BR",
         "nl": "nl_NL", "pl": "pl_PL", "sv": "sv_SE", "ja": "ja_JP"}
MIMESIS = {"en": "en", "gb": "en-gb", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "pt-br", "nl": "nl",
           "pl": "pl", "sv": "sv", "ja": "ja"}
LOCALES = list(FAKER)
E164 = {"en": "1", "gb": "44", "de": "49", "fr": "33", "es": "34", "it": "39", "pt": "55", "nl": "31", "pl": "48",
        "sv": "46", "ja": "81"}

LISTS = {
    "dish": "Spaghetti Carbonara|Chicken Tikka Masala|Pad Thai|Caesar Salad|Wiener Schnitzel|Ratatouille|Paella Valenciana|Beef Wellington|Tom Yum Soup|Moussaka|Margherita Pizza|Fish and Chips|Gazpacho|Bouillabaisse|Tiramisu|Apple Crumble|Sauerbraten|Pierogi Ruskie|Okonomiyaki|Peking Duck|Eggs Benedict|Cobb Salad|Charlotte Russe|Oysters Rockefeller|General Tso Chicken|Bananas Foster",
    "book_title": "Pride and Prejudice|Emma|Anna Karenina|Jane Eyre|Oliver Twist|Moby-Dick|Madame Bovary|Don Quixote|Ulysses|The Trial|Rebecca|Frankenstein|Dracula|Robinson Crusoe|David Copperfield|Silas Marner|Tom Jones|Daisy Miller|Ethan Frome|Sister Carrie|Middlemarch|Dubliners|Lord Jim|Effi Briest|Buddenbrooks|Carmilla|Adam Bede|The Idiot|Walden|The Odyssey",
    "book_author": "Jane Austen|Leo Tolstoy|Charlotte Bronte|Charles Dickens|Herman Melville|Gustave Flaubert|Miguel de Cervantes|James Joyce|Franz Kafka|Mary Shelley|Bram Stoker|Daniel Defoe|George Eliot|Henry James|Edith Wharton|Theodore Dreiser|Joseph Conrad|Theodor Fontane|Thomas Mann|Fyodor Dostoevsky|Henry David Thoreau|Homer|Virginia Woolf|Mark Twain|Oscar Wilde",
    "film_title": "Casablanca|Citizen Kane|Vertigo|Psycho|Rear Window|Some Like It Hot|Annie Hall|Forrest Gump|Jackie Brown|Erin Brockovich|Michael Clayton|Barry Lyndon|Thelma & Louise|Jerry Maguire|Amelie|Metropolis|La Dolce Vita|Das Boot|Rashomon|Ran|Tampopo|The Third Man|Gandhi|Patton|Rocky|Carrie|Alfie|Marnie|Laura|Gilda",
    "director": "Alfred Hitchcock|Stanley Kubrick|Federico Fellini|Akira Kurosawa|Jane Campion|Sofia Coppola|Orson Welles|Billy Wilder|Ingmar Bergman|Agnes Varda|Wim Wenders|Francois Truffaut|Pedro Almodovar|Fritz Lang|Kathryn Bigelow",
    "brand": "Bosch|Philips|Miele|Siemens|Nike|Adidas|Puma|Hugo Boss|Levi's|Mercedes-Benz|Dyson|Braun|Calvin Klein|Ralph Lauren|Tommy Hilfiger|Johnson & Johnson|Kellogg's|Ford|Chanel|Prada|Versace|Jack Wolfskin|Peter Hahn|Jil Sander|Dr. Martens|Ben & Jerry's|Mary Kay|Estee Lauder|Max Mara|Hermes",
    "restaurant": "Luigi's Trattoria|The Golden Dragon|Chez Marcel|La Casa de Juan|Zum Goldenen Hirsch|Maria's Kitchen|The Red Lion|Bistro 21|Sakura|Il Giardino|Taverna Dimitris|Curry House|Le Petit Nicolas|Brasserie Georges|Dragon Palace|Mario's|El Toro|Der Bierkeller|Noma|Thai Orchid",
    "carrier": "DHL|UPS|FedEx|Hermes|DPD|GLS|Royal Mail|La Poste|PostNord|TNT|Correos|Poste Italiane|Chronopost|InPost|ヤマト運輸",
    "department": "Sales|Marketing|Finance|Human Resources|Engineering|Support|Legal|Purchasing|Logistics|IT|Research|Operations|Quality",
    "industry": "Retail|Banking|Insurance|Healthcare|Automotive|Chemicals|Energy|Telecommunications|Agriculture|Construction|Education|Media",
    "payment_method": "Cash on delivery|Credit card|PayPal|Bank transfer|Invoice|Klarna|Gift card|Apple Pay|SEPA|Vorkasse",
    "card_brand": "Visa|MasterCard|Amex|Discover|Diners|JCB|Maestro",
    "currency": "EUR|USD|GBP|SEK|PLN|CHF|JPY|BRL|DKK|CZK", "currency_name": "Euro|US Dollar|Pound Sterling|Swedish Krona|Zloty|Swiss Franc|Yen|Real|Danish Krone|Koruna|Forint|Lev|Leu",
    "genre": "Drama|Comedy|Action|Horror|Thriller|Romance|Adventure|Western|Musical|Documentary",
    "nationality": "Italian|French|Thai|German|Japanese|Mexican|Indian|Spanish|Greek|Polish|Swedish|Chinese",
    "region_name": "Western Europe|Caribbean|Southern Africa|Eastern Asia|Nordic Countries|Polynesia|Central America|Middle East|Baltic Countries",
    "plant": "Rose|Daisy|Lily|Heather|Jasmine|Iris|Poppy|Violet|Basil|Rosemary|Lavender|Holly|Ivy|Fern|Marigold|Primrose|Olive|Sage",
    "latin_name": "Rosa canina|Bellis perennis|Lilium candidum|Calluna vulgaris|Iris germanica|Papaver rhoeas|Viola odorata|Quercus robur|Salvia officinalis|Ilex aquifolium|Hedera helix|Betula pendula",
    "colour": "Red|Navy|Olive|Amber|Rose|Violet|Ruby|Hazel|Coral|Scarlet|Ivory|Teal|Jade|Magenta|Indigo|Sienna|Black|White",
    "team": "Bayern Munich|Real Madrid|Ajax|Juventus|Liverpool|Celtic|Benfica|Legia Warszawa|Malmo FF|Paris Saint-Germain|Borussia Dortmund|Sevilla|Aston Villa|Feyenoord|Kashima Antlers",
    "stadium": "Allianz Arena|Santiago Bernabeu|Johan Cruyff Arena|Anfield|Celtic Park|Estadio da Luz|Parc des Princes|Villa Park|De Kuip|San Siro|Diego Armando Maradona",
    "place_name": "North Warehouse|Depot Süd|Central Hub|Hall 4|Entrepôt Lyon|Magazzino Nord|Cross Dock B|Main Store|Lager West",
    "shop_name": "Corner Books|City Cycles|Blumen Paradies|La Boutique|Tech Corner|Eric the Read Books|Barnum's|Doc-U-Mat|Bookbeat|Fricative Bookshop|News & Brews|Main Street Store|Santa Cruz Bikes|Filiale Mitte",
    "car_model": "Golf|Corolla|Civic|Fiesta|Clio|Polo|Mégane|Giulia|Mustang|Mercedes 280|Astra|Octavia|Yaris|Leaf|Zoe|Elise|Carina|Celica|Cortina|Alfetta|ford torino|amc rebel sst|chevrolet nova|datsun pl510",
    "os_name": "Ubuntu|Windows 11|macOS|Debian|iOS|Android|Fedora|RHEL",
    "phone_model": "Galaxy S23|iPhone 14|Pixel 8|Xperia 1 V|Redmi Note 12|P30 Pro|Nokia 3310|Moto G84|OnePlus 11|Galaxy A54|iPhone SE",
    "lab_test": "Hemoglobin|Glucose|Creatinine|Sodium|Potassium|ALT|TSH|HbA1c|Cholesterol|Platelets",
    "drug": "Ibuprofen|Metformin|Ramipril|Amoxicillin|Simvastatin|Omeprazole|Levothyroxine|Bisoprolol|Pantoprazole|Insulin glargine|Citalopram|Warfarin",
    "diagnosis": "Type 2 diabetes|Hypertension|Asthma|Migraine|Depression|Bronchitis|Gastritis|Psoriasis|Epilepsy|Arthritis|Anemia|Pneumonia",
    "relationship": "spouse|mother|father|brother|sister|friend|child",
    "religion": "Catholic|Protestant|Muslim|Jewish|Hindu|Buddhist|none", "ethnicity": "White|Black|Asian|Hispanic|Mixed|Other",
    "party": "Democrat|Republican|Green|Liberal|Conservative|Labour",
    "day_name": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month_name": "January|February|March|April|May|June|July|August|September|October|November|December",
    "ingredients": "flour, butter, sugar|eggs, milk|rosemary, olive oil, salt|gluten|nuts, soy|basil, tomato, mozzarella|ginger, garlic|lactose|beef, onion, paprika|rice, nori",
    "course": "Linear Algebra|Organic Chemistry|Introduction to Law|Data Structures|Microeconomics|Art History|Statistics II|Marine Biology|BSc Physics|MA History",
    "mail_domain": "gmail.com|web.de|outlook.com|orange.fr|libero.it|wp.pl|telia.com|yahoo.co.jp|uol.com.br|ziggo.nl",
    "setting_key": "siteurl|blogname|admin_email|users_can_register|date_format|template|stylesheet|cron|widget_text|posts_per_page|timezone_string|default_role|rewrite_rules|upload_path|active_plugins",
    "user_meta_key": "nickname|first_name|last_name|description|billing_phone|billing_email|billing_city|session_tokens|locale|billing_address_1",
    "email_template": "welcome|password_reset|order_confirmation|newsletter|invoice|reminder", "template": "welcome|password_reset|order_confirmation|newsletter|invoice|reminder",
    "address_alias": "Home|Work|My address|Office|Zuhause|Domicile|Delivery|Billing",
    "publisher": "Penguin|Random House|Suhrkamp|Gallimard|Einaudi|Springer|O'Reilly Media|Hachette|Elsevier|Planeta|Fischer Verlag|Simon & Schuster|Faber & Faber|HarperCollins|Diogenes",
    "band": "Queen|Nirvana|Genesis|Pink Floyd|Iron Maiden|Alice In Chains|Van Halen|Santana|Jethro Tull|Lynyrd Skynyrd|Metallica|U2|Rammstein|ABBA|Steely Dan",
    "enum": None,
}
ENUMS = ["open|closed|pending|rejected", "A|B|C", "new|active|suspended", "draft|published|trash", "standard|express|priority",
         "1|2|3|4", "PG|R|PG-13|G", "text|html|json", "low|medium|high", "GET|POST|PUT", "mg/dl|mmol/l|g/l", "piece|kg|l|m",
         "web|email|phone|api", "North|South|East|West", "USA|Europe|Japan", "gold|silver|bronze", "Einkauf|Verkauf|Lager"]

CLINICAL = [
    "Pt {name}, {age} y/o, c/o chest pain since {day}. BP 140/90. Start ramipril 5 mg.",
    "{name} (geb. {dob}) stellte sich mit Fieber vor. Kontrolle in 7 Tagen.",
    "Seen today: {name}. Stable, no fever, continue therapy.",
    "Telefonat mit Angehörigen, Tel. {phone}. Patient ist orientiert.",
    "Follow-up in two weeks, labs within normal limits.",
]
PII_TEXTS = {
    "en": ["Hello, my name is {name}, please call me at {phone}.", "You can reach me under {email}, thanks!", "The parcel should go to {street}, {postal} {city}.", "Item arrived broken, I would like my money back.", "Where is my order? It has been two weeks already.", "Please change my e-mail to {email}."],
    "de": ["Guten Tag, mein Name ist {name}, bitte rufen Sie mich unter {phone} an.", "Meine Adresse lautet {street}, {postal} {city}.", "Das Gerät funktioniert leider immer noch nicht.", "Bitte an {email} antworten.", "Wann wird die Bestellung endlich geliefert?"],
    "fr": ["Bonjour, je m'appelle {name}, merci de me rappeler au {phone}.", "Mon adresse : {street}, {postal} {city}.", "Le colis est arrivé abîmé, je voudrais un remboursement.", "Écrivez-moi à {email} s'il vous plaît."],
    "es": ["Hola, soy {name}, mi teléfono es {phone}.", "El pedido no ha llegado todavía a mi casa.", "Mi correo es {email}, gracias.", "Vivo en {street}, {postal} {city}."],
    "it": ["Buongiorno, sono {name}, il mio numero è {phone}.", "Il prodotto non funziona come dovrebbe.", "Scrivetemi a {email} per favore."],
    "pt": ["Olá, meu nome é {name}, telefone {phone}.", "O produto chegou com defeito e quero trocar.", "Meu email é {email}."],
    "nl": ["Hallo, mijn naam is {name}, bel mij op {phone}.", "Het pakket is nog steeds niet bezorgd helaas.", "Mail mij op {email} alstublieft."],
    "pl": ["Dzień dobry, nazywam się {name}, proszę o telefon {phone}.", "Towar dotarł uszkodzony, proszę o zwrot pieniędzy.", "Mój adres e-mail to {email}."],
    "sv": ["Hej, jag heter {name}, ring mig på {phone}.", "Paketet har fortfarande inte kommit fram till mig.", "Min e-post är {email}."],
    "ja": ["{name}と申します。電話番号は{phone}です。", "商品がまだ届いていません。確認をお願いします。", "メールは{email}までお願いします。"],
}
PLAIN = {
    "en": ["Please leave the parcel at the door.", "Customer asked for a later delivery, nothing else to add.", "Ring twice, the bell is weak.", "Prefers invoices by post over e-mail.", "Paid late last year but reliable since."],
    "de": ["Bitte vor der Tür abstellen, danke schön.", "Kunde wünscht Lieferung erst ab Montag.", "Zahlt immer pünktlich und freundlich am Telefon.", "Ware bitte gut verpacken, letztes Mal war sie nass."],
    "fr": ["Merci de laisser le colis devant la porte.", "Le client préfère être livré le matin.", "Emballage cadeau demandé pour cette commande."],
    "es": ["Por favor dejar el paquete en la portería.", "El cliente prefiere la entrega por la tarde."], "it": ["Lasciare il pacco al portiere, grazie mille.", "Il cliente preferisce la consegna al mattino."],
    "pt": ["Por favor deixar com o porteiro do prédio.", "Cliente prefere entrega na parte da tarde."], "nl": ["Graag het pakket bij de buren afgeven.", "Klant wil graag 's avonds bezorging hebben."],
    "pl": ["Proszę zostawić paczkę pod drzwiami domu.", "Klient prosi o dostawę w godzinach porannych."], "sv": ["Lämna paketet utanför dörren tack så mycket.", "Kunden vill ha leverans på kvällen i stället."],
    "ja": ["不在の場合は宅配ボックスにお願いします。", "次回は午前中の配達を希望しています。"],
}


def plain_ascii(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(c for c in text if c.isalnum())


def luhn(body):
    total = 0
    for place, digit in enumerate(reversed(body)):
        digit = int(digit) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str((10 - total % 10) % 10)


def ean(body):
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    return body + str((10 - total % 10) % 10)


class Values:
    """One locale, one generator, one seed. `of(kind)` gives one value or None where nothing fits."""

    def __init__(self, generator, locale, pools, seed):
        self.r = random.Random(seed)
        self.generator, self.locale, self.pool = generator, locale, pools.get(locale, {})
        from faker import Faker
        self.f = Faker(FAKER[locale])
        self.f.seed_instance(seed)
        self.way = {}
        self.start = self.r.randrange(10**5, 10**8)
        if generator == "mimesis":
            from mimesis import Address, Finance, Food, Generic, Locale, Person, Text
            self.m = Generic(locale=Locale(MIMESIS[locale]), seed=seed)

    def digits(self, n, first="123456789"):
        return self.r.choice(first) + "".join(self.r.choice(string.digits) for _ in range(n - 1))

    def once(self, kind, ways):
        """The way in which one column is written throughout."""
        return self.way.setdefault(kind, self.r.randrange(ways))

    def person(self):
        """First, last, full, account name and e-mail of one made-up person."""
        r, g = self.r, self.generator
        if g == "faker":
            first, last = self.f.first_name(), self.f.last_name()
        elif g == "mimesis":
            first, last = self.m.person.name(), self.m.person.surname()
        else:
            first, last = r.choice(self.pool["first"]), r.choice(self.pool["last"])
        full = last + r.choice(["", " "]) + first if self.locale == "ja" else f"{first} {last}"
        if g == "faker" and r.random() < 0.5:
            full = self.f.name()
        elif g == "fakerjs" and r.random() < 0.5:
            full = r.choice(self.pool["name"])
        a, b = plain_ascii(first).lower(), plain_ascii(last).lower()
        if not a or not b:
            user = {"faker": self.f.user_name, "mimesis": lambda: self.m.person.username()}.get(g, lambda: r.choice(self.pool["username"]))()
        else:
            way = self.once("username", 5)
            user = [a[0] + b, f"{a}.{b}", a + str(r.randrange(1, 99)), b + a[0], f"{a}_{b}{r.randrange(1, 9)}"][way][:20]
        host = r.choice(["example.org", "example.com", "gmail.com", "web.de", "mail.test", "orange.fr"])
        email = {"faker": self.f.email, "mimesis": self.m.person.email if g == "mimesis" else None}.get(g) if r.random() < 0.5 else None
        email = email() if email else f"{user}@{host}"
        return {"first": first, "last": last, "name": full, "username": user, "email": email}

    def pick(self, text):
        return self.r.choice(text.split("|"))

    def from_generator(self, kind):
        g, f = self.generator, self.f
        if g == "fakerjs" and self.pool.get(kind):
            return self.r.choice(self.pool[kind])
        if g == "mimesis":
            m = self.m
            made = {"job": m.person.occupation, "street": m.address.address, "city": m.address.city, "state": m.address.state,
                    "postal": m.address.postal_code, "country": m.address.country, "phone": m.person.telephone,
                    "company": m.finance.company, "prose": lambda: m.text.text(2), "colour": m.text.color,
                    "dish_m": m.food.dish, "agent": m.internet.user_agent, "hostname": m.internet.hostname,
                    "headline": m.text.title, "car": m.transport.car}.get(kind)
            if made:
                return made()
        made = {"job": f.job, "street": f.street_address, "city": f.city, "postal": f.postcode, "country": f.country,
                "phone": f.phone_number, "company": f.company, "prose": lambda: f.paragraph(2), "colour": f.color_name,
                "agent": f.user_agent, "hostname": f.hostname, "headline": lambda: f.sentence(4).rstrip("."),
                "description": lambda: f.sentence(10), "bio": lambda: f.sentence(8), "product": lambda: self.pick(PRODUCTS),
                "song": lambda: f.sentence(2).rstrip("."), "state": self.state}.get(kind)
        return made() if made else None

    def state(self):
        for name in ("state", "prefecture", "administrative_unit", "region", "county", "province"):
            made = getattr(self.f, name, None)
            if made:
                try:
                    return made()
                except Exception:
                    pass
        return None

    def day(self, first, last):
        start = date(first, 1, 1)
        return start + timedelta(days=self.r.randrange((date(last, 12, 31) - start).days))

    def written(self, kind, day):
        way = self.once(kind, 5)
        if way >= 2:
            return day.isoformat()
        if way == 1:
            return day.isoformat() + " 00:00:00"
        return {"de": day.strftime("%d.%m.%Y"), "pl": day.strftime("%d.%m.%Y"), "en": day.strftime("%m/%d/%Y"),
                "ja": day.strftime("%Y/%m/%d"), "nl": day.strftime("%d-%m-%Y"), "sv": day.isoformat()}.get(self.locale, day.strftime("%d/%m/%Y"))

    def moment(self):
        return datetime(2019, 1, 1) + timedelta(seconds=self.r.randrange(7 * 365 * 86400))

    def national(self):
        f, loc = self.f, self.locale
        try:
            return {"en": f.ssn, "gb": lambda: self.nino(), "de": lambda: self.steuer_id(), "fr": f.ssn, "es": lambda: f.nif(),
                    "it": f.ssn, "pt": f.cpf, "nl": f.ssn, "pl": f.pesel, "sv": f.ssn, "ja": lambda: self.my_number()}[loc]()
        except Exception:
            return f.ssn()

    def nino(self):
        text = "".join(self.r.choice("ABCEGHJKLMNPRSTWXYZ") for _ in range(2)) + self.digits(6, "0123456789") + self.r.choice("ABCD")
        return text if not text.startswith(("GB", "NK", "TN", "ZZ", "BG", "KN", "NT")) else self.nino()

    def steuer_id(self):
        order = list("0123456789")
        self.r.shuffle(order)
        body = order[:9] + [order[self.r.randrange(9)]]
        self.r.shuffle(body)
        if body[0] == "0":
            return self.steuer_id()
        product = 10
        for digit in body:
            total = (int(digit) + product) % 10 or 10
            product = total * 2 % 11
        return "".join(body) + str((11 - product) % 10)

    def my_number(self):
        body = self.digits(11)
        total = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in zip(range(1, 12), reversed(body)))
        rest = total % 11
        return body + str(0 if rest <= 1 else 11 - rest)

    def of(self, kind, row, person):
        r, f, loc = self.r, self.f, self.locale
        if kind in ("first", "last", "name", "username", "email"):
            return person[kind]
        if kind in ("street", "city", "state", "postal", "country", "job", "colour", "hostname", "agent"):
            return self.from_generator(kind)
        if kind in ("company", "org"):
            return self.from_generator("company")
        if kind in ("phone", "fax"):
            way = self.once("phone", 3)
            text = self.from_generator("phone")
            if way == 1:
                return "+" + E164[loc] + "".join(c for c in text if c.isdigit()).lstrip("0")[-9:]
            return text
        simple = SIMPLE.get(kind)
        if simple:
            return simple(self, row, person)
        if LISTS.get(kind):
            return self.pick(LISTS[kind])
        raise KeyError(kind)


PRODUCTS = "Cordless Drill 18V|Chef's Knife|Garden Hose 25 m|LED Desk Lamp|Wireless Mouse|Espresso Machine|Running Shoes Men|Cotton T-Shirt|Mountain Bike 29\"|Hair Dryer 2000W|Winter Jacket Women|Yoga Mat|USB-C Cable|Bluetooth Speaker|Ceramic Mug|Akkuschrauber|Kaffeemühle|Lampe de bureau|Sac à dos|Zapatillas|Caffettiera|Rowerek|Kaffebryggare|Wasserkocher|Earl Grey Tea|Lübecker Marzipan|Grandma's Boysenberry Spread|Uncle Bob's Organic Dried Pears|Chef Anton's Gumbo Mix|Jack's New England Clam Chowder|Sir Rodney's Scones|Queso Manchego La Pastora"


def prose_pii(v, row, person):
    text = v.r.choice(PII_TEXTS.get(v.locale) or PII_TEXTS["en"])
    return fill(v, text, person)


def fill(v, text, person):
    return text.format(name=person["name"], email=person["email"], phone=v.from_generator("phone"), street=v.from_generator("street").replace("\n", ", "),
                       postal=v.f.postcode(), city=v.from_generator("city"), age=v.r.randrange(20, 90), day="Monday", dob="12.03.1961")


def hexadecimal(n):
    return lambda v, row, person: "".join(v.r.choice("0123456789abcdef") for _ in range(n))


def number(low, high):
    def make(v, row, person):
        scale = v.once(f"number{low}{high}", 3)
        return str(v.r.randrange(low, max(low + 2, high // (1, 20, 1)[scale])))
    return make


def order_number(v, row, person):
    way = v.once("orderno", 7)
    count = v.start + row * v.r.randrange(1, 4)
    return [f"{1000000000 + count}", f"ORD-{2024}-{count % 100000:05}", f"{202400000000 + count % 10**8}", f"SO{count:09}",
            f"R{count:09}", f"40{count % 10**8:08}", f"{100000000 + count % 10**8:09}"][way]


def tracking(v, row, person):
    way = v.once("tracking", 5)
    return ["1Z" + "".join(v.r.choice(string.ascii_uppercase + string.digits) for _ in range(16)), "0034043" + v.digits(13),
            v.digits(12), "RR" + v.digits(9) + "DE", "JJD" + v.digits(18)][way]


def enum(v, row, person):
    key = f"enum{v.column}"
    return v.pick(ENUMS[v.once(key, len(ENUMS))])


def phone_digits(v, row, person):
    return "".join(c for c in v.from_generator("phone") if c.isdigit())


def card(v, row, person):
    if v.r.random() < 0.04:
        return "4111111111111111"
    prefix, length = v.r.choice([("4", 16), ("5" + v.r.choice("12345"), 16), ("37", 15), ("4539", 16)])
    body = prefix + "".join(v.r.choice(string.digits) for _ in range(length - len(prefix) - 1))
    text = body + luhn(body)
    return " ".join(text[i:i + 4] for i in range(0, len(text), 4)) if v.once("card", 2) else text


def username_list(words):
    return lambda v, row, person: v.pick(words)


SIMPLE = {
    "seq": lambda v, row, p: str((1 if v.once("seq", 2) else v.start % 9000) + row),
    "fk": number(1, 400), "int": number(0, 5000), "flag": lambda v, row, p: v.pick(["0|1", "true|false", "Y|N", "t|f"][v.once("flag", 4)]),
    "price": lambda v, row, p: f"{v.r.uniform(0.5, 900):.2f}", "decimal": lambda v, row, p: f"{v.r.uniform(0, 100):.{1 + v.once('dec', 3)}f}",
    "fraction": lambda v, row, p: f"{v.r.random():.4f}", "salary": lambda v, row, p: str(v.r.randrange(180, 900) * 100),
    "enum": enum, "timestamp": lambda v, row, p: v.moment().strftime("%Y-%m-%d %H:%M:%S"),
    "stamp14": lambda v, row, p: v.moment().strftime("%Y%m%d%H%M%S"), "stamp8": lambda v, row, p: v.moment().strftime("%Y%m%d"),
    "epoch": lambda v, row, p: str(int(v.moment().timestamp())), "epoch_ms": lambda v, row, p: str(int(v.moment().timestamp()) * 1000 + v.r.randrange(1000)),
    "date_recent": lambda v, row, p: v.written("recent", v.day(2015, 2026)), "date_future": lambda v, row, p: v.written("future", v.day(2027, 2033)),
    "dob": lambda v, row, p: v.written("dob", v.day(1938, 2006)), "year_birth": lambda v, row, p: str(v.r.randrange(1900, 2001)),
    "year": lambda v, row, p: str(v.r.randrange(1970, 2027)), "month_number": lambda v, row, p: str(v.r.randrange(1, 13)), "day_number": lambda v, row, p: str(v.r.randrange(1, 32)),
    "hhmm": lambda v, row, p: str(v.r.randrange(5, 24) * 100 + v.r.randrange(60)),
    "hash": lambda v, row, p: "$2y$10$" + "".join(v.r.choice(string.ascii_letters + string.digits + "./") for _ in range(53)),
    "bcrypt": lambda v, row, p: "$2y$10$" + "".join(v.r.choice(string.ascii_letters + string.digits + "./") for _ in range(53)) if v.once("bcrypt", 2) else hexadecimal(32)(v, row, p),
    "digest": hexadecimal(40), "sha1": hexadecimal(40), "sha256": hexadecimal(64), "token32": hexadecimal(32), "salt": lambda v, row, p: v.f.password(9, special_chars=False),
    "sha1b36": lambda v, row, p: "".join(v.r.choice(string.ascii_lowercase + string.digits) for _ in range(31)), "token_id": lambda v, row, p: "ch_" + hexadecimal(24)(v, row, p),
    "uuid": lambda v, row, p: v.f.uuid4(), "message_id": lambda v, row, p: f"<{hexadecimal(12)(v, row, p)}@{v.f.domain_name()}>",
    "ip": lambda v, row, p: v.f.ipv6() if v.r.random() < 0.1 else v.f.ipv4_public(), "private_ip": lambda v, row, p: v.f.ipv4_private(), "mac": lambda v, row, p: v.f.mac_address(),
    "subject": lambda v, row, p: v.from_generator("headline") if v.once("subject", 2) else v.pick("Printer does not work|Password reset|Invoice question|VPN is slow|New laptop|Access to share|Refund please|Drucker defekt|Colis perdu"),
    "headline": lambda v, row, p: v.from_generator("headline"), "description": lambda v, row, p: v.from_generator("description"), "bio": lambda v, row, p: fill(v, "{name} lives in {city} and likes to travel; contact: {email}", p),
    "wiki_title": lambda v, row, p: v.pick("Main_Page|History_of_Rome|Albert_Einstein|Berlin|Chemistry|List_of_rivers|Paris|Marie_Curie|Football|Python_(programming_language)|World_War_II|Napoleon|Tokyo|Photosynthesis"),
    "product": lambda v, row, p: v.from_generator("product") or v.pick(PRODUCTS), "sku": lambda v, row, p: [f"SKU-{v.digits(6)}", f"{v.r.choice('ABCX')}{v.r.choice('KLMZ')}-{v.digits(4)}-{v.r.choice('SML')}", v.digits(8), f"ART{v.digits(5)}"][v.once("sku", 4)],
    "code": lambda v, row, p: [f"C{row + 1:05}", f"K-{v.digits(5)}", f"{v.r.choice('ABCDEF')}{v.digits(4)}", v.digits(6)][v.once(f"code{v.column}", 4)],
    "digits4": lambda v, row, p: v.digits(4), "digits9": lambda v, row, p: v.digits(9), "last4": lambda v, row, p: v.digits(4, "0123456789"),
    "orderno": order_number, "tracking": tracking, "ean": lambda v, row, p: ean("40" + v.digits(10)), "upc": lambda v, row, p: ean("0" + v.digits(11)),
    "isbn": lambda v, row, p: ean("978" + v.digits(9)) if v.once("isbn", 2) else v.f.isbn10(), "issn": lambda v, row, p: f"{v.digits(4)}-{v.digits(4)}", "isrc": lambda v, row, p: f"US{v.digits(2)}{v.r.choice('ABC')}{v.r.choice('XYZ')}{v.digits(6)}",
    "vat": lambda v, row, p: {"de": "DE", "fr": "FR", "es": "ESB", "it": "IT", "pl": "PL", "nl": "NL", "sv": "SE", "gb": "GB"}.get(v.locale, "") + v.digits({"it": 11, "fr": 11, "es": 8, "pl": 10}.get(v.locale, 9)), "siret": lambda v, row, p: v.digits(14), "siren": lambda v, row, p: v.digits(9),
    "version": lambda v, row, p: f"{v.r.randrange(1, 12)}.{v.r.randrange(30)}.{v.r.randrange(20)}", "version4": lambda v, row, p: f"{v.r.randrange(1, 12)}.{v.r.randrange(10)}.{v.r.randrange(255)}.{v.r.randrange(30)}",
    "timezone": lambda v, row, p: v.f.timezone(), "mime": lambda v, row, p: v.f.mime_type(), "filename": lambda v, row, p: v.f.file_name(), "path": lambda v, row, p: v.f.file_path(depth=2), "url": lambda v, row, p: v.f.url() + v.r.choice(["", "index.html", "p/" + v.digits(4)]),
    "slug": lambda v, row, p: v.f.slug(), "lang_code": lambda v, row, p: v.pick("en|de|fr|es|it|pt|nl|pl|sv|ja"), "locale_code": lambda v, row, p: v.pick("en_US|de_DE|fr_FR|es_ES|it_IT|pt_BR|nl_NL|pl_PL|sv_SE|ja_JP"), "language": lambda v, row, p: v.pick("English|German|French|Spanish|Italian|Dutch|Polish|Swedish|Japanese"),
    "accept_language": lambda v, row, p: v.pick("en-US,en;q=0.9|de-DE,de;q=0.8|fr"), "country_code": lambda v, row, p: v.f.country_code(), "country3": lambda v, row, p: v.f.country_code("alpha-3"),
    "degree": lambda v, row, p: f"{v.r.uniform(-80, 80):.{6 if v.once('deg', 2) else 4}f}", "gender": lambda v, row, p: v.pick({"de": "männlich|weiblich", "fr": "homme|femme", "es": "hombre|mujer", "ja": "男|女"}.get(v.locale, "male|female")), "gender_code": lambda v, row, p: v.pick("M|F"), "gender_int": lambda v, row, p: v.pick("1|2"),
    "marital": lambda v, row, p: v.pick("single|married|divorced|widowed"), "honorific": lambda v, row, p: v.pick("Mr.|Mrs.|Ms.|Dr."), "initials": lambda v, row, p: "".join(v.r.choice(string.ascii_uppercase) + "." for _ in range(2)),
    "national": lambda v, row, p: v.national(), "ssn_any": lambda v, row, p: f"{v.r.randrange(100, 665)}-{v.r.randrange(10, 99)}-{v.r.randrange(1000, 9999)}", "passport": lambda v, row, p: v.r.choice("CFGHJK") + v.digits(8) if v.once("passport", 2) else v.digits(9), "licence": lambda v, row, p: v.r.choice("DSTP") + v.digits(7) if v.once("licence", 2) else v.digits(9),
    "plate": lambda v, row, p: v.f.license_plate() if v.locale != "ja" else v.r.choice("BHM") + "-" + "AB " + v.digits(3), "vin": lambda v, row, p: v.f.vin(), "mrn": lambda v, row, p: ["MRN" + v.digits(7), v.digits(8), "P" + v.digits(6)][v.once("mrn", 3)], "icd": lambda v, row, p: v.r.choice("EIJKMNFGRZ") + v.digits(2) + "." + v.r.choice("0123456789"), "blood": lambda v, row, p: v.pick("A+|A-|B+|O+|O-|AB+"),
    "iban": lambda v, row, p: v.f.iban(), "iban_compact": lambda v, row, p: v.f.iban(), "card": card, "card_expiry": lambda v, row, p: v.f.credit_card_expire(), "auth_code": lambda v, row, p: v.digits(6), "street2": lambda v, row, p: v.pick("Apt. 4|2nd floor|c/o Meyer|Hinterhaus|Suite 210||||"),
    "postal_city": lambda v, row, p: f"{v.f.postcode()} {v.from_generator('city')}", "phone_digits": phone_digits, "name_last_first": lambda v, row, p: f"{p['last']}, {p['first']}", "name_email": lambda v, row, p: f"{p['name']} <{p['email']}>", "ssr_name": lambda v, row, p: f"{plain_ascii(p['last']) or 'SATO'}/{plain_ascii(p['first']) or 'KEN'} {v.r.choice(['MR', 'MRS', 'MS'])}".upper(),
    "upper_last": lambda v, row, p: p["last"].upper(), "upper_login": lambda v, row, p: (plain_ascii(p["first"])[:1] + plain_ascii(p["last"])).upper() or None, "role_email": lambda v, row, p: v.pick("info|sales|office|kontakt|support") + "@" + v.f.domain_name(),
    "prose_plain": lambda v, row, p: v.r.choice(PLAIN.get(v.locale) or PLAIN["en"]), "prose_pii": prose_pii, "prose_clinical": lambda v, row, p: fill(v, v.r.choice(CLINICAL), p),
    "json_pii": lambda v, row, p: '{"user":{"email":"%s","name":"%s"},"n":%d}' % (p["email"], p["name"], v.r.randrange(9)), "log_pii": lambda v, row, p: v.r.choice([f"login ok user={p['username']} mail={p['email']} from {v.f.ipv4_public()}", f"worker {v.r.randrange(9)} done in {v.r.randrange(999)} ms", f"password reset sent to {p['email']}"]),
    "eav": lambda v, row, p: v.r.choice([p["first"], p["last"], p["email"], v.from_generator("phone"), v.from_generator("city"), "en_US", "true", v.from_generator("street").replace("\n", ", ")]), "vcard": lambda v, row, p: f"BEGIN:VCARD\nVERSION:3.0\nN:{p['last']};{p['first']};;;\nFN:{p['name']}\nEMAIL;TYPE=INTERNET:{p['email']}\nEND:VCARD", "contact_json": lambda v, row, p: '{"email": "%s", "phone": "%s"}' % (p["email"], v.from_generator("phone")),
    "mail_headers": lambda v, row, p: f"From: {p['name']} <{p['email']}>\nTo: support@example.org\nSubject: {v.from_generator('headline')}\nX-Mailer: rt", "geo_json": lambda v, row, p: '{"city":"%s"}' % v.from_generator("city"), "json_secret": lambda v, row, p: '{"value":"%s","salt":"%s"}' % (hexadecimal(40)(v, row, p), hexadecimal(8)(v, row, p)),
    "php_settings": lambda v, row, p: 'a:3:{s:8:"timezone";s:4:"auto";s:15:"message_show_email";b:%d;s:9:"list_cols";i:%d;}' % (v.r.randrange(2), v.r.randrange(9)), "setting_value": lambda v, row, p: v.pick("1|0|https://shop.example.org|My Shop|twentytwenty|open|F j, Y|administrator|a:0:{}|10|UTC"), "dns_content": lambda v, row, p: v.f.ipv4_public() if v.r.random() < 0.5 else v.f.hostname(),
    "site_name": lambda v, row, p: v.pick("WordPress News|Planet Debian|Hacker News|Slashdot|The Verge|Le Monde|Der Spiegel|El País|Ars Technica"), "tag_words": lambda v, row, p: ",".join(v.f.words(3)), "model_number": lambda v, row, p: f"{v.r.choice('ABX')}{v.r.choice('KLR')}-{v.digits(3)}{v.r.choice('ABC')}", "bin_location": lambda v, row, p: f"{v.r.choice('ABCD')}-{v.digits(2)}-{v.digits(2)}", "hours": lambda v, row, p: v.pick("Mo-Fr 9-18|09:00-17:30|Mon-Sat 10am-8pm|24/7"),
    "coupon": lambda v, row, p: v.pick("SUMMER24|WELCOME10|FREESHIP|VIP50|XMAS2025|ANNA10|SAVE5"), "campaign": lambda v, row, p: v.pick("Spring Sale 2025|Black Friday|Welcome Series|Winback Q3|Ostern 2026|Soldes d'été"), "reference_range": lambda v, row, p: f"{v.r.randrange(1, 50)}-{v.r.randrange(51, 150)}", "hex_colour": lambda v, row, p: v.f.hex_color(), "ndc": lambda v, row, p: f"{v.digits(5)}-{v.digits(3)}-{v.digits(2)}", "ticker": lambda v, row, p: "".join(v.r.choice(string.ascii_uppercase) for _ in range(v.r.choice([3, 4]))),
    "http_status": lambda v, row, p: v.pick("200|301|404|500|204|403"), "resolution": lambda v, row, p: v.pick("1920x1080|1366x768|390x844|2560x1440"), "serial": lambda v, row, p: "SN" + hexadecimal(10)(v, row, p).upper(), "package": lambda v, row, p: v.pick("curl|libssl3|python3-django|nginx|postgresql-15|ruby|perl|anna|maria-db|jack|simon-tatham-puzzles|julia"), "branch": lambda v, row, p: v.pick("main|develop|feature/login|fix/anna-report|release-2.1|hotfix/42"),
    "iata": lambda v, row, p: "".join(v.r.choice(string.ascii_uppercase) for _ in range(3)), "iata2": lambda v, row, p: v.pick("UA|AA|B6|DL|LH|AF|BA|KL|LO|SK"), "flight_number": lambda v, row, p: str(v.r.randrange(1, 5000)), "tail_number": lambda v, row, p: f"N{v.digits(3)}{v.r.choice('ABC')}{v.r.choice('AUW')}", "airport": lambda v, row, p: v.pick("Charles de Gaulle|John F. Kennedy Intl|Heathrow|Schiphol|Leonardo da Vinci|Chopin|Arlanda|Adolfo Suarez|Narita|O'Hare|John Wayne|Bob Hope|Will Rogers World|Louis Armstrong|LaGuardia|Livingston Municipal|Ronald Reagan"), "pnr": lambda v, row, p: "".join(v.r.choice(string.ascii_uppercase + string.digits) for _ in range(6)), "ticket_no": lambda v, row, p: "000543" + v.digits(7), "seat": lambda v, row, p: f"{v.r.randrange(1, 40)}{v.r.choice('ABCDEF')}",
    "song_title": lambda v, row, p: v.from_generator("song") or "Angie", "course_code": lambda v, row, p: f"{v.r.choice(['MATH', 'BIO', 'CS', 'HIST'])}{v.digits(3)}", "head_of_state": lambda v, row, p: v.f.name(),
}
