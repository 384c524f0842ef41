//! What a plugin says when it is asked to `describe` itself, checked against its manifest.

use tablon_core::form::{FieldKind, Form};

use crate::bindings::publishing;
use crate::manifest::Manifest;

/// The longest settings schema and default template, in bytes.
const MAX_SCHEMA: usize = 64 * 1024;
const MAX_TEMPLATE: usize = 64 * 1024;

/// What a plugin can do, and what it wants to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// For people.
    pub name: String,
    /// The form of a channel: settings, and fields of type `secret`, which are kept apart.
    pub settings_schema: Form,
    /// What a message is made from where the tenant has no template of its own.
    pub default_template: String,
    /// What means something on this platform.
    pub features: Features,
}

/// Which optional operations mean something on a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// A copy can be brought up to date.
    pub update: bool,
    /// A copy can be taken away or marked as over.
    pub retract: bool,
    /// After a lost answer, the platform can be asked whether the copy is there.
    pub locate: bool,
    /// A copy can be compared with what it should be.
    pub check: bool,
    /// A copy that a person points at can be taken over.
    pub adopt: bool,
    /// A posting's pictures are sent along.
    pub assets: bool,
}

/// Whether a publish whose answer was lost may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// No: a person is asked.
    Never,
    /// Yes, for so many milliseconds after the first try: the platform recognises the key.
    WithinMs(u64),
    /// Yes: the platform recognises the key for good.
    Always,
}

impl Description {
    /// # Errors
    /// A sentence about what is wrong, or where it and the manifest disagree.
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
            features: Features {
                update: raw.features.contains(publishing::Features::UPDATE),
                retract: raw.features.contains(publishing::Features::RETRACT),
                locate: raw.features.contains(publishing::Features::LOCATE),
                check: raw.features.contains(publishing::Features::CHECK),
                adopt: raw.features.contains(publishing::Features::ADOPT),
                assets: raw.features.contains(publishing::Features::ASSETS),
            },
        })
    }
}

/// Every secret and every setting that one of the two names, the other must know.
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
