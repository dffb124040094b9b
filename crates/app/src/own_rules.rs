//! `rules`: recognisers of the user's own, and the examples of all. `dataward/rules@1`,
//! `dataward/rules-check@1`.

use std::ops::Range;

use dataward_detect::OwnRules;
use dataward_detect::OwnSpec;
use dataward_detect::own::CHECKSUMS;
use dataward_detect::own::InvalidRule;
use dataward_detect::own::WrongExample;
use dataward_detect::recognise::registry::RECOGNISERS;
use dataward_detect::recognise::registry::check_rules as check_built_in;
use dataward_policy::OwnRecogniser;
use dataward_policy::PolicyError;
use dataward_policy::Spanned;
use schemars::JsonSchema;
use serde::Serialize;

use crate::AppError;
use crate::Project;

/// All rules there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RulesReport {
    /// `dataward/rules@1`.
    pub schema: &'static str,
    /// Countries whose ids and tax numbers are known, as ISO 3166 codes.
    pub countries: Vec<String>,
    /// Checksums that own rules may name as `validator`, besides the rules below.
    pub checksums: Vec<String>,
    /// The rules: the user's own first.
    pub rules: Vec<RuleLine>,
}

/// One rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleLine {
    /// Its name: what a `validator` is called by.
    pub name: String,
    /// What people call what it finds.
    pub title: String,
    /// Fideslang key, or one of the user's own.
    pub category: String,
    /// ISO 3166 code of who gives such numbers; empty where no one country does.
    pub country: String,
    /// Whether it stands in the policy file.
    pub own: bool,
    /// How many examples it has that must match.
    pub examples: usize,
    /// How many near misses it has that must not.
    pub near_misses: usize,
}

/// What running all examples showed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RulesCheck {
    /// `dataward/rules-check@1`.
    pub schema: &'static str,
    /// Rules that were checked.
    pub rules: usize,
    /// How many of them are the user's own.
    pub own: usize,
    /// Examples and near misses that were run.
    pub examples: usize,
    /// What came out wrong.
    pub wrong: Vec<WrongLine>,
}

/// An example that came out wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrongLine {
    /// The rule.
    pub rule: String,
    /// The example, as it is written.
    pub example: String,
    /// True when it must match and does not, false when it must not and does.
    pub should_match: bool,
    /// The policy file; empty for a built-in rule.
    pub file: String,
    /// The line in it, from 1; 0 for a built-in rule.
    pub line: usize,
}

/// The rules of a project's own, ready to use.
///
/// # Errors
/// A policy error at the place of the mistake: a pattern that is none, a list that cannot be read, a
/// validator nobody knows, an example that comes out wrong.
pub fn own_rules(project: &Project) -> Result<OwnRules, AppError> {
    let rules = compile(project)?;
    match rules.check().first() {
        None => Ok(rules),
        Some(wrong) => {
            let (rule, example) = example(project, *wrong);
            let (label, message, help) = if wrong.should_match {
                (
                    "does not match",
                    "an example of the recogniser `%` does not match it",
                    "change the rule or the example",
                )
            } else {
                ("matches", "a near miss of the recogniser `%` matches it", "make the rule narrower")
            };
            Err(mistake(project, example.span(), label, &message.replace('%', rule.name.get_ref()), help))
        }
    }
}

/// Runs the examples and near misses of all rules, the project's own included.
///
/// # Errors
/// When a rule of the user's own makes no sense at all.
pub fn check_rules(project: Option<&Project>) -> Result<RulesCheck, AppError> {
    let mut wrong: Vec<WrongLine> = check_built_in()
        .into_iter()
        .map(|broken| WrongLine {
            rule: broken.recogniser.to_owned(),
            example: broken.example.to_owned(),
            should_match: broken.should_pass,
            file: String::new(),
            line: 0,
        })
        .collect();
    let mut examples: usize = RECOGNISERS.iter().map(|rule| rule.examples.len() + rule.near_misses.len()).sum();
    let mut own = 0;
    if let Some(project) = project {
        let rules = compile(project)?;
        let text = text(project)?;
        own = project.policy.recognisers.len();
        examples +=
            project.policy.recognisers.iter().map(|rule| rule.examples.len() + rule.near_misses.len()).sum::<usize>();
        for one in rules.check() {
            let (rule, example) = example(project, one);
            let before = text.get(..example.span().start).unwrap_or("");
            wrong.push(WrongLine {
                rule: rule.name.get_ref().clone(),
                example: example.get_ref().clone(),
                should_match: one.should_match,
                file: project.file.display().to_string(),
                line: before.matches('\n').count() + 1,
            });
        }
    }
    Ok(RulesCheck { schema: "dataward/rules-check@1", rules: RECOGNISERS.len() + own, own, examples, wrong })
}

