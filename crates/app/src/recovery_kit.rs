//! The recovery kit: sheets to print, the encrypted recovery key, and a script that needs no dataward.

use std::fmt::Write;
use std::path::Path;

use dataward_report::pdf::Block;
use dataward_report::pdf::Document;
use dataward_report::pdf::Figure;
use dataward_report::pdf::pdf;
use dataward_seal::SecretBytes;
use dataward_seal::keys::KeyStore;
use dataward_seal::recovery::NewRecovery;
use dataward_seal::recovery::Share;
use qrcodegen::QrCode;
use qrcodegen::QrCodeEcc;

use crate::AppError;
use crate::environment;

/// Opens a sealed file with the words of two sheets and the AWS Encryption SDK for Python.
const RESCUE: &str = include_str!("rescue.py");
/// The same with the one for JavaScript.
const RESCUE_JS: &str = include_str!("rescue.js");

/// Makes the folder of a new kit.
///
/// # Errors
/// When something is in it already: a kit is never written over, but for one whose keys were not made to the end. `live`
/// are the keys that are there.
pub(crate) fn claim(folder: &Path, live: Option<&KeyStore>) -> Result<(), AppError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |error| AppError::unreachable(format!("cannot make the folder of the recovery kit: {error}"));
    fs_err::create_dir_all(folder).map_err(failed)?;
    let mark = folder.join(UNFINISHED);
    let public = fs_err::read_to_string(folder.join("recovery-public.pem")).ok();
    let is_live = live.is_some_and(|live| public.as_ref() == Some(&live.recovery.public));
    if mark.exists() && !is_live {
        // Sheets of keys that never came to be: they open nothing, and whoever keeps them would believe otherwise.
        for entry in fs_err::read_dir(folder).map_err(failed)?.flatten().filter(|entry| entry.path() != mark) {
            fs_err::remove_file(entry.path()).map_err(failed)?;
        }
        return Ok(());
    }
    if fs_err::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(AppError::usage_hint(
            format!("`{}` is not empty", folder.display()),
            "name another folder with --kit; a recovery kit is never written over",
        ));
    }
    // It is empty, so nobody else's is touched.
    fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    environment::write_secret(
        &mark,
        "The keys that these sheets are for were not made to the end. Run the command again.\n",
    )
}

/// Lies in a kit whose keys are not there yet.
const UNFINISHED: &str = "UNFINISHED.txt";

/// Says that the keys of a kit are there.
///
/// # Errors
/// When the folder can't be written.
pub(crate) fn finish(folder: &Path) -> Result<(), AppError> {
    let removed = fs_err::remove_file(folder.join(UNFINISHED));
    removed.map_err(|error| AppError::unreachable(format!("cannot finish the recovery kit: {error}")))
}

/// Writes the kit.
pub(crate) fn write(folder: &Path, store: &KeyStore, recovery: &NewRecovery) -> Result<(), AppError> {
    for share in &recovery.shares {
        let name = format!("sheet-{}-of-{}.pdf", share.number(), recovery.shares.len());
        // Wiped once it is on the disk, which only its owner can read.
        let printed = sheet(store, share, recovery.shares.len())?;
        environment::write_secret(&folder.join(name), printed.as_slice())?;
    }
    environment::write_secret(&folder.join("recovery-public.pem"), &store.recovery.public)?;
    environment::write_secret(&folder.join("recovery-private.pem"), &store.recovery.private)?;
    environment::write_secret(&folder.join("rescue.py"), RESCUE.replace("RECOVERY_KEY_ID", &store.recovery.id))?;
    environment::write_secret(&folder.join("rescue.js"), RESCUE_JS.replace("RECOVERY_KEY_ID", &store.recovery.id))?;
    environment::write_secret(&folder.join("README.txt"), readme(store))
}

fn readme(store: &KeyStore) -> String {
    format!(
        "Recovery kit of dataward, recovery key {id}\n\n\
         1. Print each sheet-*.pdf, give them to different people or safes, then delete the sheet files.\n\
         2. Keep this folder without the sheets with your backups: it opens nothing without {threshold} sheets.\n\
         3. To open a file without dataward, on any machine with Python:\n\
         \x20     python3 -m venv rescue && rescue/bin/pip install aws-encryption-sdk\n\
         \x20     rescue/bin/python3 rescue.py SEALED.dw OUTPUT\n\
         \x20  or with Node.js:\n\
         \x20     npm install @aws-crypto/client-node\n\
         \x20     node rescue.js SEALED.dw OUTPUT\n\
         \x20  It asks for the words of {threshold} sheets.\n\
         4. To open all keys with dataward on a new machine, with a copy of .dataward/keys: dataward keys recover\n\
         5. Try it twice a year: dataward keys drill\n",
        id = store.recovery.id,
        threshold = store.recovery.threshold,
    )
}

/// One sheet as a PDF to print: numbered words, and the same as a QR code.
fn sheet(store: &KeyStore, share: &Share, sheets: usize) -> Result<SecretBytes, AppError> {
    let words = share.danger_words();
    let (number, threshold) = (share.number(), store.recovery.threshold);
    let mut document = Document::new(format!("Recovery sheet {number} of {sheets}"), "dataward");
    document.made = Some(store.recovery.created);
    document.foot = format!("Recovery key {}", store.recovery.id);
    document.push(Block::Lead(format!(
        "Any {threshold} of the {sheets} sheets open every file that dataward has sealed. Keep this one on paper, away from \
         the others."
    )));
    document.facts(&[
        ("Recovery key", store.recovery.id.as_str()),
        ("Made", &store.recovery.created.strftime("%Y-%m-%d").to_string()),
        ("Sheets needed", &threshold.to_string()),
    ]);
    document.push(Block::Words(words.split(' ').map(str::to_owned).collect()));
    document.push(Block::Figures(vec![Figure {
        svg: qr(&words.to_uppercase())?,
        caption: "The same for a camera".to_owned(),
        note: String::new(),
        width: 220.0,
    }]));
    document.paragraph(
        "To use it: `dataward keys recover`, or without dataward `rescue.py` or `rescue.js` of the recovery kit, whose README.txt says how.",
    );
    document.note(
        "The last word holds a checksum: a slip of the pen is found. Letters are those of proquints; blanks and capitals do \
         not count.",
    );
    let printed = pdf(&document).map(SecretBytes::new);
    printed.map_err(|error| AppError::Internal(format!("a recovery sheet cannot be printed: {error}")))
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
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\"><title>QR code</title>\
         <desc>The words of this sheet as a QR code</desc><path fill=\"#000000\" d=\"{path}\"/></svg>"
    ))
}
