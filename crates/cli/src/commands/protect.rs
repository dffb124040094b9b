//! `encrypt`, `decrypt`, `verify`, `rewrap`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::io::IsTerminal;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dataward_app::AppError;
use dataward_app::encrypt_plan;
use dataward_app::encrypt_plan::EncryptPlan;
use dataward_app::environment;
use dataward_app::environment::SystemClock;
use dataward_app::protect_files;
use dataward_app::protect_files::Action;
use dataward_app::protect_files::AgeRecipient;
use dataward_app::protect_files::Destination;
use dataward_app::protect_files::OlderSuites;
use dataward_app::protect_files::ProtectReport;
use dataward_app::protect_files::SealFor;
use dataward_app::protect_files::Session;
use dataward_app::protect_files::Watch;
use indicatif::HumanBytes;
use indicatif::ProgressBar;

use crate::arguments::Format;
use crate::arguments::Global;
use crate::arguments::keys::DecryptArguments;
use crate::arguments::keys::EncryptArguments;
use crate::arguments::keys::KeySource;
use crate::arguments::keys::RewrapArguments;
use crate::arguments::keys::SealFormat;
use crate::arguments::keys::SealedArguments;
use crate::commands::keys::ask;
use crate::commands::keys::folder;
use crate::commands::project;
use crate::render::Output;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;
use crate::render::style::WARNING;

pub(crate) async fn encrypt(global: &Global, arguments: EncryptArguments, output: &Output) -> Result<u8, AppError> {
    environment::forbid_core_dumps();
    if arguments.kind == SealFormat::Age {
        return encrypt_age(&arguments);
    }
    if !arguments.recipient.is_empty() {
        return Err(AppError::usage_hint(
            "--recipient is for age files",
            "people of ours are added once: dataward keys recipients add NAME dwpq1…",
        ));
    }
    if arguments.from_audit {
        return from_audit(global, &arguments, output).await;
    }
    let mut session = open(global, &arguments.source, SealFor::Class(&arguments.class), OlderSuites::Refuse).await?;
    session.purge_versions(arguments.purge_versions);
    if arguments.paths.is_empty() {
        let input = standard_input("dataward encrypt FILE")?;
        into(arguments.output.as_deref(), true, async |out| {
            session.seal_stream(input, out, &SystemClock).await.map(|_| ())
        })
        .await?;
        return Ok(0);
    }
    let destination = destination(arguments.in_place, arguments.output);
    finish(&mut session, Action::Encrypt, &arguments.paths, &destination, arguments.recursive, output).await
}

pub(crate) async fn decrypt(global: &Global, arguments: DecryptArguments, output: &Output) -> Result<u8, AppError> {
    environment::forbid_core_dumps();
    if let Some(identity) = &arguments.identity {
        let secret = environment::secret_bytes(identity)?;
        let text = std::str::from_utf8(&secret).map_err(|_| AppError::usage("the identity is not text"))?;
        let input: Box<dyn Read> = one_input(&arguments.paths)?;
        let opened =
            async |mut out: Out| protect_files::open_with_identity(BufReader::new(input), &mut out, text).map(|_| ());
        return into(arguments.output.as_deref(), false, opened).await.map(|()| 0);
    }
    let older = if arguments.older_suites { OlderSuites::Open } else { OlderSuites::Refuse };
    let mut session = open(global, &arguments.source, SealFor::Nobody, older).await?;
    if let Some(range) = &arguments.range {
        let range = parse_range(range)?;
        let [path] = &arguments.paths[..] else { return Err(AppError::usage("--range needs one file")) };
        if path.starts_with("s3://") {
            let opened = async |out: Out| session.open_object_range(path, range, out).await;
            return into(arguments.output.as_deref(), false, opened).await.map(|()| 0);
        }
        let opened = async |out: Out| session.open_range(Path::new(path), range, out);
        return into(arguments.output.as_deref(), false, opened).await.map(|()| 0);
    }
    if arguments.paths.is_empty() {
        let input = BufReader::new(standard_input("dataward decrypt FILE.dw")?);
        let opened = async |out: Out| session.open_stream(input, out).map(|_| ());
        return into(arguments.output.as_deref(), false, opened).await.map(|()| 0);
    }
    let destination = destination(arguments.in_place, arguments.output);
    finish(&mut session, Action::Decrypt, &arguments.paths, &destination, arguments.recursive, output).await
}

