//! The lists called `extra`: names with a JSON value each, by which the contract's records grow; and the names of 1.0.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Extra, Posting, Target};

/// What the host puts before the name of a board's own field in a posting's `extra`.
pub(crate) const OWN_FIELD: &str = "fields.";

/// Reading and writing a list of names and JSON values.
///
/// ```
/// use tablon_plugin::{Extra, Extras};
/// let mut extra = Extra::default();
/// extra.put("max_characters", &500);
/// assert_eq!(extra.read::<u32>("max_characters"), Some(500));
/// assert_eq!(extra.read::<u32>("max_pictures"), None);
/// ```
pub trait Extras {
    /// The value of a name; none where the name isn't there, or its value is of another kind than wanted: a later
    /// contract's, perhaps.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T>;

    /// Adds a value, or puts it in the place of the one of this name. A value that can't be JSON (a map with keys other
    /// than text) becomes `null`.
    fn put(&mut self, name: &str, value: &impl Serialize);
}

impl Extras for Extra {
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let (_, json) = self.iter().find(|(given, _)| given == name)?;
        serde_json::from_str(json).ok()
    }

    fn put(&mut self, name: &str, value: &impl Serialize) {
        let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        match self.iter_mut().find(|(given, _)| given == name) {
            Some((_, old)) => *old = json,
            None => self.push((name.to_owned(), json)),
        }
    }
}

/// A place where the work is done, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// `Sevilla`.
    #[serde(default)]
    pub city: Option<String>,
    /// `Andalucía`.
    #[serde(default)]
    pub region: Option<String>,
    /// ISO 3166-1: `ES`.
    #[serde(default)]
    pub country: Option<String>,
}

/// What is paid. Amounts are decimal numbers in text, `42000.50`: no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salary {
    /// ISO 4217: `EUR`.
    pub currency: String,
    /// At least this.
    #[serde(default)]
    pub min: Option<String>,
    /// At most this.
    #[serde(default)]
    pub max: Option<String>,
    /// What it is paid for, in the words of schema.org's `unitText`: `HOUR`, `DAY`, `WEEK`, `MONTH`, `YEAR`.
    #[serde(default)]
    pub period: Option<String>,
}

impl Posting {
    /// One of the board's own fields by its name there; its form decides what kind of value it is.
    ///
    /// ```
    /// # use tablon_plugin::Posting;
    /// fn is_for_seniors(posting: &Posting) -> bool {
    ///     posting.field::<String>("level").as_deref() == Some("senior")
    /// }
    /// ```
    pub fn field<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.extra.read(&format!("{OWN_FIELD}{name}"))
    }

    /// The board's own fields, by their names there, as JSON.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extra.iter().filter_map(|(name, json)| Some((name.strip_prefix(OWN_FIELD)?, json.as_str())))
    }

    /// schema.org's words: `FULL_TIME`, `CONTRACTOR`.
    pub fn employment_types(&self) -> Vec<String> {
        self.extra.read("employment_types").unwrap_or_default()
    }

    /// ISO 3166-1 codes of the countries that a remote job may be done from; empty where it doesn't matter.
    pub fn remote_countries(&self) -> Vec<String> {
        self.extra.read("remote_countries").unwrap_or_default()
    }

    /// The places in parts, in the order of `locations`; empty where the board only has them as text.
    pub fn places(&self) -> Vec<Place> {
        self.extra.read("places").unwrap_or_default()
    }

    /// What is paid, for programs; `pay` says it to people.
    pub fn salary(&self) -> Option<Salary> {
        self.extra.read("salary")
    }

    /// When the text was last changed, a time of the contract.
    pub fn updated_at(&self) -> Option<String> {
        self.extra.read("updated_at")
    }
}

impl Target {
    /// What the last `verify` asked to remember under this name: [`Verified::remembering`](crate::Verified::remembering).
    pub fn recall<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.remembered.read(name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{posting, target};

    #[test]
    fn what_is_put_twice_is_there_once() {
        let mut extra = Extra::default();
        extra.put("a", &1);
        extra.put("b", &["x"]);
        extra.put("a", &json!({ "c": 2 }));
        assert_eq!(extra, [("a".to_owned(), r#"{"c":2}"#.to_owned()), ("b".to_owned(), r#"["x"]"#.to_owned())]);
    }

    #[test]
    fn what_is_of_another_kind_is_not_there() {
        let extra: Extra = vec![("a".into(), "[1".into()), ("b".into(), "\"x\"".into())];
        assert_eq!((extra.read::<Value>("a"), extra.read::<u32>("b")), (None, None));
        assert_eq!(extra.read::<String>("b").as_deref(), Some("x"));
    }

    #[test]
    fn a_posting_tells_what_the_board_knows() {
        let posting = posting();
        assert_eq!(posting.employment_types(), ["FULL_TIME"]);
        assert_eq!(posting.remote_countries(), ["ES", "PT"]);
        let place = &posting.places()[0];
        assert_eq!((place.city.as_deref(), place.country.as_deref()), (Some("Sevilla"), Some("ES")));
        let salary = posting.salary().expect("a salary");
        assert_eq!((salary.currency.as_str(), salary.max.as_deref()), ("EUR", Some("52000")));
        assert_eq!(posting.updated_at().as_deref(), Some("2026-03-01T09:00:00Z"));
        assert_eq!(posting.fields().collect::<Vec<_>>(), [("level", "\"senior\"")]);
        let bare = Posting { extra: vec![], ..posting };
        assert_eq!((bare.salary(), bare.places(), bare.fields().count()), (None, vec![], 0));
    }

    #[test]
    fn what_was_remembered_is_recalled() {
        let mut target = target(json!({}));
        assert_eq!(target.recall::<u32>("limit"), None);
        target.remembered = vec![("limit".into(), "500".into())];
        assert_eq!(target.recall::<u32>("limit"), Some(500));
    }
}
