//! Where the board publishes to.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Channel, ChannelState, FieldFinding, LaneStatus, ProblemKind, Secrets};
use tablon_publisher::CallError;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForPlugins, ForQueries, ForStaff, List, created};
use super::body::{Body, DeliveryPatch, Fields, Given, Member, Text, request_body};
use super::idempotency::{self, IdempotencyKey, once};
use super::path::Id;
use super::query::query_params;
use crate::auth::{AsAdmin, AsModerator, Bearer};
use crate::channel_setup::{self, ChannelChange, ChannelForm, Editor, PlatformError};
use crate::channel_template::MAX_TEMPLATE;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, remove))
        .routes(routes!(lanes))
        .routes(routes!(verify))
        .routes(routes!(pause))
        .routes(routes!(resume))
}

/// A channel. Its secrets are never shown; only which ones are set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub(crate) struct ChannelOut {
    id: Uuid,
    /// The plugin's id.
    #[schema(example = "telegram")]
    plugin: String,
    name: String,
    /// As the plugin's schema describes them.
    #[schema(value_type = Object)]
    settings: Value,
    /// Whether it works.
    #[schema(example = "active")]
    state: ChannelState,
    /// Why it is paused.
    problem: Option<String>,
    /// What is wrong, where the platform or the plugin said so.
    problem_kind: Option<ProblemKind>,
    /// The fields that the problem is about.
    problem_fields: Vec<FieldFinding>,
    /// What won't work as well as it could, by the last check of the connection.
    warnings: Vec<String>,
    /// What posters see it called, if the board chose a name for them.
    public_name: Option<String>,
    /// The message template; the plugin's own if absent.
    template: Option<String>,
    /// Which jobs it is given, and when.
    delivery: DeliveryPolicy,
    /// Whose it is on the platform, once verified.
    account: Option<AccountOut>,
    /// The names of the secrets that are set.
    secrets: Vec<String>,
    created_at: DateTime<Utc>,
}

/// An account on a platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountOut {
    #[schema(example = "@acme_jobs")]
    label: String,
    url: Option<String>,
}

impl From<Channel> for ChannelOut {
    fn from(channel: Channel) -> Self {
        let url = channel.account_url;
        Self {
            id: channel.id,
            plugin: channel.plugin,
            name: channel.name,
            settings: channel.settings,
            state: channel.state,
            problem: channel.problem,
            problem_kind: channel.findings.kind,
            problem_fields: channel.findings.fields,
            warnings: channel.findings.warnings,
            public_name: channel.public_name,
            template: channel.template,
            delivery: channel.delivery,
            account: channel.account_label.map(|label| AccountOut { label, url }),
            secrets: channel.secret_names,
            created_at: channel.created_at,
        }
    }
}

request_body! {
    /// A channel that is to be made.
    pub(crate) struct ChannelIn as "NewChannel" {
        /// The id of an installed plugin.
        #[example("telegram")]
        plugin: Text<63>,
        /// What the board calls it; the plugin's id if absent.
        name: Given<Text<100>>,
        /// As the plugin's `settings_schema` says.
        settings: Map<String, Value>,
        /// By name. They are sealed, and never come back.
        secrets: SecretsPatch,
        /// What posters see it called; the account's name on the platform if absent.
        public_name: Given<Option<Text<100>>>,
    }
}

request_body! {
    /// What can be changed about a channel; what is left out stays as it is.
    pub(crate) struct ChannelPatch as "ChannelPatch" {
        name: Given<Text<100>>,
        /// Merged into the present settings; `null` takes one away.
        settings: Given<Map<String, Value>>,
        /// Those to set, by name; `null` takes one away that is stored. The others stay.
        secrets: SecretsPatch,
        /// `null` goes back to the plugin's own.
        template: Given<Option<Text<MAX_TEMPLATE>>>,
        /// Merged into the present policy; `null` takes a part of it away, or all of it.
        delivery: Given<DeliveryPatch>,
        /// What posters see it called; `null` goes back to the account's name on the platform.
        public_name: Given<Option<Text<100>>>,
        /// `true`: the board's other channels that hold the same old value of one of `secrets` get the new one too.
        share_secrets: Given<bool>,
    }
}

/// Secrets by name, and the names of those that are to be taken away.
#[derive(Debug, Default)]
pub(crate) struct SecretsPatch {
    set: Secrets,
    forget: Vec<String>,
}

impl Member for SecretsPatch {
    const REQUIRED: bool = false;

    /// Whatever is wrong with one, it is not repeated.
    fn read(fields: &mut Fields, name: &str) -> Option<Self> {
        let mut secrets = Self::default();
        for (secret, value) in fields.object(name) {
            match value {
                Value::String(value) => secrets.set.insert(secret, value),
                Value::Null => secrets.forget.push(secret),
                _ => fields.wrong_too(FieldErrors::one(format!("/{name}/{secret}"), FieldProblem::NotText)),
            }
        }
        Some(secrets)
    }

