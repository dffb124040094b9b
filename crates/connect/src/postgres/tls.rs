//! TLS to a PostgreSQL server, exactly as `sslmode` asks.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::address::Address;
use crate::tls::Check;
use crate::tls::Handshake;
use crate::tls::TlsFault;
use crate::tls::Tunnel;

/// Connects to `host:port`, upgrades to TLS and serves the plain side on a socket of our own.
pub(super) async fn open(address: &Address, host: &str, port: u16, check: Check) -> Result<Tunnel, TlsFault> {
    let handshake = Handshake::prepare(host, &address.trust(), check)?;
    let mut server = TcpStream::connect((host, port)).await.map_err(TlsFault::Io)?;
    let _ = server.set_nodelay(true);
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    server.write_all(&SSL_REQUEST).await.map_err(TlsFault::Io)?;
    if server.read_u8().await.map_err(TlsFault::Io)? != b'S' {
        return Err(TlsFault::NotOffered);
    }
    serve(handshake.run(server).await?, port).map_err(TlsFault::Io)
}

fn serve(mut server: TlsStream<TcpStream>, port: u16) -> io::Result<Tunnel> {
    let (tunnel, listener) = Tunnel::bind(&format!(".s.PGSQL.{port}"))?;
    tokio::spawn(async move {
        // The listener closes after the first, which can only be ours.
        let Ok((mut driver, _)) = listener.accept().await else { return };
        drop(listener);
        const BUFFER: usize = 128 << 10;
        let _ = tokio::io::copy_bidirectional_with_sizes(&mut driver, &mut server, 8 << 10, BUFFER).await;
    });
    Ok(tunnel)
}
