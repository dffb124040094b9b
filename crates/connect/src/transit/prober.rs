//! One handshake after the other with one endpoint: connections, time limits, and what is noted on the
//! way whatever the question was.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use dataward_tls::Answer;
use dataward_tls::ClientHello;
use dataward_tls::Flight;
use dataward_tls::FlightReader;
use dataward_tls::Group;
use dataward_tls::Suite;
use dataward_tls::Version;
use dataward_tls::facts::Protocol;
use dataward_tls::flight::Malformed;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout;

use super::Endpoint;
use super::Limits;
use super::chain::Shown;
use super::preamble;
use super::preamble::Fault;
use crate::ConnectError;

/// Asks one endpoint.
#[derive(Debug)]
pub(super) struct Prober<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) protocol: Protocol,
    pub(super) limits: Limits,
    address: SocketAddr,
    slots: Semaphore,
    handshakes: AtomicU32,
    most_handshakes: u32,
    has_answered: AtomicBool,
    is_incomplete: AtomicBool,
    notes: Mutex<Notes>,
}

/// What is noted of every answer.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Chains shown in the clear.
    pub(super) chains: Vec<Shown>,
    pub(super) dh_bits: Option<u16>,
    /// Groups that came up in TLS 1.2 and older.
    pub(super) groups: Vec<Group>,
    pub(super) renegotiates_safely: Option<bool>,
    pub(super) malformed: Vec<Malformed>,
}

/// What is asked for in one hello; the rest is the same for all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) version: Version,
    pub(super) suites: &'a [Suite],
    pub(super) groups: &'a [Group],
    pub(super) offers_compression: bool,
    pub(super) is_fallback: bool,
}

/// MySQL blocks a host after `max_connect_errors` broken handshakes in a row, 100 by default; ours are
/// all broken. Hosts on the same machine are never counted.
const MOST_MYSQL_HANDSHAKES: u32 = 80;

impl<'a> Prober<'a> {
    /// Finds the address and sees that somebody answers there.
    pub(super) async fn new(endpoint: &'a Endpoint, protocol: Protocol, limits: Limits) -> Result<Self, ConnectError> {
        let address = resolve(endpoint, limits).await?;
        let is_counted = protocol == Protocol::Mysql && !address.ip().is_loopback();
        Ok(Self {
            endpoint,
            protocol,
            limits,
            address,
            slots: Semaphore::new(limits.connections),
            handshakes: AtomicU32::new(0),
            most_handshakes: if is_counted { MOST_MYSQL_HANDSHAKES } else { u32::MAX },
            has_answered: AtomicBool::new(false),
            is_incomplete: AtomicBool::new(false),
            notes: Mutex::default(),
        })
    }

    /// Handshakes made so far.
    pub(super) fn handshakes(&self) -> u32 {
        self.handshakes.load(Ordering::Relaxed)
    }

    /// Whether every question was asked and answered.
    pub(super) fn is_complete(&self) -> bool {
        !self.is_incomplete.load(Ordering::Relaxed)
    }

    /// What was noted of all answers.
    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the one certificate that a server of SSL 2.0 shows, unless a chain begins with it.
    pub(super) fn note_certificate(&self, certificate: Vec<u8>) {
        let mut notes = self.notes();
        if !certificate.is_empty() && notes.chains.iter().all(|known| known.chain.first() != Some(&certificate)) {
            notes.chains.push(Shown { chain: vec![certificate], stapled: None });
        }
    }

