//! `init`: asks a few questions, writes a commented policy file, tries the sources.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::Path;

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::init_policy::DraftSource;
use dataward_app::init_policy::InitCommand;
use dataward_app::init_policy::check_free;
use dataward_app::init_policy::draft_sources;
use dataward_app::init_policy::init_policy;
use dataward_app::init_policy::try_source;
use dataward_app::registry::least_privilege_sql;
use dialoguer::Confirm;
use dialoguer::Input;
use serde_json::json;

use crate::arguments::Global;
use crate::arguments::InitArguments;
use crate::commands::here;
use crate::render::Output;
use crate::render::numbers::plain;
use crate::render::style::CODE;
use crate::render::style::ERROR;
use crate::render::style::GOOD;
use crate::render::style::HEAD;
use crate::render::style::MUTED;

pub(crate) async fn init(global: &Global, arguments: InitArguments, output: &Output) -> Result<u8, AppError> {
    let here = here()?;
    let folder = match &global.policy {
        Some(file) => file.parent().map(Path::to_owned).unwrap_or_default(),
        None => here.clone(),
    };
    check_free(&folder)?;
    let asks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !arguments.yes && !output.is_json();
    let test = !arguments.no_test;
    let command = if asks { ask(arguments, folder)? } else { command(arguments, folder) };
    let drafts = draft_sources(&command.targets, &here)?;
    let mut code = 0;
    let mut tried = Vec::new();
    if test {
        for draft in &drafts {
            let result = try_source(draft, &here).await;
            if let Err(error) = &result {
                code = 3;
                output.note(&format!("{ERROR}✗{ERROR:#} {}: {}", draft.id, plain(&error.to_string())));
                if let (Some(variable), true) = (draft.password_if_asked(), error.to_string().contains("password")) {
                    output.note(&format!(
                        "{MUTED}its password: take the `#` before `password = {{ env = \"{variable}\" }}` in the policy file \
                         away, then{MUTED:#} {CODE}read -rs {variable} && export {variable}{CODE:#}"
                    ));
                }
            }
            if let Ok(facts) = &result {
                output.note(&format!("{GOOD}✓{GOOD:#} {}: {}", draft.id, plain(&facts.product)));
            }
            tried.push(json!({ "source": draft.id, "works": result.is_ok(), "reason": result.err().map(|error| error.to_string()) }));
        }
        if code != 0 && asks && !confirm("Write the policy file all the same?")? {
            return Ok(code);
        }
    }
    let project = init_policy(&command, &drafts, &SystemClock).await?;
    let result = json!({ "schema": "dataward/init@1", "file": project.file, "sources": tried });
    output.result(&result, || written(&project.file, &drafts))?;
    Ok(code)
}

fn written(file: &Path, drafts: &[DraftSource]) -> String {
    let mut text =
        format!("{HEAD}{}{HEAD:#} written. Read it: its comments say what each part is for.\n", file.display());
    let mut made: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for draft in drafts {
        if let Some(variable) = &draft.password_variable {
            text.push_str(&format!(
                "\nThe password of `{}` is not in it. Before each scan:\n  {CODE}read -rs {variable} && export {variable}{CODE:#}\n",
                draft.id
            ));
        }
        if !draft.secrets.left_out.is_empty() {
            text.push_str(&format!(
                "\nLeft out of the address of `{}`: `{}`. Tokens of a cloud go into the environment: \
                 {CODE}AWS_SESSION_TOKEN{CODE:#}, {CODE}AZURE_STORAGE_SAS_TOKEN{CODE:#}.\n",
                draft.id,
                draft.secrets.left_out.join("`, `"),
            ));
        }
        if let Some(sql) = least_privilege_sql(&draft.url) {
            text.push_str(&format!(
                "\nA user for `{}` that can read and nothing else; run this as the owner of the database:\n{MUTED}{}{MUTED:#}\n",
                draft.id,
                // An account is of the server: for its second database it is there already.
                sql.trim_end()
                    .lines()
                    .filter(|line| !line.starts_with("CREATE ") || made.insert((draft.server(), (*line).to_owned())))
                    .map(|line| format!("  {line}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ));
        }
    }
    if drafts.is_empty() {
        text.push_str(&format!("\nNext: add a [source.NAME] to it, then {CODE}dataward scan{CODE:#}\n"));
    } else {
        text.push_str(&format!("\nNext: {CODE}dataward scan{CODE:#}\n"));
    }
    text
}

fn command(arguments: InitArguments, folder: std::path::PathBuf) -> InitCommand {
    let business = arguments.business.unwrap_or_else(|| name_of(&folder));
    InitCommand {
        business,
        targets: arguments.targets,
        jurisdictions: arguments.jurisdiction,
        sectors: arguments.sector,
        owner: arguments.owner,
        folder,
    }
}

/// The folder's name stands in for a business that was not named.
fn name_of(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "My business".to_owned())
}

fn ask(arguments: InitArguments, folder: std::path::PathBuf) -> Result<InitCommand, AppError> {
    let mut command = command(arguments.clone(), folder);
    if arguments.business.is_none() {
        command.business = answer("What is your business called?", &command.business)?;
    }
    if command.targets.is_empty() {
        let text = answer("Where is customer data? Addresses and paths, separated by blanks", "")?;
        command.targets = words(&text);
    }
    if command.jurisdictions.is_empty() {
        command.jurisdictions = words(&answer("Where are you and your customers? (EU, DE, US-CA, …)", "")?);
    }
    if command.sectors.is_empty() {
        command.sectors = words(&answer("What does the business do? (retail, health, finance, …)", "")?);
    }
    if command.owner.is_none() {
        command.owner =
            Some(answer("Who looks after the data? (an e-mail address)", "")?).filter(|owner| !owner.is_empty());
    }
    Ok(command)
}

fn words(text: &str) -> Vec<String> {
    text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn answer(question: &str, default: &str) -> Result<String, AppError> {
    let input = Input::<String>::new().with_prompt(question).allow_empty(true);
    let input = if default.is_empty() { input } else { input.default(default.to_owned()) };
    input.interact_text().map_err(|_| AppError::usage("no answer was given; nothing was written"))
}

fn confirm(question: &str) -> Result<bool, AppError> {
    let asked = Confirm::new().with_prompt(question).default(true).interact();
    asked.map_err(|_| AppError::usage("no answer was given; nothing was written"))
}
