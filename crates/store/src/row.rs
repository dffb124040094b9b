//! Between SQLite's few types and ours.

use dataward_model::Category;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Fixed width, so that times sort as text.
pub(crate) fn time_text(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// SQLite's integers are signed; counts beyond `i64::MAX` do not occur and saturate.
pub(crate) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Reading typed values out of a row; anything unexpected is a decode error (a damaged file).
pub(crate) trait Typed {
    fn text(&self, column: &str) -> Result<String, sqlx::Error>;
    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error>;
    fn number(&self, column: &str) -> Result<u64, sqlx::Error>;
    fn number_or_none(&self, column: &str) -> Result<Option<u64>, sqlx::Error>;
    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error>;
    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, sqlx::Error>;
    fn category(&self, column: &str) -> Result<Option<Category>, sqlx::Error>;
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
    /// A value that serde writes as one word, such as a unit enum.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;

    fn word_or_none<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error>;
}

impl Typed for SqliteRow {
    fn text(&self, column: &str) -> Result<String, sqlx::Error> {
        self.try_get(column)
    }

    fn text_or_none(&self, column: &str) -> Result<Option<String>, sqlx::Error> {
        self.try_get(column)
    }

    fn number(&self, column: &str) -> Result<u64, sqlx::Error> {
        let number: i64 = self.try_get(column)?;
        u64::try_from(number).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn number_or_none(&self, column: &str) -> Result<Option<u64>, sqlx::Error> {
        let number: Option<i64> = self.try_get(column)?;
        number.map(u64::try_from).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn time(&self, column: &str) -> Result<Timestamp, sqlx::Error> {
        parse_time(&self.text(column)?)
    }

    fn time_or_none(&self, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
        self.text_or_none(column)?.map(|text| parse_time(&text)).transpose()
    }

    fn category(&self, column: &str) -> Result<Option<Category>, sqlx::Error> {
        match self.text_or_none(column)? {
            None => Ok(None),
            Some(key) => {
                Category::parse(&key).map(Some).ok_or_else(|| sqlx::Error::Decode("a category key that is none".into()))
            }
        }
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        serde_json::from_str(&self.text(column)?).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        serde_json::from_value(serde_json::Value::String(self.text(column)?))
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    fn word_or_none<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error> {
        self.text_or_none(column)?.map(|_| self.word(column)).transpose()
    }
}

fn parse_time(text: &str) -> Result<Timestamp, sqlx::Error> {
    text.parse().map_err(|error: jiff::Error| sqlx::Error::Decode(Box::new(error)))
}

/// The word that serde writes for a unit enum.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) => Err(sqlx::Error::Encode("not one word".into())),
        Err(error) => Err(sqlx::Error::Encode(Box::new(error))),
    }
}
