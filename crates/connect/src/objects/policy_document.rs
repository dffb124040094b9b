//! The JSON documents in which buckets and accounts say who may do what (the language of AWS's policies,
//! version 2012-10-17).

use serde_json::Value;

/// A policy of a bucket, an account or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDocument {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// The document as it was read.
    pub source: Value,
}

/// One statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Its name, where it has one.
    pub id: Option<String>,
    /// Whether it allows; else it denies.
    pub allows: bool,
    /// To whom; none in policies of accounts, which are about the account.
    pub principals: Option<Principals>,
    /// What.
    pub actions: Patterns,
    /// On what; none in policies on who may become a role.
    pub resources: Option<Patterns>,
    /// Only when all of these hold.
    pub conditions: Vec<Condition>,
}

/// To whom a statement is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principals {
    /// Those named.
    pub named: Vec<Named>,
    /// Everyone but them.
    pub inverted: bool,
}

/// Somebody whom a statement names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// `*`: everyone, with a key or without.
    Anyone,
    /// A whole account, by its number.
    Account(String),
    /// A user, role or session, by its ARN.
    Arn(String),
    /// A service, a federated identity or a canonical user id.
    Other(String),
}

/// Names with `*` and `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// The patterns.
    pub patterns: Vec<String>,
    /// All but what they stand for.
    pub inverted: bool,
}

/// A condition on a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// How it compares: `StringEquals`, `IpAddress`, …
    pub operator: String,
    /// What of the request: `aws:SourceIp`, …
    pub key: String,
    /// With which values.
    pub values: Vec<String>,
}

impl PolicyDocument {
    /// Parses a document; none when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let source: Value = serde_json::from_str(text).ok()?;
        let statements = many(source.get("Statement")?).into_iter().map(statement).collect::<Option<_>>()?;
        Some(Self { statements, source })
    }

    /// The document without one of its statements, or, where that statement names several, without one of
    /// those; none when nothing would be left of it.
    pub fn without(&self, statement: usize, named: Option<&Named>) -> Option<String> {
        let mut source = self.source.clone();
        let mut statements: Vec<Value> = many(source.get("Statement")?).into_iter().cloned().collect();
        let rest = named.and_then(|named| others(statements.get(statement)?.get("Principal")?, named));
        match (rest, statements.get_mut(statement)) {
            (Some(rest), Some(value)) => value["Principal"] = rest,
            (_, Some(_)) => _ = statements.remove(statement),
            (_, None) => return None,
        }
        if statements.is_empty() {
            return None;
        }
        source["Statement"] = Value::Array(statements);
        Some(source.to_string())
    }
}

/// `Principal` without one of those in it; none when it names nobody else.
fn others(principal: &Value, named: &Named) -> Option<Value> {
    let mut rest = serde_json::Map::new();
    for (kind, values) in principal.as_object()? {
        let values: Vec<Value> = many(values)
            .into_iter()
            .filter(|value| value.as_str().map(|text| one(kind, text)).as_ref() != Some(named))
            .cloned()
            .collect();
        if !values.is_empty() {
            rest.insert(kind.clone(), Value::Array(values));
        }
    }
    (!rest.is_empty()).then_some(Value::Object(rest))
}

/// A list, or the one thing that stands for it.
fn many(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    many(value).into_iter().map(text).collect()
}

