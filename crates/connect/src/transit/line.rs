//! Lines of the text protocols, read one byte at a time: what comes after the go-ahead must stay on the
//! wire for TLS.

use std::io;
use std::io::ErrorKind;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Longest line taken of a server (RFC 5321 allows 512, IMAP capabilities are longer).
const LONGEST_LINE: usize = 4096;
/// Lines of one answer.
const MOST_LINES: usize = 64;

/// One line, without its end.
pub(super) async fn read_line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => break,
            byte if line.len() < LONGEST_LINE => line.push(byte),
            _ => return Err(io::Error::from(ErrorKind::InvalidData)),
        }
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Lines up to and with the first for which `is_last` holds.
pub(super) async fn read_until(stream: &mut TcpStream, is_last: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    while lines.len() < MOST_LINES {
        let line = read_line(stream).await?;
        let done = is_last(&line);
        lines.push(line);
        if done {
            return Ok(lines);
        }
    }
    Err(io::Error::from(ErrorKind::InvalidData))
}

/// An answer of SMTP or FTP: `250-…` lines and a `250 …` at the end. Its code is that of the last line.
pub(super) async fn read_reply(stream: &mut TcpStream) -> io::Result<(u16, Vec<String>)> {
    let is_last = |line: &str| line.len() >= 3 && line.as_bytes().get(3).is_none_or(|byte| *byte == b' ');
    let lines = read_until(stream, is_last).await?;
    let code = lines.last().and_then(|line| line.get(..3)).and_then(|code| code.parse().ok());
    code.map(|code| (code, lines)).ok_or_else(|| io::Error::from(ErrorKind::InvalidData))
}

/// Sends a line.
pub(super) async fn send_line(stream: &mut TcpStream, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await
}
