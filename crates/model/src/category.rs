//! What data is: Fideslang data categories, with what each means for protection.
//!
//! Keys are those of Fideslang 3 (IAB Tech Lab, `fideslang` on PyPI); `dpv` is the IRI in the W3C
//! Data Privacy Vocabulary's personal-data extension (<https://w3id.org/dpv/pd>, version 2.0; where it
//! has no word, the nearest wider one). Sensitivity
//! follows GDPR articles 9 and 10 and, for [`Sensitivity::High`], what harms a person at once when
//! it leaks (PCI DSS account data, credentials, government ids).

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// A data category, as a Fideslang key (`user.contact.email`).
///
/// The known ones are constants; a policy file may add its own below a known one
/// (`user.account.loyalty_card`), which then inherit family and sensitivity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Category(Cow<'static, str>);

/// How much harm it does when data of a category leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// About a person, of little use alone.
    Low,
    /// Reaches or describes a person.
    Normal,
    /// Harms at once: credentials, payment data, government ids.
    High,
    /// Special categories and criminal records (GDPR art. 9 and 10), data about children.
    Special,
}

impl Sensitivity {
    /// The word in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Special => "special",
        }
    }
}

/// A group of categories that an owner thinks of as one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Account names and their settings.
    Account,
    /// Postal addresses.
    Address,
    /// What a person did, bought, read.
    Behaviour,
    /// Prose in which persons occur.
    Content,
    /// E-mail addresses.
    Email,
    /// Birth dates, gender, language, marital status and the like.
    Demographic,
    /// Devices, IP addresses, cookies.
    Device,
    /// Cards, accounts, payments.
    Financial,
    /// Numbers that a state gives.
    GovernmentId,
    /// Health and biometric data.
    Health,
    /// Where a person is.
    Location,
    /// Names of persons.
    Name,
    /// Phone and fax numbers.
    Phone,
    /// Passwords, their hashes, tokens.
    Secret,
    /// Anything else about a person.
    Other,
}

impl Family {
    /// The words a shop owner uses.
    pub fn title(self) -> &'static str {
        match self {
            Self::Account => "Accounts",
            Self::Address => "Postal addresses",
            Self::Behaviour => "Behaviour",
            Self::Content => "Free text",
            Self::Email => "E-mail addresses",
            Self::Demographic => "Birth dates, gender, origin",
            Self::Device => "Devices and IP addresses",
            Self::Financial => "Cards and bank accounts",
            Self::GovernmentId => "Government ids",
            Self::Health => "Health and biometrics",
            Self::Location => "Whereabouts",
            Self::Name => "Names",
            Self::Phone => "Phone numbers",
            Self::Secret => "Passwords and secrets",
            Self::Other => "Other",
        }
    }

    /// What there is of the family, for people: the title where it fits all of it, else each thing that is there, so that
    /// nobody reads of an origin where there are only births. In lower case, plural.
    pub fn words<'c>(self, categories: impl IntoIterator<Item = &'c Category>) -> Vec<String> {
        let joins_several = matches!(
            self,
            Self::Demographic | Self::Device | Self::Financial | Self::Health | Self::Other | Self::Secret
        );
        let own = categories.into_iter().filter(|category| category.family() == self);
        let mut words: Vec<String> = match joins_several {
            true => own.map(|category| category.several().to_owned()).collect(),
            false => own.map(|_| lower_first(self.title())).collect(),
        };
        words.sort();
        words.dedup();
        words
    }
}

/// `Names` → `names`; abbreviations keep their capitals (`IP addresses`).
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == '-' => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

/// What is known of a category.
#[derive(Clone, Copy, Debug)]
pub struct CategoryInfo {
    /// The Fideslang key.
    pub key: &'static str,
    /// The local name in <https://w3id.org/dpv/pd#>.
    pub dpv: &'static str,
    /// What a shop owner calls it, in lower case.
    pub title: &'static str,
    /// The group it belongs to.
    pub family: Family,
    /// The harm when it leaks.
    pub sensitivity: Sensitivity,
}

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident = $key:literal, $dpv:literal, $title:literal, $family:ident, $sensitivity:ident;)*) => {
        impl Category {
            $(
                #[doc = concat!("`", $key, "`: ", $title, ".")]
                pub const $name: Self = Self(Cow::Borrowed($key));
            )*
        }

        /// All known categories, parents before children.
        pub const KNOWN: &[CategoryInfo] = &[
            $(CategoryInfo {
                key: $key,
                dpv: $dpv,
                title: $title,
                family: Family::$family,
                sensitivity: Sensitivity::$sensitivity,
            },)*
        ];
    };
}

