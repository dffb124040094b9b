//! What can be typed after `retain`.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use dataward_app::AppError;
use dataward_app::review_retention::LegalAnswer;
use dataward_app::verify_erasure::ErasureLevel;

use crate::arguments::keys::KeySource;

#[derive(Args, Debug)]
pub(crate) struct RetainArguments {
    #[command(subcommand)]
    pub(crate) command: RetainCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetainCommand {
    /// Which rules apply where, with the law behind them, and what has to be decided
    Policy(RetainPolicyArguments),
    /// The rules of law: list, show, diff
    Rules(LegalRulesArguments),
    /// Work out which rows have reached the end of their period, and save that as a plan; changes nothing
    Plan {
        /// Sources of the policy file [default: all]
        #[arg(value_name = "SOURCE")]
        sources: Vec<String>,
        /// Show a plan that was made before instead, by its name or the beginning of it
        #[arg(long, value_name = "PLAN", conflicts_with = "sources")]
        show: Option<String>,
        /// Save nothing: compare with what would go by this policy file instead
        #[arg(long, value_name = "FILE", conflicts_with_all = ["show", "list"])]
        with: Option<PathBuf>,
        /// Name every file and object that goes; the names are printed, and kept nowhere in clear. Saves nothing while
        /// another plan waits
        #[arg(long)]
        list: bool,
    },
    /// Answer for a plan, so that it can be applied
    Approve {
        /// Its name or the beginning of it [default: the newest that waits]
        plan: Option<String>,
    },
    /// Carry out an approved plan, or go on with one that was cut off
    Apply {
        /// Its name or the beginning of it [default: the newest that is approved or was cut off]
        plan: Option<String>,
        #[command(flatten)]
        source: KeySource,
    },
    /// Give a plan up: what it did stays done, the rest is left alone
    Drop {
        /// Its name or the beginning of it
        plan: String,
        #[command(flatten)]
        source: KeySource,
    },
    /// What must not go, whoever asks: place, list, release
    Hold(HoldArguments),
    /// What lies in the archives: list it, bring single files and rows back
    Archive(ArchiveArguments),
    /// Write the list of the people whose data a plan takes out, so that they can be told before
    Notify {
        /// The plan's name or the beginning of it [default: the newest that waits]
        plan: Option<String>,
        /// The file for the list (CSV); must not be there yet, and is readable by its owner alone
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// After a restore: find what was erased before, and plan to take it out again
    Replay {
        /// Sources of the policy file [default: all]
        #[arg(value_name = "SOURCE")]
        sources: Vec<String>,
    },
    /// For a scheduler: go on with what was cut off, apply what was approved, make the next plan
    Run {
        /// Make a plan only when `[audit] retention` in the policy file says that it is time
        #[arg(long)]
        due: bool,
        #[command(flatten)]
        source: KeySource,
    },
    /// Plans, how far they are, and holds
    Status,
    /// Is it really gone? Clean the files, search them, and sign a certificate; or check certificates
    Verify(VerifyArguments),
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The plan's name or the beginning of it [default: the newest that was applied]
    #[arg(conflicts_with_all = ["certificate", "chain"])]
    pub(crate) plan: Option<String>,
    /// How far: L0 out of sight, L1 gone from the live files, L2 gone from all files of the store
    /// [default: what the policy asks for]
    #[arg(long)]
    pub(crate) level: Option<ErasureLevel>,
    /// Tables may be locked while they are written anew; without it some engines keep what they have
    #[arg(long)]
    pub(crate) exclusive: bool,
    /// Only show the steps of the clean-up and what they need
    #[arg(long, conflicts_with = "search_only")]
    pub(crate) show: bool,
    /// Change nothing: search the files as they are, and certify what is found
    #[arg(long)]
    pub(crate) search_only: bool,
    /// Check a certificate instead; needs no source
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The verifier key to check it with [default: the project's evidence/log.vkey]
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// Print the certificate that was checked into this file, for people
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) pdf: Option<PathBuf>,
    /// Check all certificates of the project, their chain, and the evidence log
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) chain: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ArchiveArguments {
    #[command(subcommand)]
    pub(crate) command: ArchiveCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// What was archived, from where
    List {
        /// Only of this source or table: shop, shop.public.orders
        #[arg(value_name = "SOURCE[.TABLE]")]
        place: Option<String>,
        /// Open the archives and name each file and object in them
        #[arg(long)]
        names: bool,
        #[command(flatten)]
        source: KeySource,
    },
    /// Bring a file, or rows of a table, back into a new file; the source is left as it is
    Restore {
        /// A file or object as SOURCE.PATH, or a table as SOURCE.TABLE
        #[arg(value_name = "PLACE")]
        place: String,
        /// Only rows of which a column has just this value (repeat for several columns)
        #[arg(long = "where", value_name = "COLUMN=VALUE")]
        rows: Vec<String>,
        /// The file for it, which must not be there yet; rows come as JSON, one on a line
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        source: KeySource,
    },
}

#[derive(Args, Debug)]
pub(crate) struct HoldArguments {
    #[command(subcommand)]
    pub(crate) command: HoldCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Stop every deletion of what it covers, from now on
    Place {
        /// The matter: a file number, a name for it; no name of a person
        #[arg(long)]
        matter: String,
        /// A source or a table of it: shop, shop.public.orders
        #[arg(long, value_name = "SOURCE[.TABLE]", required_unless_present = "person")]
        place: Vec<String>,
        /// Only rows of the table of which a column has this value (repeat for several columns)
        #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "place")]
        rows: Vec<String>,
        /// A person, wherever the inventory has this value: user.contact.email=VALUE. `-` as the value
        /// reads it from standard input, so that it stays out of the shell's history
        #[arg(long, value_name = "CATEGORY=VALUE")]
        person: Vec<String>,
    },
    /// The holds that lie now
    List {
        /// Those that were lifted too
        #[arg(long)]
        all: bool,
    },
    /// Lift a hold, or all of a matter; what waited goes with the next plan
    Release {
        /// The hold's name or the matter
        name: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct RetainPolicyArguments {
    /// Only this source or table, as `shop` or `shop.public.orders`
    #[arg(value_name = "PLACE")]
    pub(crate) place: Option<String>,
    /// Write down what a rule of law is at a table: `applies`, `does-not-apply` or `seal`
    #[arg(long, num_args = 3, value_names = ["TABLE", "RULE", "ANSWER"], requires = "because", conflicts_with = "place")]
    pub(crate) decide: Vec<String>,
    /// Why, in a sentence that an auditor understands
    #[arg(long, value_name = "TEXT", requires = "decide")]
    pub(crate) because: Option<String>,
    /// Also rules without a period, and all reasons
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LegalRulesArguments {
    #[command(subcommand)]
    pub(crate) command: LegalRulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LegalRulesCommand {
    /// All rules, or those of one jurisdiction or kind
    List {
        /// Only of this jurisdiction: EU, DE, US-CA
        #[arg(long, value_name = "CODE")]
        jurisdiction: Option<String>,
        /// Only of this kind: min_retention, max_retention, disposal_duty, …
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// One rule, whole
    Show {
        /// Its id
        id: String,
    },
    /// What the rules of this version change against those of a file, and what comes of it here
    Diff {
        /// The rules.toml of another version
        file: PathBuf,
    },
}

/// What can be answered about a rule of law.
pub(crate) fn answer(word: &str) -> Result<LegalAnswer, AppError> {
    let known = LegalAnswer::WORDS.iter().find(|(known, _)| *known == word).map(|(_, answer)| *answer);
    known.ok_or_else(|| AppError::usage_hint(format!("`{word}` is no answer"), "known: applies, does-not-apply, seal"))
}
