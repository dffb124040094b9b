//! Servers that say what a test wants.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Listens on a free port and runs `script` for every connection, until the test ends.
pub(crate) async fn serve<F, Script>(script: F) -> String
where
    F: Fn(TcpStream) -> Script + Send + 'static,
    Script: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script(stream));
        }
    });
    address
}

/// Speaks a text protocol: greets, answers lines that begin with a word, and after the line `begin`
/// hands the connection to a TLS server on `port`.
pub(crate) async fn speak(
    stream: TcpStream,
    greeting: &'static str,
    answers: &'static [(&'static str, &'static str)],
    begin: &'static str,
    port: u16,
) {
    let mut stream = BufReader::new(stream);
    if stream.write_all(greeting.as_bytes()).await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let Some((_, answer)) = answers.iter().find(|(word, _)| line.starts_with(word)) else { return };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        if line.starts_with(begin) {
            return pass_on(stream.into_inner(), port).await;
        }
    }
}

/// Hands the connection to a TLS server.
pub(crate) async fn pass_on(mut stream: TcpStream, port: u16) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
}

/// Hands the connection to a TLS server, and its first `length` bytes back; then nothing more comes.
pub(crate) async fn pass_on_some(stream: TcpStream, port: u16, length: u64) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    let ((mut from_client, mut to_client), (from_server, mut to_server)) = (stream.into_split(), server.into_split());
    let answer = async {
        let _ = tokio::io::copy(&mut from_server.take(length), &mut to_client).await;
        std::future::pending::<()>().await;
    };
    // Ends when the client gives up.
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = answer => {}
    }
}

/// A web server over TLS that answers every request with `head`.
pub(crate) async fn serve_https(certificate: &Path, key: &Path, head: &'static str) -> String {
    let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read_u8().await;
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// Reads so many bytes and forgets them.
pub(crate) async fn skip(stream: &mut TcpStream, count: usize) {
    let mut bytes = vec![0; count];
    let _ = stream.read_exact(&mut bytes).await;
}
