//! What can be typed of keys and of encrypting. The doc comments are the help texts.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

/// Where keys are, and where their secret comes from.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeySource {
    /// The folder with the keys [default: .dataward/keys of the policy file near]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) keys: Option<PathBuf>,
    /// Read the passphrase, PIN or token from this file [default: ask]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "secret_fd")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Read it from this file descriptor
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) secret_fd: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct KeysArguments {
    #[command(flatten)]
    pub(crate) source: KeySource,
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// How the recovery key is split.
#[derive(Args, Clone, Debug)]
pub(crate) struct Kit {
    /// The folder for the recovery kit: sheets to print, encrypted recovery key, rescue script
    #[arg(long, value_name = "FOLDER", default_value = "recovery-kit")]
    pub(crate) kit: PathBuf,
    /// Sheets that are needed together
    #[arg(long, default_value_t = 2)]
    pub(crate) threshold: u8,
    /// Sheets that are made
    #[arg(long, default_value_t = 3)]
    pub(crate) sheets: u8,
}

/// Sheets of the recovery kit.
#[derive(Args, Clone, Debug)]
pub(crate) struct Sheets {
    /// A file with the words of one sheet (repeat for each) [default: ask]
    #[arg(long = "sheet", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the keys, and a recovery kit with sheets to print
    Init {
        /// Who holds the root: passphrase, keyring, file:PATH, systemd:NAME, vault:https://HOST/MOUNT/KEY,
        /// kms:KEY?region=REGION, pkcs11:MODULE?token=LABEL&key=LABEL
        #[arg(long, default_value = "passphrase")]
        root: String,
        #[command(flatten)]
        kit: Kit,
    },
    /// What there is, how old it is, what is due
    Status,
    /// Renew a class key, the root (--root) or the recovery key (--recovery)
    Rotate {
        /// The class: new files are sealed with a new version of its key
        #[arg(long, default_value = "files", conflicts_with_all = ["root", "recovery"])]
        class: String,
        /// The new root; no file is touched
        #[arg(long, conflicts_with = "recovery")]
        root: Option<String>,
        /// Make a new recovery key and a new kit
        #[arg(long)]
        recovery: bool,
        /// Then seal anew what is sealed in these files, folders and buckets [default: all declared ones]
        #[arg(long, value_name = "PATH", num_args = 0.., conflicts_with = "root")]
        rewrap: Option<Vec<String>>,
        #[command(flatten)]
        kit: Kit,
    },
    /// Open the keys with the sheets and put them under a new root
    Recover {
        /// The new root
        #[arg(long, default_value = "passphrase")]
        root: String,
        #[command(flatten)]
        sheets: Sheets,
    },
    /// Try the sheets: they must open every key; the date is kept
    Drill {
        #[command(flatten)]
        sheets: Sheets,
    },
    /// People that files are sealed for besides: add, remove, list
    Recipients {
        #[command(subcommand)]
        command: RecipientsCommand,
    },
    /// Make an operator's key: two operators approve what cannot be undone
    Operator {
        /// A role, without blanks: ops, owner
        name: String,
        /// The file for the private key; must not exist
        file: PathBuf,
    },
    /// Approve a plan by its hash, as an operator; counts for 24 hours
    Approve {
        /// The plan's hash, or its first digits
        plan: String,
        /// The file with the operator's private key
        #[arg(long, value_name = "FILE")]
        operator: PathBuf,
    },
    /// Destroy a version of a class key: what it sealed cannot be read with these keys again. Shows the plan;
    /// --apply carries it out once two operators have approved it
    Shred {
        /// The class
        #[arg(long)]
        class: String,
        /// The version
        #[arg(long)]
        version: u32,
        /// Carry it out
        #[arg(long)]
        apply: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecipientsCommand {
    /// Add a person by their public key
    Add {
        /// A role: auditor, owner
        name: String,
        /// `dwpq1…`
        public: String,
    },
    /// Take a person out; `rewrap` shuts them out of files there are
    Remove {
        /// Who
        name: String,
    },
    /// List them
    List,
    /// Make a key pair for a person, on their own machine: the private key goes into a file
    New {
        /// The file for the private key; must not exist
        file: PathBuf,
    },
}

/// Formats of `encrypt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealFormat {
    /// AWS Encryption SDK messages: AES-256-GCM with key commitment.
    Esdk,
    /// Age: ChaCha20-Poly1305, for people who have age.
    Age,
}

#[derive(Args, Debug)]
pub(crate) struct EncryptArguments {
    /// Files, folders, s3://bucket/prefix [default: standard input]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) source: KeySource,
    /// The file, or the folder for several [default: beside each file; standard output for a stream]
    #[arg(long, short, conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Seal, read back, compare, then remove the plaintext
    #[arg(long)]
    pub(crate) in_place: bool,
    /// All files below a folder
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// What `[[protect]]` entries of the policy want encrypted and is not: shows the plan, then asks
    #[arg(long, conflicts_with_all = ["paths", "output", "in_place", "class", "kind"])]
    pub(crate) from_audit: bool,
    /// Carry out the plan with this hash, without asking; goes on where it was stopped
    #[arg(long, value_name = "HASH", requires = "from_audit")]
    pub(crate) apply: Option<String>,
    /// In a bucket that keeps versions: remove the older versions with the plaintext that is sealed, also of earlier runs
    #[arg(long)]
    pub(crate) purge_versions: bool,
    /// The class of data, which has a key of its own
    #[arg(long, default_value = "files")]
    pub(crate) class: String,
    /// The format
    #[arg(long = "as", value_enum, default_value_t = SealFormat::Esdk)]
    pub(crate) kind: SealFormat,
    /// For an age file: who it is for (repeat for each) [default: a passphrase]
    #[arg(long, value_name = "age1…")]
    pub(crate) recipient: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct DecryptArguments {
    /// Sealed files, folders, s3://bucket/prefix [default: standard input]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) source: KeySource,
    /// The file, or the folder for several [default: beside each file; standard output for a stream]
    #[arg(long, short, conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Open, read back, compare, then remove the sealed file
    #[arg(long)]
    pub(crate) in_place: bool,
    /// All files below a folder
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// Only these bytes of one file, to standard output: 0-1023
    #[arg(long, value_name = "FIRST-LAST")]
    pub(crate) range: Option<String>,
    /// A private key of one's own: of age, or of `keys recipients new`
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Open messages of older SDKs, which do not commit to their key
    #[arg(long)]
    pub(crate) older_suites: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SealedArguments {
    /// Sealed files, folders, s3://bucket/prefix
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) source: KeySource,
    /// All files below a folder
    #[arg(long, short)]
    pub(crate) recursive: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RewrapArguments {
    #[command(flatten)]
    pub(crate) sealed: SealedArguments,
    /// Move the files to this class of data [default: each keeps its own]
    #[arg(long)]
    pub(crate) class: Option<String>,
}
