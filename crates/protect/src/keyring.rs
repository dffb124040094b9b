//! The keys of one run, given from above.

use std::collections::BTreeMap;
use std::io::Read;

use dataward_seal::SealError;
use dataward_seal::esdk;
use dataward_seal::esdk::Context;
use dataward_seal::esdk::Message;
use dataward_seal::esdk::OpenRules;
use dataward_seal::recipient::Identity;
use dataward_seal::recipient::Recipient;

/// Who messages are sealed for, and their labels.
#[derive(Default)]
pub struct Sealing {
    /// In the order of the header; none: nothing is sealed.
    pub recipients: Vec<Box<dyn Recipient>>,
    /// The labels of new messages.
    pub context: Context,
}

/// Who files are sealed for, and what opens them.
#[derive(Default)]
pub struct KeyRing {
    /// How new messages are sealed.
    pub sealing: Sealing,
    /// How a message of each class is sealed anew; none: all of them as new ones are.
    pub classes: BTreeMap<String, Sealing>,
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
        self.sealing.begin()
    }

    /// How `message` is sealed anew: with a key of its own class, or a payroll would become readable to all
    /// who open exports. One without a class gets the class of new messages.
    ///
    /// # Errors
    /// When nothing seals for its class now.
    pub fn anew(&self, message: &Message) -> Result<&Sealing, SealError> {
        match message.header.context.value(CLASS).filter(|_| !self.classes.is_empty()) {
            None => Ok(&self.sealing),
            Some(class) => self.classes.get(class).ok_or_else(|| {
                SealError::BadKey(format!(
                    "no key seals for its class `{class}` now: `dataward keys rotate --class {class}` makes one, \
                     `dataward rewrap --class NAME` moves it to another class"
                ))
            }),
        }
    }

    /// Opens the header of a message.
    ///
    /// # Errors
    /// When it is none, or none of the keys opens it.
    pub fn open(&self, input: &mut impl Read) -> Result<Message, SealError> {
        let identities: Vec<&dyn Identity> = self.identities.iter().map(AsRef::as_ref).collect();
        esdk::open(input, &identities, &self.rules)
    }
}

/// The label that names the class of data.
const CLASS: &str = "class";

impl Sealing {
    /// The class of data.
    pub fn class(&self) -> Option<&str> {
        self.context.value(CLASS)
    }

    /// Begins a message for the recipients.
    ///
    /// # Errors
    /// When there are none.
    pub fn begin(&self) -> Result<Message, SealError> {
        let recipients: Vec<&dyn Recipient> = self.recipients.iter().map(AsRef::as_ref).collect();
        esdk::begin(&recipients, self.context.clone())
    }

    /// Whether a message is sealed for just the recipients that count now.
    pub fn is_current(&self, message: &Message) -> bool {
        let keys = &message.header.data_keys;
        #[expect(clippy::borrowed_box, reason = "what a filter over boxes hands over")]
        let known = |recipient: &Box<dyn Recipient>| keys.iter().any(|key| recipient.is_for(key));
        message.header.suite.commits() && keys.len() == self.recipients.len() && self.recipients.iter().all(known)
    }
}
