//! Which board a request is for, by its path or by its exact host.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use tablon_core::{Store, TenantScope};

use crate::config::WebConfig;
use crate::error::PageError;
use crate::problem::Problem;

/// By which origin a request came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrance {
    /// The base address, where log-in and administration live.
    Base,
    /// A board's own host: public pages and the API of that board, nothing else.
    Tenant {
        /// The board's slug.
        slug: String,
    },
}

/// The request's address before the tenant's host was turned into a path.
#[derive(Debug, Clone)]
pub(crate) struct TypedUri(pub(crate) Uri);

/// What the visitor typed, before any rewriting and nesting.
pub(crate) fn typed_address(parts: &Parts) -> String {
    let uri = match parts.extensions.get::<TypedUri>() {
        Some(TypedUri(uri)) => uri,
        None => &parts.uri,
    };
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// Paths that are the same at every host.
const AT_EVERY_HOST: &[&str] = &["/assets/", "/healthz", "/readyz"];

/// Outermost layer: turns a board's own host into its path, and refuses hosts that are nobody's.
pub async fn route_by_host(
    State(config): State<Arc<WebConfig>>,
    State(tenants): State<Arc<TenantDirectory>>,
    mut request: Request,
    next: Next,
) -> Response {
    let typed = request.uri().clone();
    let path = typed.path();
    if AT_EVERY_HOST.iter().any(|prefix| path.starts_with(prefix)) || path == "/metrics" {
        // Probes and scrapers come by address, with whatever host name they like.
        request.extensions_mut().insert(Entrance::Base);
        return next.run(request).await;
    }
    let entrance = match entrance(&config, &tenants, request.headers(), &typed).await {
        Ok(Some(entrance)) => entrance,
        Ok(None) => return unknown_host(),
        Err(error) if path.starts_with("/api/") => return Problem::from(error).into_response(),
        Err(error) => return PageError::from(error).into_response(),
    };
    let rewritten = match &entrance {
        Entrance::Base => base_path(&typed),
        Entrance::Tenant { slug } => tenant_path(slug, &typed),
    };
    match rewritten {
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Ok(None) => {}
        Err(instead) => return instead.into_response(),
    }
    request.extensions_mut().insert(TypedUri(typed));
    request.extensions_mut().insert(entrance);
    next.run(request).await
}

/// What is answered instead of going on.
enum Instead {
    NotFound,
    Redirect(String),
}

impl Instead {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => PageError::NotFound.into_response(),
            Self::Redirect(path) => Redirect::permanent(&path).into_response(),
        }
    }
}

/// A board's list is `/t/<slug>/`; a router nested at `/t/{tenant}` knows it without the last slash only.
fn base_path(typed: &Uri) -> Result<Option<Uri>, Instead> {
    let Some(rest) = typed.path().strip_prefix("/t/") else { return Ok(None) };
    match rest.find('/') {
        Some(slash) if slash + 1 == rest.len() => with_path(typed, &format!("/t/{}", &rest[..slash])).map(Some),
        Some(_) => Ok(None),
        None => {
            let query = typed.query().map(|q| format!("?{q}")).unwrap_or_default();
            Err(Instead::Redirect(format!("/t/{rest}/{query}")))
        }
    }
}

fn tenant_path(slug: &str, typed: &Uri) -> Result<Option<Uri>, Instead> {
    let path = typed.path();
    if path == "/admin" || path.starts_with("/admin/") {
        return Err(Instead::NotFound);
    }
    with_path(typed, &format!("/t/{slug}{}", if path == "/" { "" } else { path })).map(Some)
}

fn with_path(uri: &Uri, path: &str) -> Result<Uri, Instead> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let target: PathAndQuery = target.parse().map_err(|_| Instead::NotFound)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).map_err(|_| Instead::NotFound)
}

/// Deliberately bare: an unknown host gets no board's look, language or name.
fn unknown_host() -> Response {
    (axum::http::StatusCode::NOT_FOUND, "There is no board at this address.\n").into_response()
}

