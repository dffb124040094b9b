//! Made-up texts for the tests of the structured pass: everything that a recogniser takes or nearly
//! takes, words that announce it, and what ordinary logs and tables hold, in any order.

use dataward_detect::recognise::registry::RECOGNISERS;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// A text of about `size` bytes in which anything follows anything.
pub(crate) fn mixture(random: &mut ChaCha8Rng, size: usize) -> String {
    let mut text = String::with_capacity(size + 256);
    while text.len() < size {
        match random.random_range(0..10) {
            0..=2 => text.push_str(value(random)),
            3 => {
                let recogniser = RECOGNISERS.choose(random).expect("there are recognisers");
                text.push_str(recogniser.context.choose(random).unwrap_or(&"number"));
            }
            4 => text.push_str(WORDS.choose(random).expect("there are words")),
            5 => number(random, &mut text),
            6 => code(random, &mut text),
            7 => text.push_str(LINES.choose(random).expect("there are lines")),
            _ => {
                damaged(random, &mut text);
            }
        }
        text.push_str(JOINTS.choose(random).expect("there are joints"));
    }
    text
}

/// Lines of a server's log.
pub(crate) fn log_lines(random: &mut ChaCha8Rng, size: usize) -> String {
    let mut text = String::with_capacity(size + 512);
    while text.len() < size {
        let (minute, second, milli) =
            (random.random_range(0..60), random.random_range(0..60), random.random_range(0..1000));
        text += &match random.random_range(0..6) {
            0 => format!(
                "2026-11-23T10:{minute:02}:{second:02}.{milli:03}Z INFO [http-nio-8080-exec-{}] com.example.shop.OrderService - order {} accepted in {milli} ms\n",
                milli % 20,
                random.random_range(100_000..999_999),
            ),
            1 => format!(
                "84.17.{}.{second} - - [23/Nov/2026:10:{minute:02}:{second:02} +0100] \"GET /catalog/items/{milli}?page={minute} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"\n",
                milli % 256,
                random.random_range(500..90_000)
            ),
            2 => format!(
                "2026-11-23 10:{minute:02}:{second:02},{milli:03} DEBUG pool-3-thread-{second} cache miss for key session:{:016x}, loading from replica-{minute}\n",
                random.random::<u64>(),
            ),
            3 => format!(
                "Nov 23 10:{minute:02}:{second:02} web01 sshd[{}]: Accepted publickey for deploy from 10.0.{second}.{minute} port {} ssh2\n",
                random.random_range(1000..32_000),
                random.random_range(20_000..60_000)
            ),
            4 => format!(
                "{{\"ts\":{},\"level\":\"warn\",\"msg\":\"retrying request\",\"attempt\":{},\"trace\":\"{:032x}\",\"elapsed\":{milli}.{second}}}\n",
                1_700_000_000 + milli,
                second % 5,
                random.random::<u128>(),
            ),
            _ => format!(
                "2026-11-23T10:{minute:02}:{second:02}.{milli:03}Z WARN mail to user{milli}@example.org bounced: 550 5.1.1 mailbox unavailable\n"
            ),
        };
    }
    text
}

/// A table of customers as comma separated values.
pub(crate) fn customers(random: &mut ChaCha8Rng, size: usize) -> String {
    let mut text = String::from("id,first_name,last_name,email,phone,city,created_at,total,card,iban\n");
    let names = ["Anna", "Thomas", "María", "Giulia", "Pierre", "Jan", "Sofia", "Erik"];
    let surnames = ["Schmidt", "García", "Rossi", "Dubois", "Kowalski", "Jansen", "Lindqvist", "Silva"];
    let cities = ["Berlin", "Madrid", "Roma", "Lyon", "Warszawa", "Utrecht", "Malmö", "Porto"];
    while text.len() < size {
        let pick = random.random_range(0..8);
        let (name, surname, city) = (names[pick], surnames[random.random_range(0..8)], cities[pick]);
        text += &format!(
            "{},{name},{surname},{}.{}{}@example.com,+49 {} {},{city},2025-{:02}-{:02} 12:30:00,{}.{:02},4{:015},DE{:020}\n",
            random.random_range(1..9_999_999),
            &name[..1].to_lowercase(),
            surname.to_lowercase(),
            random.random_range(1..999),
            random.random_range(30..999),
            random.random_range(100_000..9_999_999),
            random.random_range(1..13),
            random.random_range(1..29),
            random.random_range(1..5000),
            random.random_range(0..100),
            random.random_range(0_u64..1_000_000_000_000_000),
            random.random_range(0_u64..u64::MAX),
        );
    }
    text
}

