//! How a job is recognised when its file is imported again.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The parts of a job's identity, as the source gives them.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Who issued the identifiers.
    pub(super) namespace: Option<String>,
    /// The source's identifier of the job.
    pub(super) identifier: Option<String>,
    /// The job's own page.
    pub(super) page: Option<String>,
    /// As the source wrote it: whether it has passed changes from day to day.
    pub(super) valid_through: Option<String>,
}

impl Named {
    /// With the hash of all fields that the source gives.
    pub(super) fn identity(self, job: &Map<String, Value>) -> Identity {
        let mut whole = job.clone();
        whole.remove("valid_through");
        let whole = json!([whole, self.identifier, self.namespace, self.page, self.valid_through]);
        let url = self.page.or_else(|| job.get("apply_url").and_then(Value::as_str).map(str::to_owned));
        Identity {
            identifier: self.identifier,
            namespace: self.namespace,
            url: url.map(|url| plain_address(&url)),
            fingerprint: fingerprint(&whole),
        }
    }
}

/// A job's identity, strongest part first.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The source's identifier of the job.
    pub(crate) identifier: Option<String>,
    /// Who issued it; without it, two companies may use the same one.
    pub(crate) namespace: Option<String>,
    /// The job's page, without tracking parameters.
    pub(crate) url: Option<String>,
    /// A hash of all fields that the source gives.
    pub(crate) fingerprint: String,
}

/// A hash of a value that doesn't depend on the order of its members.
pub(crate) fn fingerprint(value: &Value) -> String {
    let mut hasher = Sha256::new();
    feed(&mut hasher, value);
    hex::encode(&hasher.finalize()[..16])
}

fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            hasher.update(b"{");
            for name in names {
                hasher.update(json!(name).to_string());
                hasher.update(b":");
                members.get(name).into_iter().for_each(|value| feed(hasher, value));
                hasher.update(b",");
            }
            hasher.update(b"}");
        }
        Value::Array(values) => {
            hasher.update(b"[");
            for value in values {
                feed(hasher, value);
                hasher.update(b",");
            }
            hasher.update(b"]");
        }
        other => hasher.update(other.to_string()),
    }
}

/// An address normalised for comparison: without `utm_…` and without a slash at its end.
fn plain_address(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(&crate::form::with_scheme(text)) else { return text.to_owned() };
    let counts_clicks = |name: &str| name.starts_with("utm_") || matches!(name, "gclid" | "fbclid");
    if url.query_pairs().any(|(name, _)| counts_clicks(&name)) {
        let kept: Vec<_> = url.query_pairs().into_owned().filter(|(name, _)| !counts_clicks(name)).collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_makes_no_difference_and_the_value_does() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":[{"c":2,"d":3}]}"#).expect("JSON");
        let two: Value = serde_json::from_str(r#"{"b":[{"d":3,"c":2}],"a":1}"#).expect("JSON");
        assert_eq!(fingerprint(&one), fingerprint(&two));
        assert_ne!(fingerprint(&one), fingerprint(&json!({"a": 1})));
    }

    #[test]
    fn an_address_is_the_same_however_its_clicks_are_counted() {
        let plain = plain_address("https://acme.example/jobs/1?id=2");
        for same in ["https://acme.example/jobs/1?id=2&utm_source=x", "acme.example/jobs/1?id=2"] {
            assert_eq!(plain_address(same), plain, "{same}");
        }
        assert_ne!(plain_address("https://acme.example/jobs/1?id=3"), plain);
    }
}
