//! The visitor of a page: their language, entrance and form token.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tablon_core::TenantScope;

use crate::auth::{AuthKeys, CsrfToken, Recognised};
use crate::language::{LOCALES, negotiate, supported};
use crate::tenancy::{Entrance, TenantInPath, typed_address};

/// Any visitor of a page, signed in or not. Never fails.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The language to answer in, one of [`LOCALES`]: what a signed-in person chose for their own pages, else the
    /// browser's, else the board's.
    pub locale: &'static str,
    /// The origin of the request.
    pub entrance: Entrance,
    /// The beginning of the board's paths here: `/t/<slug>` at the base address, nothing at its own host.
    pub root: String,
    /// The board of the path, if there is one.
    pub tenant: Option<TenantScope>,
    /// The token for every form on the page.
    pub csrf: CsrfToken,
    /// Path and query as the visitor typed them.
    pub address: String,
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let entrance = parts.extensions.get::<Entrance>().cloned().unwrap_or(Entrance::Base);
        let tenant = match parts.extensions.get::<TenantInPath>() {
            Some(TenantInPath::Known(tenant)) => Some(tenant.clone()),
            _ => None,
        };
        let root = match (&entrance, &tenant) {
            (Entrance::Base, Some(tenant)) => format!("/t/{}", tenant.slug),
            _ => String::new(),
        };
        let chosen = parts.extensions.get::<Recognised>().and_then(Recognised::locale);
        let locale = chosen
            .or_else(|| negotiate(&parts.headers))
            .or_else(|| tenant.as_ref().and_then(|tenant| supported(tenant.locale.as_ref())))
            .unwrap_or(LOCALES[0]);
        let csrf = CsrfToken::of_request(parts, &FromRef::from_ref(state));
        Ok(Self { locale, entrance, root, tenant, csrf, address: typed_address(parts) })
    }
}