    /// Waits for a free place among the connections to this endpoint.
    pub(super) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }

    /// A fresh connection, not counted as a handshake.
    pub(super) async fn connect(&self) -> io::Result<TcpStream> {
        let stream = timeout(self.limits.handshake, TcpStream::connect(self.address)).await??;
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// A fresh connection on which TLS can begin, counted as a handshake.
    pub(super) async fn ready(&self) -> Result<TcpStream, Fault> {
        if self.handshakes.fetch_add(1, Ordering::Relaxed) >= self.most_handshakes {
            self.is_incomplete.store(true, Ordering::Relaxed);
            return Err(Fault::Busy("enough handshakes were made"));
        }
        let mut stream = self.connect().await?;
        preamble::begin(&mut stream, self.protocol).await?;
        Ok(stream)
    }

    /// Sends a hello and reads the answer. Where the network failed it tries once more; a server that
    /// never answered anything is not asked twice.
    pub(super) async fn ask(&self, question: Question<'_>) -> Answer {
        let answer = match self.ask_once(question).await {
            Answer::Silent if self.has_answered.load(Ordering::Relaxed) => self.ask_once(question).await,
            answer => answer,
        };
        match &answer {
            Answer::Hello(flight) => self.note(flight),
            Answer::Malformed(fault) => {
                let mut notes = self.notes();
                if !notes.malformed.contains(fault) {
                    notes.malformed.push(*fault);
                }
            }
            Answer::Silent => self.is_incomplete.store(true, Ordering::Relaxed),
            Answer::Closed | Answer::Refused(_) => {}
        }
        if answer != Answer::Silent {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        answer
    }

    async fn ask_once(&self, question: Question<'_>) -> Answer {
        let Some(_slot) = self.slot().await else { return Answer::Silent };
        let hello = ClientHello {
            version: question.version,
            suites: question.suites,
            groups: question.groups,
            server_name: self.endpoint.server_name(),
            inside: None,
            offers_compression: question.offers_compression,
            is_fallback: question.is_fallback,
            random: rand::random(),
        }
        .to_bytes();
        let reader = FlightReader::new(question.version, question.suites, question.offers_compression);
        let shaking = async {
            let mut stream = self.ready().await?;
            Ok::<_, Fault>(shake(&mut stream, &hello, reader, self.limits).await)
        };
        // The connection has its own limit, the hello another one within `shake`.
        match timeout(self.limits.handshake * 2, shaking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Answer::Silent,
        }
    }

    fn note(&self, flight: &Flight) {
        let mut notes = self.notes();
        // What SSL 2.0 showed alone is the beginning of a chain.
        let is_known = |known: &&mut Shown| {
            known.chain == flight.chain || known.chain.len() == 1 && known.chain.first() == flight.chain.first()
        };
        match notes.chains.iter_mut().find(is_known) {
            Some(known) => {
                known.chain.clone_from(&flight.chain);
                known.stapled = known.stapled.take().or_else(|| flight.stapled.clone());
            }
            None if flight.chain.is_empty() => {}
            None => notes.chains.push(Shown { chain: flight.chain.clone(), stapled: flight.stapled.clone() }),
        }
        if let Some(bits) = flight.dh_bits {
            notes.dh_bits = Some(notes.dh_bits.map_or(bits, |known| known.min(bits)));
        }
        let is_old = flight.version < Version::Tls13.wire();
        if let (true, Some(group)) = (is_old, flight.group) {
            let group = Group(group);
            if !notes.groups.contains(&group) {
                notes.groups.push(group);
            }
        }
        if is_old {
            let before = notes.renegotiates_safely.unwrap_or(true);
            notes.renegotiates_safely = Some(before && flight.renegotiates_safely);
        }
    }
}

/// Sends a hello on a connection where TLS can begin, and reads until the answer is known.
pub(super) async fn shake(
    stream: &mut TcpStream,
    hello: &[u8],
    mut reader: FlightReader<'_>,
    limits: Limits,
) -> Answer {
    let mut reading = async || {
        if stream.write_all(hello).await.is_err() {
            return Some(Answer::Closed);
        }
        let mut bytes = vec![0; 16 << 10];
        loop {
            match stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => {
                    if let Some(answer) = reader.push(&bytes[..count]) {
                        return Some(answer);
                    }
                }
            }
        }
    };
    let outcome = timeout(limits.handshake, reading()).await;
    match outcome {
        Ok(Some(answer)) => answer,
        Ok(None) => reader.end(Answer::Closed),
        Err(_) => reader.end(Answer::Silent),
    }
}

/// The first address of the host that takes a connection.
async fn resolve(endpoint: &Endpoint, limits: Limits) -> Result<SocketAddr, ConnectError> {
    let unreachable =
        |reason: &str| ConnectError::Unreachable { target: endpoint.address(), reason: reason.to_owned() };
    let lookup = timeout(limits.handshake, tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port))).await;
    let addresses: Vec<SocketAddr> = match lookup {
        Ok(Ok(addresses)) => addresses.take(8).collect(),
        Ok(Err(_)) => return Err(unreachable("there is no host of that name")),
        Err(_) => return Err(unreachable("the name server does not answer")),
    };
    let mut reason = "there is no host of that name";
    for address in addresses {
        match timeout(limits.handshake, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(address),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                reason = "nobody listens on that port";
            }
            Ok(Err(_)) => reason = "there is no way to it",
            Err(_) => reason = "it does not answer (a firewall may swallow what we send)",
        }
    }
    Err(unreachable(reason))
}
