//! Does the server take log-ins without TLS? Asked as a client would begin, and never finished: no
//! password is sent, no known account is tried where a failure counts against it.

use std::io;
use std::io::ErrorKind;

use dataward_tls::facts::PlaintextLogins;
use dataward_tls::facts::Protocol;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Endpoint;
use super::line::read_reply;
use super::line::send_line;
use super::preamble::Fault;
use super::preamble::has_word;
use super::preamble::imap_capabilities;
use super::preamble::ldap_result;
use super::preamble::mysql_greeting;
use super::preamble::mysql_packet;
use super::preamble::pop3_capabilities;
use super::preamble::smtp_hello;

/// An account that nobody has.
const NOBODY: &str = "dataward-transit-probe";

/// Begins a log-in in the clear on a fresh connection.
pub(super) async fn ask(
    stream: &mut TcpStream,
    endpoint: &Endpoint,
    protocol: Protocol,
) -> Result<PlaintextLogins, Fault> {
    match protocol {
        Protocol::Postgresql => postgresql(stream, endpoint).await,
        Protocol::Mysql => mysql(stream).await,
        Protocol::Smtp => {
            let lines = smtp_hello(stream).await?;
            let methods = lines.iter().find(|line| line.get(4..).is_some_and(|rest| has_word(rest, "AUTH")));
            let readable = ["LOGIN", "PLAIN"].into_iter().find(|word| methods.is_some_and(|line| has_word(line, word)));
            Ok(match (methods, readable) {
                // Some offer it and say only then that they want TLS first (538, 530).
                (Some(_), Some(method)) => match begin_log_in(stream, method).await {
                    Ok(500..=599) => PlaintextLogins::Refused,
                    _ => PlaintextLogins::AsksForPassword,
                },
                (Some(_), None) => PlaintextLogins::AsksForProof,
                // Nobody can log in here at all, or only after STARTTLS.
                (None, _) => PlaintextLogins::Refused,
            })
        }
        Protocol::Imap => {
            let lines = imap_capabilities(stream).await?;
            let refused = lines.iter().any(|line| has_word(line, "LOGINDISABLED"));
            Ok(if refused { PlaintextLogins::Refused } else { PlaintextLogins::AsksForPassword })
        }
        Protocol::Pop3 => {
            let lines = pop3_capabilities(stream).await?;
            let taken = lines.iter().any(|line| has_word(line, "USER") || has_word(line, "PLAIN"));
            Ok(if taken { PlaintextLogins::AsksForPassword } else { PlaintextLogins::Refused })
        }
        Protocol::Ftp => {
            read_reply(stream).await?;
            send_line(stream, &format!("USER {NOBODY}")).await?;
            Ok(match read_reply(stream).await?.0 {
                230 => PlaintextLogins::LetsIn,
                331 | 332 => PlaintextLogins::AsksForPassword,
                _ => PlaintextLogins::Refused,
            })
        }
        Protocol::Ldap => {
            stream.write_all(&simple_bind()).await?;
            // confidentialityRequired, strongerAuthRequired, inappropriateAuthentication (RFC 4511 A.1).
            Ok(match ldap_result(stream).await? {
                8 | 13 | 48 => PlaintextLogins::Refused,
                0 => PlaintextLogins::LetsIn,
                32 | 34 | 49 | 53 => PlaintextLogins::AsksForPassword,
                _ => PlaintextLogins::Unknown,
            })
        }
        Protocol::Https | Protocol::Tls => Ok(PlaintextLogins::Unknown),
    }
}

/// Asks a mail server to begin a log-in, without a name or password; its answer.
async fn begin_log_in(stream: &mut TcpStream, method: &str) -> io::Result<u16> {
    send_line(stream, &format!("AUTH {method}")).await?;
    let (code, _) = read_reply(stream).await?;
    // RFC 4954: a lone star ends the attempt.
    let _ = send_line(stream, "*").await;
    Ok(code)
}

/// `pg_hba.conf` decides by user and database, so those of the policy are asked for where they are known. Over TLS the
/// same question tells whether that proves enough to be let in.
pub(super) async fn postgresql(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
) -> Result<PlaintextLogins, Fault> {
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let database = endpoint.database.as_deref().unwrap_or("postgres");
    let mut body = vec![0, 3, 0, 0];
    for text in ["user", user, "database", database, "application_name", "dataward"] {
        body.extend(text.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(&body).await?;
    let kind = stream.read_u8().await?;
    let length = stream.read_u32().await?;
    match kind {
        b'R' => Ok(match stream.read_u32().await? {
            0 => PlaintextLogins::LetsIn,
            3 => PlaintextLogins::AsksForPassword,
            // MD5, GSS, SSPI, SASL.
            _ => PlaintextLogins::AsksForProof,
        }),
        b'E' => {
            let mut message = vec![0; (length.saturating_sub(4) as usize).min(4096)];
            stream.read_exact(&mut message).await?;
            // Fields: a letter and text up to a zero; `C` is the SQLSTATE. The message may quote names: not read.
            let mut fields = message.split(|byte| *byte == 0);
            let state = fields.find_map(|field| field.strip_prefix(b"C"));
            Ok(match state {
                // invalid_authorization_specification: no line of pg_hba.conf lets this one in without TLS.
                Some(b"28000") => PlaintextLogins::Refused,
                _ => PlaintextLogins::Unknown,
            })
        }
        _ => Err(Fault::Broken),
    }
}

/// MySQL and MariaDB look at `require_secure_transport` only after they have accepted the password, so a
/// stranger cannot tell whether the log-in would have been let in: unless it is let in, or the server
/// has no TLS at all, the answer is for those who can log in.
async fn mysql(stream: &mut TcpStream) -> Result<PlaintextLogins, Fault> {
    let offers_tls = mysql_greeting(stream).await?.offers_tls;
    // CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH; no CLIENT_SSL.
    let mut body = vec![0x00, 0x82, 0x08, 0x00, 0, 0, 0, 1, 45];
    body.resize(32, 0);
    body.extend(NOBODY.bytes());
    body.extend([0, 0]);
    body.extend(b"mysql_native_password\0");
    let length = u32::try_from(body.len()).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    let mut packet = length.to_le_bytes()[..3].to_vec();
    packet.push(1);
    packet.extend(body);
    stream.write_all(&packet).await?;
    let answer = mysql_packet(stream).await?;
    Ok(match answer.as_slice() {
        [0x00, ..] => PlaintextLogins::LetsIn,
        [0xfe, rest @ ..] if rest.starts_with(b"mysql_clear_password") => PlaintextLogins::AsksForPassword,
        // ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, or it asks for another proof, or for more.
        [0xff, 0x15, 0x04, ..] | [0xff, 0xa2, 0x06, ..] | [0xfe | 0x01, ..] if !offers_tls => {
            PlaintextLogins::AsksForProof
        }
        _ => PlaintextLogins::Unknown,
    })
}

/// A bind with a password, for an entry that is nowhere (RFC 4511 4.2).
fn simple_bind() -> Vec<u8> {
    let name = format!("cn={NOBODY}");
    let mut bind = vec![2, 1, 3, 4, name.len() as u8];
    bind.extend(name.bytes());
    bind.extend([0x80, 1, b'x']);
    let mut message = vec![2, 1, 1, 0x60, bind.len() as u8];
    message.extend(bind);
    let mut out = vec![0x30, message.len() as u8];
    out.extend(message);
    out
}
