//! Where the places lie that holds and tollings name. What is not found there any more may be called otherwise by now:
//! then nothing goes until somebody has said what it is called.

use std::collections::BTreeMap;

use dataward_connect::Amend;
use dataward_connect::amend::Catalogue;
use dataward_connect::amend::TableFacts;
use dataward_connect::amend::Whereabouts;
use dataward_connect::amend::stored::is_stored;
use dataward_model::SourceId;
use dataward_retain::RetainError;
use dataward_retain::dialect::touching;
use dataward_retain::hold::Cover;
use dataward_retain::hold::is_there;
use dataward_retain::places::Places;
use dataward_store::Store;
use dataward_store::StoredHold;
use jiff::Timestamp;

use crate::AppError;
use crate::Project;
use crate::bind_retention::open;
use crate::bind_retention::tollings;
use crate::environment;
use crate::registry;

/// A source that is open, and its facts.
pub(crate) type Opened<'a> = (&'a SourceId, &'a dyn Amend, &'a Catalogue);

/// Where the sources of the policy are: by their addresses, and where two of these may lead to one server, by what the
/// servers say of themselves. One that does not answer may be any of its kind.
pub(crate) async fn places(project: &Project) -> Places {
    let known = addresses(project);
    let is_doubtful = |place: &Whereabouts| known.values().any(|other| place.is_one_server(other).is_none());
    let mut places = BTreeMap::new();
    for (id, place) in &known {
        let who = if is_doubtful(place) { identity(project, id).await } else { None };
        places.insert(id.clone(), place.clone().who_is(who));
    }
    Places::new(places)
}

/// The same by the addresses alone, without asking a server.
pub(crate) fn by_address(project: &Project) -> Places {
    Places::new(addresses(project))
}

fn addresses(project: &Project) -> BTreeMap<SourceId, Whereabouts> {
    let of = |(id, declared): (&SourceId, &dataward_policy::DeclaredSource)| {
        let source = registry::amend(&declared.url, None, &project.root).ok()?;
        Some((id.clone(), source.whereabouts()))
    };
    project.policy.sources.iter().filter_map(of).collect()
}

/// Who the server of a source is; none where it does not answer.
async fn identity(project: &Project, id: &SourceId) -> Option<String> {
    let declared = project.policy.sources.get(id)?;
    let password = declared.password.as_ref().map(|secret| environment::secret(secret, &project.root)).transpose();
    let source = registry::amend(&declared.url, password.ok()?, &project.root).ok()?;
    source.identity().await.ok().flatten()
}

