//! The recovery kit: sheets to print, the encrypted recovery key, and a script that needs no dataward.

use std::fmt::Write;
use std::path::Path;

use dataward_seal::keys::KeyStore;
use dataward_seal::recovery::NewRecovery;
use dataward_seal::recovery::Share;
use qrcodegen::QrCode;
use qrcodegen::QrCodeEcc;

use crate::AppError;
use crate::environment;

/// Opens a sealed file with the words of two sheets and the AWS Encryption SDK for Python.
const RESCUE: &str = include_str!("rescue.py");

/// Makes the folder of a new kit.
///
/// # Errors
/// When something is in it already: a kit is never written over.
pub(crate) fn claim(folder: &Path) -> Result<(), AppError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |error| AppError::unreachable(format!("cannot make the folder of the recovery kit: {error}"));
    fs_err::create_dir_all(folder).map_err(failed)?;
    fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    if fs_err::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(AppError::usage_hint(
            format!("`{}` is not empty", folder.display()),
            "name another folder with --kit; a recovery kit is never written over",
        ));
    }
    Ok(())
}

/// Writes the kit.
pub(crate) fn write(folder: &Path, store: &KeyStore, recovery: &NewRecovery) -> Result<(), AppError> {
    for share in &recovery.shares {
        let name = format!("sheet-{}-of-{}.html", share.number(), recovery.shares.len());
        environment::write_file(&folder.join(name), &sheet(store, share, recovery.shares.len())?)?;
    }
    environment::write_file(&folder.join("recovery-public.pem"), &store.recovery.public)?;
    environment::write_file(&folder.join("recovery-private.pem"), &store.recovery.private)?;
    environment::write_file(&folder.join("rescue.py"), &RESCUE.replace("RECOVERY_KEY_ID", &store.recovery.id))?;
    environment::write_file(&folder.join("README.txt"), &readme(store))
}

fn readme(store: &KeyStore) -> String {
    format!(
        "Recovery kit of dataward, recovery key {id}\n\n\
         1. Print each sheet-*.html, give them to different people or safes, then delete the sheet files.\n\
         2. Keep recovery-private.pem and rescue.py with your backups: they open nothing without {threshold} sheets.\n\
         3. To open a file without dataward, on any machine with Python:\n\
         \x20     pip install aws-encryption-sdk\n\
         \x20     python3 rescue.py SEALED.dw OUTPUT\n\
         \x20  It asks for the words of {threshold} sheets.\n\
         4. To open all keys with dataward on a new machine: dataward keys recover\n\
         5. Try it twice a year: dataward keys drill\n",
        id = store.recovery.id,
        threshold = store.recovery.threshold,
    )
}

/// One sheet as a page to print: words in rows, the same as a QR code.
fn sheet(store: &KeyStore, share: &Share, sheets: usize) -> Result<String, AppError> {
    let words = share.danger_words();
    let code = qr(&words.to_uppercase())?;
    let mut rows = String::new();
    for (index, row) in words.split(' ').collect::<Vec<_>>().chunks(5).enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(rows, "<tr><th>{}</th><td>{}</td></tr>", index + 1, row.join("</td><td>"));
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Recovery sheet {number} of {sheets}</title>\n\
         <style>body{{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}}\
         td,th{{font:20px/1.8 monospace;padding:0 .7em;text-align:left}}th{{color:#888}}\
         svg{{width:9cm;height:9cm}}@page{{size:A4;margin:2cm}}</style>\n\
         <h1>Recovery sheet {number} of {sheets}</h1>\n\
         <p>Recovery key <b>{id}</b>, made {made}. Any {threshold} of the {sheets} sheets open every file that \
         dataward has sealed. Keep this sheet on paper, away from the others. Whoever has {threshold} of them can \
         read everything.</p>\n<table>{rows}</table>\n<p>The same as a code for a camera:</p>\n{code}\n\
         <p>To use it: <code>dataward keys recover</code>, or without dataward <code>python3 rescue.py</code> from the \
         recovery kit. The last word holds a checksum: a slip of the pen is found.</p></html>\n",
        number = share.number(),
        id = store.recovery.id,
        made = store.recovery.created.strftime("%Y-%m-%d"),
        threshold = store.recovery.threshold,
    ))
}

fn qr(text: &str) -> Result<String, AppError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|_| AppError::Internal("the words do not fit into a QR code".to_owned()))?;
    let size = code.size();
    let mut path = String::new();
    for (x, y) in (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y)) {
        let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
    }
    let side = size + 8;
    Ok(format!(
        "<svg viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"QR code of the words above\"><path d=\"{path}\"/></svg>"
    ))
}
