//! The members of a JSON object, each read once, with every mistake noted where it is.

use serde_json::{Map, Value};

use crate::form::{FieldErrors, FieldProblem};
use crate::slug::printable;
use crate::text::characters::is_visible;

/// An object that is being read. What isn't taken until [`finish`](Self::finish) is a mistake as well.
pub(super) struct Members {
    members: Map<String, Value>,
    /// The object's own pointer; empty for the root.
    pointer: String,
    errors: FieldErrors,
}

impl Members {
    /// Reads the object at `pointer`; `null` and nothing are an empty one.
    pub(super) fn of(value: Value, pointer: &str) -> Self {
        let mut errors = FieldErrors::default();
        let members = match value {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            _ => {
                errors.push(pointer, FieldProblem::NotObject);
                Map::new()
            }
        };
        Self { members, pointer: pointer.to_owned(), errors }
    }

    /// Notes a mistake in a member.
    pub(super) fn wrong(&mut self, name: &str, problem: FieldProblem) {
        self.errors.push(format!("{}/{name}", self.pointer), problem);
    }

    /// Notes mistakes that were found elsewhere.
    pub(super) fn wrong_too(&mut self, errors: FieldErrors) {
        for error in errors.0 {
            self.errors.push(error.pointer, error.problem);
        }
    }

    /// A member as it is; `null` if it is absent.
    pub(super) fn take(&mut self, name: &str) -> Value {
        self.members.remove(name).unwrap_or_default()
    }

    /// A line of at most `max` characters; `None` if it is absent, blank or wrong.
    pub(super) fn line(&mut self, name: &str, max: usize) -> Option<String> {
        self.text(name, max, printable)
    }

    /// The same with line breaks.
    pub(super) fn lines(&mut self, name: &str, max: usize) -> Option<String> {
        self.text(name, max, |text| crate::text::characters::lines(text).trim().to_owned())
    }

    fn text(&mut self, name: &str, max: usize, normal: impl Fn(&str) -> String) -> Option<String> {
        let typed = match self.take(name) {
            Value::Null => return None,
            Value::String(typed) => typed,
            _ => {
                self.wrong(name, FieldProblem::NotText);
                return None;
            }
        };
        let text = Some(normal(&typed)).filter(|text| is_visible(text));
        // Of a text with nothing to see in it, what was typed counts.
        if text.as_ref().unwrap_or(&typed).chars().count() > max {
            self.wrong(name, FieldProblem::TooLong { max });
            return None;
        }
        text
    }

    /// A line that must be there.
    pub(super) fn required_line(&mut self, name: &str, max: usize) -> String {
        let before = self.errors.0.len();
        let line = self.line(name, max);
        if line.is_none() && self.errors.0.len() == before {
            self.wrong(name, FieldProblem::Required);
        }
        line.unwrap_or_default()
    }

    /// Yes or no; `default` if it is absent.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.take(name) {
            Value::Null => default,
            Value::Bool(flag) => flag,
            _ => {
                self.wrong(name, FieldProblem::NotBoolean);
                default
            }
        }
    }

    /// A whole number from `min` to `max`; `None` if it is absent or wrong.
    pub(super) fn whole(&mut self, name: &str, min: u64, max: u64) -> Option<u64> {
        let value = match self.take(name) {
            Value::Null => return None,
            Value::Number(number) => number,
            _ => {
                self.wrong(name, FieldProblem::NotNumber);
                return None;
            }
        };
        // To JSON, 30.0 is a whole number too.
        let float = |float: f64| (float.fract() == 0.0 && (0.0..1e15).contains(&float)).then_some(float as u64);
        let number = value.as_u64().or_else(|| value.as_f64().and_then(float));
        let number = number.filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.wrong(name, FieldProblem::NumberRange { min: min.to_string(), max: max.to_string() });
        }
        number
    }

    /// The same of a number that must be there; `min` if it is absent or wrong.
    pub(super) fn required_whole(&mut self, name: &str, min: u64, max: u64) -> u64 {
        if self.members.get(name).is_none_or(Value::is_null) {
            self.members.remove(name);
            self.wrong(name, FieldProblem::Required);
        }
        self.whole(name, min, max).unwrap_or(min)
    }

    /// A list of at most `max` entries that `read` normalises: `Ok(None)` leaves one out. Repeated ones are left out.
    pub(super) fn list(
        &mut self,
        name: &str,
        max: usize,
        read: impl Fn(&str) -> Result<Option<String>, FieldProblem>,
    ) -> Vec<String> {
        let items = match self.take(name) {
            Value::Null => return Vec::new(),
            Value::Array(items) => items,
            _ => {
                self.wrong(name, FieldProblem::NotList);
                return Vec::new();
            }
        };
        if items.len() > max {
            self.wrong(name, FieldProblem::TooMany { max });
            return Vec::new();
        }
        let mut entries: Vec<String> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.as_str().ok_or(FieldProblem::NotText).and_then(&read) {
                Ok(Some(entry)) if !entries.contains(&entry) => entries.push(entry),
                Ok(_) => {}
                Err(problem) => self.wrong(&format!("{name}/{index}"), problem),
            }
        }
        entries
    }

    /// Every mistake, with the members that nothing has taken.
    pub(super) fn finish(mut self) -> FieldErrors {
        for name in self.members.keys() {
            let name = name.replace('~', "~0").replace('/', "~1");
            self.errors.push(format!("{}/{name}", self.pointer), FieldProblem::UnknownField);
        }
        self.errors
    }
}