async fn entrance(
    config: &WebConfig,
    tenants: &TenantDirectory,
    headers: &HeaderMap,
    uri: &Uri,
) -> tablon_core::Result<Option<Entrance>> {
    // HTTP/2 and absolute-form requests name the host in the address, the others in the header.
    let named = uri.host().or_else(|| headers.get(HOST).and_then(|value| value.to_str().ok()).map(host_of));
    // HTTP/1.0 has no host at all. What it then gets is the base address, which is no board.
    let Some(named) = named else { return Ok(Some(Entrance::Base)) };
    let host = canonical(named);
    match place(config, &host) {
        Place::Base => Ok(Some(Entrance::Base)),
        Place::Below(slug) => {
            let tenant = tenants.by_slug(&slug).await?;
            Ok(tenant.map(|tenant| Entrance::Tenant { slug: tenant.slug.to_string() }))
        }
        Place::Elsewhere => {
            let tenant = tenants.by_host(&host).await?;
            Ok(tenant.map(|tenant| Entrance::Tenant { slug: tenant.slug.to_string() }))
        }
    }
}

/// The host of a `Host` header, without its port.
fn host_of(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or(authority, |end| &authority[..=end]);
    }
    authority.split(':').next().unwrap_or(authority)
}

fn canonical(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

/// Where a host name stands, seen from the base address.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Base,
    /// One label below the base host: perhaps a board's slug.
    Below(String),
    Elsewhere,
}

