//! Devices: IP addresses, MAC addresses, IMEI.

use std::net::Ipv6Addr;

use dataward_model::Category;

use crate::checksum;
use crate::recognise::Candidate;
use crate::recognise::Marks;
use crate::recognise::Recogniser;
use crate::recognise::Shape;
use crate::recognise::Strength;
use crate::recognise::TELLING;

/// An IPv4 address. Four-part versions look alike: a first part below 11 says more for a version, and
/// addresses that can be nobody's (0.…, broadcast, network masks) are refused.
pub static IPV4: Recogniser =
    Recogniser::new("ipv4", "IP address", Category::IP_ADDRESS, Shape::Digits(&[4, 5, 6, 7, 8, 9, 10, 11, 12]), ipv4)
        .prior(TELLING)
        .context(&["ip", "ip address", "addr", "client", "remote", "host", "from", "login", "adresse ip", "ip-adresse"])
        .examples(
            &["192.168.178.21", "84.17.45.220"],
            &["1.2.3", "256.1.1.1", "192.168.01.1", "0.0.0.0", "255.255.255.0"],
        );

/// An IPv6 address.
pub static IPV6: Recogniser =
    Recogniser::new("ipv6", "IP address", Category::IP_ADDRESS, Shape::Text(Marks::COLON), ipv6)
        .prior(TELLING)
        .examples(&["2001:db8::8a2e:370:7334", "fe80::1", "2a02:908:1a5:ab00::5"], &["12:30:45", "::", "fe80", "::1"]);

/// A network card's address, six pairs.
pub static MAC: Recogniser =
    Recogniser::new("mac", "device address (MAC)", Category::DEVICE_ID, Shape::Text(Marks::NONE), mac)
        .prior(TELLING)
        .context(&["mac", "ether", "bssid"])
        .examples(
            &["00:1A:2B:3C:4D:5E", "a4-5e-60-c8-11-02", "001a.2b3c.4d5e"],
            &["00:1A:2B:3C:4D", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:1A-2B:3C:4D:5E"],
        );

/// A phone's serial number: fifteen digits, Luhn, a known reporting body in front.
pub static IMEI: Recogniser =
    Recogniser::new("imei", "phone serial number (IMEI)", Category::DEVICE_ID, Shape::Digits(&[15]), imei)
        .context(&["imei", "device id", "handset"])
        .examples(&["490154203237518", "35-209900-176148-1"], &["490154203237517", "790154203237519"]);

/// The four parts, when `text` is four numbers of 0 to 255 without leading zeros.
pub fn ipv4_parts(text: &str) -> Option<[u8; 4]> {
    let mut parts = [0_u8; 4];
    let (mut part, mut digits, mut number) = (0, 0, 0_u16);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits < 3 && !(digits > 0 && number == 0) => {
                number = number * 10 + u16::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && part < 3 => {
                parts[part] = u8::try_from(number).ok()?;
                (part, digits, number) = (part + 1, 0, 0);
            }
            _ => return None,
        }
    }
    parts[part] = u8::try_from(number).ok()?;
    (part == 3 && digits > 0).then_some(parts)
}

fn ipv4(candidate: &Candidate<'_>) -> Option<Strength> {
    if candidate.marks() != Marks::DOT {
        return None;
    }
    ipv4_strength(ipv4_parts(candidate.text())?)
}

/// How little else is written as four numbers like these; none where they are no machine's address.
pub(crate) fn ipv4_strength(parts: [u8; 4]) -> Option<Strength> {
    match parts {
        [0, ..] | [255, ..] | [224..=254, ..] => None,
        [1..=9, b, c, d] if b < 20 && c < 20 && d < 20 => Some(Strength::by_chance(0.9)),
        [1..=12, b, c, d] if (b < 100 && c < 100) || d == 0 => Some(Strength::by_chance(0.4)),
        // No version counts so far.
        [_, b, c, d] if b >= 100 || c >= 100 || d >= 100 => Some(Strength::by_chance(0.005)),
        _ => Some(Strength::by_chance(0.02)),
    }
}

fn ipv6(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().split('%').next().unwrap_or_default();
    if text.len() < 6 || text.bytes().filter(|&byte| byte == b':').count() < 2 {
        return None;
    }
    let address: Ipv6Addr = text.parse().ok()?;
    let groups = text.split(':').filter(|group| !group.is_empty()).count();
    (!address.is_unspecified() && !address.is_loopback() && !address.is_multicast() && groups > 1)
        .then_some(Strength::by_chance(0.001))
}

fn mac(candidate: &Candidate<'_>) -> Option<Strength> {
    let text = candidate.text().as_bytes();
    if candidate.length() != 12 || !candidate.compact().iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let grouped = match text.len() {
        17 => {
            matches!(text[2], b':' | b'-')
                && text.iter().enumerate().all(|(index, &byte)| (index % 3 == 2) == (byte == text[2]))
        }
        14 => text[4] == b'.' && text[9] == b'.',
        _ => false,
    };
    let plain = candidate.is_monotone();
    (grouped && !plain).then_some(Strength::by_chance(0.001))
}

fn imei(candidate: &Candidate<'_>) -> Option<Strength> {
    let digits = candidate.digits();
    let reporting_body = matches!(digits[0] * 10 + digits[1], 1 | 10 | 30 | 33 | 35 | 44..=54 | 86 | 91 | 98 | 99);
    (reporting_body && checksum::luhn(&digits)).then_some(Strength::by_chance(0.02))
}
