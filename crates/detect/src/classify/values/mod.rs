//! How well the values of a column fit each category: -1 surely not, 0 no say, 1 surely.

mod address;
mod contact;
mod demographic;
mod device;
mod financial;
mod names;

use dataward_model::Category;

use super::Context;
use super::Look;

/// What the values say of one category.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    /// -1 to 1.
    pub(crate) amount: f64,
    /// What was seen, for the owner.
    pub(crate) text: String,
}

impl Fit {
    fn new(amount: f64, text: impl Into<String>) -> Self {
        Self { amount: amount.clamp(-1.0, 1.0), text: text.into() }
    }

    fn silent() -> Self {
        Self::new(0.0, "")
    }

    fn against(amount: f64, text: &str) -> Self {
        Self::new(-amount, text)
    }
}

/// Whether the name speaks of a key (`player_id`), and in no word of the category.
fn is_key(look: &Look, category: &Category) -> bool {
    look.name.veto > 0.6 && look.name.strength(category) == 0.0 && !look.name.opaque
}

/// Whole per cent of a share.
fn percent(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u32
}

/// Every category that a column can be found to be.
pub(crate) const CATEGORIES: &[Category] = &[
    Category::EMAIL,
    Category::PHONE_NUMBER,
    Category::FAX_NUMBER,
    Category::FIRST_NAME,
    Category::LAST_NAME,
    Category::NAME,
    Category::STREET,
    Category::CITY,
    Category::STATE,
    Category::POSTAL_CODE,
    Category::COUNTRY,
    Category::CONTACT_ORGANIZATION,
    Category::CONTACT_URL,
    Category::DATE_OF_BIRTH,
    Category::GENDER,
    Category::MARITAL_STATUS,
    Category::LANGUAGE,
    Category::AGE_RANGE,
    Category::RELIGION,
    Category::RACE_ETHNICITY,
    Category::POLITICAL_OPINION,
    Category::SEXUAL_ORIENTATION,
    Category::JOB_TITLE,
    Category::USERNAME,
    Category::PASSWORD,
    Category::CREDENTIALS,
    Category::IP_ADDRESS,
    Category::DEVICE_ID,
    Category::COOKIE_ID,
    Category::DEVICE,
    Category::CREDIT_CARD,
    Category::BANK_ACCOUNT,
    Category::FINANCIAL,
    Category::NATIONAL_ID,
    Category::PASSPORT_NUMBER,
    Category::DRIVERS_LICENSE,
    Category::VEHICLE_REGISTRATION,
    Category::INSURANCE_ID,
    Category::MEDICAL_RECORD_ID,
    Category::HEALTH,
    Category::PRECISE_LOCATION,
    Category::CONTENT,
    Category::CRIMINAL_HISTORY,
    Category::BIOMETRIC,
    Category::CHILDREN,
];

/// How well the values of a column fit `category`.
pub(crate) fn fit(category: &Category, look: &Look, context: &Context, index: usize) -> Fit {
    let facts = &look.facts;
    if facts.sampled == 0.0 {
        return Fit::silent();
    }
    match category.key() {
        "user.contact.email" => contact::email(facts),
        "user.contact.phone_number" | "user.contact.fax_number" => contact::phone(facts, context, index),
        "user.contact.url" => contact::url(facts),
        "user.contact.organization" => contact::organization(look),
        "user.name.first" => names::first(look, context, index),
        "user.name.last" => names::last(look, context, index),
        "user.name" => names::full(facts, context, index),
        "user.contact.address.street" => address::street(facts),
        "user.contact.address.city" => address::city(look, context, index),
        "user.contact.address.state" => address::state(facts, context, index),
        "user.contact.address.postal_code" if look.name.strength(&Category::FINANCIAL) > 0.5 => {
            Fit::against(1.0, "the column's name speaks of money")
        }
        "user.contact.address.postal_code" if is_key(look, category) => {
            Fit::against(0.6, "the column's name speaks of a number that somebody counts with")
        }
        "user.contact.address.postal_code" => address::postal_code(look, context, index),
        "user.contact.address.country" => address::country(look, context, index),
        "user.location.precise" => address::position(look, context, index),
        "user.demographic.date_of_birth" => demographic::birth(look, context, index),
        "user.demographic.gender" => demographic::gender(facts),
        "user.demographic.age_range" => demographic::age(facts),
        "user.demographic.language" => demographic::language(facts),
        "user.job_title" => demographic::job(facts),
        "user.health_and_medical" => demographic::health(look, context, index),
        "user.account.username" => device::username(look, context, index),
        "user.authorization.password" => device::password(look, context, index),
        "user.authorization.credentials" => device::credentials(facts, context, index),
        "user.device.cookie_id" => device::cookie(facts),
        "user.device.ip_address" => device::ip(facts),
        "user.device.device_id" => device::device_id(facts),
        "user.device" => device::agent(facts),
        "user.financial.credit_card" => financial::card(facts),
        "user.financial.bank_account" => financial::account(facts),
        "user.financial" => financial::money(look, context, index),
        "user.content" => contact::content(look),
        "user.government_id.national_identification_number"
        | "user.government_id.passport_number"
        | "user.government_id.drivers_license_number"
        | "user.government_id.vehicle_registration"
        | "user.health_and_medical.insurance_beneficiary_id"
        | "user.health_and_medical.record_id" => financial::id_number(category, look, context, index),
        _ => demographic::listed(category, facts),
    }
}
