//! What can be typed after `inventory`.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct InventoryArguments {
    #[command(subcommand)]
    pub(crate) command: Option<InventoryCommand>,
    #[command(flatten)]
    pub(crate) list: InventoryListArguments,
}

#[derive(Args, Debug)]
pub(crate) struct InventoryListArguments {
    /// Only this source
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only this category and those below it: user.contact
    #[arg(long)]
    pub(crate) category: Option<String>,
    /// Only what detection is not sure of and nobody decided about
    #[arg(long)]
    pub(crate) uncertain: bool,
    /// Columns without personal data too
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// List what is held, as `inventory` alone does
    List(InventoryListArguments),
    /// Why a column has its verdict, and how sure that is
    Explain {
        /// source.table.column, a document, a table or a source, or an ending of it that is unique
        place: String,
        /// What each piece of evidence counts, in figures
        #[arg(long)]
        details: bool,
    },
    /// Say that detection is right; lasts over rescans
    Confirm {
        /// source.table.column, or an ending of it that is unique
        place: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Say that detection is wrong; lasts over rescans
    Overrule {
        /// source.table.column, or an ending of it that is unique
        place: String,
        /// What it is: a category such as user.contact.email, or `none` for not personal
        category: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Take an earlier decision back; detection counts again
    Withdraw {
        /// source.table.column, or an ending of it that is unique
        place: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Write the inventory for other tools
    Export {
        /// The format
        #[arg(long = "as", value_enum)]
        kind: ExportKind,
        /// The file [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

/// Formats of `inventory export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportKind {
    /// Comma-separated values, for spreadsheets.
    Csv,
    /// JSON-LD in the W3C Data Privacy Vocabulary.
    Dpv,
    /// Fides dataset YAML.
    Fides,
}