fn value(random: &mut ChaCha8Rng) -> &'static str {
    let recogniser = RECOGNISERS.choose(random).expect("there are recognisers");
    let list = if random.random_bool(0.7) { recogniser.examples } else { recogniser.near_misses };
    list.choose(random).expect("every recogniser has examples")
}

/// A value with a byte of it changed, left out or doubled.
fn damaged(random: &mut ChaCha8Rng, text: &mut String) {
    let value = value(random);
    let at = random.random_range(0..value.chars().count().max(1));
    for (index, c) in value.chars().enumerate() {
        if index != at {
            text.push(c);
            continue;
        }
        match random.random_range(0..4) {
            0 => {}
            1 => text.extend([c, c]),
            2 => text.push(char::from(random.random_range(b' '..b'~'))),
            _ => text.extend([c, ' ']),
        }
    }
}

fn number(random: &mut ChaCha8Rng, text: &mut String) {
    for _ in 0..random.random_range(1..5) {
        for _ in 0..random.random_range(1..9) {
            text.push(char::from(random.random_range(b'0'..=b'9')));
        }
        text.push_str(["", " ", "-", ".", "/", ":", ",", "(", ") "].choose(random).expect("there are some"));
    }
}

fn code(random: &mut ChaCha8Rng, text: &mut String) {
    let upper = random.random_bool(0.5);
    for _ in 0..random.random_range(2..24) {
        let c = char::from(*b"ABCDEFXYZ0123456789".choose(random).expect("there are some"));
        text.push(if upper { c } else { c.to_ascii_lowercase() });
    }
}

const JOINTS: &[&str] = &[
    " ", " ", " ", ", ", ": ", "=", "\n", "\n\n", ". ", "\"", "\":\"", ",", ";", "\t", "|", "-", "_", "/", "(", ") ",
    "#", "@", "+", "://", " is ", "：", "、", "\u{A0}", "–", "",
];

const WORDS: &[&str] = &[
    "order",
    "invoice",
    "version",
    "born",
    "geb.",
    "née le",
    "password",
    "user",
    "token",
    "IP",
    "card",
    "IBAN",
    "tel",
    "電話番号",
    "生年月日",
    "lat",
    "lon",
    "12. März 1984",
    "3 mai 1975",
    "1985年3月12日",
    "$",
    "€",
    "EUR",
    "ms",
    "passport no.",
    "AB",
    "MRN",
    "license plate",
    "０３－１２３４",
    "Straße",
    "für",
    "naïve",
    "résumé",
    "Łódź",
    "the",
    "Bearer ",
    "Authorization",
    "secret",
    "for user ",
    "jdoe",
    "root",
    "S3cr3t!",
    "null",
    "10.0.0.1",
    "port",
    "::1",
];

const LINES: &[&str] = &[
    "{\"dob\":\"1984-03-02\",\"card\":\"4111 1111 1111 1111\",\"ts\":1700000000}",
    "mongodb://svc:S3cr3t!@db.example.com:27017/x",
    "Accepted password for jdoe from 192.168.1.15 port 52144 ssh2",
    "Order no. 1234567890 shipped on 2024-05-12 13:45:12, tracking 1Z999AA10123456784",
    "upgraded to version 10.0.0.1 from 9.8.7.6, build 20240512",
    "session 550e8400-e29b-41d4-a716-446655440000 commit d670460b4b4aece5915caf5c68d12f560a9fe3e4",
    "allow 10.0.0.0/8; icon@2x.png; git@github.com:acme/site.git",
    "Message-ID: <CAF1234abc@mail.gmail.com>",
    "Der Umsatz stieg von 1.234.567,89 EUR auf 2.345.678,90 EUR (2019-2023).",
    "Passport no. AB 1234567, NI number AB 12 34 56 C, DNI 12345678-Z, X-2482300-W",
    "NIR 1 85 07 2A 004 018 27, HETU 131052-308T, LU 15 070649 C 103",
    "MRN: 00482913 DOB: 03/14/1962. Visit on 04/02/2024.",
    "lat=52.5200 lon=13.4050 at 52.5200, 13.4050",
    "00:1A:2B:3C:4D:5E 2001:db8::8a2e:370:7334 10:15:30",
];
