//! What the server answers to a hello: read byte by byte from somebody who may be hostile, with a
//! limit on everything and no panic on anything.

use crate::Suite;
use crate::Version;
use crate::suite::Exchange;

/// How a hello was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server took one of the suites.
    Hello(Box<Flight>),
    /// It refused, with an alert of RFC 8446 section 6.
    Refused(u8),
    /// It closed the connection without a word.
    Closed,
    /// It said nothing in time.
    Silent,
    /// What it said is not TLS, or breaks its rules.
    Malformed(Malformed),
}

/// How an answer breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A list or message ends before its length says so, or goes on after it.
    BadLength,
    /// A chain of certificates, or a message, of more than [`LONGEST_FLIGHT`].
    Endless,
    /// The first bytes are not a TLS record.
    NotTls,
    /// A message where another one must come.
    OutOfOrder,
    /// A compression method, suite or version that was not asked for.
    NotAskedFor,
}

impl Malformed {
    /// In words, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadLength => "a message of the handshake has a wrong length",
            Self::Endless => "the handshake does not end: more than 256 KiB of certificates",
            Self::NotTls => "the answer is not TLS",
            Self::OutOfOrder => "the messages of the handshake come in a wrong order",
            Self::NotAskedFor => "the server chose something that was not offered to it",
        }
    }
}

/// What the server said up to the point where keys would be needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flight {
    /// The number of the version it took.
    pub version: u16,
    /// The suite it took.
    pub suite: u16,
    /// Whether it took compression.
    pub compresses: bool,
    /// Whether it renegotiates safely (RFC 5746).
    pub renegotiates_safely: bool,
    /// The protocol it speaks inside, where asked.
    pub inside: bool,
    /// The group it asks for (TLS 1.3) or took.
    pub group: Option<u16>,
    /// Bits of the prime, where keys come about in a finite field.
    pub dh_bits: Option<u16>,
    /// Certificates in DER, the server's own first. Not sent in the clear by TLS 1.3.
    pub chain: Vec<Vec<u8>>,
    /// The OCSP answer that came along, as it was sent.
    pub stapled: Option<Vec<u8>>,
}

impl Flight {
    /// The version it took, if it is one that exists.
    pub fn version(&self) -> Option<Version> {
        Version::from_wire(self.version)
    }
}

/// Bytes read at most before a server counts as endless: real chains have less than 20 KiB.
pub const LONGEST_FLIGHT: usize = 256 << 10;
/// A record holds at most 2^14 bytes, and 2048 more when it is compressed or encrypted (RFC 5246 6.2).
const LONGEST_RECORD: usize = (1 << 14) + 2048;
/// Certificates kept of a chain; rustls stops sooner.
const LONGEST_CHAIN: usize = 32;

/// Reads an answer as its bytes come in.
#[derive(Debug)]
pub struct FlightReader<'a> {
    asked: Version,
    offered: &'a [Suite],
    offered_compression: bool,
    raw: Vec<u8>,
    messages: Vec<u8>,
    total: usize,
    flight: Option<Flight>,
}

impl<'a> FlightReader<'a> {
    /// For the answer to a hello of this version with these suites.
    pub fn new(asked: Version, offered: &'a [Suite], offered_compression: bool) -> Self {
        Self { asked, offered, offered_compression, raw: Vec::new(), messages: Vec::new(), total: 0, flight: None }
    }

