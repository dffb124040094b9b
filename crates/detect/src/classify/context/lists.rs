//! Which columns make a table one about people or things, and which stand beside each other.

use dataward_model::Category;

pub(super) const THING_COLUMNS: &[&str] = &[
    "sku",
    "price",
    "unitprice",
    "stock",
    "isbn",
    "iata",
    "icao",
    "population",
    "runtime",
    "rating",
    "genre",
    "milliseconds",
    "bytes",
    "ean",
    "barcode",
    "weight",
    "color",
    "brand",
    "model",
    "version",
    "elevation",
    "capital",
    "continent",
    "duration",
    "album",
    "artist",
    "track",
    "publisher",
    "manufacturer",
    "gtin",
    "productname",
    "releaseyear",
    "altitude",
    "surfacearea",
    "category",
];

/// How much all columns together make a table one about people, at most.
pub(super) const MOST_IDENTITY: f64 = 3.5;

/// How much a column of a category makes a table one about people.
pub(super) const IDENTITY: &[(Category, f64)] = &[
    (Category::FIRST_NAME, 1.0),
    (Category::LAST_NAME, 1.0),
    (Category::NAME, 1.0),
    (Category::EMAIL, 1.0),
    (Category::DATE_OF_BIRTH, 1.3),
    (Category::GENDER, 0.9),
    (Category::USERNAME, 0.9),
    (Category::PASSWORD, 1.2),
    (Category::NATIONAL_ID, 1.3),
    (Category::PASSPORT_NUMBER, 1.3),
    (Category::MARITAL_STATUS, 1.0),
    (Category::CREDIT_CARD, 0.8),
    (Category::BANK_ACCOUNT, 0.6),
    (Category::PHONE_NUMBER, 0.4),
    (Category::STREET, 0.3),
    (Category::JOB_TITLE, 0.4),
    (Category::IP_ADDRESS, 0.5),
    (Category::HEALTH, 0.6),
    (Category::INSURANCE_ID, 1.0),
];

/// What tables about things do not have.
pub(super) const REACHABLE: &[Category] = &[
    Category::EMAIL,
    Category::PHONE_NUMBER,
    Category::STREET,
    Category::DATE_OF_BIRTH,
    Category::NATIONAL_ID,
    Category::PASSWORD,
    Category::GENDER,
    Category::IP_ADDRESS,
    Category::BANK_ACCOUNT,
];

/// From this many columns on something beside a name tells whose it is.
pub(super) const WIDE: usize = 4;

pub(super) const ADDRESS_PARTS: &[Category] =
    &[Category::STREET, Category::CITY, Category::POSTAL_CODE, Category::STATE, Category::COUNTRY];

/// What stands beside what.
pub(super) const PAIRS: &[(Category, &[Category])] = &[
    (Category::FIRST_NAME, &[Category::LAST_NAME]),
    (Category::LAST_NAME, &[Category::FIRST_NAME]),
    (Category::NAME, &[Category::EMAIL, Category::PHONE_NUMBER, Category::STREET]),
    (Category::CITY, ADDRESS_PARTS),
    (Category::STREET, ADDRESS_PARTS),
    (Category::STATE, ADDRESS_PARTS),
    (Category::COUNTRY, ADDRESS_PARTS),
    (Category::POSTAL_CODE, ADDRESS_PARTS),
    (Category::PASSWORD, &[Category::USERNAME, Category::EMAIL]),
    (Category::USERNAME, &[Category::PASSWORD, Category::EMAIL]),
    (Category::GENDER, &[Category::DATE_OF_BIRTH, Category::FIRST_NAME]),
    (Category::DATE_OF_BIRTH, &[Category::GENDER, Category::FIRST_NAME, Category::LAST_NAME, Category::NAME]),
    (Category::PHONE_NUMBER, &[Category::EMAIL, Category::STREET, Category::LAST_NAME]),
    (Category::PRECISE_LOCATION, &[Category::PRECISE_LOCATION]),
    (Category::JOB_TITLE, &[Category::LAST_NAME, Category::NAME]),
    (Category::CONTACT_ORGANIZATION, &[Category::LAST_NAME, Category::NAME, Category::EMAIL]),
];
