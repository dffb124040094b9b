//! `keys`: init, status, rotate, recover, drill, recipients, shred.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

use crate::render::numbers::counted;
use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::approvals;
use dataward_app::approvals::ApprovalReport;
use dataward_app::environment;
use dataward_app::environment::SystemClock;
use dataward_app::key_folder::KeyFolder;
use dataward_app::key_root::RootChoice;
use dataward_app::manage_keys;
use dataward_app::manage_keys::KeysReport;
use dataward_app::manage_keys::SecretBytes;
use dataward_app::manage_keys::Share;
use dataward_app::protect_files::new_person;
use dataward_app::protect_files::sealed_places;
use dataward_app::shred_key;
use dataward_app::shred_key::ShredCertificate;
use dataward_app::shred_key::ShredPlan;

use crate::arguments::Global;
use crate::arguments::keys::KeySource;
use crate::arguments::keys::KeysArguments;
use crate::arguments::keys::KeysCommand;
use crate::arguments::keys::Kit;
use crate::arguments::keys::RecipientsCommand;
use crate::arguments::keys::Sheets;
use crate::commands::here;
use crate::commands::project;
use crate::commands::protect;
use crate::render::Output;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

pub(crate) async fn keys(global: &Global, arguments: KeysArguments, output: &Output) -> Result<u8, AppError> {
    environment::forbid_core_dumps();
    if let KeysCommand::Recipients { command: RecipientsCommand::New { file } } = &arguments.command {
        return new_recipient(file, output);
    }
    if let KeysCommand::Operator { name, file } = &arguments.command {
        let public = approvals::new_operator(name, file)?;
        output.note(&format!("The private key is in `{}`: keep it to yourself. For dataward.toml:", file.display()));
        output.line(&format!("[approval]\noperators = [\"{public}\"]"))?;
        return Ok(0);
    }
    if let KeysCommand::Approve { plan, operator } = &arguments.command {
        let report = approvals::approve(&project(global)?, plan, operator, &SystemClock)?;
        output.result(&report, || shown_approval(&report))?;
        return Ok(0);
    }
    let folder = folder(global, &arguments.source)?;
    let secret = |what: &str| ask(&arguments.source, what);
    let clock = SystemClock;
    let report = match arguments.command {
        KeysCommand::Init { root, kit } => {
            let root = RootChoice::parse(&root)?;
            let numbers = (kit.threshold, kit.sheets);
            let report = manage_keys::init(&folder, root, &kit.kit, numbers, &secret, &clock).await?;
            made(&kit, output);
            report
        }
        KeysCommand::Status | KeysCommand::Recipients { command: RecipientsCommand::List } => {
            manage_keys::status(&folder, &clock)?
        }
        KeysCommand::Rotate { root: Some(root), .. } => {
            let root = RootChoice::parse(&root)?;
            // Two secrets: the one that opens the old root, then the one of the new root.
            manage_keys::rotate_root(&folder, root, &secret, &clock).await?
        }
        KeysCommand::Rotate { recovery: true, kit, rewrap, .. } => {
            let numbers = (kit.threshold, kit.sheets);
            let report = manage_keys::renew_recovery(&folder, &kit.kit, numbers, &secret, &clock).await?;
            made(&kit, output);
            match rewrap {
                Some(places) => return again(global, &arguments.source, places, output).await,
                None => output
                    .note("Files that are sealed stay open to the old sheets until `dataward rewrap` has seen them."),
            }
            report
        }
        KeysCommand::Rotate { class, rewrap, .. } => {
            let report = manage_keys::rotate_class(&folder, &class, &secret, &clock).await?;
            if let Some(places) = rewrap {
                return again(global, &arguments.source, places, output).await;
            }
            report
        }
        KeysCommand::Recover { root, sheets } => {
            let root = RootChoice::parse(&root)?;
            manage_keys::recover(&folder, &read_sheets(&sheets)?, root, &secret, &clock).await?
        }
        KeysCommand::Drill { sheets } => {
            let report = manage_keys::drill(&folder, &read_sheets(&sheets)?, &clock).await?;
            output.note("The sheets open every key.");
            report
        }
        KeysCommand::Recipients { command: RecipientsCommand::Add { name, public } } => {
            manage_keys::add_recipient(&folder, &name, &public, &secret, &clock).await?
        }
        KeysCommand::Recipients { command: RecipientsCommand::Remove { name } } => {
            let report = manage_keys::remove_recipient(&folder, &name, &secret, &clock).await?;
            output.note("Files that are sealed for them stay open to them until `dataward rewrap` has seen them.");
            report
        }
        KeysCommand::Approve { .. }
        | KeysCommand::Operator { .. }
        | KeysCommand::Recipients { command: RecipientsCommand::New { .. } } => {
            return Err(AppError::Internal("handled above".to_owned()));
        }
        KeysCommand::Shred { class, version, apply: false } => {
            let plan = shred_key::plan(&folder, &class, version).await?;
            output.result(&plan, || shown_plan(&plan))?;
            return Ok(0);
        }
        KeysCommand::Shred { class, version, apply: true } => {
            let certificate = shred_key::apply(&folder, (&class, version), &secret, &clock).await?;
            output.result(&certificate, || shown_certificate(&certificate))?;
            return Ok(0);
        }
    };
    output.result(&report, || shown(&report))?;
    Ok(0)
}