    /// Takes what was read; the answer once it is known.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.total += bytes.len();
        if self.total > LONGEST_FLIGHT {
            return Some(Answer::Malformed(Malformed::Endless));
        }
        self.raw.extend_from_slice(bytes);
        loop {
            match self.next_record() {
                Step::Answer(answer) => return Some(answer),
                Step::Again => {}
                Step::More => return None,
            }
        }
    }

    /// The answer when nothing more comes, because the server closed the connection or fell silent.
    pub fn end(self, otherwise: Answer) -> Answer {
        match self.flight {
            Some(flight) => Answer::Hello(Box::new(flight)),
            None if self.raw.is_empty() => otherwise,
            None => Answer::Malformed(Malformed::BadLength),
        }
    }

    fn next_record(&mut self) -> Step {
        let Some((header, rest)) = self.raw.split_first_chunk::<5>() else { return Step::More };
        let [kind, major, _, high, low] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(20..=24).contains(&kind) || major != 3 {
            return Step::malformed(Malformed::NotTls);
        }
        if length > LONGEST_RECORD {
            return Step::malformed(Malformed::BadLength);
        }
        let Some(payload) = rest.get(..length) else { return Step::More };
        match kind {
            21 => match *payload {
                // A warning, such as that it does not know the name: the handshake goes on (RFC 6066).
                [1, description] if description != 0 => {
                    self.raw.drain(..5 + length);
                    Step::Again
                }
                [_, description] => Step::Answer(match self.flight.take() {
                    Some(flight) => Answer::Hello(Box::new(flight)),
                    None => Answer::Refused(description),
                }),
                _ => Step::malformed(Malformed::BadLength),
            },
            22 => {
                self.messages.extend_from_slice(payload);
                self.raw.drain(..5 + length);
                self.read_messages()
            }
            _ => Step::malformed(Malformed::OutOfOrder),
        }
    }

    fn read_messages(&mut self) -> Step {
        loop {
            let Some((header, rest)) = self.messages.split_first_chunk::<4>() else { return Step::Again };
            let [kind, high, middle, low] = *header;
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            if length > LONGEST_FLIGHT {
                return Step::malformed(Malformed::Endless);
            }
            let Some(body) = rest.get(..length) else { return Step::Again };
            let body = body.to_vec();
            self.messages.drain(..4 + length);
            match self.read_message(kind, &body) {
                Ok(true) => {
                    let flight = self.flight.take().unwrap_or_default();
                    return Step::Answer(Answer::Hello(Box::new(flight)));
                }
                Ok(false) => {}
                Err(fault) => return Step::malformed(fault),
            }
        }
    }

    /// True when all is known.
    fn read_message(&mut self, kind: u8, body: &[u8]) -> Result<bool, Malformed> {
        let mut reader = Reader(body);
        match (kind, &mut self.flight) {
            (SERVER_HELLO, flight @ None) => {
                let hello = read_hello(&mut reader)?;
                let known = self.offered.contains(&Suite(hello.suite));
                if !known || (hello.compresses && !self.offered_compression) || hello.version > self.asked.wire() {
                    return Err(Malformed::NotAskedFor);
                }
                let is_13 = hello.version == Version::Tls13.wire();
                *flight = Some(hello);
                Ok(is_13)
            }
            (CERTIFICATE, Some(flight)) if flight.chain.is_empty() => {
                let mut list = Reader(reader.block(3)?);
                while !list.0.is_empty() && flight.chain.len() < LONGEST_CHAIN {
                    flight.chain.push(list.block(3)?.to_vec());
                }
                Ok(false)
            }
            (CERTIFICATE_STATUS, Some(flight)) => {
                if reader.u8()? == 1 {
                    let answer = reader.block(3)?;
                    flight.stapled = (!answer.is_empty()).then(|| answer.to_vec());
                }
                Ok(false)
            }
            (SERVER_KEY_EXCHANGE, Some(flight)) => {
                read_key_exchange(&mut reader, flight)?;
                Ok(false)
            }
            (CERTIFICATE_REQUEST | NEW_SESSION_TICKET, Some(_)) => Ok(false),
            (SERVER_HELLO_DONE, Some(_)) => Ok(true),
            _ => Err(Malformed::OutOfOrder),
        }
    }
}

const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;
const CERTIFICATE_STATUS: u8 = 22;

enum Step {
    Answer(Answer),
    Again,
    More,
}

impl Step {
    fn malformed(fault: Malformed) -> Self {
        Self::Answer(Answer::Malformed(fault))
    }
}

