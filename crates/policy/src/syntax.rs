//! What a person reads when the policy file is no TOML, or has settings that nobody knows.

use crate::error::Mistake;
use crate::error::closest;

/// The mistake behind a message of the TOML parser.
pub(crate) fn syntax_mistake(error: &toml::de::Error, text: &str) -> Mistake {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().trim().to_owned();
    if let Some(rest) = message.strip_prefix("unknown field `")
        && let Some((field, expected)) = rest.split_once('`')
    {
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let help = match closest(field, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        return Mistake::new(span, "not known here", format!("unknown setting `{field}`")).help(help);
    }
    let setting = setting_before(text, span.start);
    if let Some((found, wanted)) = kinds(&message)
        && !message.contains("enum RawAccess")
        && !message.contains("struct RawSecret")
    {
        let said = format!("`{setting}` wants {wanted}, and {found} stands here");
        let mistake = Mistake::new(span, format!("not {wanted}"), said);
        return match wanted {
            "a list" => mistake.help(format!("a list stands in brackets: `{setting} = [\"…\", \"…\"]`")),
            "a text" => mistake.help(format!("a text stands in double quotes: `{setting} = \"…\"`")),
            _ => mistake,
        };
    }
    let mistake = Mistake::new(span.clone(), "here", message.clone());
    if message.starts_with("missing field `business`") {
        return mistake.help("begin the file with `[business]` and `name = \"…\"`");
    }
    if message.contains("enum RawAccess") {
        return Mistake::new(span, "not a rule", "an access rule is a name, or a name with more words").help(
            "write `\"name\"` or `{ who = \"name\", may = \"read\", for = \"support\", until = \"2027-03-31\" }`",
        );
    }
    if message.contains("struct RawSecret") {
        return Mistake::new(span, "not here", "passwords do not belong into the policy file")
            .help("write `password = { env = \"NAME\" }` or `password = { file = \"path\" }`");
    }
    let line = text.get(..span.start).unwrap_or("").rsplit('\n').next().unwrap_or("");
    if line.trim_end().ends_with('=') {
        return mistake.help("texts stand in double quotes: `name = \"value\"`");
    }
    mistake
}

/// The setting whose value begins at byte `at`.
fn setting_before(text: &str, at: usize) -> &str {
    let line = text.get(..at).unwrap_or("").rsplit('\n').next().unwrap_or("");
    let name = line.rsplit_once('=').map_or(line, |(name, _)| name);
    name.rsplit(['{', ',']).next().unwrap_or(name).trim()
}

/// What stands there and what should, in the parser's `invalid type: string "x", expected a sequence`.
fn kinds(message: &str) -> Option<(&'static str, &'static str)> {
    let (found, wanted) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    let kind = |words: &str| match words.trim_start_matches("a ").trim_start_matches("an ").split(' ').next()? {
        "string" | "str" => Some("a text"),
        "integer" | "floating" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "f64" => Some("a number"),
        "boolean" | "bool" => Some("`true` or `false`"),
        "sequence" | "array" => Some("a list"),
        "map" | "struct" | "table" => Some("a table"),
        _ => None,
    };
    Some((kind(found)?, kind(wanted)?))
}
