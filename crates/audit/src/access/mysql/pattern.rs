//! Patterns of hosts and databases as the server compares them, and which of two is more specific.

use std::net::Ipv4Addr;

/// Where a client comes from, as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Client {
    /// Its name; none when the server does not resolve names.
    pub(crate) host: Option<String>,
    /// Its address; none by the Unix socket.
    pub(crate) address: Option<String>,
}

impl Client {
    pub(crate) fn new(host: Option<&str>, address: Option<&str>) -> Self {
        Self { host: host.map(str::to_owned), address: address.map(str::to_owned) }
    }

    /// Whether a client that comes from here is meant by the host of an account.
    pub(crate) fn is_at(&self, pattern: &str) -> bool {
        if pattern.is_empty() || pattern == "%" {
            return true;
        }
        if let Some((network, mask)) = network(pattern) {
            let address = self.address.as_deref().and_then(|address| address.parse::<Ipv4Addr>().ok());
            return address.is_some_and(|address| u32::from(address) & mask == network);
        }
        let host = self.host.as_deref().map(str::to_ascii_lowercase);
        host.is_some_and(|host| matches(&host, &pattern.to_ascii_lowercase()))
            || self.address.as_deref().is_some_and(|address| matches(address, pattern))
    }
}

/// `192.168.0.0/255.255.0.0`, and `192.168.0.0/16` as newer servers write it.
fn network(pattern: &str) -> Option<(u32, u32)> {
    let (network, mask) = pattern.split_once('/')?;
    let network = u32::from(network.parse::<Ipv4Addr>().ok()?);
    let mask = match mask.parse::<u32>() {
        Ok(bits) if bits <= 32 => u32::MAX.checked_shl(32 - bits).unwrap_or(0),
        _ => u32::from(mask.parse::<Ipv4Addr>().ok()?),
    };
    Some((network & mask, mask))
}

/// Whether `text` is one of those that `pattern` stands for: `%` is any run, `_` any one character,
/// `\` takes the next one as it is.
pub(crate) fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<Piece>) = (text.chars().collect(), pieces(pattern));
    let (mut at, mut piece) = (0, 0);
    // Where to go on when it fails: the last `%`, and how much of the text it has taken by then.
    let mut back: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(piece) {
            Some(Piece::Many) => {
                back = Some((piece, at));
                piece += 1;
            }
            Some(Piece::One) => (at, piece) = (at + 1, piece + 1),
            Some(Piece::Literal(wanted)) if *wanted == text[at] => (at, piece) = (at + 1, piece + 1),
            _ => match &mut back {
                Some((many, taken)) => {
                    *taken += 1;
                    (at, piece) = (*taken, *many + 1);
                }
                None => return false,
            },
        }
    }
    pattern[piece..].iter().all(|piece| *piece == Piece::Many)
}

/// Whether a pattern stands for one text only.
pub(crate) fn is_plain(pattern: &str) -> bool {
    pieces(pattern).iter().all(|piece| matches!(piece, Piece::Literal(_)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Literal(char),
    Many,
    One,
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        pieces.push(match character {
            '%' => Piece::Many,
            '_' => Piece::One,
            '\\' => Piece::Literal(rest.next().unwrap_or('\\')),
            other => Piece::Literal(other),
        });
    }
    pieces
}

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Databases, of at most 64 characters.
    Databases,
    /// Hosts, of at most 255 characters.
    Hosts,
}

/// The server's order of patterns: the greater, the more specific. It stands for how many texts a
/// pattern can mean. From MariaDB 10.5 on that is estimated from the number of wildcards and of fixed
/// characters; ties go to the longer beginning without one.
pub(crate) fn specificity(pattern: &str, names: Names) -> u64 {
    let longest: u64 = match names {
        Names::Databases => 64,
        Names::Hosts => 255,
    };
    let (mut fixed, mut ones, mut runs, mut beginning) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut last_was_run = false;
    for piece in pieces(pattern) {
        let is_run = piece == Piece::Many;
        match piece {
            Piece::Literal(_) => fixed += 1,
            Piece::Many | Piece::One if runs == 0 && ones == 0 => beginning = fixed,
            Piece::Many | Piece::One => {}
        }
        match piece {
            Piece::Many if !last_was_run => runs += 1,
            Piece::One => ones += 1,
            _ => {}
        }
        last_was_run = is_run;
    }
    let (runs, ones) = (runs.min(31), ones.min(31));
    let free = if runs > 0 { longest.saturating_sub(fixed + ones) } else { 0 };
    let base = longest + 1;
    let small = base.min(32);
    let breadth = if free > ones {
        (((free * 2 + 1) * base + runs) * small + ones) * base + beginning
    } else {
        ((ones * 2 * base + free) * small + runs) * base + beginning
    };
    u64::MAX - breadth
}

