//! Schemas of real applications, out of Debian's packages: their licences keep them out of this repository.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::server::run;

/// A file of a Debian package, fetched once into `target/test-tools/debian`; nothing is installed.
///
/// # Panics
/// When the package can't be had or has no such file.
pub fn file_of_package(package: &str, path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-tools/debian");
    fs_err::create_dir_all(&folder).expect("the folder for packages can be made");
    // One test process fetches, the others wait.
    let lock = File::create(folder.join("dataward.lock")).expect("the lock can be made");
    lock.lock().expect("the lock can be taken");
    let unpacked = folder.join(package);
    if !unpacked.exists() {
        run(Command::new("apt-get").args(["download", package]).current_dir(&folder));
        let archive = fetched(&folder, package);
        run(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(&unpacked));
    }
    let file = unpacked.join(path);
    fs_err::read_to_string(&file).unwrap_or_else(|error| panic!("{package} has no `{path}`: {error}"))
}

fn fetched(folder: &Path, package: &str) -> PathBuf {
    let entries = fs_err::read_dir(folder).expect("readable");
    let mut names = entries.map(|entry| entry.expect("readable").path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(&format!("{package}_")) && name.ends_with(".deb")
    };
    names.find(is_it).expect("apt-get fetched the package")
}
