//! `dataward`: find customer data where it lives, audit it, encrypt it, retire it on time, prove it.
//!
//! Floor 5: the door. One command a file in [`commands`], all that is printed in [`render`]; what is
//! done stands in `dataward-app`.

mod arguments;
mod commands;
mod render;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;
use render::Output;

/// What a panic says may quote what was being read: only the place in our code is told. Panics of
/// readers and profilers are caught and listed under `skipped`, so they need no line of their own.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if std::thread::current().name() == Some("main") {
            let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
            eprintln!("error: internal error{}; please report it", place.unwrap_or_default());
        }
    }));
}

fn main() -> ExitCode {
    quiet_panics();
    // Both `ring` and `aws-lc-rs` are in the tree: rustls panics unless one is chosen first.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("error: internal error: a TLS provider was chosen twice");
        return ExitCode::from(5);
    }
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.format, arguments.global.quiet);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::from(5);
        }
    };
    let result = runtime.block_on(commands::run(arguments, &output));
    // Readers that block on a hung server must not keep us from ending.
    runtime.shutdown_background();
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