    fn describe() -> RefOr<Schema> {
        let secret = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
            .additional_properties(Some(Schema::from(secret.build())))
            .write_only(true)
            .into()
    }
}

/// What the platform says of a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verified)]
pub(crate) struct VerifiedOut {
    account: AccountOut,
    /// What won't work as well as it could.
    warnings: Vec<String>,
}

/// List the channels.
#[utoipa::path(
    get, path = "/channels", operation_id = "list_channels", tag = "channels", security(("token" = [])),
    responses((status = 200, description = "The channels, oldest first.", body = List<ChannelOut>), ForStaff)
)]
async fn list(caller: Bearer<AsModerator>) -> Result<Json<List<ChannelOut>>, Problem> {
    let channels = caller.tenant.channels().list().await?;
    Ok(Json(List::whole(channels.into_iter().map(ChannelOut::from).collect())))
}

/// Add a channel.
///
/// The connection is checked before the answer, in at most ten seconds: the channel is `active`, or `paused` with the
/// `problem`, and saved in both cases. Jobs that are on the board already are not published there. Needs the role admin.
#[utoipa::path(
    post, path = "/channels", operation_id = "create_channel", tag = "channels", security(("token" = [])), request_body = ChannelIn,
    params(IdempotencyKey),
    responses((status = 201, description = "The channel.", body = ChannelOut), ForStaff, ForBodies, ForChanges)
)]
async fn create(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let (whose, request) = (idempotency::token(caller.id), format!("POST /channels {body}"));
    once(&state.clone(), &caller.tenant.clone(), (&whose, &headers), &request, async move {
        let form = form(body)?;
        let channel = channel_setup::create(&state, &caller.tenant, form, editor(&caller)).await?;
        Ok(created(ChannelOut::from(channel)))
    })
    .await
}

/// Read a channel.
#[utoipa::path(
    get, path = "/channels/{id}", operation_id = "get_channel", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The channel.", body = ChannelOut), ForStaff)
)]
async fn read(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<ChannelOut>, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(channel.into()))
}

/// Change a channel.
///
/// Takes a JSON merge patch. A template applies from the next publish or edit. A secret that would go to
/// another address under the new settings must be given again. One that the plugin requires can be replaced and not
/// taken away. With new settings or secrets, the connection is checked before the answer, in at most ten seconds: a
/// channel that was refused works again if it passes, and one that worked is paused with the `problem` if it doesn't.
/// Needs the role admin.
#[utoipa::path(
    patch, path = "/channels/{id}", operation_id = "update_channel", tag = "channels", security(("token" = [])), request_body = ChannelPatch,
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The channel as it is now.", body = ChannelOut), ForStaff, ForBodies)
)]
async fn update(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<ChannelOut>, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let patch = ChannelPatch::read(body)?;
    let settings = patch.settings.map(|members| {
        let mut settings = channel.settings.clone();
        for (name, value) in members {
            settings[name] = value;
        }
        settings
    });
    let delivery = match patch.delivery {
        Given::Nothing => None,
        Given::Value(DeliveryPatch(patch)) => {
            let mut policy = serde_json::to_value(&channel.delivery).map_err(tablon_core::Error::from)?;
            merge(&mut policy, patch);
            // `null` for the whole is the usual policy: every job, at once.
            Some(if policy.is_null() { json!({}) } else { policy })
        }
    };
    let shares = patch.share_secrets.into_option().unwrap_or(false);
    let change = ChannelChange {
        name: patch.name.map(Text::into_string),
        settings,
        template: patch.template.map(|template| template.map(Text::into_string)),
        delivery,
        public_name: patch.public_name.map(|name| name.map(Text::into_string)),
        share: if shares { patch.secrets.set.names().map(str::to_owned).collect() } else { Vec::new() },
        secrets: patch.secrets.set,
        forget: patch.secrets.forget,
    };
    let channel = channel_setup::update(&state, &caller.tenant, id, change, editor(&caller)).await?;
    Ok(Json(channel.into()))
}

query_params! {
    /// How to remove it.
    struct RemovalQuery {
        /// `true`: copies that are there may be left behind. `false` unless said.
        abandon: bool,
    }
}

