//! `[approval]`: who approves what cannot be undone.

use crate::error::Mistake;
use crate::raw::RawApproval;

/// Who approves what cannot be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalRule {
    /// Public keys as signed notes write them: `name+id+key`.
    pub operators: Vec<String>,
    /// Whether one person alone may decide.
    pub solo: bool,
}

pub(crate) fn approval_rule(raw: RawApproval) -> Result<ApprovalRule, Mistake> {
    for (index, operator) in raw.operators.iter().enumerate() {
        let text = operator.get_ref();
        let parts: Vec<&str> = text.splitn(3, '+').collect();
        let is_key = matches!(parts[..], [name, id, key]
            if !name.is_empty() && id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && key.len() == 44);
        if !is_key {
            return Err(Mistake::new(operator.span(), "not a public key", "this is no operator's public key")
                .help("`dataward keys operator NAME FILE` prints it: `name+01234567+ATc…`"));
        }
        let key = |text: &str| text.splitn(3, '+').nth(2).map(str::to_owned);
        if raw.operators[..index].iter().any(|other| key(other.get_ref()) == key(text)) {
            return Err(Mistake::new(operator.span(), "there already", "two operators have one key")
                .help("each makes a key of their own: `dataward keys operator NAME FILE`"));
        }
    }
    if raw.solo && raw.operators.len() > 1 {
        let span = raw.operators[1].span();
        return Err(Mistake::new(span, "and solo = true", "two operators, and one person alone may decide")
            .help("delete `solo = true`, or all operators but one"));
    }
    Ok(ApprovalRule {
        operators: raw.operators.into_iter().map(|operator| operator.into_inner()).collect(),
        solo: raw.solo,
    })
}
