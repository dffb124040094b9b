//! What `Detector::spans` finds in a text, with as many near misses as hits.

use dataward_detect::Detector;
use dataward_detect::Options;
use proptest::prelude::*;

fn detector() -> Detector {
    Detector::new(Options { today: (2026, 11, 23), names_in_text: true }).expect("plain options")
}

/// The finds of a text as `category-key value` lines, names left out.
fn structured(text: &str) -> Vec<String> {
    detector()
        .spans(text)
        .iter()
        .filter(|span| {
            !span.category.key().starts_with("user.name") && !span.category.key().starts_with("user.contact.address")
        })
        .map(|span| {
            format!("{} {}", span.category.key().rsplit('.').next().unwrap_or_default(), &text[span.start..span.end])
        })
        .collect()
}

#[test]
fn structured_values_are_found_in_ten_languages() {
    let table: &[(&str, &[&str])] = &[
        (
            "Call +49 30 901820 or write to anna.meier@example.org.",
            &["phone_number +49 30 901820", "email anna.meier@example.org"],
        ),
        ("IBAN: DE89 3704 0044 0532 0130 00", &["bank_account DE89 3704 0044 0532 0130 00"]),
        (
            "Geboren am 12. März 1984, Steuer-ID 86 095 742 719.",
            &["date_of_birth 12. März 1984", "national_identification_number 86 095 742 719"],
        ),
        (
            "Die Identifikationsnummer des Klägers ist 86 095 742 719.",
            &["national_identification_number 86 095 742 719"],
        ),
        (
            "Née le 3 mai 1975, n° de sécurité sociale 2 95 10 99 126 111 93",
            &["date_of_birth 3 mai 1975", "national_identification_number 2 95 10 99 126 111 93"],
        ),
        (
            "DNI 54362315K, teléfono 612 345 678",
            &["national_identification_number 54362315K", "phone_number 612 345 678"],
        ),
        (
            "Codice fiscale: RSSMRA85T10A562S, cell. 347 1234567",
            &["national_identification_number RSSMRA85T10A562S", "phone_number 347 1234567"],
        ),
        ("O meu NIF é 123456789", &["national_identification_number 123456789"]),
        ("Mijn BSN is 111222333", &["national_identification_number 111222333"]),
        (
            "PESEL 44051401359, tel. 601 234 567",
            &["national_identification_number 44051401359", "phone_number 601 234 567"],
        ),
        (
            "Personnummer 880320-0016, mobil 070-123 45 67",
            &["national_identification_number 880320-0016", "phone_number 070-123 45 67"],
        ),
        (
            "生年月日：1985年3月12日、電話番号：０３－１２３４－５６７８",
            &["date_of_birth 1985年3月12日", "phone_number ０３－１２３４－５６７８"],
        ),
        ("MRN: 00482913 DOB: 03/14/1962. Visit on 04/02/2024.", &["record_id 00482913", "date_of_birth 03/14/1962"]),
        ("mongodb://svc:S3cr3t!@db.example.com:27017/x", &["password S3cr3t!"]),
        ("id,name,phone,order_no\n1,A,0301234567,12345678\n", &["phone_number 0301234567"]),
        (
            r#"{"dob":"1984-03-02","card":"4111 1111 1111 1111","ts":1700000000}"#,
            &["date_of_birth 1984-03-02", "credit_card 4111 1111 1111 1111"],
        ),
        (
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
            &["passport_number L898902C36UTO7408122F1204159ZE184226B<<<<<10"],
        ),
        ("licence MORGA657054SM9IJ", &["drivers_license_number MORGA657054SM9IJ"]),
        ("number plate AB-123-CD was seen", &["vehicle_registration AB-123-CD"]),
        ("Accepted password for jdoe from 192.168.1.15 port 52144 ssh2", &["username jdoe", "ip_address 192.168.1.15"]),
    ];
    for (text, expected) in table {
        assert_eq!(structured(text), *expected, "{text}");
    }
}

