//! The words around a candidate: what kind of value they announce, or that they speak against one.
//! The nearest word decides; a key before `=` or `:` and a CSV header are words like others.

mod lookup;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use dataward_model::Category;
use dataward_model::Family;

use crate::recognise::registry::RECOGNISERS;
use lookup::Lookup;

/// What a word announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A bank account.
    Account,
    /// A date of birth.
    Birth,
    /// A payment card.
    Card,
    /// A position on earth.
    Coordinates,
    /// A device's serial number or address.
    Device,
    /// A health insurance number.
    Insurance,
    /// An IP address.
    Ip,
    /// A driving licence.
    Licence,
    /// A patient's record.
    MedicalRecord,
    /// Nothing personal: order, invoice, article, version, amount.
    Nothing,
    /// A national id, tax or social security number.
    NationalId,
    /// A passport.
    Passport,
    /// A phone number.
    Phone,
    /// A number plate.
    Plate,
    /// A password or its hash.
    Secret,
    /// A vehicle.
    Vehicle,
    /// A version; speaks against IP addresses.
    Version,
}

impl Kind {
    /// The family of what it announces.
    pub(crate) fn family(self) -> Option<Family> {
        Some(match self {
            Self::Account | Self::Card => Family::Financial,
            Self::Birth => Family::Demographic,
            Self::Coordinates => Family::Location,
            Self::Device | Self::Ip => Family::Device,
            Self::Insurance | Self::MedicalRecord => Family::Health,
            Self::Licence | Self::NationalId | Self::Passport | Self::Plate | Self::Vehicle => Family::GovernmentId,
            Self::Phone => Family::Phone,
            Self::Secret => Family::Secret,
            Self::Nothing | Self::Version => return None,
        })
    }

    /// The category of what it announces.
    pub(crate) fn category(self) -> Option<Category> {
        Some(match self {
            Self::Account => Category::BANK_ACCOUNT,
            Self::Birth => Category::DATE_OF_BIRTH,
            Self::Card => Category::CREDIT_CARD,
            Self::Coordinates => Category::PRECISE_LOCATION,
            Self::Device => Category::DEVICE_ID,
            Self::Insurance => Category::INSURANCE_ID,
            Self::Ip => Category::IP_ADDRESS,
            Self::Licence => Category::DRIVERS_LICENSE,
            Self::MedicalRecord => Category::MEDICAL_RECORD_ID,
            Self::NationalId => Category::NATIONAL_ID,
            Self::Passport => Category::PASSPORT_NUMBER,
            Self::Phone => Category::PHONE_NUMBER,
            Self::Plate | Self::Vehicle => Category::VEHICLE_REGISTRATION,
            Self::Secret => Category::PASSWORD,
            Self::Nothing | Self::Version => return None,
        })
    }
}

/// The word that decides for a candidate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// What it announces.
    pub(crate) kind: Kind,
    /// How many bytes lie between it and the candidate.
    pub(crate) distance: usize,
}

/// How many bytes before a candidate are searched: about five words.
pub(crate) const BEFORE: usize = 56;
/// How many bytes after it.
pub(crate) const AFTER: usize = 28;

/// How far from a candidate words are looked for: to look is what costs most over logs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// How many bytes before it a word may begin.
    before: usize,
    /// How many bytes after it.
    after: usize,
}

impl Reach {
    /// As far as words count at all.
    pub(crate) const WIDE: Self = Self { before: BEFORE, after: AFTER };

    /// Words whose distance is at most `distance`; nearly all are no longer than 16 bytes.
    pub(crate) const fn within(distance: usize) -> Self {
        Self { before: distance + 16, after: (distance + 1).saturating_sub(BEHIND) }
    }
}

/// What a word behind a candidate counts as further away than one before it.
const BEHIND: usize = 12;

