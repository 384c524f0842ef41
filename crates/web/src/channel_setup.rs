//! Adding, changing and verifying a channel, with the checks of the plugin's schema. Pages and the API both use it.

use serde_json::Value;
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Channel, ChannelUpdate, NewChannel, Secrets};
use tablon_core::{Actor, Error, Result, TenantScope};
use tablon_publisher::reconcile::lane_specs;
use tablon_publisher::{CallError, Target, Verified};
use uuid::Uuid;

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
}

/// Adds a channel. Nothing is sent; [`verify`] asks whether the platform accepts the credential.
///
/// # Errors
/// `Invalid` with pointers `/plugin`, `/settings/…` and `/secrets/…`.
pub async fn create(state: &AppState, tenant: &TenantScope, form: ChannelForm, by: Actor) -> Result<Channel> {
    let plugin = state.host.plugin(&form.plugin).ok_or_else(|| unknown_plugin(state))?;
    let mut errors = FieldErrors::default();
    let settings = take(plugin.validate_settings(&form.settings), "/settings", &mut errors);
    take(plugin.validate_secrets(&form.secrets), "/secrets", &mut errors);
    errors.into_result()?;
    let settings = settings.unwrap_or_default();
    let lanes = lane_specs(&plugin, tenant.id, &settings, &form.secrets, &state.keys.lanes());
    let new = NewChannel { plugin: form.plugin, name: form.name, settings, secrets: form.secrets, lanes };
    tenant.channels().create(new, by).await
}

/// Changes a channel.
///
/// # Errors
/// `NotFound`; `Invalid` with pointers `/settings/…`, `/secrets/…`, `/template` and `/delivery/…`. A secret that the
/// new settings could send to another address must be entered again: otherwise anybody who may change settings could
/// have it sent to their own server. A secret that the plugin requires can't be removed.
pub async fn update(
    state: &AppState,
    tenant: &TenantScope,
    id: Uuid,
    change: ChannelChange,
    by: Actor,
) -> Result<Channel> {
    let channel = tenant.channels().get(id).await?.ok_or(Error::NotFound)?;
    let forget: Vec<String> = change.forget.into_iter().filter(|name| change.secrets.get(name).is_none()).collect();
    let renews = change.settings.is_some() || change.secrets.names().next().is_some() || !forget.is_empty();
    let mut update = ChannelUpdate { name: change.name, ..ChannelUpdate::default() };
    let mut changed = channel.clone();
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
                let problem =
                    FieldProblem::Said("must be given again, because it would go to another address now".into());
                errors.push(format!("/secrets/{name}"), problem);
            }
        }
        errors.into_result()?;
        changed.settings.clone_from(&settings);
        changed.secret_names = secrets.names().map(str::to_owned).collect();
        update.lanes = Some(lane_specs(&plugin, tenant.id, &settings, &secrets, &state.keys.lanes()));
        update.settings = change.settings.is_some().then_some(settings);
        update.secrets = change.secrets;
        update.forget = forget;
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
    tenant.channels().update(id, update, by).await
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
    by: Actor,
) -> std::result::Result<Verified, PlatformError> {
    let channel = tenant.channels().get(id).await?.ok_or(Error::NotFound)?;
    let plugin = state.host.plugin(&channel.plugin).ok_or_else(|| PlatformError::NoPlugin(channel.plugin.clone()))?;
    let secrets = tenant.channels().secrets(id).await?;
    let verified =
        plugin.verify(&Target::of(tenant, &channel), &secrets).await.result.map_err(PlatformError::Refused)?;
    let account = &verified.account;
    tenant.channels().verified(&channel, &account.label, account.url.as_deref(), verified.remember.clone(), by).await?;
    Ok(verified)
}

fn take<T>(checked: std::result::Result<T, FieldErrors>, prefix: &str, errors: &mut FieldErrors) -> Option<T> {
    checked.map_err(|wrong| errors.0.extend(wrong.under(prefix).0)).ok()
}

fn unknown_plugin(state: &AppState) -> Error {
    if state.host.is_reloading() {
        let words = "is not ready: plugins are still being compiled; try again in a minute".to_owned();
        return FieldErrors::one("/plugin", FieldProblem::Said(words)).into();
    }
    let installed: Vec<String> = state.host.plugins().iter().map(|plugin| plugin.id().to_owned()).collect();
    FieldErrors::one("/plugin", FieldProblem::NotOption { options: installed.join(", ") }).into()
}

fn gone_plugin(channel: &Channel) -> Error {
    let words = format!("the plugin {} is not installed any more", channel.plugin);
    FieldErrors::one("/plugin", FieldProblem::Said(words)).into()
}
