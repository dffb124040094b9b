//! Names, addresses and special categories in running text: hits beside near misses.

use dataward_detect::Detector;
use dataward_detect::Options;
use dataward_model::Category;

fn finds(text: &str, prefix: &str) -> Vec<String> {
    static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(|| {
        Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options")
    });
    DETECTOR
        .spans(text)
        .iter()
        .filter(|span| span.category.key().starts_with(prefix))
        .map(|span| text[span.start..span.end].to_owned())
        .collect()
}

#[test]
fn names_end_where_titles_firms_and_punctuation_begin() {
    let table: &[(&str, &[&str])] = &[
        ("Salve, sono Marco Ferrari, il pacco non è arrivato.", &["Marco Ferrari"]),
        ("Sehr geehrter Herr Dr. Krüger,\n\nanbei die Rechnung.", &["Krüger"]),
        ("M. Lefèvre et Mme Dupont seront présents dans la salle.", &["Lefèvre", "Dupont"]),
        ("De heer van der Berg en mevrouw Jansen komen dinsdag.", &["van der Berg", "Jansen"]),
        ("West Indian all-rounder Phil Simmons took four for 38 on Friday.", &["Phil Simmons"]),
        ("Kind regards,\nJane Miller\nHead of Procurement", &["Jane Miller"]),
        ("患者氏名：加藤　くみ子　生年月日：1970年3月12日", &["加藤　くみ子"]),
        ("田中様、いつもお世話になっております。", &["田中"]),
        ("弟の裕樹さんは元気です。", &["裕樹"]),
        ("The Hudson River, Mercedes-Benz Arena and Giorgio Armani open on Monday.", &[]),
        ("Trains between Leeds and Brussels were cancelled, Network Rail said.", &[]),
        ("Klicken Sie auf Konto Verwalten und Kennwort Ändern.", &[]),
        ("松本清張記念館は月曜休館。三菱電機が出展。", &[]),
        ("Das ist ein Dienst für Cgroups und Speicherengpassinformationen, der mit dem Kern läuft.", &[]),
        ("松本と申します。予約を変更したいのですが。", &["松本"]),
        ("清水 愛です。よろしくお願いいたします。", &["清水 愛"]),
        ("原告株式会社青空と被告石井 正との間の訴訟", &["石井 正"]),
    ];
    for (text, expected) in table {
        assert_eq!(finds(text, "user.name"), *expected, "{text}");
    }
}

