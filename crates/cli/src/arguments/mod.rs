//! What can be typed. The doc comments are the help texts.

pub(crate) mod findings;
pub(crate) mod inventory;
pub(crate) mod keys;
pub(crate) mod retain;
pub(crate) mod schema;

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use dataward_model::Severity;

/// Find customer data where it lives. Audit it, encrypt it, retire it on time. Prove it.
///
/// Without a command: the roadmap, when a policy file is near, else how to begin.
#[derive(Debug, Parser)]
#[command(name = "dataward", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes: 0 fine, 1 findings at or above --fail-on or a log that is not what was signed, 2 wrong use \
or policy error, 3 a source could not be reached or read, 4 refused, 5 internal error, 130 stopped.";

/// Flags of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Text for people, JSON for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// The policy file [default: the nearest dataward.toml here or above]
    #[arg(long, global = true, value_name = "FILE", env = "DATAWARD_POLICY")]
    pub(crate) policy: Option<PathBuf>,
    /// No progress, no hints
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs; schemas under docs/schema.
    Json,
    /// For spreadsheets; `findings` alone.
    #[value(hide = true)]
    Csv,
    /// For tools of auditors; `findings` and `report` alone.
    #[value(hide = true)]
    Oscal,
    /// For code hosts; `findings` alone.
    #[value(hide = true)]
    Sarif,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run stages of the audit plan: checks, findings, evidence
    Audit(AuditArguments),
    /// Build a small, made-up business and run the whole loop on it
    Demo(DemoArguments),
    /// Encrypt files, folders, buckets or a stream
    Encrypt(crate::arguments::keys::EncryptArguments),
    /// Decrypt files, folders, buckets or a stream
    Decrypt(crate::arguments::keys::DecryptArguments),
    /// Open sealed files without writing anything, to know that they open
    Verify(crate::arguments::keys::SealedArguments),
    /// Seal files anew for those who are recipients now
    ///
    /// The body is written again: a changed header alone would be unsafe (docs/book/encryption.md).
    Rewrap(crate::arguments::keys::RewrapArguments),
    /// The keys: init, status, rotate, recover, drill, recipients, shred
    Keys(crate::arguments::keys::KeysArguments),
    /// What is wrong: list, show, accept, reject, assign, export
    Findings(findings::FindingsArguments),
    /// Write a commented dataward.toml for the sources given
    Init(InitArguments),
    /// The roadmap: what is held, what is wrong, what is due, the next five steps
    Status,
    /// Find customer data in databases, folders and buckets
    Scan(ScanArguments),
    /// Find personal data in one text, span by span
    Inspect(InspectArguments),
    /// What is held where: list, explain, confirm, overrule, export
    Inventory(inventory::InventoryArguments),
    /// What is recognised, your own rules included: list, check
    Rules(RulesArguments),
    /// How long what is kept and why, and retiring it on time
    Retain(retain::RetainArguments),
    /// Write the report as HTML page and PDF, or as OSCAL
    Report(ReportArguments),
    /// The signed log of what was done: verify, show
    Evidence(EvidenceArguments),
    /// Who can do what to which customer data, and through which path
    Access(AccessArguments),
    /// Ask servers what TLS they speak, and whether they take log-ins without
    Transit(TransitArguments),
    /// Print the JSON Schema of dataward.toml or of a command's JSON output
    Schema(crate::arguments::schema::SchemaArguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder
    #[command(hide = true)]
    Man {
        /// The folder
        folder: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct AuditArguments {
    /// The stages: collection, access, integrity, encryption, transit [default: all that the plan does
    /// not switch off]. `integrity` also takes what to look at: a source of the policy file, an address
    /// or a path
    #[arg(value_name = "STAGE|SOURCE|URL|PATH", value_parser = AuditTarget::parse)]
    pub(crate) what: Vec<AuditTarget>,
    /// Only what is due by the plan in dataward.toml
    #[arg(long)]
    pub(crate) due: bool,
    /// Only this source (repeat for several); the run then does not count for the plan
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Vec<String>,
    /// Exit with 1 when findings of this severity or above are open
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Medium)]
    pub(crate) fail_on: FailOn,
}

#[derive(Args, Debug)]
pub(crate) struct TransitArguments {
    /// HOST:PORT, https://HOST, smtp://HOST, postgres://USER@HOST/DATABASE, mysql://HOST, …
    #[arg(required = true, value_name = "ENDPOINT")]
    pub(crate) endpoints: Vec<String>,
    /// What is spoken before TLS [default: by the port, else found out by asking]
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub(crate) starttls: Option<Spoken>,
    /// Your own authorities (PEM): they alone are trusted then
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Every suite and group by name
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 when there are problems of this severity or above
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::Never)]
    pub(crate) fail_on: FailOn,
}

/// Protocols in which TLS begins in the middle, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spoken {
    /// FTP: AUTH TLS.
    Ftp,
    /// HTTPS: TLS at once, and a look at the headers.
    Https,
    /// IMAP: STARTTLS.
    Imap,
    /// LDAP: StartTLS.
    Ldap,
    /// MySQL and MariaDB.
    Mysql,
    /// TLS at once.
    None,
    /// PostgreSQL: SSLRequest.
    Pg,
    /// POP3: STLS.
    Pop3,
    /// SMTP: STARTTLS.
    Smtp,
}

/// A stage, or what a stage is to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuditTarget {
    /// A source of the policy file, an address or a path.
    Source(String),
    /// A stage of the plan.
    Stage(Stage),
}

impl AuditTarget {
    fn parse(text: &str) -> Result<Self, std::convert::Infallible> {
        Ok(Stage::from_str(text, false).map_or_else(|_| Self::Source(text.to_owned()), Self::Stage))
    }
}

