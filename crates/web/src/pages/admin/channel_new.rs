//! Adding a channel: choose a plugin, then fill in the form its settings schema makes.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tablon_core::form::{FieldErrors, Form};
use tablon_core::store::{ChannelState, Secrets};
use tablon_core::{Error, TenantScope};
use tablon_publisher::Plugin;

use crate::auth::{AsAdmin, Staff, TypedForm};
use crate::channel_setup::{self, ChannelForm, Editor, Sharing};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::{self, Pairs, text};
use crate::pages::form_view::{self, Speech, Typed, below, fields, sentence};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::Params;
use crate::pages::views::{ChannelNew, FieldView, ForgetView, FormView, Group, PluginCard, ShareView};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// What the settings' and the secrets' names begin with in the form.
const SETTINGS: &str = "settings.";
const SECRETS: &str = "secrets.";
/// The name of the boxes that take a stored secret away.
const FORGET: &str = "forget";
/// The name of the boxes that give a new secret to other channels too.
const SHARE: &str = "share";

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
            let start = ChannelFields { name: plugin.name_in(visitor.locale).to_owned(), ..ChannelFields::default() };
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
        public_name: typed.public_name.clone(),
    };
    let by = Editor { actor: staff.actor(), locale: visitor.locale };
    match channel_setup::create(&state, &tenant, form, by).await {
        // Its page says what the platform answered, and beside which field something is wrong.
        Ok(channel) => {
            let done = match channel.state {
                ChannelState::Active => "channel-created",
                ChannelState::Paused => "channel-created-paused",
            };
            let to = format!("{}/channels/{}?done={done}", admin_root(&visitor), channel.id);
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
        name: plugin.name_in(visitor.locale).to_owned(),
        description: plugin.description_in(visitor.locale).map(str::to_owned),
    });
    let (plugin, plugin_name, form) = match chosen {
        Some((plugin, form)) => (plugin.id().to_owned(), plugin.name_in(visitor.locale).to_owned(), Some(form)),
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

/// Every value of the boxes with this name.
fn all(pairs: &Pairs, name: &str) -> Vec<String> {
    pairs.iter().filter(|(sent, _)| sent == name).map(|(_, value)| value.clone()).collect()
}

/// What stands in a channel's form.
#[derive(Default)]
pub(super) struct ChannelFields {
    pub(super) name: String,
    /// What posters see it called.
    pub(super) public_name: Option<String>,
    pub(super) settings: Value,
    /// The names of the secrets that are stored.
    pub(super) stored: Vec<String>,
    /// The names of those that are to be taken away.
    pub(super) forget: Vec<String>,
    /// The stored secrets that other channels hold too.
    pub(super) sharing: Vec<Sharing>,
    /// The names of those that the other channels are to get too.
    pub(super) share: Vec<String>,
    /// Pointers `/name`, `/public_name`, `/settings/…`, `/secrets/…`.
    pub(super) errors: FieldErrors,
    /// Nothing was saved: the token was stale.
    pub(super) unsent: bool,
}

impl ChannelFields {
    pub(super) fn typed(plugin: &Plugin, pairs: &Pairs) -> Self {
        Self {
            name: text(pairs, "channel_name").to_owned(),
            public_name: Some(text(pairs, "channel_public_name").to_owned()).filter(|name| !name.is_empty()),
            settings: form_data::to_json(plugin.settings_form(), SETTINGS, pairs),
            forget: all(pairs, FORGET),
            share: all(pairs, SHARE),
            ..Self::default()
        }
    }

    /// The form: the channel's name, then the plugin's own fields, secrets among them.
    pub(super) fn view(&self, speech: &Speech<'_>, plugin: &Plugin) -> FormView {
        let public_name = self.public_name.clone().unwrap_or_default();
        let mut all = vec![
            FieldView { required: true, ..self.named(speech, "channel_name", "/name", self.name.clone()) },
            self.named(speech, "channel_public_name", "/public_name", public_name),
        ];
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
                let share = self.sharing.iter().find(|sharing| field.is_secret() && sharing.secret == field.name);
                let share = share.map(|sharing| self.shareable(sharing));
                FieldView { is_set, forget, share, required: view.required && !is_set, ..view }
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

    /// One of the channel's names.
    fn named(&self, speech: &Speech<'_>, name: &str, pointer: &str, value: String) -> FieldView {
        let problem = self.errors.0.iter().find(|e| e.pointer == pointer);
        FieldView {
            name: name.to_owned(),
            id: format!("f-{name}"),
            kind: "text",
            label: speech.label_of(name),
            help: speech.say(&format!("field-{name}-help")),
            max: Some(100),
            value,
            error: problem.map(|e| sentence(speech, &e.problem)),
            ..FieldView::default()
        }
    }

    fn shareable(&self, sharing: &Sharing) -> ShareView {
        ShareView {
            secret: sharing.secret.clone(),
            channels: sharing.channels.clone(),
            chosen: self.share.contains(&sharing.secret),
        }
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
