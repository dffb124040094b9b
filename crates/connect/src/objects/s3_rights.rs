//! The parts of S3's protocol, and of AWS's accounts beside it, that say who may do what. All of it reads.

use super::grants::AclGrant;
use super::grants::BucketSettings;
use super::grants::Grantee;
use super::grants::PublicBlock;
use super::grants::Unseen;
use super::iam;
use super::iam::Identities;
use super::policy_document::PolicyDocument;
use super::s3::S3;
use super::xml::Element;
use crate::ConnectError;

/// The owner of a bucket or object, and the lines of its access control list.
type List = (String, Vec<AclGrant>);

impl S3 {
    /// Policy, list, ownership and public access block of the bucket.
    pub(super) async fn read_settings(&self, missing: &mut Vec<Unseen>) -> Result<BucketSettings, ConnectError> {
        let mut found = BucketSettings::default();
        let mut lost = |what: &str, action: &str| {
            missing.push(Unseen { what: what.to_owned(), allow: Some(action.to_owned()), decides: true });
        };
        match self.setting("policy").await {
            Ok(None) => {}
            Ok(Some(body)) => match std::str::from_utf8(&body).ok().and_then(PolicyDocument::parse) {
                Some(policy) => found.policy = Some(policy),
                None => missing.push(Unseen {
                    what: "the policy of the bucket is not understood, so what it gives is not known".to_owned(),
                    allow: None,
                    decides: true,
                }),
            },
            Err(error) => {
                self.shown_or(error, || lost("the policy of the bucket is not shown to us", "s3:GetBucketPolicy"))?
            }
        }
        let mut lost = |what: &str, action: &str| {
            missing.push(Unseen { what: what.to_owned(), allow: Some(action.to_owned()), decides: true });
        };
        match self.read_list(None).await {
            Ok(list) => (found.owner, found.acl) = list.unwrap_or_default(),
            Err(error) => {
                self.shown_or(error, || {
                    lost("the access control list of the bucket is not shown to us", "s3:GetBucketAcl")
                })?;
            }
        }
        match self.setting("ownershipControls").await {
            Ok(body) => {
                let rule = body.as_deref().and_then(Element::parse);
                let rule = rule.as_ref().and_then(|controls| controls.child("Rule"));
                found.lists_off = rule.is_some_and(|rule| rule.text_of("ObjectOwnership") == "BucketOwnerEnforced");
            }
            Err(error) => {
                let what = "whether access control lists count is not shown to us; it is taken that they do";
                self.shown_or(error, || lost(what, "s3:GetBucketOwnershipControls"))?;
            }
        }
        match self.setting("publicAccessBlock").await {
            Ok(body) => {
                if let Some(block) = body.as_deref().and_then(Element::parse) {
                    let is = |name: &str| block.text_of(name) == "true";
                    found.block = PublicBlock {
                        ignores_public_lists: is("IgnorePublicAcls"),
                        restricts_public_policy: is("RestrictPublicBuckets"),
                        blocks_public_lists: is("BlockPublicAcls"),
                        blocks_public_policy: is("BlockPublicPolicy"),
                    };
                }
            }
            Err(error) => {
                let what = "the public access block is not shown to us; it is taken that there is none";
                self.shown_or(error, || lost(what, "s3:GetBucketPublicAccessBlock"))?;
            }
        }
        Ok(found)
    }

