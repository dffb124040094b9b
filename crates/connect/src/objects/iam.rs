//! The accounts that a store keeps beside its buckets (AWS's IAM): who we are, who there is, and which
//! policies they have. Two kinds of requests, both of which only read.

use std::collections::BTreeMap;

use super::policy_document::PolicyDocument;
use super::xml::Element;

/// The users and roles of the account that a bucket belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    /// Users and roles.
    pub identities: Vec<Identity>,
    /// Policies that could not be understood: whose.
    pub unclear: Vec<String>,
}

/// A user or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its full name, as `arn:aws:iam::111122223333:user/ada`.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its policies.
    pub policies: Vec<Attached>,
    /// The most that its policies can give.
    pub boundary: Option<PolicyDocument>,
    /// Roles: who may become it.
    pub trust: Option<PolicyDocument>,
    /// Users: the groups it belongs to.
    pub groups: Vec<String>,
}

impl Identity {
    /// Whether it is a role.
    pub fn is_role(&self) -> bool {
        self.arn.contains(":role/")
    }
}

/// A policy, and how somebody has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its full name; none for one that is written into the user, group or role.
    pub arn: Option<String>,
    /// Through which group; none when it is attached to the identity itself.
    pub group: Option<String>,
    /// What it says.
    pub document: PolicyDocument,
}

/// Pages of the answer to `GetAccountAuthorizationDetails`, put together.
#[derive(Debug, Default)]
pub(super) struct Details {
    users: Vec<Element>,
    groups: Vec<Element>,
    roles: Vec<Element>,
    policies: Vec<Element>,
}

impl Details {
    /// Adds a page, and says where the next one begins. None when the body is something else.
    pub(super) fn add(&mut self, body: &[u8]) -> Option<Option<String>> {
        let answer = Element::parse(body)?;
        let result = answer.child("GetAccountAuthorizationDetailsResult")?;
        for (list, name) in [
            (&mut self.users, "UserDetailList"),
            (&mut self.groups, "GroupDetailList"),
            (&mut self.roles, "RoleDetailList"),
            (&mut self.policies, "Policies"),
        ] {
            list.extend(result.members(name).cloned());
        }
        let more = result.text_of("IsTruncated") == "true";
        Some(Some(result.text_of("Marker").to_owned()).filter(|marker| more && !marker.is_empty()))
    }

    /// The users and roles with all their policies.
    pub(super) fn identities(&self) -> Identities {
        let mut found = Identities::default();
        let managed: BTreeMap<&str, &str> = (self.policies.iter())
            .filter_map(|policy| {
                let version = policy.members("PolicyVersionList");
                let version = version.into_iter().find(|version| version.text_of("IsDefaultVersion") == "true")?;
                Some((policy.text_of("Arn"), version.text_of("Document")))
            })
            .collect();
        let groups: BTreeMap<&str, &Element> =
            self.groups.iter().map(|group| (group.text_of("GroupName"), group)).collect();
        for (element, name, inline) in (self.users.iter().map(|user| (user, "UserName", "UserPolicyList")))
            .chain(self.roles.iter().map(|role| (role, "RoleName", "RolePolicyList")))
        {
            let mut identity = Identity {
                arn: element.text_of("Arn").to_owned(),
                name: element.text_of(name).to_owned(),
                groups: element.members("GroupList").map(|group| group.text.trim().to_owned()).collect(),
                ..Identity::default()
            };
            let mut unclear = false;
            let mut take = |holder: &Element, inline: &str, group: Option<&str>| {
                let written = holder
                    .members(inline)
                    .map(|policy| (policy.text_of("PolicyName"), None, decoded(policy.text_of("PolicyDocument"))));
                let attached = holder.members("AttachedManagedPolicies").map(|policy| {
                    let arn = policy.text_of("PolicyArn");
                    let document = managed.get(arn).copied().unwrap_or_default();
                    (policy.text_of("PolicyName"), Some(arn.to_owned()), decoded(document))
                });
                for (name, arn, document) in written.chain(attached) {
                    match PolicyDocument::parse(&document) {
                        Some(document) => identity.policies.push(Attached {
                            name: name.to_owned(),
                            arn,
                            group: group.map(str::to_owned),
                            document,
                        }),
                        None => unclear = true,
                    }
                }
            };
            take(element, inline, None);
            for group in element.members("GroupList") {
                if let Some(holder) = groups.get(group.text.trim()) {
                    take(holder, "GroupPolicyList", Some(group.text.trim()));
                }
            }
            if let Some(boundary) = element.child("PermissionsBoundary") {
                let arn = boundary.text_of("PermissionsBoundaryArn");
                let document = managed.get(arn).and_then(|text| PolicyDocument::parse(&decoded(text)));
                unclear |= !arn.is_empty() && document.is_none();
                identity.boundary = document;
            }
            let trust = element.text_of("AssumeRolePolicyDocument");
            if !trust.is_empty() {
                identity.trust = PolicyDocument::parse(&decoded(trust));
                unclear |= identity.trust.is_none();
            }
            if unclear {
                found.unclear.push(identity.arn.clone());
            }
            found.identities.push(identity);
        }
        found.identities.sort_by(|a, b| a.arn.cmp(&b.arn));
        found
    }
}

