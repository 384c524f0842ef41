//! The nodes of a JSON-LD graph that refer to each other by `@id`.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The members of a JobPosting in which a reference is followed.
const FOLLOWED: [&str; 6] = [
    "hiringOrganization",
    "jobLocation",
    "applicantLocationRequirements",
    "baseSalary",
    "applicationContact",
    "identifier",
];
/// The most nodes that are stored as targets of references.
const MAX_NODES: usize = 100_000;
/// How many references are followed in a row; this also ends a circle.
const MAX_STEPS: usize = 6;
/// The most that is copied into one posting, in values and in blocks of 64 characters of text.
const MAX_COPIED: usize = 20_000;

/// How much all nodes together may hold, in the same measure. A node stands in each of those around it as well: a file
/// of nodes within nodes would otherwise take a hundred times its size.
const MAX_KEPT: usize = 2_000_000;

/// Nodes by their `@id`.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    by_id: HashMap<String, Value>,
    kept: usize,
}

impl Nodes {
    /// Keeps every node within `value` that has an `@id`, says something and is small enough to be copied.
    pub(super) fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.collect(value)),
            Value::Object(object) => {
                if let Some(Value::String(id)) = object.get("@id")
                    && !is_reference(object)
                    && self.by_id.len() < MAX_NODES
                    && !self.by_id.contains_key(id)
                {
                    self.keep(id, value);
                }
                object.values().for_each(|value| self.collect(value));
            }
            _ => {}
        }
    }

    fn keep(&mut self, id: &str, node: &Value) {
        let weight = weight(node, MAX_COPIED);
        if weight < MAX_COPIED && self.kept + weight <= MAX_KEPT {
            self.kept += weight;
            self.by_id.insert(id.to_owned(), node.clone());
        }
    }

    /// Replaces a posting's references with the nodes that they name.
    pub(super) fn follow(&self, posting: &mut Map<String, Value>) {
        if self.by_id.is_empty() {
            return;
        }
        let mut left = MAX_COPIED;
        for name in FOLLOWED {
            if let Some(value) = posting.get_mut(name) {
                self.replace(value, name == "hiringOrganization", 0, &mut left);
            }
        }
    }

    fn replace(&self, value: &mut Value, names_count: bool, steps: usize, left: &mut usize) {
        let id = match &*value {
            Value::Object(object) if is_reference(object) => object.get("@id").and_then(Value::as_str),
            Value::String(id) if names_count => Some(id.as_str()),
            _ => None,
        };
        if let Some(node) = id.and_then(|id| self.by_id.get(id)) {
            let weight = weight(node, *left);
            if steps == MAX_STEPS || weight >= *left {
                return;
            }
            *left -= weight;
            *value = node.clone();
            return self.replace_within(value, steps + 1, left);
        }
        self.replace_within(value, steps, left);
    }

    fn replace_within(&self, value: &mut Value, steps: usize, left: &mut usize) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace(value, false, steps, left)),
            Value::Object(object) => object.values_mut().for_each(|value| self.replace(value, false, steps, left)),
            _ => {}
        }
    }
}

/// Whether a posting refers to nodes outside of it.
pub(super) fn refers(posting: &Map<String, Value>) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::Array(values) => values.iter().any(within),
            Value::Object(object) => is_reference(object) || object.values().any(within),
            _ => false,
        }
    }
    let by_name = posting.get("hiringOrganization").and_then(Value::as_str).is_some_and(|name| name.contains('#'));
    by_name || FOLLOWED.iter().filter_map(|name| posting.get(*name)).any(within)
}

/// A node that has only its `@id`.
fn is_reference(object: &Map<String, Value>) -> bool {
    object.contains_key("@id") && object.keys().all(|name| matches!(name.as_str(), "@id" | "@type"))
}

/// The size of a value; counting stops at `most`.
fn weight(value: &Value, most: usize) -> usize {
    let mut weight = 1;
    let mut add = |value: &Value| {
        if weight < most {
            weight += self::weight(value, most - weight);
        }
    };
    match value {
        Value::Array(values) => values.iter().for_each(&mut add),
        Value::Object(object) => object.values().for_each(&mut add),
        Value::String(text) => weight += text.len() / 64,
        _ => {}
    }
    weight
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A node within a node within a node, a hundred of them, the innermost holding `payload`.
    fn nested(name: usize, payload: &Value) -> Value {
        (0..100).fold(payload.clone(), |inner, n| json!({ "@id": format!("{name}/{n}"), "a": inner }))
    }

    #[test]
    fn nodes_within_nodes_take_no_hundred_times_their_size() {
        let mut nodes = Nodes::default();
        nodes.collect(&nested(0, &json!(vec![0; 2 * MAX_COPIED])));
        assert_eq!(nodes.by_id.len(), 0, "none of them could be copied");
        for name in 0..4 {
            nodes.collect(&nested(name, &json!(vec![0; MAX_COPIED / 2])));
        }
        let held: usize = nodes.by_id.values().map(|node| weight(node, usize::MAX)).sum();
        assert!(held <= MAX_KEPT && held > MAX_KEPT / 2, "{held}");
    }
}