fn read_hello(reader: &mut Reader<'_>) -> Result<Flight, Malformed> {
    let mut flight = Flight { version: reader.u16()?, ..Flight::default() };
    reader.take(32)?;
    if reader.block(1)?.len() > 32 {
        return Err(Malformed::BadLength);
    }
    flight.suite = reader.u16()?;
    flight.compresses = reader.u8()? != 0;
    if reader.0.is_empty() {
        return Ok(flight);
    }
    let mut extensions = Reader(reader.block(2)?);
    while !extensions.0.is_empty() {
        let kind = extensions.u16()?;
        let mut body = Reader(extensions.block(2)?);
        match kind {
            16 => flight.inside = true,
            43 => flight.version = body.u16()?,
            // A group alone in a HelloRetryRequest, a group and a key in a ServerHello.
            51 => flight.group = Some(body.u16()?),
            0xff01 => flight.renegotiates_safely = true,
            _ => {}
        }
    }
    Ok(flight)
}

/// Which group (curves) or how many bits (finite fields); by what the suite says (RFC 5246 7.4.3, RFC 8422 5.4).
fn read_key_exchange(reader: &mut Reader<'_>, flight: &mut Flight) -> Result<(), Malformed> {
    match Suite(flight.suite).exchange() {
        Exchange::Ecdhe => {
            const NAMED_CURVE: u8 = 3;
            if reader.u8()? == NAMED_CURVE {
                flight.group = Some(reader.u16()?);
            }
        }
        Exchange::Dhe => {
            let prime = reader.block(2)?;
            let zeros = prime.iter().take_while(|byte| **byte == 0).count();
            let first = prime.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
            let bits = (prime.len() - zeros) * 8 - first;
            flight.dh_bits = u16::try_from(bits).ok();
        }
        _ => {}
    }
    Ok(())
}

