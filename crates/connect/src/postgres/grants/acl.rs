//! Access lists as the server writes them: `grantee=rights/grantor`.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::Acl;
use super::facts::AclItem;
use super::facts::Oid;
use super::facts::PUBLIC;

/// Reads access lists; equal ones come out as one.
#[derive(Debug, Default)]
pub(super) struct Acls {
    roles: HashMap<String, Oid>,
    known: HashMap<Vec<String>, Acl>,
}

impl Acls {
    pub(super) fn new(roles: impl Iterator<Item = (String, Oid)>) -> Self {
        Self { roles: roles.collect(), known: HashMap::new() }
    }

    /// The list of `items`. An item that cannot be understood is left out: the server wrote none such.
    pub(super) fn read(&mut self, items: Vec<String>) -> Acl {
        if let Some(acl) = self.known.get(&items) {
            return Arc::clone(acl);
        }
        let acl: Acl = items.iter().filter_map(|item| self.item(item)).collect();
        self.known.insert(items, Arc::clone(&acl));
        acl
    }

    fn item(&self, text: &str) -> Option<AclItem> {
        let (grantee, rest) = name(text);
        let rest = rest.strip_prefix('=')?;
        let (marks, rest) = rest.split_once('/')?;
        let (grantor, _) = name(rest);
        let mut item = AclItem {
            grantee: if grantee.is_empty() { PUBLIC } else { self.role(&grantee)? },
            grantor: self.role(&grantor)?,
            rights: String::new(),
            grantable: String::new(),
        };
        for mark in marks.chars() {
            match mark {
                '*' => item.grantable.extend(item.rights.chars().last()),
                right => item.rights.push(right),
            }
        }
        Some(item)
    }

    /// A role by name; a role that is gone stands there by its number.
    fn role(&self, name: &str) -> Option<Oid> {
        self.roles.get(name).copied().or_else(|| name.parse().ok())
    }
}

/// A name, in quotes where it holds more than letters, digits and underscores, and what follows it.
fn name(text: &str) -> (String, &str) {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['=', '/']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return (name.to_owned(), rest);
    };
    let mut found = String::new();
    while let Some((before, after)) = rest.split_once('"') {
        found += before;
        match after.strip_prefix('"') {
            Some(after) => {
                found.push('"');
                rest = after;
            }
            None => return (found, after),
        }
    }
    (found, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_as_the_server_writes_them() {
        let mut acls = Acls::new([("ada".into(), 11), ("o=/\"x".into(), 12)].into_iter());
        let acl = acls.read(vec!["=r/ada".into(), "ada=ar*w/ada".into(), r#""o=/""x"=U/16999"#.into()]);
        let item = |grantee, grantor, rights: &str, grantable: &str| AclItem {
            grantee,
            grantor,
            rights: rights.into(),
            grantable: grantable.into(),
        };
        assert_eq!(&acl[..], [item(PUBLIC, 11, "r", ""), item(11, 11, "arw", "r"), item(12, 16999, "U", "")]);
        assert!(acls.read(vec!["nonsense".into()]).is_empty());
    }
}