/// Lists all rules.
pub fn list_rules(project: Option<&Project>) -> RulesReport {
    let own = project.into_iter().flat_map(|project| &project.policy.recognisers).map(|rule| RuleLine {
        name: rule.name.get_ref().clone(),
        title: project.map_or_else(String::new, |project| title(project, rule)),
        category: rule.category.key().to_owned(),
        country: String::new(),
        own: true,
        examples: rule.examples.len(),
        near_misses: rule.near_misses.len(),
    });
    let built_in = RECOGNISERS.iter().map(|rule| RuleLine {
        name: rule.name.to_owned(),
        title: rule.title.to_owned(),
        category: rule.category.key().to_owned(),
        country: rule.country.to_owned(),
        own: false,
        examples: rule.examples.len(),
        near_misses: rule.near_misses.len(),
    });
    let rules: Vec<RuleLine> = own.chain(built_in).collect();
    let mut countries: Vec<String> = rules.iter().map(|rule| rule.country.clone()).collect();
    countries.retain(|country| !country.is_empty());
    countries.sort();
    countries.dedup();
    let checksums = CHECKSUMS.iter().map(|&name| name.to_owned()).collect();
    RulesReport { schema: "dataward/rules@1", countries, checksums, rules }
}

fn title(project: &Project, rule: &OwnRecogniser) -> String {
    let own = project.policy.categories.iter().find(|own| own.category == rule.category);
    own.map_or_else(|| rule.category.title().to_owned(), |own| own.title.clone())
}

fn compile(project: &Project) -> Result<OwnRules, AppError> {
    let recognisers = &project.policy.recognisers;
    let specs = recognisers.iter().map(|rule| spec(project, rule)).collect::<Result<Vec<_>, _>>()?;
    OwnRules::new(specs).map_err(|error| {
        let span_of = |at: &usize, part: fn(&OwnRecogniser) -> Option<Range<usize>>| {
            recognisers.get(*at).map(|rule| part(rule).unwrap_or_else(|| rule.name.span())).unwrap_or_default()
        };
        let message = error.to_string();
        match &error {
            InvalidRule::Pattern { rule, .. } => {
                let span = span_of(rule, |rule| rule.pattern.as_ref().map(Spanned::span));
                let help = "patterns are those of the Rust crate `regex`: no look-around, no back-references";
                mistake(project, span, "this pattern", &message, help)
            }
            InvalidRule::Validator { rule, meant, .. } => {
                let span = span_of(rule, |rule| rule.validator.as_ref().map(Spanned::span));
                let help = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known: {}, and what `dataward rules list` names", CHECKSUMS.join(", ")),
                };
                mistake(project, span, "not known", &message, &help)
            }
            InvalidRule::List { rule, .. } => {
                let span = span_of(rule, |rule| rule.list.as_ref().map(Spanned::span));
                mistake(project, span, "this list", &message, "one value a line; lines that begin with # are skipped")
            }
        }
    })
}

/// Lists larger than this are data, not rules.
const LARGEST_LIST: u64 = 8 << 20;

fn spec(project: &Project, rule: &OwnRecogniser) -> Result<OwnSpec, AppError> {
    let list = match &rule.list {
        None => None,
        Some(path) => {
            let file = project.root.join(path.get_ref());
            let refuse = |why: String| {
                mistake(project, path.span(), "this file", &why, "paths start at the folder of the policy file")
            };
            let size = fs_err::metadata(&file).map_err(|_| refuse("the list cannot be read".to_owned()))?.len();
            if size > LARGEST_LIST {
                return Err(refuse("the list has more than 8 MiB".to_owned()));
            }
            let text = fs_err::read_to_string(&file).map_err(|_| refuse("the list is no UTF-8 text".to_owned()))?;
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            Some(lines.map(str::to_owned).collect())
        }
    };
    let texts = |list: &[Spanned<String>]| list.iter().map(|text| text.get_ref().clone()).collect();
    Ok(OwnSpec {
        name: rule.name.get_ref().clone(),
        category: rule.category.clone(),
        pattern: rule.pattern.as_ref().map(|pattern| pattern.get_ref().clone()),
        list,
        validator: rule.validator.as_ref().map(|name| name.get_ref().clone()),
        columns: rule.columns.clone(),
        examples: texts(&rule.examples),
        near_misses: texts(&rule.near_misses),
    })
}

/// The rule and the text of an example that came out wrong: both come from the same policy.
fn example(project: &Project, wrong: WrongExample) -> (&OwnRecogniser, &Spanned<String>) {
    let rule = &project.policy.recognisers[wrong.rule];
    let list = if wrong.should_match { &rule.examples } else { &rule.near_misses };
    (rule, &list[wrong.example])
}

fn mistake(project: &Project, span: Range<usize>, label: &str, message: &str, help: &str) -> AppError {
    match text(project) {
        Ok(text) => PolicyError::at((&project.file.display().to_string(), &text), span, label, message, help).into(),
        Err(error) => error,
    }
}

fn text(project: &Project) -> Result<String, AppError> {
    fs_err::read_to_string(&project.file)
        .map_err(|error| AppError::unreachable(format!("cannot read the policy file: {error}")))
}
