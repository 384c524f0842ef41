//! One installed plugin, and every call that can be made of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tablon_core::clock::Clock;
use tablon_core::form::{Field, FieldErrors, FieldProblem, Form};
use tablon_core::store::Channel;
use tablon_core::{Posting, Secrets};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::bindings::{PublisherPre, types};
use crate::call::{CallOptions, Ended, Export, Runtime};
use crate::capability::vault::Vault;
use crate::convert::{self, Incoming};
use crate::description::{Description, Repeat};
use crate::grant::Grant;
use crate::lanes::{LaneKeys, LaneLimits};
use crate::mail::{ChannelMailbox, recipients};
use crate::manifest::{Audience, Manifest};
use crate::outcome::{Call, CallError, Located, Presence, Preview, Receipt, RetractMode, SettingError, Verified};
use crate::sandbox::{MailAccess, Sandbox};
use crate::target::{AttemptContext, Target};
use crate::traffic::Traffic;

/// Where a plugin's file came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is part of this program.
    Bundled,
    /// It lies in a directory of the operator's.
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

    /// What it says of itself.
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

    /// The settings in their normal shape: defaults filled in, every field present.
    ///
    /// # Errors
    /// Everything that is wrong with them, pointers into the settings.
    pub fn validate_settings(&self, settings: &Value) -> Result<Value, FieldErrors> {
        self.settings_form.validate(settings, self.clock.now().date_naive())
    }

    /// Whether the secrets are those it works with and have the form they must have. The errors point
    /// to the secret's name (`/bot_token`) and don't show it.
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

    /// The secrets that could go elsewhere under the new settings than under the old ones. Whoever
    /// changes such a setting must give them anew, or could have them sent to a server of their own.
    pub fn secrets_rebound(&self, old: &Value, new: &Value, secrets: &Secrets) -> Vec<String> {
        let bound = |settings: &Value| Vault::open(Arc::clone(&self.manifest), &self.grant, settings, secrets);
        let (old, new) = (bound(old), bound(new));
        let names = self.manifest.secrets.keys().filter(|name| secrets.get(name).is_some());
        names.filter(|name| old.origins_of(name) != new.origins_of(name)).cloned().collect()
    }

    /// The lanes of a tenant's channel with these settings and secrets; `key` is derived from the keyring.
    pub fn lane_keys(&self, tenant: Uuid, settings: &Value, secrets: &Secrets, key: &[u8; 32]) -> LaneKeys {
        LaneKeys::of(&self.manifest, tenant, settings, secrets, key)
    }

    /// The pace of its lanes.
    pub fn lane_limits(&self) -> LaneLimits {
        LaneLimits::of(&self.manifest)
    }

    /// Exactly what `publish` would send. Pure: nothing leaves.
    pub async fn render(&self, posting: &Posting, target: &Target) -> Call<Vec<Preview>> {
        let settings = match self.settled(&target.settings) {
            Ok(settings) => settings,
            Err(error) => return refused(error),
        };
        let names = target.secret_names.iter().map(String::as_str);
        let (posting, wire) = (convert::posting(posting), convert::target(target, &settings, names));
        let vault = Arc::new(Vault::empty(Arc::clone(&self.manifest)));
        let ended = self
            .call(target, Arc::clone(&vault), Some("render"), |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_render(store, &posting, &wire).await })
            })
            .await;
        self.settle(ended, &vault, |incoming, previews| incoming.previews(previews))
    }

    /// Whether a publish to this target whose answer was lost may be repeated. A plugin that can't say is taken to
    /// say no.
    pub async fn repeats(&self, target: &Target, secrets: &Secrets) -> Repeat {
        let Ok(settings) = self.settled(&target.settings) else { return Repeat::Never };
        let wire = convert::target(target, &settings, secrets.names());
        let vault = Arc::new(Vault::empty(Arc::clone(&self.manifest)));
        let ended = self
            .call(target, vault, Some("repeats"), |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_repeats(store, &wire).await })
            })
            .await;
        ended.returned.map_or(Repeat::Never, convert::repeat)
    }

    /// Is the credential good, does the destination exist, may it post there?
    pub async fn verify(&self, target: &Target, secrets: &Secrets) -> Call<Verified> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_verify(store, &wire).await })
            })
            .await;
        self.settle(ended, &vault, |incoming, verified| incoming.verified(verified))
    }

    /// Sends the posting. An answer that was lost on the way is [`CallError::Uncertain`], whatever the
    /// plugin says.
    pub async fn publish(
        &self,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Receipt> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let (posting, attempt) = (convert::posting(posting), convert::attempt(attempt));
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(async move {
                    guest.tablon_plugin_publishing().call_publish(store, &posting, &wire, &attempt).await
                })
            })
            .await;
        let (lost, accepted) = (ended.traffic.lost_an_answer(), ended.traffic.was_accepted());
        let mut call = self.settle(ended, &vault, |incoming, receipt| incoming.receipt(receipt));
        call.result = match call.result {
            Err(CallError::Uncertain(words)) => Err(CallError::Uncertain(words)),
            Ok(_) if lost => Err(CallError::Uncertain(LOST.to_owned())),
            Err(error) if lost => Err(CallError::Uncertain(format!("{LOST} ({error})"))),
            // The platform said yes, and then something came between: a repetition might send it twice.
            Err(CallError::PluginFault(fault)) if accepted => Err(CallError::Uncertain(format!(
                "the platform accepted a request, and then the plugin failed: {fault}"
            ))),
            Err(error @ (CallError::Transient(_) | CallError::RateLimited { .. } | CallError::Moved(_)))
                if accepted =>
            {
                Err(CallError::Uncertain(format!("the platform accepted a request, and then refused another: {error}")))
            }
            other => other,
        };
        call
    }

    /// Brings a copy up to date.
    pub async fn update(
        &self,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Receipt> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let attempt = convert::attempt(attempt);
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(async move {
                    let publishing = guest.tablon_plugin_publishing();
                    publishing.call_update(store, &receipt, &posting, &wire, &attempt).await
                })
            })
            .await;
        self.settle(ended, &vault, |incoming, receipt| incoming.receipt(receipt))
    }

    /// Takes a copy away, or marks it as over. `None`: it is gone.
    pub async fn retract(
        &self,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Option<Receipt>> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let (mode, attempt) = (convert::retract_mode(mode), convert::attempt(attempt));
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(async move {
                    let publishing = guest.tablon_plugin_publishing();
                    publishing.call_retract(store, &receipt, mode, &posting, &wire, &attempt).await
                })
            })
            .await;
        self.settle(ended, &vault, |incoming, receipt| receipt.map(|r| incoming.receipt(r)).transpose())
    }

    /// After an uncertain publish: is it there?
    pub async fn locate(
        &self,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Located> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let (posting, attempt) = (convert::posting(posting), convert::attempt(attempt));
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(
                    async move { guest.tablon_plugin_publishing().call_locate(store, &posting, &wire, &attempt).await },
                )
            })
            .await;
        self.settle(ended, &vault, |incoming, located| incoming.located(located))
    }

    /// Is the copy still as the posting says?
    pub async fn check(
        &self,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
    ) -> Call<Presence> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(
                    async move { guest.tablon_plugin_publishing().call_check(store, &receipt, &posting, &wire).await },
                )
            })
            .await;
        self.settle(ended, &vault, |_, presence| Ok(convert::presence(presence)))
    }

    /// A person says "it is there" and gives the link.
    pub async fn adopt(&self, url: &str, target: &Target, secrets: &Secrets) -> Call<Receipt> {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return refused(error),
        };
        let url = url.to_owned();
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                Box::pin(async move { guest.tablon_plugin_publishing().call_adopt(store, &url, &wire).await })
            })
            .await;
        self.settle(ended, &vault, |incoming, receipt| incoming.receipt(receipt))
    }

    async fn call<T>(
        &self,
        target: &Target,
        vault: Arc<Vault>,
        pure: Option<&'static str>,
        export: impl for<'a> FnOnce(&'a crate::bindings::Publisher, &'a mut wasmtime::Store<Sandbox>) -> Export<'a, T>,
    ) -> Ended<T> {
        let plugin = Arc::from(self.manifest.id.as_str());
        let traffic = Traffic::default();
        let mail = self.mail(target, &vault, &traffic).filter(|_| pure.is_none());
        let options = CallOptions { pre: &self.pre, plugin, channel: &target.id, vault, pure, traffic, mail };
        self.runtime.call(options, export).await
    }

    /// What a call may mail, where the manifest asks for it.
    fn mail(&self, target: &Target, vault: &Vault, traffic: &Traffic) -> Option<MailAccess> {
        let rule = &self.manifest.mail;
        let audiences: Vec<_> = rule.audiences.iter().filter(|a| self.grant.allows_mail(a)).cloned().collect();
        let outbox = target.outbox.as_ref().filter(|_| !rule.audiences.is_empty())?;
        let mailbox = ChannelMailbox {
            office: Arc::clone(&self.runtime.post_office),
            scope: outbox.scope.clone(),
            channel: outbox.channel.clone(),
            own_server: self.own_mail_server(vault),
            posture: outbox.posture,
            recipient_kind: rule.recipient_kind(&outbox.channel.settings),
            keys: Default::default(),
            traffic: traffic.clone(),
        };
        Some(MailAccess { mailbox: Arc::new(mailbox), audiences })
    }

    /// What a call of this channel may use of its secrets.
    pub(crate) fn vault(&self, settings: &Value, secrets: &Secrets) -> Vault {
        Vault::open(Arc::clone(&self.manifest), &self.grant, settings, secrets)
    }

    /// The channel's own mail server, where it has one.
    ///
    /// # Errors
    /// When it is set and can't be used: then no other is used in its place.
    pub(crate) fn own_mail_server(&self, vault: &Vault) -> Result<Option<Zeroizing<String>>, String> {
        let Some(name) = self.manifest.mail.smtp_secret.as_deref() else { return Ok(None) };
        Ok(vault.optional(name)?.map(|url| url.to_owned().into()))
    }

    /// Whether the manifest asks for this audience and the operator lets it be mailed.
    pub(crate) fn may_mail(&self, audience: &Audience) -> bool {
        self.manifest.mail.audiences.contains(audience) && self.grant.allows_mail(audience)
    }

    /// Where a channel's mail may go now; `None` if the operator lets the plugin mail nobody.
    pub(crate) fn mail_addresses(&self, channel: &Channel) -> Option<Vec<String>> {
        let granted: Vec<_> = self.manifest.mail.audiences.iter().filter(|a| self.grant.allows_mail(a)).collect();
        let of = |audience: &&Audience| recipients(&channel.settings, audience).unwrap_or_default();
        (!granted.is_empty()).then(|| granted.iter().flat_map(of).collect())
    }

    /// Settings and secrets are checked before every call: the plugin may be newer than they are.
    fn prepare(&self, target: &Target, secrets: &Secrets) -> Result<(types::Target, Arc<Vault>), CallError> {
        let settings = self.settled(&target.settings)?;
        if let Err(errors) = self.validate_secrets(secrets) {
            let said: Vec<String> =
                errors.0.iter().map(|e| format!("{} {}", e.pointer.trim_start_matches('/'), e.problem)).collect();
            return Err(CallError::Unauthorized(said.join("; ")));
        }
        let vault = self.vault(&settings, secrets);
        Ok((convert::target(target, &settings, secrets.names()), Arc::new(vault)))
    }

    fn settled(&self, settings: &Value) -> Result<Value, CallError> {
        self.validate_settings(settings).map_err(|errors| {
            let each = errors.0.into_iter();
            CallError::InvalidSettings(
                each.map(|e| SettingError { pointer: e.pointer, message: e.problem.to_string() }).collect(),
            )
        })
    }

    /// From what the guest returned to what it means. `accept` checks a good result.
    fn settle<T, U>(
        &self,
        ended: Ended<Result<T, types::Error>>,
        vault: &Vault,
        accept: impl FnOnce(&Incoming<'_>, T) -> Result<U, String>,
    ) -> Call<U> {
        let incoming = Incoming { scrubber: &vault.scrubber };
        let result = match ended.returned {
            Err(fault) => Err(CallError::PluginFault(fault)),
            Ok(Ok(value)) => accept(&incoming, value).map_err(CallError::PluginFault),
            Ok(Err(error)) => {
                Err(incoming.error(error, |new| self.validate_settings(new).map_err(|errors| errors.to_string())))
            }
        };
        if let Err(CallError::PluginFault(fault)) = &result {
            tracing::warn!(plugin = self.id(), fault, "a plugin failed");
        }
        Call { result, status: ended.traffic.last_status(), duration: ended.duration, holds: ended.traffic.holds() }
    }
}

const LOST: &str = "a request left and its answer was lost: the message may be there";

/// A call that wasn't made.
fn refused<T>(error: CallError) -> Call<T> {
    Call { result: Err(error), status: None, duration: std::time::Duration::ZERO, holds: Vec::new() }
}
