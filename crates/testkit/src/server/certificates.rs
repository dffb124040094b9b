//! Certificates for test servers, made with the `openssl` command: one that is right and one for
//! each way of being wrong.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::give_to_account;
use super::run;

/// What is wrong with a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing: signed by the test authority for `localhost` and 127.0.0.1.
    Good,
    /// Signed by nobody but itself.
    SelfSigned,
    /// Signed by the test authority, over since yesterday.
    Expired,
    /// Signed by the test authority for `other.example`.
    WrongName,
}

/// Who signs an OCSP answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Responder {
    /// The authority itself.
    Authority,
    /// One that the authority lets answer.
    Deputy,
    /// One with a certificate of the authority for something else.
    Impostor,
    /// Another authority.
    Stranger,
}

impl Certificate {
    const ALL: [Self; 4] = [Self::Good, Self::SelfSigned, Self::Expired, Self::WrongName];

    fn stem(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::SelfSigned => "self-signed",
            Self::Expired => "expired",
            Self::WrongName => "wrong-name",
        }
    }
}

/// A folder with an authority, another authority that signed nothing, and the certificates.
#[derive(Clone, Debug)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes them all in `folder`, which is made too and given to the servers' account.
    pub fn make(folder: &Path) -> Self {
        fs_err::create_dir_all(folder).expect("the certificate folder can be made");
        let made = Self { folder: folder.to_owned() };
        for authority in ["authority", "stranger"] {
            made.openssl(&format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN={authority} \
                 -addext keyUsage=critical,keyCertSign -keyout {authority}.key -out {authority}.pem"
            ));
        }
        fs_err::write(made.folder.join("index"), "").expect("the authority's list can be written");
        fs_err::write(made.folder.join("ca.conf"), AUTHORITY_SETTINGS).expect("its settings too");
        for certificate in Certificate::ALL {
            made.issue(certificate);
        }
        for entry in fs_err::read_dir(folder).expect("the folder is there") {
            give_to_account(&entry.expect("an entry can be read").path());
        }
        give_to_account(folder);
        made
    }

    /// Those made in `folder` before.
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The authority that signed the certificates.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// An authority that signed none of them.
    pub fn stranger(&self) -> PathBuf {
        self.folder.join("stranger.pem")
    }

    /// The certificate's file.
    pub fn certificate(&self, certificate: Certificate) -> PathBuf {
        self.folder.join(certificate.stem()).with_extension("pem")
    }

    /// The file of its key, readable by the servers' account alone.
    pub fn key(&self, certificate: Certificate) -> PathBuf {
        self.folder.join(certificate.stem()).with_extension("key")
    }

    /// The file of an OCSP answer about a certificate, that holds for a week.
    pub fn answer(&self, about: Certificate, responder: Responder) -> PathBuf {
        let stem = about.stem();
        let signer = match responder {
            Responder::Authority => "authority",
            Responder::Deputy => {
                self.signed("deputy", "-addext extendedKeyUsage=OCSPSigning", "20991231235959Z");
                "deputy"
            }
            Responder::Impostor => Certificate::WrongName.stem(),
            Responder::Stranger => "stranger",
        };
        self.openssl(&format!(
            "ocsp -index index -CA authority.pem -issuer authority.pem -cert {stem}.pem -rsigner {signer}.pem \
             -rkey {signer}.key -ndays 7 -noverify -respout {stem}.ocsp"
        ));
        self.folder.join(stem).with_extension("ocsp")
    }

    /// Has the authority revoke a certificate.
    pub fn revoke(&self, certificate: Certificate) {
        let stem = certificate.stem();
        self.openssl(&format!("ca -config ca.conf -cert authority.pem -keyfile authority.key -revoke {stem}.pem"));
    }

    /// A certificate that the authority signed.
    fn signed(&self, stem: &str, extensions: &str, ends: &str) {
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test {extensions} -keyout {stem}.key \
             -out {stem}.csr"
        ));
        self.openssl(&format!(
            "ca -batch -notext -config ca.conf -cert authority.pem -keyfile authority.key \
             -startdate 20200101000000Z -enddate {ends} -in {stem}.csr -out {stem}.pem"
        ));
    }

    fn issue(&self, certificate: Certificate) {
        let stem = certificate.stem();
        let names = match certificate {
            Certificate::WrongName => "DNS:other.example",
            _ => "DNS:localhost,IP:127.0.0.1",
        };
        let extensions = format!("-addext subjectAltName={names}");
        if certificate == Certificate::SelfSigned {
            self.openssl(&format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test {extensions} -keyout {stem}.key \
                 -x509 -days 30 -out {stem}.pem"
            ));
            return;
        }
        let ends = if certificate == Certificate::Expired { "20200201000000Z" } else { "20991231235959Z" };
        self.signed(stem, &extensions, ends);
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(&self.folder);
        assert!(
            Command::new("openssl").arg("version").output().is_ok(),
            "the tests need the command openssl: run `apt-get install openssl`"
        );
        run(&mut command);
    }
}

const AUTHORITY_SETTINGS: &str = "\
[ca]
default_ca = ours
[ours]
database = index
new_certs_dir = .
default_md = sha256
policy = anything
copy_extensions = copy
unique_subject = no
rand_serial = yes
[anything]
commonName = supplied
";