categories! {
    USER = "user", "PersonalData", "data about a person", Other, Normal;
    ACCOUNT = "user.account", "Identifier", "account", Account, Normal;
    ACCOUNT_SETTINGS = "user.account.settings", "Preference", "account setting", Account, Low;
    USERNAME = "user.account.username", "Username", "user name", Account, Normal;
    AUTHORIZATION = "user.authorization", "Authenticating", "log-in data", Secret, High;
    BIOMETRIC_LOGIN = "user.authorization.biometric", "Biometric", "biometric log-in", Secret, Special;
    CREDENTIALS = "user.authorization.credentials", "Authenticating", "access token or key", Secret, High;
    PASSWORD = "user.authorization.password", "Password", "password or its hash", Secret, High;
    BEHAVIOR = "user.behavior", "Behavioral", "behaviour", Behaviour, Normal;
    BROWSING_HISTORY = "user.behavior.browsing_history", "BrowserHistory", "browsing history", Behaviour, Normal;
    PURCHASE_HISTORY = "user.behavior.purchase_history", "PurchasesAndSpendingHabit", "purchase history", Behaviour, Normal;
    SEARCH_HISTORY = "user.behavior.search_history", "BrowsingBehavior", "search history", Behaviour, Normal;
    BIOMETRIC = "user.biometric", "Biometric", "biometric data", Health, Special;
    CHILDREN = "user.childrens", "PersonalData", "data about a child", Other, Special;
    CONTACT = "user.contact", "Contact", "contact data", Other, Normal;
    ADDRESS = "user.contact.address", "PhysicalAddress", "postal address", Address, Normal;
    CITY = "user.contact.address.city", "City", "town", Address, Low;
    COUNTRY = "user.contact.address.country", "Country", "country", Address, Low;
    POSTAL_CODE = "user.contact.address.postal_code", "PostalCode", "postal code", Address, Low;
    STATE = "user.contact.address.state", "Region", "state or region", Address, Low;
    STREET = "user.contact.address.street", "Street", "street and number", Address, Normal;
    EMAIL = "user.contact.email", "EmailAddress", "e-mail address", Email, Normal;
    FAX_NUMBER = "user.contact.fax_number", "Contact", "fax number", Phone, Normal;
    CONTACT_ORGANIZATION = "user.contact.organization", "Professional", "employer or company of a person", Other, Low;
    PHONE_NUMBER = "user.contact.phone_number", "TelephoneNumber", "phone number", Phone, Normal;
    CONTACT_URL = "user.contact.url", "Contact", "home page of a person", Other, Low;
    CONTENT = "user.content", "Communication", "free text with personal data", Content, Normal;
    CRIMINAL_HISTORY = "user.criminal_history", "Criminal", "criminal record", Other, Special;
    DEMOGRAPHIC = "user.demographic", "Demographic", "demographic data", Demographic, Normal;
    AGE_RANGE = "user.demographic.age_range", "AgeRange", "age", Demographic, Low;
    DATE_OF_BIRTH = "user.demographic.date_of_birth", "BirthDate", "date of birth", Demographic, Normal;
    GENDER = "user.demographic.gender", "Gender", "gender", Demographic, Normal;
    LANGUAGE = "user.demographic.language", "Language", "language of a person", Demographic, Low;
    MARITAL_STATUS = "user.demographic.marital_status", "MaritalStatus", "marital status", Demographic, Normal;
    POLITICAL_OPINION = "user.demographic.political_opinion", "PoliticalOpinion", "political opinion", Demographic, Special;
    RACE_ETHNICITY = "user.demographic.race_ethnicity", "EthnicOrigin", "ethnic origin", Demographic, Special;
    RELIGION = "user.demographic.religious_belief", "ReligiousBelief", "religion", Demographic, Special;
    SEXUAL_ORIENTATION = "user.demographic.sexual_orientation", "SexualPreference", "sexual orientation", Demographic, Special;
    DEVICE = "user.device", "DeviceBased", "device data", Device, Low;
    COOKIE_ID = "user.device.cookie_id", "DeviceBased", "cookie id", Device, Low;
    DEVICE_ID = "user.device.device_id", "DeviceBased", "device id", Device, Normal;
    IP_ADDRESS = "user.device.ip_address", "IPAddress", "IP address", Device, Normal;
    FINANCIAL = "user.financial", "Financial", "financial data", Financial, High;
    BANK_ACCOUNT = "user.financial.bank_account", "BankAccount", "bank account", Financial, High;
    CREDIT_CARD = "user.financial.credit_card", "PaymentCardNumber", "payment card", Financial, High;
    GOVERNMENT_ID = "user.government_id", "OfficialID", "government id", GovernmentId, High;
    DRIVERS_LICENSE = "user.government_id.drivers_license_number", "OfficialID", "driving licence number", GovernmentId, High;
    IMMIGRATION = "user.government_id.immigration", "OfficialID", "immigration number", GovernmentId, High;
    NATIONAL_ID = "user.government_id.national_identification_number", "OfficialID", "national id or tax number", GovernmentId, High;
    PASSPORT_NUMBER = "user.government_id.passport_number", "Passport", "passport number", GovernmentId, High;
    VEHICLE_REGISTRATION = "user.government_id.vehicle_registration", "VehicleLicense", "vehicle registration", GovernmentId, Normal;
    HEALTH = "user.health_and_medical", "MedicalHealth", "health data", Health, Special;
    GENETIC = "user.health_and_medical.genetic", "Genetic", "genetic data", Health, Special;
    INSURANCE_ID = "user.health_and_medical.insurance_beneficiary_id", "HealthRecord", "health insurance number", Health, Special;
    MEDICAL_RECORD_ID = "user.health_and_medical.record_id", "HealthRecord", "medical record number", Health, Special;
    JOB_TITLE = "user.job_title", "Job", "job title", Other, Low;
    LOCATION = "user.location", "Location", "whereabouts", Location, Normal;
    IMPRECISE_LOCATION = "user.location.imprecise", "Location", "rough whereabouts", Location, Low;
    PRECISE_LOCATION = "user.location.precise", "GPSCoordinate", "exact whereabouts", Location, Normal;
    NAME = "user.name", "Name", "name", Name, Normal;
    FIRST_NAME = "user.name.first", "Name", "first name", Name, Normal;
    LAST_NAME = "user.name.last", "Name", "last name", Name, Normal;
    PAYMENT = "user.payment", "Transactional", "payment", Financial, Normal;
    PRIVACY_PREFERENCES = "user.privacy_preferences", "PrivacyPreference", "consent or preference", Other, Low;
    SENSOR = "user.sensor", "Behavioral", "sensor data", Device, Normal;
    SOCIAL = "user.social", "SocialMedia", "social media data", Other, Normal;
    TELEMETRY = "user.telemetry", "DeviceBased", "telemetry", Device, Low;
    UNIQUE_ID = "user.unique_id", "UID", "id of a person", Account, Low;
    PSEUDONYMOUS_ID = "user.unique_id.pseudonymous", "UID", "pseudonym of a person", Account, Low;
    WORKPLACE = "user.workplace", "WorkHistory", "workplace", Other, Low;
}

