//! `inventory`: list, explain, confirm, overrule, withdraw, export.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::decide_entry::Asked;
use dataward_app::decide_entry::Verdict;
use dataward_app::decide_entry::decide_entry;
use dataward_app::decide_entry::find_asked;
use dataward_app::environment::SystemClock;
use dataward_app::export_inventory::Export;
use dataward_app::export_inventory::export_inventory;
use dataward_app::list_inventory::ExplainedEntry;
use dataward_app::list_inventory::InventoryReport;
use dataward_app::list_inventory::Wanted;
use dataward_app::list_inventory::explain_entries;
use dataward_app::list_inventory::list_inventory;
use dataward_app::unnamed_report::in_full;
use dataward_model::Category;

use crate::arguments::Global;
use crate::arguments::inventory::ExportKind;
use crate::arguments::inventory::InventoryArguments;
use crate::arguments::inventory::InventoryCommand;
use crate::commands::project;
use crate::render;
use crate::render::Output;
use crate::render::explain::Figures;
use crate::render::explain::Titles;

pub(crate) async fn inventory(global: &Global, arguments: InventoryArguments, output: &Output) -> Result<u8, AppError> {
    let project = project(global)?;
    match arguments.command.unwrap_or(InventoryCommand::List(arguments.list)) {
        InventoryCommand::List(list) => {
            let wanted = Wanted {
                source: list.source,
                category: list.category.as_deref().map(|key| category(&project, key)).transpose()?,
                uncertain: list.uncertain,
                all: list.all,
            };
            let report = list_inventory(&project.store().await?, &wanted).await?;
            output.result(&report, || render::inventory::list(&report))?;
        }
        InventoryCommand::Explain { place, details } => {
            explain(&project, &place, details, output).await?;
        }
        InventoryCommand::Confirm { place, reason } => {
            decide(&project, &place, Verdict::Confirm, reason, output).await?;
        }
        InventoryCommand::Overrule { place, category: key, reason } => {
            let category = if key == "none" { None } else { Some(category(&project, &key)?) };
            decide(&project, &place, Verdict::Overrule(category), reason, output).await?;
        }
        InventoryCommand::Withdraw { place, reason } => {
            decide(&project, &place, Verdict::Withdraw, reason, output).await?;
        }
        InventoryCommand::Export { kind, output: file } => {
            let kind = match kind {
                ExportKind::Csv => Export::Csv,
                ExportKind::Dpv => Export::Dpv,
                ExportKind::Fides => Export::Fides,
            };
            let text = export_inventory(&project, kind, &SystemClock).await?;
            match file {
                None => output.raw(&text)?,
                Some(file) => {
                    dataward_app::environment::write_file(&file, &text)?;
                    output.note(&format!("written: {}", file.display()));
                }
            }
        }
    }
    Ok(0)
}

async fn decide(
    project: &Project,
    place: &str,
    verdict: Verdict,
    reason: String,
    output: &Output,
) -> Result<(), AppError> {
    let entry = decide_entry(project, place, verdict, reason, &SystemClock).await?;
    let titles = titles(project);
    for line in explain_entries(&project.store().await?, &[entry]).await? {
        let line = ExplainedEntry::from(line);
        output.result(&line, || render::explain::one(&line.entry, &titles, Figures::Hidden))?;
    }
    Ok(())
}

async fn explain(project: &Project, place: &str, details: bool, output: &Output) -> Result<(), AppError> {
    let figures = if details { Figures::Shown } else { Figures::Hidden };
    let titles = titles(project);
    let store = project.store().await?;
    let place = in_full(project, &store, place, &SystemClock).await?;
    match find_asked(&store, &place).await? {
        Asked::One(entry) => {
            for line in explain_entries(&store, &[*entry]).await? {
                let line = ExplainedEntry::from(line);
                output.result(&line, || render::explain::one(&line.entry, &titles, figures))?;
            }
            Ok(())
        }
        Asked::Many(name, entries) => {
            let entries = explain_entries(&store, &entries).await?;
            let report = InventoryReport { schema: "dataward/inventory@1", entries, sealed: Vec::new() };
            output.result(&report, || render::explain::many(&name, &report, &titles, figures))
        }
    }
}

/// What people call the categories of their own.
fn titles(project: &Project) -> Titles {
    Titles::new(project.policy.categories.iter().map(|own| (own.category.key().to_owned(), own.title.clone())))
}

fn category(project: &Project, key: &str) -> Result<Category, AppError> {
    project
        .policy
        .parse_category(key)
        .map_err(|help| AppError::usage_hint(format!("`{key}` is not a data category"), help))
}
