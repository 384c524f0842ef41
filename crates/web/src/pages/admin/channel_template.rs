//! The editor of a channel's message template, with its preview beside it.
//!
//! One form with three buttons; the preview is rendered here. A script that sends the same form while somebody
//! types gets the preview alone.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tablon_core::form::FieldErrors;
use tablon_core::store::Channel;
use tablon_core::{Error, JobQuery, TenantScope};
use uuid::Uuid;

use super::channel_head::{back, channel, head};
use crate::auth::{AsAdmin, Staff, TypedForm};
use crate::channel_setup::{self, ChannelChange};
use crate::channel_template::{self, MAX_TEMPLATE, normal};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::text;
use crate::pages::frame::page_with_mail;
use crate::pages::params::{Id, Params};
use crate::pages::preview_view::{preview_view, template_problem};
use crate::pages::views::{ChannelTemplate, OptionView, PreviewView, TemplatePreview, TemplateVariable};
use crate::previews;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many jobs can be chosen for the preview.
const JOBS: u64 = 20;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/{id}/template", shows_its_form(get(show).post(send)))
}

/// Everything that the editor's answers need.
struct Editor<'a> {
    state: &'a AppState,
    visitor: &'a Visitor,
    tenant: &'a TenantScope,
    staff: &'a Staff<AsAdmin>,
    channel: Channel,
    default_template: String,
    /// What stands in the text area, as it was typed.
    typed: String,
    /// The job that the preview shows.
    job: Option<Uuid>,
    /// Nothing was saved: the token was stale.
    unsent: bool,
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let mut editor = Editor::new(&state, &visitor, &tenant, &staff, channel)?;
    editor.typed = match &channel_or_default(&params, &editor) {
        Some(template) => template.clone(),
        None => editor.default_template.clone(),
    };
    editor.job = params.text("job").parse().ok();
    editor.page(params.done(), None).await
}

/// With `?start=default` the editor begins with the plugin's own template, which isn't used before it is saved.
fn channel_or_default(params: &Params, editor: &Editor<'_>) -> Option<String> {
    editor.channel.template.clone().filter(|_| params.text("start") != "default")
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let mut editor = Editor::new(&state, &visitor, &tenant, &staff, channel)?;
    editor.typed = text(&pairs, "template").replace("\r\n", "\n");
    editor.job = text(&pairs, "job").parse().ok();
    if !confirmed {
        editor.unsent = true;
        let mut response = editor.page(None, None).await?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    match text(&pairs, "action") {
        "live" => editor.preview_alone().await,
        "preview" => editor.page(None, None).await,
        "default" => editor.save(None).await,
        _ => editor.save(normal(&editor.typed).filter(|template| *template != editor.default_template.trim())).await,
    }
}

impl<'a> Editor<'a> {
    fn new(
        state: &'a AppState,
        visitor: &'a Visitor,
        tenant: &'a TenantScope,
        staff: &'a Staff<AsAdmin>,
        channel: Channel,
    ) -> Result<Self, PageError> {
        let plugin = state.host.plugin(&channel.plugin).ok_or(PageError::NotFound)?;
        let default_template = plugin.description().default_template.clone();
        Ok(Self {
            state,
            visitor,
            tenant,
            staff,
            channel,
            default_template,
            typed: String::new(),
            job: None,
            unsent: false,
        })
    }

    /// The channel as if what was typed were its template.
    fn as_typed(&self) -> Channel {
        Channel { template: normal(&self.typed), ..self.channel.clone() }
    }

    fn variables(&self) -> Vec<TemplateVariable> {
        let plugin = self.state.host.plugin(&self.channel.plugin);
        let told = plugin.map(|plugin| channel_template::variables(&plugin, self.visitor.locale)).unwrap_or_default();
        told.into_iter().map(|(name, help)| TemplateVariable { name, help }).collect()
    }

    async fn preview(&self) -> Result<PreviewView, PageError> {
        if self.typed.chars().count() > MAX_TEMPLATE {
            let error = FieldErrors::one("/template", tablon_core::form::FieldProblem::TooLong { max: MAX_TEMPLATE });
            return Ok(template_problem(self.state, self.visitor, &self.as_typed(), &error));
        }
        // A job that is gone meanwhile gives way to the sample.
        let posting = match channel_template::posting(self.state, self.tenant, self.job).await {
            Err(Error::NotFound) => channel_template::posting(self.state, self.tenant, None).await?,
            found => found?,
        };
        Ok(preview_view(
            self.state,
            self.visitor,
            previews::of_channel(self.state, self.tenant, self.as_typed(), &posting).await,
        ))
    }

    async fn preview_alone(&self) -> Result<Response, PageError> {
        let preview = self.preview().await?;
        let status = if preview.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let view = TemplatePreview { preview };
        let mut response = page_with_mail(self.state, self.visitor, "partials/template_preview.html", view)?;
        *response.status_mut() = status;
        Ok(response)
    }

    async fn save(&self, template: Option<String>) -> Result<Response, PageError> {
        let id = self.channel.id;
        if let Some(template) = &template
            && template.chars().count() > MAX_TEMPLATE
        {
            return self.refused(self.preview().await?).await;
        }
        let done = if template.is_some() { "done=template-saved" } else { "done=template-default" };
        let change = ChannelChange { template: Some(template), ..ChannelChange::default() };
        let by = channel_setup::Editor { actor: self.staff.actor(), locale: self.visitor.locale };
        match channel_setup::update(self.state, self.tenant, id, change, by).await {
            Ok(_) => {
                let job = self.job.map(|job| format!("&job={job}")).unwrap_or_default();
                Ok(back(self.visitor, id, "/template", &format!("{done}{job}")).into_response())
            }
            Err(Error::Invalid(errors)) => {
                self.refused(template_problem(self.state, self.visitor, &self.as_typed(), &errors)).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn refused(&self, preview: PreviewView) -> Result<Response, PageError> {
        let mut response = self.page(None, Some(preview)).await?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    }

    async fn page(&self, done: Option<&'static str>, refused: Option<PreviewView>) -> Result<Response, PageError> {
        let preview = match refused {
            Some(refused) => refused,
            None => self.preview().await?,
        };
        let jobs = self.tenant.jobs().list(&JobQuery { limit: Some(JOBS), ..JobQuery::default() }).await?.items;
        let option = |job: &tablon_core::Job| OptionView {
            value: job.id.to_string(),
            label: format!("{} · {}", job.content.title, job.content.organization.name),
            chosen: Some(job.id) == self.job,
        };
        let own = self.channel.template.as_deref();
        let in_force = own.unwrap_or(&self.default_template);
        let view = ChannelTemplate {
            head: head(self.state, self.visitor, self.tenant, self.staff, &self.channel, ("template", done)).await?,
            template: self.typed.clone(),
            default_template: self.default_template.clone(),
            own: own.is_some(),
            unsent: self.unsent,
            saved: self.typed.trim() == in_force.trim(),
            max: MAX_TEMPLATE,
            variables: self.variables(),
            jobs: jobs.iter().map(option).collect(),
            preview,
        };
        page_with_mail(self.state, self.visitor, "pages/admin/channel_template.html", view)
    }
}