/// Looks for words while a pass walks on: each stretch is searched once, when a candidate in it first
/// asks, however many do.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    /// From where on all words are known, but for gaps that lie further back.
    covered: usize,
    /// Up to where words that begin before it are known.
    scanned: usize,
    /// Where the last of them ended.
    free: usize,
    hits: Vec<Hit>,
    /// The first hit that begins at or behind the candidate that asked last.
    cursor: usize,
}

/// A word and what it announces.
#[derive(Clone, Copy, Debug)]
struct Hit {
    start: usize,
    end: usize,
    kind: Kind,
}

/// Most hits that are kept: those of the last lines are enough.
const MOST_HITS: usize = 1024;

impl Scanner {
    /// The deciding word near `start..end`: the nearest before it, else one after it in its sentence.
    /// Starts must not go back by more than a line.
    pub(crate) fn around(&mut self, text: &str, start: usize, end: usize, reach: Reach) -> Option<Word> {
        self.before(text, start, reach).or_else(|| self.beside(text, end, reach))
    }

    /// The first word that stands right behind `end`.
    pub(crate) fn beside(&mut self, text: &str, end: usize, reach: Reach) -> Option<Word> {
        let joined = reach.after > 0 && matches!(text.as_bytes().get(end), Some(b' ' | b'(' | b'-'));
        if joined { self.after(text.as_bytes(), end, reach) } else { None }
    }

    /// Makes the hits that begin in `places` known, and the cursor stand at `place`.
    fn read(&mut self, bytes: &[u8], places: Range<usize>, place: usize) {
        if places.start < self.covered {
            // Somebody looked less far back before: from here on all is read again.
            self.hits.truncate(self.hits.partition_point(|hit| hit.start < places.start));
            self.free = self.hits.last().map_or(0, |hit| hit.end);
            self.covered = places.start;
            self.scanned = places.start;
        }
        if self.scanned < places.end {
            if self.hits.len() > MOST_HITS {
                self.hits.drain(..MOST_HITS / 2);
                self.cursor = 0;
            }
            if self.scanned < places.start {
                // Nobody asked about what lies between.
                self.covered = places.start;
                self.scanned = places.start;
            }
            let words = &*WORDS;
            self.free = words.lookup.find(bytes, self.scanned..places.end, bytes.len(), self.free, |found| {
                let pattern = words.patterns[found.word];
                if is_whole(bytes, found.end, pattern.whole) {
                    self.hits.push(Hit { start: found.start, end: found.end, kind: pattern.kind });
                }
            });
            self.scanned = places.end;
        }
        self.cursor = self.cursor.min(self.hits.len());
        while self.cursor > 0 && self.hits[self.cursor - 1].start >= place {
            self.cursor -= 1;
        }
        while self.hits.get(self.cursor).is_some_and(|hit| hit.start < place) {
            self.cursor += 1;
        }
    }

    /// The nearest word before `start`.
    pub(crate) fn before(&mut self, text: &str, start: usize, reach: Reach) -> Option<Word> {
        let bytes = text.as_bytes();
        right_before(bytes, start).or_else(|| self.nearest_before(bytes, start, reach))
    }

    /// The same, without the short way.
    fn nearest_before(&mut self, bytes: &[u8], start: usize, reach: Reach) -> Option<Word> {
        let from = start.saturating_sub(reach.before);
        self.read(bytes, from..start, start);
        let near = self.hits[..self.cursor].iter().rev().take_while(|hit| hit.start >= from);
        nearest(bytes, start, near.filter(|hit| hit.end <= start))
    }

    /// The first word after `end`, in its sentence and before the next key.
    fn after(&mut self, bytes: &[u8], end: usize, reach: Reach) -> Option<Word> {
        let until = (end + AFTER).min(bytes.len());
        self.read(bytes, end..(end + reach.after).min(until), end);
        let word = *self.hits[self.cursor..].iter().find(|hit| hit.kind != Kind::Nothing && hit.end <= until)?;
        (word.end <= end + sentence(&bytes[end..until]))
            .then_some(Word { kind: word.kind, distance: word.start - end + BEHIND })
    }
}

