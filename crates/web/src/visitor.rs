//! Who is looking: their language, where they came in, and their form token.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use tablon_core::TenantScope;

use crate::auth::CsrfToken;
use crate::state::AppState;
use crate::tenancy::{Entrance, TenantInPath};

/// The languages the bundled pages speak, the first being the last resort.
pub const LOCALES: &[&str] = &["en", "es", "pt-BR"];

/// Anybody who asks for a page, signed in or not. Never fails.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The language to answer in, one of [`LOCALES`]: the visitor's, else the board's.
    pub locale: &'static str,
    /// By which origin they came.
    pub entrance: Entrance,
    /// What the board's paths start with here: `/t/<slug>` at the base address, nothing at its own host.
    pub root: String,
    /// The board whose path this is, if it is one's.
    pub tenant: Option<TenantScope>,
    /// For every form on the page.
    pub csrf: CsrfToken,
    /// Path and query as the visitor typed them.
    pub address: String,
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let entrance = parts.extensions.get::<Entrance>().cloned().unwrap_or(Entrance::Base);
        let tenant = match parts.extensions.get::<TenantInPath>() {
            Some(TenantInPath::Known(tenant)) => Some(tenant.clone()),
            _ => None,
        };
        let root = match (&entrance, &tenant) {
            (Entrance::Base, Some(tenant)) => format!("/t/{}", tenant.slug),
            _ => String::new(),
        };
        let locale = negotiate(&parts.headers)
            .or_else(|| tenant.as_ref().and_then(|tenant| supported(tenant.locale.as_ref())))
            .unwrap_or(LOCALES[0]);
        let csrf = CsrfToken::of_request(parts, &state.keys);
        Ok(Self { locale, entrance, root, tenant, csrf, address: typed_address(parts) })
    }
}

/// What the visitor typed, before any rewriting and nesting.
fn typed_address(parts: &Parts) -> String {
    let uri = match parts.extensions.get::<TypedUri>() {
        Some(TypedUri(uri)) => uri,
        None => &parts.uri,
    };
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// The request's address before the tenant's host was turned into a path.
#[derive(Debug, Clone)]
pub(crate) struct TypedUri(pub(crate) Uri);

/// The bundled language nearest to what `Accept-Language` prefers.
fn negotiate(headers: &HeaderMap) -> Option<&'static str> {
    let wanted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut ranges: Vec<(f32, &str)> = wanted
        .split(',')
        .filter_map(|range| {
            let mut parts = range.split(';');
            let tag = parts.next()?.trim();
            let quality = parts
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.parse::<f32>().ok())
                .filter(|q| *q > 0.0)?;
            Some((quality, tag))
        })
        .collect();
    // Stable: equal qualities keep the order the browser sent.
    ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranges.into_iter().find_map(|(_, tag)| supported(tag))
}

/// The bundled language for a tag: the same tag, else one of the same primary language.
pub fn supported(tag: &str) -> Option<&'static str> {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    LOCALES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(tag))
        .or_else(|| LOCALES.iter().find(|known| primary(known) == primary(tag)))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, value.parse().expect("a header value"));
        negotiate(&headers)
    }

    #[test]
    fn the_language_with_the_highest_quality_wins() {
        assert_eq!(accepting("en;q=0.3, es-AR;q=0.9, de"), Some("es"));
        assert_eq!(accepting("pt"), Some("pt-BR"));
        assert_eq!(accepting("de, fr;q=0.5"), None);
        assert_eq!(accepting("es;q=0, en"), Some("en"));
    }

    #[test]
    fn nonsense_is_no_language() {
        assert_eq!(accepting(";;,q=1,*"), None);
        assert_eq!(accepting("es;q=abc"), None);
    }
}
