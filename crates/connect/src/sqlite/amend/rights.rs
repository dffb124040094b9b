//! Whether the account that runs us may change the file. A change writes a journal beside it first, so the folder counts
//! too. Asked of the system, which opens nothing for it.

use std::path::Path;

use rustix::fs::Access;
use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::accessat;
use rustix::process::geteuid;

/// What an apply would stop at, in sentences.
pub(super) fn lacking(file: &Path) -> Vec<String> {
    let may = |path: &Path, access: Access| accessat(CWD, path, access, AtFlags::EACCESS).is_ok();
    let user = geteuid().as_raw();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut lacks = Vec::new();
    if !may(file, Access::READ_OK | Access::WRITE_OK) {
        lacks.push(format!(
            "the account that runs dataward (user {user}) may not write to {}, and an apply would stop there: chmod u+w, \
             or run it as the owner of the file",
            file.display()
        ));
    }
    if !may(folder, Access::WRITE_OK | Access::EXEC_OK) {
        lacks.push(format!(
            "the account that runs dataward (user {user}) may not make files in {}, where SQLite keeps its journal while \
             it changes the database, and an apply would stop there",
            folder.display()
        ));
    }
    lacks
}
