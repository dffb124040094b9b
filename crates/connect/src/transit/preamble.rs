//! What is said in the clear before TLS begins, for each protocol.

use std::io;

use dataward_tls::facts::Protocol;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::line::read_reply;
use super::line::read_until;
use super::line::send_line;

/// Why TLS cannot begin.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server does not offer it.
    NoTls,
    /// The server says why it talks to nobody: in our words.
    Busy(&'static str),
    /// The connection broke, or what came is not this protocol.
    Broken,
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// PostgreSQL's request for TLS: length 8, code 80877103 (protocol documentation, 55.7).
pub(super) const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Says what must be said; then the next byte either way is TLS.
pub(super) async fn begin(stream: &mut TcpStream, protocol: Protocol) -> Result<(), Fault> {
    match protocol {
        Protocol::Https | Protocol::Tls => Ok(()),
        Protocol::Postgresql => {
            stream.write_all(&SSL_REQUEST).await?;
            // ONE byte: a second one in the clear is somebody else's (CVE-2021-23222).
            match stream.read_u8().await? {
                b'S' => Ok(()),
                b'N' => Err(Fault::NoTls),
                b'E' => Err(Fault::Busy("the server answers with an error before TLS: it is too old, or too busy")),
                _ => Err(Fault::Broken),
            }
        }
        Protocol::Mysql => {
            let greeting = mysql_greeting(stream).await?;
            if !greeting.offers_tls {
                return Err(Fault::NoTls);
            }
            // CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH; 16 MiB; utf8mb4.
            let mut request = vec![32, 0, 0, 1, 0x00, 0x8a, 0x08, 0x00, 0, 0, 0, 1, 45];
            request.resize(4 + 32, 0);
            Ok(stream.write_all(&request).await?)
        }
        Protocol::Smtp => {
            let lines = smtp_hello(stream).await?;
            offered(lines.iter().any(|line| has_word(line, "STARTTLS")))?;
            send_line(stream, "STARTTLS").await?;
            offered(read_reply(stream).await?.0 == 220)
        }
        Protocol::Imap => {
            let lines = imap_capabilities(stream).await?;
            offered(lines.iter().any(|line| has_word(line, "STARTTLS")))?;
            send_line(stream, "b STARTTLS").await?;
            let lines = read_until(stream, |line| line.starts_with("b ")).await?;
            offered(lines.last().is_some_and(|line| line.starts_with("b OK")))
        }
        Protocol::Pop3 => {
            let lines = pop3_capabilities(stream).await?;
            offered(lines.iter().any(|line| has_word(line, "STLS")))?;
            send_line(stream, "STLS").await?;
            offered(super::line::read_line(stream).await?.starts_with("+OK"))
        }
        Protocol::Ftp => {
            if read_reply(stream).await?.0 != 220 {
                return Err(Fault::Busy("the server does not greet"));
            }
            send_line(stream, "AUTH TLS").await?;
            offered(read_reply(stream).await?.0 == 234)
        }
        Protocol::Ldap => {
            // ExtendedRequest with the name of StartTLS (RFC 4511 4.14).
            const NAME: &[u8] = b"1.3.6.1.4.1.1466.20037";
            let mut request = vec![0x30, 29, 2, 1, 1, 0x77, 24, 0x80, 22];
            request.extend(NAME);
            stream.write_all(&request).await?;
            offered(ldap_result(stream).await? == 0)
        }
    }
}

fn offered(yes: bool) -> Result<(), Fault> {
    if yes { Ok(()) } else { Err(Fault::NoTls) }
}

/// Whether a capability stands in the line, in any case.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    line.split([' ', '-', '=']).any(|other| other.eq_ignore_ascii_case(word))
}

/// Reads the greeting of a mail server and says hello: what it can do.
pub(super) async fn smtp_hello(stream: &mut TcpStream) -> Result<Vec<String>, Fault> {
    if read_reply(stream).await?.0 != 220 {
        return Err(Fault::Busy("the mail server does not take connections from here"));
    }
    send_line(stream, "EHLO dataward.invalid").await?;
    Ok(read_reply(stream).await?.1)
}

/// Reads the greeting of an IMAP server and asks what it can do.
pub(super) async fn imap_capabilities(stream: &mut TcpStream) -> Result<Vec<String>, Fault> {
    if !super::line::read_line(stream).await?.starts_with("* OK") {
        return Err(Fault::Busy("the mail server does not greet"));
    }
    send_line(stream, "a CAPABILITY").await?;
    Ok(read_until(stream, |line| line.starts_with("a ")).await?)
}

/// Reads the greeting of a POP3 server and asks what it can do.
pub(super) async fn pop3_capabilities(stream: &mut TcpStream) -> Result<Vec<String>, Fault> {
    if !super::line::read_line(stream).await?.starts_with("+OK") {
        return Err(Fault::Busy("the mail server does not greet"));
    }
    send_line(stream, "CAPA").await?;
    Ok(read_until(stream, |line| line == "." || line.starts_with("-ERR")).await?)
}

/// The result code of the next LDAP message (RFC 4511 4.1.9).
pub(super) async fn ldap_result(stream: &mut TcpStream) -> Result<u8, Fault> {
    let mut bytes = [0; 512];
    let count = stream.read(&mut bytes).await?;
    // The first ENUMERATED of one byte is the result code.
    let found = bytes[..count].windows(3).find(|window| window[0] == 0x0a && window[1] == 1);
    found.map(|window| window[2]).ok_or(Fault::Broken)
}

/// What a MySQL server says first.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) offers_tls: bool,
}

/// Reads the greeting of MySQL or MariaDB (protocol version 10).
pub(super) async fn mysql_greeting(stream: &mut TcpStream) -> Result<Greeting, Fault> {
    let payload = mysql_packet(stream).await?;
    match payload.first() {
        Some(10) => {}
        Some(0xff) => {
            return Err(Fault::Busy(match payload.get(1..3) {
                // ER_HOST_IS_BLOCKED, ER_HOST_NOT_PRIVILEGED, ER_CON_COUNT_ERROR.
                Some([0x69, 0x04]) => {
                    "the server blocks this host after too many broken connections: an administrator types FLUSH HOSTS"
                }
                Some([0x6a, 0x04]) => "the server takes no connections from this host",
                Some([0x10, 0x04]) => "the server has too many connections",
                _ => "the server refuses the connection",
            }));
        }
        _ => return Err(Fault::Broken),
    }
    // Version as text up to a zero, then thread id 4, salt 8, filler 1, capabilities 2 (low half).
    let version_ends = payload.iter().position(|byte| *byte == 0).unwrap_or(payload.len());
    let at = version_ends + 1 + 4 + 8 + 1;
    let capabilities = payload.get(at..at + 2).ok_or(Fault::Broken)?;
    const CLIENT_SSL: u8 = 0x08;
    Ok(Greeting { offers_tls: capabilities[1] & CLIENT_SSL != 0 })
}

/// The next packet of MySQL: length 3, number 1, payload.
pub(super) async fn mysql_packet(stream: &mut TcpStream) -> Result<Vec<u8>, Fault> {
    const LONGEST: usize = 64 << 10;
    let mut header = [0; 4];
    stream.read_exact(&mut header).await?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
    if length > LONGEST {
        return Err(Fault::Broken);
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await?;
    Ok(payload)
}