/// Refuses to go on while a hold or a tolling names what is not there.
///
/// # Errors
/// When one does, or a source can't be asked.
pub(crate) async fn check(
    project: &Project,
    store: &Store,
    opened: &[Opened<'_>],
    now: Timestamp,
) -> Result<(), AppError> {
    let (holds, tollings) = (store.holds(false).await?, tollings(project, now));
    if holds.is_empty() && tollings.is_empty() {
        return Ok(());
    }
    let places = places(project).await;
    for hold in holds {
        let missing = match undeclared(project, &places, &hold) {
            Some(missing) => Some(missing),
            None => not_found(&places, &hold, opened).await?,
        };
        if let Some(missing) = missing {
            return Err(refused(&hold, &missing));
        }
    }
    for (source, cover) in tollings {
        for (id, amend, catalogue) in opened.iter().filter(|(id, ..)| places.is_one_server(&source, id)) {
            let Some(table) = places.seen_from(&source, cover.table.as_deref(), id) else { continue };
            if !is_found(*amend, catalogue, table.as_deref()).await? {
                let table = cover.table.unwrap_or_default();
                return Err(AppError::usage_hint(
                    format!(
                        "`[[tolling]]` \"{}\" says `what = \"{source}.{table}\"`, and `{source}` has no `{table}`",
                        cover.matter
                    ),
                    "correct it in the policy file: until then what it stops could go",
                ));
            }
        }
    }
    Ok(())
}

/// Why the place of each of these holds is not there any more, by hold. Asks the sources; one that does not answer says
/// nothing.
pub(crate) async fn missing(project: &Project, holds: &[StoredHold]) -> Result<BTreeMap<String, String>, AppError> {
    let mut holds = holds.iter().filter(|hold| hold.released.is_none() && hold.source.is_some()).peekable();
    if holds.peek().is_none() {
        return Ok(BTreeMap::new());
    }
    let places = places(project).await;
    let mut found = BTreeMap::new();
    let mut opened = BTreeMap::new();
    for hold in holds {
        let Some(source) = &hold.source else { continue };
        if let Some(missing) = undeclared(project, &places, hold) {
            found.insert(hold.id.clone(), missing);
            continue;
        }
        let (Some(_), Some(declared)) = (&hold.table, project.policy.sources.get(source)) else { continue };
        if !opened.contains_key(source) {
            opened.insert(source.clone(), open(project, declared).await.ok());
        }
        let Some(Some((amend, catalogue))) = opened.get(source) else { continue };
        if let Ok(Some(missing)) = not_found(&places, hold, &[(source, amend.as_ref(), catalogue)]).await {
            found.insert(hold.id.clone(), missing);
        }
    }
    Ok(found)
}

/// What is wrong with the source of a hold, by the policy file alone.
fn undeclared(project: &Project, places: &Places, hold: &StoredHold) -> Option<String> {
    let source = hold.source.as_ref()?;
    if !project.policy.sources.contains_key(source) {
        return Some(format!("the policy file has no source `{source}`"));
    }
    let address = places.of(source).and_then(|place| place.on_server());
    match (&hold.address, address) {
        (Some(then), Some(now)) if *then != now => {
            Some(format!("`{source}` was at {then} when it was placed, and is at {now} now"))
        }
        _ => None,
    }
}

/// What of the place of a hold these sources don't have.
async fn not_found(places: &Places, hold: &StoredHold, opened: &[Opened<'_>]) -> Result<Option<String>, AppError> {
    let (Some(_), Some(_)) = (&hold.source, &hold.table) else { return Ok(None) };
    for (id, amend, catalogue) in opened {
        // What only may be the same server need not have it.
        if hold.source.as_ref().is_some_and(|named| !places.is_one_server(named, id)) {
            continue;
        }
        let Some(table) = places.of_hold(hold, id).flatten() else { continue };
        if !is_found(*amend, catalogue, Some(&table)).await? {
            let what = if is_stored(catalogue.kind) { "" } else { "table " };
            return Ok(Some(format!("`{id}` has no {what}`{table}`")));
        }
    }
    Ok(None)
}

/// Whether a source has what is named there. A pattern may mean what is yet to come.
pub(crate) async fn is_found(amend: &dyn Amend, catalogue: &Catalogue, table: Option<&str>) -> Result<bool, AppError> {
    let Some(name) = table else { return Ok(true) };
    if !is_stored(catalogue.kind) {
        let cover = Cover { matter: String::new(), table: Some(name.to_owned()), rows: None };
        return Ok(is_there(&cover, catalogue));
    }
    if name.contains('*') {
        return Ok(true);
    }
    let condition = touching(dataward_connect::amend::ALIAS, name);
    let count = async |table: &TableFacts| amend.count(table, &condition).await.map_err(RetainError::from);
    for table in &catalogue.tables {
        if count(table).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refused(hold: &StoredHold, missing: &str) -> AppError {
    let place = match (&hold.source, &hold.table) {
        (Some(source), Some(table)) => format!("{source}.{table}"),
        (Some(source), None) => source.to_string(),
        (None, _) => "a person".to_owned(),
    };
    let by = if hold.rows.is_some() { " --where COLUMN=VALUE" } else { "" };
    AppError::Refused {
        message: format!(
            "the hold `{}` ({}) covers `{place}`, and {missing}: what it covers may be called otherwise by now, so \
             nothing is deleted",
            hold.id, hold.matter
        ),
        hint: Some(format!(
            "place it anew under the name of today, then lift the old one: dataward retain hold place --matter \"{}\" \
             --place SOURCE.TABLE{by}, then dataward retain hold release {}",
            hold.matter, hold.id
        )),
    }
}