/// The word that stands right before `start` (`port 50022`, `"ts":1700000000`), where it can be no part of a longer
/// entry: nothing can be nearer, so nothing else needs to be looked for.
fn right_before(bytes: &[u8], start: usize) -> Option<Word> {
    /// Marks between a word and its number.
    const MARKS: usize = 3;
    /// Longest word that is looked at; none that matters here is longer.
    const LONGEST: usize = 16;
    let marks = bytes[..start].iter().rev().take(MARKS).take_while(|byte| b" :=\"#'[".contains(byte)).count();
    let end = start - marks;
    let letters = bytes[..end].iter().rev().take(LONGEST + 1).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let first = end - letters;
    let apart = first == 0 || bytes[first - 1] < 0x80;
    if marks == 0 || !(2..=LONGEST).contains(&letters) || !apart {
        return None;
    }
    let words = &*WORDS;
    let pattern = words.patterns[words.lookup.word_at(bytes, first, end)?];
    pattern.alone.then_some(Word { kind: pattern.kind, distance: marks })
}

/// How much of `window` belongs to what stands before it: up to the end of the sentence or the next key.
fn sentence(window: &[u8]) -> usize {
    for (at, byte) in window.iter().enumerate() {
        match byte {
            b'\n' | b';' | b',' => return at,
            b'.' if window.get(at + 1) == Some(&b' ') => return at,
            // A pair of a key and its value that begins here belongs to the next value.
            b'=' | b':' => {
                let key = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte >= 0x80 || **byte == b'_';
                return at - window[..at].iter().rev().take_while(key).count();
            }
            _ => {}
        }
    }
    window.len()
}

/// The word that decides for what begins at `start`, of those before it, the nearest first.
fn nearest<'h>(bytes: &[u8], start: usize, hits: impl Iterator<Item = &'h Hit>) -> Option<Word> {
    for hit in hits {
        let distance = start - hit.end;
        // What speaks against a number does so within its sentence and close by.
        let veto = matches!(hit.kind, Kind::Nothing | Kind::Version);
        if veto && (distance > VETO || ends_sentence(&bytes[hit.end..start])) {
            continue;
        }
        let apart = last_blank_line(&bytes[hit.end..start]).is_some();
        return (!apart).then_some(Word { kind: hit.kind, distance });
    }
    None
}

/// How far a word that speaks against a number reaches, in bytes.
pub(crate) const VETO: usize = 26;

/// Whether a full stop, question or exclamation mark and a blank stand in `between`, not counting
/// abbreviations such as `no. `.
pub(crate) fn ends_sentence(between: &[u8]) -> bool {
    between.windows(2).enumerate().any(|(at, pair)| matches!(pair, b". " | b"! " | b"? " | b".\n" | b";\n") && at > 3)
        || between.windows(3).any(|three| three == "。".as_bytes())
}

/// Where the last empty line begins.
fn last_blank_line(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'\n', bytes).find(|&at| at > 0 && bytes[at - 1] == b'\n').map(|at| at - 1)
}

/// What a header or key announces, read as a whole.
pub(crate) fn of_key(key: &str) -> Option<Kind> {
    Scanner::default().before(key, key.len(), Reach::WIDE).map(|word| word.kind)
}

/// Whether a hit that began as a word ends as one. Long words may go on (Telefon-nummer).
fn is_whole(bytes: &[u8], end: usize, whole: bool) -> bool {
    !whole || bytes.get(end).is_none_or(|&after| !lookup::is_letter(after))
}

struct Words {
    lookup: Lookup,
    patterns: Vec<Pattern>,
}