#[test]
fn parts_of_an_address_confirm_each_other() {
    let table: &[(&str, &[&str])] = &[
        ("Paketet ska till Bygget 91, 340 12 Annerstad.", &["Bygget 91", "340 12", "Annerstad"]),
        ("new address is 3429 Locust View Drive, Dublin 94568.", &["3429 Locust View Drive", "Dublin", "94568"]),
        (
            "arriver au 33 Avenue Millies Lacroix, 38130 Échirolles",
            &["33 Avenue Millies Lacroix", "38130", "Échirolles"],
        ),
        ("Johannes van Vlotenlaan 14, 7412 SL Deventer", &["Johannes van Vlotenlaan 14", "7412 SL", "Deventer"]),
        ("〒150-0041 東京都渋谷区神南1-19-11", &["150-0041", "東京都", "渋谷区", "神南1-19-11"]),
        ("ご住所は東京都八王子市松が谷3-12-8です。", &["東京都", "八王子市", "松が谷3-12-8"]),
        ("届け先は沖縄県昭島市丸の内ＪＰタワー３－４－６、", &["沖縄県", "昭島市", "丸の内ＪＰタワー３－４－６"]),
        ("Svensken vann guld i höjdhopp vid OS i Aten 2004.", &[]),
        ("La rue Victor Hugo sera fermée du 12 au 15 mai.", &[]),
        ("Der Umsatz stieg um 12345 Euro.", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(finds(text, "user.contact.address"), *expected, "{text}");
    }
}

#[test]
fn illnesses_and_beliefs_count_only_where_a_person_stands_in_their_sentence() {
    let table: &[(&str, &[&str])] = &[
        ("Mr Miller is a man with type 2 diabetes and hypertension.", &["type 2 diabetes", "hypertension"]),
        ("Diagnose: Diabetes mellitus Typ 2 (E11.9)", &["Diabetes mellitus Typ 2", "E11.9"]),
        ("Il souffre de sclérose en plaques depuis 2018.", &["sclérose en plaques"]),
        ("Diabetes is a common illness, said the World Health Organization.", &[]),
        ("Die Zahl der Grippefälle stieg. Modell E11.9 ist lieferbar.", &[]),
        // Notes beside a customer leave out whom they are about.
        ("Kunde ist Diabetiker und braucht Insulin gekühlt", &["Diabetiker"]),
        ("Kundin ist schwanger, bitte nicht heben lassen", &["schwanger"]),
        ("HIV-positiv, bitte diskret liefern", &["HIV-positiv"]),
        ("has asthma, please use the side entrance", &["asthma"]),
        ("Allergie gegen Nüsse", &["Allergie gegen"]),
        ("allergique aux arachides, prévenir la cuisine", &["allergique aux"]),
        ("Diabetiker-Socken, schwarz, 3 Paar", &[]),
        ("Asthma inhaler, 200 doses", &[]),
        ("Dress for pregnant women", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(finds(text, "user.health_and_medical"), *expected, "{text}");
    }
    assert_eq!(finds("He told us that he is Muslim.", "user.demographic"), ["Muslim"]);
    assert_eq!(finds("The Catholic church in Mill Road is closed.", "user.demographic"), Vec::<String>::new());
}

#[test]
fn passwords_keep_their_punctuation() {
    assert_eq!(finds("lösenord: hunter79!", "user.authorization"), ["hunter79!"]);
    assert_eq!(finds("mein passwort war P@ss36 und die mail", "user.authorization"), ["P@ss36"]);
    assert_eq!(finds("please reset my password today", "user.authorization"), Vec::<String>::new());
}

#[test]
fn passwords_are_found_behind_the_word_alone_and_behind_short_keys() {
    assert_eq!(finds("la mail è a@b.org e la password hunter34!", "user.authorization"), ["hunter34!"]);
    assert_eq!(finds("pw: hunter34!", "user.authorization"), ["hunter34!"]);
    assert_eq!(finds("the passport: C01234567", "user.authorization"), Vec::<String>::new());
    assert_eq!(finds("we hash the password sha256 twice", "user.authorization"), Vec::<String>::new());
}

#[test]
fn a_date_of_birth_is_said_once() {
    let text = "Der am 03.05.1970 geborene Angeklagte hat am 4. Mai 2024 den Zeugen geschlagen.";
    assert_eq!(finds(text, "user.demographic.date_of_birth"), ["03.05.1970"]);
}

#[test]
fn a_country_code_glued_to_a_bracket_belongs_to_the_number() {
    assert_eq!(finds("Bel mij op +31(0)79-2268842 graag.", "user.contact.phone_number"), ["+31(0)79-2268842"]);
}

#[test]
fn spanish_streets_and_towns_are_whole() {
    let text = "Dirección: C/ Canarias 66, 37406 Poveda de las Cintas. Otra: Ctra. de Siles 80, 27540 O Saviñao.";
    assert_eq!(finds(text, "user.contact.address.street"), ["C/ Canarias 66", "Ctra. de Siles 80"]);
    assert_eq!(finds(text, "user.contact.address.city")[0], "Poveda de las Cintas");
}

#[test]
fn the_line_above_the_numbers_of_a_passport_holds_its_name() {
    let text = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
    assert_eq!(finds(text, "user.name"), ["ERIKSSON<<ANNA<MARIA"]);
}

#[test]
fn towns_stand_before_and_behind_streets_and_flats() {
    let table: &[(&str, &[&str])] = &[
        ("Wohnort: Wien, Mariahilfer Straße 88/12", &["Wien"]),
        ("Vivo en la calle Alcalá 45, 3º B, Madrid.", &["Madrid"]),
        ("residente a Bologna in via Indipendenza, 44", &["Bologna"]),
        ("Moro na Rua das Flores, 123, apto 45, Porto Alegre - RS.", &["Porto Alegre"]),
        ("Bezorgadres: Laan van Meerdervoort 55A, Den Haag", &["Den Haag"]),
        ("An der Mühle 3a, D-21337 Lüneburg", &["Lüneburg"]),
    ];
    for (text, expected) in table {
        assert_eq!(finds(text, "user.contact.address.city"), *expected, "{text}");
    }
    assert_eq!(finds("An der Mühle 3 haben wir gewartet", "user.contact.address"), Vec::<String>::new());
    assert_eq!(finds("An der Mühle 3a, D-21337 Lüneburg", "user.contact.address.street"), ["An der Mühle 3a"]);
}

#[test]
fn a_preposition_that_holds_an_article_stands_before_no_name() {
    assert_eq!(finds("In Rostock eröffnet im Herbst ein neues Institut.", "user.name"), Vec::<String>::new());
    assert_eq!(finds("Bitte im Herbst bei Frau Herbst melden.", "user.name"), ["Herbst"]);
}

#[test]
fn who_writes_says_so_in_japanese_and_subjects_are_nobody() {
    assert_eq!(finds("お世話になっております。佐藤です。納期はいつですか。", "user.name"), ["佐藤"]);
    // NOTE: what is a surname and a town says as often where somebody is, so 山田です is not found either.
    assert_eq!(finds("会場はどちらですか。福岡です。", "user.name"), Vec::<String>::new());
    assert_eq!(finds("件名:見積書の送付について", "user.name"), Vec::<String>::new());
    assert_eq!(finds("会場は最高です。", "user.name"), Vec::<String>::new());
}

#[test]
fn illnesses_in_notes_are_somebodys_or_nobodys() {
    let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options");
    let (mut notes, mut wrong) = (0, 0);
    for line in include_str!("data/notes.tsv").lines().filter(|line| !line.starts_with('#')) {
        let (kind, note) = line.split_once('\t').expect("a kind and a note");
        let found = detector.spans(note).iter().any(|span| span.category == Category::HEALTH);
        notes += 1;
        if found != (kind == "+") {
            wrong += 1;
            println!("{line}");
        }
    }
    assert!(wrong * 10 <= notes, "{wrong} of {notes} notes came out wrong");
}
