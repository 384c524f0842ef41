//! What this instance can publish to, for whoever runs it. Installing and enabling stay with the command line: the
//! grants of code from strangers are confirmed where the machine is.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_publisher::{Granted, Permission, Plugin, Source};

use super::frame::{bare_frame, page};
use super::views::{DisabledPlugin, GrantView, PluginProblem, PluginView, Plugins};
use crate::auth::Operator;
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/plugins", get(plugins))
}

async fn plugins(State(state): State<AppState>, visitor: Visitor, _: Operator) -> Result<Response, PageError> {
    let mut plugins = Vec::new();
    for plugin in state.host.plugins() {
        let channels = state.store.plugins().channels_using(plugin.id()).await?;
        plugins.push(shown(&plugin, channels));
    }
    let installs = state.store.plugins().list().await?.into_iter();
    let disabled = installs
        .filter(|install| !install.enabled)
        .map(|install| DisabledPlugin { version: install.current.map(|version| version.version), id: install.id });
    let problems = state.host.problems().into_iter();
    let view = Plugins {
        frame: bare_frame(&state, &visitor),
        plugins,
        disabled: disabled.collect(),
        problems: problems.map(|p| PluginProblem { source: p.source.to_string(), message: p.message }).collect(),
    };
    page(&state, &visitor, "pages/plugins.html", view)
}

fn shown(plugin: &Plugin, channels: u64) -> PluginView {
    let manifest = plugin.manifest();
    PluginView {
        id: manifest.id.clone(),
        name: plugin.description().name.clone(),
        version: manifest.version.clone(),
        contract: manifest.contract.clone(),
        description: manifest.description.clone(),
        homepage: manifest.homepage.clone(),
        license: manifest.license.clone(),
        source: match plugin.source() {
            Source::Bundled => "bundled",
            Source::Installed => "installed",
            Source::File(_) => "file",
        },
        path: match plugin.source() {
            Source::File(path) => Some(path.display().to_string()),
            Source::Bundled | Source::Installed => None,
        },
        sha256: plugin.sha256().to_owned(),
        grants: grants(plugin),
        channels,
    }
}

/// Everything that the manifest asks for, and whether it was granted.
fn grants(plugin: &Plugin) -> Vec<GrantView> {
    let granted = plugin.grant().of(plugin.manifest());
    let view = |asked: Permission| {
        let granted = granted.allows(&asked);
        let (kind, rule, to) = match asked {
            Permission::Reach(host) => ("host", host.to_string(), None),
            Permission::Send { secret, to } => ("send", secret, Some(to.to_string())),
            Permission::Sign(secret) => ("sign", secret, None),
            Permission::Smtp(secret) => ("smtp", secret, None),
            Permission::Mail(audience) => ("mail", audience.to_string(), None),
        };
        GrantView { kind, rule, to, granted }
    };
    Granted::asked_by(plugin.manifest()).permissions().into_iter().map(view).collect()
}