pub(crate) async fn verify(global: &Global, arguments: SealedArguments, output: &Output) -> Result<u8, AppError> {
    sealed(global, arguments, SealFor::Nobody, Action::Verify, output).await
}

pub(crate) async fn rewrap(global: &Global, arguments: RewrapArguments, output: &Output) -> Result<u8, AppError> {
    let seal_for = arguments.class.as_deref().map_or(SealFor::EachOwn, SealFor::Class);
    sealed(global, arguments.sealed, seal_for, Action::Rewrap, output).await
}

async fn sealed(
    global: &Global,
    arguments: SealedArguments,
    seal_for: SealFor<'_>,
    action: Action,
    output: &Output,
) -> Result<u8, AppError> {
    environment::forbid_core_dumps();
    let mut session = open(global, &arguments.source, seal_for, OlderSuites::Refuse).await?;
    finish(&mut session, action, &arguments.paths, &Destination::InPlace, arguments.recursive, output).await
}

/// Seals anew what is sealed below `places`.
pub(crate) async fn rewrap_places(
    global: &Global,
    source: &KeySource,
    places: &[String],
    output: &Output,
) -> Result<u8, AppError> {
    let mut session = open(global, source, SealFor::EachOwn, OlderSuites::Refuse).await?;
    finish(&mut session, Action::Rewrap, places, &Destination::InPlace, true, output).await
}

async fn open(
    global: &Global,
    source: &KeySource,
    seal_for: SealFor<'_>,
    older: OlderSuites,
) -> Result<Session, AppError> {
    let folder = folder(global, source)?;
    Session::open(folder, seal_for, older, &|what| ask(source, what)).await
}

/// The plan of what the policy wants encrypted: shown, confirmed, carried out.
async fn from_audit(global: &Global, arguments: &EncryptArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    let hash = match &arguments.apply {
        Some(hash) => hash.clone(),
        None => {
            let plan = encrypt_plan::plan(&project, &SystemClock).await?;
            output.result(&plan, || shown_plan(&plan))?;
            let asks = plan.files > 0 && global.format == Format::Text && std::io::stdin().is_terminal();
            if !asks || !confirmed(&plan)? {
                return Ok(if plan.unseen.is_empty() { 0 } else { 3 });
            }
            plan.plan
        }
    };
    let mut session = open(global, &arguments.source, SealFor::Nobody, OlderSuites::Refuse).await?;
    session.purge_versions(arguments.purge_versions);
    let work = async |watch: &Watch| encrypt_plan::apply(&project, &hash, &mut session, watch, &SystemClock).await;
    let report = watched(output, work).await?;
    output.result(&report, || shown(&report))?;
    Ok(if report.failures > 0 || report.gone > 0 || report.left != Some(0) { 3 } else { 0 })
}

fn confirmed(plan: &EncryptPlan) -> Result<bool, AppError> {
    let question = format!("Encrypt {} in place?", files(plan.files));
    let answer = dialoguer::Confirm::new().with_prompt(question).default(false).interact();
    answer.map_err(|_| AppError::unreachable("cannot ask at this terminal"))
}

fn shown_plan(plan: &EncryptPlan) -> String {
    let mut out = String::new();
    if plan.files == 0 {
        let _ = writeln!(out, "{GOOD}✓{GOOD:#} all that the policy wants encrypted is encrypted");
    }
    for part in &plan.parts {
        let count = files(part.files.len() as u64);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{HEAD}{}{HEAD:#} · {count} of `{}` ({}) with the key `{}`",
            plain(&part.rule),
            part.source,
            HumanBytes(part.bytes),
            part.class
        );
        for file in part.files.iter().take(SHOWN_FILES) {
            let _ = writeln!(out, "  {} ({})", plain(&file.name), HumanBytes(file.bytes));
        }
        if part.files.len() > SHOWN_FILES {
            let _ =
                writeln!(out, "{MUTED}  and {} more: --format json lists all{MUTED:#}", part.files.len() - SHOWN_FILES);
        }
    }
    for unseen in &plan.unseen {
        let _ = writeln!(out, "  {WARNING}not seen{WARNING:#} {}", plain(unseen));
    }
    if plan.files > 0 {
        let _ = writeln!(
            out,
            "{} ({}) will be sealed in place: read back and compared before the plaintext goes",
            files(plan.files),
            HumanBytes(plan.bytes)
        );
        let _ = writeln!(out, "{CODE}dataward encrypt --from-audit --apply {}{CODE:#}", &plan.plan[..16]);
    }
    out
}