fn place(config: &WebConfig, host: &str) -> Place {
    let base = canonical(config.base_url.host_str().unwrap_or_default());
    if host == base {
        return Place::Base;
    }
    // On a developer's machine every name of that machine is the base address; what the server was
    // told to listen on is one of them.
    if is_loopback(&base) && (is_loopback(host) || is_listened_on(config, host)) {
        return Place::Base;
    }
    let below = host.strip_suffix(base.as_str()).and_then(|rest| rest.strip_suffix('.'));
    let below = below.or_else(|| host.strip_suffix(".localhost").filter(|_| is_loopback(&base)));
    match below {
        Some(label) if !label.is_empty() && !label.contains('.') && base.parse::<IpAddr>().is_err() => {
            Place::Below(label.to_owned())
        }
        Some(label) if !label.is_empty() && !label.contains('.') && host.ends_with(".localhost") => {
            Place::Below(label.to_owned())
        }
        _ => Place::Elsewhere,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// With an unspecified listen address (`0.0.0.0`), any literal address is one of this machine's.
fn is_listened_on(config: &WebConfig, host: &str) -> bool {
    let listen = config.listen.ip();
    host.parse::<IpAddr>().is_ok_and(|ip| ip == listen || listen.is_unspecified())
}

/// How long a tenant is remembered: other replicas' changes show after at most this long.
const REMEMBERED_FOR: Duration = Duration::from_secs(2);
/// How many tenants are remembered; unknown names never are, so strangers can't fill it.
const REMEMBERED: usize = 4096;

/// Tenants by slug and by host. A public page costs no look-up while its board is remembered.
pub struct TenantDirectory {
    store: Store,
    remembered: Mutex<HashMap<String, (Instant, TenantScope)>>,
}

impl TenantDirectory {
    /// An empty directory over `store`.
    pub fn new(store: Store) -> Self {
        Self { store, remembered: Mutex::default() }
    }

    /// The tenant with this slug.
    pub async fn by_slug(&self, slug: &str) -> tablon_core::Result<Option<TenantScope>> {
        let key = format!("slug {slug}");
        if let Some(tenant) = self.recall(&key) {
            return Ok(Some(tenant));
        }
        let found = self.store.tenants().by_slug(slug).await?;
        Ok(found.inspect(|tenant| self.remember(key, tenant)))
    }

    /// The tenant that answers at exactly this host.
    pub async fn by_host(&self, host: &str) -> tablon_core::Result<Option<TenantScope>> {
        let key = format!("host {host}");
        if let Some(tenant) = self.recall(&key) {
            return Ok(Some(tenant));
        }
        let found = self.store.tenants().by_host(host).await?;
        Ok(found.inspect(|tenant| self.remember(key, tenant)))
    }

    /// Forgets everything: a tenant has changed here.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn recall(&self, key: &str) -> Option<TenantScope> {
        self.lock().get(key).filter(|(at, _)| at.elapsed() < REMEMBERED_FOR).map(|(_, tenant)| tenant.clone())
    }

    fn remember(&self, key: String, tenant: &TenantScope) {
        let mut remembered = self.lock();
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, (at, _)| at.elapsed() < REMEMBERED_FOR);
        }
        if remembered.len() < REMEMBERED {
            remembered.insert(key, (Instant::now(), tenant.clone()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, TenantScope)>> {
        self.remembered.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What stands at `/t/{tenant}` in the path.
#[derive(Clone)]
pub(crate) enum TenantInPath {
    Known(TenantScope),
    Unknown,
    Unavailable,
}

/// Layer below `/t/{tenant}`: looks the board up once, for every extractor after it.
pub async fn find_tenant(
    State(tenants): State<Arc<TenantDirectory>>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let slug = params.iter().find(|(name, _)| *name == "tenant").map_or("", |(_, slug)| slug);
    let found = match tenants.by_slug(slug).await {
        Ok(Some(tenant)) => TenantInPath::Known(tenant),
        Ok(None) => TenantInPath::Unknown,
        Err(error @ tablon_core::Error::Unavailable(_)) => {
            tracing::warn!(%error, "a board can't be looked up");
            TenantInPath::Unavailable
        }
        Err(error) => {
            tracing::error!(%error, "a board can't be looked up");
            TenantInPath::Unavailable
        }
    };
    request.extensions_mut().insert(found);
    next.run(request).await
}

/// The board that the request is for. Unknown: the page "not found".
pub struct CurrentTenant(pub TenantScope);

impl<S: Sync> FromRequestParts<S> for CurrentTenant {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        match parts.extensions.get::<TenantInPath>() {
            Some(TenantInPath::Known(tenant)) => Ok(Self(tenant.clone())),
            Some(TenantInPath::Unavailable) => Err(PageError::Unavailable),
            Some(TenantInPath::Unknown) | None => Err(PageError::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str, listen: &str) -> WebConfig {
        WebConfig::new(base.parse().expect("a URL"), listen.parse().expect("an address"))
    }

    #[test]
    fn the_port_is_ignored_and_case_and_last_dot_too() {
        assert_eq!(canonical(host_of("Jobs.Example.ORG.:8443")), "jobs.example.org");
        assert_eq!(canonical(host_of("[::1]:80")), "::1");
        assert_eq!(canonical(host_of("[::1]")), "::1");
    }

    #[test]
    fn one_label_below_the_base_host_may_be_a_board() {
        let config = config("https://jobs.example.org/", "0.0.0.0:8080");
        assert_eq!(place(&config, "jobs.example.org"), Place::Base);
        assert_eq!(place(&config, "acme.jobs.example.org"), Place::Below("acme".into()));
        for elsewhere in ["a.b.jobs.example.org", "evil-jobs.example.org", "example.org", "127.0.0.1", "localhost", ""]
        {
            assert_eq!(place(&config, elsewhere), Place::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn on_loopback_every_name_of_the_machine_is_the_base_address() {
        let config = config("http://127.0.0.1:8080/", "127.0.0.1:8080");
        for base in ["127.0.0.1", "localhost", "::1"] {
            assert_eq!(place(&config, base), Place::Base, "{base}");
        }
        assert_eq!(place(&config, "acme.localhost"), Place::Below("acme".into()));
        for elsewhere in ["evil.example", "192.168.1.5", "x.127.0.0.1"] {
            assert_eq!(place(&config, elsewhere), Place::Elsewhere, "{elsewhere}");
        }
    }

    #[test]
    fn listening_everywhere_with_a_loopback_base_takes_literal_addresses() {
        let config = config("http://localhost:8080/", "0.0.0.0:8080");
        assert_eq!(place(&config, "192.168.1.5"), Place::Base);
        assert_eq!(place(&config, "evil.example"), Place::Elsewhere);
    }
}
