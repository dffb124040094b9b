//! What speaks on a port that nobody knows: listen, then try.

use std::time::Duration;

use dataward_tls::facts::Protocol;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Endpoint;
use super::Limits;
use super::preamble::SSL_REQUEST;
use super::prober::Prober;
use crate::ConnectError;

/// How long a server is given to greet; those that wait for us never do.
const GREETING: Duration = Duration::from_millis(400);

/// What is spoken at the endpoint.
///
/// # Errors
/// When nobody listens.
pub(super) async fn protocol(endpoint: &Endpoint, limits: Limits) -> Result<Protocol, ConnectError> {
    let prober = Prober::new(endpoint, Protocol::Tls, limits).await?;
    let gone = |_| ConnectError::Unreachable {
        target: endpoint.address(),
        reason: "it takes the connection and closes it".to_owned(),
    };
    let mut stream = prober.connect().await.map_err(gone)?;
    let mut bytes = [0; 256];
    if let Ok(Ok(count)) = timeout(GREETING, stream.read(&mut bytes)).await
        && count > 0
    {
        return Ok(greeted(&bytes[..count]));
    }
    drop(stream);
    let mut stream = prober.connect().await.map_err(gone)?;
    Ok(if is_postgresql(&mut stream, limits).await { Protocol::Postgresql } else { Protocol::Tls })
}

fn greeted(bytes: &[u8]) -> Protocol {
    let text = String::from_utf8_lossy(bytes).to_ascii_uppercase();
    match bytes {
        // A packet of MySQL: number 0, protocol version 10, or an error.
        [_, _, 0, 0, 10 | 0xff, ..] => Protocol::Mysql,
        _ if text.starts_with("220") && text.contains("FTP") && !text.contains("SMTP") => Protocol::Ftp,
        _ if text.starts_with("220") => Protocol::Smtp,
        _ if text.starts_with("* OK") => Protocol::Imap,
        _ if text.starts_with("+OK") => Protocol::Pop3,
        _ => Protocol::Tls,
    }
}

/// PostgreSQL answers its request for TLS with exactly one letter; TLS servers answer with an alert, or not.
async fn is_postgresql(stream: &mut TcpStream, limits: Limits) -> bool {
    let asking = async {
        stream.write_all(&SSL_REQUEST).await.ok()?;
        let mut bytes = [0; 8];
        let count = stream.read(&mut bytes).await.ok()?;
        Some(matches!(bytes.get(..count), Some([b'S' | b'N'])))
    };
    timeout(limits.handshake.min(Duration::from_secs(2)), asking).await.ok().flatten() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_tells_what_is_spoken() {
        let cases: [(&[u8], Protocol); 6] = [
            (b"\x5b\0\0\0\x0a8.0.36\0", Protocol::Mysql),
            (b"220 mail.example ESMTP Postfix\r\n", Protocol::Smtp),
            (b"220 ProFTPD Server\r\n", Protocol::Ftp),
            (b"* OK IMAP4rev1\r\n", Protocol::Imap),
            (b"+OK ready\r\n", Protocol::Pop3),
            (b"SSH-2.0-OpenSSH\r\n", Protocol::Tls),
        ];
        for (greeting, protocol) in cases {
            assert_eq!(greeted(greeting), protocol);
        }
    }
}