/// Remove a channel.
///
/// 409 as long as copies of jobs are there: retract them first, or abandon them. Abandoned copies stay on the
/// platform and follow no job any more. Needs the role admin.
#[utoipa::path(
    delete, path = "/channels/{id}", operation_id = "delete_channel", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id."), RemovalQuery),
    responses((status = 204, description = "Removed."), ForStaff, ForChanges, ForQueries)
)]
async fn remove(
    caller: Bearer<AsAdmin>,
    Id(id): Id,
    RemovalQuery { abandon }: RemovalQuery,
) -> Result<StatusCode, Problem> {
    if abandon {
        caller.tenant.channels().abandon(id, caller.audited()).await?;
    } else {
        caller.tenant.channels().delete(id, caller.audited()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// List what holds up a channel.
///
/// Its lanes: one for everything that shares its credential, one for everything that goes to the same place.
#[utoipa::path(
    get, path = "/channels/{id}/lanes", operation_id = "list_lanes", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The lanes.", body = List<LaneStatus>), ForStaff)
)]
async fn lanes(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<List<LaneStatus>>, Problem> {
    Ok(Json(List::whole(caller.tenant.channels().lanes(id).await?)))
}

/// Verify a channel.
///
/// Asks the platform whether the credential is good and may post there. 422 with the platform's own words
/// otherwise. Needs the role admin.
#[utoipa::path(
    post, path = "/channels/{id}/verify", operation_id = "verify_channel", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "It may post.", body = VerifiedOut),
        ForStaff, ForPlugins,
    )
)]
async fn verify(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Id(id): Id,
) -> Result<Json<VerifiedOut>, Problem> {
    match channel_setup::verify(&state, &caller.tenant, id, editor(&caller)).await {
        Ok(verified) => {
            let account = AccountOut { label: verified.account.label, url: verified.account.url };
            Ok(Json(VerifiedOut { account, warnings: verified.warnings }))
        }
        Err(PlatformError::Domain(error)) => Err(error.into()),
        Err(error @ PlatformError::NoPlugin(_)) => Err(Problem::refused(error.to_string())),
        Err(PlatformError::Refused(error)) => Err(refused(error)),
    }
}

/// Pause a channel.
///
/// What should be sent there waits. Needs the role admin.
#[utoipa::path(
    post, path = "/channels/{id}/pause", operation_id = "pause_channel", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The channel as it is now.", body = ChannelOut), ForStaff)
)]
async fn pause(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<ChannelOut>, Problem> {
    Ok(Json(caller.tenant.channels().pause(id, None, caller.audited()).await?.into()))
}

/// Resume a channel.
///
/// What waited is due at once. 409 while everybody it mails to has unsubscribed: lift that first, or change the address.
/// Needs the role admin.
#[utoipa::path(
    post, path = "/channels/{id}/resume", operation_id = "resume_channel", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The channel as it is now.", body = ChannelOut), ForStaff, ForChanges)
)]
async fn resume(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<ChannelOut>, Problem> {
    Ok(Json(caller.tenant.channels().resume(id, caller.audited()).await?.into()))
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(members) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in members {
        match target.as_object_mut() {
            Some(object) if value.is_null() => drop(object.remove(&name)),
            Some(object) => merge(object.entry(name).or_insert(Value::Null), value),
            None => {}
        }
    }
}

fn form(body: Value) -> Result<ChannelForm, Problem> {
    let ChannelIn { plugin, name, settings, secrets, public_name } = ChannelIn::read(body)?;
    let plugin = plugin.into_string();
    // Without a name it is called after its kind, until somebody has a better word.
    let name = name.map(Text::into_string).unwrap_or_else(|| plugin.clone());
    // There is no secret to take away yet.
    let public_name = public_name.map(|name| name.map(Text::into_string)).unwrap_or_default();
    Ok(ChannelForm { plugin, name, settings: Value::Object(settings), secrets: secrets.set, public_name })
}

/// A program reads the board's own language.
fn editor(caller: &Bearer<AsAdmin>) -> Editor<'_> {
    Editor { actor: caller.audited(), locale: &caller.tenant.locale }
}

/// What the platform said, pinned to the field where it belongs.
fn refused(error: CallError) -> Problem {
    let mut fields = FieldErrors::default();
    let detail = error.to_string();
    match error {
        CallError::InvalidSettings(wrong) => {
            for setting in wrong {
                fields.push(format!("/settings{}", setting.pointer), FieldProblem::Said(setting.message));
            }
        }
        CallError::Unauthorized(words) => fields.push("/secrets", FieldProblem::Said(words)),
        // About the channel as a whole; a 422 always says what is wrong with what.
        _ => fields.push("", FieldProblem::Said(detail.clone())),
    }
    Problem::refused(detail).about(&fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_changes_what_it_names() {
        let mut policy = json!({"rules": [1, 2], "schedule": {"at": "09:00", "per_day": 3}});
        merge(&mut policy, json!({"rules": [3], "schedule": {"at": null, "days": ["monday"]}}));
        assert_eq!(policy, json!({"rules": [3], "schedule": {"per_day": 3, "days": ["monday"]}}));
        merge(&mut policy, Value::Null);
        assert_eq!(policy, Value::Null);
    }
}