fn statement(value: &Value) -> Option<Statement> {
    let patterns = |plain: &str, inverted: &str| match (value.get(plain), value.get(inverted)) {
        (Some(value), None) => Some(Some(Patterns { patterns: texts(value)?, inverted: false })),
        (None, Some(value)) => Some(Some(Patterns { patterns: texts(value)?, inverted: true })),
        (None, None) => Some(None),
        (Some(_), Some(_)) => None,
    };
    let allows = match value.get("Effect")?.as_str()? {
        "Allow" => true,
        "Deny" => false,
        _ => return None,
    };
    let principals = match (value.get("Principal"), value.get("NotPrincipal")) {
        (Some(value), None) => Some(Principals { named: named(value)?, inverted: false }),
        (None, Some(value)) => Some(Principals { named: named(value)?, inverted: true }),
        (None, None) => None,
        (Some(_), Some(_)) => return None,
    };
    Some(Statement {
        id: value.get("Sid").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned),
        allows,
        principals,
        actions: patterns("Action", "NotAction")??,
        resources: patterns("Resource", "NotResource")?,
        conditions: match value.get("Condition") {
            None => Vec::new(),
            Some(conditions) => self::conditions(conditions)?,
        },
    })
}

fn conditions(value: &Value) -> Option<Vec<Condition>> {
    let mut found = Vec::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            found.push(Condition { operator: operator.clone(), key: key.clone(), values: texts(values)? });
        }
    }
    Some(found)
}

fn named(value: &Value) -> Option<Vec<Named>> {
    if let Some(text) = value.as_str() {
        return (text == "*").then(|| vec![Named::Anyone]);
    }
    let mut found = Vec::new();
    for (kind, values) in value.as_object()? {
        found.extend(texts(values)?.into_iter().map(|text| one(kind, &text)));
    }
    Some(found)
}

fn one(kind: &str, text: &str) -> Named {
    let is_number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let of_root = || text.strip_suffix(":root").and_then(|head| head.rsplit(':').next()).filter(|text| is_number(text));
    match kind {
        "AWS" if text == "*" => Named::Anyone,
        "AWS" if is_number(text) => Named::Account(text.to_owned()),
        "AWS" => match of_root() {
            Some(account) => Named::Account(account.to_owned()),
            None => Named::Arn(text.to_owned()),
        },
        _ => Named::Other(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
        {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:user/ada","444455556666"]},
         "Action":["s3:PutObject"],"Resource":"arn:aws:s3:::b/in/*"},
        {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:user/ada"},"NotAction":"s3:List*","Resource":"*",
         "Condition":{"Bool":{"aws:SecureTransport":false},"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}]}"#;

    #[test]
    fn statements_are_read_in_every_spelling() {
        let policy = PolicyDocument::parse(POLICY).unwrap();
        let [open, several, denied] = policy.statements.as_slice() else { panic!("{policy:?}") };
        assert_eq!((open.id.as_deref(), open.allows), (Some("open"), true));
        assert_eq!(open.principals.as_ref().unwrap().named, [Named::Anyone]);
        assert_eq!(
            several.principals.as_ref().unwrap().named,
            [
                Named::Account("111122223333".into()),
                Named::Arn("arn:aws:iam::111122223333:user/ada".into()),
                Named::Account("444455556666".into())
            ]
        );
        assert!(!denied.allows && denied.actions.inverted && denied.principals.as_ref().unwrap().inverted);
        assert_eq!(denied.conditions.len(), 2);
    }

    #[test]
    fn a_statement_or_one_of_those_it_names_can_be_taken_out() {
        let policy = PolicyDocument::parse(POLICY).unwrap();
        let rest = PolicyDocument::parse(&policy.without(0, Some(&Named::Anyone)).unwrap()).unwrap();
        assert_eq!(rest.statements.len(), 2);
        let rest = policy.without(1, Some(&Named::Account("444455556666".into()))).unwrap();
        let rest = PolicyDocument::parse(&rest).unwrap();
        assert_eq!((rest.statements.len(), rest.statements[1].principals.as_ref().unwrap().named.len()), (3, 2));
        let single = PolicyDocument::parse(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
        assert_eq!(single.without(0, None), None);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement":[{"Effect":"Maybe","Action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Principal":"arn:aws:iam::1:root"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":[{}],"Resource":"*"}]}"#,
        ] {
            assert_eq!(PolicyDocument::parse(text), None, "{text}");
        }
    }
}
