//! Certificates: the one real handshake through rustls, for what TLS 1.3 shows only to those who finish
//! it, and the question whether an authority vouches for a chain.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use dataward_tls::Certificate;
use dataward_tls::EndpointFacts;
use dataward_tls::Version;
use dataward_tls::facts::ChainFacts;
use dataward_tls::facts::HttpFacts;
use dataward_tls::facts::PlainHttp;
use dataward_tls::facts::Protocol;
use dataward_tls::facts::Trust;
use jiff::Timestamp;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::Error as TlsError;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::http;
use super::prober::Prober;
use super::staple;
use crate::ConnectError;

/// Whom we ask whether a chain can be trusted.
#[derive(Clone, Debug)]
pub struct TrustedRoots {
    public: Arc<RootCertStore>,
    system: Arc<RootCertStore>,
    named: Option<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    roots: Arc<RootCertStore>,
    /// A self-signed server certificate may be among what the user named.
    certificates: Vec<CertificateDer<'static>>,
}

impl TrustedRoots {
    /// Mozilla's list and that of this machine.
    pub fn load() -> Self {
        let public = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut system = RootCertStore::empty();
        system.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { public: Arc::new(public), system: Arc::new(system), named: None }
    }

    /// The same, and the authorities in a PEM file; where they are named, they alone count.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn with_file(&self, path: &Path) -> Result<Self, ConnectError> {
        let fault =
            |reason: &str| ConnectError::Malformed { target: path.display().to_string(), reason: reason.to_owned() };
        let read = CertificateDer::pem_file_iter(path).map_err(|_| fault("the file of authorities cannot be read"))?;
        let certificates: Vec<CertificateDer<'static>> = read.filter_map(Result::ok).collect();
        let mut roots = RootCertStore::empty();
        if let (0, _) = roots.add_parsable_certificates(certificates.iter().cloned()) {
            return Err(fault("it holds no certificate of an authority in PEM"));
        }
        Ok(Self { named: Some(Named { roots: Arc::new(roots), certificates }), ..self.clone() })
    }
}

/// What a chain says, and who vouches for it.
pub(super) fn read(shown: &Shown, roots: &TrustedRoots, now: Timestamp) -> ChainFacts {
    let chain = &shown.chain;
    let certificates: Vec<Certificate> = chain.iter().filter_map(|bytes| Certificate::read(bytes)).collect();
    let ders: Vec<CertificateDer<'_>> = chain.iter().map(|bytes| CertificateDer::from(bytes.as_slice())).collect();
    // Asked as if the server's own certificate were valid today: its dates are judged apart.
    let at = match chain.first().and_then(|bytes| Certificate::read(bytes)) {
        Some(leaf) if leaf.not_before <= leaf.not_after => now.clamp(leaf.not_before, leaf.not_after),
        _ => now,
    };
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)));
    let named = roots.named.as_ref().map(|named| match ders.first() {
        Some(leaf) if named.certificates.contains(leaf) => Trust::Trusted,
        _ => trust(&ders, &named.roots, at),
    });
    ChainFacts {
        has_unreadable: certificates.len() != chain.len(),
        certificates,
        public: trust(&ders, &roots.public, at),
        system: trust(&ders, &roots.system, at),
        named,
        stapled: shown.stapled.as_ref().map(|answer| {
            let authorities = roots.named.as_ref().map(|named| named.certificates.as_slice()).unwrap_or_default();
            staple::judge(answer, chain, authorities, now)
        }),
    }
}

/// A chain as a server shows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// In DER, the server's own first.
    pub(super) chain: Vec<Vec<u8>>,
    /// The OCSP answer that came along.
    pub(super) stapled: Option<Vec<u8>>,
}

fn trust(chain: &[CertificateDer<'_>], roots: &RootCertStore, at: UnixTime) -> Trust {
    let Some((leaf, between)) = chain.split_first() else { return Trust::UnknownIssuer };
    let Ok(leaf) = ParsedCertificate::try_from(leaf) else { return Trust::UnknownIssuer };
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    match verify_server_cert_signed_by_trust_anchor(&leaf, roots, between, at, algorithms) {
        Ok(()) => Trust::Trusted,
        Err(TlsError::InvalidCertificate(fault)) => match fault {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Trust::AuthorityExpired,
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Trust::NotForServers,
            CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Trust::BadSignature,
            _ => Trust::UnknownIssuer,
        },
        Err(_) => Trust::UnknownIssuer,
    }
}

/// What the one real handshake showed.
#[derive(Debug, Default)]
pub(super) struct Real {
    pub(super) shown: Option<Shown>,
    pub(super) http: Option<HttpFacts>,
}

/// Finishes one handshake, where rustls can, without trusting what it sees; asks for a page over HTTPS.
pub(super) async fn real_handshake(prober: &Prober<'_>, facts: &EndpointFacts) -> Real {
    let is_web = prober.protocol == Protocol::Https;
    if !(facts.speaks(Version::Tls13) || is_web && facts.speaks(Version::Tls12)) {
        return Real::default();
    }
    let recorder = Arc::new(Recorder::new());
    let mut real = Real::default();
    let limit = prober.limits.handshake;
    let plain = async {
        match prober.endpoint.plain_http {
            Some(port) => http::plain(&prober.endpoint.host, port).await,
            None => PlainHttp::NotAsked,
        }
    };
    let head = async {
        let _slot = prober.slot().await;
        let mut stream = timeout(limit * 2, handshake(prober, &recorder)).await.ok().flatten()?;
        if is_web { timeout(limit, http::ask(&mut stream, &prober.endpoint.host)).await.ok().flatten() } else { None }
    };
    let (head, plain) = tokio::join!(head, plain);
    if is_web {
        real.http = head.map(|head| HttpFacts { hsts_seconds: head.hsts_seconds(), plain });
    }
    let seen = std::mem::take(&mut *recorder.seen.lock().unwrap_or_else(PoisonError::into_inner));
    real.shown = (!seen.chain.is_empty()).then_some(seen);
    real
}

async fn handshake(prober: &Prober<'_>, recorder: &Arc<Recorder>) -> Option<TlsStream<TcpStream>> {
    let stream = prober.ready().await.ok()?;
    over(stream, prober, recorder).await
}

async fn over(stream: TcpStream, prober: &Prober<'_>, recorder: &Arc<Recorder>) -> Option<TlsStream<TcpStream>> {
    let config = ClientConfig::builder_with_provider(Arc::clone(&recorder.provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(prober.endpoint.host.clone()).ok()?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()
}

/// Finishes a handshake on a connection where TLS can begin, whatever certificate is shown.
pub(super) async fn blind_handshake(stream: TcpStream, prober: &Prober<'_>) -> Option<TlsStream<TcpStream>> {
    over(stream, prober, &Arc::new(Recorder::new())).await
}

/// Takes every certificate and remembers it. Nothing is ever sent over a connection made with it but
/// the request for a public page.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Shown>,
}

impl Recorder {
    fn new() -> Self {
        Self { provider: Arc::new(aws_lc_rs::default_provider()), seen: Mutex::default() }
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = std::iter::once(certificate).chain(chain).map(|one| one.as_ref().to_vec()).collect();
        seen.stapled = (!ocsp.is_empty()).then(|| ocsp.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
