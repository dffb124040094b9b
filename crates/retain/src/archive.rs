//! Secure archiving: rows are copied into sealed Parquet files, read back and compared, before they go.
//!
//! One file a chunk of the plan (at most 10,000 rows), under a key of the rule and the year in which the
//! archive ends: destroying that key ends all of it (`dataward keys shred`), also in copies nobody thought of.
//! All columns are texts as the engine writes them, the SQL type beside each column's name: nothing is lost on
//! the way. Of files and objects that is the list of them, and the content of each lies in a sealed file of its
//! own beside it, named in the list. A file that is there was complete and compared: after a crash it is not written again.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::RecordBatch;
use arrow_array::StringArray;
use arrow_schema::DataType;
use arrow_schema::Field;
use arrow_schema::Schema;
use dataward_connect::amend::Content;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::message;
use dataward_seal::esdk::message::OpenRules;
use dataward_seal::esdk::stream::OpenStream;
use dataward_seal::esdk::stream::SealStream;
use dataward_seal::keys::Unlocked;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::Recipient;
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::basic::ZstdLevel;
use parquet::file::properties::WriterProperties;
use sha2::Digest;
use sha2::Sha256;

use crate::ErasureKey;
use crate::archive_subjects::Subjects;
use crate::error::RetainError;

/// Which file of a chunk.
#[derive(Clone, Copy, Debug)]
pub struct ContentPlace<'a> {
    /// The class of keys.
    pub class: &'a str,
    /// The plan's hash.
    pub plan: &'a str,
    /// The chunk.
    pub chunk: u64,
    /// The row in it.
    pub at: usize,
}

/// `rows` with one more column of texts.
pub fn with_column(rows: &RecordBatch, name: &str, texts: Vec<Option<String>>) -> Result<RecordBatch, RetainError> {
    let mut fields: Vec<Arc<Field>> = rows.schema_ref().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(name, DataType::Utf8, true)));
    let mut columns = rows.columns().to_vec();
    columns.push(Arc::new(StringArray::from(texts)) as ArrayRef);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|error| RetainError::Internal(error.to_string()))
}

/// How the name of a file ends that is being written.
const UNFINISHED: &str = ".part";

/// What the names of a plan's files begin with.
fn short(plan: &str) -> &str {
    plan.get(..12).unwrap_or(plan)
}

/// A file of a plan that has no name of its own yet.
fn unfinished(folder: &Path, plan: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let file = tempfile::Builder::new().prefix(&format!("{}-", short(plan))).suffix(UNFINISHED).tempfile_in(folder)?;
    dataward_owner::settle(file.as_file(), file.path())?;
    Ok(file)
}

/// Where archives go, and the keys that seal and open them.
pub struct Archive {
    folder: PathBuf,
    keys: Unlocked,
    subjects: Option<ErasureKey>,
}

/// A part of an archive: a file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The class of its keys.
    pub class: String,
    /// What the hash of its plan begins with.
    pub plan: String,
    /// Its file.
    pub file: PathBuf,
}

impl Part {
    /// Its name, which no other part has: plan and number.
    pub fn name(&self) -> String {
        let file = self.file.file_name().unwrap_or_default().to_string_lossy();
        file.strip_suffix(ROWS).unwrap_or(&file).to_owned()
    }

    /// Who is in it; none where that was not kept, or `key` is another one.
    pub fn subjects(&self, key: &ErasureKey) -> Option<Subjects> {
        let sealed = fs_err::read(subjects_file(&self.file)).ok()?;
        Subjects::open(&sealed, key, &self.name())
    }
}

/// The label under which a file has its own name.
const PART: &str = "archive-part";

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How the name of a file of rows ends.
const ROWS: &str = ".parquet.esdk";

/// How the name of the file beside it ends that says who is in it.
pub const SUBJECTS: &str = ".subjects";

fn subjects_file(rows: &Path) -> PathBuf {
    let name = rows.file_name().unwrap_or_default().to_string_lossy();
    rows.with_file_name(format!("{}{SUBJECTS}", name.strip_suffix(ROWS).unwrap_or(&name)))
}

/// The parts in the folder of archives, in order.
pub fn parts(folder: &Path) -> Vec<Part> {
    let classes = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let mut parts: Vec<Part> = Vec::new();
    for class in classes.filter_map(|class| class.file_name().into_string().ok()) {
        let files = fs_err::read_dir(folder.join(&class)).into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        parts.extend(names.filter(|name| name.ends_with(ROWS)).map(|name| Part {
            class: class.clone(),
            plan: short(&name).to_owned(),
            file: folder.join(&class).join(name),
        }));
    }
    parts.sort_by(|a, b| a.file.cmp(&b.file));
    parts
}

impl Archive {
    /// Archives in `folder`, sealed with these keys.
    pub fn new(folder: PathBuf, keys: Unlocked) -> Self {
        Self { folder, keys, subjects: None }
    }

    /// Keeps beside each part who is in it, by this key.
    pub fn with_subjects(mut self, key: ErasureKey) -> Self {
        self.subjects = Some(key);
        self
    }

