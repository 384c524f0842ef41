//! A plugin's answer to `describe`, checked against its manifest.

use serde::Deserialize;
use tablon_core::form::{FieldKind, Form, Localized};

use crate::bindings::publishing;
use crate::manifest::Manifest;

/// The longest settings schema and default template, in bytes.
const MAX_SCHEMA: usize = 64 * 1024;
const MAX_TEMPLATE: usize = 64 * 1024;
/// The extra that lists the names a template can use, and the most of them that are kept.
const VARIABLES: &str = "template-variables";
const MOST_VARIABLES: usize = 100;

/// What a plugin can do, and its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// For people.
    pub name: String,
    /// The form of a channel: settings, and fields of type `secret`, which are kept apart.
    pub settings_schema: Form,
    /// The template of a message if the tenant has none.
    pub default_template: String,
    /// The names that a template can use; empty if the plugin doesn't list them.
    pub template_variables: Vec<TemplateVariable>,
    /// The optional operations that the platform supports.
    pub features: Features,
}

/// A name that a message template can use. Plugins list theirs in the extra `template-variables`, as JSON: `[{"name":
/// "title", "help": {"en": "The job's title"}}]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TemplateVariable {
    /// As it is written in a template.
    pub name: String,
    /// A sentence about its value.
    pub help: Option<Localized>,
}

/// Which optional operations mean something on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// A copy can be brought up to date.
    pub update: bool,
    /// A copy can be deleted or marked as over.
    pub retract: bool,
    /// After a lost answer, the platform can be asked whether the copy is there.
    pub locate: bool,
    /// A copy can be compared with what it should be.
    pub check: bool,
    /// A copy that a person names can be adopted.
    pub adopt: bool,
}

/// Whether a publish whose answer was lost may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// No: a person is asked.
    Never,
    /// Yes, for this many milliseconds after the first try: the platform recognises the key.
    WithinMs(u64),
    /// Yes: the platform always recognises the key.
    Always,
}

impl Description {
    /// # Errors
    /// A sentence about an error, or about a difference from the manifest.
    pub(crate) fn checked(raw: publishing::Description, manifest: &Manifest) -> Result<Self, String> {
        if raw.settings_schema.len() > MAX_SCHEMA || raw.default_template.len() > MAX_TEMPLATE {
            return Err("its settings schema or its template is too long".into());
        }
        let form: Form = serde_json::from_str(&raw.settings_schema)
            .map_err(|error| format!("its settings schema can't be read: {error}"))?;
        agree(&form, manifest)?;
        Ok(Self {
            name: if raw.name.trim().is_empty() {
                manifest.name.clone()
            } else {
                raw.name.trim().chars().take(80).collect()
            },
            settings_schema: form,
            default_template: raw.default_template,
            template_variables: variables(&raw.extra),
            features: Features {
                update: raw.features.contains(publishing::Features::UPDATE),
                retract: raw.features.contains(publishing::Features::RETRACT),
                locate: raw.features.contains(publishing::Features::LOCATE),
                check: raw.features.contains(publishing::Features::CHECK),
                adopt: raw.features.contains(publishing::Features::ADOPT),
            },
        })
    }
}

/// Returns an empty list if it can't be read: that is no reason not to publish.
fn variables(extra: &[(String, String)]) -> Vec<TemplateVariable> {
    let told = extra.iter().find(|(name, _)| name == VARIABLES);
    let mut variables: Vec<TemplateVariable> =
        told.and_then(|(_, json)| serde_json::from_str(json).ok()).unwrap_or_default();
    variables.truncate(MOST_VARIABLES);
    variables
}

/// Form and manifest must name the same secrets, and the form must have every setting that the manifest names.
fn agree(form: &Form, manifest: &Manifest) -> Result<(), String> {
    for field in form.fields.iter().filter(|f| f.is_secret()) {
        if !manifest.secrets.contains_key(&field.name) {
            return Err(format!("its schema asks for the secret {}, which its manifest doesn't declare", field.name));
        }
    }
    for secret in manifest.secrets.keys() {
        if !form.fields.iter().any(|f| f.is_secret() && f.name == *secret) {
            return Err(format!("its manifest declares the secret {secret}, which its schema doesn't ask for"));
        }
    }
    for setting in manifest.settings_named() {
        let Some(field) = form.fields.iter().find(|f| f.name == setting) else {
            return Err(format!("its manifest names the setting {setting}, which its schema doesn't have"));
        };
        if matches!(field.kind, FieldKind::Secret { .. }) {
            return Err(format!("its manifest names {setting} as a setting, and it is a secret"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Vec<TemplateVariable> {
        variables(&[("something-newer".into(), "{".into()), (VARIABLES.into(), json.into())])
    }

    #[test]
    fn a_plugin_tells_what_its_templates_can_name() {
        let variables = told(r#"[{"name": "title", "help": {"en": "The job's title"}}, {"name": "pay"}]"#);
        assert_eq!(variables.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["title", "pay"]);
        assert_eq!(variables[0].help.as_ref().map(|help| help.get("es")), Some("The job's title"));
        assert_eq!(variables[1].help, None);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_none() {
        assert!(told("{\"name\": 1}").is_empty());
        assert!(variables(&[]).is_empty());
    }
}
