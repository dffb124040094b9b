//! `retain hold`.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::environment::SystemClock;
use dataward_app::hold_data::HoldLine;
use dataward_app::hold_data::HoldTarget;
use dataward_app::hold_data::list_holds;
use dataward_app::hold_data::place_hold;
use dataward_app::hold_data::release_hold;

use crate::arguments::retain::HoldCommand;
use crate::render;
use crate::render::Output;

/// Something was found that a person has to look at.
const FOUND_NOTHING: u8 = 1;

pub(super) async fn hold(project: &Project, command: HoldCommand, output: &Output) -> Result<u8, AppError> {
    let is_placed = matches!(command, HoldCommand::Place { .. });
    let report = match command {
        HoldCommand::Place { matter, place, rows, person } => {
            let targets = targets(project, place, &rows, &person)?;
            place_hold(project, &matter, &targets, &SystemClock).await?
        }
        HoldCommand::List { all } => list_holds(project, all).await?,
        HoldCommand::Release { name } => release_hold(project, &name, &SystemClock).await?,
    };
    output.result(&report, || render::retain::holds(&report))?;
    let is_void = |hold: &HoldLine| hold.rows_now == Some(0) || hold.rows_found == Some(0);
    let void: Vec<&str> = report.holds.iter().filter(|hold| is_void(hold)).map(|hold| hold.id.as_str()).collect();
    if !is_placed || void.is_empty() {
        return Ok(0);
    }
    // Said where nobody overlooks it, also by those who read JSON or nothing but the exit code.
    output.note(&format!(
        "warning: {}: what is to be held was found nowhere. Look whether place and value are right; else lift it: \
         dataward retain hold release {}",
        void.join(", "),
        void[0]
    ));
    Ok(FOUND_NOTHING)
}

fn targets(
    project: &Project,
    places: Vec<String>,
    rows: &[String],
    persons: &[String],
) -> Result<Vec<HoldTarget>, AppError> {
    let columns: Vec<(String, String)> = rows.iter().map(pair).collect::<Result<_, _>>()?;
    let mut targets: Vec<HoldTarget> = Vec::new();
    for place in places {
        targets.push(match columns.is_empty() {
            true => HoldTarget::Place(place),
            false => HoldTarget::Rows(place, columns.clone()),
        });
    }
    for person in persons {
        let (category, value) = pair(person)?;
        let category = project
            .policy
            .parse_category(&category)
            .map_err(|hint| AppError::usage_hint(format!("`{category}` is no category"), hint))?;
        let value = if value == "-" { read_line()? } else { value };
        targets.push(HoldTarget::Person(category, value));
    }
    Ok(targets)
}

/// `LEFT=RIGHT`.
pub(super) fn pair(text: &String) -> Result<(String, String), AppError> {
    let (left, right) = text
        .split_once('=')
        .ok_or_else(|| AppError::usage_hint(format!("`{text}` has no `=`"), "write COLUMN=VALUE"))?;
    Ok((left.to_owned(), right.to_owned()))
}

fn read_line() -> Result<String, AppError> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    read.map_err(|error| AppError::unreachable(format!("cannot read standard input: {error}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