/// The full name in an answer to `GetCallerIdentity`.
pub(super) fn caller(body: &[u8]) -> Option<String> {
    let answer = Element::parse(body)?;
    let arn = answer.child("GetCallerIdentityResult")?.text_of("Arn");
    arn.starts_with("arn:").then(|| arn.to_owned())
}

/// The number of the account in a full name.
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Documents come percent-encoded; one that begins with `{` is not.
fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_their_own_policies_and_those_of_their_groups() {
        let allow = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
        let body = format!(
            "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated>
             <UserDetailList><member><UserName>ada</UserName><Arn>arn:aws:iam::111122223333:user/ada</Arn>
               <UserPolicyList><member><PolicyName>own</PolicyName><PolicyDocument>{allow}</PolicyDocument></member></UserPolicyList>
               <GroupList><member>staff</member></GroupList></member></UserDetailList>
             <GroupDetailList><member><GroupName>staff</GroupName><AttachedManagedPolicies><member><PolicyName>m</PolicyName>
               <PolicyArn>arn:aws:iam::aws:policy/m</PolicyArn></member></AttachedManagedPolicies></member></GroupDetailList>
             <RoleDetailList><member><RoleName>r</RoleName><Arn>arn:aws:iam::111122223333:role/r</Arn>
               <AssumeRolePolicyDocument>broken</AssumeRolePolicyDocument></member></RoleDetailList>
             <Policies><member><Arn>arn:aws:iam::aws:policy/m</Arn><PolicyVersionList><member><Document>{allow}</Document>
               <IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList></member></Policies>
             </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"
        );
        let mut details = Details::default();
        assert_eq!(details.add(body.as_bytes()), Some(None));
        let found = details.identities();
        assert_eq!(found.unclear, ["arn:aws:iam::111122223333:role/r"]);
        let ada = found.identities.iter().find(|identity| identity.name == "ada").unwrap();
        let ways: Vec<_> = ada.policies.iter().map(|policy| (policy.name.as_str(), policy.group.as_deref())).collect();
        assert_eq!(ways, [("own", None), ("m", Some("staff"))]);
        assert_eq!(Details::default().add(b"<html/>"), None);
    }

    #[test]
    fn a_full_name_tells_its_account() {
        let body = b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/ada</Arn>\
            </GetCallerIdentityResult></GetCallerIdentityResponse>";
        assert_eq!(caller(body).as_deref().and_then(account_of), Some("111122223333"));
        assert_eq!(caller(b"<Error/>"), None);
    }
}