#[test]
fn addresses_in_links_are_found_as_they_are_encoded() {
    let table: &[(&str, &[&str])] = &[
        (
            r#"203.0.113.7 - - [23/Nov/2026:10:15:33 +0100] "GET /unsubscribe?mail=anna.meier%40example.org&list=4 HTTP/1.1" 200 512"#,
            &["ip_address 203.0.113.7", "email anna.meier%40example.org"],
        ),
        ("/reset/bob84%2Bshop%40mail.example.co.uk/confirm", &["email bob84%2Bshop%40mail.example.co.uk"]),
        ("next=%2Fuser%3Fto%3Danna%40example.org%26x%3D1", &["email anna%40example.org"]),
        ("redirect=%252Flogin%253Fu%253Danna%2540example.org", &["email anna%2540example.org"]),
        ("width=40%40&q=50%404.5 100%40 %40media icon%402x.png", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(structured(text), *expected, "{text}");
    }
}

/// It ended the scan: the letter was cut in two.
#[test]
fn a_percent_before_a_letter_of_two_bytes_begins_no_code() {
    for text in ["a%xé%40b.org", "a%é%40b.org", "%25é%2540b.org", "é%2%40b.org"] {
        for found in structured(text) {
            let value = found.split_once(' ').unwrap().1;
            assert!(text.contains(value), "{text}: {found}");
        }
    }
}

#[test]
fn numbers_of_papers_are_found_whole_however_they_are_announced() {
    let table: &[(&str, &[&str])] = &[
        ("Sozialversicherungsnummer 64 160584 M 431", &["national_identification_number 64 160584 M 431"]),
        ("SV-Nr. 30 020490 A 688 liegt vor", &["national_identification_number 30 020490 A 688"]),
        ("Passport No. L8Z9T1W3X", &["passport_number L8Z9T1W3X"]),
        ("travel document 518273645", &["passport_number 518273645"]),
        ("DL: T791-5890-6276", &["drivers_license_number T791-5890-6276"]),
        ("his driver's lic. B566-548-890-657 expired", &["drivers_license_number B566-548-890-657"]),
        ("Ausweisnummer L8Z9T1W3X", &["national_identification_number L8Z9T1W3X"]),
        ("Titre de séjour 9903141234", &["national_identification_number 9903141234"]),
        ("född 880320-0016", &["national_identification_number 880320-0016"]),
        ("The passport control opened in terminal B12 at 5", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(structured(text), *expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_personal_data_is_left_alone() {
    let table = [
        "Order no. 1234567890 shipped on 2024-05-12 13:45:12, tracking 1Z999AA10123456784",
        "upgraded to version 10.0.0.1 from 9.8.7.6, build 20240512",
        "took 123456 ms, 4006381333931 is an EAN, ISBN 978-3-16-148410-0",
        "session 550e8400-e29b-41d4-a716-446655440000 commit d670460b4b4aece5915caf5c68d12f560a9fe3e4",
        "allow 10.0.0.0/8; icon@2x.png; git@github.com:acme/site.git",
        "Message-ID: <CAF1234abc@mail.gmail.com>",
        "Der Umsatz stieg von 1.234.567,89 EUR auf 2.345.678,90 EUR (2019-2023).",
        "password: ******** token: null",
        "The meeting on 12.03.2024 at 10:30:00 is in room 4.12.7",
    ];
    for text in table {
        assert_eq!(structured(text), Vec::<String>::new(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spans_lie_inside_the_text_on_character_boundaries_in_order(
        text in "(?s)([a-zA-Z0-9@.:/ +()-]{0,12}|[\u{C0}-\u{17F} ]{0,4}|[\u{3000}-\u{30FF}\u{4E00}-\u{4E80}０-９－]{0,6}|[0-9]{3,17}|[\n,;=\"'$_#-]{0,3}|tel |IBAN DE89 |password=|born |Dr\\. Anna |様|eyJ|://){0,14}|.{0,80}"
    ) {
        let mut last = 0;
        for span in detector_once().spans(&text) {
            prop_assert!(span.start >= last && span.start < span.end && span.end <= text.len());
            prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
            last = span.end;
        }
    }
}

fn detector_once() -> &'static Detector {
    static DETECTOR: std::sync::LazyLock<Detector> = std::sync::LazyLock::new(detector);
    &DETECTOR
}