/// MySQL's order of patterns, of hosts as of databases: the greater, the more specific. One without wildcards
/// comes first, then the one whose first wildcard stands later, whatever follows it.
pub(crate) fn first_wildcard(pattern: &str) -> u64 {
    const NONE: u64 = 128;
    let bytes = pattern.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if at + 1 < bytes.len() => at += 1,
            b'%' if pattern == "%" => return 1,
            b'%' | b'_' => return u64::try_from(at + 2).unwrap_or(NONE).min(NONE - 1),
            _ => {}
        }
        at += 1;
    }
    if bytes.is_empty() { 0 } else { NONE }
}

/// MySQL's order of hosts that are IPv4 addresses: whole ones before networks written with a number of bits, these
/// before those with a mask, among these the narrower first; 0 for names, `%`, and all others (MySQL's manual,
/// "Connection Verification"; `ACL_compare` of its source).
pub(crate) fn address(host: &str) -> u64 {
    let kind = match host.split_once('/') {
        None => 3,
        Some((_, bits)) if bits.parse::<u32>().is_ok() => 2,
        Some(_) => 1,
    };
    let mask = match host.split_once('/') {
        None => host.parse::<Ipv4Addr>().ok().map(|_| u32::MAX),
        Some(_) => network(host).map(|(_, mask)| mask),
    };
    mask.map_or(0, |mask| (kind << 32) + u64::from(mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_puts_addresses_before_names_and_the_narrower_before_the_wider() {
        let hosts = ["10.0.0.7", "10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/255.255.255.0", "10.0.0.0/255.0.0.0"];
        assert!(hosts.map(address).is_sorted_by(|a, b| a > b));
        assert_eq!(["localhost", "%", "10.0.0.%", "::1", ""].map(address), [0; 5]);
    }

    #[test]
    fn patterns_stand_for_what_the_server_takes_them_for() {
        for (text, pattern, expected) in [
            ("shop", "shop", true),
            ("shop", "sho_", true),
            ("sho_x", "sho\\_x", true),
            ("shoax", "sho\\_x", false),
            ("shop_test", "%test", true),
            ("shop_test", "%t_s%t", true),
            ("shop", "%", true),
            ("", "%", true),
            ("a%b", "a\\%b", true),
            ("aab", "a%ab", true),
            ("aac", "a%ab", false),
        ] {
            assert_eq!(matches(text, pattern), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn more_specific_patterns_come_first() {
        let order = ["shop", "ap\\_x", "sho_", "s_o_", "shop%", "sho%", "s%", "%"];
        for pair in order.windows(2) {
            assert!(
                specificity(pair[0], Names::Databases) >= specificity(pair[1], Names::Databases),
                "{} before {}",
                pair[0],
                pair[1]
            );
        }
        assert!(specificity("localhost", Names::Hosts) > specificity("%", Names::Hosts));
        assert!(specificity("10.0.0.%", Names::Hosts) > specificity("10.%", Names::Hosts));
    }

    #[test]
    fn mysql_looks_at_the_first_wildcard_alone() {
        let order = ["sh\\%p", "test\\_%", "shop__u", "sh%", "s%eu", "%eu", "%", ""].map(first_wildcard);
        assert_eq!(order, [128, 8, 6, 4, 3, 2, 1, 0]);
        assert_eq!(first_wildcard("shop%"), first_wildcard("shop_eu"));
    }

    #[test]
    fn clients_are_known_by_name_by_address_and_by_network() {
        let local = Client::new(Some("localhost"), None);
        assert!(local.is_at("localhost") && local.is_at("LOCAL%") && local.is_at("%") && !local.is_at("127.0.0.1"));
        let remote = Client::new(None, Some("10.1.2.3"));
        assert!(remote.is_at("10.1.2.%") && remote.is_at("10.1.0.0/255.255.0.0") && remote.is_at("10.0.0.0/8"));
        assert!(!remote.is_at("10.2.0.0/255.255.0.0") && !remote.is_at("localhost"));
    }
}