/// What is known of an entry.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    /// What it announces.
    kind: Kind,
    /// Whether the word must end where the hit ends.
    whole: bool,
    /// Whether no other entry holds it behind its beginning, as `account number` does `number`.
    alone: bool,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: Vec<(&str, Kind)> = Vec::new();
    for (kind, list) in LISTS {
        words.extend(list.split('|').map(|word| (word.trim(), *kind)));
    }
    for recogniser in RECOGNISERS {
        let kind = match &recogniser.category {
            category if *category == Category::NATIONAL_ID => Kind::NationalId,
            category if *category == Category::PHONE_NUMBER => Kind::Phone,
            category if *category == Category::INSURANCE_ID => Kind::Insurance,
            _ => continue,
        };
        words.extend(recogniser.context.iter().map(|&word| (word, kind)));
    }
    words.sort_by_key(|(word, _)| *word);
    words.dedup_by_key(|(word, _)| *word);
    let lookup = Lookup::new(words.iter().map(|(word, _)| *word));
    let held = held_in_others(&words);
    let patterns = words
        .iter()
        .map(|(word, kind)| Pattern {
            kind: *kind,
            whole: word.len() < 6 && word.is_ascii(),
            alone: !held.contains(word),
        })
        .collect();
    Words { lookup, patterns }
});

/// The entries that stand in another one where a word begins, but not at its beginning.
fn held_in_others<'w>(words: &[(&'w str, Kind)]) -> HashSet<&'w str> {
    let entries: HashSet<&str> = words.iter().map(|(word, _)| *word).collect();
    let mut held = HashSet::new();
    for (longer, _) in words {
        let letter_before = |at: usize| at == 0 || lookup::is_letter(longer.as_bytes()[at - 1]);
        for (start, _) in longer.char_indices().filter(|(at, _)| !letter_before(*at)) {
            let ends = longer[start..].char_indices().map(|(at, c)| start + at + c.len_utf8());
            held.extend(ends.filter_map(|end| entries.get(&longer[start..end])));
        }
    }
    held
}

