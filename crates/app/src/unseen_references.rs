//! References of rows that the account of a source is not shown. The server goes by them all the same: what hangs on a
//! row that goes would go too, held or not, and nobody would know.

use dataward_model::SourceId;
use dataward_retain::plan::Plan;
use dataward_store::Store;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::bind_retention::tollings;
use crate::hold_places;

/// Refuses a plan that says that there are such references, or that there may be some: of these alone the owner may say
/// in the policy file that he knows better, as long as nothing is held on that server.
///
/// # Errors
/// [`AppError::Refused`], with the right that shows them.
pub(crate) async fn check(project: &Project, store: &Store, plan: &Plan, now: Timestamp) -> Result<(), AppError> {
    for warning in &plan.warnings {
        let source = &warning.source;
        match warning.kind.as_str() {
            "hidden-references" => return Err(refused(source, &warning.text)),
            "unseen-references" => {
                let declared = project.policy.sources.get(source);
                if !declared.is_some_and(|declared| declared.all_references_seen) {
                    return Err(refused(source, &warning.text));
                }
                if let Some(matter) = held_on_server(project, store, source, now).await? {
                    return Err(AppError::Refused {
                        message: format!(
                            "`{source}`: something on this server is held ({matter}), and its account is not shown every \
                             table there: what is held may refer to rows that go"
                        ),
                        hint: Some(
                            "GRANT SELECT ON *.* or GRANT PROCESS ON *.* to the account, then dataward retain plan"
                                .to_owned(),
                        ),
                    });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn refused(source: &SourceId, text: &str) -> AppError {
    AppError::Refused { message: format!("`{source}`: {text}"), hint: Some("dataward retain plan".to_owned()) }
}

/// The matter of a hold or a tolling on a source of the same server, or on a person.
async fn held_on_server(
    project: &Project,
    store: &Store,
    source: &SourceId,
    now: Timestamp,
) -> Result<Option<String>, AppError> {
    let places = hold_places::places(project).await;
    let is_there = |held: &SourceId| match (places.of(held), places.of(source)) {
        (Some(held), Some(here)) => held.is_one_server(here) != Some(false),
        _ => true,
    };
    let holds = store.holds(false).await?;
    let hold = holds.into_iter().find(|hold| hold.source.as_ref().is_none_or(is_there));
    let tolling = || tollings(project, now).into_iter().find(|(held, _)| is_there(held)).map(|(_, cover)| cover.matter);
    Ok(hold.map(|hold| hold.matter).or_else(tolling))
}