    /// A setting of the bucket by its name; none where it is not set or the store does not know it.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, ConnectError> {
        let shown = self.address.shown();
        let answer = self.send(&shown, &format!("{}?{name}=", self.base), &[]).await?;
        match answer.status {
            200 => Ok(Some(answer.body.to_vec())),
            404 | 405 | 501 => Ok(None),
            _ => Err(self.refused(shown, &answer)),
        }
    }

    /// What is refused is missing; whatever else goes wrong ends the reading.
    fn shown_or(&self, error: ConnectError, missing: impl FnOnce()) -> Result<(), ConnectError> {
        match error {
            ConnectError::Denied { .. } => {
                missing();
                Ok(())
            }
            error => Err(error),
        }
    }

    /// The access control list of an object, or of the bucket.
    pub(super) async fn read_list(&self, key: Option<&str>) -> Result<Option<List>, ConnectError> {
        let (target, url) = match key {
            Some(key) => (key.to_owned(), format!("{}?acl=", self.object_url(key, None))),
            None => (self.address.shown(), format!("{}?acl=", self.base)),
        };
        let answer = self.send(&target, &url, &[]).await?;
        match answer.status {
            200 => access_control_list(&answer.body).map(Some).ok_or_else(|| ConnectError::Malformed {
                target,
                reason: "the answer is no access control list; is the endpoint an S3-like store?".to_owned(),
            }),
            404 | 405 | 501 => Ok(None),
            _ => Err(self.refused(target, &answer)),
        }
    }

    /// The full name that our key goes by.
    pub(super) async fn read_caller(&self) -> Option<String> {
        self.credentials.as_ref()?;
        let url = format!("{}/?Action=GetCallerIdentity&Version=2011-06-15", self.service_address("sts"));
        let answer = self.send_to("sts", "sts", &url, &[]).await.ok()?;
        if answer.status == 200 { iam::caller(&answer.body) } else { None }
    }

    /// All users and roles with their policies: one request for some hundred of them.
    pub(super) async fn read_identities(&self) -> Result<Identities, ConnectError> {
        let target = "the accounts of the store";
        let mut details = iam::Details::default();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut url = format!(
                "{}/?Action=GetAccountAuthorizationDetails&Version=2010-05-08&MaxItems=1000",
                self.service_address("iam")
            );
            if let Some(marker) = &marker {
                url.extend(["&Marker=", &super::s3::encode(marker)]);
            }
            let answer = self.send_to("iam", target, &url, &[]).await?;
            if answer.status != 200 {
                return Err(self.refused(target.to_owned(), &answer));
            }
            let next = details.add(&answer.body).ok_or_else(|| ConnectError::Malformed {
                target: target.to_owned(),
                reason: "the store does not say who there is".to_owned(),
            })?;
            match next {
                Some(next) if Some(&next) != marker.as_ref() => marker = Some(next),
                _ => return Ok(details.identities()),
            }
        }
        let reason = "the list of accounts does not end".to_owned();
        Err(ConnectError::Limit { target: target.to_owned(), reason })
    }

    /// Where another service of the same store answers: at Amazon under a name of its own, else beside it.
    fn service_address(&self, service: &str) -> String {
        match (&self.address.endpoint, service) {
            (Some(endpoint), _) => endpoint.as_str().trim_end_matches('/').to_owned(),
            (None, "iam") => "https://iam.amazonaws.com".to_owned(),
            (None, service) => format!("https://{service}.{}.amazonaws.com", self.address.region_or_default()),
        }
    }
}

/// Pages of accounts; AWS allows some ten thousand of them.
const MOST_PAGES: usize = 200;

/// Owner and lines of an `AccessControlPolicy`.
fn access_control_list(body: &[u8]) -> Option<List> {
    let list = Element::parse(body)?;
    let owner = list.child("Owner")?.text_of("ID").to_owned();
    let mut lines = Vec::new();
    for grant in list.members("AccessControlList") {
        let grantee = grant.child("Grantee")?;
        let uri = grantee.text_of("URI");
        let who = match (uri, grantee.text_of("ID"), grantee.text_of("EmailAddress")) {
            (uri, ..) if uri.ends_with("/global/AllUsers") => Grantee::Everyone,
            (uri, ..) if uri.ends_with("/global/AuthenticatedUsers") => Grantee::AnyAccount,
            ("", "", "") => continue,
            ("", "", mail) => Grantee::Account(mail.to_owned()),
            ("", id, _) => Grantee::Account(id.to_owned()),
            (uri, ..) => Grantee::Other(uri.to_owned()),
        };
        lines.push(AclGrant { grantee: who, permission: grant.text_of("Permission").to_owned() });
    }
    Some((owner, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_say_who_is_meant() {
        let body = br#"<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>me</ID></Owner>
            <AccessControlList>
            <Grant><Grantee xsi:type="CanonicalUser"><ID>me</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>
            <Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>
            <Grant><Grantee><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>WRITE</Permission></Grant>
            </AccessControlList></AccessControlPolicy>"#;
        let (owner, lines) = access_control_list(body).unwrap();
        let grantees: Vec<&Grantee> = lines.iter().map(|line| &line.grantee).collect();
        assert_eq!(owner, "me");
        assert!(matches!(grantees[..], [Grantee::Account(_), Grantee::Everyone, Grantee::Other(_)]), "{grantees:?}");
        assert_eq!(access_control_list(b"<Error/>"), None);
    }
}
