//! Adding, changing and verifying a channel, with the checks of the plugin's schema and of the connection. Pages and the
//! API both use it.

mod shared;

use serde_json::Value;
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Channel, ChannelUpdate, CheckedChannel, NewChannel, Secrets};
use tablon_core::{Actor, Error, Result, TenantScope};
use tablon_publisher::reconcile::lane_specs;
use tablon_publisher::{CallError, Target, Verified};
use uuid::Uuid;

pub use shared::{Sharing, sharing};

use crate::channel_template;
use crate::state::AppState;

/// The form of a new channel, as an admin filled it in.
#[derive(Debug, Clone)]
pub struct ChannelForm {
    /// The plugin's id.
    pub plugin: String,
    /// What the tenant calls the channel.
    pub name: String,
    /// Its settings, not checked yet.
    pub settings: Value,
    /// Its secrets, not checked yet.
    pub secrets: Secrets,
    /// What posters see it called; the account's name on the platform if absent.
    pub public_name: Option<String>,
}

/// An admin's changes of a channel; `None` leaves a part as it is.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// What the tenant calls the channel.
    pub name: Option<String>,
    /// Its complete settings, not checked yet.
    pub settings: Option<Value>,
    /// Secrets to set, not checked yet; those not named stay.
    pub secrets: Secrets,
    /// The names of secrets to remove; one that is set as well is set.
    pub forget: Vec<String>,
    /// The message template; `Some(None)` goes back to the plugin's own.
    pub template: Option<Option<String>>,
    /// Its complete delivery policy, not checked yet.
    pub delivery: Option<Value>,
    /// What posters see it called; `Some(None)` goes back to the account's name.
    pub public_name: Option<Option<String>>,
    /// The names of secrets that the board's other channels with the same value get too.
    pub share: Vec<String>,
}

/// Who changes a channel.
#[derive(Debug, Clone, Copy)]
pub struct Editor<'a> {
    /// For the audit log.
    pub actor: Actor,
    /// The language of what the check of the connection finds (BCP 47).
    pub locale: &'a str,
}

/// Adds a channel, after its connection was checked in at most ten seconds: it works, or it is paused with the problem.
///
/// # Errors
/// `Invalid` with pointers `/plugin`, `/name`, `/public_name`, `/settings/…` and `/secrets/…`.
pub async fn create(state: &AppState, tenant: &TenantScope, form: ChannelForm, by: Editor<'_>) -> Result<Channel> {
    let plugin = state.host.plugin(&form.plugin).ok_or_else(|| unknown_plugin(state))?;
    let mut errors = FieldErrors::default();
    let settings = take(plugin.validate_settings(&form.settings), "/settings", &mut errors);
    take(plugin.validate_secrets(&form.secrets), "/secrets", &mut errors);
    take(tenant.channels().check_names(Some(&form.name), form.public_name.as_deref()), "", &mut errors);
    errors.into_result()?;
    let (id, settings) = (Uuid::now_v7(), settings.unwrap_or_default());
    let lanes = |settings: &Value| lane_specs(&plugin, tenant.id, settings, &form.secrets, &state.keys.lanes());
    let mut new = NewChannel {
        plugin: form.plugin.clone(),
        name: form.name,
        lanes: lanes(&settings),
        settings,
        secrets: form.secrets.clone(),
    };
    let target = target(tenant, &tenant.channels().draft(id, &new), by.locale);
    let checked = plugin.check_connection(target, &form.secrets).await;
    if let Some(settings) = checked.settings {
        new.lanes = lanes(&settings);
        new.settings = settings;
    }
    let checked = CheckedChannel { id, new, public_name: form.public_name, check: checked.check };
    tenant.channels().create_checked(checked, by.actor).await
}

