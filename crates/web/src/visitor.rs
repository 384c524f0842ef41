//! The visitor of a page: their language, entrance and form token.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tablon_core::TenantScope;

use crate::auth::{AuthKeys, CsrfToken, Recognised};
use crate::language::{LOCALES, WantedLanguages, offered, supported};
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
        let address = typed_address(parts);
        let wanted = WantedLanguages::of(&parts.headers);
        // What somebody has chosen in their account comes before what their browser prefers.
        let own = parts.extensions.get::<Recognised>().and_then(Recognised::locale);
        let locale = match &tenant {
            Some(tenant) => {
                // What a board offers is for its readers and posters: its staff work in their own language.
                let offered = if is_for_staff(&address, &root) { LOCALES.to_vec() } else { offered(tenant) };
                let own = own.filter(|own| offered.contains(own));
                own.or_else(|| wanted.among(&offered)).or_else(|| supported(&tenant.locale))
            }
            None => own.or_else(|| wanted.among(LOCALES)),
        };
        let locale = locale.unwrap_or(LOCALES[0]);
        let csrf = CsrfToken::of_request(parts, &FromRef::from_ref(state));
        Ok(Self { locale, entrance, root, tenant, csrf, address })
    }
}

/// Whether an address is of the administration of the board with this root.
fn is_for_staff(address: &str, root: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    let below = path.strip_prefix(root).and_then(|rest| rest.strip_prefix("/admin"));
    !root.is_empty() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
