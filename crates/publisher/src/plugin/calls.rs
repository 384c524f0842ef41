//! All calls of a plugin.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tablon_core::{Posting, Secrets};
use wasmtime::Store;

use super::Plugin;
use crate::bindings::{Publisher, publishing, types};
use crate::call::{CallOptions, Ended, Export};
use crate::capability::vault::Vault;
use crate::convert::{self, Incoming};
use crate::description::Repeat;
use crate::outcome::{
    Call, CallError, Fault, FaultKind, Located, Presence, Preview, Receipt, RetractMode, SettingError, Verified,
};
use crate::sandbox::Sandbox;
use crate::target::{AttemptContext, Target};
use crate::traffic::Traffic;

const LOST: &str = "a request left and its answer was lost: the message may be there";

impl Plugin {
    /// Exactly what `publish` would send. Pure: nothing is sent.
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

    /// Whether a publish to this target may be repeated after a lost answer. A plugin that fails to answer counts as
    /// no.
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
        let context = convert::context(self.clock.now());
        self.ask(
            target,
            secrets,
            |guest, store, target| Box::pin(async move { guest.call_verify(store, &target, &context).await }),
            |incoming, verified| incoming.verified(verified),
        )
        .await
        .0
    }

    /// Sends the posting. A lost answer is [`CallError::Uncertain`], whatever the plugin says.
    pub async fn publish(
        &self,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Receipt> {
        let (posting, attempt) = (convert::posting(posting), convert::attempt(attempt));
        let (mut call, traffic) = self
            .ask(
                target,
                secrets,
                |guest, store, target| {
                    Box::pin(async move { guest.call_publish(store, &posting, &target, &attempt).await })
                },
                |incoming, receipt| incoming.receipt(receipt),
            )
            .await;
        call.result = as_the_wire_saw_it(call.result, &traffic);
        call
    }

    /// Brings a copy up to date, and finishes an unfinished one.
    pub async fn update(
        &self,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Receipt> {
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let attempt = convert::attempt(attempt);
        self.ask(
            target,
            secrets,
            |guest, store, target| {
                Box::pin(async move { guest.call_update(store, &receipt, &posting, &target, &attempt).await })
            },
            |incoming, receipt| incoming.receipt(receipt),
        )
        .await
        .0
    }

    /// Deletes a copy, or marks it as over. `None`: it is deleted.
    pub async fn retract(
        &self,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Option<Receipt>> {
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let (mode, attempt) = (convert::retract_mode(mode), convert::attempt(attempt));
        self.ask(
            target,
            secrets,
            |guest, store, target| {
                Box::pin(async move { guest.call_retract(store, &receipt, mode, &posting, &target, &attempt).await })
            },
            |incoming, left| left.map(|left| incoming.receipt(left)).transpose(),
        )
        .await
        .0
    }

    /// After an uncertain publish: is it there?
    pub async fn locate(
        &self,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
        attempt: &AttemptContext,
    ) -> Call<Located> {
        let (posting, attempt) = (convert::posting(posting), convert::attempt(attempt));
        self.ask(
            target,
            secrets,
            |guest, store, target| Box::pin(async move { guest.call_locate(store, &posting, &target, &attempt).await }),
            |incoming, located| incoming.located(located),
        )
        .await
        .0
    }

    /// Is the copy still as the posting says?
    pub async fn check(
        &self,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        secrets: &Secrets,
    ) -> Call<Presence> {
        let (receipt, posting) = (convert::receipt_out(receipt), convert::posting(posting));
        let context = convert::context(self.clock.now());
        self.ask(
            target,
            secrets,
            |guest, store, target| {
                Box::pin(async move { guest.call_check(store, &receipt, &posting, &target, &context).await })
            },
            |incoming, presence| Ok(incoming.presence(presence)),
        )
        .await
        .0
    }

    /// A person says "it is there" and names the copy. `posting` is what it should show.
    pub async fn adopt(&self, reference: &str, posting: &Posting, target: &Target, secrets: &Secrets) -> Call<Receipt> {
        let (reference, posting) = (reference.to_owned(), convert::posting(posting));
        let context = convert::context(self.clock.now());
        self.ask(
            target,
            secrets,
            |guest, store, target| {
                Box::pin(async move { guest.call_adopt(store, &reference, &posting, &target, &context).await })
            },
            |incoming, receipt| incoming.receipt(receipt),
        )
        .await
        .0
    }

    /// A call that may contact the platform: settings and secrets are checked before it, because the plugin may be
    /// newer than they are, and its answer after it. `accept` checks a successful answer.
    async fn ask<T, U>(
        &self,
        target: &Target,
        secrets: &Secrets,
        export: impl for<'a> FnOnce(
            &'a publishing::Guest,
            &'a mut Store<Sandbox>,
            types::Target,
        ) -> Export<'a, Result<T, types::Error>>,
        accept: impl FnOnce(&Incoming<'_>, T) -> Result<U, Fault>,
    ) -> (Call<U>, Traffic) {
        let (wire, vault) = match self.prepare(target, secrets) {
            Ok(prepared) => prepared,
            Err(error) => return (refused(error), Traffic::default()),
        };
        let ended = self
            .call(target, Arc::clone(&vault), None, |guest, store| {
                export(guest.tablon_plugin_publishing(), store, wire)
            })
            .await;
        let traffic = ended.traffic.clone();
        (self.settle(ended, &vault, accept), traffic)
    }

    async fn call<T>(
        &self,
        target: &Target,
        vault: Arc<Vault>,
        pure: Option<&'static str>,
        export: impl for<'a> FnOnce(&'a Publisher, &'a mut Store<Sandbox>) -> Export<'a, T>,
    ) -> Ended<T> {
        let plugin = Arc::from(self.manifest.id.as_str());
        let traffic = Traffic::default();
        let mail = self.mail(target, &vault, &traffic).filter(|_| pure.is_none());
        let options = CallOptions { pre: &self.pre, plugin, channel: &target.id, vault, pure, traffic, mail };
        self.runtime.call(options, export).await
    }

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

    /// Converts the guest's result. `accept` checks a successful one.
    fn settle<T, U>(
        &self,
        ended: Ended<Result<T, types::Error>>,
        vault: &Vault,
        accept: impl FnOnce(&Incoming<'_>, T) -> Result<U, Fault>,
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
            tracing::warn!(plugin = self.id(), %fault, "a plugin failed");
        }
        Call {
            result,
            status: ended.traffic.last_status(),
            duration: ended.duration,
            holds: ended.traffic.holds(),
            denied: ended.traffic.was_denied(),
        }
    }
}

/// The result of a publish, corrected by the host's record of the traffic.
fn as_the_wire_saw_it(result: Result<Receipt, CallError>, traffic: &Traffic) -> Result<Receipt, CallError> {
    let (lost, accepted) = (traffic.lost_an_answer(), traffic.was_accepted());
    match result {
        Err(CallError::Uncertain(words)) => Err(CallError::Uncertain(words)),
        Ok(_) if lost => Err(CallError::Uncertain(LOST.to_owned())),
        // It wasn't stopped while it waited for the platform: it failed by itself, whatever became of the request.
        Err(CallError::PluginFault(fault)) if (lost && fault.kind != FaultKind::TookTooLong) || accepted => {
            Err(CallError::FaultAfterSending(fault))
        }
        Err(error) if lost => Err(CallError::Uncertain(format!("{LOST} ({error})"))),
        // The platform accepted a request, and a later one failed: a repetition might send it twice.
        Err(error @ (CallError::Transient(_) | CallError::RateLimited { .. } | CallError::Moved(_))) if accepted => {
            Err(CallError::Uncertain(format!("the platform accepted a request, and then refused another: {error}")))
        }
        other => other,
    }
}

/// A call that wasn't made.
fn refused<T>(error: CallError) -> Call<T> {
    Call { result: Err(error), status: None, duration: Duration::ZERO, holds: Vec::new(), denied: false }
}
