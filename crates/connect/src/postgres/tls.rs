//! TLS to the server, exactly as `sslmode` asks.
//!
//! The driver's own TLS trusts the public authorities beside the one in `sslrootcert`, so that
//! `verify-ca` would accept anybody's certificate. Therefore we speak TLS ourselves and hand the
//! driver a Unix socket in a folder that only our account can enter; it accepts one connection.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::Error as TlsError;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs;
use rustls::crypto::verify_tls12_signature;
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::UnixListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::Address;
use super::address::Roots;

/// What is checked of a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: safe against listeners, not against somebody in the middle.
    Nothing,
    /// That a trusted authority signed it.
    Authority,
    /// And that it is for the host we asked for.
    AuthorityAndName,
}

/// Why there is no TLS connection.
#[derive(Debug)]
pub(super) enum TlsFault {
    /// The server does not speak TLS.
    NotOffered,
    /// A file of certificates or keys cannot be used.
    File(PathBuf, &'static str),
    /// The handshake failed.
    Handshake(String),
    /// The network failed.
    Io(io::Error),
}

/// The folder with the socket the driver connects to. Removed on drop.
#[derive(Debug)]
pub(super) struct Tunnel {
    folder: PathBuf,
}

impl Tunnel {
    /// The folder, for the driver's `socket`.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Connects to `host:port`, upgrades to TLS and serves the plain side on a socket of our own.
pub(super) async fn open(address: &Address, host: &str, port: u16, check: Check) -> Result<Tunnel, TlsFault> {
    let config = configure(address, check)?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| TlsFault::Handshake("the host's name cannot stand in a certificate".into()))?;
    let mut server = TcpStream::connect((host, port)).await.map_err(TlsFault::Io)?;
    let _ = server.set_nodelay(true);
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    server.write_all(&SSL_REQUEST).await.map_err(TlsFault::Io)?;
    if server.read_u8().await.map_err(TlsFault::Io)? != b'S' {
        return Err(TlsFault::NotOffered);
    }
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, server).await.map_err(handshake_fault)?;
    serve(stream, port).map_err(TlsFault::Io)
}

fn serve(mut server: TlsStream<TcpStream>, port: u16) -> io::Result<Tunnel> {
    let folder = std::env::temp_dir().join(format!("dataward-{:016x}", rand::random::<u64>()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let tunnel = Tunnel { folder };
    let listener = UnixListener::bind(tunnel.folder.join(format!(".s.PGSQL.{port}")))?;
    tokio::spawn(async move {
        // The listener closes after the first, which can only be ours.
        let Ok((mut driver, _)) = listener.accept().await else { return };
        drop(listener);
        const BUFFER: usize = 128 << 10;
        let _ = tokio::io::copy_bidirectional_with_sizes(&mut driver, &mut server, 8 << 10, BUFFER).await;
    });
    Ok(tunnel)
}

fn configure(address: &Address, check: Check) -> Result<ClientConfig, TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match check {
        Check::Nothing => Arc::new(Unchecked(Arc::clone(&provider))),
        check => {
            let trusted = trusted(&address.roots)?;
            let mut roots = RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(trusted.iter().cloned());
            if let (0, Roots::File(path)) = (added, &address.roots) {
                return Err(TlsFault::File(path.clone(), "holds no certificate of an authority"));
            }
            let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            let webpki = webpki.build().map_err(|_| TlsFault::Handshake("no authority is trusted".into()))?;
            let trusted = if matches!(address.roots, Roots::File(_)) { trusted } else { Vec::new() };
            Arc::new(Checked { webpki, trusted, checks_name: check == Check::AuthorityAndName })
        }
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFault::Handshake(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = &address.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = read_certificates(certificate)?;
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|_| TlsFault::File(key.clone(), "holds no readable PEM key"))?;
    let unfit = || TlsFault::File(key.clone(), "does not fit to the client certificate");
    builder.with_client_auth_cert(chain, secret).map_err(|_| unfit())
}

fn trusted(roots: &Roots) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    match roots {
        Roots::File(path) => read_certificates(path),
        Roots::System | Roots::Unset => Ok(rustls_native_certs::load_native_certs().certs),
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let fault = |reason| TlsFault::File(path.to_owned(), reason);
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|_| fault("cannot be read"))?.collect();
    certificates.map_err(|_| fault("holds no readable PEM certificate"))
}

/// Says what is wrong with a certificate, in our words.
fn handshake_fault(error: io::Error) -> TlsFault {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        return TlsFault::Io(error);
    };
    let reason = match tls {
        TlsError::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host name"
            }
            CertificateError::UnknownIssuer => {
                "the server's certificate is signed by an authority that is not trusted (name it with \
                 sslrootcert=FILE)"
            }
            CertificateError::Revoked => "the server's certificate has been revoked",
            _ => "the server's certificate is not acceptable (self-signed or malformed)",
        },
        TlsError::AlertReceived(_) => {
            "the server broke off the TLS handshake (it may ask for a client certificate: sslcert, sslkey)"
        }
        TlsError::PeerIncompatible(_) => "the server speaks only TLS versions or ciphers that are not safe",
        _ => "the TLS handshake failed",
    };
    TlsFault::Handshake(reason.to_owned())
}

/// Checks the chain, and the name for `verify-full`.
#[derive(Debug)]
struct Checked {
    webpki: Arc<WebPkiServerVerifier>,
    /// What the user named: a self-signed server certificate may be among it.
    trusted: Vec<CertificateDer<'static>>,
    checks_name: bool,
}

impl ServerCertVerifier for Checked {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match self.webpki.verify_server_cert(certificate, chain, name, ocsp, now) {
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            // An authority's certificate used by a server. Its dates have been checked by now.
            Err(TlsError::InvalidCertificate(CertificateError::Other(_)))
                if self.trusted.iter().any(|trusted| trusted == certificate) =>
            {
                if self.checks_name {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Checks nothing but the signature on the handshake: `prefer` and `require`.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
