//! The keys of one run, given from above.

use std::io::Read;

use dataward_seal::SealError;
use dataward_seal::esdk;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::Message;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::Recipient;

/// Who files are sealed for, and what opens them.
pub struct KeyRing {
    /// In the order of the header.
    pub recipients: Vec<Box<dyn Recipient>>,
    /// The labels of new messages.
    pub context: Context,
    /// What opens messages.
    pub identities: Vec<Box<dyn Identity>>,
    /// What is asked of them.
    pub rules: OpenRules,
}

impl KeyRing {
    /// Begins a message for the recipients.
    ///
    /// # Errors
    /// When there are none.
    pub fn begin(&self) -> Result<Message, SealError> {
        let recipients: Vec<&dyn Recipient> = self.recipients.iter().map(AsRef::as_ref).collect();
        esdk::begin(&recipients, self.context.clone())
    }

    /// Opens the header of a message.
    ///
    /// # Errors
    /// When it is none, or none of the keys opens it.
    pub fn open(&self, input: &mut impl Read) -> Result<Message, SealError> {
        let identities: Vec<&dyn Identity> = self.identities.iter().map(AsRef::as_ref).collect();
        esdk::open(input, &identities, &self.rules)
    }

    /// Whether a message is sealed for just the recipients that count now.
    pub fn is_current(&self, message: &Message) -> bool {
        let keys = &message.header.data_keys;
        #[expect(clippy::borrowed_box, reason = "what a filter over boxes hands over")]
        let known = |recipient: &Box<dyn Recipient>| keys.iter().any(|key| recipient.is_for(key));
        message.header.suite.commits() && keys.len() == self.recipients.len() && self.recipients.iter().all(known)
    }
}
