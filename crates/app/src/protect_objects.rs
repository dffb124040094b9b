//! Buckets: the same as files, and the older versions that a bucket keeps.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Path;

use dataward_connect::UnitKind;
use dataward_connect::objects::older_version;
use dataward_model::SourceId;
use dataward_policy::SourceUrl;
use dataward_protect::SUFFIX;
use dataward_protect::objects;
use dataward_protect::objects::BucketAddress;
use dataward_protect::objects::Sealed;
use dataward_protect::objects::versions;
use dataward_protect::objects::versions::OlderVersion;
use futures::StreamExt;

use crate::AppError;
use crate::Project;
use crate::environment;
use crate::protect_files::Action;
use crate::protect_files::Destination;
use crate::protect_files::ProtectReport;
use crate::protect_files::Session;
use crate::protect_files::Watch;
use crate::record_sealing::Changed;
use crate::record_sealing::Tallies;
use crate::registry;
use crate::scan::Target;

/// What was done with objects, by class.
type Classes = BTreeMap<Option<String>, objects::Part>;

impl Session {
    pub(crate) async fn bucket(
        &self,
        action: Action,
        url: &str,
        destination: &Destination,
        watch: &Watch,
        report: &mut ProtectReport,
    ) -> Result<Classes, AppError> {
        let work = match (action, destination) {
            (Action::Verify, _) => objects::Work::Verify,
            (Action::Rewrap, _) => objects::Work::Rewrap,
            (Action::Encrypt, Destination::InPlace) => objects::Work::Seal,
            (Action::Decrypt, Destination::InPlace) => objects::Work::Open,
            _ => return Err(AppError::usage("objects are encrypted and decrypted with --in-place")),
        };
        let address = BucketAddress::s3(url, environment::variables(), None)?;
        let mut done = objects::run(address.store.clone(), &address.prefix, work, &self.ring, watch).await?;
        let classes = std::mem::take(&mut done.classes);
        let sealed = add(report, done);
        if !sealed.is_empty() {
            let target = registry::bare_target(url, Path::new("."), &[])?;
            self.settle_versions(&address, &target, &sealed, report).await?;
        }
        Ok(classes)
    }

    /// Adds objects of the bucket at `url`, and says in which declared buckets they lie.
    pub(crate) fn tally_objects(&self, url: &str, classes: Classes, tallies: &mut Tallies) {
        let address = |url: &str| BucketAddress::s3(url, environment::variables(), None).ok();
        let declared = self.folder.project().map(|project| &project.policy.sources);
        let buckets = declared.into_iter().flatten().filter_map(|(id, source)| match &source.url {
            SourceUrl::Remote { url, .. } if url.scheme() == "s3" => Some((id, address(url.as_str())?)),
            _ => None,
        });
        let buckets: Vec<(&SourceId, BucketAddress)> = buckets.collect();
        let here = address(url);
        tally(classes, tallies, |key, told| {
            let within = |other| here.as_ref().is_some_and(|here| here.is_within(other, &key));
            for (source, _) in buckets.iter().filter(|(_, bucket)| within(bucket)) {
                told.add(source, key.clone());
            }
        });
    }

    /// Adds sealed objects that the inventory knows in the bucket at `url` and that are plain again: a run that opened
    /// them was killed before it told.
    pub(crate) async fn tally_opened_objects(&self, url: &str, tallies: &mut Tallies) -> Result<(), AppError> {
        let Some(project) = self.folder.project() else { return Ok(()) };
        let here = BucketAddress::s3(url, environment::variables(), None)?;
        let known = project.store().await?.protections(false).await?;
        for (source, declared) in &project.policy.sources {
            let SourceUrl::Remote { url, .. } = &declared.url else { continue };
            let Ok(bucket) = BucketAddress::s3(url.as_str(), environment::variables(), None) else { continue };
            let told = tallies.entry(None).or_default();
            let done: HashSet<String> =
                told.changed.opened.get(source).into_iter().flatten().map(sealed_name).collect();
            let units =
                known.iter().filter(|known| known.source == *source).filter_map(|known| known.record.unit.clone());
            let units: Vec<String> =
                units.filter(|unit| bucket.is_within(&here, unit) && !done.contains(unit)).collect();
            for plain in objects::opened(here.store.as_ref(), &units).await? {
                told.files += 1;
                told.changed.add(source, plain);
            }
        }
        Ok(())
    }

