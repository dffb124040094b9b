#!/usr/bin/env python3
"""The fifth labelled set: applications and exports that no other set has (tables.txt beside this file), made as the fourth one
(bench/fourth/make.py), with the words that such tables hold besides.

    bench/fifth/make.py           writes target/fifth/columns.jsonl
"""

import importlib.util
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("fourth", os.path.join(HERE, "..", "fourth", "make.py"))
fourth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fourth)

PERSONAL = {
    "mail_from": "user.content", "phone_e164": "user.contact.phone_number", "token15": "user.authorization.credentials", "linkedin": "user.contact.url",
    "svnr": "user.government_id.national_identification_number", "marital_de": "user.demographic.marital_status", "vaccine": "user.health_and_medical",
    "amazon_mail": "user.contact.email", "name_lf_upper": "user.name", "card_token": None, "md_day": "user.demographic.date_of_birth", "lang_region": "user.demographic.language",
}
WORDS = {
    "chat_line": "Hi there, how can I help you today?|Thanks, that solved it!|Could you send me a screenshot?|We will look into it and come back to you.|ok|The export is ready now|Our office hours are 9 to 5.|Is there a discount for schools?",
    "chat_sender": "Contact|User|AgentBot", "member_status": "free|paid|comped|Member|Admin|Owner", "os_code": "WIN|MAC|LIN|AND|IOS", "lang_region": "en-us|de-de|fr-fr|pt-br|ja", "ban_reason": "Spam|Advertising||Multiple accounts|Abuse of the forum rules", "mail_ok": "OK|bounced|opted out", "yn": "Y|N|N|N", "likert": "A1|A2|A3|A4|A5", "survey_text": "More vegetarian food please|The room was too cold|Nothing||Great speakers, poor coffee|Longer breaks",
    "invoice_prefix": "INV-2026-00", "accept_language": "en-US,en;q=0.9|de-DE,de;q=0.8,en;q=0.5|fr-FR,fr;q=0.9", "isp": "Deutsche Telekom AG|Comcast Cable|Orange S.A.|Vodafone GmbH|BT|Telefonica de Espana", "campaign": "Spring Sale|Newsletter May|Welcome series 1|Webinar invitation|Cart reminder|Winter Appeal|General Fund", "chat_status": "online|away|offline|busy", "roles": "user|admin|user,moderator|bot", "theme": "taiga|dark|high-contrast", "terms": "Net 30|Net 14|Due on receipt|2/10 net 30", "software": "Photoshop CC|Office 365 E3|JetBrains All Products|Acrobat Pro|AutoCAD LT|Windows Server 2022",
    "phone_type": "Mobile|Office|Home|Fax", "account_type": "Customer|Investor|Partner|Reseller|Prospect", "pay_status": "paid|pending|refunded|Completed|succeeded|Failed", "risk": "Low|Medium|High", "option": "Size|Color|Title|Material", "order_text": "Order #1042|Subscription update|Charge for invoice 2211|Donation|Payment for Order #88|Factuur 2026-114", "shop_upper": "ACME STORE|WWW.SHOP.COM|BLUE LANTERN|STRIPE PAYOUT", "lifecycle": "lead|subscriber|marketingqualifiedlead|customer|opportunity", "traffic": "Organic Search|Direct Traffic|Paid Social|Email Marketing|Offline Sources", "gc_label": "* myContacts|* friends|Family ::: * myContacts|Work", "home_work": "* Home|Work|* Other",
    "letter_sh": "S|H", "marital_de": "ledig|verheiratet|geschieden|verwitwet", "booking_type_de": "GUTSCHR. UEBERWEISUNG|FOLGELASTSCHRIFT|KARTENZAHLUNG|DAUERAUFTRAG|ENTGELTABSCHLUSS|BARGELDAUSZAHLUNG", "booked_de": "Umsatz gebucht|Umsatz vorgemerkt", "opis_pl": "Przelew zewnętrzny|Płatność kartą|Wypłata z bankomatu|Opłata za prowadzenie konta|Przelew na telefon", "booking_pl": "Czynsz marzec|Faktura 12/2026|Zwrot|Składka członkowska|Prąd i gaz", "paypal_type": "Express Checkout Payment|General Withdrawal|Payment Refund|Mass Pay Payment|Subscription Payment", "service_level": "Standard|Expedited|SecondDay|NextDay", "condition": "New|Used|Open box|For parts or not working|Seller refurbished", "ticket_type": "General Admission|Early Bird|VIP|Student|Speaker", "diet": "|Vegan|Vegetarian|Gluten free|No nuts", "venue": "Town Hall|Royal Albert Hall|The Old Truman Brewery|Moscone Center|Kulturhaus Mitte|Online event", "meeting_title": "30 Min Meeting|Discovery call|Product demo|Consultation|Quick chat", "meet_url": "https://meet.google.com/abc-defg-hij|https://zoom.us/j/94411223344|integrations:daily|integrations:zoom",
    "browser": "firefox|chrome|Firefox Extension|Android|iOS", "error_text": "TypeError: Cannot read properties of undefined (reading 'id')|ConnectionError: timed out|KeyError: 'price'|IntegrityError: duplicate key value violates unique constraint|ValueError: invalid literal for int() with base 10: ''|OSError: [Errno 28] No space left on device", "platform": "python|javascript|java|ruby|php", "qualification": "MD|DO|RN|PhD|NP", "vaccine": "Comirnaty|Spikevax|MMR II|Havrix|Boostrix|Shingrix|Fluarix Tetra", "body_site": "Left deltoid|Right deltoid|Left thigh", "loinc": "718-7|2345-7|4548-4|2160-0|6690-2|2951-2", "lab_test": "Hemoglobin|Glucose|HbA1c|Creatinine|Leukocytes|Sodium|Potassium|Alanine aminotransferase", "specimen": "Serum|Whole blood|Plasma|Urine", "lab_unit": "g/dL|mmol/L|%|mg/dL|10*3/uL", "flag_hl": "H|L|N|", "cdt": "D0120|D1110|D2740|D0274|D7140|D4910", "dental": "periodic oral evaluation|prophylaxis - adult|crown - porcelain/ceramic|bitewings - four images|extraction, erupted tooth|periodontal maintenance", "dental_group": "Diagnostic|Preventive|Restorative|Oral surgery", "subject_en": "Maths|English|Biology|History|Art|PE|Geography",
    "board_game": "Catan|Carcassonne|Ticket to Ride|Pandemic|Dominion|Agricola|Azul|Wingspan|Puerto Rico|El Grande|Tikal|Samurai|Lancaster|Orléans|Brass: Birmingham|Glen More", "football_pos": "Goalkeeper|Centre-Back|Left Winger|Right-Back|Attacking Midfield|Centre-Forward", "hotel": "Hotel Adlon|Grand Hotel Europa|The Ritz|Albergo Roma|Hotel Sacher|Park Inn|Pensión Carmen|Hostal Madrid|Villa Maria|St. James Hotel|Hotel Martinez|Ibis Styles", "bike": "Cube Kathmandu Hybrid|Canyon Endurace 7|Riese & Müller Charger4|Kalkhoff Image 5|Trek Domane AL 2", "flat_de": "EG links|1. OG rechts|2. OG|DG|3. OG Mitte", "kita_group": "Bärengruppe|Mäuse|Igel|Schmetterlinge|Frösche", "ingredients_de": "Mehl, Eier, Milch|Kartoffeln, Zwiebeln, Speck|Nudeln, Sahne, Schinken|Äpfel, Zimt, Zucker", "difficulty_de": "leicht|mittel|schwer", "gym_it": "Mensile|Trimestrale|Annuale open|10 ingressi", "pay_nl": "iDEAL|Bancontact|Creditcard|SEPA-overboeking", "office_pl": "Urząd Skarbowy Kraków-Krowodrza|Pierwszy US Poznań|US Warszawa-Mokotów|Drugi Urząd Skarbowy w Opolu", "month_sv": "januari 2026|februari 2026|mars 2026|april 2026", "note_ja": "禁煙ルーム希望|遅めの到着|アレルギーあり||早割プラン|駐車場利用",
}