/// Seals anew what is sealed below `places`, or in all folders and buckets that the policy declares.
async fn again(global: &Global, source: &KeySource, places: Vec<String>, output: &Output) -> Result<u8, AppError> {
    let places = if places.is_empty() { sealed_places(&project(global)?) } else { places };
    protect::rewrap_places(global, source, &places, output).await
}

/// The folder with the keys.
pub(crate) fn folder(global: &Global, source: &KeySource) -> Result<KeyFolder, AppError> {
    let project = Project::find(global.policy.as_deref(), &here()?)?;
    KeyFolder::find(source.keys.as_deref(), project)
}

/// A secret from the file or descriptor that was named, else from the person at the terminal.
pub(crate) fn ask(source: &KeySource, what: &str) -> Result<SecretBytes, AppError> {
    let file = match (&source.secret_file, source.secret_fd) {
        (Some(file), _) => Some(file.clone()),
        (None, Some(number)) => Some(PathBuf::from(format!("/dev/fd/{number}"))),
        (None, None) => None,
    };
    if let Some(file) = file {
        return environment::secret_bytes(&file);
    }
    prompt(what, what.starts_with("a new"))
}

pub(crate) fn prompt(what: &str, twice: bool) -> Result<SecretBytes, AppError> {
    if !std::io::stderr().is_terminal() {
        return Err(AppError::usage_hint(
            format!("nobody is here to ask for {what}"),
            "give it with --secret-file FILE",
        ));
    }
    let mut password = dialoguer::Password::new().with_prompt(what);
    if twice {
        password = password.with_confirmation("once more", "they are not the same");
    }
    let text = password.interact().map_err(|_| AppError::unreachable(format!("cannot ask for {what}")))?;
    Ok(SecretBytes::new(text.into_bytes()))
}

fn read_sheets(sheets: &Sheets) -> Result<Vec<Share>, AppError> {
    let parse = |secret: &SecretBytes| -> Result<Share, AppError> {
        let text = std::str::from_utf8(secret).map_err(|_| AppError::usage("a sheet is not text"))?;
        Ok(Share::parse(text)?)
    };
    if !sheets.files.is_empty() {
        return sheets.files.iter().map(|file| parse(&environment::secret_bytes(file)?)).collect();
    }
    let first = parse(&prompt("the words of a sheet", false)?)?;
    let mut read = vec![first];
    while read.len() < usize::from(read[0].threshold()) {
        read.push(parse(&prompt("the words of another sheet", false)?)?);
    }
    Ok(read)
}

fn new_recipient(file: &Path, output: &Output) -> Result<u8, AppError> {
    let (private, public) = new_person()?;
    if file.exists() {
        return Err(AppError::usage(format!("`{}` is there already", file.display())));
    }
    let text = std::str::from_utf8(&private).map_err(|_| AppError::Internal("a key is text".to_owned()))?;
    environment::write_secret(file, format!("{text}\n"))?;
    output.note(&format!("The private key is in `{}`: keep it to yourself. Hand out this:", file.display()));
    output.line(&public)?;
    Ok(0)
}

fn made(kit: &Kit, output: &Output) {
    let folder = kit.kit.display();
    output.note(&format!(
        "The recovery kit is in `{folder}`: print its {} sheets, give them to different people, delete the sheet files. \
         Any {} of them open everything, also without dataward.",
        kit.sheets, kit.threshold
    ));
}

