//! What a web server says in its headers, inside TLS and beside it.

use std::time::Duration;

use dataward_tls::facts::PlainHttp;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes of headers read at most.
const LONGEST_HEAD: usize = 16 << 10;
/// How long plain HTTP is waited for.
const LIMIT: Duration = Duration::from_secs(3);

/// The beginning of an answer, up to the empty line.
pub(super) struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    /// `max-age` of Strict-Transport-Security (RFC 6797 6.1.1).
    pub(super) fn hsts_seconds(&self) -> Option<u64> {
        let value = self.header("strict-transport-security")?;
        let age = value.split(';').find_map(|part| {
            let (name, age) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("max-age").then(|| age.trim().trim_matches('"'))
        });
        age?.parse().ok()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let status = lines.next()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        Some(Self { status, headers })
    }
}

/// Asks for the first page and reads the headers; none when what answers is no web server.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, host: &str) -> Option<Head> {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: dataward\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while bytes.len() < LONGEST_HEAD && !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    Head::parse(&String::from_utf8_lossy(&bytes))
}

/// What plain HTTP on that port does.
pub(super) async fn plain(host: &str, port: u16) -> PlainHttp {
    let asking = async {
        let mut stream = TcpStream::connect((host, port)).await.ok()?;
        ask(&mut stream, host).await
    };
    let Ok(Some(head)) = timeout(LIMIT, asking).await else { return PlainHttp::Closed };
    let target = head.header("location").unwrap_or_default().to_ascii_lowercase();
    match head.status {
        300..400 if target.starts_with("https://") => PlainHttp::Redirects,
        200..400 => PlainHttp::Serves,
        _ => PlainHttp::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promise_to_use_https_is_read_in_seconds() {
        let age = |text: &str| Head::parse(text).and_then(|head| head.hsts_seconds());
        let head = "HTTP/1.1 200 OK\r\nServer: x\r\nstrict-transport-security: Max-Age=\"63072000\"; preload\r\n\r\n";
        assert_eq!(age(head), Some(63_072_000));
        assert_eq!(age("HTTP/1.1 200 OK\r\n\r\nStrict-Transport-Security: max-age=1"), None);
        assert_eq!(age("SSH-2.0"), None);
    }
}
