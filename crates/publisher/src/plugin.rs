//! One installed plugin: its description, its manifest and its grant.

mod calls;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tablon_core::Secrets;
use tablon_core::clock::Clock;
use tablon_core::form::{Field, FieldErrors, FieldProblem, Form};
use tablon_core::store::Channel;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::bindings::PublisherPre;
use crate::call::Runtime;
use crate::capability::vault::Vault;
use crate::description::Description;
use crate::grant::Grant;
use crate::lanes::{LaneKeys, LaneLimits};
use crate::mail::{ChannelMailbox, recipients};
use crate::manifest::{Audience, Manifest};
use crate::sandbox::{MailAccess, Sandbox};
use crate::target::Target;
use crate::traffic::Traffic;

/// Where a plugin's file came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is part of this program.
    Bundled,
    /// It is a file in one of the operator's directories.
    File(PathBuf),
    /// It was installed into the database.
    Installed,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled => f.write_str("bundled"),
            Self::File(path) => path.display().fmt(f),
            Self::Installed => f.write_str("installed"),
        }
    }
}

/// An installed plugin, compiled and ready.
pub struct Plugin {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) description: Description,
    pub(crate) source: Source,
    pub(crate) sha256: String,
    pub(crate) size: usize,
    pub(crate) imports: Vec<String>,
    pub(crate) grant: Grant,
    pub(crate) pre: PublisherPre<Sandbox>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The settings schema without its secrets.
    pub(crate) settings_form: Form,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("id", &self.manifest.id).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Its name in channels and URLs.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What it asks for.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its name in a language, else as it calls itself.
    pub fn name_in(&self, locale: &str) -> &str {
        let translated = self.manifest.translations.get(locale).and_then(|words| words.name.as_deref());
        translated.unwrap_or(&self.description.name)
    }

    /// The sentence about it in a language, else as its manifest has it.
    pub fn description_in(&self, locale: &str) -> Option<&str> {
        let translated = self.manifest.translations.get(locale).and_then(|words| words.description.as_deref());
        translated.or(self.manifest.description.as_deref())
    }

    /// Its answer to `describe`.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Where its file came from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The SHA-256 of its file, in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The length of its file, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The interfaces it imports, ours and those of WASI: `tablon:plugin/http@1.0.0`.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// What it may use.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The form of its settings, without the secrets.
    pub fn settings_form(&self) -> &Form {
        &self.settings_form
    }

    /// The fields of its secrets.
    pub fn secret_fields(&self) -> impl Iterator<Item = &Field> {
        self.description.settings_schema.fields.iter().filter(|field| field.is_secret())
    }

    /// The settings, normalised: defaults filled in, every field present.
    ///
    /// # Errors
    /// All errors, with pointers into the settings.
    pub fn validate_settings(&self, settings: &Value) -> Result<Value, FieldErrors> {
        self.settings_form.validate(settings, self.clock.now().date_naive())
    }

    /// Whether the secrets are those of its manifest and match their patterns. The errors point to the secret's name
    /// (`/bot_token`) and don't show it.
    pub fn validate_secrets(&self, secrets: &Secrets) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        for name in secrets.names().filter(|name| !self.manifest.secrets.contains_key(*name)) {
            errors.push(format!("/{name}"), FieldProblem::UnknownField);
        }
        for field in self.secret_fields() {
            let Some(rule) = self.manifest.secrets.get(&field.name) else { continue };
            match secrets.get(&field.name) {
                None | Some("") if field.required => errors.push(field.pointer(), FieldProblem::Required),
                None | Some("") => {}
                Some(secret) if Vault::accepts(rule, secret) => {}
                Some(_) => errors.push(field.pointer(), FieldProblem::Pattern),
            }
        }
        errors.into_result()
    }

    /// The secrets that the new settings could send to other places than the old ones. Somebody who changes such a
    /// setting must enter them again, or they could be sent to that person's own server.
    pub fn secrets_rebound(&self, old: &Value, new: &Value, secrets: &Secrets) -> Vec<String> {
        // By what the plugin asks for, not by its grant: a grant may be widened later.
        let asked = Grant::AsAsked;
        let bound = |settings: &Value| Vault::open(Arc::clone(&self.manifest), &asked, settings, secrets);
        let (old, new) = (bound(old), bound(new));
        let names = self.manifest.secrets.keys().filter(|name| secrets.get(name).is_some());
        names.filter(|name| old.origins_of(name) != new.origins_of(name)).cloned().collect()
    }

    /// The lanes of a tenant's channel with these settings and secrets; `key` is derived from the keyring.
    pub fn lane_keys(&self, tenant: Uuid, settings: &Value, secrets: &Secrets, key: &[u8; 32]) -> LaneKeys {
        LaneKeys::of(&self.manifest, tenant, settings, secrets, key)
    }

    /// The limits of its lanes.
    pub fn lane_limits(&self) -> LaneLimits {
        LaneLimits::of(&self.manifest)
    }

    /// The mail access of a call, if the manifest asks for any.
    fn mail(&self, target: &Target, vault: &Vault, traffic: &Traffic) -> Option<MailAccess> {
        let rule = &self.manifest.mail;
        let audiences: Vec<_> = rule.audiences.iter().filter(|a| self.grant.allows_mail(a)).cloned().collect();
        let outbox = target.outbox.as_ref().filter(|_| !rule.audiences.is_empty())?;
        let mailbox = ChannelMailbox {
            mailer: Arc::clone(&self.runtime.mailer),
            scope: outbox.scope.clone(),
            channel: outbox.channel.clone(),
            own_server: self.own_mail_server(vault),
            mail_context: outbox.mail_context,
            recipient_kind: rule.recipient_kind(&outbox.channel.settings),
            keys: Default::default(),
            traffic: traffic.clone(),
        };
        Some(MailAccess { mailbox: Arc::new(mailbox), audiences })
    }

    /// The vault for a call of this channel.
    pub(crate) fn vault(&self, settings: &Value, secrets: &Secrets) -> Vault {
        Vault::open(Arc::clone(&self.manifest), &self.grant, settings, secrets)
    }

    /// The channel's own mail server, if it has one.
    ///
    /// # Errors
    /// If it is set and can't be used: then no other server is used instead.
    pub(crate) fn own_mail_server(&self, vault: &Vault) -> Result<Option<Zeroizing<String>>, String> {
        let Some(name) = self.manifest.mail.smtp_secret.as_deref() else { return Ok(None) };
        Ok(vault.mail_server(name)?.map(|url| url.to_owned().into()))
    }

    /// Whether the manifest asks for this audience and the operator granted it.
    pub(crate) fn may_mail(&self, audience: &Audience) -> bool {
        self.manifest.mail.audiences.contains(audience) && self.grant.allows_mail(audience)
    }

    /// The addresses that a channel's mail may go to now; `None` if the operator granted no audience.
    pub(crate) fn mail_addresses(&self, channel: &Channel) -> Option<Vec<String>> {
        let granted: Vec<_> = self.manifest.mail.audiences.iter().filter(|a| self.grant.allows_mail(a)).collect();
        let of = |audience: &&Audience| recipients(&channel.settings, audience).unwrap_or_default();
        (!granted.is_empty()).then(|| granted.iter().flat_map(of).collect())
    }
}
