//! Which rules an offer breaks. The one place where this is decided.

use serde_json::Value;

use super::blocked::{domains_in, words_in};
use super::rules::{BoardRules, PlaceRule};
use crate::form::{FieldErrors, FieldProblem, MAX_MARKDOWN};
use crate::job::Workplace;
use crate::text;

/// The fields with words for readers. The addresses beside them are searched for domains only.
const WORDED: [&str; 6] = ["title", "organization", "description", "locations", "tags", "fields"];
/// The fields with nothing but addresses.
const ADDRESSES: [&str; 2] = ["apply_url", "apply_email"];

/// The most bytes of a text that is looked at. A longer one is longer than any field takes, and refused anyway.
const LONGEST: usize = MAX_MARKDOWN * 8;

impl BoardRules {
    /// Every rule that an offer in wire format breaks, with pointers into it. It needn't be a valid offer: the rules
    /// are told together with what else is wrong.
    pub fn violations(&self, offer: &Value) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if *self == Self::default() {
            return errors;
        }
        let description = offer["description"].as_str().filter(|source| source.len() <= LONGEST);
        let reading = text::Reading::of(description.unwrap_or_default());
        if self.require_pay && offer["salary"].is_null() {
            errors.push("/salary", FieldProblem::PayDemanded);
        }
        self.place(offer, &mut errors);
        if let Some(min) = self.min_description
            && let length = reading.characters()
            && length > 0
            && (length as u64) < min
        {
            errors.push("/description", FieldProblem::TooShort { min: usize::try_from(min).unwrap_or(usize::MAX) });
        }
        if self.blocked_words.is_empty() && self.blocked_domains.is_empty() {
            return errors;
        }
        for field in WORDED {
            let mut texts = Vec::new();
            match field {
                "description" => {
                    texts.push((String::from("/description"), reading.text.clone()));
                }
                _ => collect(&offer[field], &format!("/{field}"), &mut texts),
            }
            for (pointer, text) in texts.into_iter().filter(|(_, text)| text.len() <= LONGEST) {
                let is_address = matches!(pointer.as_str(), "/organization/url" | "/organization/logo_url");
                if !is_address {
                    self.words(&pointer, &text, &mut errors);
                }
                self.domains(&pointer, &text, &mut errors);
            }
        }
        self.domains("/description", &reading.links.join(" "), &mut errors);
        for field in ADDRESSES {
            let address = offer[field].as_str().filter(|address| address.len() <= LONGEST);
            self.domains(&format!("/{field}"), address.unwrap_or_default(), &mut errors);
        }
        errors
    }

    fn place(&self, offer: &Value, errors: &mut FieldErrors) {
        let given = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
        let places = || offer["locations"].as_array().into_iter().flatten();
        let remote = offer["workplace"].as_str() == Some(Workplace::Remote.as_str());
        let countries = remote && offer["remote_countries"].as_array().is_some_and(|codes| !codes.is_empty());
        let (known, problem) = match self.require_place {
            PlaceRule::Optional => return,
            PlaceRule::Place => {
                let any = |place: &Value| ["city", "region", "country"].iter().any(|part| given(&place[*part]));
                (places().any(any), FieldProblem::PlaceDemanded)
            }
            PlaceRule::Country => (places().any(|place| given(&place["country"])), FieldProblem::CountryDemanded),
        };
        if !known && !countries {
            errors.push(if remote { "/remote_countries" } else { "/locations" }, problem);
        }
    }

    fn words(&self, pointer: &str, text: &str, errors: &mut FieldErrors) {
        let found = words_in(text, &self.blocked_words);
        if !found.is_empty() {
            add(errors, pointer, FieldProblem::BlockedWords { words: found.join(", ") });
        }
    }

    fn domains(&self, pointer: &str, text: &str, errors: &mut FieldErrors) {
        let found = domains_in(text, &self.blocked_domains);
        if !found.is_empty() {
            add(errors, pointer, FieldProblem::BlockedDomains { domains: found.join(", ") });
        }
    }
}

/// Adds an error unless the same was told already.
fn add(errors: &mut FieldErrors, pointer: &str, problem: FieldProblem) {
    if !errors.0.iter().any(|error| error.pointer == pointer && error.problem == problem) {
        errors.push(pointer, problem);
    }
}

