//! Speed of the structured recognisers on one thread, over log-like text and dense CSV:
//! `cargo run --release -p dataward-detect --example text_speed [MiB]`. Prints MB/s.

use dataward_detect::Detector;
use dataward_detect::Options;
use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(64);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let texts = [("log lines", logs(&mut random, megabytes << 20)), ("dense CSV", csv(&mut random, megabytes << 20))];
    for names_in_text in [false, true] {
        let detector = Detector::new(Options { today: (2026, 11, 23), names_in_text }).expect("plain options");
        for (title, text) in &texts {
            let size = if names_in_text { text.len() / 16 } else { text.len() };
            let text = &text[..size];
            let start = processor_seconds();
            // As a scan does: in chunks that end at a line.
            let mut spans = 0;
            let mut rest = text;
            while !rest.is_empty() {
                let cut = rest.len().min(1 << 16);
                let cut =
                    rest.as_bytes()[..cut].iter().rposition(|&byte| byte == b'\n').map_or(rest.len(), |line| line + 1);
                spans += detector.spans(&rest[..cut]).len();
                rest = &rest[cut..];
            }
            let seconds = processor_seconds() - start;
            println!(
                "{title}, names {names_in_text}: {:.0} MB/s, {spans} spans in {} MB",
                text.len() as f64 / 1e6 / seconds,
                text.len() / 1_000_000
            );
        }
    }
}

/// Processor time of this thread, so that other work on the machine does not count.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells the time spent");
    stat.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn logs(random: &mut ChaCha8Rng, size: usize) -> String {
    let mut text = String::with_capacity(size + 512);
    while text.len() < size {
        let (minute, second, milli) =
            (random.random_range(0..60), random.random_range(0..60), random.random_range(0..1000));
        text += &match random.random_range(0..6) {
            0 => format!(
                "2026-11-23T10:{minute:02}:{second:02}.{milli:03}Z INFO [http-nio-8080-exec-{}] com.example.shop.OrderService - order {} accepted in {} ms\n",
                milli % 20,
                random.random_range(100_000..999_999),
                milli
            ),
            1 => format!(
                "84.17.{}.{} - - [23/Nov/2026:10:{minute:02}:{second:02} +0100] \"GET /catalog/items/{}?page={} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"\n",
                milli % 256,
                second,
                milli,
                minute,
                random.random_range(500..90_000)
            ),
            2 => format!(
                "2026-11-23 10:{minute:02}:{second:02},{milli:03} DEBUG pool-3-thread-{} cache miss for key session:{:016x}, loading from replica-{}\n",
                second,
                random.random::<u64>(),
                minute
            ),
            3 => format!(
                "Nov 23 10:{minute:02}:{second:02} web01 sshd[{}]: Accepted publickey for deploy from 10.0.{}.{} port {} ssh2\n",
                random.random_range(1000..32_000),
                second,
                minute,
                random.random_range(20_000..60_000)
            ),
            4 => format!(
                "{{\"ts\":{},\"level\":\"warn\",\"msg\":\"retrying request\",\"attempt\":{},\"trace\":\"{:032x}\",\"elapsed\":{}.{}}}\n",
                1_700_000_000 + milli,
                second % 5,
                random.random::<u128>(),
                milli,
                second
            ),
            _ => format!(
                "2026-11-23T10:{minute:02}:{second:02}.{milli:03}Z WARN mail to user{}@example.org bounced: 550 5.1.1 mailbox unavailable\n",
                milli
            ),
        };
    }
    text
}

fn csv(random: &mut ChaCha8Rng, size: usize) -> String {
    let mut text = String::from("id,first_name,last_name,email,phone,city,created_at,total,card,iban\n");
    text.reserve(size);
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
