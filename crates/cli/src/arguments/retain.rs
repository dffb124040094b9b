//! What can be typed after `retain`.

use clap::Args;
use clap::Subcommand;

use crate::arguments::keys::KeySource;

#[derive(Args, Debug)]
pub(crate) struct RetainArguments {
    #[command(subcommand)]
    pub(crate) command: RetainCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetainCommand {
    /// Work out which rows have reached the end of their period, and save that as a plan; changes nothing
    Plan {
        /// Sources of the policy file [default: all]
        #[arg(value_name = "SOURCE")]
        sources: Vec<String>,
        /// Show a plan that was made before instead, by its name or the beginning of it
        #[arg(long, value_name = "PLAN", conflicts_with = "sources")]
        show: Option<String>,
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
    /// What must not go, whoever asks: place, list, release
    Hold(HoldArguments),
    /// Plans, how far they are, and holds
    Status,
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
