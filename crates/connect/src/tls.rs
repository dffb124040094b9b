//! TLS to a database server, checked by ourselves, and handed to the driver as a Unix socket.
//!
//! The drivers' own TLS trusts the public authorities beside the one that the user names, so that to check
//! the authority alone would accept anybody's certificate. Therefore the connectors speak TLS themselves and
//! give the driver a socket in a folder that only our account can enter; it accepts one connection.

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
use tokio::net::TcpStream;
use tokio::net::UnixListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whom to trust, and who we are.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    /// The file with the authorities' certificates; without it those of the system are trusted.
    pub(crate) authority: Option<PathBuf>,
    /// Our own certificate and its key, for servers that ask for one.
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
    /// How the address names these files, for messages: the authority, then certificate and key.
    pub(crate) parameters: (&'static str, &'static str),
}

/// What is checked of a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing: safe against listeners, not against somebody in the middle.
    Nothing,
    /// That a trusted authority signed it.
    Authority,
    /// And that it is for the host we asked for.
    AuthorityAndName,
}

/// Why there is no TLS connection.
#[derive(Debug)]
pub(crate) enum TlsFault {
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
pub(crate) struct Tunnel {
    folder: PathBuf,
}

impl Tunnel {
    /// A new folder, and the listener on the socket `name` in it.
    pub(crate) fn bind(name: &str) -> io::Result<(Self, UnixListener)> {
        let folder = std::env::temp_dir().join(format!("dataward-{:016x}", rand::random::<u64>()));
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let tunnel = Self { folder };
        let listener = UnixListener::bind(tunnel.folder.join(name))?;
        Ok((tunnel, listener))
    }

    /// The folder with the socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A server of which nothing is known yet but its address; made before its name is sent anywhere.
pub(crate) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
    parameters: (&'static str, &'static str),
}

impl Handshake {
    /// Reads the files of `trust` and takes `host` for the name that the certificate must have.
    pub(crate) fn prepare(host: &str, trust: &Trust, check: Check) -> Result<Self, TlsFault> {
        let connector = TlsConnector::from(Arc::new(configure(trust, check)?));
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsFault::Handshake("the host's name cannot stand in a certificate".into()))?;
        Ok(Self { connector, name, parameters: trust.parameters })
    }

    /// Speaks TLS on `stream`, on which the server waits for it.
    pub(crate) async fn run(self, stream: TcpStream) -> Result<TlsStream<TcpStream>, TlsFault> {
        let Self { connector, name, parameters } = self;
        connector.connect(name, stream).await.map_err(|error| handshake_fault(error, parameters))
    }
}

fn configure(trust: &Trust, check: Check) -> Result<ClientConfig, TlsFault> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match check {
        Check::Nothing => Arc::new(Unchecked(Arc::clone(&provider))),
        check => {
            let trusted = trusted(trust.authority.as_deref())?;
            let mut roots = RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(trusted.iter().cloned());
            if let (0, Some(path)) = (added, &trust.authority) {
                return Err(TlsFault::File(path.clone(), "holds no certificate of an authority"));
            }
            let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            let webpki = webpki.build().map_err(|_| TlsFault::Handshake("no authority is trusted".into()))?;
            let trusted = if trust.authority.is_some() { trusted } else { Vec::new() };
            Arc::new(Checked { webpki, trusted, checks_name: check == Check::AuthorityAndName })
        }
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFault::Handshake(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = &trust.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = read_certificates(certificate)?;
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|_| TlsFault::File(key.clone(), "holds no readable PEM key"))?;
    let unfit = || TlsFault::File(key.clone(), "does not fit to the client certificate");
    builder.with_client_auth_cert(chain, secret).map_err(|_| unfit())
}

fn trusted(authority: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    match authority {
        Some(path) => read_certificates(path),
        None => Ok(rustls_native_certs::load_native_certs().certs),
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let fault = |reason| TlsFault::File(path.to_owned(), reason);
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|_| fault("cannot be read"))?.collect();
    certificates.map_err(|_| fault("holds no readable PEM certificate"))
}

/// Says what is wrong with a certificate, in our words.
fn handshake_fault(error: io::Error, (authority, certificate_and_key): (&str, &str)) -> TlsFault {
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
                return TlsFault::Handshake(format!(
                    "the server's certificate is signed by an authority that is not trusted (name it with \
                     {authority}=FILE)"
                ));
            }
            CertificateError::Revoked => "the server's certificate has been revoked",
            _ => "the server's certificate is not acceptable (self-signed or malformed)",
        },
        TlsError::AlertReceived(_) => {
            return TlsFault::Handshake(format!(
                "the server broke off the TLS handshake (it may ask for a client certificate: {certificate_and_key})"
            ));
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
