//! What differs between two states of something, by the names of its fields.

use serde_json::Value;

use super::FieldChange;

/// The fields that differ, with dotted names. Goes down only into the objects named in `groups`.
pub(super) fn between(before: &Value, after: &Value, groups: &[&str]) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare("", before, after, groups, &mut changes);
    changes
}

/// Their names alone, for the audit log.
pub(super) fn names(before: &Value, after: &Value, groups: &[&str]) -> Vec<String> {
    between(before, after, groups).into_iter().map(|change| change.field).collect()
}

fn compare(name: &str, before: &Value, after: &Value, groups: &[&str], changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Value::Object(b), Value::Object(a)) if name.is_empty() || groups.contains(&name) => {
            let mut names: Vec<&String> = b.keys().chain(a.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for part in names {
                let null = Value::Null;
                let field = if name.is_empty() { part.clone() } else { format!("{name}.{part}") };
                compare(&field, b.get(part).unwrap_or(&null), a.get(part).unwrap_or(&null), groups, changes);
            }
        }
        _ if before == after => {}
        _ => changes.push(FieldChange { field: name.to_owned(), before: before.clone(), after: after.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_told_field_by_field_and_everything_else_whole() {
        let before = json!({ "name": "A", "settings": { "to": "x", "delivery": "daily" }, "tags": { "a": 1 } });
        let after =
            json!({ "name": "A", "settings": { "to": "y", "delivery": "daily" }, "tags": { "a": 2 }, "new": 1 });
        assert_eq!(names(&before, &after, &["settings"]), ["new", "settings.to", "tags"]);
        assert!(names(&before, &before, &["settings"]).is_empty());
    }
}
