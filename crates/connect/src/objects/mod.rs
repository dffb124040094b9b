//! Buckets: S3 and the many stores that speak its protocol, Google Cloud Storage, Azure Blob Storage.
//!
//! An object is a file that lies elsewhere, and goes through the same [`crate::formats`]; what is
//! not needed of it (the row groups a sample leaves out, the members of a zip that are images) is
//! not fetched. Where the store keeps older versions, those are units of their own: data that was
//! overwritten or deleted there is still there.

mod address;
mod amend;
mod at_rest;
mod bucket;
mod cloud;
mod credentials;
mod errors;
pub mod grants;
pub mod iam;
mod listing;
pub mod policy_document;
mod read;
mod s3;
mod s3_rights;
mod scrub;
#[cfg(test)]
mod tests;
mod units;
mod xml;

use std::sync::Arc;

use async_trait::async_trait;
use dataward_model::SourceKind;

use self::address::Address;
use self::address::Provider;
use self::address::Signing;
use self::bucket::Bucket;
use self::bucket::Part;
use self::cloud::Cloud;
pub use self::credentials::Credentials;
use self::read::ObjectAt;
use self::s3::S3;
pub(crate) use self::units::VERSION;
pub use self::units::key_of;
pub use self::units::older_version;
use crate::ChunkStream;
use crate::ConnectError;
use crate::Read;
use crate::ReadRequest;
use crate::SourceFacts;
use crate::TransportSecurity;
use crate::Unit;
use crate::UnitStream;
use crate::amend::stored::ReadBefore;
use crate::at_rest::AtRest;
use crate::formats;
use crate::formats::Budget;
use crate::formats::Input;
use crate::formats::Limits;
use crate::formats::ReadAt;

/// A bucket, or what lies in it below a prefix.
pub struct Objects {
    bucket: Arc<dyn Bucket>,
    address: Address,
    account: Option<String>,
    limits: Limits,
    /// What our own key is configured for.
    label: String,
    /// Further keys that are asked with when it is told who may read the bucket.
    keys: Vec<(String, Credentials)>,
    read_before: ReadBefore,
}

impl Objects {
    /// A bucket by its address: `s3://bucket/prefix`, `gs://bucket/prefix` or
    /// `az://container/prefix?account=…`. Settings follow after `?`:
    ///
    /// - `endpoint`, `region`: where an S3-like store is that is not Amazon's, or not in us-east-1
    /// - `allow_http=true`: speak without TLS, for a store on this machine
    /// - `auth=anonymous` (an open bucket) or `auth=instance` (the role of this machine)
    /// - `versions=latest`: leave out older versions, which are read as well otherwise
    /// - `access_key_id`, `account`: whose the secret in `credentials` is
    ///
    /// Fails when the address cannot be understood, or nothing signs the requests. Asks nobody
    /// yet: that is for [`Read::open`].
    pub fn new(url: &str, credentials: Option<Credentials>) -> Result<Self, ConnectError> {
        let mut address = Address::parse(url)?;
        let credentials = credentials.unwrap_or_default();
        credentials.complete(&mut address)?;
        let bucket = open_bucket(address.clone(), &credentials)?;
        let account = match address.signing {
            Signing::Anonymous => Some("everyone".to_owned()),
            Signing::Given | Signing::Instance => address.account.clone(),
        };
        let label = "this machine".to_owned();
        Ok(Self {
            bucket,
            address,
            account,
            limits: Limits::default(),
            label,
            keys: Vec::new(),
            read_before: ReadBefore::default(),
        })
    }

    /// Asks with these keys too, each with what it is configured for, when it is told who may read the
    /// bucket. `label` is what its own key is configured for.
    pub fn with_keys(mut self, label: &str, keys: Vec<(String, Credentials)>) -> Self {
        self.label = label.to_owned();
        self.keys = keys;
        self
    }

    fn is_signed(&self) -> bool {
        self.address.signing != Signing::Anonymous
    }

    /// The bucket as it answers whoever has no key.
    fn as_anyone(&self) -> Result<Arc<dyn Bucket>, ConnectError> {
        let address = Address { signing: Signing::Anonymous, ..self.address.clone() };
        open_bucket(address, &Credentials::default())
    }

    /// The bucket as it answers another key.
    fn with_key(&self, credentials: &Credentials) -> Result<Arc<dyn Bucket>, ConnectError> {
        // The id in the address is that of its own key.
        let address = Address { signing: Signing::Given, access_key_id: None, ..self.address.clone() };
        open_bucket(address, credentials)
    }

    /// Reads objects within other limits than the usual ones.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

fn open_bucket(address: Address, credentials: &Credentials) -> Result<Arc<dyn Bucket>, ConnectError> {
    Ok(match address.provider {
        Provider::S3 => {
            let keys = credentials.s3(&address)?;
            Arc::new(S3::new(address, keys)?)
        }
        Provider::Azure | Provider::Google => Arc::new(Cloud::new(credentials.store(&address)?, address)),
    })
}

#[async_trait]
impl Read for Objects {
    fn kind(&self) -> SourceKind {
        SourceKind::Objects
    }

    async fn open(&self) -> Result<SourceFacts, ConnectError> {
        self.bucket.probe().await?;
        let product = match (self.address.provider, &self.address.endpoint) {
            (Provider::S3, None) => "Amazon S3",
            (Provider::S3, Some(_)) => "S3-like store",
            (Provider::Google, _) => "Google Cloud Storage",
            (Provider::Azure, _) => "Azure Blob Storage",
        };
        let plain = self.address.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        Ok(SourceFacts {
            product: product.to_owned(),
            account: self.account.clone(),
            transport: if plain { TransportSecurity::Plain } else { TransportSecurity::Tls { verified: true } },
        })
    }

    async fn units(&self) -> Result<UnitStream, ConnectError> {
        Ok(units::list(self.bucket.clone(), self.address.versions, &self.address.shown()).await)
    }

    async fn read(&self, unit: &Unit, request: &ReadRequest) -> Result<ChunkStream, ConnectError> {
        let (key, version) = units::key_and_version(unit);
        let whole = Part {
            key: key.to_owned(),
            version: version.map(str::to_owned),
            tag: unit.fingerprint.as_ref().and_then(units::tag),
            range: 0..unit.bytes.unwrap_or(0),
        };
        let runtime = tokio::runtime::Handle::current();
        let at: Arc<dyn ReadAt> =
            Arc::new(ObjectAt::new(self.bucket.clone(), whole, runtime, request.bytes_read.clone()));
        let name = unit.name.clone();
        let hint = key.to_owned();
        let budget = Budget::new(self.limits.clone());
        Ok(formats::stream(&unit.name, request, move |out| {
            formats::decode(Input::random(&name, at, budget)?.with_hint(&hint), out)
        }))
    }

    async fn at_rest(&self) -> Result<AtRest, ConnectError> {
        at_rest::read(Arc::clone(&self.bucket)).await
    }

    fn parallel_reads(&self) -> usize {
        8
    }
}
