//! `access`: who can do what to which customer data, and through which path.

use dataward_app::AppError;
use dataward_app::Project;
use dataward_app::access_report;
use dataward_app::environment::SystemClock;
use dataward_app::own_rules;
use dataward_app::review_access::AccessRequest;
use dataward_app::review_access::AccessReview;
use dataward_app::review_access::access_target;
use dataward_app::review_access::review_access;
use dataward_model::Category;

use crate::arguments::AccessArguments;
use crate::arguments::Global;
use crate::commands::here;
use crate::render;
use crate::render::Output;

pub(crate) async fn access(global: &Global, arguments: AccessArguments, output: &Output) -> Result<u8, AppError> {
    let here = here()?;
    let near = Project::find(global.policy.as_deref(), &here)?;
    let (target, is_declared) = access_target(near.as_ref(), &arguments.source, &here)?;
    let project = near.as_ref().filter(|_| is_declared);
    if project.is_none() && arguments.diff {
        return Err(AppError::usage_hint(
            "--diff needs the audits of a source that a policy file declares",
            "dataward init",
        ));
    }
    let request = AccessRequest {
        all_columns: arguments.all_columns,
        principal: arguments.principal.clone(),
        category: arguments.category.as_deref().map(category).transpose()?,
        diff: arguments.diff,
        own: match (project, &near) {
            (None, Some(near)) => own_rules(near)?,
            _ => Default::default(),
        },
    };
    let review = review_access(project, &target, request, &SystemClock).await?;
    if output.is_json() {
        output.stream(|out| access_report::write_json(&review, out))?;
    } else {
        output.text(&text(&review, &arguments, output.columns()))?;
    }
    if review.is_doubtful() {
        output.note("Not complete: see what could not be looked at, above.");
        return Ok(3);
    }
    Ok(0)
}

fn text(review: &AccessReview, arguments: &AccessArguments, columns: Option<usize>) -> String {
    if arguments.revoke_script {
        let narrowed = arguments.principal.is_some() || arguments.category.is_some();
        return if narrowed { review.revoke_script() } else { review.revoke_unwanted_script() };
    }
    if arguments.propose {
        return review.proposal();
    }
    if arguments.diff {
        return render::access::changes(review);
    }
    if arguments.paths || arguments.principal.is_some() {
        return render::access::paths(review);
    }
    render::access::matrix(review, columns)
}

fn category(key: &str) -> Result<Category, AppError> {
    dataward_app::parse_category(key)
        .map_err(|help| AppError::usage_hint(format!("`{key}` is not a data category"), help))
}
