//! `retain policy`: which rules apply where, and what has to be decided.

use dataward_app::AppError;
use dataward_app::environment::SystemClock;
use dataward_app::review_retention::decide_retention;
use dataward_app::review_retention::review_retention;
use dataward_model::Clock;

use crate::arguments::Global;
use crate::arguments::retain::RetainPolicyArguments;
use crate::arguments::retain::answer;
use crate::commands::project;
use crate::render;
use crate::render::Output;

pub(crate) async fn policy(global: &Global, arguments: RetainPolicyArguments, output: &Output) -> Result<u8, AppError> {
    let before = project(global)?;
    let mut only = arguments.place;
    if let [place, rule, answer] = arguments.decide.as_slice() {
        let answer = self::answer(answer)?;
        let because = arguments.because.unwrap_or_default();
        decide_retention(&before, place, rule, answer, &because).await?;
        output.note(&format!("Written into {}.", before.file.display()));
        only = Some(place.clone());
    }
    // Read again: what was decided counts from now on.
    let project = project(global)?;
    let report = review_retention(&project, only.as_deref(), SystemClock.now()).await?;
    output.result(&report, || render::retention_policy::policy(&report, arguments.all))?;
    Ok(0)
}