impl Category {
    /// A category by its key. Unknown keys below a known one are the user's own.
    ///
    /// Returns none when `key` is neither `user` nor below it, or has characters other than lower
    /// case letters, digits, `_` and single dots.
    pub fn parse(key: &str) -> Option<Self> {
        if let Some(info) = KNOWN.iter().find(|info| info.key == key) {
            return Some(Self(Cow::Borrowed(info.key)));
        }
        let well_formed = key.split('.').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        });
        (well_formed && key.starts_with("user.")).then(|| Self(Cow::Owned(key.to_owned())))
    }

    /// The Fideslang key.
    pub fn key(&self) -> &str {
        &self.0
    }

    /// What is known of it; for a user's own category, of the nearest known one above.
    pub fn info(&self) -> &'static CategoryInfo {
        let mut key: &str = &self.0;
        loop {
            if let Some(info) = KNOWN.iter().find(|info| info.key == key) {
                return info;
            }
            match key.rsplit_once('.') {
                Some((parent, _)) => key = parent,
                None => return &KNOWN[0],
            }
        }
    }

    /// The IRI in the Data Privacy Vocabulary.
    pub fn dpv_iri(&self) -> String {
        let name = self.info().dpv;
        if name == "PersonalData" {
            return "https://w3id.org/dpv#PersonalData".to_owned();
        }
        format!("https://w3id.org/dpv/pd#{name}")
    }

    /// What a shop owner calls it, in lower case.
    pub fn title(&self) -> &'static str {
        self.info().title
    }

    /// The same of many people, as far as that is another word.
    pub fn several(&self) -> &'static str {
        match self.info().key {
            "user.authorization.credentials" => "access tokens and keys",
            "user.authorization.password" => "passwords or their hashes",
            "user.contact.organization" => "employers or companies of people",
            "user.contact.url" => "home pages of people",
            "user.childrens" => "data about children",
            "user.criminal_history" => "criminal records",
            "user.demographic.date_of_birth" => "dates of birth",
            "user.demographic.language" => "languages of people",
            "user.demographic.political_opinion" => "political opinions",
            "user.device.cookie_id" => "cookie ids",
            "user.device.device_id" => "device ids",
            "user.device.ip_address" => "IP addresses",
            "user.financial.bank_account" => "bank accounts",
            "user.financial.credit_card" => "payment cards",
            "user.health_and_medical.insurance_beneficiary_id" => "health insurance numbers",
            "user.health_and_medical.record_id" => "medical record numbers",
            "user.job_title" => "job titles",
            "user.payment" => "payments",
            "user.privacy_preferences" => "consents or preferences",
            "user.workplace" => "workplaces",
            _ => self.title(),
        }
    }

    /// The group it belongs to.
    pub fn family(&self) -> Family {
        self.info().family
    }

    /// The harm when it leaks.
    pub fn sensitivity(&self) -> Sensitivity {
        self.info().sensitivity
    }

    /// Whether this is `other` or lies below it (`user.name.first` is within `user.name`).
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(other.key()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parent_is_known_and_stands_before_its_children() {
        for (index, info) in KNOWN.iter().enumerate() {
            if let Some((parent, _)) = info.key.rsplit_once('.') {
                assert!(KNOWN[..index].iter().any(|other| other.key == parent), "{}", info.key);
            }
        }
    }

    #[test]
    fn own_categories_inherit_from_the_nearest_known_one() {
        let card = Category::parse("user.financial.credit_card.gift").unwrap();
        assert_eq!(card.family(), Family::Financial);
        assert_eq!(card.sensitivity(), Sensitivity::High);
        assert!(card.is_within(&Category::CREDIT_CARD));
        assert!(!Category::NAME.is_within(&Category::FIRST_NAME));
    }

    #[test]
    fn of_a_family_only_what_is_there_is_named() {
        let there = [Category::DATE_OF_BIRTH, Category::DATE_OF_BIRTH, Category::FIRST_NAME, Category::LAST_NAME];
        assert_eq!(Family::Demographic.words(&there), ["dates of birth"]);
        assert_eq!(Family::Name.words(&there), ["names"]);
        assert_eq!(Family::Device.words(&[Category::IP_ADDRESS, Category::COOKIE_ID]), ["IP addresses", "cookie ids"]);
        assert!(Family::Health.words(&there).is_empty());
    }

    #[test]
    fn what_is_not_about_a_person_is_no_category() {
        assert_eq!(Category::parse("system.operations"), None);
        assert_eq!(Category::parse("user."), None);
        assert_eq!(Category::parse("User.Name"), None);
    }
}
