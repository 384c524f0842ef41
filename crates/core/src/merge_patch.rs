//! JSON merge patches (RFC 7396).

use serde_json::{Value, json};

/// Changes `target` as `patch` says: `null` removes a member, and objects are merged.
pub(crate) fn merge_patch(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(target) = target.as_object_mut() {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge_patch(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_does_what_rfc_7396_shows() {
        let mut target =
            json!({ "title": "Goodbye!", "author": { "given": "John", "family": "Doe" }, "tags": ["a", "b"] });
        merge_patch(
            &mut target,
            &json!({ "title": "Hello!", "phone": "1", "author": { "family": null }, "tags": ["a"] }),
        );
        assert_eq!(target, json!({ "title": "Hello!", "author": { "given": "John" }, "tags": ["a"], "phone": "1" }));
    }
}
