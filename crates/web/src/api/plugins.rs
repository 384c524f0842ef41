//! What this instance can publish to.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use tablon_publisher::Plugin;
use utoipa::ToSchema;

use super::answers::{ForStaff, List};
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;
use crate::state::AppState;

/// An installed plugin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plugin)]
pub(crate) struct PluginOut {
    /// What a channel's `plugin` names.
    #[schema(example = "telegram")]
    id: String,
    /// For people.
    name: String,
    /// The plugin's own version.
    version: String,
    /// The version of the plugin contract it was built for.
    contract: String,
    /// One sentence.
    description: Option<String>,
    /// SHA-256 of the installed file.
    sha256: String,
    /// What means something on its platform.
    features: FeaturesOut,
    /// What a message is made from where a channel has no template of its own.
    default_template: String,
    /// The names of the secrets that a channel gives.
    secrets: Vec<String>,
    /// JSON Schema of a channel's `settings`.
    #[schema(value_type = Object)]
    settings_schema: Value,
    /// The same settings and the secrets as a form: fields in order, with labels in every language.
    #[schema(value_type = Object)]
    form: Value,
}

/// Which optional operations mean something on a platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Features)]
pub(crate) struct FeaturesOut {
    update: bool,
    retract: bool,
    locate: bool,
    check: bool,
    adopt: bool,
}

impl PluginOut {
    fn of(plugin: &Plugin, locale: &str) -> Self {
        let (manifest, description) = (plugin.manifest(), plugin.description());
        let mut settings = description.settings_schema.clone();
        settings.fields.retain(|field| !field.is_secret());
        Self {
            id: manifest.id.clone(),
            name: description.name.clone(),
            version: manifest.version.clone(),
            contract: manifest.contract.clone(),
            description: manifest.description.clone(),
            sha256: plugin.sha256().to_owned(),
            features: FeaturesOut {
                update: description.features.update,
                retract: description.features.retract,
                locate: description.features.locate,
                check: description.features.check,
                adopt: description.features.adopt,
            },
            default_template: description.default_template.clone(),
            secrets: manifest.secrets.keys().cloned().collect(),
            settings_schema: settings.json_schema(locale),
            form: serde_json::to_value(&description.settings_schema).unwrap_or_default(),
        }
    }
}

/// List the installed plugins.
///
/// Each with the schema of the settings that a channel of it needs.
#[utoipa::path(
    get, path = "/plugins", operation_id = "list_plugins", tag = "plugins", security(("token" = [])),
    responses((status = 200, description = "The plugins.", body = List<PluginOut>), ForStaff)
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
) -> Result<Json<List<PluginOut>>, Problem> {
    let plugins = state.host.plugins();
    let items = plugins.iter().map(|plugin| PluginOut::of(plugin, &caller.tenant.locale)).collect();
    Ok(Json(List::whole(items)))
}
