//! `completions` and `man`: made from the same arguments as `--help`.

use std::path::Path;

use clap::CommandFactory;
use dataward_app::AppError;

use crate::arguments::Arguments;
use crate::render::Output;

pub(crate) fn completions(shell: clap_complete::Shell, output: &Output) -> Result<u8, AppError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "dataward", &mut script);
    output.raw(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

pub(crate) fn man(folder: &Path, output: &Output) -> Result<u8, AppError> {
    clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| {
        AppError::unreachable(format!("cannot write man pages into `{}`: {error}", folder.display()))
    })?;
    output.note(&format!("man pages written into {}", folder.display()));
    Ok(0)
}
