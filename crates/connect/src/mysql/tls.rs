//! TLS to a MySQL or MariaDB server whose certificate is to be checked.
//!
//! The server speaks first, so the tunnel lets the driver answer: it hands the server's greeting on, waits for
//! the driver's wish for TLS, passes it to the server, and then speaks TLS to both: checked to the server, and
//! with a certificate made for the moment to the driver, which would not send some kinds of password otherwise.

use std::io;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::UnixStream;
use tokio_rustls::TlsAcceptor;

use crate::tls::Check;
use crate::tls::Handshake;
use crate::tls::TlsFault;
use crate::tls::Trust;
use crate::tls::Tunnel;

/// Name of the socket in the tunnel's folder.
pub(super) const SOCKET: &str = "mysql.sock";

/// A greeting and a wish for TLS are below 300 bytes; a server that says more is none.
const PACKET_LIMIT: usize = 4096;

/// The bit of the server's and the client's capabilities that stands for TLS.
const CLIENT_SSL: u16 = 0x0800;

/// A tunnel, and why it broke if it did before the driver could log in.
pub(super) struct Checked {
    pub(super) tunnel: Tunnel,
    fault: Arc<Mutex<Option<TlsFault>>>,
}

impl Checked {
    /// What went wrong on the way to the server; the driver only sees a closed socket.
    pub(super) fn fault(&self) -> Option<TlsFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Connects to `host:port` and serves a socket on which the driver finds the server.
pub(super) async fn open(trust: &Trust, host: &str, port: u16, check: Check) -> Result<Checked, TlsFault> {
    let handshake = Handshake::prepare(host, trust, check)?;
    let acceptor = acceptor()?;
    let server = TcpStream::connect((host, port)).await.map_err(TlsFault::Io)?;
    let _ = server.set_nodelay(true);
    let (tunnel, listener) = Tunnel::bind(SOCKET).map_err(TlsFault::Io)?;
    let fault = Arc::default();
    let broken: Arc<Mutex<Option<TlsFault>>> = Arc::clone(&fault);
    tokio::spawn(async move {
        // The listener closes after the first, which can only be ours.
        let Ok((mut driver, _)) = listener.accept().await else { return };
        drop(listener);
        if let Err(fault) = carry(handshake, server, acceptor, &mut driver).await {
            // Before the driver sees its socket close.
            *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
    });
    Ok(Checked { tunnel, fault })
}

async fn carry(
    handshake: Handshake,
    mut server: TcpStream,
    acceptor: TlsAcceptor,
    driver: &mut UnixStream,
) -> Result<(), TlsFault> {
    let greeting = packet(&mut server).await.map_err(TlsFault::Io)?;
    if !greets(&greeting) {
        // An error, or no database server at all: the driver knows what to say of it.
        driver.write_all(&greeting).await.map_err(TlsFault::Io)?;
        return Ok(());
    }
    if capabilities(&greeting).is_none_or(|bits| bits & CLIENT_SSL == 0) {
        return Err(TlsFault::NotOffered);
    }
    driver.write_all(&greeting).await.map_err(TlsFault::Io)?;
    let wish = packet(driver).await.map_err(TlsFault::Io)?;
    server.write_all(&wish).await.map_err(TlsFault::Io)?;
    let mut server = handshake.run(server).await?;
    let mut driver = acceptor.accept(driver).await.map_err(TlsFault::Io)?;
    const BUFFER: usize = 128 << 10;
    // How the connection ends later on is for the driver to notice.
    let _ = tokio::io::copy_bidirectional_with_sizes(&mut driver, &mut server, 8 << 10, BUFFER).await;
    Ok(())
}

/// One packet with its header: three bytes of length, one of sequence.
async fn packet(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 4];
    stream.read_exact(&mut packet).await?;
    let length = usize::from(packet[0]) | usize::from(packet[1]) << 8 | usize::from(packet[2]) << 16;
    if length > PACKET_LIMIT {
        return Err(ErrorKind::InvalidData.into());
    }
    packet.resize(4 + length, 0);
    stream.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

/// Whether this is the greeting of protocol 10, the only one since 1998.
fn greets(packet: &[u8]) -> bool {
    packet.get(4) == Some(&10)
}

/// The lower capabilities of a greeting: after the version's text, the connection's number and half the scramble.
fn capabilities(greeting: &[u8]) -> Option<u16> {
    let version = greeting.get(5..)?;
    let end = version.iter().position(|byte| *byte == 0)?;
    let bits = version.get(end + 1 + 4 + 8 + 1..)?;
    Some(u16::from_le_bytes([*bits.first()?, *bits.get(1)?]))
}

/// Speaks TLS to the driver, with a certificate for this one connection.
fn acceptor() -> Result<TlsAcceptor, TlsFault> {
    let fault = |_| TlsFault::Handshake("no certificate could be made for the way inside this machine".to_owned());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(fault)?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key))
        .map_err(|error| TlsFault::Handshake(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A greeting of MariaDB 10.11, as far as it matters.
    fn greeting(capabilities: u16) -> Vec<u8> {
        let mut payload = vec![10];
        payload.extend_from_slice(b"5.5.5-10.11.6-MariaDB\0");
        payload.extend_from_slice(&[7, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
        payload.extend_from_slice(&capabilities.to_le_bytes());
        let mut packet = vec![payload.len() as u8, 0, 0, 0];
        packet.append(&mut payload);
        packet
    }

    #[tokio::test]
    async fn a_greeting_tells_whether_tls_is_offered() {
        assert_eq!(capabilities(&greeting(0xf7fe)).map(|bits| bits & CLIENT_SSL), Some(0));
        assert_eq!(capabilities(&greeting(0xfffe)).map(|bits| bits & CLIENT_SSL), Some(CLIENT_SSL));
        let whole = greeting(0xfffe);
        assert_eq!(packet(&mut whole.as_slice()).await.unwrap(), whole);
        for cut in 0..whole.len() {
            assert!(packet(&mut &whole[..cut]).await.is_err());
            let _ = capabilities(&whole[..cut]);
        }
        assert!(packet(&mut [0xff_u8; 5000].as_slice()).await.is_err(), "too long for a greeting");
    }
}
