//! A channel's message template, and what it makes of a job.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tablon_core::TenantScope;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::Channel;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answers::{ForBodies, ForPlugins, ForQueries, ForStaff, List};
use super::body::{Body, Demanded, Given, Text, request_body};
use super::jobs::{PreviewOut, shown_previews};
use super::path::Id;
use super::query::query_params;
use crate::auth::{AsAdmin, AsModerator, Bearer};
use crate::channel_setup::{self, ChannelChange, Editor};
use crate::channel_template::{self, MAX_TEMPLATE};
use crate::previews::{self, ChannelPreview, Unrendered};
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(read, write)).routes(routes!(preview, preview_unsaved))
}

/// What a channel's messages are made from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(crate) struct TemplateOut {
    /// The channel's own template; `null` while it uses the plugin's.
    template: Option<String>,
    /// Whether the channel has one of its own.
    own: bool,
    /// The template that is in use.
    current: String,
    /// The plugin's own.
    default: String,
    /// What a template can name, where the plugin says it.
    variables: Vec<VariableOut>,
}

/// Something that a template can name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVariable)]
pub(crate) struct VariableOut {
    #[schema(example = "title")]
    name: String,
    /// What it holds, in the board's language.
    help: Option<String>,
}

request_body! {
    /// A template to use from now on.
    pub(crate) struct TemplateIn as "NewTemplate" {
        /// `null` goes back to the plugin's own.
        #[example("<b>{{ title }}</b>")]
        template: Demanded<Option<Text<MAX_TEMPLATE>>>,
    }
}

request_body! {
    /// A template to try out.
    pub(crate) struct TrialIn as "TemplateTrial" {
        /// `null` is the plugin's own; the channel's template if left out.
        template: Given<Option<Text<MAX_TEMPLATE>>>,
        /// The job to show, in any state; an offer that is made up if left out.
        job: Option<Uuid>,
    }
}

fn shown(state: &AppState, tenant: &TenantScope, channel: Channel) -> Result<TemplateOut, Problem> {
    let plugin = state.host.plugin(&channel.plugin);
    let plugin = plugin.ok_or_else(|| Problem::refused(Unrendered::NoPlugin(channel.plugin.clone()).to_string()))?;
    let default = plugin.description().default_template.clone();
    let variables = channel_template::variables(&plugin, &tenant.locale);
    Ok(TemplateOut {
        own: channel.template.is_some(),
        current: channel.template.clone().unwrap_or_else(|| default.clone()),
        template: channel.template,
        default,
        variables: variables.into_iter().map(|(name, help)| VariableOut { name, help }).collect(),
    })
}

/// Read a channel's template.
#[utoipa::path(
    get, path = "/channels/{id}/template", operation_id = "get_template", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The template.", body = TemplateOut),
        ForStaff, ForPlugins,
    )
)]
async fn read(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
    Id(id): Id,
) -> Result<Json<TemplateOut>, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    shown(&state, &caller.tenant, channel).map(Json)
}

/// Set a channel's template.
///
/// It is tried out before it is kept: what the plugin can't render is 422 with its sentence at `/template`. It
/// applies from the next publish or edit. Needs the role admin.
#[utoipa::path(
    put, path = "/channels/{id}/template", operation_id = "set_template", tag = "channels", security(("token" = [])), request_body = TemplateIn,
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "The template as it is now.", body = TemplateOut), ForStaff, ForBodies)
)]
async fn write(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<TemplateOut>, Problem> {
    caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let TemplateIn { template: Demanded(template) } = TemplateIn::read(body)?;
    let change = ChannelChange { template: Some(template.map(Text::into_string)), ..ChannelChange::default() };
    let by = Editor { actor: caller.audited(), locale: &caller.tenant.locale };
    let channel = channel_setup::update(&state, &caller.tenant, id, change, by).await?;
    shown(&state, &caller.tenant, channel).map(Json)
}

query_params! {
    /// What to preview.
    struct PreviewQuery {
        /// The job to show, in any state.
        job: Option<Uuid>,
    }
}

/// Preview what a channel makes of a job.
///
/// Byte for byte what is sent. Without a job: an offer that is made up.
#[utoipa::path(
    get, path = "/channels/{id}/preview", operation_id = "get_preview", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id."), PreviewQuery),
    responses(
        (status = 200, description = "The messages, in the order in which they are sent.", body = List<PreviewOut>),
        ForStaff, ForQueries,
    )
)]
async fn preview(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
    Id(id): Id,
    PreviewQuery { job }: PreviewQuery,
) -> Result<Json<List<PreviewOut>>, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    rendered(&state, &caller.tenant, channel, job).await
}

/// Preview a template that isn't saved.
#[utoipa::path(
    post, path = "/channels/{id}/preview", operation_id = "preview_template", tag = "channels", security(("token" = [])), request_body = TrialIn,
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The messages, in the order in which they are sent.", body = List<PreviewOut>),
        ForStaff, ForBodies,
    )
)]
async fn preview_unsaved(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<List<PreviewOut>>, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let TrialIn { template, job } = TrialIn::read(body)?;
    let template = match template {
        Given::Value(template) => template.as_deref().and_then(channel_template::normal),
        Given::Nothing => channel.template.clone(),
    };
    rendered(&state, &caller.tenant, Channel { template, ..channel }, job).await
}

async fn rendered(
    state: &AppState,
    tenant: &TenantScope,
    channel: Channel,
    job: Option<Uuid>,
) -> Result<Json<List<PreviewOut>>, Problem> {
    let posting = channel_template::posting(state, tenant, job).await?;
    match previews::rendered(state, tenant, &channel, &posting).await {
        Ok(messages) => Ok(Json(List::whole(shown_previews(ChannelPreview { channel, rendered: Ok(messages) })))),
        Err(Unrendered::Refused(error)) => Err(Problem::invalid(&channel_template::wrong(error))),
        Err(gone) => {
            let errors = FieldErrors::one("", FieldProblem::Said(gone.to_string()));
            Err(Problem::refused(gone.to_string()).about(&errors))
        }
    }
}