async fn finish(
    session: &mut Session,
    action: Action,
    paths: &[String],
    destination: &Destination,
    recursive: bool,
    output: &Output,
) -> Result<u8, AppError> {
    let work = async |watch: &Watch| session.run(action, paths, destination, recursive, watch, &SystemClock).await;
    let report = watched(output, work).await?;
    output.result(&report, || shown(&report))?;
    let done_nothing = report.files == 0 && report.failures == 0;
    Ok(match action {
        // A folder may be done already; whoever names one file means that file.
        Action::Decrypt if done_nothing && !recursive => 2,
        Action::Verify if report.failures > 0 || !report.plain.is_empty() => 1,
        _ if report.failures > 0 => 3,
        _ => 0,
    })
}

/// Shows how far `work` has come.
async fn watched(
    output: &Output,
    work: impl AsyncFnOnce(&Watch) -> Result<ProtectReport, AppError>,
) -> Result<ProtectReport, AppError> {
    let watch = Arc::new(Watch { remembers: true, ..Watch::default() });
    let bar = output.shows_progress().then(ProgressBar::new_spinner);
    let drawing = bar.clone().map(|bar| {
        let watch = watch.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(120));
            loop {
                tick.tick().await;
                bar.set_message(format!("{}", HumanBytes(watch.bytes.load(Ordering::Relaxed))));
                bar.tick();
            }
        })
    });
    let result = work(&watch).await;
    if let (Some(bar), Some(drawing)) = (bar, drawing) {
        drawing.abort();
        bar.finish_and_clear();
    }
    result
}

/// Files of a plan that are listed for each rule.
const SHOWN_FILES: usize = 10;

fn shown(report: &ProtectReport) -> String {
    let mut out = String::new();
    let (done, rest) = match report.action.as_str() {
        "encrypt" => ("encrypted", "encrypted already"),
        "decrypt" if report.already == report.plain.len() as u64 => ("decrypted", "left: not sealed"),
        "decrypt" => ("decrypted", "left: not sealed, or what they hold is there already (`-o` names another place)"),
        "rewrap" => ("rewrapped", "left: sealed for just these recipients already, or not sealed"),
        _ => ("whole and true", "not sealed"),
    };
    let left_alone = report.action == "decrypt" && report.files == 0;
    let mark = if report.failures == 0 && !left_alone { "✓" } else { "·" };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{GOOD}{mark}{GOOD:#} {} {done} ({})", files(report.files), HumanBytes(report.bytes));
    if report.already > 0 {
        let _ = writeln!(out, "{MUTED}  {} {rest}{MUTED:#}", files(report.already));
    }
    for path in &report.plain {
        let _ = writeln!(out, "  {WARNING}plaintext{WARNING:#} {}", plain(path));
    }
    if report.leftovers > 0 {
        let _ = writeln!(out, "{MUTED}  {} leftovers of a run that was killed removed{MUTED:#}", report.leftovers);
    }
    if report.gone > 0 {
        let _ = writeln!(out, "  {WARNING}{} of the plan are not there any more{WARNING:#}", files(report.gone));
    }
    match report.left {
        Some(0) => {
            let _ = writeln!(out, "{GOOD}✓{GOOD:#} read again: nothing that the policy wants encrypted can be read");
        }
        Some(left) => {
            let _ = writeln!(
                out,
                "  {WARNING}read again: {} that the policy wants encrypted can still be read{WARNING:#}",
                files(left)
            );
        }
        None => {}
    }
    for failed in &report.failed {
        let _ = writeln!(out, "  {ERROR}✗{ERROR:#} {}", plain(failed));
    }
    for note in &report.notes {
        let _ = writeln!(out, "{MUTED}note: {note}{MUTED:#}");
    }
    out
}

fn files(count: u64) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

fn encrypt_age(arguments: &EncryptArguments) -> Result<u8, AppError> {
    let mut recipients: Vec<AgeRecipient> =
        arguments.recipient.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    if recipients.is_empty() {
        let secret = ask(&arguments.source, "a new passphrase for the file")?;
        let text = std::str::from_utf8(&secret).map_err(|_| AppError::usage("the passphrase is not text"))?;
        recipients.push(AgeRecipient::Passphrase(text.to_owned().into()));
    }
    let input = one_input(&arguments.paths)?;
    match &arguments.output {
        Some(path) => {
            let mut file = new_file(path)?;
            protect_files::seal_age(input, &mut file, &recipients)?;
            keep(file, path)?;
        }
        None => {
            not_a_terminal()?;
            protect_files::seal_age(input, std::io::stdout().lock(), &recipients)?;
        }
    }
    Ok(0)
}

/// One file, or standard input.
fn one_input(paths: &[String]) -> Result<Box<dyn Read>, AppError> {
    match paths {
        [] => Ok(Box::new(standard_input("a file, or a pipe")?)),
        [path] => {
            let file = File::open(path);
            Ok(Box::new(file.map_err(|error| AppError::unreachable(format!("cannot read `{path}`: {error}")))?))
        }
        _ => Err(AppError::usage("one file at a time")),
    }
}

fn standard_input(instead: &str) -> Result<std::io::StdinLock<'static>, AppError> {
    if std::io::stdin().is_terminal() {
        return Err(AppError::usage_hint("nothing to read: standard input is the terminal", instead));
    }
    Ok(std::io::stdin().lock())
}