/// Words by what they announce, in the ten languages of the goal. Words of six letters and more may
/// be the beginning of longer ones.
const LISTS: &[(Kind, &str)] = &[
    (
        Kind::Account,
        "iban|blz|bankleitzahl|account number|account no|acct|bank account|bank_account|konto|kontonummer|konto-nr|kto|bankverbindung|compte bancaire|numéro de compte|rib|cuenta|cuenta bancaria|ccc|conto corrente|coordinate bancarie|c/c|conta bancária|conta corrente|nib|rekeningnummer|rekening|bankrekening|rachunek|rachunku|numer konta|kontonr|bankkonto|bankgiro|口座番号|口座|bic|swift|sort code|routing number|routing",
    ),
    (
        Kind::Birth,
        "born|date of birth|birth date|birthdate|birthday|dob|d.o.b.|d.o.b|nasc.|dt. nasc|geb.|geboren|geb|geburtsdatum|geburtstag|geb.-datum|geb.datum|né le|née le|né(e) le|né en|date de naissance|naissance|ddn|anniversaire|nacido|nacida|nació|fecha de nacimiento|f. nac|fec. nac|f.n.|nacimiento|nato il|nata il|nato a|nata a|nato/a|nato|nata|data di nascita|nascita|nascido|nascida|nasceu|data de nascimento|nascimento|dn:|geboortedatum|geboren op|geb. datum|geboorte|urodz|urodzony|urodzona|urodzona|ur.|data urodzenia|urodzenia|ur. dnia|född|födelsedatum|född den|f. |födelsedag|födelse|生年月日|誕生日|生まれ|birth_date|birth|dateofbirth|date_of_birth",
    ),
    (
        Kind::Card,
        "card|card number|credit card|creditcard|debit card|visa|mastercard|amex|american express|maestro|discover|jcb|diners|kreditkarte|kreditkartennummer|kartennummer|karte|carte bancaire|carte de crédit|carte bleue|carte|numéro de carte|tarjeta|tarjeta de crédito|carta di credito|carta|cartão|cartão de crédito|cartao|creditcardnummer|kaartnummer|kaart|karta|karty|karta kredytowa|numer karty|kort|kortnummer|kreditkort|betalkort|カード番号|クレジットカード|カード|cc_number|ccnum|pan",
    ),
    (
        Kind::Coordinates,
        "lat|latitude|lon|lng|longitude|gps|coordinates|coordinate|koordinaten|coordonnées|coordenadas|coordinate gps|coördinaten|współrzędne|koordinater|position|座標|geo|緯度|経度|location",
    ),
    (Kind::Device, "imei|serial|device id|device_id|mac address|mac|bssid|udid|idfa|gaid|android id|geräte-id"),
    (
        Kind::Insurance,
        "insurance number|insurance id|insurance no|health insurance|krankenversicherungsnummer|versichertennummer|versicherten-nr|kvnr|health card|tarjeta sanitaria|nuhsa|tessera sanitaria|número de utente|zorgverzekering|polisnummer|保険証番号|被保険者番号|保険者番号|medicare|medicaid|member id|beneficiary",
    ),
    (
        Kind::Ip,
        "ip|ip address|ip-adresse|ip_address|adresse ip|dirección ip|indirizzo ip|endereço ip|ip-adres|adres ip|ip-adress|ipアドレス|client_ip|remote_addr|src_ip|source ip|x-forwarded-for|clientip",
    ),
    (
        Kind::Licence,
        "driver's lic|drivers lic|dln|dl:|dl#|dl no|lic#|fs-nr|führerscheinnr|driver's license|drivers license|driver license|driving licence|driving license|driver's licence|driver licence|licence number|license number|dl number|dl#|führerschein|führerscheinnummer|permis de conduire|permis|permiso de conducir|licencia de conducir|carnet de conducir|patente di guida|patente|carta de condução|carteira de motorista|cnh|rijbewijs|rijbewijsnummer|prawo jazdy|prawa jazdy|körkort|körkortsnummer|運転免許証|免許証番号|運転免許|driverlicense|driver_license",
    ),
    (
        Kind::MedicalRecord,
        "historii choroby|historia choroby|nr kartoteki|pat.-nr|patient-id|número de prontuario|cartella n|dossiernummer|mrn|medical record|patient id|patient no|patient number|patient_id|patienten-nr|patientennummer|patienten-id|fallnummer|numéro de patient|ipp|numéro de dossier|nhc|historia clínica|número de historia|cartella clinica|número do processo|prontuário|patiëntnummer|numer pacjenta|patientnummer|journalnummer|患者番号|患者id|カルテ番号|診察券番号|chart number|hospital number",
    ),
    (
        Kind::NationalId,
        "ssn|social security|social sec|national id|national identification|id number|id no|id card|identity card|identification number|identity number|personal id|personal number|tax id|tax identification|tin|taxpayer|personalausweis|ausweisnummer|ausweis-nr|steuernummer|steuer-id|steuer-nr|steueridentifikationsnummer|identifikationsnummer|sozialversicherungsnummer|numéro de sécurité sociale|sécurité sociale|numéro fiscal|carte d'identité|cni|dni|nie|nif|documento de identidad|cédula|número de identificación|seguridad social|n.º de la seguridad social|nuss|codice fiscale|c.f.|carta d'identità|documento d'identità|tessera|cpf|rg|contribuinte|cartão de cidadão|bilhete de identidade|segurança social|niss|bsn|burgerservicenummer|identiteitskaart|pesel|dowód osobisty|dowodu osobistego|nr dowodu|nip|personnummer|samordningsnummer|id-nummer|legitimation|マイナンバー|個人番号|身分証|national_id|tax_id|id_number|fiscal code|insurance number ni|national insurance|tfn|tax file number|s.i.n.|r.u.t.|a-nummer|titre de séjour|carte de séjour|aufenthaltstitel|permiso de residencia|permesso di soggiorno|autorização de residência|verblijfsvergunning|karta pobytu|uppehållstillstånd|residence permit|id-kaart|id-karte|id-kort|rvnr|sv-nr|sv-nummer|rentenversicherungsnummer|ahv-nummer|my social is|在留カード|passnummer-id|socialnumber|idcard|socialnum|nass|n.a.s.s|número de afiliación",
    ),
    (
        Kind::Nothing,
        "cve|dsa|package|paczka|paczki|paket|paketet|paquete|pacco|zending|sendung|lieferung|dostawa|leverans|order|order no|order number|order #|invoice|invoice no|receipt|sku|article|item|product|part no|part number|tracking|shipment|parcel|ticket|case no|case number|reference|ref|ref.|booking|transaction|batch|lot|serial no|isbn|ean|gtin|upc|asin|issue|build|pid|port|uptime|bytes|size|duration|timestamp|epoch|revision|commit|customer no|customer number|customer id|bestellung|bestellnummer|bestell-nr|auftrag|auftragsnummer|rechnung|rechnungsnummer|rechnungs-nr|artikel|artikelnummer|artikel-nr|sendungsnummer|kundennummer|kunden-nr|vorgang|vorgangsnummer|aktenzeichen|az.|hrb|ust-idnr|commande|numéro de commande|facture|référence|réf|colis|suivi|dossier n|siret|siren|tva|pedido|factura|albarán|referencia|artículo|cif|expediente|ordine|fattura|articolo|riferimento|partita iva|p.iva|p. iva|protocollo|encomenda|fatura|nota fiscal|cnpj|artigo|bestelling|bestelnummer|ordernummer|factuur|factuurnummer|artikelnr|klantnummer|kvk|btw|zamówienie|zamówienia|faktura|faktury|regon|krs|artykuł|przesyłk|sygn|ordernr|fakturanr|fakturanummer|artikelnr|kundnummer|beställning|beställnings|ärende|referens|orgnr|organisationsnummer|注文番号|注文|請求書|商品番号|品番|追跡番号|受付番号|問い合わせ番号|お問い合わせ番号|管理番号|vat|vat no|order_id|invoice_id|request_id|trace_id|session_id|session|ts|elapsed|trace|nonce|etag|checksum|thread|latency|price|total|amount|qty|quantity|usd|eur|§|art.|abs.|km|kg|einwohner|inhabitants|population",
    ),
    (
        Kind::Passport,
        "travel doc|rp-nr|pasnummer|travel document|titre de voyage|reisedokument|documento de viaje|documento di viaggio|documento de viagem|reisdocument|dokument podróży|resedokument|passport|passport no|passport number|reisepass|reisepassnummer|passnummer|pass-nr|passeport|pasaporte|passaporto|passaporte|paspoort|paspoortnummer|paszport|paszportu|passnr|pass nr|パスポート|パスポート番号|旅券番号|旅券",
    ),
    (
        Kind::Phone,
        "bel me|bel ons|bel mij|bel even|bel gerust|kantoor|rappelle|rappelez|appelle|contactez|my number|number's|hmu|schreib mir|ruf mich|meld dich|melde dich|escríbeme|mensaje al|wasap|guasap|llama al|scrivimi|mandami|messaggio al|fale comigo|me liga|me chama|zap|kom.|kom|napisz na|sms:a|port.|mob.|mob|telf.|telf|tfno.|tfno|ph.|tel nr|teléf.|折り返し|緊急連絡先|närstående|anhörig|next of kin|emergency contact|angehörige|osoba kontaktowa|contactpersoon|zap|il mio numero|mio numero|mon numéro|mi número|meu número|meu contacto|mijn nummer|mój numer|mitt nummer|meine nummer|når mig|ni når|når du|kontakt|proszę o kontakt|tlm|tlm.|tlf|t:|gsm|direct|durchwahl|desk|office|ligne directe|phone|phone number|telephone|tel|tel.|tel:|mobile|mobile number|cell|cellphone|call me|call|callback|text me|whatsapp|sms|fax|telefon|telefonnummer|tel.-nr|rufnummer|mobil|handy|handynummer|mobilnummer|erreichbar unter|anrufen|rückruf|téléphone|tél|tél.|portable|numéro de téléphone|joindre au|appeler|appelez|teléfono|móvil|movil|celular|llamar|llámame|telefono|cellulare|cell.|chiamare|chiamami|numero di telefono|recapito|telefone|telemóvel|telemovel|ligar|contacto telefónico|telefoon|telefoonnummer|mobiel|mobiele nummer|bellen|gsm|bereikbaar|telefonu|komórka|komórkowy|nr tel|zadzwonić|dzwonić|telefonnr|mobilnr|mobiltelefon|ring|ringa|nås på|電話|電話番号|携帯|携帯番号|連絡先|tel番号|phone_number|phonenumber|msisdn|contact number|reach me|contact no|dial|erreichen|erreichbar|joignable|contacter|contattare|contattarmi|chiamarmi|chiamami|chiamatemi|llamarme|llámenme|contactar|contactarme|ligar para|ligue|bel mij|bereiken|zadzwoń|dzwonić|kontaktowy|telefoniczny|nå mig|ring mig|お電話|ご連絡先|rufen|anruf|rappeler",
    ),
    (
        Kind::Plate,
        "license plate|licence plate|plate number|number plate|registration number|vrm|kennzeichen|kfz-kennzeichen|plaque d'immatriculation|immatriculation|plaque|matrícula|matricula|placa|targa|kenteken|tablica rejestracyjna|numer rejestracyjny|nr rej|rejestracyjn|registreringsnummer|regnr|reg.nr|registreringsskylt|ナンバープレート|車両番号|登録番号",
    ),
    (
        Kind::Secret,
        "password|password_hash|passwd|pwd|passwort|mot de passe|contraseña|senha|wachtwoord|hasło|lösenord|パスワード|hash",
    ),
    (
        Kind::Vehicle,
        "vin|fahrgestellnr|fahrgestellnummer|fin|chassis|bastidor|telaio|châssis|numer vin|chassinummer|車台番号|vehicle identification",
    ),
    (
        Kind::Version,
        "version|versie|versión|versione|versão|wersja|ver.|v.|release|firmware|build|upgrade|upgraded|update|バージョン|driver|kernel|section|chapter|abschnitt|kapitel|rfc|cidr|subnet|netmask",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_inside_of_one_candidate_is_there_for_the_next() {
        let text = "my NIR 1 85 07 2A 004";
        let mut scanner = Scanner::default();
        assert!(scanner.around(text, 3, 17, Reach::WIDE).is_none());
        assert_eq!(scanner.before(text, 7, Reach::WIDE).map(|word| word.kind), Some(Kind::NationalId));
    }

    proptest! {
        #[test]
        fn prop_the_short_way_finds_what_the_long_one_finds(
            text in "([A-Za-z.]{0,8}[ .:=_\n]{0,2})?(order|port|tel|id no|account number|number|card|née|Serial|session|ts|ts_order)[ .:=\"#'\n]{0,4}"
        ) {
            let bytes = text.as_bytes();
            if let Some(short) = right_before(bytes, bytes.len()) {
                let long = Scanner::default().nearest_before(bytes, bytes.len(), Reach::WIDE);
                prop_assert_eq!(Some((short.kind, short.distance)), long.map(|word| (word.kind, word.distance)), "{}", text);
            }
        }

        #[test]
        fn prop_a_walk_finds_the_words_that_a_single_look_finds(
            text in "((order|tel|telefon|id no|ssn|born|version|card|Reports|hotel|電話|né le|x)[ .,:=\n#]{1,2}([0-9]{1,4}[ ,.\n])?){1,24}"
        ) {
            let mut scanner = Scanner::default();
            for (at, _) in text.char_indices().filter(|(at, c)| c.is_ascii_digit() && !text[..*at].ends_with(|c: char| c.is_ascii_digit())) {
                let reach = if at % 3 == 0 { Reach::within(6) } else { Reach::WIDE };
                let known = |word: Word| (word.kind, word.distance);
                let walked = scanner.before(&text, at, reach).map(known);
                let single = Scanner::default().before(&text, at, reach).map(known);
                prop_assert_eq!(walked, single, "at {} of {}", at, text);
            }
        }
    }
}
