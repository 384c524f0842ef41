//! Adding a channel: choose a plugin, then fill in the form its settings schema makes.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tablon_core::form::{FieldErrors, Form};
use tablon_core::store::Secrets;
use tablon_core::{Error, TenantScope};
use tablon_publisher::Plugin;

use crate::auth::{AsAdmin, Staff, TypedForm};
use crate::channel_setup::{self, ChannelForm};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::{self, Pairs, text};
use crate::pages::form_view::{self, Speech, Typed, below, fields, sentence};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::Params;
use crate::pages::views::{ChannelNew, FieldView, ForgetView, FormView, Group, PluginCard};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// What the settings' and the secrets' names begin with in the form.
const SETTINGS: &str = "settings.";
const SECRETS: &str = "secrets.";
/// The name of the boxes that take a stored secret away.
const FORGET: &str = "forget";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/new", shows_its_form(get(show).post(create)))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    let plugins = state.host.plugins();
    // With one plugin there is nothing to choose.
    let only = plugins.first().filter(|_| plugins.len() == 1).map(|plugin| plugin.id().to_owned());
    match params.some("plugin").map(str::to_owned).or(only) {
        Some(id) => {
            let plugin = state.host.plugin(&id).ok_or(PageError::NotFound)?;
            let start = ChannelFields { name: plugin.description().name.clone(), ..ChannelFields::default() };
            let form = start.view(&Speech::new(&state, &visitor), &plugin);
            new_page(&state, &visitor, &tenant, &staff, Some((&plugin, form))).await
        }
        None => new_page(&state, &visitor, &tenant, &staff, None).await,
    }
}