/// Stages of the audit plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Are the sources the declared ones, with a purpose, a basis, an owner and an end?
    Collection,
    /// Who can read what, and should they?
    Access,
    /// Is the data right?
    Integrity,
    /// Is it encrypted where it lies?
    Encryption,
    /// Is it encrypted on the way?
    Transit,
}

#[derive(Args, Debug)]
pub(crate) struct DemoArguments {
    /// Where to build it; must not exist or be empty
    #[arg(default_value = "blue-lantern")]
    pub(crate) folder: PathBuf,
    /// Another seed makes other people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct InitArguments {
    /// Databases, folders, buckets: NAME=ADDRESS or just ADDRESS
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// The name of the business
    #[arg(long)]
    pub(crate) business: Option<String>,
    /// Where you and your customers are: EU, DE, US-CA (repeat or separate by commas)
    #[arg(long, value_delimiter = ',')]
    pub(crate) jurisdiction: Vec<String>,
    /// What the business does: retail, health, finance (repeat or separate by commas)
    #[arg(long, value_delimiter = ',')]
    pub(crate) sector: Vec<String>,
    /// Who looks after the data
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Do not try the connections
    #[arg(long)]
    pub(crate) no_test: bool,
    /// Ask nothing, even on a terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ScanArguments {
    /// Names from the policy file, addresses or paths [default: all sources of the policy file]
    #[arg(value_name = "SOURCE|URL|PATH")]
    pub(crate) targets: Vec<String>,
    /// Read every row
    #[arg(long, conflicts_with = "rows")]
    pub(crate) full: bool,
    /// Rows of each table in the sample [default: 10000, or what the policy file says]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rows: Option<u64>,
    /// Seed of the sample: the same seed over the same data reads the same rows
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only what changed since it was last read
    #[arg(long)]
    pub(crate) since_last: bool,
    /// Go on with the scan that was stopped
    #[arg(long)]
    pub(crate) resume: bool,
    /// Do not look for names and addresses in running text (faster)
    #[arg(long)]
    pub(crate) no_names: bool,
    /// Show columns without personal data too
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 when findings of this severity or above are open
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
}

/// Severities, for `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any finding.
    Info,
    /// Low and above.
    Low,
    /// Medium and above.
    Medium,
    /// High and above.
    High,
    /// Critical only.
    Critical,
    /// No finding.
    Never,
}

impl FailOn {
    /// The least severity that counts; none: no finding does.
    pub(crate) fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    /// A text file, or - for standard input
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// Read one {"id": …, "text": …} a line and print one {"id": …, "spans": …} a line
    #[arg(long)]
    pub(crate) jsonl: bool,
    /// Do not look for names and addresses (faster)
    #[arg(long)]
    pub(crate) no_names: bool,
}

#[derive(Args, Debug)]
pub(crate) struct AccessArguments {
    /// A source of the policy file, an address or a path
    #[arg(value_name = "SOURCE|URL")]
    pub(crate) source: String,
    /// Every column, not only those with customer data
    #[arg(long)]
    pub(crate) all_columns: bool,
    /// Only this account or role
    #[arg(long, value_name = "NAME")]
    pub(crate) principal: Option<String>,
    /// Only this category and those below it: user.contact
    #[arg(long)]
    pub(crate) category: Option<String>,
    /// What changed since the last audit of access
    #[arg(long)]
    pub(crate) diff: bool,
    /// Print the statements that take away what the policy does not give; with --principal or
    /// --category all that those reach
    #[arg(long, conflicts_with_all = ["diff", "propose"])]
    pub(crate) revoke_script: bool,
    /// Print an `[access]` table that gives what accounts can do today, for you to shorten and sign
    #[arg(long, conflicts_with = "diff")]
    pub(crate) propose: bool,
    /// One line for each entry with all its paths, instead of the matrix
    #[arg(long)]
    pub(crate) paths: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RulesArguments {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Run the examples and near misses of every rule; exit 2 when one comes out wrong
    Check,
    /// Name every rule, what it finds and which country gives it
    List {
        /// Only those of the policy file
        #[arg(long)]
        own: bool,
        /// Only those of one country: NL
        #[arg(long, value_name = "CODE", conflicts_with = "own")]
        country: Option<String>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct ReportArguments {
    /// The file: a PDF when its name ends in .pdf, else an HTML page [default: both,
    /// dataward-report.html and dataward-report.pdf]; with `--format oscal` OSCAL [default: standard
    /// output]
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct EvidenceArguments {
    #[command(subcommand)]
    pub(crate) command: EvidenceCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Check the whole log offline: every entry, every tile, the signature
    Verify {
        /// The log's folder [default: that of the policy file near]
        folder: Option<PathBuf>,
        /// The verifier key [default: log.vkey in the folder]; keep a copy of your own
        #[arg(long, value_name = "FILE")]
        vkey: Option<PathBuf>,
        /// An older checkpoint that this log must have grown from (repeat for several)
        #[arg(long, value_name = "FILE")]
        older: Vec<PathBuf>,
    },
    /// List the entries, or show one of them whole
    Show {
        /// The index of one entry
        #[arg(conflicts_with = "last")]
        index: Option<u64>,
        /// Only the newest so many
        #[arg(long, default_value_t = 20)]
        last: u64,
    },
    /// Prove to somebody who has only the checkpoint that an entry is in the log
    ///
    /// Writes the proof (tlog-proof@v1: entry's index, hashes up to the root, signed checkpoint) to standard output.
    /// With the entry's own bytes and log.vkey any verifier of C2SP logs checks it; aics-tlog takes the bytes out of the
    /// log: `aics-tlog verify-inclusion --index INDEX --entry-out event.json …`. What `evidence show` prints is laid out
    /// for reading and has another hash.
    Prove {
        /// The index of the entry
        index: u64,
    },
}