fn not_a_terminal() -> Result<(), AppError> {
    if std::io::stdout().is_terminal() {
        return Err(AppError::usage_hint("a sealed stream is not for a terminal", "--output FILE, or > FILE"));
    }
    Ok(())
}

/// A file or standard output, as a stream writes it.
type Out = Box<dyn Write + Send>;

/// Standard output. A reader that went away (`| head`) is no fault.
struct Piped(std::io::Stdout);

impl Piped {
    fn or_end<T>(result: std::io::Result<T>) -> std::io::Result<T> {
        match result {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => other,
        }
    }
}

impl Write for Piped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Self::or_end(self.0.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Self::or_end(self.0.flush())
    }
}

/// Runs `work` on a new file that takes its name when all went well, or on standard output.
async fn into(
    path: Option<&Path>,
    sealed: bool,
    work: impl AsyncFnOnce(Out) -> Result<(), AppError>,
) -> Result<(), AppError> {
    match path {
        Some(path) => {
            let file = new_file(path)?;
            let again = file.as_file().try_clone();
            let again = again.map_err(|error| AppError::unreachable(format!("cannot write: {error}")))?;
            work(Box::new(again)).await?;
            keep(file, path)
        }
        None => {
            if sealed {
                not_a_terminal()?;
            }
            work(Box::new(Piped(std::io::stdout()))).await
        }
    }
}

fn new_file(path: &Path) -> Result<tempfile::NamedTempFile, AppError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::NamedTempFile::new_in(folder)
        .map_err(|error| AppError::unreachable(format!("cannot write `{}`: {error}", path.display())))
}

fn keep(file: tempfile::NamedTempFile, path: &Path) -> Result<(), AppError> {
    let failed = |error: std::io::Error| AppError::unreachable(format!("cannot write `{}`: {error}", path.display()));
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(path).map(drop).map_err(|error| failed(error.error))
}

fn destination(in_place: bool, output: Option<PathBuf>) -> Destination {
    match (in_place, output) {
        (true, _) => Destination::InPlace,
        (false, Some(path)) => Destination::To(path),
        (false, None) => Destination::Beside,
    }
}

fn parse_range(text: &str) -> Result<std::ops::Range<u64>, AppError> {
    let parsed = text.split_once('-').and_then(|(first, last)| {
        let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
        (first <= last).then(|| first..last.saturating_add(1))
    });
    parsed.ok_or_else(|| AppError::usage_hint(format!("`{text}` is no range"), "--range 0-1023"))
}
