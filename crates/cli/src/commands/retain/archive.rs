//! `retain archive`.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::read_archive::list_archives;
use dataward_app::read_archive::restore_archived;

use super::hold::pair;
use crate::arguments::retain::ArchiveCommand;
use crate::commands::keys::ask;
use crate::render;
use crate::render::Output;

pub(super) async fn archive(project: &Project, command: ArchiveCommand, output: &Output) -> Result<u8, AppError> {
    match command {
        ArchiveCommand::List { place, names, source } => {
            let report = list_archives(project, place.as_deref(), names, &|what| ask(&source, what)).await?;
            output.result(&report, || render::archive::list(&report))?;
        }
        ArchiveCommand::Restore { place, rows, output: out, source } => {
            let values = rows.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
            let ask = |what: &_| ask(&source, what);
            let report = restore_archived(project, &place, &values, &out, &ask, &SystemClock).await?;
            output.result(&report, || render::archive::brought_back(&report))?;
        }
    }
    Ok(0)
}