class Fifth(fourth.Fourth):
    def of(self, kind, p, row):
        r, f = self.r, self.faker
        text = lambda count, of=fourth.MIXED: "".join(r.choice(of) for _ in range(count))
        hexes = lambda count: text(count, "0123456789abcdef")
        if kind in WORDS:
            return r.choice(WORDS[kind].split("|")) or None
        bare = "".join(c for c in p["phone"] if c.isdigit())
        one = {
            "mail_from": lambda: f"{self.name(p)} <{self.mail(p)}>", "message_id": lambda: f"<{hexes(16)}@mail.example.com>", "json_city": lambda: json.dumps({"city": p["city"], "country_code": p.get("cc")}), "json_geo": lambda: json.dumps({"country": p["country"], "country_code": p.get("cc")}),
            "phone_e164": lambda: "+" + p.get("code", "81") + bare.lstrip("0"), "hex24": lambda: hexes(24), "hex10": lambda: hexes(10), "hex40": lambda: hexes(40), "token15": lambda: text(15), "token9": lambda: text(9), "token30": lambda: text(30), "linkedin": lambda: "https://www.linkedin.com/in/" + fourth.third.plain(p["first"]).lower() + "-" + fourth.third.plain(p["last"]).lower() + "-" + hexes(6),
            "card_token": lambda: r.choice(["card_1", "ba_1"]) + text(22), "svnr": lambda: self.digits(2) + f"{r.randint(1, 28):02}{r.randint(1, 12):02}{r.randint(45, 99)}" + p["last"][0].upper() + self.digits(3, 0), "purpose_de": lambda: r.choice(["Miete", "Rechnung " + self.digits(6), "Danke " + p["first"], "Kundennr. " + self.digits(7), "Gehalt 03/2026", "PP.1234.PP . Einkauf"]), "creditor_id": lambda: "DE" + self.digits(2) + "ZZZ0000" + self.digits(7), "mandate": lambda: r.choice(["M-", "MANDAT", ""]) + self.digits(8), "libelle_fr": lambda: r.choice(["PRLV SEPA EDF", "CB CARREFOUR " + self.digits(4), "VIR " + self.name(p).upper(), "RETRAIT DAB", "VIR SALAIRE"]), "concepto_es": lambda: r.choice(["RECIBO LUZ ENDESA", "TRANSF. DE " + self.name(p).upper(), "COMPRA MERCADONA", "BIZUM A FAVOR DE " + p["first"].upper(), "NOMINA"]), "tekiyo_ja": lambda: r.choice(["デンキダイ", "フリコミ", "カード", "キユウヨ", "ATM"]),
            "amazon_order": lambda: f"{self.digits(3)}-{self.digits(7)}-{self.digits(7)}", "amazon_mail": lambda: text(14, "abcdefghijklmnopqrstuvwxyz0123456789") + "@marketplace.amazon.com", "md_day": lambda: f"{r.randint(1, 12):02}/{r.randint(1, 28):02}", "slack_id": lambda: "U" + text(10, fourth.string.ascii_uppercase + fourth.string.digits), "lot": lambda: text(2, fourth.string.ascii_uppercase) + self.digits(4), "policy": lambda: r.choice(["PA", "HO", "AU"]) + "-" + self.digits(7), "licence_key": lambda: "-".join(text(5, fourth.string.ascii_uppercase + fourth.string.digits) for _ in range(5)), "mollie_id": lambda: "tr_" + text(10), "cif": lambda: r.choice("ABG") + self.digits(8), "name_lf_upper": lambda: (p["last"] + ", " + p["first"]).upper(),
        }.get(kind)
        return one() or None if one else super().of(kind, p, row)


if __name__ == "__main__":
    fourth.third.CATEGORY.update({kind: category for kind, category in PERSONAL.items() if category})
    fourth.main("fifth", HERE, Fifth)