async fn create(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let plugin = state.host.plugin(params.text("plugin")).ok_or(PageError::NotFound)?;
    let typed = ChannelFields::typed(&plugin, &pairs);
    if !confirmed {
        let speech = Speech::new(&state, &visitor);
        let form = ChannelFields { unsent: true, ..typed }.view(&speech, &plugin);
        let mut response = new_page(&state, &visitor, &tenant, &staff, Some((&plugin, form))).await?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let form = ChannelForm {
        plugin: plugin.id().to_owned(),
        name: typed.name.clone(),
        settings: typed.settings.clone(),
        secrets: secrets(&plugin, &pairs),
    };
    match channel_setup::create(&state, &tenant, form, staff.actor()).await {
        // On to its page, which asks the platform at once whether it works.
        Ok(channel) => {
            let to = format!("{}/channels/{}?done=channel-created&check=1", admin_root(&visitor), channel.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Invalid(errors)) => {
            let form = ChannelFields { errors, ..typed }.view(&Speech::new(&state, &visitor), &plugin);
            let mut response = new_page(&state, &visitor, &tenant, &staff, Some((&plugin, form))).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_page(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    chosen: Option<(&Plugin, FormView)>,
) -> Result<Response, PageError> {
    let plugins = state.host.plugins();
    let cards = plugins.iter().map(|plugin| PluginCard {
        id: plugin.id().to_owned(),
        name: plugin.description().name.clone(),
        description: plugin.manifest().description.clone(),
    });
    let (plugin, plugin_name, form) = match chosen {
        Some((plugin, form)) => (plugin.id().to_owned(), plugin.description().name.clone(), Some(form)),
        None => (String::new(), String::new(), None),
    };
    let view = ChannelNew {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "channels").await?,
        done: None,
        plugins: cards.collect(),
        plugin,
        plugin_name,
        form,
    };
    page(state, visitor, "pages/admin/channel_new.html", view)
}

/// The secrets that were typed; an empty field leaves what is stored.
pub(super) fn secrets(plugin: &Plugin, pairs: &Pairs) -> Secrets {
    plugin
        .secret_fields()
        .map(|field| (field.name.clone(), text(pairs, &format!("{SECRETS}{}", field.name)).to_owned()))
        .filter(|(_, secret)| !secret.is_empty())
        .collect()
}

/// What stands in a channel's form.
#[derive(Default)]
pub(super) struct ChannelFields {
    pub(super) name: String,
    pub(super) settings: Value,
    /// The names of the secrets that are stored.
    pub(super) stored: Vec<String>,
    /// The names of those that are to be taken away.
    pub(super) forget: Vec<String>,
    /// Pointers `/name`, `/settings/…`, `/secrets/…`.
    pub(super) errors: FieldErrors,
    /// Nothing was saved: the token was stale.
    pub(super) unsent: bool,
}

impl ChannelFields {
    pub(super) fn typed(plugin: &Plugin, pairs: &Pairs) -> Self {
        Self {
            name: text(pairs, "channel_name").to_owned(),
            settings: form_data::to_json(plugin.settings_form(), SETTINGS, pairs),
            forget: pairs.iter().filter(|(name, _)| name == FORGET).map(|(_, secret)| secret.clone()).collect(),
            ..Self::default()
        }
    }

    /// The form: the channel's name, then the plugin's own fields, secrets among them.
    pub(super) fn view(&self, speech: &Speech<'_>, plugin: &Plugin) -> FormView {
        let problem = self.errors.0.iter().find(|e| e.pointer == "/name");
        let name = FieldView {
            name: "channel_name".to_owned(),
            id: "f-channel_name".to_owned(),
            kind: "text",
            label: speech.label_of("channel_name"),
            help: speech.say("field-channel_name-help"),
            required: true,
            max: Some(100),
            value: self.name.clone(),
            error: problem.map(|e| sentence(speech, &e.problem)),
            ..FieldView::default()
        };
        let mut all = vec![name];
        let (settings_errors, secrets_errors) = (below(&self.errors, "/settings"), below(&self.errors, "/secrets"));
        let nothing = json!({});
        // In the schema's own order, whichever of the two a field is.
        for field in &plugin.description().settings_schema.fields {
            let form = Form { fields: vec![field.clone()] };
            let typed = if field.is_secret() {
                Typed { value: &nothing, errors: &secrets_errors, prefix: SECRETS, more_places: 0 }
            } else {
                Typed { value: &self.settings, errors: &settings_errors, prefix: SETTINGS, more_places: 0 }
            };
            all.extend(fields(speech, &form, &typed).into_iter().map(|view| {
                let is_set = field.is_secret() && self.stored.contains(&field.name);
                let forget = (is_set && !view.required).then(|| self.forgettable(&field.name));
                FieldView { is_set, forget, required: view.required && !is_set, ..view }
            }));
        }
        let (leftovers, secrets_errors) = self.leftovers(speech, plugin, secrets_errors);
        all.extend(leftovers);
        let (secret, plain) = plugin.description().settings_schema.split_secrets();
        let mut strays = form_view::strays(speech, &settings_errors, &[&plain]);
        strays.extend(form_view::strays(speech, &secrets_errors, &[&secret]));
        let others = self.errors.0.iter().filter(|e| e.pointer == "/plugin");
        strays.extend(others.map(|e| sentence(speech, &e.problem)));
        let form = form_view::form(vec![Group { legend: None, fields: all }], strays);
        if self.unsent { form_view::unsent(form, speech) } else { form }
    }

    fn forgettable(&self, secret: &str) -> ForgetView {
        ForgetView { secret: secret.to_owned(), chosen: self.forget.iter().any(|name| name == secret) }
    }

    /// Boxes for secrets that another version of the plugin left behind, and the errors that aren't about them.
    fn leftovers(&self, speech: &Speech<'_>, plugin: &Plugin, errors: FieldErrors) -> (Vec<FieldView>, FieldErrors) {
        let is_field = |name: &String| plugin.secret_fields().any(|field| field.name == *name);
        let names: Vec<&String> = self.stored.iter().filter(|name| !is_field(name)).collect();
        let (about, others) = errors.0.into_iter().partition::<Vec<_>, _>(|error| {
            names.iter().any(|name| error.pointer.strip_prefix('/') == Some(name.as_str()))
        });
        let view = |name: &&String| {
            let error = about.iter().find(|error| error.pointer[1..] == ***name);
            FieldView {
                id: format!("f-forget-{name}"),
                kind: "leftover",
                label: (*name).clone(),
                error: error.map(|error| sentence(speech, &error.problem)),
                forget: Some(self.forgettable(name)),
                ..FieldView::default()
            }
        };
        (names.iter().map(view).collect(), FieldErrors(others))
    }
}
