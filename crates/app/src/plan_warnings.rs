//! What somebody should know of a plan that its sources cannot say: what the project lacks, and what is done for the
//! first time.

use dataward_connect::amend::Check;
use dataward_connect::amend::stored::STORED;
use dataward_model::SourceId;
use dataward_retain::plan::Plan;
use dataward_retain::plan::PlannedChange;
use dataward_retain::plan::Warning;
use dataward_store::PlanState;
use dataward_store::Store;

use crate::AppError;
use crate::Project;
use crate::key_folder::KeyFolder;
use crate::plan_folder;

/// Adds it to the plan's warnings.
pub(crate) async fn add(plan: &mut Plan, project: &Project, store: &Store) -> Result<(), AppError> {
    first_runs(plan, project, store).await?;
    may_be_refused(plan);
    lacks_keys(plan, project)
}

/// Says which columns have CHECK rules that what is made up may break: such rows stay as they are.
fn may_be_refused(plan: &mut Plan) {
    let mut found: Vec<(SourceId, String, String)> = Vec::new();
    for step in &plan.steps {
        let PlannedChange::Rewrite { columns } = &step.change else { continue };
        for replacement in columns {
            let check = step.table.column(&replacement.column).and_then(|column| column.check.as_ref());
            let one = (step.source.clone(), step.table.name.clone(), replacement.column.clone());
            if check == Some(&Check::Other) && !found.contains(&one) {
                found.push(one);
            }
        }
    }
    plan.warnings.extend(found.into_iter().map(|(source, table, column)| Warning {
        kind: "check".to_owned(),
        text: format!(
            "a CHECK rule speaks of {source}.{table}.{column}: rows of which it refuses the new value stay as they are and \
             are listed as refused"
        ),
        source,
        table: Some(table),
    }));
}

/// Says where rows are to be archived and there are no keys to seal an archive with.
fn lacks_keys(plan: &mut Plan, project: &Project) -> Result<(), AppError> {
    let mut archived: Vec<(SourceId, String)> = Vec::new();
    for step in plan.steps.iter().filter(|step| step.archive.is_some()) {
        let place = (step.source.clone(), step.table.name.clone());
        if !archived.contains(&place) {
            archived.push(place);
        }
    }
    if archived.is_empty() || KeyFolder::find(None, Some(project.clone()))?.exists() {
        return Ok(());
    }
    plan.warnings.extend(archived.into_iter().map(|(source, table)| Warning {
        kind: "no-keys".to_owned(),
        text: format!(
            "{source}.{table} is to be archived, and there are no keys to seal the archive with: an apply would stop \
             there; make them first: dataward keys init"
        ),
        source,
        table: Some(table),
    }));
    Ok(())
}

/// Says of which tables nothing was ever retired: somebody should look at what goes more closely there.
async fn first_runs(plan: &mut Plan, project: &Project, store: &Store) -> Result<(), AppError> {
    let mut known: Vec<(SourceId, String)> = Vec::new();
    for stored in store.plans().await?.iter().filter(|stored| stored.state == PlanState::Done) {
        // A plan whose file is gone says nothing: its tables count as new.
        if let Ok(done) = plan_folder::load(project, &stored.hash) {
            known.extend(done.steps.into_iter().map(|step| (step.source, step.table.name)));
        }
    }
    let mut fresh: Vec<(SourceId, String)> = Vec::new();
    for step in &plan.steps {
        let place = (step.source.clone(), step.table.name.clone());
        if !known.contains(&place) && !fresh.contains(&place) {
            fresh.push(place);
        }
    }
    plan.warnings.extend(fresh.into_iter().map(|(source, table)| {
        let place = if table == STORED { source.to_string() } else { format!("{source}.{table}") };
        Warning {
            kind: "first-run".to_owned(),
            text: format!("nothing of {place} was ever retired: this is a preview, look at what would go"),
            source,
            table: Some(table),
        }
    }));
    Ok(())
}
