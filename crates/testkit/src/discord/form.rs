//! Reads a body as Discord reads forms: all errors are returned together, as a tree.

use serde_json::{Map, Value, json};
use url::Url;

use super::refusal::Refusal;

/// Of an address anywhere in a message.
const LONGEST_URL: usize = 2048;

/// Length as this fake counts it: in UTF-16 code units.
///
/// Discord's staff says that the API counts Unicode code points ("our API uses Python 3", discord-api-docs
/// #1315), its clients count UTF-16. The stricter of the two refuses what either would refuse.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// A reader that remembers where in the body it is.
#[derive(Debug, Default)]
pub(crate) struct Form {
    path: Vec<String>,
    errors: Vec<(Vec<String>, Value)>,
    /// Fields that Discord drops silently.
    pub(crate) ignored: Vec<String>,
}

impl Form {
    /// Records an error at the place that is being read.
    pub(crate) fn wrong(&mut self, code: &str, message: impl Into<String>) {
        let message: String = message.into();
        self.errors.push((self.path.clone(), json!({ "code": code, "message": message })));
    }

    /// Reads the value with this name.
    pub(crate) fn within<T>(&mut self, name: impl ToString, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_string());
        let value = read(self);
        self.path.pop();
        value
    }

    /// The refusal, if there is any error.
    pub(crate) fn verdict(&self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut tree = Value::Object(Map::new());
        for (path, error) in &self.errors {
            let mut node = &mut tree;
            for name in path {
                node = &mut node[name.as_str()];
            }
            match node["_errors"].as_array_mut() {
                Some(errors) => errors.push(error.clone()),
                None => node["_errors"] = json!([error]),
            }
        }
        Err(Refusal::invalid_form(tree))
    }

    /// The errors, each with its place: `embeds.0.title: Must be 256 or fewer in length.`
    pub(crate) fn sentences(&self) -> Vec<String> {
        let sentence = |(path, error): &(Vec<String>, Value)| {
            format!("{}: {}", path.join("."), error["message"].as_str().unwrap_or_default())
        };
        self.errors.iter().map(sentence).collect()
    }

    /// Records the names that an object of this kind doesn't have.
    pub(crate) fn known(&mut self, object: &Map<String, Value>, names: &[&str]) {
        for name in object.keys().filter(|name| !names.contains(&name.as_str())) {
            let mut path = self.path.clone();
            path.push(name.clone());
            self.ignored.push(format!("unknown property {:?}", path.join(".")));
        }
    }

    fn present<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
        object.get(name).filter(|value| !value.is_null())
    }

    /// A text without the white space around it, which Discord trims.
    pub(crate) fn text(&mut self, object: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
        let value = Self::present(object, name)?;
        self.within(name, |form| {
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                other => {
                    form.wrong("STRING_TYPE_CONVERT", format!("Could not interpret \"{other}\" as string."));
                    return None;
                }
            };
            if utf16_len(&text) > longest {
                form.wrong("BASE_TYPE_MAX_LENGTH", format!("Must be {longest} or fewer in length."));
            }
            Some(text)
        })
    }

    /// A required text.
    pub(crate) fn required(&mut self, object: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
        let text = self.text(object, name, longest);
        let wrong_already = text.is_none() && Self::present(object, name).is_some();
        if text.as_deref().unwrap_or_default().is_empty() && !wrong_already {
            self.within(name, |form| form.wrong("BASE_TYPE_REQUIRED", "This field is required"));
        }
        text
    }

    /// A name with a minimum and a maximum length.
    pub(crate) fn name(&mut self, object: &Map<String, Value>, name: &str, longest: usize) -> Option<String> {
        let value = Self::present(object, name)?.as_str().map(str::trim).map(str::to_owned);
        self.within(name, |form| match value {
            Some(text) if (1..=longest).contains(&utf16_len(&text)) => Some(text),
            Some(_) => {
                form.wrong("BASE_TYPE_BAD_LENGTH", format!("Must be between 1 and {longest} in length."));
                None
            }
            None => {
                form.wrong("STRING_TYPE_CONVERT", "Could not interpret this as string.");
                None
            }
        })
    }

    /// An address on the web. Discord takes no host without a dot, such as `localhost`.
    pub(crate) fn url(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        let text = self.text(object, name, LONGEST_URL)?;
        self.within(name, |form| {
            let url = Url::parse(&text);
            let scheme = url.as_ref().map(Url::scheme).unwrap_or_default();
            if !matches!(scheme, "http" | "https") {
                let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
                let message = format!("Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https').");
                form.wrong("URL_TYPE_INVALID_SCHEME", message);
                return None;
            }
            let host = url.ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            let public = host.starts_with('[') || host.trim_matches('.').contains('.');
            if !public || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                form.wrong("URL_TYPE_INVALID_URL", "Not a well formed URL.");
                return None;
            }
            Some(text)
        })
    }

    /// A whole number, also as text.
    pub(crate) fn integer(&mut self, object: &Map<String, Value>, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = Self::present(object, name)?;
        self.within(name, |form| {
            let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            let Some(number) = number else {
                form.wrong("NUMBER_TYPE_COERCE", format!("Value {value} is not int."));
                return None;
            };
            if number > most {
                form.wrong("NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}."));
            }
            if number < least {
                form.wrong("NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {least}."));
            }
            Some(number)
        })
    }

    pub(crate) fn boolean(&mut self, object: &Map<String, Value>, name: &str) -> bool {
        match Self::present(object, name) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.within(name, |form| form.wrong("BOOLEAN_TYPE_CONVERT", "Must be either true or false."));
                false
            }
        }
    }

    /// A point in time, in ISO 8601.
    pub(crate) fn timestamp(&mut self, object: &Map<String, Value>, name: &str) -> Option<String> {
        let text = self.text(object, name, 64)?;
        if chrono::DateTime::parse_from_rfc3339(&text).is_err() {
            self.within(name, |form| {
                form.wrong("DATE_TIME_TYPE_PARSE", format!("Could not parse {text}. Should be ISO8601."));
            });
        }
        Some(text)
    }

    /// The members of a list.
    pub(crate) fn list<'v>(&mut self, object: &'v Map<String, Value>, name: &str, most: usize) -> &'v [Value] {
        match Self::present(object, name) {
            None => &[],
            Some(Value::Array(items)) => {
                if items.len() > most {
                    self.within(name, |form| {
                        form.wrong("BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
                    });
                }
                items
            }
            Some(_) => {
                self.within(name, |form| {
                    form.wrong("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
                });
                &[]
            }
        }
    }

    /// The object at the place that is being read.
    pub(crate) fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.wrong("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        }
        object
    }

    /// The object of this name.
    pub(crate) fn member<'v>(&mut self, object: &'v Map<String, Value>, name: &str) -> Option<&'v Map<String, Value>> {
        let value = Self::present(object, name)?;
        self.within(name, |form| form.object(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_where_it_is() {
        let body = json!({"a": {"b": "12345"}, "n": "x"});
        let body = body.as_object().unwrap();
        let mut form = Form::default();
        let inner = form.member(body, "a").unwrap().clone();
        form.within("a", |form| form.text(&inner, "b", 4));
        form.integer(body, "n", 0, 9);
        assert_eq!(form.sentences(), ["a.b: Must be 4 or fewer in length.", "n: Value \"x\" is not int."]);
        assert_eq!(
            form.verdict().unwrap_err().to_json(),
            json!({"message": "Invalid Form Body", "code": 50035, "errors": {
                "a": {"b": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4 or fewer in length."}]}},
                "n": {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": "Value \"x\" is not int."}]},
            }})
        );
    }

    #[test]
    fn an_address_needs_the_web_and_a_host_with_a_dot() {
        let problems = |url: &str| {
            let mut form = Form::default();
            form.url(json!({ "url": url }).as_object().unwrap(), "url");
            form.sentences()
        };
        for good in ["https://a.example/x?y=z#w", "http://127.0.0.1:8080/", "http://[::1]/", "https://ñ.example/"] {
            assert_eq!(problems(good), Vec::<String>::new(), "{good}");
        }
        for bad in ["http://localhost:3000/x", "https://board/", "https://a.example/a b"] {
            assert_eq!(problems(bad), ["url: Not a well formed URL."], "{bad}");
        }
        assert_eq!(
            problems("mailto:a@b.example"),
            ["url: Scheme \"mailto\" is not supported. Scheme must be one of ('http', 'https')."]
        );
        assert_eq!(problems("")[0], "url: Scheme \"\" is not supported. Scheme must be one of ('http', 'https').");
    }
}
