//! What this instance can publish to, for whoever runs it: installing, granting, switching off, going back.

mod change;
mod upload;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::PluginInstall;
use tablon_publisher::install::Rollback;
use tablon_publisher::{Granted, Permission, Plugin, Problem, Source};

use super::frame::{bare_frame, page};
use super::params::Params;
use super::views::{DisabledPlugin, GrantView, PluginProblem, PluginView, Plugins, RollbackView, UploadProblem};
use crate::auth::Operator;
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

/// The largest file that can be uploaded, in megabytes: a JavaScript engine inside takes 12.
const MAX_MB: usize = 64;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/plugins", get(plugins)).merge(upload::router()).merge(change::router())
}

async fn plugins(
    State(state): State<AppState>,
    visitor: Visitor,
    _: Operator,
    params: Params,
) -> Result<Response, PageError> {
    plugins_page(&state, &visitor, params.done(), None).await
}

/// The page; `upload_problem` is about the file that was just uploaded.
async fn plugins_page(
    state: &AppState,
    visitor: &Visitor,
    done: Option<&'static str>,
    upload_problem: Option<UploadProblem>,
) -> Result<Response, PageError> {
    let installs = state.store.plugins().list().await?;
    let mut plugins = Vec::new();
    for plugin in state.host.plugins() {
        let channels = state.store.plugins().channels_using(plugin.id()).await?;
        let install = installs.iter().find(|install| install.id == plugin.id());
        plugins.push(shown(&plugin, visitor.locale, install, channels));
    }
    let mut disabled = Vec::new();
    for install in installs.into_iter().filter(|install| !install.enabled) {
        let channels = state.store.plugins().channels_using(&install.id).await?;
        let version = install.current.map(|version| version.version);
        disabled.push(DisabledPlugin { version, id: install.id, channels });
    }
    let problems = state.host.problems().into_iter();
    let view = Plugins {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        done,
        upload_problem,
        max_mb: MAX_MB,
        plugins,
        disabled,
        problems: problems.map(shown_problem).collect(),
    };
    page(state, visitor, "pages/plugins.html", view)
}

fn shown(plugin: &Plugin, locale: &str, install: Option<&PluginInstall>, channels: u64) -> PluginView {
    let manifest = plugin.manifest();
    let install = install.filter(|install| install.current.is_some());
    let (source, path) = told(plugin.source());
    PluginView {
        id: manifest.id.clone(),
        name: plugin.name_in(locale).to_owned(),
        version: manifest.version.clone(),
        contract: manifest.contract.clone(),
        description: plugin.description_in(locale).map(str::to_owned),
        homepage: manifest.homepage.clone(),
        license: manifest.license.clone(),
        source,
        path,
        sha256: plugin.sha256().to_owned(),
        grants: grants(plugin),
        channels,
        installed: install.is_some(),
        rollback: install.and_then(Rollback::of).map(|way| RollbackView {
            lost: way.lost().permissions().into_iter().map(|lost| grant_view(lost, false)).collect(),
            version: way.version,
        }),
    }
}

fn shown_problem(problem: Problem) -> PluginProblem {
    let (source, path) = told(&problem.source);
    PluginProblem { name: path.or(problem.plugin), source, fault: problem.fault.as_str(), message: problem.message }
}

/// The last part of the message about a source, and the path of a file.
fn told(source: &Source) -> (&'static str, Option<String>) {
    match source {
        Source::Bundled => ("bundled", None),
        Source::Installed => ("installed", None),
        Source::File(path) => ("file", Some(path.display().to_string())),
    }
}

/// Everything that the manifest asks for, and whether it was granted.
fn grants(plugin: &Plugin) -> Vec<GrantView> {
    let granted = plugin.grant().of(plugin.manifest());
    let asked = Granted::asked_by(plugin.manifest()).permissions().into_iter();
    asked.map(|asked| (granted.allows(&asked), asked)).map(|(granted, asked)| grant_view(asked, granted)).collect()
}

fn grant_view(permission: Permission, granted: bool) -> GrantView {
    let (kind, rule, to) = match permission {
        Permission::Reach(host) => ("host", host.to_string(), None),
        Permission::Send { secret, to } => ("send", secret, Some(to.to_string())),
        Permission::Sign(secret) => ("sign", secret, None),
        Permission::Smtp(secret) => ("smtp", secret, None),
        Permission::Mail(audience) => ("mail", audience.to_string(), None),
    };
    GrantView { kind, rule, to, granted }
}