    pub(crate) fn subjects_key(&self) -> Option<&ErasureKey> {
        self.subjects.as_ref()
    }

    /// Keeps who is in a part that is about to be written.
    pub(crate) fn keep_subjects(
        &self,
        class: &str,
        plan: &str,
        chunk: u64,
        subjects: &Subjects,
    ) -> Result<(), RetainError> {
        let Some(key) = &self.subjects else { return Ok(()) };
        let part = Part { class: class.to_owned(), plan: short(plan).to_owned(), file: self.file(class, plan, chunk) };
        let path = subjects_file(&part.file);
        let folder = path.parent().unwrap_or(&self.folder);
        let fault = |error: std::io::Error| RetainError::file("write who is in the archive", &path, &error);
        fs_err::create_dir_all(folder).map_err(fault)?;
        let mut file = unfinished(folder, plan).map_err(fault)?;
        file.write_all(&subjects.seal(key, &part.name())?).map_err(fault)?;
        file.as_file().sync_all().map_err(fault)?;
        file.persist(&path).map_err(|error| fault(error.error))?;
        Ok(())
    }

    /// Opens the content of a file or object, as the list of them names it, into `output`.
    ///
    /// # Errors
    /// When it can't be read, or its key is another one or gone.
    pub fn open_content(&self, class: &str, name: &str, output: &mut impl Write) -> Result<(), RetainError> {
        let path = self.folder.join(class).join(name);
        let file = fs_err::File::open(&path).map_err(|error| RetainError::file("read the archive", &path, &error))?;
        self.open_into(std::io::BufReader::new(file), name, output)
    }

    /// The file of a chunk.
    pub fn file(&self, class: &str, plan: &str, chunk: u64) -> PathBuf {
        let plan = short(plan);
        self.folder.join(class).join(format!("{plan}-{chunk:06}{ROWS}"))
    }