/// Changes a channel. Where settings or secrets change, the connection is checked first, in at most ten seconds: a
/// channel that was refused works again if the check passes, and one that worked is paused if it doesn't.
///
/// # Errors
/// `NotFound`; `Invalid` with pointers `/name`, `/public_name`, `/settings/…`, `/secrets/…`, `/template` and
/// `/delivery/…`; `Conflict` if a channel that shares a secret was changed meanwhile. A secret that the
/// new settings could send to another address must be entered again: otherwise anybody who may change settings could
/// have it sent to their own server. A secret that the plugin requires can't be removed.
pub async fn update(
    state: &AppState,
    tenant: &TenantScope,
    id: Uuid,
    change: ChannelChange,
    by: Editor<'_>,
) -> Result<Channel> {
    let channel = tenant.channels().get(id).await?.ok_or(Error::NotFound)?;
    let forget: Vec<String> = change.forget.into_iter().filter(|name| change.secrets.get(name).is_none()).collect();
    let renews = change.settings.is_some() || change.secrets.names().next().is_some() || !forget.is_empty();
    tenant.channels().check_names(change.name.as_deref(), change.public_name.as_ref().and_then(Option::as_deref))?;
    let mut update = ChannelUpdate { name: change.name, public_name: change.public_name, ..ChannelUpdate::default() };
    let mut changed = channel.clone();
    let mut checks = None;
    if renews {
        let plugin = state.host.plugin(&channel.plugin).ok_or_else(|| gone_plugin(&channel))?;
        let known = tenant.channels().secrets(id).await?;
        let kept: Secrets = known.iter().filter(|(name, _)| !forget.iter().any(|gone| gone == name)).collect();
        let secrets: Secrets = kept.iter().chain(change.secrets.iter()).collect();
        let mut errors = FieldErrors::default();
        // Secrets that an older version of the plugin used may be removed as well.
        let is_one = |name: &String| plugin.manifest().secrets.contains_key(name) || known.get(name).is_some();
        for name in forget.iter().filter(|name| !is_one(name)) {
            errors.push(format!("/secrets/{name}"), FieldProblem::UnknownField);
        }
        let wanted = change.settings.as_ref().unwrap_or(&channel.settings);
        let settings = take(plugin.validate_settings(wanted), "/settings", &mut errors).unwrap_or_default();
        take(plugin.validate_secrets(&secrets), "/secrets", &mut errors);
        for name in plugin.secrets_rebound(&channel.settings, &settings, &kept) {
            if change.secrets.get(&name).is_none() {
                errors.push(format!("/secrets/{name}"), FieldProblem::SecretRebound);
            }
        }
        errors.into_result()?;
        changed.settings.clone_from(&settings);
        changed.secret_names = secrets.names().map(str::to_owned).collect();
        changed.remembered.clear();
        update.secrets = change.secrets;
        update.forget = forget;
        update.settings = change.settings.is_some().then_some(settings);
        checks = Some((plugin, secrets));
    }
    if let Some(template) = change.template {
        let template = template.as_deref().and_then(channel_template::normal);
        if let Some(template) = &template {
            let plugin = state.host.plugin(&channel.plugin).ok_or_else(|| gone_plugin(&channel))?;
            channel_template::check(state, tenant, &plugin, &changed, template).await?;
        }
        update.template = Some(template);
    }
    if let Some(delivery) = change.delivery {
        let policy = DeliveryPolicy::parse(&delivery, &tenant.form).map_err(|errors| errors.under("/delivery"))?;
        update.delivery = Some(policy);
    }
    let Some((plugin, secrets)) = checks else { return tenant.channels().update(id, update, by.actor).await };
    let others = shared::others(tenant, &channel, (&update.secrets, &change.share)).await?;
    let (checked, shared) = futures::future::join(
        plugin.check_connection(target(tenant, &changed, by.locale), &secrets),
        shared::check(state, tenant, &plugin, others, by.locale),
    )
    .await;
    if let Some(settings) = checked.settings {
        changed.settings.clone_from(&settings);
        update.settings = Some(settings);
    }
    update.lanes = Some(lane_specs(&plugin, tenant.id, &changed.settings, &secrets, &state.keys.lanes()));
    update.check = Some(checked.check);
    update.shared = shared;
    tenant.channels().update(id, update, by.actor).await
}

/// The channel for a check whose sentences are in this language.
fn target(tenant: &TenantScope, channel: &Channel, locale: &str) -> Target {
    Target { locale: locale.to_owned(), ..Target::of(tenant, channel) }
}

/// Why the platform couldn't be asked.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The domain failed.
    #[error(transparent)]
    Domain(#[from] Error),
    /// The plugin isn't installed any more.
    #[error("the plugin {0} is not installed")]
    NoPlugin(String),
    /// The platform or the plugin refused, or couldn't be reached.
    #[error(transparent)]
    Refused(CallError),
}

/// Asks the platform whether the credential is valid and may post there; stores the account's name.
///
/// # Errors
/// `NotFound`, or the platform's answer.
pub async fn verify(
    state: &AppState,
    tenant: &TenantScope,
    id: Uuid,
    by: Editor<'_>,
) -> std::result::Result<Verified, PlatformError> {
    let channel = tenant.channels().get(id).await?.ok_or(Error::NotFound)?;
    let plugin = state.host.plugin(&channel.plugin).ok_or_else(|| PlatformError::NoPlugin(channel.plugin.clone()))?;
    let secrets = tenant.channels().secrets(id).await?;
    let target = target(tenant, &channel, by.locale);
    let verified = plugin.verify(&target, &secrets).await.result.map_err(PlatformError::Refused)?;
    let (account, remember) = (&verified.account, verified.remember.clone());
    tenant.channels().verified(&channel, &account.label, account.url.as_deref(), remember, by.actor).await?;
    Ok(verified)
}

fn take<T>(checked: std::result::Result<T, FieldErrors>, prefix: &str, errors: &mut FieldErrors) -> Option<T> {
    checked.map_err(|wrong| errors.0.extend(wrong.under(prefix).0)).ok()
}

fn unknown_plugin(state: &AppState) -> Error {
    if state.host.is_reloading() {
        return FieldErrors::one("/plugin", FieldProblem::PluginNotReady).into();
    }
    let installed: Vec<String> = state.host.plugins().iter().map(|plugin| plugin.id().to_owned()).collect();
    FieldErrors::one("/plugin", FieldProblem::NotOption { options: installed.join(", ") }).into()
}

fn gone_plugin(channel: &Channel) -> Error {
    FieldErrors::one("/plugin", FieldProblem::PluginGone { plugin: channel.plugin.clone() }).into()
}