    /// Seals objects of a declared bucket in place.
    pub(crate) async fn seal_objects(
        &self,
        project: &Project,
        source: &SourceId,
        keys: &[String],
        watch: &Watch,
        report: &mut ProtectReport,
    ) -> Result<Tallies, AppError> {
        let declared = project.policy.sources.get(source);
        let Some((declared, SourceUrl::Remote { url, .. })) = declared.map(|declared| (declared, &declared.url)) else {
            return Err(AppError::usage(format!("`{source}` is no folder and no bucket that is there now")));
        };
        let secret = declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose()?;
        let secret = secret.as_ref().map(|secret| secret.expose().as_str());
        let address = BucketAddress::s3(url.as_str(), environment::variables(), secret)?;
        let work = objects::Work::Seal;
        let mut done = objects::run_keys(address.store.clone(), keys, work, &self.ring, watch).await;
        let classes = std::mem::take(&mut done.classes);
        let sealed = add(report, done);
        if !sealed.is_empty()
            && let Some(target) = project.targets(&[source.to_string()])?.first()
        {
            self.settle_versions(&address, target, &sealed, report).await?;
        }
        let mut tallies = Tallies::new();
        tally(classes, &mut tallies, |key, told| told.add(source, key));
        Ok(tallies)
    }

    /// Opens a range of a sealed object's plaintext.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open_object_range(
        &self,
        url: &str,
        range: std::ops::Range<u64>,
        mut output: impl std::io::Write,
    ) -> Result<(), AppError> {
        let address = BucketAddress::s3(url, environment::variables(), None)?;
        let sink = |text: &[u8]| output.write_all(text);
        Ok(objects::range_of(address.store.as_ref(), &address.prefix, &self.ring, range, sink).await?)
    }

    async fn settle_versions(
        &self,
        address: &BucketAddress,
        target: &Target,
        sealed: &SealedObjects,
        report: &mut ProtectReport,
    ) -> Result<(), AppError> {
        let units = match target.connector.units().await {
            Ok(units) => units,
            Err(error) => {
                report
                    .notes
                    .push(format!("whether the bucket keeps older versions in plaintext was not seen: {error}"));
                return Ok(());
            }
        };
        let older = units.filter_map(|unit| {
            let version = match unit {
                Ok(unit) if unit.kind == UnitKind::ObjectVersion => older_version(&unit).map(|(key, version, tag)| {
                    Ok(OlderVersion { key, version, tag, bytes: unit.bytes.unwrap_or_default() })
                }),
                Ok(_) => None,
                Err(error) => Some(Err(error.to_string())),
            };
            std::future::ready(version)
        });
        let purge = self.purges_versions.then_some(&self.ring);
        let settled = versions::settle(address, &sealed.now, &sealed.before, purge, older.boxed()).await?;
        if settled.purged > 0 {
            report.notes.push(format!("{} older versions with the plaintext were removed for good", settled.purged));
        }
        if settled.left > 0 {
            let what = if self.purges_versions {
                "hold other plaintext than is sealed, so they are kept; remove them if nobody needs them"
            } else {
                "are still in plaintext; `--purge-versions` removes those with the bytes that are sealed"
            };
            report.notes.push(format!("{} older versions {what}: {}", settled.left, settled.names.join(", ")));
        }
        report.failures += settled.failed.len() as u64;
        report.failed.extend(settled.failed.iter().map(ToString::to_string));
        Ok(())
    }
}

fn sealed_name(plain: &String) -> String {
    format!("{plain}.{SUFFIX}")
}

/// Counts what was done with objects; `tell` says in which sources a key lies.
fn tally(classes: Classes, tallies: &mut Tallies, tell: impl Fn(String, &mut Changed)) {
    for (class, part) in classes {
        let tally = tallies.entry(class).or_default();
        tally.files += part.keys.len() as u64;
        tally.bytes += part.bytes;
        part.keys.into_iter().for_each(|key| tell(key, &mut tally.changed));
        part.found.into_iter().for_each(|key| tell(key, &mut tally.found));
    }
}

/// What may have left older versions in plaintext.
struct SealedObjects {
    now: Vec<Sealed>,
    /// Keys of what earlier runs sealed.
    before: Vec<String>,
}

impl SealedObjects {
    fn is_empty(&self) -> bool {
        self.now.is_empty() && self.before.is_empty()
    }
}

fn add(report: &mut ProtectReport, done: objects::Report) -> SealedObjects {
    report.files += done.done;
    report.already += done.already;
    report.bytes += done.bytes;
    report.plain.extend(done.plain);
    report.failures += done.failed.len() as u64;
    report.failed.extend(done.failed.iter().map(ToString::to_string));
    report.gone += done.gone;
    SealedObjects { now: done.sealed, before: done.before }
}
