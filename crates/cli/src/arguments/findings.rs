//! What can be typed after `findings`.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use crate::arguments::FailOn;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct FindingsArguments {
    #[command(subcommand)]
    pub(crate) command: Option<FindingsCommand>,
    #[command(flatten)]
    pub(crate) list: FindingsListArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FindingsCommand {
    /// List findings, the gravest first
    List(FindingsListArguments),
    /// One finding: why, the law, what to do, its history, its entries in the evidence log
    Show {
        /// Its id, or as much of it as is unique
        id: String,
    },
    /// Answer for leaving it as it is until a day
    Accept {
        /// Ids, or as much of each as is unique
        #[arg(required = true)]
        ids: Vec<String>,
        /// Until when, at most a year ahead: 2027-03-31
        #[arg(long, value_name = "DAY")]
        until: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Say that it is none; it comes back if it turns out graver
    Reject {
        /// Ids, or as much of each as is unique
        #[arg(required = true)]
        ids: Vec<String>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Say who is to put it right
    Assign {
        /// Ids, or as much of each as is unique
        #[arg(required = true)]
        ids: Vec<String>,
        /// An e-mail address or a team; `nobody` takes it back
        #[arg(long)]
        to: String,
    },
    /// Take an acceptance or rejection back
    Reopen {
        /// Ids, or as much of each as is unique
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Write findings for other tools
    Export {
        /// The format
        #[arg(long = "as", value_enum)]
        kind: FindingsExportKind,
        #[command(flatten)]
        list: FindingsListArguments,
        /// The file [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct FindingsListArguments {
    /// Only those that stand so
    #[arg(long, value_enum, default_value_t = FindingStateWord::Open)]
    pub(crate) state: FindingStateWord,
    /// Only this severity and above
    #[arg(long, value_enum)]
    pub(crate) severity: Option<FailOn>,
    /// Only this stage or check: access, collection/no-retention-rule
    #[arg(long)]
    pub(crate) check: Option<String>,
    /// Only this source
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only those given to this person or team
    #[arg(long, value_name = "WHO")]
    pub(crate) assigned_to: Option<String>,
    /// Exit with 1 when findings of this severity or above are among the open ones listed
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
}

/// States, for `--state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingStateWord {
    /// Left as it is until a day.
    Accepted,
    /// All there are.
    All,
    /// No longer seen by an audit.
    Fixed,
    /// Left to do, open again ones included.
    Open,
    /// Said to be none.
    Rejected,
    /// Open again.
    Reopened,
}

/// Formats of `findings export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FindingsExportKind {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// OSCAL 1.1 assessment results, for tools of auditors.
    Oscal,
    /// SARIF 2.1.0, for code hosts.
    Sarif,
}