    /// Removes what runs of a plan that were killed left unfinished. For whoever alone applies it.
    ///
    /// # Errors
    /// When a file can't be removed.
    pub fn sweep(&self, plan: &str) -> Result<(), RetainError> {
        let folders = fs_err::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| fs_err::read_dir(folder.path()).into_iter().flatten().flatten());
        let is_ours = |name: &str| name.starts_with(short(plan)) && name.ends_with(UNFINISHED);
        for file in files.filter(|file| file.file_name().to_str().is_some_and(is_ours)) {
            fs_err::remove_file(file.path())
                .map_err(|error| RetainError::file("remove an unfinished part of the archive", &file.path(), &error))?;
        }
        Ok(())
    }

    /// Removes the parts of a plan but those of these chunks.
    ///
    /// # Errors
    /// When a file can't be removed.
    pub fn retain_parts(&self, plan: &str, chunks: &BTreeSet<u64>) -> Result<(), RetainError> {
        for part in parts(&self.folder).into_iter().filter(|part| part.plan == short(plan)) {
            let chunk = part.name().rsplit('-').next().and_then(|chunk| chunk.parse().ok());
            if chunk.is_none_or(|chunk| chunks.contains(&chunk)) {
                continue;
            }
            let within = format!("{}-", part.name());
            let is_of_part = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&within) || *path == subjects_file(&part.file)
            };
            let files = fs_err::read_dir(self.folder.join(&part.class)).into_iter().flatten().flatten();
            // The rows last: they say that there is something.
            for file in files.map(|file| file.path()).filter(is_of_part).chain([part.file.clone()]) {
                fs_err::remove_file(&file)
                    .map_err(|error| RetainError::file("remove a part of the archive", &file, &error))?;
            }
        }
        Ok(())
    }

    /// Whether a chunk is archived.
    pub fn has(&self, class: &str, plan: &str, chunk: u64) -> bool {
        self.file(class, plan, chunk).exists()
    }

    /// Writes rows, reads them back and compares; only then the file has its name.
    ///
    /// # Errors
    /// When it can't be written, or what is read back is something else: then the rows must stay.
    pub fn keep(&self, class: &str, plan: &str, chunk: u64, rows: &RecordBatch) -> Result<(), RetainError> {
        let path = self.file(class, plan, chunk);
        let folder = path.parent().unwrap_or(&self.folder);
        let fault = |doing: &'static str| {
            let path = path.clone();
            move |error: std::io::Error| RetainError::file(doing, &path, &error)
        };
        dataward_owner::folder(folder).map_err(fault("make the folder of"))?;
        let name = name_of(&path);
        let sealed = self.seal(class, &name, &parquet_of(rows)?)?;
        let mut file = unfinished(folder, plan).map_err(fault("write the archive"))?;
        file.write_all(&sealed).map_err(fault("write the archive"))?;
        file.as_file().sync_all().map_err(fault("write the archive"))?;
        let written = fs_err::read(file.path()).map_err(fault("read back the archive"))?;
        if self.open(&written, &name)? != *rows {
            return Err(RetainError::Internal(format!(
                "the archive `{}` does not read back as written",
                path.display()
            )));
        }
        file.persist(&path).map_err(|error| RetainError::file("write the archive", &path, &error.error))?;
        fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault("write the archive"))
    }

    /// Writes the content of the file or object at `at` of a chunk, sealed as it comes, reads it back and
    /// compares; only then it has its name, which is given.
    ///
    /// # Errors
    /// When it can't be read or written, or what is read back is something else: then it must stay.
    pub async fn keep_content(&self, place: ContentPlace<'_>, mut content: Content) -> Result<String, RetainError> {
        let path = self.content_file(place);
        let name = name_of(&path);
        if path.exists() {
            return Ok(name);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        let fault = |error: std::io::Error| RetainError::file("write the archive", &path, &error);
        dataward_owner::folder(folder).map_err(fault)?;
        let recipients = self.keys.recipients(place.class)?;
        let recipients: Vec<&dyn Recipient> = recipients.iter().map(AsRef::as_ref).collect();
        let message = message::begin(&recipients, self.context(place.class, &name)?)?;
        drop(recipients);
        let file = unfinished(folder, place.plan).map_err(fault)?;
        let mut stream = SealStream::new(file, message)?;
        let mut digest = Sha256::new();
        while let Some(block) = content.try_next().await? {
            digest.update(&block);
            stream.push(&block)?;
        }
        let file = stream.finish()?;
        file.as_file().sync_all().map_err(fault)?;
        let mut back = Sha256::new();
        let written = std::io::BufReader::new(fs_err::File::open(file.path()).map_err(fault)?);
        self.open_into(written, &name, &mut back)?;
        if back.finalize() != digest.finalize() {
            return Err(RetainError::Internal(format!(
                "the archive `{}` does not read back as written",
                path.display()
            )));
        }
        file.persist(&path).map_err(|error| RetainError::file("write the archive", &path, &error.error))?;
        fs_err::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
        Ok(name)
    }

    fn content_file(&self, place: ContentPlace<'_>) -> PathBuf {
        let plan = short(place.plan);
        self.folder.join(place.class).join(format!("{plan}-{:06}-{:05}.esdk", place.chunk, place.at))
    }

    /// The name of a file stands in it too: one that lies under the name of another is not taken for it.
    fn context(&self, class: &str, name: &str) -> Result<Context, RetainError> {
        Ok(self.keys.context(class)?.with(&Context::of([(PART, name)])))
    }

    fn open_into(&self, mut input: impl std::io::Read, name: &str, output: &mut impl Write) -> Result<(), RetainError> {
        let identities = self.keys.identities();
        let identities: Vec<&dyn Identity> = identities.iter().map(AsRef::as_ref).collect();
        let message = message::open(&mut input, &identities, &OpenRules::default())?;
        // Files that were archived before that have no such label.
        if message.header.context.value(PART).is_some_and(|part| part != name) {
            return Err(RetainError::refused(
                format!("the file `{name}` of the archive is another one under that name"),
                "put the archive back from a backup",
            ));
        }
        OpenStream::new(input, message).copy_to(output)?;
        Ok(())
    }

    /// The rows of an archive's file.
    ///
    /// # Errors
    /// When it can't be read, or its key is another one or gone.
    pub fn read(&self, path: &Path) -> Result<RecordBatch, RetainError> {
        let sealed = fs_err::read(path).map_err(|error| RetainError::file("read the archive", path, &error))?;
        self.open(&sealed, &name_of(path))
    }

    fn seal(&self, class: &str, name: &str, text: &[u8]) -> Result<Vec<u8>, RetainError> {
        let recipients = self.keys.recipients(class)?;
        let recipients: Vec<&dyn Recipient> = recipients.iter().map(AsRef::as_ref).collect();
        let message = message::begin(&recipients, self.context(class, name)?)?;
        let mut stream = SealStream::new(Vec::new(), message)?;
        stream.push(text)?;
        Ok(stream.finish()?)
    }

    fn open(&self, sealed: &[u8], name: &str) -> Result<RecordBatch, RetainError> {
        let mut text = Vec::new();
        self.open_into(sealed, name, &mut text)?;
        rows_of(text)
    }
}

fn parquet_of(rows: &RecordBatch) -> Result<Vec<u8>, RetainError> {
    let internal = |error: parquet::errors::ParquetError| RetainError::Internal(error.to_string());
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).map_err(internal)?;
    writer.write(rows).map_err(internal)?;
    writer.into_inner().map_err(internal)
}

fn rows_of(text: Vec<u8>) -> Result<RecordBatch, RetainError> {
    let broken = || RetainError::Internal("an archive is no Parquet file".to_owned());
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(text)).map_err(|_| broken())?;
    let schema = Arc::clone(builder.schema());
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mut reader = builder.with_batch_size(rows.max(1)).build().map_err(|_| broken())?;
    match reader.next() {
        None => Ok(RecordBatch::new_empty(schema)),
        Some(batch) => batch.map_err(|_| broken()),
    }
}