/// Every text in a value with the pointer of its field: all entries of a list are one field.
fn collect(value: &Value, pointer: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((pointer.to_owned(), text.clone())),
        Value::Array(items) => {
            let mut inside = Vec::new();
            items.iter().for_each(|item| collect(item, pointer, &mut inside));
            let all: Vec<String> = inside.into_iter().map(|(_, text)| text).collect();
            texts.push((pointer.to_owned(), all.join("\n")));
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, &format!("{pointer}/{name}"), texts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn offer() -> Value {
        json!({
            "title": "Rust engineer", "organization": { "name": "Acme", "url": "https://acme.example" },
            "description": "We hire.", "workplace": "on-site", "locations": [{ "city": "Sevilla" }],
            "salary": { "min": "1", "currency": "EUR", "period": "YEAR" }, "tags": ["rust"],
            "apply_url": "https://acme.example/jobs", "fields": {},
        })
    }

    fn told(rules: &BoardRules, offer: &Value) -> Vec<(String, &'static str)> {
        rules.violations(offer).0.into_iter().map(|e| (e.pointer, e.problem.key())).collect()
    }

    #[test]
    fn pay_place_and_length_are_demanded() {
        let rules = BoardRules {
            require_pay: true,
            require_place: PlaceRule::Country,
            min_description: Some(20),
            ..BoardRules::default()
        };
        let mut broken = offer();
        broken["salary"] = Value::Null;
        let expected = [
            ("/salary".to_owned(), "error-pay-demanded"),
            ("/locations".to_owned(), "error-country-demanded"),
            ("/description".to_owned(), "error-too-short"),
        ];
        assert_eq!(told(&rules, &broken), expected);
        broken["workplace"] = json!("remote");
        assert_eq!(told(&rules, &broken)[1].0, "/remote_countries");
        broken["remote_countries"] = json!(["ES"]);
        assert_eq!(told(&rules, &broken).len(), 2);
        let rules = BoardRules { require_place: PlaceRule::Place, ..BoardRules::default() };
        assert!(told(&rules, &offer()).is_empty());
        assert_eq!(told(&rules, &json!({})), [("/locations".to_owned(), "error-place-demanded")]);
    }

    #[test]
    fn marks_and_spaces_do_not_lengthen_a_description() {
        let rules = BoardRules { min_description: Some(10), ..BoardRules::default() };
        let mut padded = offer();
        padded["description"] = json!("**We**     hire [me](https://acme.example/a/very/long/address)\n\n\n");
        assert!(told(&rules, &padded).is_empty(), "\"We hire me\" has ten");
        padded["description"] = json!("**We**     hire  \n\n\n");
        assert_eq!(told(&rules, &padded), [("/description".to_owned(), "error-too-short")]);
    }

    #[test]
    fn words_and_domains_are_found_wherever_a_reader_meets_them() {
        let rules = BoardRules {
            blocked_words: vec!["crypto".to_owned()],
            blocked_domains: vec!["evil.example".to_owned()],
            ..BoardRules::default()
        };
        let mut broken = offer();
        broken["title"] = json!("CRYPTO trader");
        broken["organization"]["url"] = json!("https://evil.example/crypto");
        broken["tags"] = json!(["rust", "crypto"]);
        broken["apply_email"] = json!("hr@jobs.evil.example");
        broken["fields"] = json!({ "stack": ["cryptó"] });
        broken["description"] =
            json!("**Cry**pto, see [us](https://evil\\.example) or [us](https://evil&#46;example).");
        let mut found = told(&rules, &broken);
        found.sort();
        let expected = [
            ("/apply_email", "error-blocked-domains"),
            ("/description", "error-blocked-domains"),
            ("/description", "error-blocked-words"),
            ("/fields/stack", "error-blocked-words"),
            ("/organization/url", "error-blocked-domains"),
            ("/tags", "error-blocked-words"),
            ("/title", "error-blocked-words"),
        ];
        assert_eq!(found, expected.map(|(pointer, key)| (pointer.to_owned(), key)));
        assert!(told(&rules, &offer()).is_empty());
        assert!(told(&rules, &json!({ "title": 5, "description": [], "tags": "x", "locations": {} })).is_empty());
    }
}