/// What is left to read of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed::BadLength)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.number(1).map(|number| number as u8)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.number(2).map(|number| number as u16)
    }

    fn number(&mut self, width: usize) -> Result<usize, Malformed> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// What stands after its length in `width` bytes.
    fn block(&mut self, width: usize) -> Result<&'a [u8], Malformed> {
        let length = self.number(width)?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFERED: &[Suite] = &[Suite(0xc02f), Suite(0x0033)];

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, 0];
        out.extend((body.len() as u16).to_be_bytes());
        out.extend(body);
        out
    }

    fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, 3, 3];
        out.extend((payload.len() as u16).to_be_bytes());
        out.extend(payload);
        out
    }

    fn hello(suite: u16) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([9; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        body.extend([0, 5, 0xff, 0x01, 0, 1, 0]);
        message(2, &body)
    }

    fn certificates(chain: &[&[u8]]) -> Vec<u8> {
        let mut list = Vec::new();
        for one in chain {
            list.push(0);
            list.extend((one.len() as u16).to_be_bytes());
            list.extend(*one);
        }
        let mut body = vec![0];
        body.extend((list.len() as u16).to_be_bytes());
        body.extend(list);
        message(11, &body)
    }

    fn read(bytes: &[u8]) -> Option<Answer> {
        FlightReader::new(Version::Tls12, OFFERED, false).push(bytes)
    }

    #[test]
    fn a_flight_is_read_whole_however_it_is_cut() {
        let mut flight = hello(0xc02f);
        flight.extend(certificates(&[b"leaf", b"authority"]));
        flight.extend(message(12, &[3, 0, 29, 1, 4]));
        flight.extend(message(14, &[]));
        let expected = Flight {
            version: 0x0303,
            suite: 0xc02f,
            renegotiates_safely: true,
            group: Some(29),
            chain: vec![b"leaf".to_vec(), b"authority".to_vec()],
            ..Flight::default()
        };
        assert_eq!(read(&record(22, &flight)), Some(Answer::Hello(Box::new(expected.clone()))));
        let mut reader = FlightReader::new(Version::Tls12, OFFERED, false);
        let bytes: Vec<u8> = flight.chunks(7).flat_map(|part| record(22, part)).collect();
        let answers: Vec<Answer> = bytes.iter().filter_map(|byte| reader.push(&[*byte])).collect();
        assert_eq!(answers, [Answer::Hello(Box::new(expected))]);
    }

    #[test]
    fn the_size_of_a_prime_is_counted_in_bits() {
        let mut flight = hello(0x0033);
        let mut body = vec![0, 129, 0, 0x7f];
        body.extend([0xff; 127]);
        body.extend([0, 1, 2]);
        flight.extend(message(12, &body));
        flight.extend(message(14, &[]));
        match read(&record(22, &flight)) {
            Some(Answer::Hello(flight)) => assert_eq!(flight.dh_bits, Some(1023)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_is_a_refusal_and_a_warning_is_not() {
        assert_eq!(read(&record(21, &[2, 40])), Some(Answer::Refused(40)));
        let mut bytes = record(21, &[1, 112]);
        assert_eq!(read(&bytes), None);
        bytes.extend(record(21, &[2, 70]));
        assert_eq!(read(&bytes), Some(Answer::Refused(70)));
    }

    #[test]
    fn what_breaks_the_rules_is_named() {
        let cases: [(Vec<u8>, Malformed); 7] = [
            (b"HTTP/1.1 400 Bad Request".to_vec(), Malformed::NotTls),
            (record(22, &hello(0xc030)), Malformed::NotAskedFor),
            (record(22, &certificates(&[b"x"])), Malformed::OutOfOrder),
            (record(22, &message(2, &[3, 3, 1])), Malformed::BadLength),
            (record(23, &[1, 2, 3]), Malformed::OutOfOrder),
            (record(22, &[2, 0xff, 0xff, 0xff]), Malformed::Endless),
            (vec![22, 3, 3, 0xff, 0xff], Malformed::BadLength),
        ];
        for (bytes, fault) in cases {
            assert_eq!(read(&bytes), Some(Answer::Malformed(fault)), "{bytes:?}");
        }
    }

    #[test]
    fn a_chain_without_end_is_cut_off() {
        let mut reader = FlightReader::new(Version::Tls12, OFFERED, false);
        assert_eq!(reader.push(&record(22, &hello(0xc02f))), None);
        let mut endless = vec![11, 3, 0xff, 0xff, 3, 0xff, 0xfc];
        endless.extend([0; 10_000]);
        let mut answer = None;
        for _ in 0..40 {
            answer = answer.or(reader.push(&record(22, &endless)));
        }
        assert_eq!(answer, Some(Answer::Malformed(Malformed::Endless)));
    }

    #[test]
    fn a_server_that_falls_silent_after_its_hello_has_said_something() {
        let mut reader = FlightReader::new(Version::Tls12, OFFERED, false);
        assert_eq!(reader.push(&record(22, &hello(0xc02f))), None);
        assert!(matches!(reader.end(Answer::Silent), Answer::Hello(_)));
        let reader = FlightReader::new(Version::Tls12, OFFERED, false);
        assert_eq!(reader.end(Answer::Silent), Answer::Silent);
    }

    proptest! {
        #[test]
        fn prop_any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes);
            let _ = read(&record(22, &bytes));
            let mut broken = record(22, &hello(0xc02f));
            broken.extend(record(22, &bytes));
            let _ = read(&broken);
        }

        #[test]
        fn prop_a_flight_with_any_byte_changed_is_read_without_a_panic(at in 0usize..200, byte in any::<u8>()) {
            let mut flight = hello(0x0033);
            flight.extend(certificates(&[b"leaf", b"authority"]));
            flight.extend(message(12, &[0, 2, 255, 255, 0, 1, 2, 0, 1, 3]));
            flight.extend(message(14, &[]));
            let mut bytes = record(22, &flight);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read(&bytes);
        }
    }
}