fn shown(report: &KeysReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{HEAD}Root{HEAD:#}      {} · version {} · {} old",
        plain(&report.root),
        report.root_version,
        counted(report.root_age_days.max(0).unsigned_abs(), "day", "days")
    );
    for key in &report.keys {
        let style = if key.state == "active" { GOOD } else { MUTED };
        let _ = writeln!(
            out,
            "{HEAD}Key{HEAD:#}       {}/{} · {style}{}{style:#} · {} of {} old · {} sealed of {}",
            plain(&key.class),
            key.version,
            key.state,
            key.age_days,
            counted(key.cryptoperiod_days.max(0).unsigned_abs(), "day", "days"),
            counted(key.files, "file", "files"),
            key.budget
        );
    }
    let drill = match report.recovery.last_drill_days {
        Some(days) => format!("tried {} ago", counted(days.max(0).unsigned_abs(), "day", "days")),
        None => "never tried".to_owned(),
    };
    let _ = writeln!(
        out,
        "{HEAD}Recovery{HEAD:#}  {} · {} sheets · {drill}",
        plain(&report.recovery.id),
        report.recovery.sheets
    );
    let _ = writeln!(out, "{HEAD}Approval{HEAD:#}  {}", plain(&report.approval));
    if !report.recipients.is_empty() {
        let _ = writeln!(out, "{HEAD}People{HEAD:#}    {}", plain(&report.recipients.join(", ")));
    }
    for due in &report.due {
        let _ = writeln!(out, "{WARNING}due{WARNING:#}       {CODE}{due}{CODE:#}");
    }
    out
}

fn shown_approval(report: &ApprovalReport) -> String {
    let missing = match report.missing {
        0 => "that is enough".to_owned(),
        missing => format!("{missing} more needed"),
    };
    format!("{GOOD}✓{GOOD:#} {} approved by {} · {missing}\n", report.action, plain(&report.approved_by.join(", ")))
}

fn shown_plan(plan: &ShredPlan) -> String {
    let (class, version) = (&plan.subject.class, plan.subject.version);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{HEAD}To be shredded{HEAD:#} {}/{version} · {} sealed with it, {} of them known to the inventory",
        plain(class),
        counted(plan.files, "file", "files"),
        plan.known_files
    );
    let _ = writeln!(out, "{WARNING}Still opened by{WARNING:#} {}", plain(&plan.still_opened_by.join(", ")));
    if plan.active {
        let _ = writeln!(
            out,
            "{WARNING}It still seals new files,{WARNING:#} and one more file is another plan; afterwards the class has no \
             key. First: {CODE}dataward keys rotate --class {}{CODE:#}",
            plain(class)
        );
    }
    let _ = writeln!(out, "Plan {}", plan.plan);
    let approve = format!("within 24 hours: {CODE}dataward keys approve {} --operator FILE{CODE:#}", &plan.plan[..16]);
    let _ = match plan.approvals_needed {
        0 => writeln!(out, "{WARNING}Nobody else approves it:{WARNING:#} the policy says `solo = true`"),
        1 => writeln!(out, "One operator, {approve} (the policy says `solo = true`)"),
        needed => {
            writeln!(out, "{} operators, {approve}", if needed == 2 { "Two".to_owned() } else { needed.to_string() })
        }
    };
    let _ =
        writeln!(out, "Then: {CODE}dataward keys shred --class {} --version {version} --apply{CODE:#}", plain(class));
    out
}

fn shown_certificate(certificate: &ShredCertificate) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{HEAD}Shredded{HEAD:#} {}/{} · {} sealed with it",
        plain(&certificate.class),
        certificate.version,
        counted(certificate.files, "file", "files")
    );
    let by =
        if certificate.approved_by.is_empty() { "nobody else".to_owned() } else { certificate.approved_by.join(", ") };
    let solo = if certificate.solo { " · one person alone decided, as the policy chose" } else { "" };
    let _ = writeln!(out, "Approved by {}{solo}", plain(&by));
    let _ = writeln!(out, "Unreadable with the live keys since {}", certificate.unreadable_live);
    let _ = writeln!(out, "Unreadable with backups of the keys from {}", certificate.unreadable_backups);
    let _ = writeln!(out, "{WARNING}Still opened by{WARNING:#} {}", plain(&certificate.still_opened_by.join(", ")));
    out
}
